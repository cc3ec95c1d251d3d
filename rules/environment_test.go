package rules

import (
	"slices"
	"strings"
	"testing"

	"flowd/internal/expression"
)

// What a rule may name is a promise to the people who write rules: it grows, and
// nothing in it ever changes its name.
const (
	promisedMembers = `
		event.type event.via event.source event.ats event.at
		stage from stage_id
		job.id job.name job.department job.location job.country job.tags
		candidate.id candidate.email candidate.first_name candidate.last_name candidate.name candidate.phone candidate.source
		candidate.country candidate.language candidate.tags candidate.can_email candidate.is_internal
		application.id application.status application.stage application.url application.applied_at application.age
		application.recruiter application.alternative
		interview.id interview.status interview.score interview.duration interview.invited_at interview.finished_at interview.ours interview.again
		recording_link admin_link candidate_link transcript`
	promisedFunctions = `field number flag list has now date duration lower upper trim len any all none one count exactly`
)

func TestEnvironment_IsWhatIsPromised(t *testing.T) {
	t.Parallel()
	language, err := expression.NewLanguage(environment{})
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, m := range language.Members() {
		members = append(members, m.Path)
	}
	for what, c := range map[string]struct{ promised, got []string }{
		"members":   {strings.Fields(promisedMembers), members},
		"functions": {strings.Fields(promisedFunctions), language.Functions()},
	} {
		slices.Sort(c.promised)
		slices.Sort(c.got)
		if !slices.Equal(c.promised, c.got) {
			t.Errorf("%s are\n%q, promised are\n%q", what, c.got, c.promised)
		}
	}
	for m := range linkMembers {
		if !slices.Contains(members, m) {
			t.Errorf("templates alone have %s, which is no member", m)
		}
	}
	for m := range alwaysKnown {
		if !slices.Contains(members, m) {
			t.Errorf("always known is %s, which is no member", m)
		}
	}
	for _, m := range columnMembers {
		if m != "" && !slices.Contains(members, m) {
			t.Errorf("a column is fed by %s, which is no member", m)
		}
	}
}
