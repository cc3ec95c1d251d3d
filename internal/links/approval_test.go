package links

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"flowd/internal/secret"
)

func approvals(t testing.TB, keys ...string) *Approvals {
	t.Helper()
	values := make([]secret.Value, 0, len(keys))
	for _, k := range keys {
		values = append(values, secret.New(k))
	}
	s, err := NewApprovals(values)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func approval() Approval {
	return Approval{Batch: "sales-video-0306-k3f9", Approver: "sales-lead", Round: 1, Until: time.Date(2026, 3, 9, 18, 40, 0, 0, time.UTC)}
}

func approvalToken(t testing.TB, s *Approvals, a Approval) string {
	t.Helper()
	made, err := s.Token(a)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestApproval(t *testing.T) {
	t.Parallel()
	s := approvals(t, key)
	long := strings.Repeat("x", maxPart)
	for _, a := range []Approval{approval(), {Batch: "b", Approver: "a", Until: time.Unix(0, 0).UTC()},
		{Batch: long, Approver: long, Round: 1<<32 - 1, Until: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)}, {Batch: "b", Approver: "Zoë", Until: time.Unix(-1, 0).UTC()}} {
		made := approvalToken(t, s, a)
		if got, err := s.Parse(made); err != nil || got != a {
			t.Errorf("%+v, error %v", got, err)
		}
		if made != approvalToken(t, s, a) || strings.ContainsAny(made, "+/=") || len(made) > maxToken {
			t.Errorf("token %q", made)
		}
	}
	if n := len(approvalToken(t, s, approval())); n > 100 {
		t.Errorf("an ordinary token has %d characters", n)
	}
	if url, err := s.URL("https://flowd.example.com/", approval()); err != nil || url != "https://flowd.example.com/a/"+approvalToken(t, s, approval()) {
		t.Errorf("%s, error %v", url, err)
	}
	for _, a := range []Approval{{}, {Batch: "b"}, {Approver: "a"}, {Batch: long + "x", Approver: "a"}} {
		if made, err := s.Token(a); err == nil {
			t.Errorf("%+v: %q", a, made)
		}
	}
}

// Every altered, added or missing character is refused, and so is what the same
// keys made for another purpose.
func TestApproval_Altered(t *testing.T) {
	t.Parallel()
	s := approvals(t, key)
	good := approvalToken(t, s, approval())
	for i := range len(good) + 1 {
		for _, letter := range "Aa0-_=.\n ü" {
			for _, bad := range []string{good[:i] + string(letter) + good[min(i+1, len(good)):], good[:i] + string(letter) + good[i:], good[:i]} {
				if bad == good {
					continue
				}
				if got, err := s.Parse(bad); !errors.Is(err, ErrToken) || got != (Approval{}) {
					t.Fatalf("%q is taken: %+v, error %v", bad, got, err)
				}
			}
		}
	}
	for name, text := range map[string]string{"a recording's": token(t, signer(t, key), claim()), "another key's": approvalToken(t, approvals(t, otherKey), approval()), "nothing": ""} {
		if _, err := s.Parse(text); !errors.Is(err, ErrToken) {
			t.Errorf("%s is taken: %v", name, err)
		}
	}
	if _, err := signer(t, key).Parse(good); !errors.Is(err, ErrToken) {
		t.Errorf("it opens a recording: %v", err)
	}
}

// What only somebody with a key could sign is refused all the same.
func TestApproval_Forged(t *testing.T) {
	t.Parallel()
	s := approvals(t, key)
	good := []byte{version, 2, 3, 1, 'b', 1, 'a'}
	if a, err := s.Parse(s.links.close(good)); err != nil || a != (Approval{"b", "a", 3, time.Unix(1, 0).UTC()}) {
		t.Fatalf("%+v, %v", a, err)
	}
	endless := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	for name, text := range map[string][]byte{
		"empty": {}, "another version": append([]byte{2}, good[1:]...), "no time": {version}, "endless time": append([]byte{version}, endless...),
		"no round": good[:2], "endless round": append([]byte{version, 2}, endless...), "round beyond": binary.AppendUvarint([]byte{version, 2}, 1<<32),
		"no approver": good[:5], "part cut": good[:6], "empty part": {version, 2, 3, 0, 1, 'a'}, "more behind": append(append([]byte{}, good...), 'x'),
	} {
		if a, err := s.Parse(s.links.close(text)); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestApproval_Rotation(t *testing.T) {
	t.Parallel()
	before, during, after := approvals(t, key), approvals(t, otherKey, key), approvals(t, otherKey)
	old, fresh := approvalToken(t, before, approval()), approvalToken(t, during, approval())
	for _, tc := range []struct {
		s     *Approvals
		token string
		ok    bool
	}{{during, old, true}, {during, fresh, true}, {after, old, false}, {after, fresh, true}, {before, fresh, false}} {
		if _, err := tc.s.Parse(tc.token); (err == nil) != tc.ok {
			t.Errorf("%v, want %v", err, tc.ok)
		}
	}
	if !during.Signed(old, "x", before.Form(old, "x")) || after.Signed(old, "x", before.Form(old, "x")) {
		t.Error("forms go another way than links")
	}
	if _, err := NewApprovals(nil); err == nil {
		t.Error("no key is enough")
	}
}

func TestApproval_Form(t *testing.T) {
	t.Parallel()
	s := approvals(t, key)
	link := approvalToken(t, s, approval())
	form := s.Form(link, "k1,k2")
	other := approval()
	other.Round++
	for _, tc := range []struct {
		name, token, shown, form string
		ok                       bool
	}{
		{"as shown", link, "k1,k2", form, true},
		{"more people", link, "k1,k2,k3", form, false}, {"none", link, "", form, false},
		{"another link", approvalToken(t, s, other), "k1,k2", form, false},
		{"no signature", link, "k1,k2", "", false}, {"half of it", link, "k1,k2", form[:8], false},
		{"the link's own", link, "k1,k2", link[len(link)-22:], false},
	} {
		if s.Signed(tc.token, tc.shown, tc.form) != tc.ok {
			t.Errorf("%s: want %v", tc.name, tc.ok)
		}
	}
}

func TestApproval_Answered(t *testing.T) {
	t.Parallel()
	a := approval()
	first, second := a.Answered("one"), a.Answered("two")
	if first == second || first != a.Answered("one") || AnsweredBatch(first) != a.Batch || AnsweredBatch("other") != "" {
		t.Errorf("%s and %s", first, second)
	}
}

func FuzzParseApproval(f *testing.F) {
	s := approvals(f, key)
	f.Add(approvalToken(f, s, approval()))
	f.Add("")
	f.Add("AQIDAWIBYQ")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := s.Parse(text)
		if err != nil {
			if a != (Approval{}) {
				t.Fatalf("%+v beside %v", a, err)
			}
			return
		}
		if again := approvalToken(t, s, a); again != text {
			t.Fatalf("%q and %q are one approval", text, again)
		}
	})
}

// FuzzReadApproval gives what is signed in any form: see FuzzRead.
func FuzzReadApproval(f *testing.F) {
	f.Add([]byte{2, 3, 1, 'b', 1, 'a'})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		if a, err := readApproval(text); err == nil && (a.Batch == "" || a.Approver == "" || a.Until.IsZero() && a.Until.Unix() == 0) {
			t.Fatalf("%+v", a)
		}
	})
}

func FuzzFormSignature(f *testing.F) {
	s := approvals(f, key)
	f.Add("token", "k1,k2", base64.RawURLEncoding.EncodeToString(make([]byte, macSize)))
	f.Fuzz(func(t *testing.T, token, shown, form string) {
		if s.Signed(token, shown, form) && form != s.Form(token, shown) {
			t.Fatalf("%q is taken for %q", form, s.Form(token, shown))
		}
	})
}
