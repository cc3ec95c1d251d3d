package ashby

import (
	"context"
	"slices"

	"flowd"
)

// Rights implements connectors.Rights. The key needs apiKeys:read to ask. Which
// right an endpoint takes stands in the reference, and what they are called in
// the answer of apiKey.info.
func (a *api) Rights(ctx context.Context, writes []flowd.ActionKind) (lacks, vain []string, err error) {
	const op = "ask what the key may do"
	key, err := ask[struct {
		Scopes []string `json:"scopes"`
	}](ctx, a, op, "apiKey.info", map[string]any{})
	if err != nil {
		return nil, nil, err
	}
	needs := []string{"candidates:read", "organization:read", "jobs:read", "interviews:read", "hiringProcessMetadata:read"}
	may := []string{"apiKeys:read"}
	if len(writes) > 0 {
		needs = append(needs, "candidates:write")
	}
	if slices.Contains(writes, flowd.ActionTag) { // for a tag that Ashby does not have yet
		may = append(may, "hiringProcessMetadata:write")
	}
	for _, right := range needs {
		if !slices.Contains(key.Scopes, right) {
			lacks = append(lacks, right)
		}
	}
	for _, right := range key.Scopes {
		if !slices.Contains(needs, right) && !slices.Contains(may, right) {
			vain = append(vain, right)
		}
	}
	return lacks, vain, nil
}
