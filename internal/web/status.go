package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"flowd"
	"flowd/state"
)

// Duration is a span that reads as 15m0s in JSON.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Status is the one screen of `flowd status`.
type Status struct {
	Running   bool                      `json:"running"`
	DryRun    bool                      `json:"dry_run,omitempty"`
	Version   string                    `json:"version"`
	Since     time.Time                 `json:"since,omitzero"`
	Pauses    []Stop                    `json:"pauses"`
	Sources   []SourceStatus            `json:"sources"`
	People    map[flowd.Word]int        `json:"people"`
	Held      map[string]int            `json:"held"` // by reason, in words
	Undecided int                       `json:"undecided"`
	Rules     RulesInfo                 `json:"rules"`
	SentHour  int                       `json:"sent_last_hour"`
	SentDay   int                       `json:"sent_last_day"`
	Oldest    time.Time                 `json:"oldest_due,omitzero"`
	Backup    time.Time                 `json:"last_backup,omitzero"`
	Quota     *Quota                    `json:"quota,omitempty"`
	Positions int                       `json:"positions"`
	Catalogue time.Time                 `json:"positions_read,omitzero"`
	Systems   []SystemStatus            `json:"systems,omitempty"`
	Unread    int                       `json:"quarantined"`
	Problems  []string                  `json:"problems"`
	Reasons   map[flowd.Reason]int      `json:"-"`
	States    map[string]map[string]int `json:"-"`
}

// Quota is what Hireflix says of the invites of the period, where it says
// anything: the account's limit is nowhere to be read.
type Quota struct {
	Used int       `json:"used"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	At   time.Time `json:"at"`
}

// Stop is a pause as people read it.
type Stop struct {
	What   string    `json:"what"`
	Scope  string    `json:"scope"`
	Reason string    `json:"reason"`
	Detail string    `json:"detail,omitempty"`
	Since  time.Time `json:"since"`
	By     string    `json:"by,omitempty"`
	Probe  time.Time `json:"next_try,omitzero"`
}

// SourceStatus is a source and when it last brought something.
type SourceStatus struct {
	SourceInfo
	Last time.Time `json:"last_event,omitzero"`
}

func (a api) status(r *http.Request) (any, error) {
	now := a.Now()
	counts, err := a.Store.Counts(r.Context(), now)
	if err != nil {
		return nil, err
	}
	pauses, err := a.Store.Pause(r.Context(), state.PauseChange{}, now)
	if err != nil {
		return nil, err
	}
	info := a.Info()
	s := Status{
		Running: info.Running, DryRun: info.DryRun, Version: info.Version, Since: info.Since, Rules: info.Rules,
		Undecided: counts.Undecided, SentHour: counts.SentHour, SentDay: counts.SentDay, Oldest: counts.OldestDue,
		Backup: info.Backup, Positions: len(info.Positions), Catalogue: info.PositionsAt, Unread: counts.Quarantined, Quota: info.Quota, Systems: statusOf(info.Systems),
		People: map[flowd.Word]int{}, Held: map[string]int{}, Problems: info.Problems, Pauses: []Stop{}, Sources: []SourceStatus{},
	}
	for _, state := range flowd.ActionStates() {
		if n := counts.States[state]; n > 0 && state != flowd.Replaced && (counts.Words == nil || !ofInvites(state.Word())) {
			s.People[state.Word()] += n
		}
		if state.Word() == flowd.WordHeld {
			for reason, n := range counts.Reasons[state] {
				s.Held[reason.InWords()] += n
			}
		}
	}
	for word, n := range counts.Words {
		if ofInvites(word) && n > 0 {
			s.People[word] = n
		}
	}
	for _, p := range pauses {
		s.Pauses = append(s.Pauses, stopOf(p, info.Positions))
	}
	if info.PausedByFile {
		s.Pauses = append(s.Pauses, Stop{What: "everything", Scope: string(state.ScopeAll), Reason: "the file PAUSED lies beside the state"})
	}
	for _, src := range info.Sources {
		s.Sources = append(s.Sources, SourceStatus{SourceInfo: src, Last: counts.LastEvent[src.Name]})
	}
	if s.Problems == nil {
		s.Problems = []string{}
	}
	return s, nil
}

// ofInvites tells whether a word counts invites alone. What is held or failed
// wants a person whatever it is, and what would be is not live.
func ofInvites(w flowd.Word) bool {
	return w != flowd.WordHeld && w != flowd.WordFailed && w != flowd.WordWould
}

// NeedsPerson tells whether something waits for a person: the exit code of
// `flowd status` says so.
func (s Status) NeedsPerson() bool {
	return !s.Running || len(s.Problems) > 0 || len(s.Pauses) > 0 || s.Rules.Stale != "" ||
		s.People[flowd.WordHeld] > 0 || s.People[flowd.WordFailed] > 0
}

func stopOf(p state.Pause, positions []flowd.Position) Stop {
	s := Stop{Scope: string(p.Scope), Reason: p.Reason.InWords(), Detail: p.Detail, Since: p.Since, By: p.By, Probe: p.ProbeAt}
	kind, id := p.Scope.Split()
	switch kind {
	case "all":
		s.What = "everything"
	case "account":
		s.What = "every invite of the account"
	case "rule":
		s.What = "rule " + id
	case "position":
		s.What = "position " + id
		if i := slices.IndexFunc(positions, func(q flowd.Position) bool { return q.ID == id }); i >= 0 {
			s.What = fmt.Sprintf("position %q", positions[i].Name)
		}
	}
	return s
}
