package redact_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"flowd/internal/redact"
)

func TestMasks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		how      func(string) string
		in, want string
	}{
		{redact.Email, "ada@example.com", "a…@e…"},
		{redact.Email, " ada@example.com ", "a…@e…"},
		{redact.Email, "a@example.com", "…@e…"},
		{redact.Email, `"a@b"@example.com`, `"…@e…`},
		{redact.Email, "élan@example.com", "é…@e…"},
		{redact.Email, "e\u0301lan@example.com", "e\u0301…@e…"},
		{redact.Email, "not an address", "n…"},
		{redact.Email, "\xffx@y", "…@…"},
		{redact.Email, "", ""},
		{redact.Phone, "+45 12 34 56 78", "…78"},
		{redact.Phone, "12345", "…"},
		{redact.Phone, "call me", "…"},
		{redact.Phone, "", ""},
		{redact.Name, "Ada Lovelace", "A… L…"},
		{redact.Name, "Ada King  Lovelace", "A… L…"},
		{redact.Name, "Ada", "A…"},
		{redact.Name, "X", "…"},
		{redact.Name, "李 小龙", "… 小…"},
		{redact.Name, " ", ""},
		{redact.URL, "https://user:pass@api.example.com/v1/x?key=abc#f", "https://api.example.com/v1/x?…"},
		{redact.URL, "https://api.example.com/v1", "https://api.example.com/v1"},
		{redact.URL, "https://api.example.com/#token=abc", "https://api.example.com/?…"},
		{redact.URL, "mailto:ada@example.com", "[url]"},
		{redact.URL, "http://[::1", "[url]"},
		{redact.Text, "", ""},
		{redact.Text, "Position abc-1 is archived", "Position abc-1 is archived"},
		{redact.Text, "Candidate ada@example.com exists", "Candidate [e-mail] exists"},
		{redact.Text, `{"email":"ada.b+tag@mail.example.com","id":"5"}`, `{"email":"[e-mail]","id":"5"}`},
		{redact.Text, "<o'brien@example.com>; B@EXAMPLE.COM.", "<[e-mail]>; [e-mail]"},
		{redact.Text, `"ada l"@example.com and ada%40example.com and jörg@exämple.de`, "[e-mail] and [e-mail] and [e-mail]"},
		{redact.Text, "ada@[192.0.2.1] ada＠example.com", "[e-mail] [e-mail]"},
		{redact.Text, `Get "https://u:p@x.example/a/ada@example.com?key=k": dial tcp`, `Get "https://x.example/a/[e-mail]?…": dial tcp`},
		{redact.Text, "phone +45 12-34 (56)78 invalid, id 4512345678 fine", "phone [phone] invalid, id 4512345678 fine"},
		{redact.Text, "a\x1b[31mred\x00\r\nnext\u202e \xff", "a[31mred  next "},
	} {
		if got := c.how(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestText_Bounded(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"long":             strings.Repeat("x", 5000),
		"long addresses":   strings.Repeat("ada.lovelace.of.london@example.com ", 5000),
		"one cut address":  strings.Repeat("ada@example.com ", 511) + " ada.lovelace.of.london@example.com",
		"no space":         strings.Repeat("ada@example.com,", 1000),
		"letters of bytes": strings.Repeat("é", 600),
	} {
		out := redact.Text(in)
		if len(out) > redact.MaxText || !strings.HasSuffix(out, "…") || !utf8.ValidString(out) || strings.Contains(out, "ada") {
			t.Errorf("%s: %d bytes, %q", name, len(out), out)
		}
	}
}

// No plain address and nothing that moves a terminal's cursor gets through.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"Candidate ada@example.com exists", `Get "https://u:p@x.example/a?b=ada@example.com": EOF`, "a@b@c", `"a b"@c`,
		"\x1b[2J", "ftp://a@b/c@d", "x://%40", "+1 234 567 89 01@x",
	} {
		f.Add(s)
	}
	plain := regexp.MustCompile(`[A-Za-z0-9]@[A-Za-z0-9]`)
	f.Fuzz(func(t *testing.T, s string) {
		out := redact.Text(s)
		if plain.MatchString(out) {
			t.Errorf("%q became %q", s, out)
		}
		if strings.ContainsAny(out, "\x00\x07\x1b\r\n") || !utf8.ValidString(out) || len(out) > redact.MaxText {
			t.Errorf("%q became %q", s, out)
		}
	})
}

func BenchmarkText(b *testing.B) {
	for name, in := range map[string]string{
		"short":   `Get "https://api.example.com/me?key=k": ada@example.com is invalid`,
		"letters": strings.Repeat("x", 5000) + " " + strings.Repeat("y", 3000),
		"quotes":  strings.Repeat(`"`, 8000) + " ",
		"pluses":  strings.Repeat("+1", 4000) + " ",
		"schemes": strings.Repeat("a+", 4000) + " ",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				redact.Text(in)
			}
		})
	}
}

func TestInvent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                     "",
		"three months, 50 %":   "three months, 50 %",
		"ask ada@example.org!": "ask person@example.com!",
		"see https://jobs.example.org/people/7?token=x": "see https://example.com/",
		"+49 170 1234567":                "+49 000 0000000",
		"call (0170) 123 45 67, or 0301": "call (0000) 000 00 00, or 0301",
		"from 2026-03-06 on":             "from 2026-03-06 on",
		"in 2026 or 2027":                "in 2026 or 2027",
		"12345":                          "12345",
	} {
		if got := redact.Invent(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
