package web

import (
	"net/http"

	"flowd/state"
)

// RevokeOrder ends the links to a person's recordings that flowd made until now.
type RevokeOrder struct {
	Who string `json:"who"`
	By  string `json:"by"`
	Why string `json:"why,omitempty"`
}

// Revoked counts the interviews whose links ended.
type Revoked struct {
	Interviews int `json:"interviews"`
}

func (a api) revoke(r *http.Request) (any, error) {
	var o RevokeOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	switch {
	case o.Who == "":
		return nil, wrong("say whose links are to end")
	case o.By == "":
		return nil, wrong("say who gives the order")
	case a.Revoke == nil:
		return nil, &Problem{Status: http.StatusNotImplemented, Text: "flowd makes no links of its own here: links.key is not configured"}
	}
	stories, err := a.lookUp(r.Context(), o.Who)
	if err != nil {
		return nil, err
	}
	ended := map[string]bool{}
	for _, s := range stories {
		for _, id := range interviewIDs(s) {
			if ended[id] {
				continue
			}
			if err := a.Revoke(r.Context(), id); err != nil {
				return nil, err
			}
			ended[id] = true
		}
	}
	if len(ended) == 0 {
		return nil, notFound("flowd knows of no interview of that person")
	}
	a.Log.Info().Str("order", "revoke links").Str("by", o.By).Int("interviews", len(ended)).Msg("order")
	return Revoked{len(ended)}, nil
}

// interviewIDs are the interviews that a story tells of.
func interviewIDs(s state.Story) (ids []string) {
	for _, row := range s.Rows {
		if row.Interview.ID != "" {
			ids = append(ids, row.Interview.ID)
		}
	}
	for _, t := range s.Events {
		if t.Event.Interview.ID != "" {
			ids = append(ids, t.Event.Interview.ID)
		}
	}
	return ids
}
