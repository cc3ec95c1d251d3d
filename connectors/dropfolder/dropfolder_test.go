package dropfolder_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/dropfolder"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// system is a folder that an export writes to.
type system struct {
	dir   string
	files int
}

func newSystem(t *testing.T) connectortest.System { return &system{dir: t.TempDir()} }

func (s *system) Source(t *testing.T) connectors.Source {
	return connectortest.Build(t, dropfolder.Kind(), "dir: "+s.dir, nil)
}

// Fill puts a CSV of more rows than a batch takes, some bad, and an NDJSON.
func (s *system) Fill(t *testing.T) int {
	s.files++
	var text strings.Builder
	text.WriteString("application_id,email,stage\n")
	for i := range 2500 {
		fmt.Fprintf(&text, "%d-%d,person%d@example.com,Video\n", s.files, i, i)
	}
	text.WriteString(",nobody@example.com,Video\n")
	put(t, s.dir, fmt.Sprintf("export-%d.csv", s.files), text.String())
	put(t, s.dir, fmt.Sprintf("export-%d.ndjson", s.files), fmt.Sprintf(`{"application":"n-%d","stage":"Video"}`, s.files))
	return 2501
}

func (s *system) Break(t *testing.T) func() {
	away := s.dir + "-away"
	if err := os.Rename(s.dir, away); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Rename(away, s.dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	connectortest.Poller{New: newSystem, Personal: []string{"@example.com"}}.Run(t)
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// taken runs a source over a folder until it lies still, and returns the events
// and what Settled complained of.
func taken(t *testing.T, source connectors.Source) (events []flowd.Event, complaints []string) {
	t.Helper()
	for quiet := 0; quiet < 4; {
		b, more, err := source.Poller.Poll(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, b.Events...)
		if err := source.Poller.(connectors.Settler).Settled(t.Context(), b); err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			complaints = append(complaints, err.Error())
		}
		if !more {
			quiet++
			time.Sleep(source.Every) // synthetic
		}
	}
	return events, complaints
}

// tree lists the files below a folder.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func report(t *testing.T, path string) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func source(t *testing.T, dir, more string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, dropfolder.Kind(), "dir: "+dir+"\nats: hr\n"+more, nil)
}

