package poll

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/fault"
)

// pages asks for lists that come page by page. It is immutable.
type pages struct {
	client  *connectors.Client
	request *connectors.Request
	paging  *paging
	failed  *expression.Mapping
	list    []string // where the list stands
}

// answer is what one page was.
type answer struct {
	around any // the answer without its list
	header http.Header
	items  int
	first  string // what tells the list apart from others
	next   *place // nil: it was the last
}

// ask reads one page; each takes its items as they come. Expired tells that the
// answer refuses what an earlier one gave.
func (p *pages) ask(ctx context.Context, op string, at place, in *expression.Input, expired *expression.Mapping, each func(n int, item any) error) (a answer, gone bool, err error) {
	if g := p.paging; g != nil {
		switch {
		case g.counts == "page":
			in.Page = g.first + at.N
		case g.counts == "offset":
			in.Offset = g.first + at.N
		case g.cursor != nil && at.Next != "":
			in.Cursor = at.Next
		}
	}
	call, err := p.request.Call(op, in)
	if err != nil {
		return a, false, err
	}
	base := call.URL
	if g := p.paging; g != nil && at.Next != "" && (g.link || g.url != nil) {
		if call.URL, err = connectors.SameHost(base, at.Next); err != nil {
			return a, true, fault.New(fault.Invalid, op, "%v", err)
		}
	}
	s := sheet{path: p.list, each: func(n int, item any) error {
		if n == 0 {
			a.first = digest(item)
		}
		return each(n, item)
	}}
	a.header, err = p.client.Stream(ctx, call, s.read)
	counted := p.paging != nil && p.paging.counts != ""
	switch {
	case counted && at.N > 0 && fault.Is(err, fault.NotFound):
		return answer{}, false, nil // there is no such page: the one before was the last
	case err != nil:
		return answer{}, fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid), err
	}
	a.around, a.items = s.around, s.items
	seen := &expression.Input{Body: a.around, Header: a.header}
	if gone, err := connectors.Ask(expired, seen); err != nil || gone {
		return answer{}, gone, unclear(op, "expired", err, "it refuses what an earlier answer gave")
	}
	if failed, err := connectors.Ask(p.failed, seen); err != nil || failed {
		return answer{}, false, unclear(op, "failed", err, "it says that it failed")
	}
	if !s.found {
		return answer{}, false, fault.New(fault.Invalid, op, "the answer has no list %s: check items", s.place())
	}
	if a.next, err = p.paging.next(at, seen, base, a); err != nil {
		return answer{}, false, fault.New(fault.Invalid, op, "the answer cannot be followed: %v", err)
	}
	return a, false, nil
}

// unclear is the fault of an answer that is none.
func unclear(op, question string, err error, says string) error {
	if err != nil {
		return fault.New(fault.Invalid, op, "%s: %v", question, err)
	}
	return fault.New(fault.Invalid, op, "the answer is none: %s", says)
}

// digest tells an item from others.
func digest(item any) string {
	text, err := json.Marshal(item)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// all reads every page of a list, as a catalogue is.
func (p *pages) all(ctx context.Context, op string, in expression.Input, each func(n int, item any) error) error {
	const most = 200 // pages
	at := place{}
	for range most {
		asking := in
		a, _, err := p.ask(ctx, op, at, &asking, nil, each)
		if err != nil || a.next == nil {
			return err
		}
		at = *a.next
	}
	return fault.New(fault.Invalid, op, "there are more than %d pages", most)
}
