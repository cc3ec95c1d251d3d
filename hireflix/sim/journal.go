package sim

import (
	"slices"
	"strings"
	"time"
)

// Arrival is one operation that reached the server.
type Arrival struct {
	Operation
	// Request numbers the HTTP requests from 1; the operations of one request
	// share it.
	Request int
	// Arrived and Answered count on one clock shared by all arrivals, so they
	// order what happened. Answered is 0 while nothing was answered, and for
	// ever after [Closed] and [Silence].
	Arrived, Answered int
	// At is when it arrived, by [Options.Now].
	At time.Time
	// Took says that an invite created an interview, or that a change took
	// effect. It can become true after the client has gone away.
	Took bool
	// Result is the __typename of an invite's real result; empty while it has
	// none.
	Result string
	// Answer is what the client heard, once that is decided.
	Answer Answer
}

// Journal is what reached the server up to a moment, in order of arrival.
type Journal struct {
	Arrivals []Arrival
	// Dropped counts arrivals forgotten because there were more than
	// [Options.Remember]; with any, the counts below are too low.
	Dropped int
}

// Count is the number of arrivals of a kind.
func (j Journal) Count(kind Kind) int {
	return j.count(func(a Arrival) bool { return a.Kind == kind })
}

// Took is the number of invites of an address to a position that took effect.
func (j Journal) Took(position, email string) int {
	return j.count(func(a Arrival) bool {
		return a.Kind == Invite && a.Took && a.Position == position && strings.EqualFold(a.Email, email)
	})
}

// TookExternalID is the number of invites with an externalId that took effect,
// in whichever position.
func (j Journal) TookExternalID(externalID string) int {
	return j.count(func(a Arrival) bool { return a.Kind == Invite && a.Took && a.ExternalID == externalID })
}

// InviteArrivals is the number of invites with an externalId that arrived,
// whatever became of them.
func (j Journal) InviteArrivals(externalID string) int {
	return j.count(func(a Arrival) bool { return a.Kind == Invite && a.ExternalID == externalID })
}

// Repeats lists, sorted, the "position address" pairs for which more than one
// invite took effect. An address that was freed by a deletion counts as well.
func (j Journal) Repeats() []string {
	took := make(map[string]int)
	for _, a := range j.Arrivals {
		if a.Kind == Invite && a.Took {
			took[a.Position+" "+strings.ToLower(a.Email)]++
		}
	}
	var repeats []string
	for pair, n := range took {
		if n > 1 {
			repeats = append(repeats, pair)
		}
	}
	slices.Sort(repeats)
	return repeats
}

// BlindResends lists, sorted, the externalIds of which an invite arrived again
// without a look: between its arrival and the one before, no look-up of that
// position (whole, or for that address) both arrived and was answered with the
// truth. An arrival that heard [Unauthorized] without effect does not count,
// because a server refuses a wrong key before it reads on.
func (j Journal) BlindResends() []string {
	lastInvite := make(map[string]Arrival)
	blind := make(map[string]bool)
	looks := make(map[string][]Arrival)
	for _, a := range j.Arrivals {
		switch {
		case a.Kind == LookUp:
			looks[a.Position] = append(looks[a.Position], a)
		case a.Kind == Invite && a.ExternalID != "" && (a.Took || a.Answer != Unauthorized):
			before, again := lastInvite[a.ExternalID]
			if again && !slices.ContainsFunc(looks[a.Position], func(look Arrival) bool {
				return looked(before, look, a)
			}) {
				blind[a.ExternalID] = true
			}
			lastInvite[a.ExternalID] = a
		}
	}
	var ids []string
	for id := range blind {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// looked says whether a look-up of the invite's position came between two
// arrivals of the invite.
func looked(before, look, again Arrival) bool {
	return look.Answer == Truth && look.Answered != 0 &&
		(look.Email == "" || strings.EqualFold(look.Email, again.Email)) &&
		before.Arrived < look.Arrived && look.Answered < again.Arrived
}

// Changes is the number of arrivals of a kind of change of an interview,
// whatever became of them.
func (j Journal) Changes(kind Kind, interview string) int {
	return j.count(func(a Arrival) bool { return a.Kind == kind && a.Interview == interview })
}

// ChangesTook is the number of those that took effect.
func (j Journal) ChangesTook(kind Kind, interview string) int {
	return j.count(func(a Arrival) bool { return a.Kind == kind && a.Interview == interview && a.Took })
}

// RepeatedChanges lists, sorted, the "kind interview argument" of changes of
// interviews that took effect more than once.
func (j Journal) RepeatedChanges() []string {
	took := make(map[string]int)
	var repeats []string
	for _, a := range j.Arrivals {
		if a.Kind == Invite || a.Interview == "" || !a.Took {
			continue
		}
		change := strings.TrimSpace(strings.Join([]string{string(a.Kind), a.Interview, a.Argument}, " "))
		if took[change]++; took[change] == 2 {
			repeats = append(repeats, change)
		}
	}
	slices.Sort(repeats)
	return repeats
}

func (j Journal) count(match func(Arrival) bool) int {
	n := 0
	for _, a := range j.Arrivals {
		if match(a) {
			n++
		}
	}
	return n
}

// ledger is the server's own journal. Its methods are called under the
// server's lock.
type ledger struct {
	arrivals []*Arrival
	remember int
	dropped  int
	clock    int
	requests int
}

// arrive enters the operations of one request.
func (l *ledger) arrive(at time.Time, operations []Operation) []*Arrival {
	l.requests++
	entered := make([]*Arrival, 0, len(operations))
	for _, op := range operations {
		l.clock++
		entered = append(entered, &Arrival{Operation: op, Request: l.requests, Arrived: l.clock, At: at})
	}
	l.arrivals = append(l.arrivals, entered...)
	if len(l.arrivals) > l.remember { // by halves, so that forgetting is cheap
		forget := len(l.arrivals) - l.remember/2
		l.dropped += forget
		l.arrivals = slices.Clone(l.arrivals[forget:])
	}
	return entered
}

// answer enters what the client of these arrivals is about to hear.
func (l *ledger) answer(arrivals []*Arrival, answer Answer) {
	l.clock++
	for _, a := range arrivals {
		a.Answer = answer
		if answer != Closed && answer != Silence {
			a.Answered = l.clock
		}
	}
}

func (l *ledger) journal() Journal {
	j := Journal{Dropped: l.dropped, Arrivals: make([]Arrival, 0, len(l.arrivals))}
	for _, a := range l.arrivals {
		j.Arrivals = append(j.Arrivals, *a)
	}
	return j
}
