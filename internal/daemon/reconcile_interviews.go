package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/fault"
	"flowd/internal/web"
	"flowd/state"
)

// positions goes through every position in use, and every other that somebody
// was invited to.
func (c *comparison) positions(ctx context.Context) error {
	names := map[string]string{}
	for _, p := range c.used {
		if p.ID != "" {
			names[p.ID] = p.Name
		}
	}
	for _, row := range c.rows {
		names[row.Action.Position.ID] = row.Action.Position.Name
	}
	ids := make([]string, 0, len(names))
	for id := range names {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for i, id := range ids {
		c.step(fmt.Sprintf("Hireflix: position %d of %d, %d interviews so far", i+1, len(ids), c.found.Interviews))
		switch err := c.position(ctx, id); {
		case fault.Is(err, fault.NotFound):
			c.note("the position %s is not at Hireflix any more", nameOrID(names[id], id))
		case err != nil:
			return err
		default:
			c.swept[id] = true
		}
	}
	return nil
}

func nameOrID(name, id string) string {
	if name != "" {
		return name
	}
	return id
}

func (c *comparison) position(ctx context.Context, id string) error {
	for cursor, done := "", false; !done; {
		if err := c.pages.Wait(ctx); err != nil {
			return err
		}
		page, next, last, err := c.hireflix.Sweep(ctx, id, cursor)
		if err != nil {
			return err
		}
		for _, s := range page {
			if c.seen[s.Interview.ID] {
				continue
			}
			c.seen[s.Interview.ID] = true
			c.found.Interviews++
			if err := c.interview(ctx, s); err != nil {
				return err
			}
		}
		cursor, done = next, last
	}
	return nil
}

// interview compares what Hireflix shows of one with what was seen of it last.
func (c *comparison) interview(ctx context.Context, s flowd.Sighting) error {
	row, ours := c.rows[s.Interview.ID]
	known, _, err := c.store.Interviews(ctx, state.InterviewFilter{ID: s.Interview.ID}, state.Page{Limit: 1})
	if err != nil {
		return err
	}
	if !ours && len(known) == 0 {
		return c.stranger(ctx, s)
	}
	before := row.Interview
	if len(known) > 0 {
		before = known[0].Interview
	}
	what := news(before, s.Interview)
	if what == "" {
		return nil
	}
	d := web.Difference{ATS: row.Action.ATS, Application: row.Action.Application, Interview: s.Interview.ID, What: "flowd has not heard that the interview " + what}
	if len(known) > 0 && len(known[0].Ties) > 0 && d.Application == "" {
		d.ATS, d.Application = known[0].Ties[0].ATS, known[0].Ties[0].Application
	}
	return c.take(ctx, d, flowd.Batch{Source: flowd.Untied, ATS: flowd.Untied, Sightings: []flowd.Sighting{s}})
}

// stranger is an interview that flowd never saw. What carries a key of the kind
// that flowd makes, and none of this ledger's, was made by another flowd or by
// one whose state was lost.
func (c *comparison) stranger(ctx context.Context, s flowd.Sighting) error {
	if !strings.HasPrefix(s.Interview.ExternalID, "flowd1-") {
		return nil // made by hand: the sweep takes note of it
	}
	stories, err := c.store.Story(ctx, state.Ref{ExternalID: s.Interview.ExternalID})
	if err != nil {
		return err
	}
	d := web.Difference{Interview: s.Interview.ID, What: "the interview carries a key of flowd's that this state does not know",
		Do: "another flowd works on this account, or the state is older than the interview (flowd restore)"}
	for _, of := range stories {
		for _, row := range of.Rows {
			if row.Action.Key.ExternalID() == s.Interview.ExternalID {
				d.ATS, d.Application, d.Key = of.ATS, of.Application.ID, row.Action.Key.Short()
				d.What, d.Do = "the invite stands at Hireflix, and flowd does not know yet that it was sent", "flowd finds it when it looks the invite up"
			}
		}
	}
	c.differs(d)
	return nil
}

// singles asks for the interviews that should be open and that no position
// showed: one that was deleted, or moved.
func (c *comparison) singles(ctx context.Context) error {
	var missing []string
	for id, row := range c.rows {
		if c.swept[row.Action.Position.ID] && !c.seen[id] && !row.Interview.Deleted {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	if len(missing) > mostSingles {
		c.note("%d interviews are not shown under their position: the first %d were asked for one by one", len(missing), mostSingles)
		missing = missing[:mostSingles]
	}
	for i, id := range missing {
		if i%20 == 0 {
			c.step(fmt.Sprintf("Hireflix: interview %d of %d that no position shows", i+1, len(missing)))
		}
		if err := c.asks.Wait(ctx); err != nil {
			return err
		}
		s, found, err := c.hireflix.Interview(ctx, id)
		if err != nil {
			return err
		}
		if !found {
			gone := c.rows[id].Interview
			gone.Deleted = true
			s = flowd.Sighting{Interview: gone, At: c.now()}
		}
		if err := c.interview(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// news is what one look at an interview tells beyond an earlier one, or "".
func news(before, now flowd.Interview) string {
	switch {
	case now.Deleted && !before.Deleted:
		return "was deleted"
	case before.Deleted:
		return "" // a deletion is final
	case now.Answered && !before.Answered:
		return "was answered"
	case now.CompletedAt.After(before.CompletedAt) && before.Answered && !before.CompletedAt.IsZero():
		return "was answered anew"
	case now.Status != "" && now.Status != before.Status && (settled(now.Status) || settled(before.Status)):
		return fmt.Sprintf("is %s now", now.Status)
	case now.Score != 0 && now.Score != before.Score:
		return fmt.Sprintf("has the score %g", now.Score)
	}
	return ""
}

// settled is a recruiter's decision about an interview.
func settled(s flowd.InterviewStatus) bool {
	return s == flowd.InterviewShortlisted || s == flowd.InterviewDiscarded
}
