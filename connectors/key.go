package connectors

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"flowd"
)

// maxKeyPart bounds what a sender may put into a key.
const maxKeyPart = 128

// HookKey is the key of the n-th event, from 0, that a delivery brought under
// the sender's id.
func HookKey(source, id string, n int) string {
	key := source + ":" + keyPart(id)
	if n > 0 {
		key += ":" + strconv.Itoa(n)
	}
	return key
}

// PollKey is the key of what happened to an application at a time, such as its
// entering the event's stage: the same from every source of the system.
func PollKey(ats string, ev flowd.Event) string {
	app := ev.Application
	return "move:" + ats + ":" + digest([]byte(strings.Join([]string{
		app.ID, app.Candidate.ID, app.Job.ID, string(ev.Type), ev.Stage.Key(), ev.At.UTC().Format(time.RFC3339Nano),
	}, "\x00")))
}

// RowKey is the key of a row that does not say when it happened: the same row
// of a file of the same name is the same event.
func RowKey(source, file, row string) string {
	return source + ":row-" + digest([]byte(file+"\x00"+row))
}

// BodyID stands in for the id of a delivery whose sender gives none: a repeated
// delivery has the same bytes.
func BodyID(body []byte) string { return "sha256-" + digest(body) }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// keyPart makes a sender's id fit for a key: short, printable and without an
// address. A colon could be taken for the ordinal's.
func keyPart(id string) string {
	if safe, replaced := flowd.SafeID(id); replaced {
		return safe
	}
	odd := strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' })
	if odd || id == "" || len(id) > maxKeyPart {
		return BodyID([]byte(id))
	}
	return id
}

// fillKeys gives every event of a delivery its key, where the connector left it
// empty: those whose id comes from the delivery as a whole.
func fillKeys(b *flowd.Batch, r Receiver, d flowd.Delivery) {
	id := ""
	for i := range b.Events {
		if b.Events[i].Key != "" {
			continue
		}
		if id == "" {
			if sender, ok := r.(Identifier); ok {
				id = sender.EventID(d)
			}
			if id == "" {
				id = BodyID(d.Body)
			}
		}
		b.Events[i].Key = HookKey(d.Source, id, i)
	}
}

// Identifier is a receiver whose sender gives each delivery an id that stays
// the same when it is repeated. An empty id means that this one has none.
type Identifier interface{ EventID(d flowd.Delivery) string }
