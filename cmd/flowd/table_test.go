package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFit(t *testing.T) {
	t.Parallel()
	head := []string{"IS", "ADDRESS", "JOB", "STAGE", "KEY", "WHY"}
	for name, tt := range map[string]struct {
		screen       int
		widths, want []int
	}{
		"no terminal":                    {0, []int{8, 20, 40, 15, 8, 200}, []int{8, 20, 40, 15, 8, 200}},
		"wide enough":                    {120, []int{8, 20, 40, 15, 8, 200}, []int{8, 20, 40, 15, 8, 200}},
		"the widest gives way":           {90, []int{8, 20, 40, 15, 8, 200}, []int{8, 20, 31, 15, 8, 200}},
		"then two of them":               {70, []int{8, 20, 40, 15, 8, 200}, []int{8, 20, 13, 13, 8, 200}},
		"arguments are never cut":        {20, []int{8, 20, 40, 15, 8, 200}, []int{8, 20, 10, 10, 8, 200}},
		"what is left out takes nothing": {90, []int{8, 20, 40, 0, 8, 0}, []int{8, 20, 40, 0, 8, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fit(head, tt.widths, tt.screen)
			if diff := cmp.Diff(tt.want, tt.widths); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	text := "somebody else invited this address: interview 17a1ba8789c3c8236ad9679a of 2026-11-23, “not answered”"
	for _, width := range []int{1, 20, 24, 50, 500} {
		lines := wrap(text, width)
		for _, line := range lines {
			if utf8.RuneCountInString(line) > width && strings.Contains(line, " ") {
				t.Errorf("width %d: %q is too long", width, line)
			}
		}
		if got := strings.Join(lines, " "); got != text {
			t.Errorf("width %d: %q", width, got)
		}
	}
	if got := shorten("Sales Development Représentative", 10); got != "Sales Dev…" {
		t.Errorf("%q", got)
	}
}
