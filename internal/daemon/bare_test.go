package daemon_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"flowd/hireflix/sim"
)

// newBare is the receiver to compare with: what a good engineer writes in an
// afternoon. It verifies, stores the body in a commit shared with whoever
// arrives at the same time, answers, and sends the invites from two workers. It
// knows no rules, no repetition and no second look.
func newBare(b *testing.B, w *world) string {
	db, err := bolt.Open(filepath.Join(w.dir, "bare.db"), 0o600, &bolt.Options{NoFreelistSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	bucket := []byte("events")
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket(bucket); return err }); err != nil {
		b.Fatal(err)
	}
	type write struct {
		key, body []byte
		done      chan error
	}
	writes := make(chan write, 256)
	invites := make(chan []byte, 1<<20)
	go func() {
		for first := range writes {
			group := []write{first}
			for more := true; more && len(group) < 256; {
				select {
				case w, ok := <-writes:
					if more = ok; ok {
						group = append(group, w)
					}
				default:
					more = false
				}
			}
			err := db.Update(func(tx *bolt.Tx) error {
				for _, w := range group {
					if err := tx.Bucket(bucket).Put(w.key, w.body); err != nil {
						return err
					}
				}
				return nil
			})
			for _, w := range group {
				w.done <- err
			}
		}
	}()
	account := httptest.NewServer(w.hireflix)
	for range 2 {
		go func() {
			for body := range invites {
				inviteBare(account.URL+"/me", w.positions["AE screening"], body)
			}
		}()
	}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		mac := hmac.New(sha256.New, []byte(hookSecret))
		mac.Write(body)
		given, herr := hex.DecodeString(strings.TrimPrefix(r.Header.Get("Signature"), "sha256 "))
		if err != nil || herr != nil || !hmac.Equal(given, mac.Sum(nil)) {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		done := make(chan error, 1)
		writes <- write{[]byte(r.Header.Get("Greenhouse-Event-ID")), body, done}
		if <-done != nil {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		invites <- body
	}))
	b.Cleanup(func() {
		srv.Close()
		close(writes)
		close(invites)
		account.Close()
		_ = db.Close()
	})
	return srv.URL + "/hooks/"
}

// inviteBare sends one invite and does not look at the answer.
func inviteBare(url, position string, body []byte) {
	var move struct {
		Payload struct {
			Application struct {
				ID        int
				Candidate struct {
					FirstName string                   `json:"first_name"`
					Emails    []struct{ Value string } `json:"email_addresses"`
				}
			}
		}
	}
	if json.Unmarshal(body, &move) != nil {
		return
	}
	app := move.Payload.Application
	query, err := json.Marshal(map[string]any{
		"query": `mutation($input: InviteCandidateToInterviewInput!){inviteCandidateToInterview(input:$input){__typename}}`,
		"variables": map[string]any{"input": map[string]any{
			"positionId": position, "externalId": strconv.Itoa(app.ID),
			"candidate": map[string]any{"email": app.Candidate.Emails[0].Value, "firstName": app.Candidate.FirstName},
		}},
	})
	if err != nil {
		return
	}
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(query))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-API-KEY", sim.DefaultKey)
	client := http.Client{Timeout: 5 * time.Second}
	if resp, err := client.Do(req); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}
