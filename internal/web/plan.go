package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"flowd"
	"flowd/rules"
)

// PlanOrder asks what edited rules would change.
type PlanOrder struct {
	Since time.Time `json:"since"`
	// Files are the edited rules; none means those that the daemon finds on disk.
	// Pins are what a names.lock beside them says that names of positions stand for.
	// Dir is what problems call the folder that they are in.
	Files []rules.File      `json:"files,omitempty"`
	Pins  map[string]string `json:"pins,omitempty"`
	Dir   string            `json:"dir,omitempty"`
	Show  bool              `json:"show,omitempty"`
	// Everybody names all who stand in a mapped stage, and not only the first.
	Everybody bool `json:"everybody,omitempty"`
}

// Plan is what edited rules would change, beside the ones that serve.
type Plan struct {
	Served string    `json:"served"` // digests
	Edited string    `json:"edited"`
	Since  time.Time `json:"since"`
	Events int       `json:"events"` // how many were gone through
	// Changes counts the people of the recorded time by what would be otherwise,
	// Waiting the work that is still owed, in the same way. People and Owed are who
	// they are, at most MaxPlanned of each.
	Changes map[Change]int `json:"changes"`
	Waiting map[Change]int `json:"waiting"`
	People  []Planned      `json:"people"`
	Owed    []Planned      `json:"owed"`
	// Reactions counts what follows the recorded events in the ATS, at Hireflix or in
	// a message: each thing that is done otherwise. Reacted is whom it is about.
	Reactions map[Change]int `json:"reactions"`
	Reacted   []Planned      `json:"reacted"`
	// Causes are the rows, conditions and waits that make it so, those of most people
	// first.
	Causes []Cause `json:"causes"`
	// Standing counts those who were never invited and stand where the edited rules
	// would invite them if they came now: they stay where they are. Unclear counts
	// those of whom that hangs on a field that nobody kept. Stand is who they are.
	Standing int       `json:"standing"`
	Unclear  int       `json:"standing_cannot_tell,omitempty"`
	Stand    []Planned `json:"stand"`
	// Before are the invites that were asked for in the time, After those that the
	// edited rules would have asked for, and Owing those that are owed now.
	Before int    `json:"invites_before"`
	After  int    `json:"invites_after"`
	Owing  int    `json:"owing"`
	Quota  *Quota `json:"quota,omitempty"`
	// Fields are the custom fields that the edited rules read and that were not kept
	// all the time, with the day since when they are: zero means not yet.
	Fields []KeptField `json:"fields"`
	Notes  []string    `json:"notes"`
}

// KeptField is a custom field and since when its values are kept.
type KeptField struct {
	Name  string    `json:"name"`
	Since time.Time `json:"since,omitzero"`
}

// Different tells whether the edited rules change anything for anybody.
func (p Plan) Different() bool { return len(p.Changes)+len(p.Waiting)+len(p.Reactions) > 0 }

// RunsOut is when so many invites of a period are used up, at the pace of the time
// that was gone through and after those that are owed: under the rules that serve,
// and under the edited ones. It is zero where they last until the period ends, or
// where Hireflix does not say how many are used.
func (p Plan) RunsOut(quota int, now time.Time) (before, after time.Time) {
	if p.Quota == nil || !now.After(p.Since) {
		return before, after
	}
	when := func(asked, owing int) (at time.Time) {
		span, left := now.Sub(p.Since), float64(quota-p.Quota.Used-owing)
		switch at = now; {
		case left <= 0: // what is owed uses them up
		case asked == 0 || left/float64(asked)*span.Hours() > math.MaxInt16:
			return time.Time{}
		default:
			at = now.Add(time.Duration(left / float64(asked) * float64(span)).Round(time.Second))
		}
		if !p.Quota.To.IsZero() && at.After(p.Quota.To) {
			return time.Time{}
		}
		return at
	}
	return when(p.Before, p.Owing), when(p.After, p.OwingAfter())
}

// OwingAfter is how many invites are owed once the edited rules serve.
func (p Plan) OwingAfter() int { return p.Owing + p.Waiting[WouldInvite] - p.Waiting[WouldNotInvite] }

// Cause is what makes it otherwise for a number of people.
type Cause struct {
	Change  Change `json:"change"`
	Rule    string `json:"rule,omitempty"`
	Does    string `json:"does,omitempty"` // of a reaction: what it does
	Adverse bool   `json:"adverse,omitempty"`
	Why     string `json:"why,omitempty"`
	People  int    `json:"people"`
}

// Change is what would be otherwise for a person.
type Change string

