package sign

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Sign makes the signature of a request, for tests, demonstrations and
// outgoing hooks, and returns the text to be sent. It first sets the scheme's
// timestamp to now where that is a header, and it sets the signature where that
// is a header; a body or URL that must hold either is the caller's to write.
func (v *Verifier) Sign(now time.Time, header http.Header, query url.Values, body, secret []byte) (string, error) {
	keys, err := v.keys([][]byte{secret})
	if err != nil {
		return "", err
	}
	stamp := strconv.FormatInt(now.UnixNano()/int64(v.unit), 10)
	r := &request{header: header, query: query, body: body}
	lead := ""
	switch v.timestamp.kind {
	case "header":
		header.Set(v.timestamp.name, stamp)
	case "part":
		r.pieces = []string{v.timestamp.name + "=" + stamp}
		lead = r.pieces[0] + v.split
	}
	text, err := v.signed(r)
	if err != nil {
		return "", err
	}
	value := lead + v.prefix + v.encode(v.sum(keys[0], text))
	if v.wrapped {
		value = base64.StdEncoding.EncodeToString([]byte(value))
	}
	if v.signature.kind == "header" {
		header.Set(v.signature.name, value)
	}
	return value, nil
}

// encode writes a digest in the first of the scheme's encodings.
func (v *Verifier) encode(sum []byte) string {
	switch v.encodings[0] {
	case "base64":
		return base64.StdEncoding.EncodeToString(sum)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(sum)
	default:
		return hex.EncodeToString(sum)
	}
}
