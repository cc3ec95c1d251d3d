// Package examples holds rule files to start from. The demo serves them, and
// each stands with tests that CI runs.
package examples

import "embed"

// Rules are the files of the folder rules.
//
//go:embed rules/*.yaml rules/*.csv
var Rules embed.FS
