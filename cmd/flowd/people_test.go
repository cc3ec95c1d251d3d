package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flowd/internal/web"
)

func TestReadPeople(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []web.InviteRow
		wrong      string
	}{
		{"references", "rosa@example.com\n\n265277\n", []web.InviteRow{{Line: 1, Who: "rosa@example.com"}, {Line: 3, Who: "265277"}}, ""},
		{"header", "\ufeffApplication;E-Mail;Position\r\n265277;;AE\r\n;dan@example.com;\r\n",
			[]web.InviteRow{{Line: 2, Application: "265277", Position: "AE"}, {Line: 3, Email: "dan@example.com"}}, ""},
		{"candidate as address", "candidate\nrosa@example.com\n17\n", []web.InviteRow{{Line: 2, Who: "rosa@example.com"}, {Line: 3, Candidate: "17"}}, ""},
		{"windows-1252", "email,note\nrosa@example.com,caf\xe9\n", []web.InviteRow{{Line: 2, Email: "rosa@example.com"}}, ""},
		{"quotes", "application,position\n\"265277\",\"AE, Berlin\"\n", []web.InviteRow{{Line: 2, Application: "265277", Position: "AE, Berlin"}}, ""},
		{"spreadsheet's own quoting", "application\n'=1\n=\"007\"\n", []web.InviteRow{{Line: 2, Application: "=1"}, {Line: 3, Application: "007"}}, ""},
		{"short and long rows", "application,position\n1\n2,AE,more\n", []web.InviteRow{{Line: 2, Application: "1"}, {Line: 3, Application: "2", Position: "AE"}}, ""},
		{"unknown columns", "email,shoe size,hat\nrosa@example.com,44,7\n", nil, `"shoe size", "hat"`},
		{"twice", "email,E-Mail\na,b\n", nil, "twice"},
		{"nobody named", "position,ats\nAE,x\n", nil, "no column says who"},
		{"no header", "rosa@example.com,AE\n", nil, "names no column"},
		{"header alone", "email\n", nil, "nobody under it"},
		{"empty", "\n \n", nil, "is empty"},
		{"utf-16", "\xff\xfee\x00m\x00", nil, "UTF-8"},
		{"too many", "email\n" + strings.Repeat("a@example.com\n", maxPeople+1), nil, "at most 10000"},
		{"as many as go", "email\n" + strings.Repeat("a@example.com\n", maxPeople), nil, ""},
	} {
		path := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		rows, err := (&app{}).readPeople(path)
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want %q", c.name, err, c.wrong)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want == nil && len(rows) != maxPeople, c.want != nil && fmt.Sprint(rows) != fmt.Sprint(c.want):
			t.Errorf("%s: %d rows %+v, want %+v", c.name, len(rows), rows[:min(len(rows), 3)], c.want)
		}
	}
	if _, err := (&app{}).readPeople(filepath.Join(t.TempDir(), "nothing.csv")); err == nil {
		t.Error("a file that is not there was read")
	}
}
