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

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	fixture = regexp.MustCompile(`\b[\w./-]*testdata/[\w./-]+`)
)

// TestLinksLeadSomewhere holds the links between documents, to their headings
// too, and the fixtures that they have people send.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(docs) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	docs = append(docs, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"))
	for _, doc := range docs {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range fixture.FindAllString(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, path)); err != nil && strings.HasPrefix(path, "connectors/") {
				t.Errorf("%s names %s, which is not there", doc, path)
			}
		}
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
			path, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(path, ":") {
				continue
			}
			to := doc
			if path != "" {
				to = filepath.Join(filepath.Dir(doc), filepath.FromSlash(path))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, path)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, to), anchor) {
				t.Errorf("%s links to %s, which has no heading of that name", doc, m[1])
			}
		}
	}
}

// anchors are a document's headings as links name them.
func anchors(t *testing.T, doc string) []string {
	t.Helper()
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
				return r
			}
			return -1
		}, strings.ToLower(m[1])))
	}
	return out
}
