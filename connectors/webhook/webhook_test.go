package webhook_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/webhook"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

var single = connectortest.Receiver{
	Kind:     webhook.Kind(),
	Scheme:   sign.StandardWebhooks(),
	Fixtures: "testdata/single",
	Hook:     "verify: standard-webhooks\nhandshake:\n  when: body.test == true\n  answer: body.challenge ?? nil",
	Personal: []string{"Orla", "Bramblewick", "bramblewick@", "202 555 0188", "41250"},
	Config: `
when: body.event == "stage_changed"
map:
  at: body.at
  via: '"move"'
  application: {id: body.application.id, status: body.application.status, private: body.application.private, applied_at: body.application.created}
  source: body.application.source
  candidate:
    id: body.candidate.id
    emails: body.candidate.emails
    first_name: body.candidate.first_name
    last_name: body.candidate.last_name
    phone: body.candidate.phone ?? nil
    country: body.candidate.country ?? ""
    language: body.candidate.language ?? ""
    tags: body.candidate.tags
    can_email: body.candidate.can_email ?? nil
  job: {id: body.job.id, name: body.job.name, department: body.job.department, location: 'header["X-Team"] ?? nil'}
  stage: {id: body.stage.id, name: body.stage.name}
  fields:
    Salary: body.salary
    Certificates: body.certificates
    Night shift: '"Night shift" in body.candidate.tags'
`,
}

var batch = connectortest.Receiver{
	Kind:     webhook.Kind(),
	Scheme:   sign.Scheme{Signature: "header:X-Signature", Prefix: "v1=", Split: ";", Message: "{header:X-Time}.{body}", Timestamp: "header:X-Time", TimestampUnit: "ms"},
	Fixtures: "testdata/batch",
	Hook: `verify: {signature: "header:X-Signature", prefix: "v1=", split: ";", message: "{header:X-Time}.{body}", timestamp: "header:X-Time", timestamp_unit: ms, tolerance: 10m}
handshake: {when: body.test == true}`,
	Personal: []string{"Hector", "Plum", "hector.plum"},
	Config: `
for_each: body.data
when: item.kind in ["moved", "gone", "withdrawn"] and body.type != "INITIAL"
event_id: item.id
map:
  type: 'item.kind == "moved" ? "stage.entered" : (item.kind == "gone" ? "application.deleted" : "application.withdrawn")'
  at: item.ms
  application: item.application_id
  candidate.email: item.mail
  candidate.name: item.name
  stage: item.to
  from: item.from ?? ""
`,
}

func TestConformance(t *testing.T) {
	t.Parallel()
	t.Run("Single", single.Run)
	t.Run("Batch", batch.Run)
}

func FuzzDecode(f *testing.F)      { single.Fuzz(f) }
func FuzzDecodeBatch(f *testing.F) { batch.Fuzz(f) }

func TestMembers(t *testing.T) {
	t.Parallel()
	want := []string{
		"application.age", "application.applied_at", "application.id", "application.status",
		"candidate.can_email", "candidate.country", "candidate.email", "candidate.first_name", "candidate.id", "candidate.language",
		"candidate.last_name", "candidate.name", "candidate.phone", "candidate.source", "candidate.tags",
		"event.at", "event.via", "field", "job.department", "job.id", "job.location", "job.name", "stage", "stage_id",
	}
	if diff := cmp.Diff(want, single.Build(t, false).Members); diff != "" {
		t.Error(diff)
	}
}

// source builds a hook without a signature.
func source(t *testing.T, section string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, webhook.Kind(), "webhook: {verify: none, path_secret: {file: path}}\n"+section, map[string]string{"path": "0123456789abcdef"})
}

func decode(s connectors.Source, body string, header ...string) (flowd.Batch, *flowd.Reply, error) {
	d := flowd.Delivery{Source: s.Name, Header: http.Header{}, Query: url.Values{"team": {"red"}}, Body: []byte(body), Received: connectortest.Now}
	for i := 0; i < len(header); i += 2 {
		d.Header.Set(header[i], header[i+1])
	}
	return s.Receiver.Decode(d)
}

// Odoo's automation rules send bare ids and false for what is empty, and sign
// nothing.
func TestDecode_Unsigned(t *testing.T) {
	t.Parallel()
	s := source(t, `
map: {application: body._id, candidate: {email: body.email_from, phone: body.partner_phone, name: body.partner_name}, stage: {id: body.stage_id}, at: body.date_last_stage_update, job: {id: query.team}}
`)
	b, _, err := decode(s, `{"_id":1,"stage_id":2,"partner_name":"Ida Example","email_from":"ida@example.com","partner_phone":false,"date_last_stage_update":"2026-11-23 14:18:53"}`)
	if err != nil {
		t.Fatal(err)
	}
	want := flowd.Event{
		Type: flowd.StageEntered, Via: flowd.ViaUnknown, At: time.Date(2026, 11, 23, 14, 18, 53, 0, time.UTC), Stage: flowd.Stage{ID: "2"},
		Application: flowd.Application{ID: "1", Job: flowd.Job{ID: "red"}, Candidate: flowd.Candidate{Name: "Ida Example", Email: "ida@example.com"}},
	}
	if diff := cmp.Diff(want, b.Events[0]); diff != "" {
		t.Error(diff)
	}
	if len(s.PathSecrets) != 1 || s.Receiver.Verify(time.Now(), flowd.Delivery{}) != nil {
		t.Error("an unsigned source wants a path secret and no signature")
	}
}

// A missing value is an error that names source, part and value.
func TestDecode_Missing(t *testing.T) {
	t.Parallel()
	const stage = "stage: body.word"
	for name, c := range map[string]struct{ before, parts, says string }{
		"part":       {"", "application: body.id, stage: body.stage.name", "map stage.name: body.stage.name is missing"},
		"stage":      {"", "application: body.id, stage: 'body.stage.name ?? nil'", "map stage is missing"},
		"id":         {"", stage + ", application: 'body.nothing ?? nil'", "map application is missing"},
		"time":       {"", stage + ", application: body.id, at: body.word", "map at is not a time"},
		"odd time":   {"", stage + ", application: body.id, at: body.far", "map at is not a time"},
		"object":     {"", stage + ", application: body.object", "map application is not a text"},
		"type":       {"", stage + ", application: body.id, type: body.word", "map type is none of application.created"},
		"via":        {"", stage + ", application: body.id, via: body.word", "map via is none of move"},
		"status":     {"", stage + ", application: body.id, status: body.word", "map application.status is none of active"},
		"flag":       {"", stage + ", application: body.id, candidate: {can_email: body.word}", "map candidate.can_email is neither true nor false"},
		"tags":       {"", stage + ", application: body.id, candidate: {tags: body.object}", "map candidate.tags is not a list"},
		"emails":     {"", stage + ", application: body.id, candidate: {emails: body.word}", "map candidate.emails is not a list"},
		"odd emails": {"", stage + ", application: body.id, candidate: {emails: body.odd}", "map candidate.emails holds something other"},
		"when":       {"when: body.word", stage + ", application: body.id", "when is neither true nor false"},
		"in when":    {"when: body.nowhere == 1", stage + ", application: body.id", "when: body.nowhere is missing"},
		"for_each":   {"for_each: body.word", stage + ", application: body.id", "for_each is not a list"},
		"no list":    {"for_each: body.nowhere", stage + ", application: body.id", "for_each: body.nowhere is missing"},
		"item":       {"for_each: body.odd", stage + ", application: item.id", "item 1: map application: item.id is missing"},
		"event id":   {"event_id: body.nowhere", stage + ", application: body.id", "event_id: body.nowhere is missing"},
		"job":        {"", "type: '\"job.closed\"', application: body.id", "map job is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := source(t, c.before+"\nmap: {"+c.parts+"}")
			b, _, err := decode(s, `{"id": 1, "word": "ada@example.com", "object": {"a": "ada@example.com"}, "odd": [{"value": ["ada@example.com"]}], "far": 99999999999999}`)
			if err == nil || !strings.HasPrefix(err.Error(), "source conformance: "+c.says) || len(b.Events) > 0 {
				t.Fatalf("%d events, %v, want %q", len(b.Events), err, c.says)
			}
			if strings.Contains(err.Error(), "ada@") {
				t.Errorf("%v quotes the body", err)
			}
		})
	}
}

