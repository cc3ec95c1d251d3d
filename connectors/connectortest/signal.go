package connectortest

import (
	"net/http"
	"strings"
	"testing"
)

// signals: a delivery to the path with the secret is answered with 200, has the
// source polled, once however many come before the poll, and is kept nowhere;
// one to another path is not found.
func (s Receiver) signals(t *testing.T) {
	woke := 0
	for _, x := range s.fixtures(t) {
		r := s.rig(t, false)
		for _, path := range []string{"", "/", "/d3Jvbmcgc2VjcmV0", "/" + Secret[1:]} {
			if w := r.postTo("/hooks/conformance"+path, x.Header, x.Body); w.Code != http.StatusNotFound {
				t.Errorf("%s to %q: status %d", x.Name, path, w.Code)
			}
		}
		want, bad := http.StatusOK, strings.HasPrefix(x.Name, "bad")
		if bad {
			want = http.StatusBadRequest
		}
		for range 3 {
			if w := r.postTo("/hooks/conformance/"+Secret, x.Header, x.Body); w.Code != want || bad != (len(r.held) > 0) {
				t.Errorf("%s: status %d, %d kept", x.Name, w.Code, len(r.held))
			}
		}
		if len(r.batches) > 0 {
			t.Errorf("%s is admitted", x.Name)
		}
		n := 0
		for range 2 {
			select {
			case <-r.source.Wake:
				n++
			default:
			}
		}
		if n > 1 || bad && n > 0 {
			t.Errorf("%s woke the poll %d times", x.Name, n)
		}
		woke += n
		s.quiet(t, r.log.String(), strings.Join(r.held, "\n"))
	}
	if woke == 0 {
		t.Error("no fixture has the source polled")
	}
}
