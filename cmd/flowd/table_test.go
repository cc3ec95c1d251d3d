package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestRoughly(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 29*time.Second + 600*time.Millisecond: "30s", 59*time.Second + 700*time.Millisecond: "1m", 90 * time.Second: "2m",
		59*time.Minute + 40*time.Second: "1h", 4*time.Hour + 59*time.Minute: "5h", 47*time.Hour + 45*time.Minute: "2d", 71 * time.Hour: "3d",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%s is roughly %s, want %s", d, got, want)
		}
	}
}

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
