package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "flowd"

// floors says how high each package stands; the first pattern that fits counts.
// Imports go down only, never up and never sideways. A new package needs a line
// here: decide where it stands before writing it.
var floors = []struct {
	floor    int
	packages string
}{
	{5, "cmd/flowd"},
	{4, "internal/daemon"},
	{3, "connectors/all internal/foresight"},
	{2, "engine internal/config internal/web internal/notify internal/setup connectors/* state/* hireflix/sim"},
	{1, "rules state connectors hireflix internal/links"},
	{0, ". examples examples/* connectors/connectortest/atssim internal/fault internal/secret internal/sign internal/expression internal/strictyaml internal/redact internal/calendar internal/archtest"},
}

// families narrows what a package of floor 2 sees of floor 1, so that the four
// parts stay strangers through their children too. The simulator sees nothing
// of the client: it would only confirm the client's own mistakes.
var families = map[string]string{
	"engine":       "rules state",
	"connectors/*": "connectors",
	"state/*":      "state",
	"hireflix/sim": "",
}

// owners says which packages alone may import what comes from outside, so that
// each library can be replaced, bounded and secured in one place.
var owners = map[string]string{
	"github.com/expr-lang/expr":           "internal/expression",
	"gopkg.in/yaml.v3":                    "internal/strictyaml",
	"go.etcd.io/bbolt":                    "state/bolt",
	"github.com/jackc/pgx":                "state/postgres",
	"github.com/shurcooL/graphql":         "hireflix",
	"golang.org/x/oauth2":                 "connectors",
	"github.com/sony/gobreaker":           "connectors",
	"github.com/vektah/gqlparser":         "hireflix/sim",
	"github.com/graph-gophers/graphql-go": "hireflix/sim",
	"github.com/spf13/cobra":              "cmd/flowd",
	"github.com/wneessen/go-mail":         "internal/notify",
	"github.com/rickar/cal":               "internal/calendar",
	"github.com/google/go-cmp":            "connectors/connectortest state/statetest",
	"github.com/rogpeppe/go-internal":     "",
	"testing":                             "connectors/connectortest state/statetest",
}

func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, problem := range importProblems(s) {
			t.Error(problem)
		}
	}
}

// importProblems lists the imports of one file that its place does not allow.
// A test may use the simulators and suites of other folders, and nothing more
// than that: what wires the daemon together stays above it.
func importProblems(s source) []string {
	var problems []string
	refuse := func(imported, why string) {
		problems = append(problems, fmt.Sprintf("%s imports %s: %s", s.path, imported, why))
	}
	floor, known := floorOf(s.dir)
	if !known {
		return []string{fmt.Sprintf("%s: the folder %s has no floor: say where it stands in internal/archtest", s.path, s.dir)}
	}
	for _, imported := range s.imports {
		dir, ours := local(imported)
		below, known := floorOf(dir)
		switch {
		case ours && !known:
			refuse(imported, "the imported folder has no floor")
		case ours && s.test && below >= 4 && below > floor:
			refuse(imported, "a test below it must not need the whole daemon")
		case s.test:
		case ours && below >= floor:
			refuse(imported, fmt.Sprintf("floor %d may only import what is below it, and that stands on %d", floor, below))
		case ours && below == 1 && !seesFamily(s.dir, dir):
			refuse(imported, "the parts of floor 1 stay strangers, through their children too")
		case ours:
		case s.dir == "." && isModule(imported) && imported != "github.com/rs/zerolog":
			refuse(imported, "the vocabulary needs the standard library alone")
		case !mayOwn(s.dir, imported):
			refuse(imported, "another package owns this library; use that package")
		}
	}
	return problems
}

// local returns the folder of one of our own packages.
func local(imported string) (dir string, ours bool) {
	if imported == module {
		return ".", true
	}
	dir, ours = strings.CutPrefix(imported, module+"/")
	return dir, ours
}

// isModule tells a module's path from a package of the standard library.
func isModule(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return strings.Contains(first, ".")
}

func floorOf(dir string) (floor int, known bool) {
	for _, f := range floors {
		if anyOf(f.packages, dir) {
			return f.floor, true
		}
	}
	return 0, false
}

func seesFamily(dir, imported string) bool {
	for pattern, parts := range families {
		if anyOf(pattern, dir) && dir != "connectors/all" {
			return anyOf(parts, imported)
		}
	}
	return true
}

func mayOwn(dir, imported string) bool {
	for library, packages := range owners {
		if imported == library || strings.HasPrefix(imported, library+"/") {
			return anyOf(packages, dir)
		}
	}
	return true
}

// anyOf tells whether dir fits one of the patterns, which blanks part.
func anyOf(patterns, dir string) bool {
	return slices.ContainsFunc(strings.Fields(patterns), func(p string) bool {
		fits, err := path.Match(p, dir)
		return err == nil && fits
	})
}

func TestImportsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, imports string
		refused       bool
	}{
		{"cmd/flowd/run.go", "flowd/internal/daemon", false},
		{"connectors/all/all.go", "flowd/connectors/webhook", false},
		{"connectors/webhook/map.go", "flowd/internal/expression", false},
		{"engine/engine.go", "flowd/rules", false},
		{"state/bolt/open.go", "go.etcd.io/bbolt", false},
		{"state/statetest/run.go", "testing", false},
		{"doc.go", "github.com/rs/zerolog", false},
		{"hireflix/invite_test.go", "flowd/hireflix/sim", false},
		{"internal/daemon/end_test.go", "flowd/internal/daemon", false},

		{"engine/engine.go", "flowd/connectors", true},
		{"engine/engine.go", "flowd/hireflix", true},
		{"engine/engine.go", "flowd/internal/web", true},
		{"rules/pairs.go", "flowd/hireflix", true},
		{"connectors/webhook/map.go", "flowd/connectors/dropfolder", true},
		{"connectors/webhook/map.go", "flowd/state", true},
		{"state/bolt/open.go", "flowd/state/mem", true},
		{"hireflix/sim/serve.go", "flowd/hireflix", true},
		{"internal/fault/fault.go", "flowd", true},
		{"event.go", "golang.org/x/text/language", true},
		{"rules/when.go", "github.com/expr-lang/expr/vm", true},
		{"engine/engine.go", "go.etcd.io/bbolt", true},
		{"internal/util/strings.go", "strings", true},
		{"engine/engine_test.go", "flowd/internal/daemon", true},
	} {
		got := importProblems(planted(t, c.file, "package p\nimport _ \""+c.imports+"\"\n"))
		if (len(got) > 0) != c.refused {
			t.Errorf("%s importing %s: got %q, want refused: %t", c.file, c.imports, got, c.refused)
		}
	}
}
