package odoo_test

import (
	"fmt"
	"strings"
	"testing"

	"flowd"
)

// An officer of recruitment may do what flowd needs; a user may lack some of it,
// and an administrator may do more.
func TestRights(t *testing.T) {
	t.Parallel()
	reads := "hr.applicant read,hr.job read,hr.recruitment.stage read"
	officer := reads + ",hr.applicant write,mail.message create"
	notes := []flowd.ActionKind{flowd.ActionNote}
	for _, c := range []struct {
		name, has   string
		writes      []flowd.ActionKind
		lacks, vain string
	}{
		{"an officer", officer, notes, "", ""},
		{"who only reads", reads, nil, "", ""},
		{"who only reads, and is to write", reads, notes, "write to applicants, write notes", ""},
		{"nobody", "", nil, "read applicants, read jobs, read stages", ""},
		{"an administrator", officer + ",res.users write", notes, "", "administer users"},
	} {
		for _, version := range []int{14, 18, 19} {
			t.Run(fmt.Sprint(c.name, " ", version), func(t *testing.T) {
				t.Parallel()
				f := newFake(version)
				f.rights = map[string]bool{}
				for _, right := range strings.Split(c.has, ",") {
					f.rights[right] = true
				}
				lacks, vain, err := sourceAt(t, f.serve(t), "").Rights.Rights(t.Context(), c.writes)
				if err != nil || strings.Join(lacks, ", ") != c.lacks || strings.Join(vain, ", ") != c.vain {
					t.Errorf("lacks %q, in vain %q: %v", lacks, vain, err)
				}
			})
		}
	}
}
