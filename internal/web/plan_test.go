package web_test

import (
	"testing"
	"time"

	"flowd/internal/web"
)

func TestPlan_RunsOut(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	days := func(n float64) time.Time { return now.Add(time.Duration(n * 24 * float64(time.Hour))) }
	end := days(10)
	for name, tt := range map[string]struct {
		plan          web.Plan
		before, after time.Time
	}{
		"Hireflix says nothing":   {plan: web.Plan{Before: 300, After: 600}},
		"twice as many":           {plan: web.Plan{Before: 300, After: 600, Quota: &web.Quota{Used: 390, To: end}}, after: days(5.5)},
		"what is owed goes first": {plan: web.Plan{Before: 300, After: 600, Owing: 50, Quota: &web.Quota{Used: 400, To: end}}, before: days(5), after: days(2.5)},
		"less is owed after": {plan: web.Plan{Before: 300, After: 300, Owing: 50, Waiting: map[web.Change]int{web.WouldNotInvite: 20}, Quota: &web.Quota{Used: 400, To: end}},
			before: days(5), after: days(7)},
		"used up by what is owed":    {plan: web.Plan{Before: 300, After: 0, Owing: 100, Quota: &web.Quota{Used: 400, To: end}}, before: now, after: now},
		"nobody is invited any more": {plan: web.Plan{Before: 300, Quota: &web.Quota{Used: 450}}, before: days(5)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.plan.Since = now.Add(-30 * 24 * time.Hour)
			before, after := tt.plan.RunsOut(500, now)
			if !before.Equal(tt.before) || !after.Equal(tt.after) {
				t.Errorf("out on %s and %s, want %s and %s", before, after, tt.before, tt.after)
			}
		})
	}
}
