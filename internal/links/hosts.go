package links

import (
	"net/url"
	"strings"
)

// Hosts returns what Options.Allow needs: whether an address is one of Hireflix,
// over https, or has the scheme, host and port of one of the extra addresses, as
// where a simulator or a proxy stands in Hireflix's place.
func Hosts(extra ...string) func(address string) bool {
	known := make(map[string]bool, len(extra))
	for _, address := range extra {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			known[origin(u)] = true
		}
	}
	return func(address string) bool {
		u, err := url.Parse(address)
		if err != nil || u.Opaque != "" || u.User != nil || u.Host == "" || strings.ContainsAny(address, "\\\t\r\n ") {
			return false
		}
		host := strings.ToLower(u.Hostname())
		port := u.Port()
		ours := host == "hireflix.com" || strings.HasSuffix(host, ".hireflix.com")
		return u.Scheme == "https" && ours && (port == "" || port == "443") || known[origin(u)]
	}
}

func origin(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }
