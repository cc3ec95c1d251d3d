package strictyaml_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/strictyaml"
)

func readJSON(src string) (file, []strictyaml.Problem) {
	doc := strictyaml.ParseJSON("r.json", []byte(src), strictyaml.Options{Extensions: true})
	var f file
	doc.Decode(&f)
	return f, doc.Problems()
}

func TestParseJSON(t *testing.T) {
	t.Parallel()
	got, problems := readJSON("\ufeff{\n\t\"version\": 1,\r\n\t\"wait\": \"1h30m\", \"x-note\": [null],\n\t\"labels\": {\"a\": \"\\ud83d\\ude00 \\\"b\\\"\", \"n\": 0.5},\n" +
		"\t\"rules\": [{\"id\": \"a\", \"once\": true, \"pairs\": [{\"job\": [\"x\", \"y\"], \"position\": \"AE\"}]}]\n}\n")
	if len(problems) > 0 {
		t.Fatal(strictyaml.Render(problems))
	}
	for i := range got.Rules {
		got.Rules[i].Node = nil
	}
	want := file{Version: 1, Wait: 90 * time.Minute, Labels: map[string]string{"a": "😀 \"b\"", "n": "0.5"},
		Rules: []rule{{ID: "a", Once: true, Pairs: []pair{{Job: []string{"x", "y"}, Position: "AE"}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseJSON_Problems(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want string }{
		{"nothing", " \n", "r.json:1:1: the file is empty"},
		{"a comma too many", "{\n  \"version\": 1,\n}", "r.json:3:1: the file is no JSON: invalid character '}' looking for beginning of object key string"},
		{"YAML", "version: 1\n", "r.json:1:1: the file is no JSON: invalid character 'v' looking for beginning of value"},
		{"two values", "{}\n{}", "r.json:2:1: the file is no JSON: invalid character '{' after top-level value"},
		{"an end too early", "{\"version\": 1", "r.json:1:13: the file is no JSON: unexpected end of JSON input"},
		{"null", "{\"version\": 1,\n \"owner\": null,\n \"rules\": []}", "r.json:2:2: owner has no value"},
		{"nothing but null", "null", "r.json:1:1: the file has no value"},
		{"twice", "{\"version\": 1,\n \"rules\": [],\n \"version\": 1}", "r.json:3:2: version stands twice; the first is on line 1"},
		{"a slip", "{\"version\": 1, \"rules\": [\n  {\"id\": \"a\",\n   \"stge\": \"x\"}]}", "r.json:3:4: unknown key stge\n    3 |    \"stge\": \"x\"}]}\n      |    ^\n  hint: did you mean stage?"},
		{"a text for a number", "{\"version\": \"1\", \"rules\": []}", "r.json:1:13: version wants a number, not \"1\""},
		{"a text for true", "{\"version\": 1, \"rules\": [{\"id\": \"a\", \"once\": \"true\"}]}", "once is either true or false"},
		{"too deep", "{\"version\": 1, \"rules\": [], \"x-y\": " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", "the file is nested deeper than 100 levels"},
		{"much too deep", strings.Repeat("[", 20_000), "no JSON"},
		{"another encoding", "{\"version\": 1, \"rules\": [], \"owner\": \"M\xfcller\"}", "saved as Windows-1252"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := readJSON(tt.src)
			if got := strictyaml.Render(problems); len(problems) == 0 || !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant %s", got, tt.want)
			}
		})
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add(`{"version": 1, "rules": [{"id": "a", "pairs": {"job": "x"}}], "labels": {"a": null}}`)
	f.Add("{\n \"a\": [1e3, -0.5, true, \"\\u00e4\"],\n")
	f.Fuzz(func(t *testing.T, src string) {
		_, problems := readJSON(src)
		for _, p := range problems {
			if p.Message == "" || p.Line < 0 || p.Column < 0 {
				t.Errorf("a problem without words or place: %+v", p)
			}
			_ = p.Text()
		}
	})
}

func TestNode_Over(t *testing.T) {
	t.Parallel()
	node := func(src string) *strictyaml.Node {
		return strictyaml.Parse("r.yaml", []byte(src), strictyaml.Options{}).Root()
	}
	var got struct {
		Name string            `yaml:"name"`
		Tags []string          `yaml:"tags"`
		In   map[string]string `yaml:"in"`
	}
	node("{tags: [c], in: {b: over, c: own}}").Over(node("{name: base, tags: [a, b], in: {a: base, b: base}}")).Decode(&got)
	if got.Name != "base" || len(got.Tags) != 1 || got.In["a"]+got.In["b"]+got.In["c"] != "baseoverown" {
		t.Errorf("got %+v", got)
	}
	if base := node("a: b"); (*strictyaml.Node)(nil).Over(base) != base || base.Over(nil) != base {
		t.Error("nothing over a node is not that node")
	}
}
