package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme checks README's rules beside README's configuration: who copies them
// has to get through `flowd check`, with the way back and without.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 3 {
		t.Fatalf("README.md has %d blocks of YAML, want two rules and a configuration", len(blocks))
	}
	config := regexp.MustCompile(`\{env: \w+\}`).ReplaceAllString(blocks[2][1], "{file: secret}")
	config = strings.TrimPrefix(strings.ReplaceAll(config, "\n   ", "\n"), "   ")
	invites := regexp.MustCompile(`(?m)^.*# \(back\).*\n`).ReplaceAllString(config, "")
	if invites == config {
		t.Fatal("no line of the configuration is marked as the way back's")
	}
	checked(t, map[string]string{"rules/sales.yaml": blocks[0][1], "flowd.yaml": invites})
	checked(t, map[string]string{"rules/sales.yaml": blocks[0][1], "rules/back.yaml": blocks[1][1], "flowd.yaml": config})
}

func checked(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files["secret"] = "an-invented-secret"
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	args := []string{"check", "--strict", "--config", filepath.Join(dir, "flowd.yaml")}
	if code := execute(t.Context(), args, streams{In: strings.NewReader(""), Out: &out, Err: &out}, nil); code != exitWell {
		t.Errorf("exit code %d:\n%s", code, &out)
	}
}
