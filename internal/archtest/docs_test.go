package archtest

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// metric is the name of one of flowd's own metrics.
var metric = regexp.MustCompile(`\bflowd_[a-z][a-z_]*[a-z]\b`)

// TestMetricsAreDocumented holds the table of metrics to the code, both ways: an
// alert on a metric that is gone never fires.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	var known []string
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			name, err := strconv.Unquote(literal.Value)
			if err == nil && metric.FindString(name) == name && name != "" && !slices.Contains(known, name) {
				known = append(known, name)
			}
			return true
		})
	}
	if len(known) < 15 {
		t.Fatalf("found %d metrics: the test looks at the wrong places", len(known))
	}
	for _, name := range known {
		if !strings.Contains(doc, "| `"+name+"` |") {
			t.Errorf("docs/operating.md has no row for %s", name)
		}
	}
	for _, name := range metric.FindAllString(doc, -1) {
		if !slices.Contains(known, name) {
			t.Errorf("docs/operating.md speaks of %s, which is no metric", name)
		}
	}
}
