package poll_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"flowd/connectors"
	"flowd/connectors/poll"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// What is no page of applications gives an error that names source and place and
// quotes nothing, and neither a snapshot nor a cursor.
func TestPoll_Bad(t *testing.T) {
	t.Parallel()
	page := func(item string) string { return `{"success": true, "data": {"results": [` + item + `]}}` }
	good := `{"id": 1, "state": "active", "created_at": "2026-02-20T08:00:00Z", "origin": "x", "stage": {"id": 3, "name": "Video", "entered_at": "2026-03-02T09:12:44Z"},
		"job": {"id": 77, "title": "Miller", "department": ""}, "answers": {},
		"candidate": {"id": 2, "first_name": "Orla", "last_name": "Bramblewick", "emails": ["orla@example.com"], "may_be_mailed": true, "tags": []}}`
	with := func(old, now string) string { return page(good + "," + strings.Replace(good, old, now, 1)) }
	for name, c := range map[string]struct{ answer, says string }{
		"a login":         {"<!DOCTYPE html><p>Orla, log in", "a web page"},
		"nothing":         {"", "it ends too early"},
		"no object":       {`["Orla"]`, "it is no object"},
		"no list":         {`{"success": true, "data": {"results": {"Orla": 1}}}`, "data.results is no list"},
		"list missing":    {`{"success": true, "data": {}}`, "has no list data.results"},
		"failed":          {`{"success": false, "error": "Orla"}`, "it says that it failed"},
		"not told":        {`{"data": {"results": []}}`, "failed: body.success is missing"},
		"cut off":         {page(good)[:200], "data.results[0] ends too early"},
		"more behind":     {page(good) + `{}`, "more follows"},
		"not JSON":        {page(`{"id": Orla}`), "data.results[0] is not JSON"},
		"not UTF-8":       {with("Orla", "Orl\xe4"), "data.results[1] holds text that is not UTF-8"},
		"not UTF-8 aside": {"{\"x\": \"\xff\", \"data\": {}}", "a member of it holds text that is not UTF-8"},
		"item of text":    {page(`"Orla"`), "data.results[0]: map application"},
		"no id":           {with(`"id": 1,`, ""), "data.results[1]: map application: item.id is missing"},
		"object for text": {with(`"Orla"`, `{"a": "Orla"}`), "data.results[1]: map candidate.first_name is not a text"},
		"no time":         {with("2026-03-02T09:12:44Z", "Orla"), "map at is not a time"},
		"future":          {with("2026-03-02T09:12:44Z", "2099-03-02T09:12:44Z"), "of the application 1 lies in the future"},
		"applied later":   {with("2026-02-20T08:00:00Z", "2099-02-20T08:00:00Z"), "lies in the future"},
		"odd status":      {with("active", "Orla"), "map application.status is none of"},
		"long name":       {with("Orla", strings.Repeat("Orla", 3000)), "candidate.first_name of the application 1 has 12000 bytes"},
		"no stage":        {with(`"name": "Video"`, `"name": null`), "map stage.name: item.stage.name is missing"},
		"large item":      {with("Orla", strings.Repeat("O", 3<<20)), "data.results[1] is larger than 1 MiB"},
		"large member":    {`{"x": "` + strings.Repeat("O", 3<<20) + `"}`, "a member of it is larger than 1 MiB"},
		"many members":    {`{` + strings.Repeat(`"x": 1, `, 300) + `"y": 1}`, "more than 200 members"},
		"many items":      {page(strings.TrimSuffix(strings.Repeat(good+",", 10_001), ",")), "data.results has more than 10000 items"},
		"deep":            {page(strings.Repeat("[", 20_000)), "data.results[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := source(t, answering(t, []byte(c.answer)), standing)
			b, more, err := s.Poller.Poll(t.Context(), nil)
			if err == nil || !strings.HasPrefix(err.Error(), "poll conformance: ") || !strings.Contains(err.Error(), c.says) || len(b.Seen)+len(b.Events) > 0 || b.Cursor != nil || more {
				t.Errorf("%d seen, %t, %v, want %q", len(b.Seen), more, err, c.says)
			}
			if err != nil && (strings.Contains(err.Error(), "Orla") || len(err.Error()) > 300) {
				t.Errorf("%v quotes the answer", err)
			}
		})
	}
	s := source(t, answering(t, []byte(page(strings.TrimSuffix(strings.Repeat(good+",", 10_000), ",")))), standing)
	if b, _, err := s.Poller.Poll(t.Context(), nil); err != nil || len(b.Seen) != 10_000 {
		t.Errorf("ten thousand items: %d, %v", len(b.Seen), err)
	}
}