func TestDecode_Handshake(t *testing.T) {
	t.Parallel()
	const rest = "\nmap: {application: body.id, stage: body.stage}"
	for name, c := range map[string]struct {
		handshake, body, header string
		reply                   *flowd.Reply
	}{
		"echo":          {"{echo_header: X-Hook-Secret}", "{}", "abc", &flowd.Reply{Header: http.Header{"X-Hook-Secret": {"abc"}}}},
		"echo, no body": {"{echo_header: X-Hook-Secret}", "", "abc", &flowd.Reply{Header: http.Header{"X-Hook-Secret": {"abc"}}}},
		"test":          {"{when: body.test == true}", `{"test":true}`, "", &flowd.Reply{}},
		"challenge": {"{when: body.challenge != nil, answer: body.challenge}", `{"challenge":"c-1"}`, "", &flowd.Reply{
			Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}, Body: []byte("c-1"),
		}},
		"query":       {`{when: query.team == "red", answer: query.team}`, `{"id":1,"stage":"x"}`, "", &flowd.Reply{Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}, Body: []byte("red")}},
		"not a test":  {"{when: body.test == true}", `{"test":false,"id":1,"stage":"x"}`, "", nil},
		"no header":   {"{echo_header: X-Hook-Secret}", `{"id":1,"stage":"x"}`, "", nil},
		"long header": {"{echo_header: X-Hook-Secret}", `{"id":1,"stage":"x"}`, strings.Repeat("x", 2000), nil},
		"long answer": {"{when: body.c != nil, answer: body.c}", `{"c":"` + strings.Repeat("x", 2000) + `","id":1,"stage":"x"}`, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := connectortest.Build(t, webhook.Kind(), "webhook: {setup: true, handshake: "+c.handshake+"}"+rest, nil)
			var header []string
			if c.header != "" {
				header = []string{"X-Hook-Secret", c.header}
			}
			b, reply, err := decode(s, c.body, header...)
			if diff := cmp.Diff(c.reply, reply); diff != "" || err != nil || (len(b.Events) > 0) != (c.reply == nil) {
				t.Errorf("%v, %d events\n%s", err, len(b.Events), diff)
			}
		})
	}
}

// Ids of the sender make the keys; one that comes twice in a delivery is
// numbered.
func TestDecode_Keys(t *testing.T) {
	t.Parallel()
	s := source(t, "for_each: body\nevent_id: item.e\nmap: {application: item.a, stage: '\"Video\"'}")
	b, _, err := decode(s, `[{"e":"x","a":1},{"e":"y","a":2},{"e":"x","a":3},{"e":7,"a":4},{"e":"","a":5}]`)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, ev := range b.Events {
		keys = append(keys, ev.Key)
	}
	if diff := cmp.Diff([]string{"conformance:x", "conformance:y", "conformance:x:1", "conformance:7", ""}, keys); diff != "" {
		t.Error(diff)
	}
	many := "[" + strings.Repeat(`{"e":"x","a":1},`, 5000) + `{"e":"x","a":1}]`
	if _, _, err := decode(s, many); err == nil || !strings.Contains(err.Error(), "more than 5000") {
		t.Errorf("5001 items: %v", err)
	}
}

