// Package notify tells people and other systems what they need to know: by
// e-mail, Slack, Teams and signed webhooks. It holds the notices that go out
// once a cause, the digest of each working morning and the call to an outside
// monitor. It reads no configuration and stores nothing itself.
package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"flowd/internal/fault"
)

// Message is one thing to be said, in plain text. Each channel escapes what its
// medium needs, so nothing in it is ever markup.
type Message struct {
	// Key tells a repeated message from a new one: it becomes the e-mail's
	// Message-ID and the webhook's webhook-id. It is required.
	Key     string
	Owner   string // whom it is for, as rule files name them
	Subject string // one line
	Text    string
	Facts   []Fact
	// Table says that Text is laid out in columns: it is shown in a fixed pitch
	// where the medium can.
	Table bool
}

// Fact is one line under a message: what, and how it stands.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Channel is one way to reach somebody. Send returns nil when the far side has
// taken the message over, and else a fault: Invalid, NotFound and Unauthorized
// want somebody to change something; Unavailable and RateLimited went nowhere
// and can be repeated; Uncertain may have arrived. No fault holds an address, a
// URL, a secret or any of the message. Send bounds its own time and is safe for
// concurrent use.
type Channel interface {
	Send(ctx context.Context, m Message) error
}

// Bounds of a message. Longer ones are cut, because a message that says less is
// better than one that a medium refuses.
const (
	maxSubject = 150 // characters; a title of Teams and most lists of mail show fewer
	maxText    = 16 << 10
	maxFacts   = 30
	maxFact    = 300
)

// tidy returns the message as every channel sends it: bounded, without control
// characters, and with an id that fits a header.
func (m Message) tidy(op string) (Message, error) {
	if m.Key == "" {
		return m, fault.New(fault.Internal, op, "the message has no key")
	}
	m.Key = idOf(m.Key)
	m.Owner = line(m.Owner, maxSubject)
	m.Subject = line(m.Subject, maxSubject)
	m.Text = strings.TrimRight(clip(strings.Map(visible, strings.ReplaceAll(strings.ToValidUTF8(m.Text, "\uFFFD"), "\r\n", "\n")), maxText), "\n ")
	facts := m.Facts[:min(len(m.Facts), maxFacts)]
	m.Facts = make([]Fact, len(facts))
	for i, f := range facts {
		m.Facts[i] = Fact{Label: line(f.Label, maxFact), Value: line(f.Value, maxFact)}
	}
	return m, nil
}

// idOf is a key as it may stand in a header: itself if it is plain, else its
// digest. Standard Webhooks joins the id with full stops, so it may hold none.
func idOf(key string) string {
	odd := func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if len(key) <= 100 && !strings.ContainsFunc(key, odd) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "flowd-" + hex.EncodeToString(sum[:16])
}

// body is the text with the facts below it, for media without a form of their
// own for facts.
func (m Message) body() string {
	var b strings.Builder
	b.WriteString(m.Text)
	if len(m.Facts) > 0 && m.Text != "" {
		b.WriteString("\n\n")
	}
	for i, f := range m.Facts {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Label + ": " + f.Value)
	}
	return b.String()
}

// line makes s one line of at most n characters.
func line(s string, n int) string {
	words := strings.Fields(strings.Map(visible, strings.ToValidUTF8(s, "\uFFFD")))
	runes := []rune(strings.Join(words, " "))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes)
}

// visible drops what does not print, and what changes the direction of the text
// around it.
func visible(r rune) rune {
	switch {
	case r == '\n':
		return r
	case r == '\t':
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029', r == '\uFEFF':
		return -1
	}
	return r
}

// clip cuts s to n bytes, at a line's end where there is one near.
func clip(s string, n int) string {
	const tail = "\n…"
	if len(s) <= n {
		return s
	}
	s = strings.ToValidUTF8(s[:n-len(tail)], "")
	if at := strings.LastIndexByte(s, '\n'); at > len(s)/2 {
		s = s[:at]
	}
	return s + tail
}
