// Package examples holds rule files to start from, and what `flowd init` writes
// for a source of each kind. The demo serves the rules, and each stands with
// tests that CI runs.
package examples

import "embed"

// Rules are the files of the folder rules.
//
//go:embed rules/*.yaml rules/*.csv
var Rules embed.FS

// Sources holds the `sources:` section to start a kind with, as KIND/start.yaml;
// ${name} stands where the source's name belongs.
//
//go:embed */start.yaml
var Sources embed.FS
