package config_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"flowd/internal/config"
	"flowd/internal/strictyaml"
)

var block = regexp.MustCompile("(?ms)^ *```yaml\n(.*?)^ *```$")

// What the documents show is copied: each configuration in them is read without
// an error.
func TestDocs_Configurations(t *testing.T) {
	t.Parallel()
	found := 0
	for _, name := range []string{"../../README.md", "../../docs/configuration.md", "../../docs/connectors.md", "../../docs/operating.md", "../../docs/security.md"} {
		for _, text := range blocks(t, name) {
			if !strings.Contains(text, "hireflix:\n") {
				continue
			}
			found++
			if problems := config.Parse("flowd.yaml", []byte(text)).Problems(); strictyaml.HasErrors(problems) {
				t.Errorf("%s:\n%s%s", name, strictyaml.Render(problems), text)
			}
		}
	}
	if found < 6 {
		t.Errorf("found %d configurations", found)
	}
}

// blocks are the YAML blocks of a document, without the indentation that a list
// gives them.
func blocks(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range block.FindAllStringSubmatch(string(text), -1) {
		indent := len(m[1]) - len(strings.TrimLeft(m[1], " "))
		lines := strings.SplitAfter(m[1], "\n")
		for i, line := range lines {
			lines[i] = strings.TrimPrefix(line, strings.Repeat(" ", indent))
		}
		out = append(out, strings.Join(lines, ""))
	}
	return out
}

// Every key stands in the reference, and its default where it has one.
func TestDocs_Keys(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for _, key := range keysOf(reflect.TypeFor[config.Config](), "") {
		if !strings.Contains(doc, "`"+key+"`") {
			t.Errorf("%s is not documented", key)
		}
	}
	d := config.Default()
	for key, value := range map[string]string{
		"hireflix.url": d.Hireflix.URL, "server.listen": d.Server.Listen, "server.admin": d.Server.Admin,
		"rules.activate": d.Rules.Activate, "log.level": d.Log.Level, "state": d.State.Kind + ":" + d.State.Path,
	} {
		if !regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(key) + "` \\|.*\\| `" + regexp.QuoteMeta(value) + "` \\|$").MatchString(doc) {
			t.Errorf("the default of %s is not documented as %s", key, value)
		}
	}
	// The table's other defaults, read as if they stood in the file.
	row := regexp.MustCompile("(?m)^\\| `(hireflix|server|retention)\\.(concurrency|rate|timeout|settle|quota_probe|max_body|raw|undecodable|decisions)` \\|.*\\| `([^`]+)` \\|$")
	sections := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(doc, -1) {
		sections[m[1]] = append(sections[m[1]], m[2]+": "+m[3])
	}
	file := minimal + "server: {" + strings.Join(sections["server"], ", ") + "}\nretention: {" + strings.Join(sections["retention"], ", ") + "}\n"
	file = strings.Replace(file, "hireflix:\n", "hireflix:\n  "+strings.Join(sections["hireflix"], "\n  ")+"\n", 1)
	c := config.Parse("flowd.yaml", []byte(file))
	if p := c.Problems(); len(p) > 0 || len(sections["hireflix"]) != 5 || len(sections["retention"]) != 3 || len(sections["server"]) != 1 {
		t.Fatalf("the tables give %v\n%s", sections, strictyaml.Render(p))
	}
	c.Hireflix.APIKey = d.Hireflix.APIKey
	if !reflect.DeepEqual(c.Hireflix, d.Hireflix) || c.Retention != d.Retention || !c.Server.Same(d.Server) {
		t.Errorf("documented are\n%+v %+v %+v\nthe defaults are\n%+v %+v %+v", c.Hireflix, c.Retention, c.Server, d.Hireflix, d.Retention, d.Server)
	}
}

// keysOf are the keys of a section and of those below it, such as
// hireflix.rate. A secret's own keys are said once for all.
func keysOf(t reflect.Type, prefix string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		below := f.Type
		for below.Kind() == reflect.Pointer {
			below = below.Elem()
		}
		inside := []string(nil)
		if below.Kind() == reflect.Struct && below.PkgPath() == t.PkgPath() && name != "per_person" {
			inside = keysOf(below, prefix+name+".")
		}
		if len(inside) == 0 {
			inside = []string{prefix + name}
		}
		out = append(out, inside...)
	}
	return out
}
