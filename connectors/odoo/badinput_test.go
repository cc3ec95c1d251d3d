package odoo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"flowd/internal/fault"
)

// What is not as Odoo sends it stops the poll with the place, and nothing is
// taken of it: an invite that is wrong cannot be called back.
func TestPoll_BadInput(t *testing.T) {
	t.Parallel()
	page := func(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
	replace := func(old, with string) func([]byte) []byte {
		return func(answer []byte) []byte {
			if !strings.Contains(string(answer), old) {
				panic("no " + old + " in " + string(answer))
			}
			return []byte(strings.Replace(string(answer), old, with, 1))
		}
	}
	future := time.Now().Add(50 * 24 * time.Hour).UTC().Format("2006-01-02 15:04:05")
	for name, c := range map[string]struct {
		does func([]byte) []byte
		says string
	}{
		"a page with status 200": {page("<html><title>Rosa Field</title>"), "web page"},
		"a login page":           {page(" <!DOCTYPE html><form>Rosa Field"), "web page"},
		"cut off":                {func(b []byte) []byte { return b[:len(b)/2] }, "not JSON, or ends too early"},
		"empty":                  {page(""), "not JSON"},
		"no list":                {page(`{"jsonrpc":"2.0","result":{"Rosa":"Field"}}`), "no list of records"},
		"no envelope":            {page(`[1]`), "no answer of JSON-RPC"},
		"nothing":                {page(`{"jsonrpc":"2.0","id":1}`), "neither a result nor an error"},
		"no record":              {page(`{"result":["Rosa Field"]}`), "record 1 is no record"},
		"null":                   {page(`{"result":[null]}`), "record 1 is no record"},
		"deep":                   {page(`{"result":[` + strings.Repeat("[", 20000)), "not JSON"},
		"not UTF-8":              {replace(`"Person 5001"`, "\"Rosa \xff\xfe\""), "record 1 is not UTF-8"},
		"a long name":            {replace(`"Person 5001"`, `"`+strings.Repeat("Rosa", 2560)+`"`), "the field partner_name of record 5001 has 10240 bytes"},
		"a number for a text":    {replace(`"Person 5001"`, `77`), "the field partner_name of record 5001 is a number where a text belongs"},
		"a list for a text":      {replace(`"Person 5001"`, `["Rosa"]`), "partner_name of record 5001 is a list"},
		"true for a text":        {replace(`"Person 5001"`, `true`), "partner_name of record 5001 is true or false"},
		"a text for a number":    {replace(`"id":5001`, `"id":"Rosa"`), "the field id is a text"},
		"no id":                  {replace(`"id":5001`, `"id":false`), "the field id is missing"},
		"a text for a record":    {replace(`[2,"Video interview"]`, `"Rosa"`), "stage_id of record 5001 is a text where a record's id and name belongs"},
		"a record of three":      {replace(`[2,"Video interview"]`, `[2,"Rosa",3]`), "stage_id of record 5001"},
		"a text for ids":         {replace(`[5]`, `"Rosa"`), "categ_ids of record 5001"},
		"a text for a flag":      {replace(`"active":true`, `"active":"yes"`), "active of record 5001 is a text where true or false belongs"},
		"a text for a score":     {replace(`"x_score":0`, `"x_score":"Rosa"`), "x_score of record 5001"},
		"moved in the future":    {replace(`"date_last_stage_update":"`, `"date_last_stage_update":"`+future+`","was":"`), "date_last_stage_update of record 5001 lies in the future"},
		"written in the future":  {replace(`"write_date":"`, `"write_date":"`+future+`","was":"`), "write_date of record 5001 lies in the future"},
		"no time":                {replace(`"create_date":"`, `"create_date":"soon","was":"`), "create_date of record 5001 is not a time"},
		"long ago":               {replace(`"create_date":"`, `"create_date":"0001-01-01 00:00:00","was":"`), "create_date of record 5001 lies before 1970"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, s := at(t, 14)
			cursor := polled(t, s, nil).Cursor
			f.set(theApplication, time.Now(), record{"stage_id": 2})
			f.alter = func(model, method string, answer []byte) []byte {
				if model != "hr.applicant" || method != "search_read" {
					return answer
				}
				return c.does(answer)
			}
			b, more, err := s.Poller.Poll(t.Context(), cursor)
			if more || len(b.Seen) > 0 || b.Cursor != nil {
				t.Errorf("more %t, %+v", more, b)
			}
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fmt.Sprint(err), c.says) || strings.Contains(err.Error(), "Rosa") {
				t.Errorf("%v", err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "poll Odoo: ") {
				t.Errorf("%v does not say what was done", err)
			}
		})
	}
}

// A page that holds more than was asked for, or comes again and again, is
// refused: each of them would go on for ever.
func TestPoll_WrongPages(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{"10,000 items": "more than the 200 records", "the same page": "does not grow"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(19)
			for range 300 {
				f.add(time.Now().Add(-time.Hour), 2, nil)
			}
			s := sourceAt(t, f.serve(t), "")
			var cursor, kept []byte
			f.alter = func(_, _ string, answer []byte) []byte {
				var rows []map[string]any
				switch {
				case !strings.Contains(string(answer), "partner_name") || json.Unmarshal(answer, &rows) != nil: // not of applicants
				case kept != nil:
					return kept
				case name == "the same page":
					kept = answer
				default:
					for n := len(rows); n < 10000; n++ {
						more := maps.Clone(rows[0])
						more["id"] = theApplication + n
						rows = append(rows, more)
					}
					answer, _ = json.Marshal(rows)
				}
				return answer
			}
			for page := range 2 {
				b, _, err := s.Poller.Poll(t.Context(), cursor)
				if err != nil {
					if name == "the same page" && page == 0 || !strings.Contains(err.Error(), says) || b.Cursor != nil || len(b.Seen) > 0 {
						t.Errorf("page %d: %v", page, err)
					}
					return
				}
				cursor = b.Cursor
			}
			t.Error("both pages are taken")
		})
	}
}

// FuzzPage feeds the parser of a page with what Odoo sends and what a fuzzer
// makes of it: it does not panic, and an error brings nothing.
func FuzzPage(f *testing.F) {
	good := newFake(14)
	good.add(time.Now().Add(-time.Hour), 2, nil)
	rows, _ := good.call("hr.applicant", "search_read", nil, map[string]any{"domain": []any{}, "limit": 10.0, "fields": []any{"id", "active", "stage_id", "job_id", "partner_name", "write_date", "categ_ids", "x_score"}})
	for _, v := range []any{map[string]any{"result": rows}, map[string]any{"error": map[string]any{"data": map[string]any{"name": "odoo.exceptions.AccessError"}}}, rows} {
		text, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	var answer []byte
	good.alter = func(model, method string, was []byte) []byte {
		if model == "hr.applicant" && method == "search_read" {
			return answer
		}
		return was
	}
	s := sourceAt(f, good.serve(f), "")
	f.Fuzz(func(t *testing.T, text []byte) {
		answer = text
		b, more, err := s.Poller.Poll(t.Context(), nil)
		if err != nil && (len(b.Seen) > 0 || b.Cursor != nil || more) {
			t.Errorf("a batch beside %v", err)
		}
		for _, seen := range b.Seen {
			if seen.ID == "" || seen.ID == "0" {
				t.Error("a snapshot of nobody")
			}
		}
	})
}
