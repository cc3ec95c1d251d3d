package expression

import (
	"net/http"
	"net/url"
)

// Input is what the expressions of a connector read: what a system sent or answered, and what a call to it is about.
// Each scope has some of it. Body, Item and Move are decoded JSON; numbers may be json.Number, so that an id of twenty
// digits keeps them. A value that is nil counts as missing.
type Input struct {
	Body   any         `expr:"body"`
	Header http.Header `expr:"header"` // names are looked up without regard to case
	Query  url.Values  `expr:"query"`
	Item   any         `expr:"item"` // one element of a list
	Move   any         `expr:"move"` // one element of a list in an item

	Application map[string]any `expr:"application"`
	Candidate   map[string]any `expr:"candidate"`
	Job         map[string]any `expr:"job"`
	Stage       any            `expr:"stage"`
	StageID     any            `expr:"stage_id"`
	From        any            `expr:"from"`
	FromID      any            `expr:"from_id"`
	Target      any            `expr:"target"`
	Text        any            `expr:"text"`
	Mark        any            `expr:"mark"`
	Key         any            `expr:"key"`

	Initial any `expr:"initial"`
	Since   any `expr:"since"`
	Sync    any `expr:"sync"`
	Cursor  any `expr:"cursor"`
	Offset  any `expr:"offset"`
	Page    any `expr:"page"`
}

// Scope says which of an Input's values an expression may name.
type Scope int

// The scopes.
const (
	OfDelivery Scope = iota // a webhook's delivery, and an item of it
	OfPage                  // a page that was asked for, an item of it, and a move in the item
	OfAnswer                // the answer to a question about one application
	OfAsking                // that question
	OfWriting               // a write to the system, and its answer
	OfPaging                // the request for a page
	OfListing               // the request for what a job has
)

func (s Scope) roots() []string {
	switch s {
	case OfDelivery:
		return []string{"body", "header", "item", "query"}
	case OfPage:
		return []string{"body", "header", "item", "move"}
	case OfAnswer:
		return []string{"application", "body", "header"}
	case OfAsking:
		return []string{"application"}
	case OfWriting:
		return []string{"application", "body", "candidate", "from", "from_id", "job", "key", "mark", "stage", "stage_id", "target", "text"}
	case OfPaging:
		return []string{"cursor", "initial", "offset", "page", "since", "sync"}
	case OfListing:
		return []string{"cursor", "job", "offset", "page"}
	}
	return nil
}

// large are the values that may be as large as a delivery, and so are not read again for each element of a list.
var large = []string{"body", "header", "item", "move", "query"}

// root is the value that a path begins with, where it is one of those that are taken apart.
func (in *Input) root(name string) (v any, ok bool) {
	switch name {
	case "body":
		return in.Body, true
	case "header":
		return in.Header, true
	case "query":
		return in.Query, true
	case "item":
		return in.Item, true
	case "move":
		return in.Move, true
	}
	return nil, false
}

// ofRequest is one of the values that a request for a page has or has not.
func (in *Input) ofRequest(path string) (v any, ok bool) {
	switch path {
	case "cursor":
		return in.Cursor, true
	case "initial":
		return in.Initial, true
	case "job.id":
		return in.Job["id"], true
	case "offset":
		return in.Offset, true
	case "page":
		return in.Page, true
	case "since":
		return in.Since, true
	case "sync":
		return in.Sync, true
	}
	return nil, false
}