// Good rows are taken; bad ones are written down with line and reason.
func TestRows_CSV(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "moves.csv", "\xef\xbb\xbfBewerbung;Stage;Email;First name;at;Salary;Phone;status;\r\n"+
			"=\"0123\";Video;ada@example.com;\"Ada; \"\"the\"\" first\";2026-03-02 09:30;41.000;+12025550143;active;\r\n"+
			";;;;;;;;\r\n"+
			"7;Video;bob@example.com;Bob;;;1,2E+10;;\r\n"+
			"1.2E+10;Video;cas@example.com;Cas;;;;;\r\n"+
			"8;#N/A;dee@example.com;Dee;;;;;\r\n"+
			"9;Video;eve@example.com\r\n"+
			"10;;fay@example.com;Fay;;;;;\r\n"+
			"11;Video;gus@example.com;Gus;tomorrow;;;;\r\n"+
			"12;Video;hal@example.com;Hal;;;;asleep;\r\n"+
			"13;Video;ivy@example.com;Ivy;;;;;;;\r\n"+
			"14;Video;\"joe@example.com;Joe;;;;;\r\n"+
			"15;Video;kim@example.com;Kim;;;;;\r\n")
		events, complaints := taken(t, source(t, dir, "columns: {application: Bewerbung}"))
		for i := range events {
			events[i].Key = strings.SplitAfter(events[i].Key, ":")[0]
		}
		person := func(id, name, email string) flowd.Event {
			return flowd.Event{
				Key: "conformance:", Type: flowd.StageEntered, Via: flowd.ViaMove, Stage: flowd.Stage{Name: "Video"},
				Application: flowd.Application{ID: id, Candidate: flowd.Candidate{FirstName: name, Email: email}},
			}
		}
		ada := person("0123", `Ada; "the" first`, "ada@example.com")
		ada.Key, ada.At, ada.Application.Status, ada.Application.Candidate.Phone = "move:", time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), flowd.StatusActive, "+12025550143"
		ada.Application.Fields = []flowd.Field{{Key: "Salary", Name: "Salary", Type: "text", Value: "41.000"}}
		want := []flowd.Event{ada, person("13", "Ivy", "ivy@example.com"), person("15", "Kim", "kim@example.com")}
		if diff := cmp.Diff(want, events); diff != "" {
			t.Error(diff)
		}
		if len(complaints) != 1 || !strings.Contains(complaints[0], `8 rows were not taken; see "failed/moves.csv.errors.csv"`) {
			t.Errorf("complaints %v", complaints)
		}
		var got []string
		for _, r := range report(t, filepath.Join(dir, "failed/moves.csv.errors.csv")) {
			got = append(got, r[0]+" "+r[1])
		}
		wantReport := []string{
			"line reason",
			"4 column 7 (candidate.phone) holds a number that the spreadsheet has shortened; format the column as text",
			"5 column 1 (application) holds a number that the spreadsheet has shortened; format the column as text",
			"6 column 2 (stage.name) holds a spreadsheet's error",
			"7 the row has 3 cells and the header 9",
			"8 stage is missing",
			"9 at is not a time such as 2026-03-02T09:30:00Z, or seconds or milliseconds since 1970",
			"10 application.status is none of active, rejected, withdrawn, hired",
			"12 a quote is not closed, or closed in the middle of a cell",
		}
		if diff := cmp.Diff(wantReport, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"failed/moves.csv.errors.csv", "processed/moves.csv"}, tree(t, dir)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRows_NDJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "moves.jsonl", `{"application": {"id": 900719925474099312, "status": "active"}, "candidate": {"emails": [{"value": "a@work.example.com", "type": "work"}]}, "stage": {"id": 3, "name": "Video"}, "fields": {"Salary": 41000, "a b": true}, "via": "import"}
{"application_id": "2", "email": "bob@example.com", "stage": "Video", "at": 1772443964}
`+"\n"+`{"application": "3", "stage": "Video", "emial": "x"}
{"application": "4", "stage": "Video", "Ada Example": "x"}
{"application": "5", "stage": "Video", "stage.name": "Video"}
{"application": "6"
["application", "7"]
{"application": "8", "stage": "Video"} {"application": "9"}
{"application": "10", "type": "application.withdrawn"}`)
		events, _ := taken(t, source(t, dir, ""))
		var got []string
		for _, ev := range events {
			got = append(got, fmt.Sprintf("%s %s %s %s %q %v", ev.Type, ev.Via, ev.Application.ID, ev.Stage.Key(), ev.Application.NoContact, len(ev.Application.Fields)))
		}
		want := []string{
			`stage.entered import 900719925474099312 3 "work_address" 2`, `stage.entered move 2 video "" 0`, `application.withdrawn unknown 10  "" 0`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		got = nil
		for _, r := range report(t, filepath.Join(dir, "failed/moves.jsonl.errors.csv")) {
			got = append(got, r[0]+" "+r[1])
		}
		want = []string{
			"line reason", "4 an event has no emial", "5 an event has no such member as it has", "6 stage.name stands there twice",
			"7 the line is not one JSON object", "8 the line is not one JSON object", "9 the line is not one JSON object",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// What cannot be read at all goes to failed/ with the reason beside it.
func TestFiles_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, columns, says string }{
		"no application": {"stage,email\nVideo,ada@example.com\n", "", "the header has no column application_id"},
		"no header":      {"Ada,Video,ada@example.com\n", "", "the header has no column application_id"},
		"other header":   {"application_id,stage\n1,Video\n", "columns: {application: Bewerbung}", `the header has no column "bewerbung"`},
		"twice":          {"application_id,stage,Application ID\n1,Video,2\n", "", "two columns of the header mean the same; the second is column 3"},
		"utf-16":         {"\xff\xfea\x00", "", "the file is UTF-16"},
		"binary":         {"PK\x03\x04\x00\x00", "", "the file is not text"},
		"blank":          {"\n \n", "", "the file is empty"},
		"quote":          {"\"application_id,stage\n1,Video\n", "", "the header cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				put(t, dir, "x.csv", c.text)
				events, complaints := taken(t, source(t, dir, c.columns))
				if len(events) > 0 || len(complaints) != 1 {
					t.Errorf("%d events, %v", len(events), complaints)
				}
				if diff := cmp.Diff([]string{"failed/x.csv", "failed/x.csv.errors.csv"}, tree(t, dir)); diff != "" {
					t.Error(diff)
				}
				r := report(t, filepath.Join(dir, "failed/x.csv.errors.csv"))
				if len(r) != 2 || r[1][0] != "1" || !strings.Contains(r[1][1], c.says) || strings.Contains(r[1][1], "Ada") {
					t.Errorf("%v, want %q", r, c.says)
				}
			})
		})
	}
}

