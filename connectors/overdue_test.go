package connectors_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"flowd"
	"flowd/connectors"
)

type failing struct{ after time.Time }

func (f failing) Poll(context.Context, []byte) (flowd.Batch, bool, error) {
	if time.Now().Before(f.after) {
		return flowd.Batch{}, false, nil
	}
	return flowd.Batch{}, false, errors.New("no answer")
}

// One failure is no news; a source that fails for long is overdue.
func TestPolls_Overdue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := connectors.NewPolls(connectors.PollOptions{
			Cursor: func(context.Context, string) ([]byte, error) { return nil, nil },
			Admit:  func(context.Context, flowd.Batch) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.Run(ctx, []connectors.Source{
				{Name: "well", Every: time.Minute, Poller: failing{time.Now().Add(24 * time.Hour)}},
				{Name: "late", Every: time.Minute, Poller: failing{time.Now().Add(10 * time.Minute)}},
			})
		}()
		time.Sleep(20 * time.Minute)
		if late := p.Overdue(time.Now()); len(late) != 0 {
			t.Errorf("overdue after ten minutes of failure: %v", late)
		}
		time.Sleep(10 * time.Minute)
		if late := p.Overdue(time.Now()); len(late) != 1 || late[0] != "late" {
			t.Errorf("overdue are %v, want late", late)
		}
		cancel()
		<-done

		// Configured anew, it is overdue still until it is asked well; what is not
		// asked any more is not.
		again, stop := context.WithCancel(t.Context())
		stop()
		p.Run(again, []connectors.Source{{Name: "late", Every: time.Hour, Poller: failing{}}})
		if late := p.Overdue(time.Now()); len(late) != 1 || late[0] != "late" {
			t.Errorf("overdue after a reload are %v, want late", late)
		}
		p.Run(again, []connectors.Source{{Name: "late"}})
		if late := p.Overdue(time.Now().Add(time.Hour)); len(late) != 0 {
			t.Errorf("overdue are %v, and nothing is asked", late)
		}
	})
}
