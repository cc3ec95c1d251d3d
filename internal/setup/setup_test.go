package setup_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flowd"
	"flowd/internal/secret"
	"flowd/internal/setup"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

func answers() setup.Answers {
	return setup.Answers{Kind: "webhook", Name: "ats", Domain: "example.com", Stage: `Video "one"`, Owner: "sales-ops"}
}

func draft(t *testing.T, source string, k setup.Known, table *setup.Table) []setup.File {
	t.Helper()
	files, err := setup.Files(answers(), source, k, table)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func file(t *testing.T, files []setup.File, name string) string {
	t.Helper()
	for _, f := range files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	t.Fatalf("no file %s", name)
	return ""
}

// What has one name is paired; everything else is left to a person, as comments.
func TestFiles_PairsByNameAlone(t *testing.T) {
	t.Parallel()
	known := setup.Known{
		Positions: []flowd.Position{
			{ID: "65afda7ad66b25c281f30a01", Name: "Cook"}, {ID: "65afda7ad66b25c281f30a02", Name: "Waiter"},
			{ID: "65afda7ad66b25c281f30a03", Name: "Clerk"}, {ID: "65afda7ad66b25c281f30a04", Name: "clerk"},
			{ID: "65afda7ad66b25c281f30a05", Name: "Porter", Archived: true},
		},
		Jobs: []string{" COOK", "Clerk", "Porter", `The "Barista"`},
	}
	text := file(t, draft(t, "sources: []", known, nil), setup.RuleFile)
	set, problems := rules.Compile([]rules.File{{Name: "first.yaml", Data: []byte(text)}}, rules.Options{})
	if len(problems) > 0 {
		t.Fatalf("%s\n%s", strictyaml.Render(problems), text)
	}
	if set.Rows() != 1 || !strings.Contains(text, "\n      - job: \" COOK\"\n        position: \"Cook\"\n") {
		t.Errorf("want the one row of the cook:\n%s", text)
	}
	for _, left := range []string{`- job: "Clerk"`, `- job: "Porter"`, `- job: "The \"Barista\""`, `position: "Waiter"`, `position: "65afda7ad66b25c281f30a03"`, `position: "65afda7ad66b25c281f30a04"`} {
		if !strings.Contains(text, "# "+left) && !strings.Contains(text, "#   "+left) {
			t.Errorf("%s is not left as a comment:\n%s", left, text)
		}
	}
	if strings.Contains(text, `position: "Porter"`) {
		t.Error("an archived position is proposed")
	}
	// Read with every comment opened it is still YAML.
	opened := strings.NewReplacer("      # - job", "      - job", "      #   position", "        position").Replace(text)
	if doc := strictyaml.Parse("opened", []byte(opened), strictyaml.Options{}); strictyaml.HasErrors(doc.Problems()) {
		t.Error(strictyaml.Render(doc.Problems()))
	}
}

// A secret that only a comment names is not made: nothing would read it.
func TestFiles_SecretsOfTheSource(t *testing.T) {
	t.Parallel()
	made := map[string]bool{}
	for _, f := range draft(t, "sources:\n  - name: ${name}\n    a: {file: secrets/${name}-hook}\n    # b: {file: secrets/later}\n", setup.Known{}, nil) {
		made[f.Name] = f.Make && f.Secret
	}
	if _, later := made["secrets/later"]; !made["secrets/ats-hook"] || later {
		t.Errorf("%v", made)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*setup.Answers){
		"":                       func(*setup.Answers) {},
		"cannot name a source":   func(a *setup.Answers) { a.Name = "two  words" },
		`"hireflix" cannot`:      func(a *setup.Answers) { a.Name = "hireflix" },
		"cannot name an owner":   func(a *setup.Answers) { a.Owner = "x: y" },
		"is no domain":           func(a *setup.Answers) { a.Domain = `example.com"]` },
		`"localhost" is no`:      func(a *setup.Answers) { a.Domain = "localhost" },
		"the stage has no name":  func(a *setup.Answers) { a.Stage = " " },
		`"-example.com" is no d`: func(a *setup.Answers) { a.Domain = "-example.com" },
	} {
		a := answers()
		change(&a)
		if err := a.Validate(); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
}

// What cannot be written whole is taken back, and what was there stays.
func TestWrite_AllOrNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "third"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := []setup.File{{Name: "first"}, {Name: "rules/second"}, {Name: "third", Data: []byte("theirs")}, {Name: "fourth"}}
	if err := setup.Write(dir, files); err == nil || !strings.Contains(err.Error(), "third is there already") {
		t.Errorf("got %v", err)
	}
	for name, want := range map[string]bool{"first": false, "rules/second": false, "third": true, "fourth": false} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %t", name, err == nil)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "third")); err != nil || string(text) != "mine" {
		t.Errorf("%q %v", text, err)
	}
}

