package poll

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// pagingSection says where the next page is. One of link, url, cursor, page and
// offset stands in it.
type pagingSection struct {
	// Link follows the Link header with rel=next as it is.
	Link bool `yaml:"link"`
	// URL and Cursor are where the next page's address or token stands.
	URL    *strictyaml.Node `yaml:"url"`
	Cursor *strictyaml.Node `yaml:"cursor"`
	// Page and Offset are the first page's, which is counted on from there.
	Page   *int `yaml:"page"`
	Offset *int `yaml:"offset"`
	// More says whether there is another page, and Size how many items a full one
	// has.
	More *strictyaml.Node `yaml:"more"`
	Size int              `yaml:"size"`
	Node *strictyaml.Node `yaml:",node"`
}

// paging tells the next page from an answer. The nil one knows none.
type paging struct {
	link              bool
	url, cursor, more *expression.Mapping
	counts            string // page or offset, or ""
	first, size       int
	// secrets are parts of an address that auth adds to each.
	secrets []string
}

func (cfg *pagingSection) compile(k *connectors.Compiler, auth *connectors.Auth) *paging {
	if cfg == nil || cfg.Node == nil {
		return nil
	}
	g := &paging{
		link: cfg.Link, url: k.Mapping(cfg.URL, expression.OfPage), cursor: k.Mapping(cfg.Cursor, expression.OfPage),
		more: k.Mapping(cfg.More, expression.OfPage), size: cfg.Size,
	}
	given := 0
	for _, there := range []bool{cfg.Link, cfg.URL != nil, cfg.Cursor != nil, cfg.Page != nil, cfg.Offset != nil} {
		if there {
			given++
		}
	}
	switch {
	case cfg.Page != nil:
		g.counts, g.first = "page", *cfg.Page
	case cfg.Offset != nil:
		g.counts, g.first = "offset", *cfg.Offset
	}
	switch {
	case given != 1:
		k.Fail(cfg.Node, "paging", "paging does not say in one way where the next page is", "keep one of link, url, cursor, page and offset")
	case g.first < 0 || cfg.Size < 0:
		k.Fail(cfg.Node, "paging", "paging counts from below nothing", "write 0 or 1, and as size how many items a full page has")
	case g.counts != "" && cfg.Size == 0 && cfg.More == nil:
		k.Fail(cfg.Node, "paging", "paging does not say which page is the last", "add size: with how many items a full page has, or more: with an expression")
	case g.link && cfg.More != nil:
		k.Fail(cfg.Node.Place("more"), "paging", "more is not asked where a Link header tells", "delete it")
	}
	if auth != nil {
		g.secrets = auth.QueryNames()
	}
	return g
}

// fits holds that the request sends what the paging counts, and nothing else.
func (p *pages) fits(k *connectors.Compiler, where *strictyaml.Node) {
	want := ""
	if g := p.paging; g != nil {
		want = g.counts
		if g.cursor != nil {
			want = "cursor"
		}
	}
	for _, value := range []string{"cursor", "page", "offset"} {
		switch reads := p.request.Reads(value); {
		case reads && value != want:
			k.Fail(where, "request", "the request sends ${"+value+"}, and paging has no "+value, "add it under paging:, or delete the value")
		case !reads && value == want:
			k.Fail(where, "request", "paging goes by "+value+", and the request does not send it", "put ${"+value+"} into its query or body")
		}
	}
}

// place is where a page is among those of a round. The zero one is the first.
type place struct {
	Next string `json:"next,omitempty"` // the page's address or token
	N    int    `json:"n,omitempty"`    // how far it was counted
	// Read counts the pages before, and Empty those right before without an item.
	Read  int `json:"read,omitempty"`
	Empty int `json:"empty,omitempty"`
	// Mark is what told an earlier page apart: one that has it again goes round.
	Mark string `json:"mark,omitempty"`
}

const mostPages = 20_000

var (
	errRound   = errors.New("the next page is one that was read already: what the request sends for paging is not heeded")
	errTooMany = fmt.Errorf("there are more than %d pages", mostPages)
	errNothing = errors.New("it says that there is another page, and this one has no item to count on from")
	errNowhere = errors.New("it says that there is another page, and not where")
)

// next is the place of the page behind this one, nil behind the last.
func (g *paging) next(at place, in *expression.Input, base *url.URL, a answer) (*place, error) {
	if g == nil {
		return nil, nil
	}
	on := place{Read: at.Read + 1, Mark: at.Mark}
	mark, err := g.follow(&on, at, in, base, a)
	if err != nil || mark == "" {
		return nil, err
	}
	switch {
	case mark == at.Mark:
		return nil, errRound
	case on.Read >= mostPages:
		return nil, errTooMany
	}
	if on.Empty, err = connectors.Empty(at.Empty, a.items); err != nil {
		return nil, err
	}
	if on.Read&(on.Read-1) == 0 {
		on.Mark = mark // of every page whose number is a power of two: any circle is met
	}
	return &on, nil
}

// follow fills in where the next page is, and returns what tells it apart; ""
// where there is none.
func (g *paging) follow(on *place, at place, in *expression.Input, base *url.URL, a answer) (mark string, err error) {
	more := true
	if g.more != nil {
		if more, err = connectors.Ask(g.more, in); err != nil {
			return "", fmt.Errorf("paging.more: %w", err)
		}
	} else if g.counts != "" {
		more = a.items >= g.size
	}
	if !more {
		return "", nil
	}
	switch {
	case g.link:
		u, err := connectors.NextPage(base, in.Header)
		if err != nil || u == nil {
			return "", err
		}
		on.Next = g.bare(u)
	case g.url != nil:
		text, err := g.said(g.url, in)
		if err != nil || text == "" {
			return "", err
		}
		u, err := connectors.SameHost(base, text)
		if err != nil {
			return "", err
		}
		on.Next = g.bare(u)
	case g.cursor != nil:
		if on.Next, err = g.said(g.cursor, in); err != nil || on.Next == "" {
			return "", err
		}
	default:
		return g.count(on, at, a)
	}
	sum := sha256.Sum256([]byte(on.Next))
	return hex.EncodeToString(sum[:8]), nil
}

// count goes on to the next number. A page without items may be one of which all
// were filtered out; where items are counted it leads nowhere.
func (g *paging) count(on *place, at place, a answer) (mark string, err error) {
	switch {
	case g.counts == "page":
		on.N = at.N + 1
	case a.items == 0:
		return "", errNothing
	default:
		on.N = at.N + a.items
	}
	if a.items == 0 {
		return fmt.Sprintf("empty %d", on.N), nil
	}
	return a.first, nil
}

// said is an address or token in an answer. One that is missing though there is
// more is an error.
func (g *paging) said(m *expression.Mapping, in *expression.Input) (string, error) {
	v, err := m.Eval(in)
	if err != nil {
		return "", fmt.Errorf("paging: %w", err)
	}
	text, err := connectors.Text(v)
	switch {
	case err != nil || len(text) > 8<<10:
		return "", errors.New("paging: the next page is no text")
	case text == "" && g.more != nil:
		return "", errNowhere
	}
	return text, nil
}

// bare is an address without what auth adds to it.
func (g *paging) bare(u *url.URL) string {
	var kept []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if part != "" && (err != nil || !slices.Contains(g.secrets, plain)) {
			kept = append(kept, part)
		}
	}
	out := *u
	out.RawQuery = strings.Join(kept, "&")
	return out.String()
}
