package dropfolder

import (
	"path"
	"strings"

	"flowd"
	"flowd/connectors"
)

// rows turns rows into events.
type rows struct {
	columns map[string]string // folded header → part
	ats     string
	source  string
	door    connectors.Door
}

// row is one row of a file. The record is in normal form; raw is the row as it
// stood there.
type row struct {
	line   int
	raw    string
	record connectors.Record
}

// event is the event of a row. Its key is made of what happened when the row
// says when, else of the file's name and the row, so that the same file put
// there twice brings nothing new.
func (r rows) event(file string, x row) (flowd.Event, error) {
	ev, err := x.record.Event(r.door)
	if err != nil {
		return ev, err
	}
	if _, said := x.record["via"]; !said && ev.Type == flowd.StageEntered {
		ev.Via = flowd.ViaMove
	}
	if ev.At.IsZero() {
		ev.Key = connectors.RowKey(r.source, file, x.raw)
	} else {
		ev.Key = connectors.PollKey(r.ats, ev)
	}
	return ev, nil
}

// table reads the rows of one file, in order. After an error other than io.EOF
// the next row can be read.
type table struct {
	next func() (row, error)
	note string // what a person should know of how the file was read
}

// open makes a table of a file's content, or says what is wrong with it as a
// whole.
func (r rows) open(name string, data []byte) (*table, error) {
	text, note, err := plainText(data)
	if err != nil {
		return nil, err
	}
	t := &table{note: note}
	if format(name) == "json" {
		t.next = lines(text)
		return t, nil
	}
	t.next, err = r.csv(text)
	return t, err
}

// format is how a file of this name is written: csv, json or "", which is
// unknown.
func format(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".tsv":
		return "csv"
	case ".ndjson", ".jsonl":
		return "json"
	}
	return ""
}
