package connectors

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// errElsewhere is of a next page that would take the credential to another host.
var errElsewhere = errors.New("the next page is said to be at another address")

// NextPage is the address of the next page as a Link header with rel=next says it
// (RFC 8288), nil where none does. One that leaves the host of base, or its
// encryption, is an error: the credential would go there.
func NextPage(base *url.URL, h http.Header) (*url.URL, error) {
	for _, header := range h.Values("Link") {
		for link := range strings.SplitSeq(header, ",") {
			target, rest, ok := strings.Cut(strings.TrimSpace(link), ">")
			if !ok || !strings.HasPrefix(target, "<") || !strings.Contains(rest, `rel="next"`) && !strings.Contains(rest, "rel=next") {
				continue
			}
			return SameHost(base, target[1:])
		}
	}
	return nil, nil
}

// SameHost resolves an address that a system gave, and refuses one that leaves
// the host of base.
func SameHost(base *url.URL, address string) (*url.URL, error) {
	u, err := base.Parse(address)
	if err != nil || u.Scheme != base.Scheme || u.Host != base.Host || u.User != nil {
		return nil, errElsewhere
	}
	return u, nil
}