// What cannot be told from a log's item is an error, too.
func TestPoll_BadLog(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ answer, says string }{
		"no time":    {`[{"id": 1, "job": "Miller", "contact": {"name": "", "email": ""}, "history": [{"to": "x", "at": ""}]}]`, "[0]: explode[0]: map at is nothing"},
		"no list":    {`[{"id": 1, "job": "Miller", "history": "Orla"}]`, "[0]: explode is no list"},
		"many moves": {`[{"id": 1, "job": "Miller", "history": [` + strings.Repeat("1,", 1000) + `1]}]`, "[0]: explode has more than 1000 items"},
		"when":       {`[{"id": 1}]`, "[0]: when: item.job is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := source(t, answering(t, []byte(c.answer)), moves)
			if b, _, err := s.Poller.Poll(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "Orla") || b.Cursor != nil {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestPoll_Statuses(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]fault.Kind{
		400: fault.Invalid, 401: fault.Unauthorized, 403: fault.Unauthorized, 404: fault.NotFound, 429: fault.RateLimited, 302: fault.Unavailable, 500: fault.Unavailable,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		s := source(t, server.URL, standing)
		if _, _, err := s.Poller.Poll(t.Context(), nil); !fault.Is(err, kind) {
			t.Errorf("%d: %v", status, err)
		}
		server.Close()
	}
}

func TestBuild_Problems(t *testing.T) {
	t.Parallel()
	const ask = "request: {url: 'https://example.com/a'}\n"
	const asMap = "map: {application: item.id, stage: item.s}\n"
	asking := func(query string) string {
		return "request: {url: 'https://example.com/a', query: {" + query + "}}\n" + asMap
	}
	for name, c := range map[string]struct{ section, place, says string }{
		"no request":      {asMap, "1:1", "request is missing"},
		"no map":          {ask, "1:1", "map is missing"},
		"no url":          {"request: {}\n" + asMap, "3:10", "url is missing"},
		"plain http":      {"request: {url: 'http://example.com/a'}\n" + asMap, "3:16", "not encrypted"},
		"writes":          {"request: {method: DELETE, url: 'https://example.com/a'}\n" + asMap, "3:19", "this only asks"},
		"unknown value":   {asking("a: '${target}'"), "3:55", "there is no target"},
		"since unsaid":    {asking("a: '${since}'"), "3:16", "sends ${since}"},
		"since unsent":    {ask + asMap + "since: {format: ms}", "5:8", "does not send it"},
		"odd format":      {asking("a: '${since}'") + "since: {format: iso}", "5:17", "format is one of"},
		"short overlap":   {asking("a: '${since}'") + "since: {overlap: 10s}", "5:18", "less than 2m"},
		"sync unsent":     {ask + asMap + "sync: body.s", "5:7", "does not send it"},
		"cursor unsaid":   {asking("a: '${cursor}'"), "3:16", "paging has no cursor"},
		"page unsent":     {ask + asMap + "paging: {page: 1, size: 9}", "3:16", "does not send it"},
		"two ways":        {ask + asMap + "paging: {link: true, url: body.n}", "5:9", "in one way"},
		"no way":          {ask + asMap + "paging: {size: 5}", "5:9", "in one way"},
		"no end":          {asking("a: '${page}'") + "paging: {page: 1}", "5:9", "which page is the last"},
		"below nothing":   {asking("a: '${page}'") + "paging: {page: -1, size: 3}", "5:9", "below nothing"},
		"link with more":  {ask + asMap + "paging: {link: true, more: body.m}", "5:28", "is not asked"},
		"items":           {ask + asMap + "items: data[0]", "5:8", "no place in an answer"},
		"map of body":     {ask + "map: {application: query.id, stage: item.s}", "4:20", "there is no query"},
		"move":            {ask + "map: {application: item.id, stage: move.s}", "4:6", "there is no explode"},
		"move in when":    {ask + asMap + "when: move.x == 1", "5:7", "there is no explode"},
		"explode of move": {ask + asMap + "explode: move.x", "5:10", "explode cannot read move"},
		"log":             {ask + asMap + "mode: log", "4:6", "when a move was"},
		"odd mode":        {ask + asMap + "mode: history", "5:7", "mode is one of"},
		"every":           {ask + asMap + "poll: {every: 1s}", "5:15", "every is less than"},
		"catalog":         {ask + asMap + "catalog: {jobs: {url: 'https://example.com/j', map: {name: item.n, mail: item.m}}}", "5:68", "there is no mail in this list"},
		"catalog name":    {ask + asMap + "catalog: {jobs: {url: 'https://example.com/j', map: {id: item.n}}}", "5:53", "where the name stands"},
		"stages alone":    {ask + asMap + "catalog: {stages: {url: 'https://example.com/j?x=${job.id}', map: {name: item.n}}}", "5:19", "no jobs are listed"},
		"blank in query":  {"request: {url: 'https://ats.example.com/a', query: {status: '${initial ? nil : \"{statuses}\"}'}}\n" + asMap, "3:61", "status still holds {statuses}"},
		"blank":           {"request: {url: 'https://{account}.example.com/a'}\n" + asMap, "3:16", "still holds {account}"},
		"secret":          {ask + asMap + "auth: {bearer: {file: nowhere}}", "5:16", "nowhere"},
		"password":        {ask + asMap + "auth: {basic: {user: u, password: hunter22}}", "5:35", "a password stands here itself"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: poll\n"+c.section), strictyaml.Options{})
			connectors.Kinds{poll.Kind()}.Build(doc.Root(), connectors.Options{Dir: t.TempDir()})
			got := strictyaml.Render(doc.Problems())
			if !strings.Contains(got, "s.yaml:"+c.place+": ") || !strings.Contains(got, c.says) {
				t.Errorf("want %s %q, got\n%s", c.place, c.says, got)
			}
		})
	}
}

// Whatever comes, a page gives an error, or applications that stand somewhere and
// moves that can be told apart.
func FuzzPage(f *testing.F) {
	for _, name := range []string{"applications.json", "history.json"} {
		f.Add(read(f, name))
	}
	f.Add([]byte(`{"success": true, "data": {"results": [{"id": 1, "stage": null}]}}`))
	var sources []connectors.Source
	for _, section := range []string{standing, moves} {
		sources = append(sources, source(f, "https://ats.example.com", section))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, s := range sources {
			b, err := poll.Decode(s.Poller, answer)
			for _, seen := range b.Seen {
				if seen.ID == "" || seen.Stage.IsZero() {
					t.Errorf("a snapshot of nobody or nowhere: %+v", seen)
				}
			}
			for _, ev := range b.Events {
				if ev.Key == "" || ev.At.IsZero() || ev.Application.ID == "" {
					t.Errorf("an event without key, time or application: %+v", ev)
				}
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("%v", err)
			}
		}
	})
}

// A stored cursor of any form is read or given up: nothing is told beside the
// error of a system that is not asked.
func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"since": "2026-03-01T12:00:00Z", "sync": "s1", "read": true, "round": {"next": "c3", "n": 3, "began": "2026-03-01T12:00:00Z"}}`))
	f.Add([]byte(`{"round": null}`))
	f.Add([]byte(`{"round": {"next": "https://ats.example.com/x?cursor=c3"}}`))
	var sources []connectors.Source
	for _, way := range []string{"cursor", "url", "offset", "sync"} {
		sources = append(sources, source(f, "https://ats.example.com", ways[way]+mapping))
	}
	f.Fuzz(func(t *testing.T, cursor []byte) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, s := range sources {
			if b, more, err := s.Poller.Poll(ctx, cursor); err == nil || more || len(b.Seen) > 0 || b.Cursor != nil {
				t.Errorf("%s: %v", cursor, err)
			}
		}
	})
}
