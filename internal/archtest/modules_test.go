package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	direct  = regexp.MustCompile(`(?m)^(?:require )?\s*([\w.-]+\.[\w./-]+) v[\w.+-]+$`)
	version = regexp.MustCompile(`/v\d+$`)
)

// TestDependenciesHaveReasons holds that each direct dependency stands in the
// record that says why it and not another.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := os.ReadFile(filepath.Join(root, "docs", "adr", "0002-dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := direct.FindAllSubmatch(mod, -1)
	if len(found) == 0 {
		t.Fatal("no direct dependency found in go.mod")
	}
	for _, m := range found {
		module := string(m[1])
		if !strings.Contains(string(reasons), "`"+module+"`") && !strings.Contains(string(reasons), "`"+version.ReplaceAllString(module, "")+"`") {
			t.Errorf("%s is a direct dependency without its reason in docs/adr/0002-dependencies.md", module)
		}
	}
}