// The changes, in the order in which they are shown.
const (
	WouldInvite    Change = "would be invited"
	WouldNotInvite Change = "no longer invited"
	OtherPosition  Change = "other position"
	WouldBeLater   Change = "later"
	WouldBeEarlier Change = "earlier"
	WouldHold      Change = "held instead"
	WouldNotHold   Change = "no longer held"
	OtherMail      Change = "other e-mail"
	WouldDo        Change = "would be done"
	WouldNotDo     Change = "no longer done"
	OtherWay       Change = "done otherwise"
	CannotTell     Change = "cannot tell"
)

// ChangeList is every change, in the order of the constants.
func ChangeList() []Change {
	return []Change{WouldInvite, WouldNotInvite, OtherPosition, WouldBeLater, WouldBeEarlier, WouldHold, WouldNotHold, OtherMail,
		WouldDo, WouldNotDo, OtherWay, CannotTell}
}

// Planned is one person of a plan.
type Planned struct {
	Change      Change    `json:"change,omitempty"`
	Name        string    `json:"name,omitempty"`
	Email       string    `json:"email,omitempty"`
	ATS         string    `json:"ats"`
	Application string    `json:"application"`
	Job         string    `json:"job,omitempty"`
	Stage       string    `json:"stage,omitempty"`
	StageID     string    `json:"stage_id,omitempty"` // of who stands there
	Rule        string    `json:"rule,omitempty"`
	Position    string    `json:"position,omitempty"`
	Does        string    `json:"does,omitempty"` // what a reaction does
	Adverse     bool      `json:"adverse,omitempty"`
	Was         string    `json:"was,omitempty"` // the position before, the time, or what was done
	At          time.Time `json:"at,omitzero"`
	Why         string    `json:"why,omitempty"`
	Key         string    `json:"key,omitempty"` // of owed work
}

// MaxPlanned bounds how many people one list of a plan names; the counts are
// whole.
const MaxPlanned = 1000

// NamePlanned fills in who somebody is, as the reader may see them.
func NamePlanned(p Planned, c flowd.Candidate, show bool) Planned {
	p.Name, p.Email = shown(c, show)
	return p
}

// Reasoned joins a closed reason and the words beside it.
func Reasoned(r flowd.Reason, detail string) string { return why(r, detail) }

// planStep is one line of the answer: what it is at and how far, or its result or
// error.
type planStep struct {
	At     string `json:"at,omitempty"`
	Done   int    `json:"done,omitempty"`
	Of     int    `json:"of,omitempty"`
	Error  string `json:"error,omitempty"`
	Result *Plan  `json:"result,omitempty"`
}

// maxPlanFiles bounds the rule files of one order, and maxPlanOrder the order,
// which has them a third longer.
const (
	maxPlanFiles = 24 << 20
	maxPlanOrder = maxPlanFiles*4/3 + 1<<20
)

// plan answers in lines, the last of which is the result.
func (a api) plan(w http.ResponseWriter, r *http.Request) {
	var o PlanOrder
	d := json.NewDecoder(io.LimitReader(r.Body, maxPlanOrder))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		fail(w, http.StatusBadRequest, "the request cannot be read: "+err.Error())
		return
	}
	// Whoever brings rules of their own can ask anything about people by them.
	need := RoleViewer
	if len(o.Files) > 0 {
		need = RoleOperator
	}
	if g, ok := r.Context().Value(accessKey{}).(Grant); ok {
		if p := g.refuses(need, o.Show); p != nil {
			fail(w, p.Status, p.Text)
			return
		}
	}
	if a.Plan == nil {
		fail(w, http.StatusConflict, "this flowd cannot plan")
		return
	}
	tell := lines[planStep](w)
	ctx, cancel := context.WithTimeout(r.Context(), maxReconcile)
	defer cancel()
	made, err := a.Plan(ctx, o, func(at string, done, of int) { tell(planStep{At: at, Done: done, Of: of}) })
	if err != nil {
		tell(planStep{Error: err.Error()})
		return
	}
	tell(planStep{Result: &made})
}

// Plan asks what edited rules would change and calls step with what it is at and
// how far.
func (c *Client) Plan(ctx context.Context, o PlanOrder, step func(at string, done, of int)) (Plan, error) {
	size := 0
	for _, f := range o.Files {
		size += len(f.Name) + len(f.Data)
	}
	if size > maxPlanFiles {
		return Plan{}, fmt.Errorf("the rule files have %d MiB, and at most %d are compared", size>>20, maxPlanFiles>>20)
	}
	resp, err := c.send(ctx, http.MethodPost, "/api/v1/plan", o)
	if err != nil {
		return Plan{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	lines := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer))
	for {
		var s planStep
		switch err := lines.Decode(&s); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return Plan{}, errors.New("flowd stopped before the plan was at its end")
		case err != nil:
			return Plan{}, fmt.Errorf("the daemon's answer cannot be read: %w", err)
		case s.Error != "":
			return Plan{}, errors.New(s.Error)
		case s.Result != nil:
			return *s.Result, nil
		}
		step(s.At, s.Done, s.Of)
	}
}
