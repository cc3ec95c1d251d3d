package atssim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// delivery is a hook that is to be sent: the same bytes however often.
type delivery struct{ body []byte }

// tell puts what happened into the queue.
func (a *ATS) tell(app *application, event string, from Stage, via string) {
	body := map[string]any{
		"id": fmt.Sprintf("evt-%06d", len(a.told)+1), "event": event, "sent_at": a.opts.Now().UTC().Format(time.RFC3339Nano),
		"application": map[string]any{"id": app.ID}, "candidate": map[string]any{"id": app.Candidate},
	}
	if event != "deleted" {
		body["via"], body["from"], body["stage"] = via, stageJSON(from), stageJSON(app.Stage)
		body["application"] = map[string]any{"id": app.ID, "status": app.Status, "recruiter": app.recruiter, "tags": app.Tags, "source": app.person.Source, "fields": app.Fields}
		if via == "move" {
			body["by"] = app.recruiter
		}
		body["job"] = map[string]string{"id": app.Job, "name": a.jobs[app.Job].name, "department": a.jobs[app.Job].department}
		body["candidate"] = map[string]string{
			"id": app.Candidate, "email": app.person.Email, "first_name": app.person.FirstName, "last_name": app.person.LastName, "phone": app.person.Phone,
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic("atssim: " + err.Error()) // texts alone: cannot happen
	}
	a.told = append(a.told, delivery{text})
	a.queue(delivery{text})
}

func (a *ATS) queue(d delivery) {
	a.pending = append(a.pending, d)
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Repeat queues the n-th hook that was told of, from 1, once more: the same bytes.
// One that was never told of is not repeated.
func (a *ATS) Repeat(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n > 0 && n <= len(a.told) {
		a.queue(a.told[n-1])
	}
}

// Unheard drops the hooks that nobody has accepted yet: what happened until now
// happened before anybody listened.
func (a *ATS) Unheard() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending = nil
}

// Delivered is how many hooks were accepted, repeated ones too.
func (a *ATS) Delivered() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.accepted
}

// Undelivered is how many hooks nobody has accepted yet.
func (a *ATS) Undelivered() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.pending)
}

// Deliver sends the hooks that are due to an address, in order, each once, and
// returns the first failure. What was not accepted stays due.
func (a *ATS) Deliver(ctx context.Context, client *http.Client, url string) error {
	for {
		a.mu.Lock()
		if len(a.pending) == 0 {
			a.mu.Unlock()
			return nil
		}
		next := a.pending[0]
		a.mu.Unlock()
		if err := a.post(ctx, client, url, next.body); err != nil {
			return err
		}
		a.mu.Lock()
		a.pending = a.pending[1:]
		a.accepted++
		a.mu.Unlock()
	}
}

// Run delivers whatever happens until ctx ends. Where is asked before each try,
// since the receiver may come back at another address; after a failure the same
// hook is sent again a little later.
func (a *ATS) Run(ctx context.Context, client *http.Client, where func() string) {
	for ctx.Err() == nil {
		var again <-chan time.Time
		if a.Deliver(ctx, client, where()) != nil {
			again = time.After(50 * time.Millisecond)
		}
		select {
		case <-ctx.Done():
		case <-again:
		case <-a.wake:
		}
	}
}

func (a *ATS) post(ctx context.Context, client *http.Client, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, []byte(a.opts.Secret))
	mac.Write(body)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("atssim: the hook is answered %s", resp.Status)
	}
	return nil
}

// Source is the entry under sources: of a flowd.yaml for this system, indented by
// two. The API stands at url; the files hold Options.Secret and Options.Token.
// The custom fields named last are told of as well.
func Source(name, url, secretFile, tokenFile string, fields ...string) string {
	own := ""
	if len(fields) > 0 {
		own = "      fields:\n"
	}
	for _, f := range fields {
		own += fmt.Sprintf("        %s: 'body.application.fields?.[%q] ?? \"\"'\n", f, f)
	}
	return strings.NewReplacer("NAME", name, "URL", strings.TrimSuffix(url, "/"), "SECRET", secretFile, "TOKEN", tokenFile, "      FIELDS\n", own).Replace(source)
}

const source = `  - name: NAME
    kind: webhook
    webhook:
      secret: {file: SECRET}
      verify: {signature: "header:X-Signature", prefix: "sha256="}
    event_id: body.id
    map:
      type: 'body.event == "moved" ? "stage.entered" : "application." + body.event'
      at: body.sent_at
      via: body.via ?? ""
      moved_by: body.by ?? ""
      application:
        id: body.application.id
        status: body.application.status ?? ""
        recruiter: body.application.recruiter ?? ""
        tags: body.application.tags ?? nil
        source: body.application.source ?? ""
      FIELDS
      stage_id: body.stage.id ?? ""
      stage: body.stage.name ?? ""
      from_id: body.from.id ?? ""
      from: body.from.name ?? ""
      job.id: body.job.id ?? ""
      job.name: body.job.name ?? ""
      job.department: body.job.department ?? ""
      candidate:
        id: body.candidate.id
        email: body.candidate.email ?? ""
        first_name: body.candidate.first_name ?? ""
        last_name: body.candidate.last_name ?? ""
        phone: body.candidate.phone ?? ""
        tags: body.application.tags ?? nil
    write:
      auth: {bearer: {file: TOKEN}}
      note:
        url: "URL/api/applications/${application.id}/notes"
        body: {text: "${text}"}
        written: {url: "URL/api/applications/${application.id}/notes", when: "any(body.notes, #.text contains mark)"}
      tag:
        url: "URL/api/applications/${application.id}/tags"
        body: {tag: "${target}"}
        written: {url: "URL/api/applications/${application.id}", when: "target in body.tags"}
      field:
        method: PUT
        url: "URL/api/applications/${application.id}/fields/${target}"
        body: {value: "${text}"}
        written: {url: "URL/api/applications/${application.id}", when: "any(body.fields, #.name == target and #.value == text)"}
      move:
        url: "URL/api/applications/${application.id}/move"
        body: {from: "${from_id ?? from}", to: "${target}"}
        written: {url: "URL/api/applications/${application.id}", when: "body.stage.name == target or body.stage.id == target"}
      link:
        url: "URL/api/applications/${application.id}/links"
        body: {label: "${target}", url: "${text}"}
        written: {url: "URL/api/applications/${application.id}", when: "any(body.links, #.label == target and #.url == text)"}
`
