package foresight_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/foresight"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

// The short ways change nothing of what is told: over random rules, edits and
// histories it is the same as asking both sets about everybody.
func TestSameAsNaive(t *testing.T) {
	t.Parallel()
	told := map[web.Change]int{}
	standing := 0
	for seed := range uint64(seeds()) {
		w := newWorld(t, seed)
		q := foresight.Question{Store: w.store, Served: w.served, Edited: w.edited, Now: w.now, Since: w.since, Step: func(string, int, int) {},
			RuleSet: func(digest string) *rules.Set { return w.sets[digest] }, Everybody: true}
		fast, err := foresight.Compare(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		naive, err := foresight.Naive(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprintf("%+v", fast), fmt.Sprintf("%+v", naive); got != want {
			t.Fatalf("seed %d:\n%s\nthe short way says\n%s\nthe long way\n%s", seed, w.texts(), got, want)
		}
		for _, counts := range []map[web.Change]int{fast.Changes, fast.Waiting, fast.Reactions} {
			for change, n := range counts {
				told[change] += n
			}
		}
		standing += fast.Standing
	}
	for _, change := range web.ChangeList() {
		if told[change] == 0 {
			t.Errorf("%q was told %d times in all: the worlds are too small to show it", change, told[change])
		}
	}
	if standing < 50 {
		t.Errorf("%d stand somewhere in all the worlds", standing)
	}
}

// world is a random history and two sets of rules.
type world struct {
	*rand.Rand
	t                      *testing.T
	store                  state.Store
	now, since             time.Time
	served, edited         *rules.Set
	servedText, editedText []ruleText
	sets                   map[string]*rules.Set
	moves                  int
	theme                  string // what there is more of
}

func of[T any](w *world, list ...T) T { return list[w.IntN(len(list))] }

// one in n.
func (w *world) one(n int) bool { return w.IntN(n) == 0 }

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 3)), t: t, store: mem.New(), now: noon, sets: map[string]*rules.Set{}}
	w.theme = of(w, "", "groups", "once", "timers")
	w.servedText, w.served = w.sound(func() []ruleText { return w.someRules(1 + w.IntN(6)) })
	first := w.served
	w.live(first, 10+w.IntN(30))
	if w.one(2) { // other rules served before
		w.servedText, w.served = w.sound(func() []ruleText { return w.edit(w.servedText, 1+w.IntN(2)) })
	}
	w.since = w.now.Add(-time.Duration(w.IntN(3)) * time.Hour)
	w.live(w.served, 10+w.IntN(30))
	w.editedText, w.edited = w.sound(func() []ruleText { return w.edit(w.servedText, 1+w.IntN(3)) })
	return w
}

func (w *world) texts() string {
	return strings.Join(files(w.servedText), "\n") + "\n=>\n" + strings.Join(files(w.editedText), "\n")
}

// sound makes rules until they are without an error.
func (w *world) sound(write func() []ruleText) ([]ruleText, *rules.Set) {
	for range 200 {
		texts := write()
		var in []rules.File
		for i, text := range files(texts) {
			in = append(in, rules.File{Name: fmt.Sprintf("rules-%d.yaml", i), Data: []byte(text)})
		}
		set, problems := rules.Compile(in, rules.Options{})
		if strictyaml.HasErrors(problems) {
			continue
		}
		bound, _, _ := set.Bind(catalogue, nil)
		w.sets[bound.Digest()] = bound
		return texts, bound
	}
	w.t.Fatal("no rules are sound")
	return nil, nil
}

// ruleText is a rule before it is written.
type ruleText struct {
	id, file, group, keys string
	stage                 string
	conditions            []string
	rows                  map[string]string // position, by what is named
	reaction              string
}

func (w *world) someRules(n int) (out []ruleText) {
	for i := range n {
		out = append(out, w.rule(fmt.Sprintf("rule-%d", i)))
	}
	return out
}

func (w *world) rule(id string) ruleText {
	r := ruleText{id: id, file: of(w, "a", "a", "b"), rows: map[string]string{}}
	if w.one(3) {
		r.reaction = w.reaction()
	} else {
		r.stage = of(w, "Video", "Call")
		for range 1 + w.IntN(2) {
			r.rows[w.names()] = w.position()
		}
		r.group = of(w, "", "", "", "g")
		if w.theme == "groups" {
			r.group = "g"
		}
		r.keys = of(w, "", "", "", "    once: candidate\n", "    unmapped: hold\n", "    mail: none\n", "    mode: shadow\n    reason: tried out\n", "    mode: closing\n    reason: over\n")
		switch {
		case w.theme == "groups" && w.one(3):
			r.keys += "    otherwise: true\n"
		case w.theme == "once" && w.one(2):
			r.keys = "    once: candidate\n"
		}
	}
	r.keys += of(w, "", "", "", "    wait: 30m\n", "    wait: 2h\n")
	for w.one(2) {
		r.conditions = append(r.conditions, w.condition())
	}
	return r
}

