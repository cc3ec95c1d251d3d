package ashby_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/internal/fault"
)

// written is a simulated Ashby with one application, as the suite knows a system
// that is written to.
type written struct{ *sim }

func newWritten(*testing.T) connectortest.WriteSystem {
	s := newSim()
	s.add(2)
	s.notes[s.apps[0].Candidate] = []string{"Called by phone."}
	return written{s}
}

func (written) Reads(r *http.Request) bool {
	switch strings.TrimPrefix(r.URL.Path, "/") {
	case "candidate.createNote", "candidate.addTag", "customField.setValue", "application.changeStage":
		return false
	}
	return true // candidateTag.create changes nothing of an application
}

func (w written) MoveAway() { w.move(w.apps[0], 4) }

func (w written) Standing() connectortest.Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.apps[0]
	s := connectortest.Standing{Stage: a.Stage.Title, Tags: slices.Clone(a.Tags), Notes: slices.Clone(w.notes[a.Candidate]), Fields: map[string]string{}}
	for id, v := range a.Fields {
		text, _ := v.(string)
		if id == "f-4" {
			s.Links = append(s.Links, text)
		}
		s.Fields[map[string]string{"f-2": "Video status"}[id]] = text
	}
	return s
}

func subject() flowd.Application {
	return flowd.Application{
		ID: "a0000000-0000-4000-8000-000000000001", Job: flowd.Job{ID: theJob, Name: "Waiter"}, Stage: flowd.Stage{ID: theOpen + "03", Name: "Video Interview"},
		Candidate: flowd.Candidate{ID: "c0000000-0000-4000-8000-000000000001", Name: "Rosa Field", Email: "rosa.field@example.com"},
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	connectortest.Writer{
		New:      newWritten,
		Source:   func(t *testing.T, url string) connectors.Source { t.Helper(); return sourceAt(t, url, "") },
		Personal: []string{"Rosa", "Field", "rosa.field", apiKey, "127.0.0.1", "000000000001"},
		Writes: map[flowd.ActionKind]flowd.WriteBack{
			flowd.ActionNote:  {Application: subject(), Text: "Rosa has finished the interview.", Mark: "[flowd a1b2c3]"},
			flowd.ActionTag:   {Application: subject(), Target: "video: finished"},
			flowd.ActionField: {Application: subject(), Target: "Video status", Text: "finished"},
			flowd.ActionMove:  {Application: subject(), Target: "Video Review", From: flowd.Stage{Name: "video interview"}},
			flowd.ActionLink:  {Application: subject(), Target: "Recording", Text: "https://flowd.example.com/v/abc"},
		},
	}.Run(t)
}

// at is a simulated Ashby with one application, and a source that reaches it.
func at(t *testing.T) (*sim, *simApplication, connectors.Source) {
	t.Helper()
	s := newSim()
	a := s.add(2)
	return s, a, serve(t, s)
}

// Refusals of status 200 are refusals, and none of them writes.
func TestWrite_Refused(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]fault.Kind{
		"invalid_input": fault.Invalid, "candidate_not_found": fault.NotFound, "missing_endpoint_permission": fault.Unauthorized, "rate_limit_exceeded": fault.RateLimited,
		"internal_server_error": fault.Uncertain, "something_new": fault.Invalid, "Rosa Field is unknown": fault.Invalid, "": fault.Invalid,
	} {
		s, _, source := at(t)
		s.next("candidate.createNote", refusing(code))
		w := flowd.WriteBack{Kind: flowd.ActionNote, Application: subject(), Text: "Done.", Mark: "[m-1]"}
		err := source.Writer.Write(t.Context(), w)
		if !fault.Is(err, want) || strings.Contains(err.Error(), "Rosa") || !strings.Contains(err.Error(), "01JSJ8FDK5ZN4XQBZP7DBKK7ZC") {
			t.Errorf("%s: %v is %s, want %s", code, err, fault.KindOf(err), want)
		}
	}
	s, _, source := at(t)
	s.next("candidate.createNote", func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, map[string]any{"ok": true}) })
	w := flowd.WriteBack{Kind: flowd.ActionNote, Application: subject(), Text: "Done."}
	if err := source.Writer.Write(t.Context(), w); !fault.Is(err, fault.Uncertain) {
		t.Errorf("an answer that says neither: %v", err)
	}
}

