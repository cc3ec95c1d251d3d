package odoo_test

import (
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/internal/fault"
)

const theApplication = 5001 // the first that a fake makes

func application() flowd.Application {
	return flowd.Application{
		ID: strconv.Itoa(theApplication), Job: flowd.Job{ID: "7", Name: "Account Executive"}, Stage: flowd.Stage{ID: "2", Name: "Video interview"},
		Candidate: flowd.Candidate{Name: "Rosa Field", Email: "rosa.field@example.com"},
	}
}

func writes(version int) connectortest.Writer {
	return connectortest.Writer{
		New: func(*testing.T) connectortest.WriteSystem {
			f := newFake(version)
			f.add(time.Now().Add(-time.Hour), 2, record{"partner_name": "Rosa Field"})
			return f
		},
		Source:   func(t *testing.T, url string) connectors.Source { return sourceAt(t, url, "") },
		Personal: []string{"Rosa", "Field", theKey, strconv.Itoa(theApplication), "127.0.0.1"},
		Writes: map[flowd.ActionKind]flowd.WriteBack{
			flowd.ActionNote:  {Application: application(), Text: "Rosa has <finished> & is \"done\".", Mark: "[flowd a1_c3%]"},
			flowd.ActionTag:   {Application: application(), Target: "video: finished"},
			flowd.ActionField: {Application: application(), Target: "Interview link", Text: "https://flowd.example.com/i/abc"},
			flowd.ActionMove:  {Application: application(), Target: "Video review", From: flowd.Stage{Name: "Video Interview"}},
			flowd.ActionLink:  {Application: application(), Target: "Recording", Text: "https://flowd.example.com/v/abc"},
		},
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	for _, version := range []int{14, 19} {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			t.Parallel()
			writes(version).Run(t)
		})
	}
}

// at is an Odoo with one applicant, and a source that reaches it.
func at(t testing.TB, version int) (*fake, connectors.Source) {
	f := newFake(version)
	f.add(time.Now().Add(-time.Hour), 2, nil)
	return f, sourceAt(t, f.serve(t), "")
}

// Fields go where they are, as their type wants them.
func TestWrite_Fields(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		target, text string
		field        string
		want         any
		kind         fault.Kind
	}{
		"by its key":    {"x_interview_link", "https://a.example", "x_interview_link", "https://a.example", ""},
		"by its label":  {"interview  LINK", "https://a.example", "x_interview_link", "https://a.example", ""},
		"emptied":       {"x_interview_link", " ", "x_interview_link", false, ""},
		"number":        {"Video score", "4.50", "x_score", 4.5, ""},
		"yes":           {"Done", "Yes", "x_done", true, ""},
		"choice":        {"Video status", "invited", "x_status", "inv", ""},
		"choice by key": {"Video status", "inv", "x_status", "inv", ""},
		"no number":     {"Video score", "four", "", nil, fault.Invalid},
		"no choice":     {"Video status", "lost", "", nil, fault.Invalid},
		"neither":       {"Done", "perhaps", "", nil, fault.Invalid},
		"not custom":    {"partner_name", "x", "", nil, fault.NotFound},
		"not a value":   {"Own notes", "x", "", nil, fault.NotFound},
		"unknown":       {"Video result", "x", "", nil, fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, s := at(t, 14)
			w := flowd.WriteBack{Kind: flowd.ActionField, Application: application(), Target: c.target, Text: c.text}
			err := s.Writer.Write(t.Context(), w)
			if fault.KindOf(err) != c.kind {
				t.Fatal(err)
			}
			if c.kind != "" {
				return
			}
			if got := f.find("hr.applicant", theApplication)[c.field]; got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
			if written, err := s.Writer.Written(t.Context(), w); !written || err != nil {
				t.Errorf("written: %t, %v", written, err)
			}
		})
	}
}

