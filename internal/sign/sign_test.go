package sign_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"flowd/internal/sign"
)

const (
	commonBody   = `{"action":"candidate_stage_change","payload":{"application":{"id":265277}}}`
	commonSecret = "flowd-test-secret"
	commonHex    = "c16530bd6da89044c38e5b8944c6d429a6596fadeef14bc787a6df3723d24393"
	commonBase64 = "wWUwvW2okETDjluJRMbUKaZZb63u8UvHh6bfNyPSQ5M="
)

var sent = time.Unix(1700000000, 0)

// vector is one sender's scheme with a request that it signed. The digests
// come from an independent computation, one from the sender's documentation.
type vector struct {
	name   string
	scheme sign.Scheme
	header map[string]string // besides the signature
	value  string            // of the signature, where that is a header
	body   string
	secret string
	now    time.Time
}

func vectors() []vector {
	recruiterLink := "<http://smartrecruiters.com/endpoint>; rel=self"
	smart := sign.Scheme{
		Signature: "header:smartrecruiters-signature", Prefix: "v1=", Split: ";",
		Message:   "{header:smartrecruiters-timestamp}.{body}.{header:event-id}.{header:event-name}.{header:event-version}.{header:link}",
		Timestamp: "header:smartrecruiters-timestamp", ReplayID: "header:event-id",
	}
	list := []vector{
		{name: "greenhouse", scheme: sign.Scheme{Signature: "header:Signature", Prefix: "sha256 ", ReplayID: "header:Greenhouse-Event-ID"}, value: "sha256 " + commonHex},
		{name: "ashby", scheme: sign.Scheme{Signature: "header:Ashby-Signature", Prefix: "sha256=", ReplayID: "json:webhookActionId"}, value: "sha256=" + commonHex},
		{name: "workable hex", scheme: sign.Scheme{Signature: "header:X-Workable-Signature", Encoding: "hex|base64"}, value: commonHex},
		{name: "workable base64", scheme: sign.Scheme{Signature: "header:X-Workable-Signature", Encoding: "hex|base64"}, value: commonBase64},
		{name: "recruitee", scheme: sign.Scheme{Signature: "header:X-Recruitee-Signature"}, value: commonHex},
		{name: "breezy", scheme: sign.Scheme{Signature: "header:X-Hook-Signature", ReplayID: "json:_id"}, value: commonHex},
		{name: "pinpoint", scheme: sign.Scheme{Signature: "header:PINPOINT-HMAC-SHA256", Encoding: "base64"}, value: commonBase64},
		{name: "nango", scheme: sign.Scheme{Signature: "header:X-Nango-Hmac-Sha256"}, value: commonHex},
		{name: "merge", scheme: sign.Scheme{Signature: "header:X-Merge-Webhook-Signature", Encoding: "base64url"}, value: strings.NewReplacer("+", "-", "/", "_").Replace(commonBase64)},
		{name: "kombo", scheme: sign.Scheme{Signature: "header:X-Kombo-Signature", Encoding: "base64url"}, value: strings.TrimRight(commonBase64, "=")},
		{
			name: "teamtailor v2",
			scheme: sign.Scheme{
				Signature: "header:TT-Signature", Encoding: "base64(hex)", Split: ",", Prefix: "v2=",
				Message: "{part:t}.{body}", Timestamp: "part:t",
			},
			value: "dD0xNzAwMDAwMDAwLHYyPTdhNTA2ZmZjYjYyYWRjYjZhOWEyMzg2MmU1Yzk2YzZiMGZhZWVmMDkwNzM1ZTE4Zjg1OGI0YmI4NzljZmQ3NTA=",
		},
		{
			name:   "teamtailor older, in a header",
			scheme: sign.Scheme{Signature: "header:Teamtailor-Signature", Encoding: "base64(hex)", Message: "{json:resource_id}"},
			body:   `{"event":"x", "resource_id": "55"}`,
			value:  "YTQzMWU3MzcxYTAyZjQyYTg1NzY2NTJjYzBhMmI4YmNlMzQzMGViMGFlMjFjZDY5M2M1ZjhjNDA2NGVmM2I2ZQ==",
		},
		{
			name:   "teamtailor older, in the body",
			scheme: sign.Scheme{Signature: "json:signature", Encoding: "base64(hex)", Message: "{json:payload.data.id}"},
			body:   `{"payload":{"data":{"id":"55"}},"signature":"YTQzMWU3MzcxYTAyZjQyYTg1NzY2NTJjYzBhMmI4YmNlMzQzMGViMGFlMjFjZDY5M2M1ZjhjNDA2NGVmM2I2ZQ=="}`,
		},
		{
			name: "lever",
			scheme: sign.Scheme{
				Signature: "json:signature", Message: "{json:token}{json:triggeredAt}",
				Timestamp: "json:triggeredAt", TimestampUnit: "ms", ReplayID: "json:token",
			},
			body: `{"event":"candidateStageChange","triggeredAt": 1541786221203 ,"token":"tok-1","signature":"d21d1352e934caef5f4949cfd45c99f532685f29e5fb61e283ffad84b3577c15","data":{}}`,
			now:  time.UnixMilli(1541786221203),
		},
		{
			name: "smartrecruiters, published", scheme: smart,
			header: map[string]string{
				"smartrecruiters-timestamp": "1574080897", "event-id": "123",
				"event-name": "application.created", "event-version": "v201910", "link": recruiterLink,
			},
			body: `{"job_id":"jid","candidate_id":"cid"}`, secret: "HeBVky2bccvvkcXPimH8c",
			value: "v1=2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f",
			now:   time.Unix(1574080897, 0),
		},
		{
			name:   "bamboohr",
			scheme: sign.Scheme{Signature: "header:X-BambooHR-Signature", Message: "{body}{header:X-BambooHR-Timestamp}", Timestamp: "header:X-BambooHR-Timestamp"},
			header: map[string]string{"X-BambooHR-Timestamp": "1700000000"},
			value:  "622382e6b0b7f776f7e6c2322ccd61e3c4870c44d3fb632fcbe347b27e46282e",
		},
		{
			name:   "unified",
			scheme: sign.Scheme{Signature: "json:sig", Digest: "sha1", Message: "{json:data}{json:nonce}", ReplayID: "json:nonce"},
			body:   `{"data":[{"id":"a"}],"nonce":"nonce-1","sig":"5a89bc4b766ef92b23ac9374f0f31699c9402808"}`,
		},
		{
			name: "standard webhooks", scheme: sign.StandardWebhooks(),
			header: map[string]string{"webhook-id": "msg_1", "webhook-timestamp": "1700000000"},
			secret: "whsec_Zmxvd2Qtc3RhbmRhcmQtd2ViaG9va3Mta2V5LTAwMDE=",
			value:  "v1a,bm90IG91cnM= v1,Gc98YBGmwartyG9l+oZtxp7iADSyciX4QJ2q40zEhx4=",
		},
		{name: "hireflix", scheme: sign.Scheme{Signature: "header:x-hireflix-signature", Encoding: "base64"}, value: commonBase64},
	}
	for i := range list {
		v := &list[i]
		if v.body == "" {
			v.body = commonBody
		}
		if v.secret == "" {
			v.secret = commonSecret
		}
		if v.now.IsZero() {
			v.now = sent
		}
	}
	return list
}

