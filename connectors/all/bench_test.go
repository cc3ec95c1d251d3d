package all_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
)

// native is what a connector of code would make of Recruitee's webhook.
type native struct {
	ID        json.Number `json:"id"`
	CreatedAt time.Time   `json:"created_at"`
	Type      string      `json:"event_type"`
	Subtype   string      `json:"event_subtype"`
	Payload   struct {
		Candidate struct {
			ID     json.Number `json:"id"`
			Name   string      `json:"name"`
			Emails []string    `json:"emails"`
			Phones []string    `json:"phones"`
			Source string      `json:"source"`
		} `json:"candidate"`
		Offer struct {
			ID         json.Number `json:"id"`
			Title      string      `json:"title"`
			Department string      `json:"department"`
			Tags       []string    `json:"tags"`
		} `json:"offer"`
		Details struct {
			From nativeStage `json:"from_stage"`
			To   nativeStage `json:"to_stage"`
		} `json:"details"`
	} `json:"payload"`
}

type nativeStage struct {
	ID   json.Number `json:"id"`
	Name string      `json:"name"`
}

func (s nativeStage) stage() flowd.Stage {
	return connectors.Stage(flowd.Stage{ID: s.ID.String(), Name: s.Name})
}

func decodeNatively(source string, body []byte) (flowd.Event, error) {
	var n native
	if err := connectors.DecodeJSON(body, &n); err != nil {
		return flowd.Event{}, err
	}
	c, o := n.Payload.Candidate, n.Payload.Offer
	ev := flowd.Event{
		Key: connectors.HookKey(source, n.ID.String(), 0), Type: flowd.StageEntered, At: n.CreatedAt.UTC(), Via: flowd.ViaMove,
		Stage: n.Payload.Details.To.stage(), From: n.Payload.Details.From.stage(),
		Application: flowd.Application{
			ID: c.ID.String() + "-" + o.ID.String(), Source: c.Source,
			Job:       flowd.Job{ID: o.ID.String(), Name: o.Title, Department: o.Department, Tags: o.Tags},
			Candidate: flowd.Candidate{ID: c.ID.String(), Name: c.Name},
		},
	}
	if len(c.Phones) > 0 {
		ev.Application.Candidate.Phone = c.Phones[0]
	}
	var v connectors.Visitor
	for _, e := range c.Emails {
		v.Addresses = append(v.Addresses, connectors.Address{Value: e})
	}
	connectors.Door{}.Admit(&ev.Application, v)
	return ev, nil
}

// One stage change by a preset, and by the code that it takes the place of: the
// same event, in turns within one run.
func BenchmarkPreset(b *testing.B) {
	body, err := os.ReadFile("testdata/recruitee/move.json")
	if err != nil {
		b.Fatal(err)
	}
	s := recruitee(b).Build(b, false)
	d := flowd.Delivery{Source: s.Name, Body: body}
	byPreset := func() flowd.Event {
		batch, _, err := s.Receiver.Decode(d)
		if err != nil || len(batch.Events) != 1 {
			b.Fatal(len(batch.Events), err)
		}
		return batch.Events[0]
	}
	byCode := func() flowd.Event {
		ev, err := decodeNatively(s.Name, body)
		if err != nil {
			b.Fatal(err)
		}
		return ev
	}
	if diff := cmp.Diff(byCode(), byPreset()); diff != "" {
		b.Fatal(diff)
	}
	b.ReportAllocs()
	var preset, code time.Duration
	for b.Loop() {
		const turns = 20 // of each, so that what else the machine does weighs on both
		start := time.Now()
		for range turns {
			byPreset()
		}
		middle := time.Now()
		for range turns {
			byCode()
		}
		preset, code = preset+middle.Sub(start)/turns, code+time.Since(middle)/turns
	}
	b.ReportMetric(float64(preset.Nanoseconds())/float64(b.N), "ns/preset")
	b.ReportMetric(float64(code.Nanoseconds())/float64(b.N), "ns/code")
	b.ReportMetric(float64(preset)/float64(code), "times")
}
