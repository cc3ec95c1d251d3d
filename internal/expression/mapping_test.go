package expression_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/expression"
)

const delivery = `{
  "action": "moved", "active": false, "empty": "", "gone": null, "at": "2026-03-06T12:00:00Z",
  "candidate": {"id": 4000012345678901234567, "number": 42, "score": 4.5, "email": "ada@example.com", "tags": ["a", "b"], "codes": [1, 2]},
  "emails": [{"type": "work", "value": "w@example.com"}, {"type": "personal", "value": "p@example.com"}],
  "stages": [{"id": 1, "name": "Applied"}, {"id": 2, "name": "Video"}], "stage_id": 2
}`

func input(t testing.TB) *expression.Input {
	t.Helper()
	in := &expression.Input{Header: http.Header{"X-Event-Id": {"e1"}}, Query: url.Values{"team": {"red"}}, Item: map[string]any{"name": "Ada"}}
	d := json.NewDecoder(bytes.NewReader([]byte(delivery)))
	d.UseNumber()
	if err := d.Decode(&in.Body); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestMapping(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source string
		want   any
	}{
		{`body.candidate.email`, "ada@example.com"},
		{`body.candidate.id`, "4000012345678901234567"},
		{`body.candidate.number`, 42},
		{`body.candidate.score + 1`, 5.5},
		{`string(body.candidate.number) + "-" + string(body.candidate.id) + string(body.active)`, "42-4000012345678901234567false"},
		{`body.candidate.codes`, []any{1, 2}},
		{`body.candidate.tags[1]`, "b"},
		{`body["candidate"]["email"]`, "ada@example.com"},
		{`body?.candidate?.email`, "ada@example.com"},
		{`header["x-event-id"]`, "e1"},
		{`query.team`, "red"},
		{`item.name`, "Ada"},
		{`body.action == "moved"`, true},
		{`body.action == "Moved"`, false},
		{`body.action in ["moved", "hired"] and not body.active`, true},
		{`body.nowhere.at.all ?? body.candidate.email`, "ada@example.com"},
		{`body.nowhere ?? body.gone ?? "x"`, "x"},
		{`body.nowhere ?? nil`, nil},
		{`body.gone == nil`, true},
		{`body.candidate != nil`, true},
		{`body.empty`, ""},
		{`body.action == "moved" ? body.candidate.email : body.nowhere.at.all`, "ada@example.com"},
		{`find(body.emails, .type == "personal").value`, "p@example.com"},
		{`find(body.emails, .type == "home")?.value ?? "none"`, "none"},
		{`find(body.stages, .id == body.stage_id).name`, "Video"},
		{`any(body.candidate.codes, # == 2)`, true},
		{`2 in body.candidate.codes`, true},
		{`filter(body.emails, # != nil)[0].value`, "w@example.com"},
		{`first(split(body.candidate.email, "@"))`, "ada"},
		{`join(body.candidate.tags, ", ")`, "a, b"},
		{`upper(trim(" x ")) + lower("Y")`, "Xy"},
		{`date(body.at)`, time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)},
		{`int("7") + 1`, 8},
		{`len(body.emails) > 1`, true},
	}
	for _, tt := range tests {
		m, err := expression.CompileMapping(tt.source, expression.OfDelivery)
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		got, err := m.Eval(input(t))
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.source, diff)
		}
	}
}

func TestMappingMissing(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`body.candidate.phone`:                         "1:1 body.candidate.phone is missing: body.candidate has no phone",
		`body.nowhere.at.all`:                          "1:1 body.nowhere.at.all is missing: body has no nowhere",
		`body.gone`:                                    "1:1 body.gone is missing: body has no gone",
		`body.action.name`:                             "1:1 body.action.name is missing: body.action is a single value and has no name",
		`body.emails.type`:                             "1:1 body.emails.type is missing: body.emails is a list and has no type",
		`body.candidate.tags[7]`:                       "1:1 body.candidate.tags[7] is missing: body.candidate.tags is a list and has no 7",
		`body.nowhere == "x"`:                          "1:1 body.nowhere is missing: body has no nowhere",
		`lower(body.nowhere)`:                          "1:7 body.nowhere is missing: body has no nowhere",
		`body.candidate.email + body.nowhere`:          "1:24 body.nowhere is missing: body has no nowhere",
		`body.action == "x" ? "y" : body.nowhere`:      "1:28 body.nowhere is missing: body has no nowhere",
		`header["x-none"]`:                             "1:1 header.x-none is missing: header has no x-none",
		`query.none`:                                   "1:1 query.none is missing: query has no none",
		`find(body.emails, .type == "home")`:           `1:1 find(body.emails, .type == "home") is missing: write ?? and what to take instead`,
		`find(body.emails, .kind == "home")`:           "",
		`(body.nowhere ?? body.gone).name`:             "",
		`body.candidate.email + 1`:                     "1:22 + cannot stand between a text and a number",
		`int(body.candidate.email)`:                    "",
		`lower(body.candidate)`:                        "1:1 lower takes a text",
		`join(body.candidate.tags, body.candidate.id)`: "",
	} {
		m, err := expression.CompileMapping(source, expression.OfDelivery)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		_, err = m.Eval(input(t))
		var e *expression.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := fmt.Sprintf("%d:%d %s", e.Line(), e.Column(), e); want != "" && got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
		if strings.Contains(err.Error(), "ada@") {
			t.Errorf("%s: the error quotes a value: %v", source, err)
		}
	}
}