// Fields go where they are, as their type wants them, and are found there.
func TestWrite_Fields(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		target, text string
		id           string
		want         any
		kind         fault.Kind
	}{
		"application's before candidate's": {"video  STATUS", "finished", "f-2", "finished", ""},
		"by its id":                        {"f-1", "finished", "f-1", "finished", ""},
		"number":                           {"Video score", "4.5", "f-3", 4.5, ""},
		"no number":                        {"Video score", "high", "", nil, fault.Invalid},
		"endless number":                   {"Video score", "Inf", "", nil, fault.Invalid},
		"yes":                              {"Reviewed", "Yes", "f-5", true, ""},
		"no":                               {"Reviewed", "false", "f-5", false, ""},
		"neither":                          {"Reviewed", "maybe", "", nil, fault.Invalid},
		"choice as people see it":          {"State", "finished", "f-6", "opt-2", ""},
		"choice by its value":              {"State", "opt-1", "f-6", "opt-1", ""},
		"no choice":                        {"State", "Rosa", "", nil, fault.Invalid},
		"former choice":                    {"State", "Old", "", nil, fault.Invalid},
		"choices":                          {"Shifts", "Invited, finished", "f-7", []any{"opt-1", "opt-2"}, ""},
		"no such choices":                  {"Shifts", "Invited, Rosa", "", nil, fault.Invalid},
		"date":                             {"Finished on", "2026-03-02", "f-8", "2026-03-02", ""},
		"no date":                          {"Finished on", "yesterday", "", nil, fault.Invalid},
		"amount":                           {"Salary", "41000", "", nil, fault.Invalid},
		"archived":                         {"Gone", "x", "", nil, fault.NotFound},
		"unknown":                          {"Nothing", "x", "", nil, fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, a, source := at(t)
			app := subject()
			app.Candidate.ID = ""
			w := flowd.WriteBack{Kind: flowd.ActionField, Application: app, Target: c.target, Text: c.text}
			err := source.Writer.Write(t.Context(), w)
			if fault.KindOf(err) != c.kind || err != nil && strings.Contains(err.Error(), "Rosa") {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			got, there := a.Fields[c.id]
			if !there {
				got = a.Personal[c.id]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if is, err := source.Writer.Written(t.Context(), w); !is || err != nil {
				t.Errorf("written: %t, %v", is, err)
			}
		})
	}
}

// A note is found among many, and not where there are too many to be sure.
func TestWrite_Notes(t *testing.T) {
	t.Parallel()
	s, a, source := at(t)
	w := flowd.WriteBack{Kind: flowd.ActionNote, Application: subject(), Text: "Done.", Mark: "[m-1]"}
	if err := source.Writer.Write(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	s.perPage = 2
	for range 9 {
		s.notes[a.Candidate] = append([]string{"another"}, s.notes[a.Candidate]...)
	}
	for mark, want := range map[string]bool{"[m-1]": true, "[m-2]": false} {
		w.Mark = mark
		if got, err := source.Writer.Written(t.Context(), w); got != want || err != nil {
			t.Errorf("%s: %t, %v", mark, got, err)
		}
	}
	for range 200 {
		s.notes[a.Candidate] = append(s.notes[a.Candidate], "another")
	}
	for _, mark := range []string{"[m-2]", ""} {
		w.Mark = mark
		if _, err := source.Writer.Written(t.Context(), w); !errors.Is(err, connectors.ErrCannotLook) {
			t.Errorf("%q: %v", mark, err)
		}
	}
	s.next("candidate.listNotes", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, map[string]any{"success": true, "results": []any{}, "moreDataAvailable": true})
	})
	w.Mark = "[m-2]"
	if _, err := source.Writer.Written(t.Context(), w); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a page that leads nowhere: %v", err)
	}
}

// A tag that there is not yet is made once; one that is there is used.
func TestWrite_Tags(t *testing.T) {
	t.Parallel()
	s, a, source := at(t)
	for _, tag := range []string{"Video: Finished", "brand new", "Brand  New"} {
		if err := source.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionTag, Application: subject(), Target: tag}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.tags) != 4 || !slices.Contains(a.Tags, "video: finished") || !slices.Contains(a.Tags, "brand new") || !slices.Contains(a.Tags, "Import") {
		t.Errorf("tags %v, of the candidate %q", s.tags, a.Tags)
	}
	if err := source.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionTag, Application: subject(), Target: " "}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty tag: %v", err)
	}
}

