package connectors_test

import (
	"net/http"
	"net/url"
	"testing"

	"flowd/connectors"
)

func TestNextPage(t *testing.T) {
	t.Parallel()
	base := &url.URL{Scheme: "https", Host: "ats.example.com", Path: "/v3"}
	for link, want := range map[string]string{
		"": "",
		`<https://ats.example.com/v3/jobs?cursor=a>; rel="next"`:                                         "https://ats.example.com/v3/jobs?cursor=a",
		`<https://ats.example.com/v3/jobs?page=1>; rel="prev", </v3/jobs?cursor=a%2Cb>; foo; rel="next"`: "https://ats.example.com/v3/jobs?cursor=a%2Cb",
		`<https://ats.example.com/v3/jobs?cursor=a>; rel=next`:                                           "https://ats.example.com/v3/jobs?cursor=a",
		`<https://ats.example.com/v3/jobs?page=9>; rel="last"`:                                           "",
		`<https://other.example.com/v3/jobs>; rel="next"`:                                                "error",
		`<http://ats.example.com/v3/jobs>; rel="next"`:                                                   "error",
		`<https://ats.example.com:8443/v3/jobs>; rel="next"`:                                             "error",
		`<https://x@ats.example.com/v3/jobs>; rel="next"`:                                                "error",
		"<https://ats.example.com/\x7f>; rel=\"next\"":                                                   "error",
		`<//other.example.com/v3/jobs>; rel="next"`:                                                      "error",
		`https://ats.example.com/v3/jobs; rel="next"`:                                                    "",
	} {
		next, err := connectors.NextPage(base, http.Header{"Link": {link}})
		got := ""
		switch {
		case err != nil:
			got = "error"
		case next != nil:
			got = next.String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", link, got, want)
		}
	}
}