// Older spreadsheets write Windows-1252; it is read, and said.
func TestFiles_Windows1252(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "x.tsv", "application_id\tstage\tname\n1\tGespr\xe4ch\tJos\xe9 Example\n")
		events, complaints := taken(t, source(t, dir, ""))
		if len(events) != 1 || events[0].Stage.Name != "Gespräch" || events[0].Application.Candidate.Name != "José Example" || len(complaints) > 0 {
			t.Errorf("%+v, %v", events, complaints)
		}
		if diff := cmp.Diff([]string{"processed/x.tsv", "processed/x.tsv.note.txt"}, tree(t, dir)); diff != "" {
			t.Error(diff)
		}
	})
}

// The same file put there again, and the same rows in another order, bring no
// new keys; a row that says when is known under any file name.
func TestRows_Keys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		keys := map[string]int{}
		count := func(name, text string) {
			put(t, dir, name, text)
			events, _ := taken(t, source(t, dir, ""))
			for _, ev := range events {
				keys[ev.Key]++
			}
		}
		const header = "application_id,stage,at\n"
		count("a.csv", header+"1,Video,\n2,Video,2026-03-02 09:30\n")
		count("a.csv", header+"2,Video,2026-03-02 09:30\n1,Video,\n")
		count("b.csv", header+"2,video,2026-03-02T10:30:00+01:00\n")
		if len(keys) != 2 {
			t.Errorf("keys %v", keys)
		}
		count("b.csv", header+"1,Video,\n2,Offer,2026-03-02 09:30\n2,Video,2026-03-02 09:31\n3,Video,2026-03-02 09:30\n")
		if len(keys) != 6 {
			t.Errorf("keys %v", keys)
		}
		want := []string{"processed/a.csv", "processed/a.csv.2", "processed/b.csv", "processed/b.csv.2"}
		if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
			t.Error(diff)
		}
	})
}