func (v vector) headers() http.Header {
	h := http.Header{}
	for name, value := range v.header {
		h.Set(name, value)
	}
	if name, ok := strings.CutPrefix(v.scheme.Signature, "header:"); ok {
		h.Set(name, v.value)
	}
	return h
}

func compile(t testing.TB, s sign.Scheme) *sign.Verifier {
	t.Helper()
	v, err := sign.New(s)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return v
}

// Every sender's vector passes; with one letter of the signature changed, the
// wrong secret or no secret it is refused.
func TestVerify_Vectors(t *testing.T) {
	t.Parallel()
	for _, c := range vectors() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := compile(t, c.scheme)
			if err := v.Verify(c.now, c.headers(), nil, []byte(c.body), []byte(c.secret)); err != nil {
				t.Errorf("genuine: %v", err)
			}
			other := "another secret"
			if c.scheme.KeyEncoding == "base64" {
				other = base64.StdEncoding.EncodeToString([]byte(other))
			}
			if err := v.Verify(c.now, c.headers(), nil, []byte(c.body), []byte(other)); !errors.Is(err, sign.ErrMismatch) {
				t.Errorf("other secret: %v, want ErrMismatch", err)
			}
			if err := v.Verify(c.now, c.headers(), nil, []byte(c.body), []byte(other), []byte(c.secret)); err != nil {
				t.Errorf("second of two secrets: %v", err)
			}
			if err := v.Verify(c.now, c.headers(), nil, []byte(c.body)); !errors.Is(err, sign.ErrNoSecret) {
				t.Errorf("no secret: %v, want ErrNoSecret", err)
			}
			if err := v.Verify(c.now, c.headers(), nil, []byte(c.body), []byte(c.secret), nil); !errors.Is(err, sign.ErrNoSecret) {
				t.Errorf("an empty secret beside the right one: %v, want ErrNoSecret", err)
			}
			if c.value != "" {
				bare := c.headers()
				bare.Del(strings.TrimPrefix(c.scheme.Signature, "header:"))
				if err := v.Verify(c.now, bare, nil, []byte(c.body), []byte(c.secret)); !errors.Is(err, sign.ErrMissing) {
					t.Errorf("no signature: %v, want ErrMissing", err)
				}
			}
			if c.scheme.Timestamp != "" {
				for _, off := range []time.Duration{sign.DefaultTolerance, -sign.DefaultTolerance} {
					if err := v.Verify(c.now.Add(off), c.headers(), nil, []byte(c.body), []byte(c.secret)); err != nil {
						t.Errorf("%v off: %v", off, err)
					}
					if err := v.Verify(c.now.Add(off+off/300), c.headers(), nil, []byte(c.body), []byte(c.secret)); !errors.Is(err, sign.ErrStale) {
						t.Errorf("a second beyond %v: %v, want ErrStale", off, err)
					}
				}
			}
		})
	}
}