func TestBuild_Problems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "word"), []byte("in words"), 0o600); err != nil {
		t.Fatal(err)
	}
	const hook = "webhook: {verify: none, path_secret: {file: key}}\n"
	const good = "map: {application: body.id, stage: body.stage}\n"
	for name, c := range map[string]struct{ section, place, says, hint string }{
		"no verify":          {"webhook: {secret: {file: key}}\n" + good, "3:10", "does not say how its sender signs", "standard-webhooks"},
		"unknown verify":     {"webhook: {secret: {file: key}, verify: hmac}\n" + good, "3:40", `knows no scheme "hmac"`, "none"},
		"none with secret":   {"webhook: {secret: {file: key}, verify: none}\n" + good, "3:40", "leaves the secret unused", "path_secret"},
		"none without path":  {"webhook: {verify: none}\n" + good, "3:19", "anyone could send", "16 characters"},
		"scheme":             {"webhook: {secret: {file: key}, verify: {signature: X-Sig}}\n" + good, "3:52", "signature", ""},
		"scheme, two":        {"webhook: {secret: {file: key}, verify: {signature: \"header:X\", digest: md5, encoding: rot13}}\n" + good, "3:72", `digest: "md5" is not one of`, ""},
		"scheme key":         {"webhook: {secret: {file: key}, verify: {signature: \"header:X\", diggest: md5}}\n" + good, "3:64", "unknown key diggest", "digest"},
		"key not hex":        {"webhook: {secret: {file: word}, verify: {signature: \"header:X\", key_encoding: hex}}\n" + good, "3:19", "cannot be decoded", "copy the secret"},
		"no map":             {hook, "1:1", "map is missing", ""},
		"map of text":        {hook + "map: body", "4:6", "map wants the parts of an event", "candidate.email"},
		"unknown part":       {hook + "map: {application: body.id, stage: body.s, candidate: {mail: body.m}}", "4:56", "an event has no candidate.mail", "candidate.email"},
		"unknown top":        {hook + "map: {application: body.id, stage: body.s, zzzzzzzz: body.m}", "4:44", "an event has no zzzzzzzz", "its parts"},
		"nested too deep":    {hook + "map: {application: body.id, stage: body.s, job: {name: {x: body.m}}}", "4:56", "name wants an expression", ""},
		"said twice":         {hook + "map: {application: body.id, application.id: body.i, stage: body.s}", "4:29", "says twice where application comes from", ""},
		"no application":     {hook + "map: {stage: body.s}", "4:6", "where the application comes from", "body.application.id"},
		"no stage":           {hook + "map: {application: body.s}", "4:6", "where the stage comes from", "body.stage.id"},
		"bad expression":     {hook + "map:\n  application: body.id\n  stage: body.s ??", "6:18", "ends too early", ""},
		"unquoted text":      {hook + "map:\n  application: body.id\n  stage: Video", "6:10", "there is no Video", "body"},
		"when":               {hook + "when: body.x = 1\n" + good, "4:14", "a single = compares nothing", "write =="},
		"item without list":  {hook + "when: item.x == 1\n" + good, "4:7", "item is read, and there is no for_each", ""},
		"item in map":        {hook + "map: {application: item.id, stage: body.s}", "4:6", "application reads item", "for_each"},
		"item in for_each":   {hook + "for_each: item.x\n" + good, "4:11", "for_each cannot read item", ""},
		"empty handshake":    {"webhook: {setup: true, handshake: {answer: body.x}}\n" + good, "3:35", "how it is known", "echo_header"},
		"webhook of text":    {"webhook: none\n" + good, "3:10", "webhook wants a set of keys", ""},
		"nothing of a thing": {hook + "map: {application: [body.id], stage: body.s}", "4:20", "application wants an expression", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: webhook\n"+c.section), strictyaml.Options{})
			connectors.Kinds{webhook.Kind()}.Build(doc.Root(), connectors.Options{Dir: dir})
			got := strictyaml.Render(doc.Problems())
			if !strings.Contains(got, "s.yaml:"+c.place+": ") || !strings.Contains(got, c.says) || !strings.Contains(got, c.hint) {
				t.Errorf("want %s %q %q, got\n%s", c.place, c.says, c.hint, got)
			}
		})
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
