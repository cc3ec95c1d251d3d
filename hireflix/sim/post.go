package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// post sends webhooks, one after the other, in a goroutine that is there while
// there is something to send.
type post struct {
	sign    func(body []byte) string
	client  *http.Client
	timeout time.Duration

	mu       sync.Mutex
	policy   Policy
	seen     map[occasion]int
	waiting  []*delivery // to be sent or on its way, in the order queued
	entered  []*delivery // all of them
	log      []logged
	tries    int
	sequence int
	sent     int // first tries
	closed   bool
	running  bool
	stop     context.CancelFunc // ends the goroutine
	wake     chan struct{}      // holds one wish to look again
	changed  chan struct{}      // closed and replaced when a delivery is done
	workers  sync.WaitGroup
}

func newPost(options Options, sign func([]byte) string) *post {
	transport := options.Transport
	if transport == nil {
		// A connection for each: net/http sends a request again by itself when
		// a reused one drops, and a test counts.
		transport = &http.Transport{DisableKeepAlives: true}
	}
	return &post{
		sign: sign, timeout: options.WebhookTimeout,
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		seen: make(map[occasion]int), wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
}

// start is called under the lock when there may be something to do.
func (p *post) start() {
	if p.closed || len(p.waiting) == 0 {
		return
	}
	if p.running {
		select {
		case p.wake <- struct{}{}:
		default: // it will look anyway
		}
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	p.running, p.stop = true, stop
	p.workers.Go(func() {
		defer stop()
		p.run(ctx)
	})
}

// close gives up what is waiting and returns when nothing runs any more.
func (p *post) close() {
	p.mu.Lock()
	p.closed = true
	if p.stop != nil {
		p.stop()
	}
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()
	p.workers.Wait()
	p.client.CloseIdleConnections()
}

func (p *post) run(ctx context.Context) {
	for {
		next, wait := p.next(time.Now())
		switch {
		case next != nil:
			p.send(ctx, next)
		case wait < 0:
			return
		default:
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-p.wake:
			case <-ctx.Done():
			}
			timer.Stop()
		}
	}
}

// next is the delivery to send now; else how long to wait; else, if that is
// negative, the goroutine is to end.
func (p *post) next(now time.Time) (*delivery, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var chosen *delivery
	var again time.Time
	for _, d := range p.waiting {
		switch is, at := d.ready(now, p.sequence); {
		case is && (chosen == nil || d.before(chosen)):
			chosen = d
		case !is && !at.IsZero() && (again.IsZero() || at.Before(again)):
			again = at
		}
	}
	switch {
	case p.closed || chosen == nil && again.IsZero():
		p.running = false
		return nil, -1
	case chosen != nil:
		if chosen.Tries++; chosen.Tries == 1 {
			p.sent++
			chosen.Place = p.sent
		}
		return chosen, 0
	}
	return nil, again.Sub(now)
}

// send makes one try.
func (p *post) send(ctx context.Context, d *delivery) {
	signature := p.sign([]byte(d.Body))
	status, answer, err := p.exchange(ctx, d.URL, d.Body, signature)
	entry := logged{
		webhook: d.Webhook, event: d.Event, url: d.URL, at: d.at.Add(time.Since(d.since)),
		body: d.Body, signature: signature, status: status, answer: answer,
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d.Status, d.Problem = status, ""
	if err != nil {
		d.Problem = err.Error()
		entry.problem = d.Problem
	}
	p.tries++
	entry.number = p.tries
	p.log = append(p.log, entry)
	if over := len(p.log) - longestLog; over > 0 {
		p.log = slices.Clone(p.log[over:])
	}
	if (status < 200 || status > 299) && d.Tries <= d.policy.Retries {
		d.until, d.parked = time.Now().Add(d.policy.RetryAfter), false
		return
	}
	d.Done = true
	p.waiting = slices.DeleteFunc(p.waiting, func(other *delivery) bool { return other == d })
	close(p.changed)
	p.changed = make(chan struct{})
}

// exchange posts a body and reads the start of the answer.
func (p *post) exchange(ctx context.Context, url, body, signature string) (status int, answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(SignatureHeader, signature)
	response, err := p.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	start, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if closing := response.Body.Close(); err == nil {
		err = closing
	}
	return response.StatusCode, string(start), err
}

// longestLog is the number of tries that the delivery log keeps.
const longestLog = 2000

// logged is one try in the delivery log.
type logged struct {
	webhook, event, url string
	number              int
	at                  time.Time
	body, signature     string
	status              int
	answer, problem     string
}

type webhookLogObject struct {
	ID, Emitter, URL, Status *string
	Date                     *timestamp
	Request, Response        *jsonValue
}

// object is a line of the delivery log. What it looks like is not known but
// for its names.
func (l logged) object() *webhookLogObject {
	id, status := fmt.Sprintf("%024x", l.number), strconv.Itoa(l.status)
	response := &jsonValue{map[string]any{"status": l.status, "body": l.answer}}
	if l.status == 0 {
		status, response = "failed", &jsonValue{map[string]any{"error": l.problem}}
	}
	request := &jsonValue{map[string]any{
		"headers": map[string]any{"Content-Type": "application/json", SignatureHeader: l.signature},
		"body":    json.RawMessage(l.body),
	}}
	return &webhookLogObject{ID: &id, Emitter: &l.event, URL: &l.url, Status: &status, Date: stamp(l.at), Request: request, Response: response}
}

// WebhookLogs lists the tries for a webhook, newest first; null for one that
// is not there.
func (q *query) WebhookLogs(args struct{ ID string }) *[]*webhookLogObject {
	q.server.mu.Lock()
	known := q.server.account.webhook(args.ID) != nil
	q.server.mu.Unlock()
	if !known {
		return nil
	}
	p := q.server.post
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []*webhookLogObject{}
	for _, l := range slices.Backward(p.log) {
		if l.webhook == args.ID {
			list = append(list, l.object())
		}
	}
	return &list
}
