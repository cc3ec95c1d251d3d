package bolt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"flowd"
	"flowd/state/bolt"
	"flowd/state/statetest"
)

// BenchmarkAdmit compares taking in an event with the least that any durable
// receiver does: one put of the same bytes, in commits that all waiting share.
func BenchmarkAdmit(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d/flowd", callers), func(b *testing.B) {
			s, err := bolt.Open(filepath.Join(b.TempDir(), "flowd.db"), bolt.Options{}, statetest.Began)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			hammer(b, callers, func(i int) error {
				_, err := s.Admit(context.Background(), delivery(i), statetest.Began)
				return err
			})
		})
		b.Run(fmt.Sprintf("callers=%d/bare", callers), func(b *testing.B) {
			put, end := bare(b)
			defer end()
			hammer(b, callers, func(i int) error {
				ev := delivery(i).Events[0]
				body, err := json.Marshal(ev)
				if err != nil {
					return err
				}
				return put([]byte(ev.Key), body)
			})
		})
	}
}

// hammer lets callers call as fast as they are answered.
func hammer(b *testing.B, callers int, call func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for {
				i := int(next.Add(1))
				if i > b.N {
					return
				}
				if err := call(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// delivery is a hook of the usual size.
func delivery(i int) flowd.Batch {
	id := fmt.Sprint(1_000_000 + i)
	return flowd.Batch{Source: "hook", ATS: "ats", Events: []flowd.Event{{
		Key: "hook\x00" + fmt.Sprintf("%016x", uint64(i)*0x9e3779b97f4a7c15) + "\x000", Source: "hook", ATS: "ats",
		Type: flowd.StageEntered, At: statetest.Began, Via: flowd.ViaMove, Stage: flowd.Stage{ID: "4521", Name: "Video interview"},
		Application: flowd.Application{
			ID: id, Status: flowd.StatusActive, Source: "LinkedIn", AppliedAt: statetest.Began,
			Job:       flowd.Job{ID: "98", Name: "Account Executive, Berlin", Department: "Sales", Location: "Berlin", Country: "DE"},
			Candidate: flowd.Candidate{ID: "c" + id, Email: "rowan." + id + "@example.com", FirstName: "Rowan", LastName: "Brook", Country: "DE", Language: "de"},
		},
	}}}
}

// bare is a bbolt file with one bucket and a group commit, and nothing else.
func bare(b *testing.B) (put func(k, v []byte) error, end func()) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{
		NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30, NoStatistics: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	type member struct {
		k, v []byte
		done chan error
	}
	queue := make(chan member, 1024)
	var writer sync.WaitGroup
	writer.Go(func() {
		for first := range queue {
			group := []member{first}
			for more := true; more; {
				select {
				case m, open := <-queue:
					if more = open; open {
						group = append(group, m)
					}
				default:
					more = false
				}
			}
			err := db.Update(func(tx *bbolt.Tx) error {
				in, err := tx.CreateBucketIfNotExists([]byte("events"))
				if err != nil {
					return err
				}
				for _, m := range group {
					if err := in.Put(m.k, m.v); err != nil {
						return err
					}
				}
				return nil
			})
			for _, m := range group {
				m.done <- err
			}
		}
	})
	put = func(k, v []byte) error {
		m := member{k, v, make(chan error, 1)}
		queue <- m
		return <-m.done
	}
	return put, func() {
		close(queue)
		writer.Wait()
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}
}
