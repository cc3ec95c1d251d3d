package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"time"

	"flowd/internal/strictyaml"
)

// Token lets one person in from another machine. The file holds only the digest:
// who reads it cannot use it.
type Token struct {
	Name string `yaml:"name,required,text"`
	Role string `yaml:"role,required" oneof:"viewer operator admin"`
	// People lets a viewer see names and addresses; the other roles may anyway.
	People  bool   `yaml:"people"`
	SHA256  SHA256 `yaml:"sha256,required"`
	Expires Day    `yaml:"expires,required"`
}

// SHA256 is a digest, written as 64 hexadecimal digits.
type SHA256 [sha256.Size]byte

// UnmarshalText implements encoding.TextUnmarshaler. The text is not repeated in
// an error: it may be the token itself, put here by mistake.
func (d *SHA256) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(d) {
		return errors.New("sha256 is the 64 hexadecimal digits that `flowd check --new-token` printed, never the token itself")
	}
	copy(d[:], raw)
	return nil
}

// Day is a date, as 2027-01-31.
type Day struct{ time.Time }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return errors.New("a day is written 2027-01-31")
	}
	d.Time = t
	return nil
}

// Until is the end of the day in UTC: a token holds on its last day.
func (d Day) Until() time.Time { return d.AddDate(0, 0, 1) }

// Same tells whether two sections differ in nothing but the tokens, which a
// reload exchanges.
func (s Server) Same(o Server) bool {
	s.Tokens, o.Tokens = nil, nil
	return reflect.DeepEqual(s, o)
}

func (s Server) checkTokens(list *strictyaml.Node, now time.Time) {
	names, digests := map[string]bool{}, map[SHA256]bool{}
	for i, t := range s.Tokens {
		at := list.Items()[i]
		switch {
		case names[t.Name]:
			at.Error("server.tokens", "two tokens have the name "+t.Name+", which stands under the orders of each", "give one of them another name")
		case digests[t.SHA256]:
			at.Error("server.tokens", "two tokens have the same sha256", "make another one with `flowd check --new-token NAME`")
		case !t.Expires.Until().After(now):
			at.Warn("server.tokens", "the token "+t.Name+" has expired", "delete the line, or make another one with `flowd check --new-token "+t.Name+"`")
		}
		names[t.Name], digests[t.SHA256] = true, true
	}
}

// CheckToken tells what is wrong with one line of server.tokens.
func CheckToken(line string) error {
	var t []Token
	doc := strictyaml.Parse("server.tokens", []byte(line), strictyaml.Options{Secrets: true})
	doc.Decode(&t)
	problems := doc.Problems()
	switch {
	case len(problems) == 0:
		return nil
	case problems[0].Hint == "":
		return errors.New(problems[0].Message)
	}
	return fmt.Errorf("%s: %s", problems[0].Message, problems[0].Hint)
}

// IsLoopback tells whether a host, with or without a port, is this machine.
func IsLoopback(host string) bool { return isLoopback(host) }
