package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Standing is a notice as it is remembered.
type Standing struct {
	Notice
	Since time.Time
	Told  time.Time // when it was last said; zero while it never was
	Ended time.Time // when the cause was over; zero while it lasts
	tried time.Time
	times int // how often it was said
}

// message is the notice in words. Its key is the same for every attempt at
// saying this.
func (s *Standing) message(now time.Time) Message {
	what := s.title(s.Name)
	m := Message{Owner: s.Owner, Text: s.Text}
	phase := fmt.Sprint(s.times)
	switch {
	case !s.Ended.IsZero():
		phase = "over"
		m.Subject = "flowd: over: " + what
		m.Text = "This is over. It lasted " + Span(s.Ended.Sub(s.Since)) + "."
	case s.times > 0:
		m.Subject = "flowd: still: " + what
	default:
		m.Subject = "flowd: " + what
	}
	if s.Ended.IsZero() {
		if s.Link != "" {
			m.Text += "\n\nLook at them and decide:\n" + s.Link
		}
		if s.Count > 0 {
			m.Facts = append(m.Facts, Fact{"People concerned", fmt.Sprint(s.Count)})
		}
		m.Facts = append(m.Facts, Fact{"Since", s.Since.Format("Monday 2 January, 15:04 MST") + ", " + Span(now.Sub(s.Since))})
		if s.Command != "" {
			m.Facts = append(m.Facts, Fact{"To do", s.Command})
		}
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(s.Kind), s.Subject, s.Owner, s.Since.UTC().Format(time.RFC3339Nano), phase}, "\x00")))
	m.Key = "notice-" + hex.EncodeToString(sum[:12])
	return m
}

// Span is a duration as people say it, in one unit or two.
func Span(d time.Duration) string {
	count := func(n int64, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	minutes := int64(d / time.Minute)
	switch {
	case minutes < 1:
		return "less than a minute"
	case minutes < 60:
		return count(minutes, "minute")
	case minutes < 24*60 && minutes%60 == 0, minutes >= 6*60 && minutes < 24*60:
		return count(minutes/60, "hour")
	case minutes < 24*60:
		return count(minutes/60, "hour") + " " + count(minutes%60, "minute")
	}
	return count(minutes/(24*60), "day")
}
