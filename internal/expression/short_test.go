package expression_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/expression"
)

var shortForms = []string{
	`body.candidate.email`, `body.candidate.id`, `body.candidate.codes`, `body.gone`, `body.nowhere ?? "x"`, `body.nowhere ?? nil`, `body.empty ?? "x"`,
	`body.nowhere ?? body.gone ?? body.candidate.email`, `body.candidate`, `item.name`, `header["x-event-id"]`, `query.team`, `query.none ?? ""`,
	`string(body.candidate.id) + "-" + string(body.stage_id)`, `string(body.candidate)`, `string(body.nowhere)`, `string(body.nowhere ?? nil)`, `"a" + body.candidate.number`,
	`body.action == "moved"`, `body.action != "moved"`, `body.candidate.number == "42"`, `body.candidate.number != "42"`, `body.active == false`, `body.active == true`,
	`body.gone == nil`, `body.candidate != nil`, `body.candidate == "x"`, `body.candidate.tags == body.candidate.tags`, `body.nowhere == nil`, `body.nowhere == "x"`,
	`body.candidate.number == body.candidate.number`, `body.candidate.number == body.stage_id`, `body.gone == body.gone`,
	`body.action == "moved" ? "stage.entered" : "x"`, `body.active ? "a" : "b"`, `body.action ? "a" : "b"`, `body.action == "x" ? "y" : body.nowhere`,
	`body.action in ["moved", "hired"]`, `body.action in ["hired"]`, `body.candidate.number in ["42"]`, `body.nowhere in ["x"]`, `body.action in []`,
	`body.active or body.action == "moved"`, `body.action == "moved" and body.active`, `body.action == "x" and body.nowhere`, `body.action and body.active`,
	`body.active == false or body.action`, `body.active or body.action`, `body.active and body.nowhere`, `body.nowhere or body.active`,
	`body.candidate.tags[0]`, `body.candidate.tags[9] ?? "none"`, `(body.nowhere ?? "") == "stage_changed"`, `"move"`, `true`, `nil`,
}

// What needs no machine answers as the machine does.
func TestShort(t *testing.T) {
	t.Parallel()
	for _, source := range shortForms {
		m, err := expression.CompileMapping(source, expression.OfDelivery)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if !m.IsShort() {
			t.Errorf("%s is left to the machine", source)
		}
		sameBothWays(t, m)
	}
	if m, err := expression.CompileMapping(`find(body.emails, .type == "work").value`, expression.OfDelivery); err != nil || m.IsShort() {
		t.Errorf("a search is left to the machine: %v", err)
	}
}

func sameBothWays(t *testing.T, m *expression.Mapping) {
	t.Helper()
	in := input(t)
	short, err := m.Eval(in)
	long, longErr := m.EvalLong(in)
	if diff := cmp.Diff(long, short); diff != "" || (err == nil) != (longErr == nil) || err != nil && err.Error() != longErr.Error() {
		t.Errorf("%s: %v, and by the machine %v (-long +short):\n%s", m, err, longErr, diff)
	}
}

func FuzzShort(f *testing.F) {
	for _, source := range shortForms {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if m, err := expression.CompileMapping(source, expression.OfDelivery); err == nil && m.IsShort() {
			sameBothWays(t, m)
		}
	})
}

func BenchmarkMapping_Short(b *testing.B) {
	for _, source := range []string{`body.candidate.email`, `body.nowhere ?? ""`} {
		m, err := expression.CompileMapping(source, expression.OfDelivery)
		if err != nil {
			b.Fatal(err)
		}
		in := input(b)
		b.Run(source, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Eval(in); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(source+" by machine", func(b *testing.B) {
			for b.Loop() {
				if _, err := m.EvalLong(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
