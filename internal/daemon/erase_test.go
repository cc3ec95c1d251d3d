package daemon_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"flowd/connectors/connectortest/atssim"
	"flowd/hireflix/sim"
)

// holders are the files below a folder that hold a word.
func holders(t *testing.T, dir, word string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(word)) {
			names = append(names, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// When the ATS deletes somebody, nothing of them is in any file by the next
// morning: not what the hooks brought, nor the texts that were written, nor what
// Hireflix told of an interview that nobody has placed.
func TestErase_ByTheATSLeavesNoByte(t *testing.T) {
	t.Parallel()
	const first, surname, email = "Zephyrine", "Quillwhistle", "zephyrine.q@example.com"
	rules := wayBackRules + `  - id: named
    description: A message that names the person.
    trigger: {event: interview.finished, of: [video]}
    actions:
      - ats.note: {text: "${candidate.first_name} has finished"}
`
	b := newBackWorld(t, rules, "  concurrency: 4\n  rate: 0\n  timeout: 2s\n  settle: 200ms\n  quota_probe: 300ms\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.connect(ctx, sim.Policy{})
	d := b.start(b.options())
	id, err := b.ats.AddApplication("j1", atssim.Person{Email: email, FirstName: first, LastName: surname})
	if err == nil {
		err = b.ats.Move(id, "Video interview")
	}
	if err != nil {
		t.Fatal(err)
	}
	var interview string
	eventually(t, "the invite", func() bool {
		for _, iv := range b.hireflix.Interviews(b.positions["AE screening"]) {
			interview = iv.ID
		}
		return interview != "" && b.ats.Application(id).Fields["Interview link"] != ""
	})
	if err := b.hireflix.Answer(interview); err != nil {
		t.Fatal(err)
	}
	if _, err := b.hireflix.InviteByHand(b.positions["Sales screening"], sim.Candidate{Email: email, FirstName: first, LastName: surname}); err != nil {
		t.Fatal(err)
	}
	if err := b.hireflix.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the notes", func() bool { return len(b.ats.Application(id).Notes) == 2 && b.settled() })
	if len(holders(t, b.dir, surname)) == 0 {
		t.Fatal("the name is in no file even before: this test finds nothing")
	}
	if err := b.ats.Delete(id); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the deletion", func() bool { return b.ats.Undelivered() == 0 && b.settled() })
	d.Night(ctx)
	for _, word := range []string{first, surname, email} {
		if in := holders(t, b.dir, word); len(in) > 0 {
			t.Errorf("%q is still in %v", word, in)
		}
	}
	mustNotHold(t, "the log", b.log.String(), first, surname, email, "ats-token-of-the-tests", hookSecret, b.hireflix.Secret(), sim.DefaultKey, "/v/", "?share")
}
