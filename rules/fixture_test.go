package rules_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// invites is a rule file whose one test is of a recorded event.
const invites = `version: 1
owner: sales-ops
rules:
  - id: video
    description: Who reaches the video stage is invited.
    stage: "Video interview"
    pairs: [{position: "AE screening"}]
    unless: [{when: candidate.source == "referral", because: "they are called"}]
    tests:
      - {name: moved, event: fixtures/moved.json, expect: [{hireflix.invite: {position: "AE screening"}}]}
`

const moved = `{"type": "stage.entered", "stage": "Video interview", "candidate": {"email": "robin.sample@example.com", "source": "LinkedIn"}}`

func TestReadDir_Fixtures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"rules/a.yaml": "event: fixtures/a.json", "rules/b.yaml": "b", "outside.json": "secret",
		"rules/fixtures/a.json": "a", "rules/fixtures/b.json": "b", "rules/fixtures/notes.txt": "-", "rules/fixtures/.a.json": "-",
		"rules/fixtures/below/c.json": "-", "rules/fixtures/d.json/e": "-", "rules/..data/fixtures/f.json": "f",
	})
	in := filepath.Join(dir, "rules")
	for link, target := range map[string]string{"g.json": "../../outside.json", "h.json": filepath.Join(in, "fixtures/a.json"), "f.json": "../..data/fixtures/f.json", "i.json": "nowhere.json"} {
		if err := os.Symlink(target, filepath.Join(in, "fixtures", link)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := rules.ReadDir(in)
	if err != nil || names(got) != "a.yaml=event: fixtures/a.json b.yaml=b fixtures/a.json=a fixtures/b.json=b fixtures/f.json=f" {
		t.Errorf("ReadDir = %s, %v", names(got), err)
	}
	got, err = rules.ReadDir(filepath.Join(in, "a.yaml"))
	if err != nil || names(got) != "a.yaml=event: fixtures/a.json fixtures/a.json=a" {
		t.Errorf("of one file: %s, %v", names(got), err)
	}
	if err := os.RemoveAll(filepath.Join(in, "fixtures")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(in, "fixtures")); err != nil {
		t.Fatal(err)
	}
	if got, err := rules.ReadDir(in); err != nil || len(got) != 2 {
		t.Errorf("through a link that leads out of the folder: %s, %v", names(got), err)
	}
}

func recorded(fixture string, more ...rules.File) []rules.File {
	return append([]rules.File{{Name: "a.yaml", Data: []byte(invites)}, {Name: "fixtures/moved.json", Data: []byte(fixture)}}, more...)
}

// What the tests of a set name belongs to it: to its digest, to what is kept of it
// and to the rule file that it is taken back with.
func TestFixtures_BelongToTheSet(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile(recorded(moved, rules.File{Name: "fixtures/other.json", Data: []byte("{}")}), rules.Options{})
	if len(problems) != 1 || problems[0].Code != "unused-fixture" || problems[0].File != "fixtures/other.json" || problems[0].Severity != strictyaml.Warning {
		t.Fatalf("problems:\n%s", strictyaml.Render(problems))
	}
	if got := names(set.Files()); !strings.Contains(got, "fixtures/moved.json=") || strings.Contains(got, "other") {
		t.Errorf("files %s", got)
	}
	if got := set.FilesOf("a.yaml"); len(got) != 2 || !slices.Equal(set.Readers("fixtures/moved.json"), []string{"a.yaml"}) {
		t.Errorf("of a.yaml: %s; read by %v", names(got), set.Readers("fixtures/moved.json"))
	}
	changed, _ := rules.Compile(recorded(strings.Replace(moved, "LinkedIn", "Referral", 1)), rules.Options{})
	if changed.Digest() == set.Digest() {
		t.Error("another fixture, and the digest is the same")
	}
	if got := rules.RunTests(set, engine.Decide, rules.TestOptions{}); len(got) != 1 || !got[0].OK {
		t.Errorf("%+v", got)
	}
	if got := rules.RunTests(changed, engine.Decide, rules.TestOptions{}); len(got) != 1 || got[0].OK || !strings.Contains(got[0].Got, "they are called") {
		t.Errorf("a referral: %+v", got)
	}
	if _, got := rules.Cover(set, engine.Decide, rules.TestOptions{}); len(got) != 1 || got[0].Tests != 1 || got[0].Seen != 1 || len(got[0].Rows) != 0 {
		t.Errorf("coverage %+v", got)
	}
}

func TestFixtures_Bounded(t *testing.T) {
	t.Parallel()
	_, problems := rules.Compile(recorded(moved+strings.Repeat(" ", 64<<10)), rules.Options{})
	if len(problems) != 1 || problems[0].Code != "too-large" || problems[0].File != "a.yaml" || problems[0].Line != 10 {
		t.Errorf("problems:\n%s", strictyaml.Render(problems))
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.yaml": invites, "fixtures/moved.json": moved + strings.Repeat(" ", 1<<20)})
	files, err := rules.ReadDir(dir)
	if err != nil || len(files) != 2 || len(files[1].Data) > 64<<10+1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
}

func FuzzFixture(f *testing.F) {
	for _, name := range fixtures(f, "fixtures/*.json") {
		data, err := os.ReadFile(filepath.Join("testdata/fixtures", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, problems := rules.Compile(recorded(string(data)), rules.Options{})
		for _, p := range problems {
			if p.Message == "" || p.Line < 0 || p.Column < 0 {
				t.Errorf("a problem without words or place: %+v", p)
			}
			_ = p.Text()
		}
		if strictyaml.HasErrors(problems) {
			return
		}
		if got := rules.RunTests(set, engine.Decide, rules.TestOptions{}); len(got) != 1 {
			t.Errorf("%d results", len(got))
		}
	})
}
