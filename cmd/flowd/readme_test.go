package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme checks README's rule beside README's configuration: who copies both
// has to get through `flowd check`.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 2 {
		t.Fatalf("README.md has %d blocks of YAML, want a rule and a configuration", len(blocks))
	}
	config := regexp.MustCompile(`\{env: \w+\}`).ReplaceAllString(blocks[1][1], "{file: secret}")
	dir := t.TempDir()
	for name, content := range map[string]string{
		"rules/sales.yaml": blocks[0][1],
		"flowd.yaml":       strings.ReplaceAll(config, "\n   ", "\n"),
		"secret":           "an-invented-secret",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.TrimPrefix(content, "   ")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	args := []string{"check", "--strict", "--config", filepath.Join(dir, "flowd.yaml")}
	if code := execute(t.Context(), args, streams{In: strings.NewReader(""), Out: &out, Err: &out}, nil); code != exitWell {
		t.Errorf("exit code %d:\n%s", code, &out)
	}
}