// Moves: to archive there must be a reason, a move to where it stands is none,
// and nobody is moved from a stage that is not known.
func TestWrite_Moves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		target, stands string
		from           flowd.Stage
		kind           fault.Kind
	}{
		"by name":       {"offer", "Offer", flowd.Stage{Name: "Video Interview"}, ""},
		"by id":         {theOpen + "05", "Offer", flowd.Stage{ID: theOpen + "03"}, ""},
		"known stage":   {"Offer", "Offer", flowd.Stage{}, ""},
		"archived":      {"Archived", "Archived", flowd.Stage{}, ""},
		"where it is":   {"Video Interview", "Video Interview", flowd.Stage{}, ""},
		"no such stage": {"Nowhere", "Video Interview", flowd.Stage{}, fault.NotFound},
		"moved on":      {"Offer", "Video Interview", flowd.Stage{Name: "Application Review"}, fault.Conflict},
		"other id":      {"Offer", "Video Interview", flowd.Stage{ID: "x", Name: "Video Interview"}, fault.Conflict},
	} {
		_, a, source := at(t)
		err := source.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionMove, Application: subject(), Target: c.target, From: c.from})
		if fault.KindOf(err) != c.kind || a.Stage.Title != c.stands {
			t.Errorf("%s: %v, stands in %s", name, err, a.Stage.Title)
		}
	}
	_, _, source := at(t)
	app := subject()
	app.Stage = flowd.Stage{}
	if err := source.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionMove, Application: app, Target: "Offer"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("from nowhere: %v", err)
	}
	app.ID = ""
	if err := source.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionMove, Application: app, Target: "Offer", From: subject().Stage}); !fault.Is(err, fault.Invalid) {
		t.Errorf("of nobody: %v", err)
	}
}

// What seldom changes is asked for once.
func TestWrite_Listings(t *testing.T) {
	t.Parallel()
	s, _, source := at(t)
	for range 5 {
		w := flowd.WriteBack{Kind: flowd.ActionField, Application: subject(), Target: "Video status", Text: "a"}
		if err := source.Writer.Write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.count("customField.list"); n != 1 {
		t.Errorf("the fields were listed %d times", n)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	_, a, source := at(t)
	a.Fields["f-2"], a.Personal["f-1"], a.EmailType = "invited", "new", "Work"
	got, err := source.Fetcher.Fetch(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := flowd.Application{
		ID: a.ID, Job: flowd.Job{ID: theJob, Name: "Waiter", Department: "Service", Location: "Vienna", Country: "AT"},
		Stage: flowd.Stage{ID: theOpen + "03", Name: "Video Interview", Kind: "active"}, Status: flowd.StatusActive,
		Source: "Applied", AppliedAt: a.Made, Recruiter: "otto@example.com", URL: "https://app.ashbyhq.com/candidates/" + a.Candidate,
		Candidate: flowd.Candidate{ID: a.Candidate, Name: "Rosa Field", Phone: "202 555 0147", Country: "AT", Tags: []string{"Import"}, Email: "other+rosa.field+1@example.com"},
		Fields:    []flowd.Field{{Key: "f-2", Name: "Field f-2", Value: "invited"}, {Key: "f-1", Name: "Field f-1", Value: "new"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for id, kind := range map[string]fault.Kind{"1": fault.NotFound, "": fault.Invalid} {
		if _, err := source.Fetcher.Fetch(t.Context(), id); !fault.Is(err, kind) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	s, _, source := at(t)
	s.perPage = 4
	connectortest.Catalog(t, source.Catalog)
	fields, err := source.Catalog.Fields(t.Context())
	if err != nil || len(fields) != 11 {
		t.Fatalf("%d fields, %v", len(fields), err)
	}
	for _, f := range fields {
		want := map[string][]string{"State": {"Invited", "Finished"}, "Shifts": {"Invited", "Finished"}, "candidate.source": {"Applied"}, "candidate.tags": {"Import", "video: finished"}}
		if !slices.Equal(f.Values, want[f.Member+f.Field.Name]) {
			t.Errorf("%s%s: %q", f.Member, f.Field.Name, f.Values)
		}
	}
	if n := s.count("interviewStage.list"); n != 1 {
		t.Errorf("the stages of one plan were asked for %d times", n)
	}
	if _, err := source.Catalog.Stages(t.Context(), "no-such-job"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such job: %v", err)
	}
}
