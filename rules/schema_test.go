package rules_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

// schemaOf compiles the schema as an editor does.
func schemaOf(t *testing.T, names rules.Names) *jsonschema.Schema {
	t.Helper()
	text, err := rules.Schema(names)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("rules.json", value); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// plainly is a node as an editor's YAML reads it.
func plainly(n *strictyaml.Node) any {
	switch n.Kind() {
	case strictyaml.List:
		out := []any{}
		for _, item := range n.Items() {
			out = append(out, plainly(item))
		}
		return out
	case strictyaml.Mapping:
		out := map[string]any{}
		for _, p := range n.Pairs() {
			out[p.Key.Text()] = plainly(p.Value)
		}
		return out
	}
	switch text := n.Text(); {
	case !n.Plain():
		return text
	case text == "" || text == "~" || text == "null":
		return nil
	case text == "true" || text == "false":
		return text == "true"
	case plainNumber.MatchString(text):
		return json.Number(text)
	default:
		return text
	}
}

func validate(t *testing.T, schema *jsonschema.Schema, name string, data []byte) error {
	t.Helper()
	root := strictyaml.Parse(name, data, strictyaml.Options{Extensions: true}).Root()
	if root == nil {
		t.Fatalf("%s cannot be read", name)
	}
	return schema.Validate(plainly(root))
}

// What the decoder takes, the schema takes: an editor must not underline what is
// right.
func TestSchema_TakesWhatIsRight(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t, rules.Names{Jobs: []string{"AE"}, Stages: []string{"Video"}, Positions: []string{"AE screening"}, Sources: []string{"greenhouse"}})
	var files []string
	for _, pattern := range []string{"testdata/*.good.yaml", "../examples/rules/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) < 3 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, name, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, example := range ruleBlock.FindAllStringSubmatch(page(t, reference), -1) {
		if err := validate(t, schema, "rules.md", []byte(example[1])); err != nil {
			t.Errorf("rules.md, rule file %d: %v", i+1, err)
		}
	}
}

// structural are the codes of findings that are about keys and the form of
// values alone.
var structural = []string{"unknown-key", "shape", "empty", "missing-key", "version"}

// unseen are what no schema can know: why is beside each.
var unseen = map[string]string{
	"shadow-without-reason.bad.yaml": "the reason may stand under defaults",
}

// What the decoder refuses for its structure, the schema refuses too.
func TestSchema_RefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	schema := schemaOf(t, rules.Names{})
	refused := 0
	for _, name := range fixtures(t, "*.bad.yaml") {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		doc := strictyaml.Parse(name, data, strictyaml.Options{Extensions: true})
		if doc.Root() == nil {
			continue // YAML itself is broken
		}
		_, problems := fixture(t, name, rules.Options{})
		broken := slices.ContainsFunc(problems, func(p strictyaml.Problem) bool {
			return p.Severity == strictyaml.Error && slices.Contains(structural, p.Code)
		})
		wrong := validate(t, schema, name, data) != nil
		switch {
		case broken && !wrong && unseen[name] == "":
			t.Errorf("%s: the decoder refuses it, and the schema takes it:\n%s", name, strictyaml.Render(problems))
		case wrong && unseen[name] != "":
			t.Errorf("%s is said to be beyond a schema, and the schema refuses it", name)
		}
		if broken && wrong {
			refused++
		}
	}
	if refused < 15 {
		t.Errorf("%d files were refused by both: the test looks at the wrong ones", refused)
	}
}

// An editor offers what is there; what is not there yet is no mistake.
func TestSchema_OffersNames(t *testing.T) {
	t.Parallel()
	text, err := rules.Schema(rules.Names{Jobs: []string{"Cook"}, Stages: []string{"Video interview", "Video review"}, Positions: []string{"AE screening"}, Fields: []string{"Notice period"}})
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Definitions map[string]struct {
			Properties map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	for at, wanted := range map[string]string{
		"ruleKeys.stage": "Video review", "rowKeys.position": "AE screening", "moveKeys.to": "Video interview", "writeKeys.name": "Notice period",
		"triggerKeys.event": "interview.finished", "rowKeys.job": "Cook", "givenKeys.job": "Cook", "jobParts.name": "Cook",
	} {
		typ, key, _ := strings.Cut(at, ".")
		if got := string(s.Definitions[typ].Properties[key]); !strings.Contains(got, wanted) {
			t.Errorf("%s does not offer %q: %s", at, wanted, got)
		}
	}
}

// Each sentence is about a key that is there.
func TestSchema_Docs(t *testing.T) {
	t.Parallel()
	text, err := rules.Schema(rules.Names{})
	if err != nil {
		t.Fatal(err)
	}
	for at, doc := range rules.KeyDocs() {
		quoted, _ := json.Marshal(doc)
		if !bytes.Contains(text, bytes.Trim(quoted, `"`)) {
			t.Errorf("%s is documented, and there is no such key", at)
		}
	}
}
