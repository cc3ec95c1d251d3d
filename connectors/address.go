package connectors

import (
	"errors"
	"net"
	"net/url"

	"flowd/internal/strictyaml"
)

// SafeURL checks an address that a configuration names: https, or http to this
// machine alone, without a user and password in it.
func SafeURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("is not an address such as https://api.example.com")
	case u.User != nil:
		return nil, errors.New("holds a user or password; say them under auth")
	case u.Fragment != "":
		return nil, errors.New("holds a #, which is never sent")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("is not encrypted; http:// is accepted for this machine only")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckURL reads an address that stands in a configuration, and reports one that
// is not safe to send a credential to.
func CheckURL(node *strictyaml.Node) (*url.URL, bool) {
	if node == nil || node.Broken() || node.Kind() != strictyaml.Scalar {
		return nil, false
	}
	u, err := SafeURL(node.Text())
	if err != nil {
		node.Error("url", node.Key()+" "+err.Error(), "")
		return nil, false
	}
	return u, true
}
