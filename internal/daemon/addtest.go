package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/config"
	"flowd/internal/web"
	"flowd/rules"
)

// TestOrder says of which event a test is made and where it goes.
type TestOrder struct {
	Event string // its key
	Rule  string // whose test it is; "" is the rule that decides about the event
	File  string // the rule file; "" is that of the rule, in the configuration's folder
	Name  string // of the test; "" says what it shows
}

// AddedTest is a test that was written. Its paths are those that a person opens.
type AddedTest struct {
	rules.Recorded
	Name        string   `json:"name"`
	RuleFile    string   `json:"rule_file"`
	FixtureFile string   `json:"fixture_file"`
	Lines       []string `json:"lines"`
	// Report is how the tests of the files do afterwards.
	Report *Report `json:"report"`
}

// AddTest makes a test of an event, whom the flowd that the options name is asked
// for, and writes it into the rule files on this machine: a masked recorded event,
// and a test that expects what these rules say of it. Nothing is written that does
// not pass, and no file is overwritten.
func AddTest(ctx context.Context, opts Options, o TestOrder) (AddedTest, error) {
	var out AddedTest
	path, err := testPath(opts, o.File)
	if err != nil {
		return out, err
	}
	files, err := rules.ReadDir(path)
	if err != nil {
		return out, err
	}
	order := web.RecordOrder{Event: o.Event, Rule: o.Rule, Files: files}
	if o.File != "" {
		order.File = filepath.Base(o.File)
	}
	client, _, closing, err := Reach(ctx, opts, Reading)
	if err != nil {
		return out, err
	}
	if err := errors.Join(client.Post(ctx, "/api/v1/record", order, &out.Recorded), closing()); err != nil {
		return out, err
	}
	at := slices.IndexFunc(files, func(f rules.File) bool { return f.Name == out.File && f.IsRules() })
	if at < 0 {
		return out, fmt.Errorf("there is no rule file %s in %s", out.File, rulesDir(path))
	}
	before := files[at]
	out.Name = o.Name
	if out.Name == "" {
		out.Name = out.Shows
	}
	fixture := freeName(rulesDir(path), o.Name, out.Recorded)
	out.Lines = append([]string{"name: " + strconv.Quote(out.Name), "event: " + fixture}, out.Test...)
	after, err := rules.AddTest(before, out.Rule, out.Lines)
	if err != nil {
		return out, err
	}
	changed := append(slices.Clone(files), rules.File{Name: fixture, Data: []byte(out.Fixture)})
	changed[at].Data = after
	if err := passes(opts, path, changed, out.Rule, out.Name); err != nil {
		return out, err
	}
	out.RuleFile, out.FixtureFile = filepath.Join(rulesDir(path), before.Name), filepath.Join(rulesDir(path), fixture)
	if err := writeTest(rulesDir(path), fixture, []byte(out.Fixture), before, after); err != nil {
		return out, err
	}
	out.Report = Test(opts, []string{path}, nil)
	return out, nil
}

// testPath is where the rules lie that a test is made for: those of the
// configuration, or of the folder of the file that is named.
func testPath(opts Options, file string) (string, error) {
	c := config.Load(opts.Config)
	sound := !hasErrors(c.Problems())
	switch {
	case file == "" && !sound:
		return "", &Problems{List: c.Problems()}
	case file == "", sound && absolute(rulesDir(c.Rules.Path)) == filepath.Dir(absolute(file)):
		return c.Rules.Path, nil
	}
	return filepath.Dir(file), nil
}

func absolute(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// freeName is a name for a recorded event that no file has, by the test's name,
// else by its rule and what comes of it.
func freeName(dir, name string, r rules.Recorded) string {
	const most = 60
	word := func(text string) string {
		text = notInNames.ReplaceAllString(strings.ToLower(text), "-")
		return strings.Trim(text[:min(len(text), most)], "-")
	}
	base := word(name)
	if base == "" {
		base = strings.TrimPrefix(r.Rule+"-"+r.Outcome, "-")
	}
	for n := 1; ; n++ {
		free := rules.FixtureDir + "/" + base + ".json"
		if n > 1 {
			free = fmt.Sprintf("%s/%s-%d.json", rules.FixtureDir, base, n)
		}
		if _, err := os.Lstat(filepath.Join(dir, free)); errors.Is(err, fs.ErrNotExist) || n > 10_000 {
			return free
		}
	}
}

// passes tells why the files with the new test would not serve, or nil.
func passes(opts Options, path string, files []rules.File, rule, name string) error {
	var sources []connectors.Source
	if _, err := os.Stat(opts.Config); err == nil {
		sources = survey(opts, true).sources
	}
	set, problems := rules.Compile(files, rules.Options{Sources: suppliers(sources)})
	if hasErrors(problems) {
		return &Problems{List: under(path, problems)}
	}
	for _, r := range testsUnder(path, rules.RunTests(set, engine.Decide, rules.TestOptions{})) {
		if r.Rule == rule && r.Name == name && !r.OK {
			return fmt.Errorf("nothing is written, since the test would not pass here:\n%s", FailedTest(r))
		}
	}
	return nil
}

// writeTest writes a new recorded event and the rule file that names it. The event
// comes first: alone it changes nothing.
func writeTest(dir, fixture string, event []byte, before rules.File, after []byte) error {
	name := filepath.Join(dir, before.Name)
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if now, err := os.ReadFile(name); err != nil || !bytes.Equal(now, before.Data) {
		return errors.Join(fmt.Errorf("%s changed meanwhile: run it again", name), err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // each file was closed
	if err := root.Mkdir(rules.FixtureDir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := root.OpenFile(fixture, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = f.Write(event)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = replaceFile(name, after, info.Mode().Perm())
	}
	if err != nil {
		return errors.Join(err, root.Remove(fixture))
	}
	return nil
}
