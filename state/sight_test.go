package state_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flowd"
	"flowd/state"
)

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// life is what an interview goes through, each as a whole sighting with a time of
// its own.
func life() []flowd.Sighting {
	at := func(minute int, i flowd.Interview) flowd.Sighting {
		i.ID, i.CreatedAt = "i", day
		return flowd.Sighting{Interview: i, At: day.Add(time.Duration(minute) * time.Minute)}
	}
	first, second := day.Add(10*time.Minute), day.Add(40*time.Minute)
	return []flowd.Sighting{
		at(0, flowd.Interview{Status: flowd.InterviewPending}),
		at(10, flowd.Interview{Status: flowd.InterviewToEvaluate, Answered: true, CompletedAt: first}),
		at(20, flowd.Interview{Status: flowd.InterviewShortlisted, Answered: true, CompletedAt: first, Score: 2.5}),
		at(30, flowd.Interview{Status: flowd.InterviewPending, Score: 2.5}), // the answers were deleted
		at(40, flowd.Interview{Status: flowd.InterviewToEvaluate, Answered: true, CompletedAt: second}),
		at(50, flowd.Interview{Status: flowd.InterviewDiscarded, Answered: true, CompletedAt: second, Score: 4}),
		at(60, flowd.Interview{Deleted: true}),
	}
}

// In whichever order sightings come, and how often, what is known in the end is
// the same, the first answers are told of, and no event comes twice.
func TestSee_AnyOrder(t *testing.T) {
	t.Parallel()
	want := &state.Sighted{}
	for _, s := range life() {
		want.See(s)
	}
	if !want.Interview.Again || !want.Interview.Deleted || want.Interview.Score != 4 || want.Interview.Status != flowd.InterviewDiscarded {
		t.Fatalf("in order it ends as %+v", want.Interview)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		all := slices.Concat(life(), life()[:r.IntN(8)])
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		got, keys := &state.Sighted{}, map[string]bool{}
		finished := 0
		for _, s := range all {
			for _, ev := range got.See(s) {
				key := got.Key(ev, state.Owner{ATS: "ats", Application: "a"})
				if keys[key] && ev.Type != flowd.InterviewStatusChanged {
					t.Fatalf("%s comes twice", key)
				}
				keys[key] = true
				if ev.Type == flowd.InterviewFinished {
					finished++
				}
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(state.Sighted{}, "Owner")); diff != "" {
			t.Fatalf("(-in order +shuffled)\n%s", diff)
		}
		if finished == 0 || finished > 2 {
			t.Fatalf("%d finishes are told of", finished)
		}
	}
}

func TestSee_Events(t *testing.T) {
	t.Parallel()
	pending := flowd.Interview{ID: "i", Status: flowd.InterviewPending}
	answered := flowd.Interview{ID: "i", Status: flowd.InterviewToEvaluate, Answered: true, CompletedAt: day}
	with := func(i flowd.Interview, change func(*flowd.Interview)) flowd.Interview { change(&i); return i }
	for name, c := range map[string]struct {
		seen []flowd.Interview // a minute apart
		want []flowd.EventType // of the last one
	}{
		"first seen":            {[]flowd.Interview{pending}, []flowd.EventType{flowd.InterviewInvited}},
		"first seen answered":   {[]flowd.Interview{answered}, []flowd.EventType{flowd.InterviewInvited, flowd.InterviewFinished}},
		"first seen deleted":    {[]flowd.Interview{{ID: "i", Deleted: true}}, []flowd.EventType{flowd.InterviewDeleted}},
		"the same again":        {[]flowd.Interview{answered, answered}, nil},
		"finished is no change": {[]flowd.Interview{pending, answered}, []flowd.EventType{flowd.InterviewFinished}},
		"shortlisted": {[]flowd.Interview{answered, with(answered, func(i *flowd.Interview) { i.Status = flowd.InterviewShortlisted })},
			[]flowd.EventType{flowd.InterviewStatusChanged}},
		"shortlisted before answering": {[]flowd.Interview{pending, with(pending, func(i *flowd.Interview) { i.Status = flowd.InterviewShortlisted })},
			[]flowd.EventType{flowd.InterviewStatusChanged}},
		"and back": {[]flowd.Interview{with(answered, func(i *flowd.Interview) { i.Status = flowd.InterviewShortlisted }), answered},
			[]flowd.EventType{flowd.InterviewStatusChanged}},
		"scored":          {[]flowd.Interview{answered, with(answered, func(i *flowd.Interview) { i.Score = 3 })}, []flowd.EventType{flowd.InterviewScored}},
		"score not said":  {[]flowd.Interview{with(answered, func(i *flowd.Interview) { i.Score = 3 }), answered}, nil},
		"answers deleted": {[]flowd.Interview{answered, pending}, nil},
		"recorded again": {[]flowd.Interview{answered, pending, with(answered, func(i *flowd.Interview) { i.CompletedAt = day.Add(time.Hour) })},
			[]flowd.EventType{flowd.InterviewFinished}},
		"recorded again at an unknown time": {[]flowd.Interview{answered, pending, with(answered, func(i *flowd.Interview) { i.CompletedAt = time.Time{} })},
			[]flowd.EventType{flowd.InterviewFinished}},
		"the time of a finish comes later": {[]flowd.Interview{with(answered, func(i *flowd.Interview) { i.CompletedAt = time.Time{} }), answered}, nil},
		"deleted twice":                    {[]flowd.Interview{{ID: "i", Deleted: true}, {ID: "i", Deleted: true}}, nil},
		"an id alone says nothing":         {[]flowd.Interview{answered, {ID: "i"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &state.Sighted{}
			var got []flowd.EventType
			for n, i := range c.seen {
				got = nil
				for _, ev := range s.See(flowd.Sighting{Interview: i, At: day.Add(time.Duration(n) * time.Minute)}) {
					got = append(got, ev.Type)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What flowd did itself is no news; what a recruiter does afterwards is.
func TestDid(t *testing.T) {
	t.Parallel()
	s := &state.Sighted{}
	answered := flowd.Interview{ID: "i", Status: flowd.InterviewToEvaluate, Answered: true, CompletedAt: day}
	s.See(flowd.Sighting{Interview: answered, At: day})
	s.Did(flowd.ActionShortlist, flowd.Interview{}, day.Add(time.Minute))
	echo := answered
	echo.Status = flowd.InterviewShortlisted
	if news := s.See(flowd.Sighting{Interview: echo, At: day.Add(2 * time.Minute)}); len(news) > 0 {
		t.Errorf("the echo is news: %v", news)
	}
	if news := s.See(flowd.Sighting{Interview: answered, At: day}); len(news) > 0 || s.Interview.Status != flowd.InterviewShortlisted {
		t.Errorf("a late sighting of before is news: %v", news)
	}
	if news := s.See(flowd.Sighting{Interview: answered, At: day.Add(time.Hour)}); len(news) != 1 {
		t.Errorf("what a recruiter did is no news: %v", news)
	}
}
