package daemon_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/web"
)

// A delivery that tells all is decoded again for a field that nobody kept. Of one
// that the ATS was asked for the rest of, nobody can tell any more: what it does not
// hold is not absent.
func TestPlan_DecodesAgain(t *testing.T) {
	t.Parallel()
	ats := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte(`{"stage": "Video interview", "job": "Account Executive", "mail": "rosa.field@example.com", "fields": {"Level": "junior"}}`))
	}))
	t.Cleanup(ats.Close)
	const told = `"stage": "Video interview", "job": "Account Executive", "mail": "rosa.field@example.com"`
	for name, tt := range map[string]struct {
		fetch, body string
		want        map[web.Change]int
	}{
		"it tells all, and nothing of the field": {body: `{"event": "e1", "id": "7", "fields": {}, ` + told + `}`, want: map[web.Change]int{web.WouldNotInvite: 1}},
		"it tells all":                           {body: `{"event": "e1", "id": "7", "fields": {"Level": "junior"}, ` + told + `}`, want: map[web.Change]int{}},
		"the ATS was asked": {body: `{"event": "e1", "id": "7"}`, fetch: `
    fetch:
      url: ` + ats.URL + `/${application.id}
      complete: true
      map: {stage: body.stage, job.name: body.job, candidate.email: body.mail, fields: body.fields}`,
			want: map[web.Change]int{web.CannotTell: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			w.write("path", "0123456789abcdef")
			w.config = w.write("flowd.yaml", fmt.Sprintf(`rules: {path: rules/, activate: on_apply}
hireflix: {url: %s/me, api_key: {file: key}, settle: 200ms}
sources:
  - name: ats
    kind: webhook
    webhook: {verify: none, path_secret: {file: path}}
    event_id: body.event
    map:
      application: body.id
      stage: body.stage ?? ""
      job.name: body.job ?? ""
      candidate.email: body.mail ?? ""
      candidate.first_name: '"Rosa"'
      fields: body.fields ?? nil%s
server: {listen: "127.0.0.1:0", admin: "127.0.0.1:0"}
`, w.url, tt.fetch))
			rules := "version: 1\nowner: ops\nrules:\n  - id: video\n    stage: Video interview\n    pairs: [{position: AE screening}]\n"
			w.write("rules/video.yaml", rules)
			d := w.start(w.options())
			resp, err := http.Post(d.HookURL()+"ats/0123456789abcdef", "application/json", strings.NewReader(tt.body))
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("delivered: %v %v", resp, err)
			}
			_ = resp.Body.Close()
			eventually(t, "invited", func() bool { return w.status().People[flowd.WordInvited] == 1 })
			w.write("rules/video.yaml", rules+"    if: 'field(\"Level\", \"none\") == \"junior\"'\n")
			made, err := w.api().Plan(t.Context(), web.PlanOrder{Since: time.Now().Add(-time.Hour)}, func(string, int, int) {})
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(made.Changes, tt.want) {
				t.Errorf("planned %v: %+v", made.Changes, made.People)
			}
		})
	}
}