func TestWrite_Moves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		target    string
		from, was flowd.Stage
		says      string
		stage     int
		kind      fault.Kind
	}{
		"ids":            {"3", flowd.Stage{ID: "2"}, flowd.Stage{}, "", 3, ""},
		"of the job":     {"video review", flowd.Stage{}, flowd.Stage{ID: "2", Name: "Video interview"}, "", 3, ""},
		"there already":  {"Video interview", flowd.Stage{ID: "1"}, flowd.Stage{}, "", 2, ""},
		"nothing known":  {"Video review", flowd.Stage{}, flowd.Stage{}, "not known which stage", 2, fault.Invalid},
		"unknown target": {"Offer", flowd.Stage{ID: "2"}, flowd.Stage{}, `no stage "Offer"`, 2, fault.NotFound},
		"other stage":    {"Video review", flowd.Stage{ID: "1", Name: "New"}, flowd.Stage{}, `another stage than "New"`, 2, fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, s := at(t, 17)
			w := flowd.WriteBack{Kind: flowd.ActionMove, Application: application(), Target: c.target, From: c.from}
			w.Application.Stage = c.was
			err := s.Writer.Write(t.Context(), w)
			if fault.KindOf(err) != c.kind || f.find("hr.applicant", theApplication)["stage_id"] != c.stage || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, stands in %v", err, f.find("hr.applicant", theApplication)["stage_id"])
			}
		})
	}
}

// A tag that somebody made meanwhile is not made twice: nothing was done, and
// the next attempt adds it.
func TestWrite_TagMadeMeanwhile(t *testing.T) {
	t.Parallel()
	f, s := at(t, 14)
	w := flowd.WriteBack{Kind: flowd.ActionTag, Application: application(), Target: "video"}
	f.alter = func(model, method string, answer []byte) []byte {
		if model == "hr.applicant.category" && method == "search_read" { // behind the look, before the write
			f.mu.Lock()
			defer f.mu.Unlock()
			f.alter = nil
			f.models[model] = append(f.models[model], record{"id": 77, "name": "video"})
		}
		return answer
	}
	if err := s.Writer.Write(t.Context(), w); !fault.Is(err, fault.Unavailable) {
		t.Errorf("made by two: %v", err)
	}
	if err := s.Writer.Write(t.Context(), w); err != nil {
		t.Error(err)
	}
	if got, err := s.Writer.Written(t.Context(), w); !got || err != nil {
		t.Errorf("written: %t, %v", got, err)
	}
}

// A note looks the same whichever version shows it, and is found.
func TestWrite_NoteOfEachVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []int{15, 16, 17, 18} {
		f, s := at(t, version)
		w := flowd.WriteBack{Kind: flowd.ActionNote, Application: application(), Text: "<finished>\nand done", Mark: "[m_1]"}
		if err := s.Writer.Write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if notes := f.Standing().Notes; len(notes) != 1 || notes[0] != "<finished>\nand done\n\n[m_1]" {
			t.Errorf("%d: %q", version, notes)
		}
		if got, err := s.Writer.Written(t.Context(), w); !got || err != nil {
			t.Errorf("%d: written: %t, %v", version, got, err)
		}
	}
}

// What Odoo refuses comes with status 200 before version 19, and is classified
// by the exception's name alone.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]fault.Kind{
		"odoo.exceptions.AccessDenied": fault.Unauthorized, "odoo.http.SessionExpiredException": fault.Unauthorized,
		"odoo.exceptions.AccessError": fault.Unauthorized, "odoo.exceptions.MissingError": fault.NotFound,
		"odoo.exceptions.UserError": fault.Invalid, "odoo.exceptions.ValidationError": fault.Invalid, "builtins.ValueError": fault.Invalid,
		"psycopg2.OperationalError": fault.Unavailable, "psycopg2.errors.SerializationFailure": fault.Unavailable,
		"Rosa Field!": fault.Invalid, "": fault.Invalid,
	} {
		f, s := at(t, 14)
		f.alter = func(model, _ string, answer []byte) []byte {
			if model == "" {
				return answer
			}
			return []byte(`{"jsonrpc":"2.0","id":1,"error":{"code":200,"message":"Rosa Field","data":{"name":"` + name + `","message":"Rosa Field","debug":"Rosa Field ` + theKey + `"}}}`)
		}
		for _, err := range []error{
			s.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionNote, Application: application(), Mark: "[m]"}),
			func() error { _, _, err := s.Poller.Poll(t.Context(), nil); return err }(),
		} {
			if !fault.Is(err, want) || strings.Contains(err.Error(), "Rosa") || strings.Contains(err.Error(), theKey) {
				t.Errorf("%s: %v is %s, want %s", name, err, fault.KindOf(err), want)
			}
		}
	}
}

