// Package examples holds rule files to start from, and what `flowd init` writes
// for a source of each kind. The demo serves the rules, and each stands with
// tests that CI runs.
package examples

import (
	"embed"
	"strings"
)

// Rules are the files of the folder rules.
//
//go:embed rules/*.yaml rules/*.csv
var Rules embed.FS

//go:embed */start.yaml
var sources embed.FS

// Start is the `sources:` section to start a kind with: ${name} stands where the
// source's name belongs, and lines "#? ID: TEXT" are what the kind asks for. It
// reports whether there is one.
func Start(kind string) (text string, ok bool) {
	data, err := sources.ReadFile(kind + "/start.yaml")
	_, text, _ = strings.Cut(string(data), "\n") // its first line is about the example
	return text, err == nil
}