// Files that are still being written, and what are no exports, are left alone.
func TestFiles_Waits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		outside := t.TempDir()
		put(t, outside, "secret.csv", "application_id,stage\n9,Video\n")
		for _, name := range []string{".hidden.csv", "a.csv.part", "b.csv.tmp", "readme.txt"} {
			put(t, dir, name, "application_id,stage\n1,Video\n")
		}
		put(t, dir, "empty.csv", "")
		if err := os.Symlink(filepath.Join(outside, "secret.csv"), filepath.Join(dir, "link.csv")); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(dir, "folder.csv"), 0o700); err != nil {
			t.Fatal(err)
		}
		before := tree(t, dir)
		s := source(t, dir, "every: 4s")
		if events, complaints := taken(t, s); len(events)+len(complaints) > 0 {
			t.Errorf("%v, %v", events, complaints)
		}
		if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
			t.Error(diff)
		}
		growing := "application_id,stage\n"
		for i := range 5 {
			growing += fmt.Sprintf("%d,Video\n", i)
			put(t, dir, "growing.csv", growing)
			for range 3 { // looks in quick succession are one
				if b, _, err := s.Poller.Poll(t.Context(), nil); err != nil || len(b.Events) > 0 {
					t.Fatalf("%d: %d events, %v", i, len(b.Events), err)
				}
			}
			time.Sleep(s.Every) // synthetic
		}
		if events, _ := taken(t, s); len(events) != 5 {
			t.Errorf("%d events once it lies still", len(events))
		}
	})
}

// A batch that could not be stored is offered again, unchanged, and a file that
// grows while it is read is read again.
func TestFolder_Again(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "x.csv", "application_id,stage\n1,Video\n")
		s := source(t, dir, "")
		poll := func() flowd.Batch {
			b, _, err := s.Poller.Poll(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		poll()
		time.Sleep(s.Every)
		first := poll()
		if second := poll(); len(first.Events) != 1 || !cmp.Equal(first, second) {
			t.Errorf("%+v, and again %+v", first, second)
		}
		put(t, dir, "processing/x.csv", "application_id,stage\n1,Video\n2,Video\n")
		err := s.Poller.(connectors.Settler).Settled(context.Background(), first)
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("a file that grew: %v", err)
		}
		if events, _ := taken(t, s); len(events) != 2 || events[0].Key != first.Events[0].Key {
			t.Errorf("%+v", events)
		}
	})
}

func TestBuild_Problems(t *testing.T) {
	t.Parallel()
	for section, want := range map[string]string{
		"kind: dropfolder":                    "2:1: dir is missing",
		"dir: ''":                             "3:6: dir is blank",
		"dir: [a, b]":                         "3:6: dir wants a single value",
		"dir: x\nevery: 10ms":                 "4:8: every is shorter than 1s",
		"dir: x\ncolumns: {stages: Stage}":    "4:11: an event has no stages",
		"dir: x\ncolumns: {stage: ''}":        "4:18: stage names no header",
		"dir: x\ncolumns: Stage":              "4:10: columns wants parts",
		"dir: x\ncolumns: {stage: A, job: a}": "4:26: two parts stand under one header",
		"dir: x\nwebhook: {secret: {env: X}}": "4:1: unknown key webhook",
		"dir: x\ncolumns: {application: A, 'fields.Pay': B, stage: C}": "",
	} {
		text := "name: x\nkind: dropfolder\n" + strings.TrimPrefix(section, "kind: dropfolder") + "\n"
		if strings.HasPrefix(section, "kind") {
			text, want = "name: x\nkind: dropfolder\n", "1:1: dir is missing"
		}
		doc := strictyaml.Parse("s.yaml", []byte(text), strictyaml.Options{})
		connectors.Kinds{dropfolder.Kind()}.Build(doc.Root(), connectors.Options{})
		got := strictyaml.Render(doc.Problems())
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: want %q, got\n%s", section, want, got)
		}
	}
}

// A CSV and the same moves in NDJSON say the same.
func TestFixtures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got [][]flowd.Event
		for _, name := range []string{"moves.csv", "moves.ndjson"} {
			dir := t.TempDir()
			data, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, name, string(data))
			events, complaints := taken(t, source(t, dir, ""))
			if len(events) != 3 || len(complaints) > 0 {
				t.Fatalf("%s: %d events, %v", name, len(events), complaints)
			}
			got = append(got, events)
		}
		got[0][2].Key, got[1][2].Key = "", "" // says no time, so it is known by its row
		if diff := cmp.Diff(got[0], got[1]); diff != "" {
			t.Error(diff)
		}
	})
}
