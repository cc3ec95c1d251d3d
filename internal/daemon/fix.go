package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
)

// modeline is how a file names its schema to an editor's YAML language server.
const modeline = "# yaml-language-server: $schema="

// fix quotes what wants quotes in the rule files, lays them out, names their
// schema in them and writes it. What it did stands in the notes.
func (r *Report) fix(ctx context.Context, opts Options, paths []string) {
	p := survey(opts, true)
	configured := p.config.Rules.Path
	if len(paths) == 0 && configured != "" {
		paths = []string{configured}
	}
	schema, err := rules.Schema(r.names(ctx, opts, p))
	if err != nil {
		r.fault(opts.Config, err.Error())
		return
	}
	for _, path := range paths {
		of := path
		if configured != "" && filepath.Clean(rulesDir(path)) == filepath.Clean(rulesDir(configured)) {
			of = configured
		}
		at := schemaFile(of)
		files, err := rules.ReadDir(path)
		if err != nil {
			return // the check says so
		}
		for _, f := range files {
			if f.IsRules() {
				r.fixFile(filepath.Join(rulesDir(path), f.Name), at)
			}
		}
		r.writeSchema(at, schema)
	}
}

// schemaFile is where the schema of rule files lies: in the folder of
// names.lock.
func schemaFile(rulesPath string) string {
	return filepath.Join(filepath.Dir(filepath.Clean(rulesPath)), ".flowd", "schema.json")
}

func (r *Report) writeSchema(at string, schema []byte) {
	if old, err := os.ReadFile(at); err == nil && bytes.Equal(old, schema) {
		return
	}
	err := os.MkdirAll(filepath.Dir(at), 0o755) //nolint:gosec // rule files are for everyone to read, and so is their schema
	if err == nil {
		err = replaceFile(at, schema, 0o644)
	}
	if err != nil {
		r.fault(at, "the editor's schema cannot be written: "+err.Error())
		return
	}
	r.Notes = append(r.Notes, at+" is written: editors with a YAML language server complete by it")
}

func (r *Report) fixFile(name, schema string) {
	info, err := os.Stat(name)
	if err != nil || info.Size() > 4<<20 {
		return // the check says so
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return
	}
	options := strictyaml.Options{Extensions: true}
	var done []string
	fixed, count := strictyaml.Fix(name, data, options, "pairs")
	if count > 0 {
		done = append(done, fmt.Sprintf("%d quoted", count))
	}
	tidy := strictyaml.Format(name, fixed, options)
	if count == 0 && !bytes.Equal(tidy, data) || !bytes.Equal(tidy, fixed) {
		done = append(done, "laid out")
	}
	whole := withModeline(tidy, name, schema)
	if !bytes.Equal(whole, tidy) {
		done = append(done, "names its schema now")
	}
	if len(done) == 0 {
		return
	}
	if err := replaceFile(name, whole, info.Mode().Perm()); err != nil {
		r.fault(name, "the file cannot be written: "+err.Error())
		return
	}
	r.Notes = append(r.Notes, name+": "+strings.Join(done, ", "))
}

// withModeline puts the line that names the schema above a file that has none. A
// file in another encoding than UTF-8 is left as it is.
func withModeline(data []byte, name, schema string) []byte {
	relative, err := filepath.Rel(filepath.Dir(name), schema)
	if err != nil || bytes.Contains(data, []byte("yaml-language-server:")) || len(bytes.TrimSpace(data)) == 0 || !utf8.Valid(data) {
		return data
	}
	end := "\n"
	if bytes.Contains(data, []byte("\r\n")) {
		end = "\r\n"
	}
	rest, mark := bytes.CutPrefix(data, []byte("\ufeff"))
	line := modeline + filepath.ToSlash(relative) + end
	if mark {
		line = "\ufeff" + line
	}
	return append([]byte(line), rest...)
}

// replaceFile puts data in the place of a file, whole or not at all; of a link, in
// the place of what it leads to.
func replaceFile(name string, data []byte, mode fs.FileMode) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".flowd-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// names are what an editor can offer: of the configuration, and of the state as
// far as there is one.
func (r *Report) names(ctx context.Context, opts Options, p *plan) rules.Names {
	var n rules.Names
	for _, s := range p.sources {
		n.Sources = append(n.Sources, s.Name)
		for name := range s.StageKinds {
			n.Stages = append(n.Stages, name)
		}
	}
	for name := range p.config.Notify {
		n.Channels = append(n.Channels, name)
	}
	if seen, err := seenNames(ctx, opts); err == nil {
		for _, position := range seen.Positions {
			if !position.Archived {
				n.Positions = append(n.Positions, position.Name)
			}
		}
		for _, f := range seen.Fields {
			n.Fields = append(n.Fields, f.Name)
		}
		n.Jobs, n.Stages = append(n.Jobs, seen.Jobs...), append(n.Stages, seen.Stages...)
		n.Departments, n.Locations = valuesOf(seen, "job.department"), valuesOf(seen, "job.location")
		for _, of := range seen.Systems {
			listedNames(&n, of)
		}
	} else {
		r.Notes = append(r.Notes, "the schema has no names of jobs, stages and positions yet: "+strings.TrimSpace(err.Error()))
	}
	for _, list := range []*[]string{&n.Sources, &n.Jobs, &n.Departments, &n.Locations, &n.Stages, &n.Positions, &n.Fields, &n.Channels} {
		*list = slices.DeleteFunc(*list, func(name string) bool { return name == "" })
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return n
}

// valuesOf are the values that a member had lately.
func valuesOf(seen web.Names, member string) (values []string) {
	if of := rules.FindValues(seen.Values, member); of != nil {
		for _, v := range of.Values {
			values = append(values, v.Value)
		}
	}
	return values
}

// listedNames adds what an ATS lists.
func listedNames(n *rules.Names, of web.System) {
	for _, j := range of.Jobs {
		n.Jobs, n.Departments, n.Locations = append(n.Jobs, j.Name), append(n.Departments, j.Department), append(n.Locations, j.Location)
	}
	for _, s := range of.Stages {
		n.Stages = append(n.Stages, s.Name)
	}
	for _, f := range of.Fields {
		if f.Member == "" {
			n.Fields = append(n.Fields, f.Field.Name)
		}
	}
}

// seenNames is what the state knows of names, with those that events told; it is
// only read.
func seenNames(ctx context.Context, opts Options) (n web.Names, err error) {
	return knownNames(ctx, opts, url.Values{"seen": {"1"}})
}

func knownNames(ctx context.Context, opts Options, asked url.Values) (n web.Names, err error) {
	client, _, closing, err := Reach(ctx, opts, Reading)
	if err != nil {
		return n, err
	}
	err = client.Get(ctx, "/api/v1/names", asked, &n)
	return n, errors.Join(err, closing())
}
