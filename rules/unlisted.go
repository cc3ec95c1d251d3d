package rules

import (
	"fmt"
	"strings"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// listed tells whether the systems that a place is about say what there is of a
// kind: then events are not asked. It reports what they do not have. A stage or job
// that was there is a warning, because jobs close; fields and values are, because
// a key may be kept from seeing some.
func (u unseen) listed(at place, kind, name string, l listed) bool {
	if !l.known() || strings.TrimSpace(name) == "" {
		return false
	}
	why, hint, gone := leadsNowhere(kind, name, u.of, l)
	if why == "" {
		return true
	}
	p := strictyaml.Problem{Code: "not-listed", Hint: hint, Message: fmt.Sprintf("%s %q: %s", kind, name, why)}
	if gone || kind == "field" || kind == "value" {
		p.Severity = strictyaml.Warning
	}
	u.report.add(at, p)
	return true
}

// step looks up what a reaction writes to, where that is written out.
func (u unseen) step(st step, templates map[string]*expression.Template) {
	if t, ok := templates[st.Target]; ok && len(t.Reads().Members)+len(t.Reads().Fields) > 0 {
		return
	}
	switch st.Kind {
	case flowd.ActionMove:
		u.listed(st.place, "stage", st.Target, u.systems.stages(u.of)) // nobody may have come there yet
	case flowd.ActionField:
		u.listed(st.place, "field", st.Target, u.systems.fields(u.of))
	}
}
