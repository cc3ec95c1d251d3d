package config

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"strings"
	"time"

	"flowd/internal/strictyaml"
)

// Safety is what stands above every rule. A part that is nil does not limit; a
// part that is there does, and an empty one lets nobody through.
type Safety struct {
	OnlyTo     []string   `yaml:"only_to"`
	MaxInvites *Allowance `yaml:"max_invites"`
	PerPerson  *Frequency `yaml:"per_person"`
	Suppress   string     `yaml:"suppress"`
	Quiet      *Quiet     `yaml:"quiet"`
}

// Allowance bounds invites of all people together.
type Allowance struct {
	PerHour *int `yaml:"per_hour"`
	PerDay  *int `yaml:"per_day"`
}

// Frequency bounds the invites of one person.
type Frequency struct {
	Invites int           `yaml:"invites,required"`
	Per     time.Duration `yaml:"per,required"`
}

func (s *Safety) check(at func(string) *strictyaml.Node) {
	if s == nil {
		return
	}
	nobody := func(path, what string) {
		at(path).Warn("safety", what+" lets nobody through", "delete the line for no limit")
	}
	if s.OnlyTo != nil && len(s.OnlyTo) == 0 {
		nobody("safety.only_to", "an empty only_to")
	}
	for _, pattern := range s.OnlyTo {
		if !isPattern(pattern) {
			at("safety.only_to").Error("safety", fmt.Sprintf("%q is neither an address nor *@domain", pattern), `write "*@acme.example"`)
		}
	}
	if m := s.MaxInvites; m != nil {
		for key, n := range map[string]*int{"per_hour": m.PerHour, "per_day": m.PerDay} {
			switch {
			case n != nil && *n < 0:
				at("safety.max_invites."+key).Error("safety", key+" cannot be below zero", "")
			case n != nil && *n == 0:
				nobody("safety.max_invites."+key, "a cap of 0")
			}
		}
	}
	s.Quiet.check(at)
	if p := s.PerPerson; p != nil {
		switch {
		case p.Invites < 0 || p.Per <= 0:
			at("safety.per_person").Error("safety", "per_person is a number of invites and a span", "write {invites: 1, per: 24h}")
		case p.Invites == 0:
			nobody("safety.per_person", "per_person of 0 invites")
		}
	}
}

// Suppressed is one line of the do-not-contact list.
type Suppressed struct {
	Address, Reason string
	Until           time.Time // zero for ever
}

// maxSuppress bounds the file; a line is well below 200 bytes.
const maxSuppress = 16 << 20

// ReadSuppressed reads the do-not-contact list: a CSV of address or *@domain,
// reason, until (a day, which is included). One bad line refuses the file: a
// person who must not be written to would be missed.
func ReadSuppressed(path string) ([]Suppressed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("safety.suppress: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, maxSuppress+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("safety.suppress: %w", err)
	case len(data) > maxSuppress:
		return nil, fmt.Errorf("safety.suppress: %s is larger than 16 MiB", path)
	}
	return parseSuppressed(path, data)
}

func parseSuppressed(path string, data []byte) ([]Suppressed, error) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.Comment, r.TrimLeadingSpace = -1, '#', true
	var out []Suppressed
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		s := Suppressed{Address: strings.TrimSpace(row[0])}
		if len(out) == 0 && line == 1 && strings.EqualFold(s.Address, "address") {
			continue
		}
		if !isPattern(s.Address) {
			return nil, fmt.Errorf("%s:%d: the first column is neither an address nor *@domain", path, line)
		}
		if len(row) > 1 {
			s.Reason = strings.TrimSpace(row[1])
		}
		if len(row) > 2 && strings.TrimSpace(row[2]) != "" {
			day, err := time.Parse(time.DateOnly, strings.TrimSpace(row[2]))
			if err != nil {
				return nil, fmt.Errorf("%s:%d: until is a day such as 2027-03-31", path, line)
			}
			s.Until = day.AddDate(0, 0, 1)
		}
		out = append(out, s)
	}
}

// isPattern accepts an address or *@domain.
func isPattern(p string) bool {
	if domain, ok := strings.CutPrefix(p, "*@"); ok {
		return domain != "" && !strings.ContainsAny(domain, "@* ")
	}
	a, err := mail.ParseAddress(p)
	return err == nil && a.Address == p
}
