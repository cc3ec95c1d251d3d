package web

import (
	"regexp"
	"strings"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/redact"
	"flowd/rules"
)

// personal fits what a condition reads of a person's name, address or phone,
// however it is wrapped.
var personal = regexp.MustCompile(`\b(email|first_name|last_name|phone)\b|\bcandidate\W+name\b`)

// mask hides a person's name, address and phone among the values that a tree
// shows. Other values stay: they are why the rule answered as it did.
func mask(tree *rules.Explanation, c flowd.Candidate) {
	for _, line := range tree.Conditions {
		if line.Tree != nil {
			maskStep(line.Tree, c)
		}
	}
}

func maskStep(s *expression.Step, c flowd.Candidate) {
	for i := range s.Read {
		r := &s.Read[i]
		text := strings.HasPrefix(r.Value, `"`) || strings.HasPrefix(r.Value, "[")
		if text && (personal.MatchString(r.Text) || tells(r.Value, c)) {
			r.Value = `"` + redact.Name(strings.Trim(r.Value, `"[]`)) + `"`
		}
	}
	for i := range s.Steps {
		maskStep(&s.Steps[i], c)
	}
}

// tells whether a value holds what identifies the person: a custom field can.
func tells(value string, c flowd.Candidate) bool {
	value = strings.ToLower(value)
	for _, v := range []string{c.Email, c.Phone, c.FullName()} {
		if v != "" && strings.Contains(value, strings.ToLower(v)) {
			return true
		}
	}
	return false
}