// Who may not log in hears so, and nothing else is called.
func TestLogin(t *testing.T) {
	t.Parallel()
	f, _ := at(t, 16)
	url := f.serve(t)
	for name, section := range map[string]string{
		"login":    "url: " + url + "\ndatabase: acme\nlogin: somebody\nkey: {file: key}",
		"database": "url: " + url + "\ndatabase: other\nlogin: " + theLogin + "\nkey: {file: key}",
	} {
		s := connectortest.Build(t, kind, section, map[string]string{"key": theKey})
		if _, _, err := s.Poller.Poll(t.Context(), nil); !fault.Is(err, fault.Unauthorized) || !strings.Contains(err.Error(), "check database, login and key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.asked) > 0 {
		t.Errorf("asked for %v", f.asked)
	}
}

// What knows no JSON-RPC any more is called by /json/2, and an application that
// no number names is never asked for.
func TestVersions(t *testing.T) {
	t.Parallel()
	f := newFake(22)
	f.add(time.Now(), 2, nil)
	server := httptest.NewServer(without(f, "/jsonrpc"))
	defer server.Close()
	s := connectortest.Build(t, kind, "url: "+server.URL+"\ndatabase: acme\nlogin: x\nkey: {file: key}", map[string]string{"key": theKey})
	if app, err := s.Fetcher.Fetch(t.Context(), strconv.Itoa(theApplication)); err != nil || app.Stage.Name != "Video interview" {
		t.Errorf("%+v, %v", app, err)
	}
	for _, id := range []string{"", "0", "-1", "rosa@example.com", "1 or 1"} {
		if _, err := s.Fetcher.Fetch(t.Context(), id); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := s.Fetcher.Fetch(t.Context(), "99"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// Odoo refuses a tag of the name of another one, so that of two who make it at the
// same time one is refused: that one tries again, unless the tag itself is wrong.
func TestTag_MadeAtTheSameTime(t *testing.T) {
	t.Parallel()
	const says = `{"jsonrpc": "2.0", "id": 1, %s}`
	refusal := func(name string) string { return fmt.Sprintf(says, `"error": {"data": {"name": "`+name+`"}}`) }
	for name, tc := range map[string]struct {
		look string // what the look for the tag hears then; "" is what is so
		kind fault.Kind
		says string
	}{
		"it is there":            {"", fault.Unavailable, "at the same time"},
		"nobody can tell":        {refusal("psycopg2.OperationalError"), fault.Unavailable, "database"},
		"Odoo does not want one": {fmt.Sprintf(says, `"result": []`), fault.Invalid, "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(14)
			id := f.add(time.Now(), 2, nil)
			refused := false
			f.alter = func(model, method string, answer []byte) []byte {
				switch {
				case model == "hr.applicant" && method == "write":
					refused = true
					return []byte(refusal("odoo.exceptions.ValidationError"))
				case model == "hr.applicant.category" && refused && tc.look != "":
					return []byte(tc.look)
				}
				return answer
			}
			err := sourceAt(t, f.serve(t), "").Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionTag, Target: "new", Application: flowd.Application{ID: fmt.Sprint(id)}})
			if !fault.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v, want %s that says %q", err, tc.kind, tc.says)
			}
		})
	}
}