func (w *world) names() string {
	return of(w, "", `job: "A"`, `job: "B"`, `department: "Sales"`, `job: "A", department: "Sales"`, "language: de")
}

func (w *world) position() string { return of(w, catalogue...).Name }

func (w *world) condition() string {
	return of(w,
		`    unless: [{when: candidate.source == "referral", because: "by phone"}]`,
		`    unless: [{when: candidate.source == "LinkedIn", because: "by a recruiter"}]`,
		`    if: candidate.country == "DE"`,
		`    if: field("Level", "none") != "senior"`,
		`    if: field("Level") == "junior"`,
		`    if: event.via != "import"`)
}

func (w *world) reaction() string {
	timer := fmt.Sprintf("{after: %dh, since: invited, still: unanswered, of: any}", 1+w.IntN(3))
	if w.theme == "timers" {
		return "    trigger: " + timer + "\n" + w.action()
	}
	trigger := of(w, timer, "{event: stage.entered, stage: Call}", "{event: stage.entered, stage: Call, job: B}", "{event: stage.left}", "{event: application.rejected}",
		"{event: interview.finished, of: any}", "{event: interview.finished, of: rule-0}", "{event: interview.invited, of: any}")
	return "    trigger: " + trigger + "\n" + w.action()
}

func (w *world) action() string {
	action := of(w, "[ats.note: one]", "[ats.note: two]", "[ats.tag: seen, ats.note: one]", "[ats.tag: seen, ats.note: two]",
		"[ats.tag: asked]", "[hireflix.discard]", "[ats.move: Call]")
	return "    actions: " + action + "\n"
}

// edit changes some rules.
func (w *world) edit(texts []ruleText, n int) []ruleText {
	texts = slices.Clone(texts)
	for i := range texts {
		texts[i].rows, texts[i].conditions = maps.Clone(texts[i].rows), slices.Clone(texts[i].conditions)
	}
	for range n {
		i := w.IntN(len(texts))
		r := &texts[i]
		switch w.IntN(14) {
		case 0:
			texts = append(texts, w.rule(fmt.Sprintf("rule-%d", 10+w.IntN(5))))
		case 1:
			if len(texts) > 1 {
				texts = slices.Delete(texts, i, i+1)
			}
		case 2:
			r.id = fmt.Sprintf("rule-%d", 20+w.IntN(5))
		case 3:
			r.file = of(w, "a", "b", "c")
		case 4:
			j := w.IntN(len(texts))
			texts[i], texts[j] = texts[j], texts[i]
		case 5:
			r.conditions = append(r.conditions, w.condition())
		case 6:
			r.conditions = nil
		default:
			other := w.rule(r.id)
			if (other.reaction == "") != (r.reaction == "") {
				continue
			}
			trigger, _, reacts := strings.Cut(r.reaction, "    actions: ")
			switch w.IntN(4) {
			case 0:
				r.rows, r.reaction = other.rows, other.reaction
			case 1:
				if reacts {
					r.reaction = trigger + w.action()
				}
			case 2:
				r.keys = other.keys
			default:
				r.stage, r.group = other.stage, other.group
			}
		}
	}
	return texts
}

// files writes rules out.
func files(texts []ruleText) (out []string) {
	by := map[string]string{}
	for _, r := range texts {
		text := "  - id: " + r.id + "\n" + r.keys
		if r.group != "" {
			text += "    group: " + r.group + "\n"
		}
		conditions := map[string]bool{}
		for _, c := range r.conditions {
			key, _, _ := strings.Cut(c, ":")
			if !conditions[key] {
				text += c + "\n"
			}
			conditions[key] = true
		}
		text += r.reaction
		if r.reaction == "" {
			text += "    stage: " + r.stage + "\n    pairs:\n"
			for _, names := range slices.Sorted(maps.Keys(r.rows)) {
				text += "      - {" + strings.TrimPrefix(names+", position: ", ", ") + fmt.Sprintf("%q}\n", r.rows[names])
			}
		}
		by[r.file] += text
	}
	for _, file := range slices.Sorted(maps.Keys(by)) {
		out = append(out, "version: 1\nowner: ops\nrules:\n"+by[file])
	}
	return out
}