func TestMappingRefused(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`bod.x`:                            "there is no bod: a path begins with body, header, item, query",
		`body.x = 1`:                       "a single = compares nothing: write ==",
		`body[body.x]`:                     "what is looked up is a plain name or place: write it out",
		`body.x matches "a"`:               "matches is not known here",
		`1..3`:                             ".. is not known here",
		`body.x ** 2`:                      "** is not known here",
		`body.x.Format("y")`:               "there is no such function",
		`now()`:                            "there is no such function",
		`repeat("x", 9)`:                   "there is no such function",
		`map(body.x, # + "y")`:             "the function map is not known here",
		`sum(body.x)`:                      "the function sum is not known here",
		`let x = body; x`:                  "",
		`{"a": body}`:                      "{ } makes a set of names, and here one value is wanted: write a path, which begins with body, header, item, query, or a text in quotes of its own",
		`{{body.x}}`:                       "{ } makes a set of names, and here one value is wanted: write what is inside alone",
		`${body.x}`:                        "this is one already: write what is inside alone",
		`"${x}" {`:                         "{ is not expected here",
		`body.x[1:2]`:                      "cannot be cut out with [from:to]: take one by its place, as in list[0]",
		`body.x; body.y`:                   "an expression has no variables and no steps: write a path",
		`b"x"`:                             "this is no value that is known here: write a path",
		`$env.body`:                        "there is no $env",
		`any(body.x, any(body.y, # == 1))`: "any cannot stand inside another question about each element",
		`any(body.x, # in body.x)`:         "in cannot stand inside a question about each element here",
		`any(body.x, body.y == body.z)`:    "inside a question about each element, one side is of the element",
		`any(body.x, lower(body.y) == #)`:  "a function can take only the element",
		`find(body.x, # + # == "y")`:       "+ cannot stand inside a question about each element here",
		`body.x` + strings.Repeat(` + body.x`, 30):   "an expression adds at most 20 times",
		`body.x and body.y or body.z`:                "and beside or wants brackets",
		`body.a ?? body.b == "x"`:                    "",
		`body.` + strings.Repeat("x", 5000):          "longer than 4096 bytes",
		`[` + strings.Repeat(`[`, 1500) + `1`:        "",
		`"x" + ` + strings.Repeat("(", 2000) + `"y"`: "",
	} {
		_, err := expression.CompileMapping(source, expression.OfDelivery)
		var e *expression.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %q", source, err, want)
		}
	}
}

func TestMappingReads(t *testing.T) {
	t.Parallel()
	m, err := expression.CompileMapping(`body.b ?? header["x"] ?? find(body.list, .id == item.id)?.name ?? body.b`, expression.OfDelivery)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"body.b", "body.list", "header.x", "item.id"}, m.Reads()); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
}

func FuzzMapping(f *testing.F) {
	for _, s := range []string{
		`body.candidate.email ?? item.x`, `find(body.emails, .type == "x")?.value`, `header["a"] + query.b`, `split(body.at, "T")[0]`,
		`body.a ? body.b : nil`, `any(body.x, #.y in [1])`, `join(body.candidate.tags, "")`, `first(body.emails).type`, `-body.candidate.score`,
	} {
		f.Add(s)
	}
	in := input(f)
	f.Fuzz(func(t *testing.T, source string) {
		var e *expression.Error
		m, err := expression.CompileMapping(source, expression.OfDelivery)
		if err == nil {
			_, err = m.Eval(in)
		}
		if err != nil && (!errors.As(err, &e) || e.Message == "" || e.Column() < 1) {
			t.Fatalf("%q: %#v", source, err)
		}
	})
}

func BenchmarkMapping(b *testing.B) {
	m, err := expression.CompileMapping(`body.nowhere ?? find(body.emails, .type == "personal").value`, expression.OfDelivery)
	if err != nil {
		b.Fatal(err)
	}
	in := input(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Eval(in); err != nil {
			b.Fatal(err)
		}
	}
}