// Sign makes for each scheme what Verify accepts, and exactly the vector's text
// where the vector holds one signature in the scheme's first encoding.
func TestSign(t *testing.T) {
	t.Parallel()
	for _, c := range vectors() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := compile(t, c.scheme)
			h := c.headers()
			got, err := v.Sign(c.now, h, nil, []byte(c.body), []byte(c.secret))
			if err != nil {
				t.Fatal(err)
			}
			switch c.name {
			case "workable base64", "standard webhooks": // another encoding; a second signature
			case "merge", "kombo":
				if want := strings.TrimRight(c.value, "="); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			default:
				if c.value != "" && got != c.value {
					t.Errorf("got %s, want %s", got, c.value)
				}
				if c.value == "" && !strings.Contains(c.body, `"`+got+`"`) {
					t.Errorf("got %s, want the signature in %s", got, c.body)
				}
			}
			if err := v.Verify(c.now, h, nil, []byte(c.body), []byte(c.secret)); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

// One valid request, spoiled in one way a case.
func TestVerify_Spoiled(t *testing.T) {
	t.Parallel()
	type parts struct {
		now     time.Time
		header  http.Header
		body    []byte
		secrets [][]byte
	}
	set := func(name, value string) func(*parts) { return func(p *parts) { p.header.Set(name, value) } }
	signature := func(change func(string) string) func(*parts) {
		return func(p *parts) { p.header.Set("webhook-signature", change(p.header.Get("webhook-signature"))) }
	}
	for name, c := range map[string]struct {
		spoil func(*parts)
		want  error
	}{
		"nothing":                    {func(*parts) {}, nil},
		"a byte of the body":         {func(p *parts) { p.body[10] ^= 1 }, sign.ErrMismatch},
		"a space after the body":     {func(p *parts) { p.body = append(p.body, ' ') }, sign.ErrMismatch},
		"empty body":                 {func(p *parts) { p.body = nil }, sign.ErrMismatch},
		"another id":                 {set("webhook-id", "msg_2"), sign.ErrMismatch},
		"no id":                      {func(p *parts) { p.header.Del("webhook-id") }, sign.ErrMismatch},
		"another time":               {set("webhook-timestamp", "1700000001"), sign.ErrMismatch},
		"no time":                    {func(p *parts) { p.header.Del("webhook-timestamp") }, sign.ErrMismatch},
		"too old":                    {func(p *parts) { p.now = p.now.Add(301 * time.Second) }, sign.ErrStale},
		"from the future":            {func(p *parts) { p.now = p.now.Add(-301 * time.Second) }, sign.ErrStale},
		"no signature":               {func(p *parts) { p.header.Del("webhook-signature") }, sign.ErrMissing},
		"empty signature":            {set("webhook-signature", ""), sign.ErrMissing},
		"prefix alone":               {set("webhook-signature", "v1,"), sign.ErrMalformed},
		"no prefix":                  {signature(func(s string) string { return strings.TrimPrefix(s, "v1,") }), sign.ErrMalformed},
		"prefix in capitals":         {signature(strings.ToUpper), sign.ErrMalformed},
		"another version":            {signature(func(s string) string { return "v2" + s[2:] }), sign.ErrMalformed},
		"not base64":                 {set("webhook-signature", "v1,!!!"), sign.ErrMalformed},
		"half a digest":              {signature(func(s string) string { return s[:len(s)/2] }), sign.ErrMalformed},
		"digest of another size":     {set("webhook-signature", "v1,AAAA"), sign.ErrMalformed},
		"one letter of the digest":   {signature(func(s string) string { return s[:5] + "A" + s[6:] }), sign.ErrMismatch},
		"no padding":                 {signature(func(s string) string { return strings.TrimRight(s, "=") }), nil},
		"a wrong one before it":      {signature(func(s string) string { return "v1," + commonBase64 + " " + s }), nil},
		"a wrong one after it":       {signature(func(s string) string { return s + " v1," + commonBase64 }), nil},
		"two spaces between":         {signature(func(s string) string { return "v1," + commonBase64 + "  " + s }), nil},
		"too many":                   {signature(func(s string) string { return s + strings.Repeat(" "+s, 40) }), sign.ErrMalformed},
		"too long":                   {signature(func(s string) string { return s + " " + strings.Repeat("x", 9000) }), sign.ErrMalformed},
		"header twice":               {func(p *parts) { p.header.Add("webhook-signature", "v1,x") }, sign.ErrMalformed},
		"wrong secret":               {func(p *parts) { p.secrets = [][]byte{[]byte("whsec_AAAA")} }, sign.ErrMismatch},
		"secret without its prefix":  {func(p *parts) { p.secrets[0] = p.secrets[0][len("whsec_"):] }, nil},
		"secret that is not base64":  {func(p *parts) { p.secrets = [][]byte{[]byte("whsec_!")} }, sign.ErrBadSecret},
		"secret of a prefix alone":   {func(p *parts) { p.secrets = [][]byte{[]byte("whsec_")} }, sign.ErrNoSecret},
		"empty secret":               {func(p *parts) { p.secrets = [][]byte{{}} }, sign.ErrNoSecret},
		"no secrets":                 {func(p *parts) { p.secrets = nil }, sign.ErrNoSecret},
		"empty secret, no signature": {func(p *parts) { p.secrets, p.header = [][]byte{{}}, http.Header{} }, sign.ErrNoSecret},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secret := "whsec_Zmxvd2Qtc3RhbmRhcmQtd2ViaG9va3Mta2V5LTAwMDE="
			v := compile(t, sign.StandardWebhooks())
			p := &parts{now: sent, header: http.Header{}, body: []byte(commonBody), secrets: [][]byte{[]byte(secret)}}
			p.header.Set("webhook-id", "msg_1")
			if _, err := v.Sign(sent, p.header, nil, p.body, []byte(secret)); err != nil {
				t.Fatal(err)
			}
			c.spoil(p)
			err := v.Verify(p.now, p.header, nil, p.body, p.secrets...)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil {
				for _, s := range append(p.secrets, []byte(secret), []byte("265277"), []byte("!!!"), []byte(commonBase64)) {
					if len(s) > 0 && strings.Contains(err.Error(), string(s)) {
						t.Errorf("the error tells what was sent or the secret: %v", err)
					}
				}
			}
		})
	}
}

