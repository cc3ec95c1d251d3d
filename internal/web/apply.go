package web

import (
	"context"
	"errors"
	"net/http"
)

// ApplyOrder makes the rules on disk serve. A preview changes nothing and returns
// the same answer.
type ApplyOrder struct {
	Preview bool `json:"preview,omitempty"`
	// Confirm is for a change after which fewer than half of the rules are left.
	Confirm bool `json:"confirm,omitempty"`
	// Digest is that of the preview the person saw: files that changed since are
	// refused. Empty takes what is on disk.
	Digest string `json:"digest,omitempty"`
	By     string `json:"by"`
}

// Applied is what applying changes, or changed.
type Applied struct {
	Before  string       `json:"before"` // digest of the set that serves
	Digest  string       `json:"digest"` // of the files on disk
	Count   int          `json:"count"`  // of the rules on disk
	Rules   []RuleChange `json:"rules"`
	Confirm string       `json:"confirm,omitempty"` // why it takes a confirmation
	Notes   []string     `json:"notes,omitempty"`   // what is worth knowing of the names
	Lock    string       `json:"lock,omitempty"`    // the names.lock, once it is written
}

// RuleChange is a rule that differs between what serves and what is on disk, with
// the work that it still owes.
type RuleChange struct {
	ID      string `json:"id"`
	Change  string `json:"change"` // added, changed or removed
	Waiting int    `json:"waiting,omitempty"`
	Held    int    `json:"held,omitempty"`
}

// Words of a RuleChange.
const (
	RuleAdded   = "added"
	RuleChanged = "changed"
	RuleRemoved = "removed"
)

// Refused is what applying cannot do, in words for the person who asked.
type Refused struct{ Text string }

// Error implements error.
func (r *Refused) Error() string { return r.Text }

// Apply makes rules serve; see ApplyOrder. What is wrong with them is Refused.
type Apply func(ctx context.Context, o ApplyOrder) (Applied, error)

func (a api) apply(r *http.Request) (any, error) {
	var o ApplyOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	switch {
	case o.By == "":
		return nil, wrong("say who gives the order")
	case a.Apply == nil:
		return nil, &Problem{Status: http.StatusConflict, Text: "flowd is not running: start it with `flowd run`, then apply"}
	}
	done, err := a.Apply(r.Context(), o)
	if refused, ok := errors.AsType[*Refused](err); ok {
		return nil, &Problem{Status: http.StatusConflict, Text: refused.Text}
	}
	if err != nil {
		return nil, err
	}
	if !o.Preview {
		a.Log.Info().Str("order", "apply").Str("by", o.By).Str("rules", done.Digest).Int("changed", len(done.Rules)).Msg("order")
		a.wake()
	}
	return done, nil
}
