package links

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"flowd/internal/secret"
)

const (
	key      = "0123456789abcdef0123456789abcdef"
	otherKey = "fedcba9876543210fedcba9876543210"
)

func claim() Claim {
	return Claim{Interview: "64f0c0ffee00000000000001", ATS: "ats-eu", Application: "app-4711", Epoch: 3}
}

func signer(t testing.TB, keys ...string) *Signer {
	t.Helper()
	values := make([]secret.Value, 0, len(keys))
	for _, k := range keys {
		values = append(values, secret.New(k))
	}
	s, err := New(values)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func token(t testing.TB, s *Signer, c Claim) string {
	t.Helper()
	made, err := s.Token(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestToken(t *testing.T) {
	t.Parallel()
	s := signer(t, key)
	for _, c := range []Claim{claim(), {Interview: "i", ATS: "a", Application: "1"}, {Interview: strings.Repeat("i", maxPart), ATS: strings.Repeat("a", maxPart), Application: strings.Repeat("x", maxPart), Epoch: 1<<32 - 1}} {
		made := token(t, s, c)
		if got, err := s.Parse(made); err != nil || got != c {
			t.Errorf("%+v, error %v", got, err)
		}
		if made != token(t, s, c) || strings.ContainsAny(made, "+/=") || len(made) > maxToken {
			t.Errorf("token %q", made)
		}
	}
	if n := len(token(t, s, claim())); n > 100 {
		t.Errorf("an ordinary token has %d characters", n)
	}
	if url, err := s.URL("https://flowd.example.com/", claim()); err != nil || url != "https://flowd.example.com/v/"+token(t, s, claim()) {
		t.Errorf("%s, error %v", url, err)
	}
	for _, c := range []Claim{{}, {Interview: "i", ATS: "a"}, {Interview: "i", Application: "1"}, {Interview: strings.Repeat("i", maxPart+1), ATS: "a", Application: "1"}} {
		if made, err := s.Token(c); err == nil {
			t.Errorf("%+v: %q", c, made)
		}
	}
}

// TestParse_OneCharacter alters, drops and adds each character in turn.
func TestParse_OneCharacter(t *testing.T) {
	t.Parallel()
	s := signer(t, key)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/.\n\r %\x00ü"
	for _, c := range []Claim{claim(), {Interview: "i1", ATS: "a", Application: "1"}, {Interview: "i12", ATS: "a", Application: "1"}} {
		good := token(t, s, c)
		for i := range len(good) + 1 {
			for _, letter := range letters {
				for _, bad := range []string{good[:i] + string(letter) + good[min(i+1, len(good)):], good[:i] + string(letter) + good[i:]} {
					if bad == good {
						continue
					}
					if got, err := s.Parse(bad); !errors.Is(err, ErrToken) || got != (Claim{}) {
						t.Fatalf("%q is taken: %+v, error %v", bad, got, err)
					}
				}
			}
			if i < len(good) {
				if _, err := s.Parse(good[:i] + good[i+1:]); !errors.Is(err, ErrToken) {
					t.Fatalf("without character %d it is taken", i)
				}
			}
		}
	}
}

// TestParse_Forged are texts that only somebody with a key could sign, and are
// refused all the same.
func TestParse_Forged(t *testing.T) {
	t.Parallel()
	s := signer(t, key)
	signed := func(text []byte) string {
		return base64.RawURLEncoding.EncodeToString(append(text, sum(s.keys[0], text)...))
	}
	good := []byte{version, 3, 1, 'i', 1, 'a', 1, '1'}
	if c, err := s.Parse(signed(good)); err != nil || c != (Claim{"i", "a", "1", 3}) {
		t.Fatalf("%+v, error %v", c, err)
	}
	for name, text := range map[string][]byte{
		"empty": {}, "another version": append([]byte{2}, good[1:]...), "no epoch": {version}, "endless epoch": {version, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"epoch beyond": binary.AppendUvarint([]byte{version}, 1<<32), "part cut": good[:7], "no part": good[:2], "empty part": {version, 3, 0, 1, 'a', 1, '1'},
		"part beyond": {version, 3, 200, 1, 'i'}, "more behind": append(append([]byte{}, good...), 'x'), "huge part": {version, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
	} {
		if c, err := s.Parse(signed(text)); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	for _, text := range []string{"", "A", strings.Repeat("A", 1<<20), token(t, signer(t, otherKey), claim())} {
		if _, err := s.Parse(text); !errors.Is(err, ErrToken) {
			t.Errorf("%.20q is taken", text)
		}
	}
}

// TestRotation: the first key signs, every one is accepted.
func TestRotation(t *testing.T) {
	t.Parallel()
	before, during, after := signer(t, key), signer(t, otherKey, key), signer(t, otherKey)
	old := token(t, before, claim())
	fresh := token(t, during, claim())
	for _, tc := range []struct {
		name  string
		s     *Signer
		token string
		ok    bool
	}{{"old during", during, old, true}, {"new during", during, fresh, true}, {"old after", after, old, false}, {"new after", after, fresh, true}, {"new before", before, fresh, false}} {
		if _, err := tc.s.Parse(tc.token); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]secret.Value{
		"none": nil, "empty": {{}}, "short": {secret.New(key[1:])}, "one short": {secret.New(key), secret.New("short-one")},
	} {
		if _, err := New(keys); err == nil || strings.Contains(err.Error(), "short-one") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	s := signer(f, key)
	f.Add(token(f, s, claim()))
	f.Add("")
	f.Add("AQMBaQFhATE")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := s.Parse(text)
		if err != nil {
			if c != (Claim{}) {
				t.Fatalf("%+v beside %v", c, err)
			}
			return
		}
		if again := token(t, s, c); again != text {
			t.Fatalf("%q and %q are one claim", text, again)
		}
	})
}

// FuzzRead gives what is signed in any form: a fault here would need a key, and
// still must not end the process.
func FuzzRead(f *testing.F) {
	f.Add([]byte{3, 1, 'i', 1, 'a', 1, '1'})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := read(text); err == nil && (c.Interview == "" || c.ATS == "" || c.Application == "") {
			t.Fatalf("%+v", c)
		}
	})
}