// live lets things happen while a set serves.
func (w *world) live(set *rules.Set, steps int) {
	for range steps {
		w.now = w.now.Add(time.Duration(w.IntN(40)) * time.Minute)
		switch w.IntN(8) {
		case 0, 1:
			w.dispatch()
		case 2:
			w.answer()
		default:
			w.admit(w.event())
		}
		w.decide(set)
	}
}

func (w *world) admit(b flowd.Batch) {
	b.Source, b.ATS = "ats", "ats"
	if _, err := w.store.Admit(w.t.Context(), b, w.now); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) event() flowd.Batch {
	w.moves++
	n := w.IntN(12)
	job := of(w, "A", "B", "C")
	ev := flowd.Event{
		Key: fmt.Sprint("move-", w.moves), Type: of(w, flowd.StageEntered, flowd.StageEntered, flowd.StageEntered, flowd.ApplicationRejected, flowd.ApplicationReopened),
		At: w.now, Via: of(w, flowd.ViaMove, flowd.ViaImport, flowd.ViaUnknown), Stage: flowd.Stage{Name: of(w, "Video", "Call", "Offer")},
		Application: flowd.Application{ID: fmt.Sprint("app-", n), Source: of(w, "LinkedIn", "referral", "Careers page"),
			Job:       flowd.Job{ID: job, Name: job, Department: of(w, "Sales", "Ops")},
			Candidate: flowd.Candidate{ID: fmt.Sprint("c-", n/2), Email: fmt.Sprintf("p%d@example.com", n/2), Country: of(w, "DE", "FR"), Language: of(w, "de", "de-AT", "en")}},
	}
	if w.one(12) {
		ev.Type, ev.Order = flowd.StageOrdered, flowd.Order{By: "kim"}
		ev.Application = flowd.Application{ID: ev.Application.ID}
	} else if w.one(3) { // nobody kept it otherwise
		ev.Application.Fields = []flowd.Field{{Key: "level", Name: "Level", Value: of(w, "junior", "senior")}}
	}
	return flowd.Batch{Events: []flowd.Event{ev}}
}

func (w *world) decide(set *rules.Set) {
	for {
		pending, err := w.store.Undecided(w.t.Context(), 1)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(pending) == 0 {
			return
		}
		p := pending[0]
		c := state.Commitment{Event: p.Event.Key, Only: p.Only, Reconsider: p.Only == ""}
		switch {
		case p.Only != "":
			c.Decisions = engine.DecideRule(set, p.Only, p.Event, p.Facts, w.now)
		default:
			c.Decisions = engine.Decide(set, p.Event, p.Facts, w.now)
		}
		switch {
		case p.Event.Type.Ends():
			c.Cancel = &state.Cancellation{Reason: flowd.ReasonEnded}
		case p.Event.Type == flowd.StageEntered && p.Facts.Novelty == flowd.Fresh:
			c.Cancel = &state.Cancellation{Except: p.Event.Stage, Reason: flowd.ReasonLeftStage}
		}
		if _, err := w.store.Commit(w.t.Context(), c, w.now); err != nil {
			w.t.Fatal(err)
		}
	}
}

// dispatch sends what is due.
func (w *world) dispatch() {
	leases, err := w.store.Lease(w.t.Context(), state.LeaseRequest{Now: w.now, Max: 3, For: time.Minute})
	if err != nil {
		w.t.Fatal(err)
	}
	for i, l := range leases {
		o := flowd.Outcome{State: flowd.Done}
		switch l.Action.Kind {
		case flowd.ActionInvite:
			o.Interview = flowd.Interview{ID: fmt.Sprintf("int-%s-%d", l.Action.Key.Short(), i), Position: l.Action.Position, CreatedAt: w.now, Status: flowd.InterviewPending}
		case flowd.ActionTimer:
			o = flowd.Outcome{State: flowd.Replaced, Reason: flowd.ReasonReplaced}
		}
		if err := w.store.Settle(w.t.Context(), l, o, w.now); err != nil {
			w.t.Fatal(err)
		}
	}
}

// answer lets somebody answer their interview.
func (w *world) answer() {
	seen, _, err := w.store.Interviews(w.t.Context(), state.InterviewFilter{Open: true}, state.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(seen) == 0 {
		return
	}
	slices.SortFunc(seen, func(a, b state.Seen) int { return cmp.Compare(a.Interview.ID, b.Interview.ID) })
	in := of(w, seen...).Interview
	in.Answered, in.CompletedAt, in.Status = true, w.now, flowd.InterviewToEvaluate
	w.admit(flowd.Batch{Sightings: []flowd.Sighting{{Interview: in, At: w.now}}})
}

func seeds() int {
	n, _ := strconv.Atoi(os.Getenv("SEEDS"))
	return max(n, 400)
}
