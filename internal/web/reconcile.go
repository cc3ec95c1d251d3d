package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ReconcileOrder asks for a comparison of ATS, flowd and Hireflix.
type ReconcileOrder struct {
	Fix bool   `json:"fix,omitempty"`
	By  string `json:"by"`
}

// Reconciliation is what a comparison found.
type Reconciliation struct {
	Differences []Difference `json:"differences"`
	// Invites, Interviews and Asked count what was compared; Asked are the
	// applications that their ATS was asked about.
	Invites    int      `json:"invites"`
	Interviews int      `json:"interviews"`
	Asked      int      `json:"asked"`
	Shown      int      `json:"shown"` // applications that ATSs showed, all of them
	Notes      []string `json:"notes"` // what could not be compared
	// NotInvited are those who stand in a mapped stage and have no invite for it, at
	// most MaxNotInvited; Present counts all who stand there, by ATS.
	NotInvited []Present `json:"not_invited"`
	Present    []Balance `json:"present"`
}

// MaxNotInvited bounds how many of those are named.
const MaxNotInvited = 1000

// Difference is one thing in which two of the three disagree.
type Difference struct {
	ATS         string `json:"ats,omitempty"`
	Application string `json:"application,omitempty"`
	Interview   string `json:"interview,omitempty"`
	Key         string `json:"key,omitempty"`
	What        string `json:"what"`
	// Fixed tells that flowd took it in: the rules act on it as on any news. Else
	// Do says what a person can do.
	Fixed bool   `json:"fixed,omitempty"`
	Do    string `json:"do,omitempty"`
}

// step is one line of a long answer: what it is at, or its result or error.
type step struct {
	Step   string          `json:"step,omitempty"`
	Error  string          `json:"error,omitempty"`
	Result *Reconciliation `json:"result,omitempty"`
}

// maxReconcile bounds a comparison; what it did not come to is told.
const maxReconcile = 10 * time.Minute

// reconcile answers in lines, the last of which is the result: a comparison
// takes longer than an ordinary answer may.
func (a api) reconcile(w http.ResponseWriter, r *http.Request) {
	var o ReconcileOrder
	if err := decode(r, &o); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if a.Reconcile == nil {
		fail(w, http.StatusConflict, "only a running flowd can compare: start it with `flowd run`")
		return
	}
	tell := lines[step](w)
	ctx, cancel := context.WithTimeout(r.Context(), maxReconcile)
	defer cancel()
	if o.Fix {
		a.Log.Info().Str("order", "reconcile").Str("by", o.By).Msg("order")
	}
	found, err := a.Reconcile(ctx, o.Fix, func(text string) { tell(step{Step: text}) })
	if err != nil {
		tell(step{Error: err.Error()})
		return
	}
	tell(step{Result: &found})
	if o.Fix {
		a.wake()
	}
}

// Reconcile asks for a comparison and calls at with what it is at.
func (c *Client) Reconcile(ctx context.Context, o ReconcileOrder, at func(text string)) (Reconciliation, error) {
	resp, err := c.send(ctx, http.MethodPost, "/api/v1/reconcile", o)
	if err != nil {
		return Reconciliation{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	lines := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer))
	for {
		var s step
		switch err := lines.Decode(&s); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return Reconciliation{}, errors.New("flowd stopped before the comparison was at its end")
		case err != nil:
			return Reconciliation{}, fmt.Errorf("the daemon's answer cannot be read: %w", err)
		case s.Error != "":
			return Reconciliation{}, errors.New(s.Error)
		case s.Result != nil:
			return *s.Result, nil
		}
		at(s.Step)
	}
}
