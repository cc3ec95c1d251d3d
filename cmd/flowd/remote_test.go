package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdTokenLine sets a variable to the line for flowd.yaml that stands in an
// output: tokenline FILE NAME.
func cmdTokenLine(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "- {name:") {
			ts.Setenv(args[1], line)
			return
		}
	}
	ts.Fatalf("%s holds no line for flowd.yaml", args[0])
}
