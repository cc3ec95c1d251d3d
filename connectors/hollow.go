package connectors

import "fmt"

// mostEmpty is how many pages in a row may have no item while each says that there
// is another.
const mostEmpty = 100

var errHollow = fmt.Errorf("%d pages in a row have no item, and each says that there is another", mostEmpty)

// Empty counts the pages in a row without an item, from how many there were before
// and how many items the next one has. Behind too many of them nothing is looked
// for.
func Empty(before, items int) (now int, err error) {
	switch {
	case items > 0:
		return 0, nil
	case before+1 >= mostEmpty:
		return 0, errHollow
	}
	return before + 1, nil
}
