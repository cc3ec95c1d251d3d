package hireflix

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/shurcooL/graphql"

	"flowd"
	"flowd/internal/fault"
)

var (
	opInterview  = operation{name: "FlowdInterview", doing: "read an interview"}
	opTranscript = operation{name: "FlowdTranscript", doing: "read a transcript"}
	opDuration   = operation{name: "FlowdDuration", doing: "read the length of an interview"}
	opTracking   = operation{name: "FlowdTracking", doing: "read what was sent for an interview"}
)

type oneQuery[R seenType] struct {
	Interview *R `graphql:"interview(id: $id)"`
}

// singles are the ways to read one interview, the best first.
var singles = []func(context.Context, *Client, string) (*placedRow, *exchange, error){
	readOne[placedRow], readOne[scoredRow], readOne[row],
}

func readOne[R seenType](ctx context.Context, c *Client, id string) (*placedRow, *exchange, error) {
	answer, ex, err := ask[oneQuery[R]](ctx, c, opInterview, map[string]any{"id": graphql.String(id)})
	if err != nil || answer.Interview == nil {
		return nil, ex, err
	}
	found := (*answer.Interview).whole()
	return &found, ex, nil
}

// Interview reads one interview as it stands; the second result is false when
// there is none with this id. It is a query and repeats itself a few times.
func (c *Client) Interview(ctx context.Context, id string) (flowd.Sighting, bool, error) {
	for way := int(c.single.Load()); ; way++ {
		found, ex, err := singles[way](ctx, c, id)
		switch {
		case errors.Is(err, errRefusedBySchema) && way+1 < len(singles):
			c.single.CompareAndSwap(int64(way), int64(way+1))
			c.notice("Hireflix's schema has changed: reading an interview with all that is wanted is refused, so less is known of each; look for a newer version of flowd")
			continue
		case fault.Is(err, fault.NotFound):
			return flowd.Sighting{}, false, nil
		case err != nil:
			return flowd.Sighting{}, false, err
		case found == nil:
			return flowd.Sighting{}, false, nil
		case found.ID == "":
			return flowd.Sighting{}, false, fault.New(fault.Unknown, opInterview.doing, "the answer names no interview")
		}
		return found.sighting(flowd.Position{}, ex.at()), true, nil
	}
}

type transcriptQuery struct {
	Interview *struct {
		Questions []struct {
			Title  word
			Answer *struct {
				Transcription *struct{ Text word }
			}
		}
	} `graphql:"interview(id: $id)"`
}

// Transcript reads what was said in an interview: for each answer the question
// on a line of its own and the text below. It is made after the interview is
// finished, so that an answer can be without: then ready is false, and the text
// holds what there is. An interview that is not there is a fault.NotFound.
func (c *Client) Transcript(ctx context.Context, id string) (text string, ready bool, err error) {
	answer, err := query[transcriptQuery](ctx, c, opTranscript, map[string]any{"id": graphql.String(id)})
	if err != nil {
		return "", false, told(opTranscript, err)
	}
	if answer.Interview == nil {
		return "", false, missing(opTranscript)
	}
	var parts []string
	answers, written := 0, 0
	for _, q := range answer.Interview.Questions {
		if q.Answer == nil {
			continue
		}
		answers++
		if q.Answer.Transcription == nil {
			continue
		}
		written++
		if said := strings.TrimSpace(string(q.Answer.Transcription.Text)); said != "" {
			parts = append(parts, strings.TrimSpace(strings.TrimSpace(string(q.Title))+"\n"+said))
		}
	}
	return strings.Join(parts, "\n\n"), answers > 0 && written == answers, nil
}

type durationQuery struct {
	Interview *struct {
		Questions []struct {
			Answer *struct{ Meta *struct{ Duration word } }
		}
	} `graphql:"interview(id: $id)"`
}

// longestAnswer is more seconds than anybody answers one question. The unit of a
// duration is not documented: seconds fit what public clients do with it, and
// what would be longer than this is taken for milliseconds.
const longestAnswer = 3 * 60 * 60

// Duration is how long an interview's answers are together (the vendor's guide,
// Q18); zero while nothing is known of them. An interview that is not there is a
// fault.NotFound.
func (c *Client) Duration(ctx context.Context, id string) (time.Duration, error) {
	answer, err := query[durationQuery](ctx, c, opDuration, map[string]any{"id": graphql.String(id)})
	if err != nil {
		return 0, told(opDuration, err)
	}
	if answer.Interview == nil {
		return 0, missing(opDuration)
	}
	sum, longest := 0.0, 0.0
	for _, q := range answer.Interview.Questions {
		if q.Answer == nil || q.Answer.Meta == nil {
			continue
		}
		if v, err := strconv.ParseFloat(string(q.Answer.Meta.Duration), 64); err == nil && v > 0 && v < 1e9 {
			sum, longest = sum+v, max(longest, v)
		}
	}
	if longest > longestAnswer {
		sum /= 1000
	}
	return time.Duration(sum * float64(time.Second)).Round(time.Millisecond), nil
}

type trackingQuery struct {
	Interview *struct {
		Tracking []struct{ Date instant }
	} `graphql:"interview(id: $id)"`
}

// Tracking counts the messages that Hireflix has sent for an interview. None,
// some time after the invite, is what a position with an empty Messages box looks
// like. That `tracking` lists them is how public clients read it; an answer
// without the list is no count and a fault. An interview that is not there is a
// fault.NotFound.
func (c *Client) Tracking(ctx context.Context, id string) (int, error) {
	answer, err := query[trackingQuery](ctx, c, opTracking, map[string]any{"id": graphql.String(id)})
	switch {
	case err != nil:
		return 0, told(opTracking, err)
	case answer.Interview == nil:
		return 0, missing(opTracking)
	case answer.Interview.Tracking == nil:
		return 0, fault.New(fault.Unknown, opTracking.doing, "the answer holds no list of messages")
	}
	return len(answer.Interview.Tracking), nil
}

func missing(op operation) *fault.Error {
	return fault.New(fault.NotFound, op.doing, "no interview has this id")
}

// told words the refusal of a request that has no smaller form: it is no passing
// fault, and asking again does not help.
func told(op operation, err error) error {
	if !errors.Is(err, errRefusedBySchema) {
		return err
	}
	f := fault.New(fault.Unknown, op.doing, "Hireflix's schema does not have it: look for a newer version of flowd")
	f.RequestID = faultID(err)
	return f
}

func faultID(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.RequestID
	}
	return ""
}