// The tables that spreadsheets of several countries write are one table.
func TestImport_Spreadsheets(t *testing.T) {
	t.Parallel()
	var first []byte
	for name, text := range map[string]string{
		"german Excel": "Job;Position\r\nB\xe4cker, Graz;AE\r\n=\"0123\";AE\r\n",
		"french Excel": "\xef\xbb\xbfJob;Position\r\n\"Bäcker, Graz\";AE\r\n0123;AE\r\n",
		"web":          "job,position\n\"Bäcker, Graz\",AE\n0123,AE\n",
	} {
		table, problems, err := setup.Import("m.csv", []byte(text), answers(), setup.Known{}, nil)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s: %v\n%s", name, err, strictyaml.Render(problems))
		}
		got := []byte(file(t, draft(t, "sources: []", setup.Known{}, table), setup.TableFile))
		if first == nil {
			first = got
		}
		if !bytes.Equal(first, got) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, first)
		}
	}
}

// Whatever a table holds, what is left in use is a valid map.
func FuzzImport(f *testing.F) {
	f.Add("job,position\nA,P\na,Q\n\"B\nC\",P\n")
	f.Add("Role;Team;Lang;Interview;Notes\nA;;de;P;\"x\ny\"\n;S;;P;\n;;;P;\n4E+09;;;P;\n#N/A;;;P;\nA|B;;;Q;\n")
	f.Add("stage,job,position,enabled\nS,A,P,\n,B,P,no\n,C,P,perhaps\n")
	f.Fuzz(func(t *testing.T, text string) {
		known := setup.Known{Positions: []flowd.Position{{ID: "65afda7ad66b25c281f30a01", Name: "P"}, {ID: "65afda7ad66b25c281f30a02", Name: "Q"}}}
		table, _, err := setup.Import("m.csv", []byte(text), answers(), known, nil)
		if err != nil {
			return
		}
		files := draft(t, "sources: []", known, table)
		set, problems := rules.Compile([]rules.File{
			{Name: "first.yaml", Data: []byte(file(t, files, setup.RuleFile))}, {Name: "pairs.csv", Data: []byte(file(t, files, setup.TableFile))},
		}, rules.Options{})
		if strictyaml.HasErrors(problems) {
			t.Fatalf("%q gives\n%s\n%s", text, strictyaml.Render(problems), file(t, files, setup.TableFile))
		}
		if _, _, problems := set.Bind(known.Positions, nil); len(problems) > 0 {
			t.Fatalf("%q gives\n%s", text, strictyaml.Render(problems))
		}
	})
}

// An answer takes its place in the text, a secret one a file of its own; what is
// not answered stays a comment.
func TestFiles_Questions(t *testing.T) {
	t.Parallel()
	const text = "#? url: Where is it?\n#? key: Which key?\n#? user: Which user?\n" +
		"sources:\n  - name: ${name}\n    # Where it is.\n    url: https://ats.example.com\n    # api: {key: {file: secrets/${name}-key}, user: 4080}\n"
	for _, tt := range []struct {
		given map[string]string
		want  string // of the sources, or the error
	}{
		{map[string]string{}, "url is missing: Where is it?"},
		{map[string]string{"url": "https://a.example\n"}, "url is more than a line of at most 1000 bytes"},
		{map[string]string{"url": "x", "door": "y"}, "a source of the kind webhook is not asked for door"},
		{map[string]string{"url": `https://a.example/"#`}, "    url: \"https://a.example/\\\"#\"\n    # api: {key: {file: secrets/ats-key}, user: 4080}\n"},
		{map[string]string{"url": "https://$1.example", "user": "7"}, "    url: \"https://$1.example\"\n    # api: {key: {file: secrets/ats-key}, user: 4080}\n"},
		{map[string]string{"url": "https://a.example", "key": "k"}, "    url: \"https://a.example\"\n    api: {key: {file: secrets/ats-key}}\n"},
		{map[string]string{"url": "https://a.example", "key": "k", "user": "7"}, "    api: {key: {file: secrets/ats-key}, user: \"7\"}\n"},
	} {
		a := answers()
		a.Given = map[string]secret.Value{}
		for id, text := range tt.given {
			a.Given[id] = secret.New(text)
		}
		files, err := setup.Files(a, text, setup.Known{}, nil)
		if err != nil {
			if err.Error() != tt.want {
				t.Errorf("%v: %v, want %s", tt.given, err, tt.want)
			}
			continue
		}
		if config := file(t, files, setup.ConfigFile); !strings.Contains(config, tt.want) || strings.Contains(config, "#?") {
			t.Errorf("%v: want %s in\n%s", tt.given, tt.want, config)
		}
		for _, f := range files {
			if f.Name == setup.SecretsDir+"/ats-key" && (f.Make || !f.Secret || string(f.Data) != tt.given["key"]+"\n") {
				t.Errorf("%v: the key is kept as %+v", tt.given, f)
			}
		}
		if _, ok := tt.given["key"]; ok {
			file(t, files, setup.SecretsDir+"/ats-key")
		}
	}
}
