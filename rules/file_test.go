package rules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flowd/rules"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func names(files []rules.File) string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name+"="+string(f.Data))
	}
	return strings.Join(out, " ")
}

func TestReadDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"b.yaml": "b", "a.YML": "a", "pairs.csv": "c", "README.md": "-",
		".b.yaml.swp": "-", ".#b.yaml": "-", "#b.yaml#": "-", "b.yaml~": "-", "b.yaml.bak": "-", ".flowd/names.lock": "-", "below/d.yaml": "-",
		"folder.yaml/x": "-",
	})
	got, err := rules.ReadDir(dir)
	if err != nil || names(got) != "a.YML=a b.yaml=b pairs.csv=c" {
		t.Errorf("ReadDir = %s, %v", names(got), err)
	}
	got, err = rules.ReadDir(filepath.Join(dir, "b.yaml"))
	if err != nil || names(got) != "b.yaml=b pairs.csv=c" {
		t.Errorf("of one file: %s, %v", names(got), err)
	}
	if _, err := rules.ReadDir(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there is read")
	}
}

// A mounted ConfigMap is a folder of links into a hidden, dated folder, which is
// swapped as a whole.
func TestReadDir_ConfigMap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"..2026_03_02/a.yaml": "new"})
	for link, target := range map[string]string{"..data": "..2026_03_02", "a.yaml": "..data/a.yaml"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := rules.ReadDir(dir)
	if err != nil || names(got) != "a.yaml=new" {
		t.Errorf("ReadDir = %s, %v", names(got), err)
	}
	if err := os.Symlink("nowhere.yaml", filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.ReadDir(dir); err == nil {
		t.Error("a link to nothing is passed over: its rules would be missing")
	}
}

func TestReadDir_Bounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"huge.yaml": strings.Repeat("#", 5<<20)})
	files, err := rules.ReadDir(dir)
	if err != nil || len(files) != 1 || len(files[0].Data) > 4<<20+1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if _, problems := rules.Compile(files, rules.Options{}); len(problems) == 0 || problems[0].Code != "too-large" {
		t.Errorf("problems %v", problems)
	}
	if _, problems := rules.Compile(nil, rules.Options{}); len(problems) != 1 || problems[0].Code != "no-rules" {
		t.Errorf("of no files: %v", problems)
	}
}
