package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd"
)

// peoplePage is `flowd list` for a browser.
type peoplePage struct {
	List
	Query    url.Values // as asked, without the place in it
	States   []choice
	Rules    []choice
	Reasons  []choice
	Filtered bool
	CSV      string
	Next     string
	First    string // back to the first page, when this is another
}

// choice is one line of a select.
type choice struct {
	Value, Text string
	Chosen      bool
}

// peopleLimit is how many lines a page shows.
const peopleLimit = "50"

// filters are what People asks the list for, by the names of the API. The same
// names are the flags of `flowd list`.
func filters() []string { return []string{"state", "rule", "batch", "job", "reason", "text", "show"} }

func filterOf(r *http.Request) url.Values {
	q, given := url.Values{}, r.URL.Query()
	for _, name := range filters() {
		if v := strings.TrimSpace(given.Get(name)); v != "" {
			q.Set(name, v)
		}
	}
	return q
}

func (p *pages) people(w http.ResponseWriter, r *http.Request, g Grant) {
	q, after := filterOf(r), r.URL.Query().Get("after")
	body := peoplePage{Query: q, Filtered: len(q) > 0, CSV: "/people.csv?" + q.Encode()}
	asked := with(q, "limit", peopleLimit)
	if after != "" {
		asked = with(asked, "after", after)
		body.First = "/people?" + q.Encode()
	}
	list, err := ask[List](r, p.list, asked)
	if err != nil {
		p.problem(w, r, err)
		return
	}
	body.List = list
	if list.Next != "" {
		body.Next = "/people?" + with(q, "after", list.Next).Encode()
	}
	p.choices(&body)
	p.render(w, http.StatusOK, "people", frame{Title: "People", Place: "/people", Command: listCommand(q), Grant: g, Body: body})
}

// choices fills the selects.
func (p *pages) choices(body *peoplePage) {
	pick := func(name, value, text string) choice {
		return choice{Value: value, Text: text, Chosen: body.Query.Get(name) == value}
	}
	for _, name := range ListStates {
		var words []string
		for _, w := range listStates[name].words {
			words = append(words, string(w))
		}
		body.States = append(body.States, pick("state", name, strings.Join(words, ", ")))
	}
	for _, id := range p.ruleIDs() {
		body.Rules = append(body.Rules, pick("rule", id, id))
	}
	if id := body.Query.Get("rule"); id != "" && !slices.Contains(p.ruleIDs(), id) {
		body.Rules = append(body.Rules, pick("rule", id, id)) // one of former days
	}
	for _, reason := range flowd.Reasons() {
		body.Reasons = append(body.Reasons, pick("reason", string(reason), reason.InWords()))
	}
	slices.SortFunc(body.Reasons, func(a, b choice) int { return strings.Compare(a.Text, b.Text) })
}

// maxSheet bounds the lines of one CSV of the pages.
const maxSheet = 20_000

// peopleCSV is the same list for a spreadsheet, disarmed as `flowd list --csv`
// is.
func (p *pages) peopleCSV(w http.ResponseWriter, r *http.Request, _ Grant) {
	// A mark at the front tells spreadsheets that it is UTF-8.
	out := bytes.NewBufferString("\uFEFF")
	sheet, err := NewSheet(out)
	lines, name := 0, "people-"+p.Now().Format(time.DateOnly)
	for asked := with(filterOf(r), "limit", "1000"); err == nil; {
		var list List
		if list, err = ask[List](r, p.list, asked); err != nil {
			break
		}
		if err = sheet.Add(list.Entries); err != nil {
			break
		}
		lines += len(list.Entries)
		if list.Next == "" {
			break
		}
		if lines >= maxSheet {
			name += "-first-" + strconv.Itoa(lines)
			break
		}
		asked = with(asked, "after", list.Next)
	}
	if err != nil {
		p.problem(w, r, err)
		return
	}
	harden(w)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	_, _ = w.Write(out.Bytes())
}

// with is q with one more value.
func with(q url.Values, key, value string) url.Values {
	out := url.Values{}
	for k, v := range q {
		out[k] = v
	}
	out.Set(key, value)
	return out
}

// listCommand is the command line of a filter.
func listCommand(q url.Values) string {
	words := []string{"flowd", "list"}
	for _, name := range filters() {
		switch v := q.Get(name); {
		case v == "":
		case name == "show":
			words = append(words, "--show")
		default:
			words = append(words, "--"+name, v)
		}
	}
	return commandLine(words...)
}

// personLink is where an entry's story is told. It goes by the application,
// which a row and a decision that asked for nothing both have.
func personLink(e Entry, q url.Values) string {
	to := "/people/" + url.PathEscape(e.Application)
	if q.Get("show") != "" {
		to += "?show=1"
	}
	return to
}

// entryStanding is what follows a word: until when somebody waits, and why.
func entryStanding(e Entry) string {
	var parts []string
	if e.Word == flowd.WordWaiting && !e.Due.IsZero() {
		parts = append(parts, "until "+when(e.Due))
	}
	if e.Why != "" {
		parts = append(parts, e.Why)
	}
	return strings.Join(parts, "; ")
}