// An empty message or an absent time cannot slip past a scheme that covers it.
func TestVerify_Times(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want error
	}{
		{"1700000000", nil},
		{"", sign.ErrMissing},
		{"-1", sign.ErrStale},
		{"1700000000000", sign.ErrStale},
		{"999999999999999", sign.ErrStale},
		{"9223372036854775807", sign.ErrMalformed},
		{"1.7e9", sign.ErrMalformed},
		{"0x6553F100", sign.ErrMalformed},
		{"2023-11-14T22:13:20Z", sign.ErrMalformed},
	} {
		// The age is checked with a header that the scheme covers but whose
		// text the sender chose, so the signature is genuine in each case.
		covering := compile(t, sign.Scheme{Signature: "header:X-Sig", Message: "{header:X-Time}"})
		timed := compile(t, sign.Scheme{Signature: "header:X-Sig", Message: "{header:X-Time}", Timestamp: "header:X-Time"})
		h := http.Header{"X-Time": {c.text}}
		if _, err := covering.Sign(sent, h, nil, nil, []byte("k")); err != nil {
			t.Fatal(err)
		}
		if err := timed.Verify(sent, h, nil, nil, []byte("k")); !errors.Is(err, c.want) {
			t.Errorf("time %q: %v, want %v", c.text, err, c.want)
		}
	}
}

