package ashby_test

import (
	"net/http"
	"slices"
	"testing"

	"flowd"
	"flowd/internal/fault"
)

// The key is held against what the rules need, and a key that may not ask says so.
func TestRights(t *testing.T) {
	t.Parallel()
	reads := []string{"candidates:read", "organization:read", "jobs:read", "interviews:read", "hiringProcessMetadata:read", "apiKeys:read"}
	for _, c := range []struct {
		name        string
		scopes      []string
		writes      []flowd.ActionKind
		lacks, vain []string
	}{
		{"reads", reads, nil, nil, nil},
		{"reads, and is to write", reads, []flowd.ActionKind{flowd.ActionNote}, []string{"candidates:write"}, nil},
		{"writes", append(reads[:6:6], "candidates:write"), []flowd.ActionKind{flowd.ActionMove}, nil, nil},
		{"writes for nothing", append(reads[:6:6], "candidates:write", "offers:read"), nil, nil, []string{"candidates:write", "offers:read"}},
		{"makes tags", append(reads[:6:6], "candidates:write", "hiringProcessMetadata:write"), []flowd.ActionKind{flowd.ActionTag}, nil, nil},
		{"may make tags in vain", append(reads[:6:6], "candidates:write", "hiringProcessMetadata:write"), []flowd.ActionKind{flowd.ActionLink}, nil, []string{"hiringProcessMetadata:write"}},
		{"lacks a read", reads[1:], nil, []string{"candidates:read"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSim()
			s.next("apiKey.info", func(w http.ResponseWriter, _ *http.Request) {
				done(w, map[string]any{"title": "flowd", "scopes": c.scopes})
			})
			lacks, vain, err := serve(t, s).Rights.Rights(t.Context(), c.writes)
			if err != nil || !slices.Equal(lacks, c.lacks) || !slices.Equal(vain, c.vain) {
				t.Errorf("lacks %q, in vain %q: %v", lacks, vain, err)
			}
		})
	}
	s := newSim()
	s.next("apiKey.info", refusing("missing_endpoint_permission"))
	if _, _, err := serve(t, s).Rights.Rights(t.Context(), nil); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("a key that may not ask: %v", err)
	}
}
