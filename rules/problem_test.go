package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

// However many warnings a file has, they do not refuse it, and an error behind
// them does.
func TestCompile_ManyWarnings(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("version: 1\nowner: ops\nrules:\n")
	for n := range 300 {
		fmt.Fprintf(&b, "  - id: rule-%d\n    stage: \"Stage %d\"\n    pairs: [{position: AE}]\n", n, n)
	}
	_, problems := rules.Compile([]rules.File{{Name: "a.yaml", Data: []byte(b.String())}}, rules.Options{})
	if len(problems) == 0 || strictyaml.HasErrors(problems) {
		t.Fatalf("300 rules without tests have %d problems, refused: %v", len(problems), strictyaml.HasErrors(problems))
	}
	b.WriteString("  - id: rule-0\n    stage: \"Last\"\n    pairs: [{position: AE}]\n")
	_, problems = rules.Compile([]rules.File{{Name: "a.yaml", Data: []byte(b.String())}}, rules.Options{})
	if !strictyaml.HasErrors(problems) {
		t.Error("an error behind many warnings is lost")
	}
}
