package sim

import (
	"math/rand/v2"
	"time"
)

// Answer is what a request hears.
type Answer string

const (
	// Truth is what really happened; the operation always takes effect.
	Truth Answer = ""
	// Closed ends the connection without a word.
	Closed Answer = "closed"
	// Silence says nothing until the client goes away or [Options.Hang] is
	// over, and then ends the connection.
	Silence Answer = "silence"
	// RateLimited is HTTP 429, with Retry-After if [Effect.RetryAfter] is set.
	RateLimited Answer = "rate limited"
	// ServerError is HTTP 500, or [Effect.Status].
	ServerError Answer = "server error"
	// InternalError is HTTP 200 with an item of errors whose code is 500 (the
	// vendor's guide, Q25).
	InternalError Answer = "internal error"
	// Unauthorized is what a wrong key hears: {"message":"Unauthorized"}.
	Unauthorized Answer = "unauthorized"
	// NotJSON is HTTP 200, or [Effect.Status], with a page of HTML.
	NotJSON Answer = "not json"
	// Oversized is HTTP 200 with [Effect.Bytes] of JSON.
	Oversized Answer = "oversized"
	// UnknownMember answers an invite with a member of the union that is not
	// in [Schema]. To other operations it is Truth.
	UnknownMember Answer = "unknown member"
)

// Effect is what becomes of one request. The zero Effect is an honest server.
type Effect struct {
	// Answer is what the client hears.
	Answer Answer
	// Applied lets the operation take effect although the answer hides it.
	// With Truth it always does.
	Applied bool
	// Delay passes before the operation takes effect, whether or not the
	// client still waits: a look-up in the meantime finds nothing.
	Delay time.Duration
	// Gate, if not nil, is waited for like Delay, until it is closed or hands
	// over a value. It lets a test order events without a clock.
	Gate <-chan struct{}
	// RetryAfter is rounded up to whole seconds, the header's unit.
	RetryAfter time.Duration
	// Status replaces the HTTP status of ServerError and NotJSON.
	Status int
	// Bytes is the size of an Oversized answer; 8 MiB if 0.
	Bytes int
}

// Refuse closes the connection and does nothing.
func Refuse() Effect { return Effect{Answer: Closed} }

// TimeoutBefore does nothing and never answers.
func TimeoutBefore() Effect { return Effect{Answer: Silence} }

// TimeoutAfter does what was asked and never answers.
func TimeoutAfter() Effect { return Effect{Answer: Silence, Applied: true} }

// Slow answers the truth, which comes about after a delay.
func Slow(delay time.Duration) Effect { return Effect{Delay: delay} }

// Fault decides what becomes of a request, from one operation in it. A request
// of several operations is asked about each until one is not the zero Effect,
// which then holds for the whole request. Calls do not overlap.
type Fault func(Operation) Effect

// Script hands out effects one by one, then none.
func Script(effects ...Effect) Fault {
	return func(Operation) Effect {
		if len(effects) == 0 {
			return Effect{}
		}
		next := effects[0]
		effects = effects[1:]
		return next
	}
}

// On is a fault for operations of one kind; the others are let alone, and a
// script is not used up by them.
func On(kind Kind, fault Fault) Fault {
	return func(op Operation) Effect {
		if op.Kind != kind {
			return Effect{}
		}
		return fault(op)
	}
}

// First asks faults in turn and takes the first effect that is not zero.
func First(faults ...Fault) Fault {
	return func(op Operation) Effect {
		for _, fault := range faults {
			if effect := fault(op); effect != (Effect{}) {
				return effect
			}
		}
		return Effect{}
	}
}

// Odds is an effect and its share of all operations, between 0 and 1.
type Odds struct {
	Effect Effect
	Share  float64
}

// Random draws effects by their odds from a seeded source. What the odds leave
// over is an honest server.
func Random(seed uint64, odds ...Odds) Fault {
	source := rand.New(rand.NewPCG(seed, seed))
	return func(Operation) Effect {
		draw := source.Float64()
		for _, o := range odds {
			if draw < o.Share {
				return o.Effect
			}
			draw -= o.Share
		}
		return Effect{}
	}
}
