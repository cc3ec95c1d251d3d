package daemon_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/daemon"
	"flowd/internal/fault"
)

// farATS is an ATS behind a kind of the tests, far: it lists what it has, shows
// how its applications stand, and can be asked about one.
type farATS struct {
	mu      sync.Mutex
	jobs    []flowd.Job
	stages  map[string][]flowd.Stage // by job; all under ""
	fields  []connectors.CatalogField
	apps    []flowd.Snapshot
	refuses error // of what it lists
	// lacks and vain are what it says of the rights of the key.
	lacks, vain []string
	asked       map[string]int
}

func (f *farATS) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *farATS) count(what string) error {
	if f.asked == nil {
		f.asked = map[string]int{}
	}
	f.asked[what]++
	return f.refuses
}

func (f *farATS) times(what string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[what]
}

func (f *farATS) Jobs(context.Context) ([]flowd.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.jobs), f.count("jobs")
}

func (f *farATS) Stages(_ context.Context, job string) ([]flowd.Stage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.stages[job]), f.count("stages of " + job)
}

func (f *farATS) Fields(context.Context) ([]connectors.CatalogField, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.fields), f.count("fields")
}

func (f *farATS) Rights(context.Context, []flowd.ActionKind) (lacks, vain []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lacks, f.vain, f.refuses
}

// Poll shows two applications a page; its cursor is where it goes on, and then the
// end, behind which there is nothing new.
func (f *farATS) Poll(_ context.Context, cursor []byte) (flowd.Batch, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var at int
	if len(cursor) > 0 {
		if err := json.Unmarshal(cursor, &at); err != nil {
			return flowd.Batch{}, false, err
		}
	}
	page := f.apps[min(at, len(f.apps)):min(at+2, len(f.apps))]
	next, err := json.Marshal(at + len(page))
	return flowd.Batch{Seen: slices.Clone(page), Cursor: next}, at+len(page) < len(f.apps), err
}

func (f *farATS) Fetch(_ context.Context, id string) (flowd.Application, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.apps {
		if a.ID == id {
			return a.Application, nil
		}
	}
	return flowd.Application{}, fault.New(fault.NotFound, "fetch", "no such application")
}

// farWorld is a world whose ATS is far.
func farWorld(t *testing.T, s settings) *world {
	t.Helper()
	w := newWorld(t, s)
	w.replace("flowd.yaml", "  - name: greenhouse\n    kind: greenhouse\n    webhook: {secret: {file: hook}}\n", "  - {name: far-source, kind: far, ats: far}\n")
	return w
}

func (w *world) farOptions(far *farATS) daemon.Options {
	o := w.options()
	o.Kinds = append(o.Kinds, connectors.NewKind("far", "An ATS of the tests.", func(struct{}, connectors.Common) (connectors.Source, error) {
		return connectors.Source{Poller: far, Fetcher: far, Catalog: far, Rights: far, Every: time.Hour, MaxAge: 24 * time.Hour,
			Members: []string{"field", "candidate.source", "job.department"}}, nil
	}))
	return o
}