func TestVerify_QueryAndKeys(t *testing.T) {
	t.Parallel()
	v := compile(t, sign.Scheme{Signature: "query:sig", Digest: "sha512", Encoding: "base64url", Message: "{query:id}:{body}", KeyEncoding: "hex"})
	q := url.Values{"id": {"7"}}
	sig, err := v.Sign(sent, http.Header{}, q, []byte("x"), []byte("00ff"))
	if err != nil {
		t.Fatal(err)
	}
	q.Set("sig", sig)
	if err := v.Verify(sent, nil, q, []byte("x"), []byte("00FF")); err != nil {
		t.Error(err)
	}
	if err := v.CheckSecret([]byte("zz")); !errors.Is(err, sign.ErrBadSecret) {
		t.Errorf("got %v, want ErrBadSecret", err)
	}
	q.Set("id", "8")
	if err := v.Verify(sent, nil, q, []byte("x"), []byte("00ff")); !errors.Is(err, sign.ErrMismatch) {
		t.Errorf("got %v, want ErrMismatch", err)
	}
}

func TestReplayID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scheme sign.Scheme
		body   string
		want   string
		err    error
	}{
		{sign.Scheme{Signature: "header:S", ReplayID: "header:Greenhouse-Event-ID"}, "", "evt-9", nil},
		{sign.Scheme{Signature: "header:S", ReplayID: "json:a.id"}, `{"a":{"id":12345678901234567890}}`, "12345678901234567890", nil},
		{sign.Scheme{Signature: "header:S", ReplayID: "json:a.id"}, `{"a":{}}`, "", sign.ErrMissing},
		{sign.Scheme{Signature: "header:S", ReplayID: "header:Other"}, "", "", sign.ErrMissing},
		{sign.Scheme{Signature: "header:Parts", Split: ",", Prefix: "v=", ReplayID: "part:id"}, "", "p-1", nil},
	} {
		h := http.Header{"Greenhouse-Event-Id": {"evt-9"}, "Parts": {"id=p-1, v=" + commonHex}}
		got, err := compile(t, c.scheme).ReplayID(h, nil, []byte(c.body))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v, want %q, %v", c.scheme.ReplayID, got, err, c.want, c.err)
		}
	}
}
