// Package dropfolder takes in files that another program puts into a folder:
// CSV with a header, or a JSON object a line (NDJSON) in the normal form. Each
// row is a move.
//
// Names that begin with a dot or end in something else than .csv, .tsv, .ndjson
// or .jsonl are left alone, since uploads have such names until they are whole.
// A file is taken once it lies still: it is renamed into processing/, where its
// writer no longer finds it, and when all of its rows are durable into
// processed/, or into failed/ where no row was good. Rows that cannot be taken stand
// with line and reason in failed/NAME.errors.csv.
package dropfolder

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"flowd/connectors"
	"flowd/internal/strictyaml"
)

// Kind is the table entry of this connector.
func Kind() connectors.Kind {
	return connectors.NewKind("dropfolder", "files put into a folder: CSV, or a JSON object a line", build)
}

// Config is a source's configuration beside the common keys.
type Config struct {
	Dir *strictyaml.Node `yaml:"dir,required"`
	// Every is how often the folder is looked at. A file is taken at the second
	// look at which it is the same.
	Every time.Duration `yaml:"every"`
	// Columns says under which header a part of the event stands in a CSV file;
	// parts that it leaves out stand under their own names.
	Columns *strictyaml.Node `yaml:"columns"`
}

const (
	defaultEvery = 10 * time.Second
	minEvery     = time.Second
)

func build(cfg Config, c connectors.Common) (connectors.Source, error) {
	source := connectors.Source{Every: cfg.Every}
	if source.Every == 0 {
		source.Every = defaultEvery
	}
	var dir string
	cfg.Dir.Decode(&dir)
	ok := dir != ""
	if source.Every < minEvery {
		c.Node.Place("every").Error("value", fmt.Sprintf("every is shorter than %s", minEvery), "write "+minEvery.String()+" or more")
		ok = false
	}
	if cfg.Dir != nil && dir == "" && !cfg.Dir.Broken() {
		cfg.Dir.Error("empty", "dir is blank", "write the folder's path")
	}
	columns, fit := mapColumns(cfg.Columns)
	if !ok || !fit {
		return source, connectors.ErrReported
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.Dir, dir)
	}
	source.Poller = &folder{path: dir, quiet: source.Every / 4 * 3, rows: rows{columns: columns, ats: c.ATS, source: c.Name, door: c.Door}}
	source.Members = connectors.Members(append(connectors.PartNames(), connectors.FieldPrefix))
	return source, nil
}

// mapColumns reads which part stands under which header, by folded header.
func mapColumns(node *strictyaml.Node) (map[string]string, bool) {
	out, ok := map[string]string{}, true
	if node != nil && node.Kind() != strictyaml.Mapping {
		node.Error("shape", "columns wants parts of an event, each with its header, and this is "+node.Kind().String(), "write columns: {application: \"Application ID\", stage: Stage}")
		return nil, false
	}
	for _, p := range node.Pairs() {
		name, known := partOf(p.Key.Text())
		var header string
		p.Value.Decode(&header)
		switch {
		case !known:
			hint := "its parts: " + strings.Join(connectors.PartNames(), ", ")
			if near := connectors.NearPart(p.Key.Text()); near != "" {
				hint = "did you mean " + near + "?"
			}
			p.Key.Error("unknown-key", "an event has no "+p.Key.Shown(), hint)
			ok = false
		case header == "":
			if !p.Value.Broken() {
				p.Value.Error("empty", p.Key.Shown()+" names no header", "write the column's header as it stands in the file")
			}
			ok = false
		case out[foldHeader(header)] != "":
			p.Value.Error("duplicate", "two parts stand under one header", "a column is one part")
			ok = false
		}
		out[foldHeader(header)] = name
	}
	return out, ok
}

// short are the names that people give columns, beside those of the parts.
var short = map[string]string{
	"application_id": "application", "candidate_id": "candidate.id", "job_id": "job.id", "job": "job.name", "job_name": "job.name",
	"department": "job.department", "location": "job.location", "name": "candidate.name", "email": "candidate.email",
	"first_name": "candidate.first_name", "last_name": "candidate.last_name", "phone": "candidate.phone", "country": "candidate.country",
	"language": "candidate.language", "can_email": "candidate.can_email", "is_internal": "candidate.is_internal", "tags": "candidate.tags",
}

// partOf is the part that a CSV's header or the configuration names.
func partOf(written string) (string, bool) {
	if name, ok := short[written]; ok {
		return name, true
	}
	return connectors.PartName(written)
}
