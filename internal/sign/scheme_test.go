package sign_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"flowd/internal/sign"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	good := sign.Scheme{Signature: "header:X-Sig"}
	for name, c := range map[string]struct {
		change func(*sign.Scheme)
		field  string // "" for none
		says   string
	}{
		"the least":                    {func(*sign.Scheme) {}, "", ""},
		"no signature":                 {func(s *sign.Scheme) { s.Signature = "" }, "signature", "missing"},
		"a bare header":                {func(s *sign.Scheme) { s.Signature = "X-Sig" }, "signature", "header:NAME"},
		"signature in a part":          {func(s *sign.Scheme) { s.Signature = "part:x" }, "signature", "not a place"},
		"header with a space":          {func(s *sign.Scheme) { s.Signature = "header:X Sig" }, "signature", "name of a header"},
		"header without a name":        {func(s *sign.Scheme) { s.Signature = "header:" }, "signature", "name of a header"},
		"query without a name":         {func(s *sign.Scheme) { s.Signature = "query:" }, "signature", "no parameter"},
		"empty step of a path":         {func(s *sign.Scheme) { s.Message = "{json:a..b}" }, "message", "not a path"},
		"unknown digest":               {func(s *sign.Scheme) { s.Digest = "md5" }, "digest", "sha256, sha1, sha512"},
		"unknown encoding":             {func(s *sign.Scheme) { s.Encoding = "base32" }, "encoding", "base64url"},
		"alternatives":                 {func(s *sign.Scheme) { s.Encoding = "hex|base64" }, "", ""},
		"alternative to a double one":  {func(s *sign.Scheme) { s.Encoding = "hex|base64(hex)" }, "encoding", "alternatives"},
		"unknown key encoding":         {func(s *sign.Scheme) { s.KeyEncoding = "pem" }, "key_encoding", "raw, base64, hex"},
		"unknown separator":            {func(s *sign.Scheme) { s.Split = "a" }, "split", "separators"},
		"separator in the prefix":      {func(s *sign.Scheme) { s.Split, s.Prefix = ",", "v1," }, "prefix", "never be found"},
		"prefix with a space in front": {func(s *sign.Scheme) { s.Prefix = " v1=" }, "prefix", "space"},
		"prefix with a line break":     {func(s *sign.Scheme) { s.Prefix = "v1\n" }, "prefix", "printable"},
		"constant message":             {func(s *sign.Scheme) { s.Message = "hello" }, "message", "nothing of the request"},
		"unknown place":                {func(s *sign.Scheme) { s.Message = "{cookie:a}" }, "message", "not a place"},
		"open brace":                   {func(s *sign.Scheme) { s.Message = "{body" }, "message", "closing brace"},
		"message with the signature":   {func(s *sign.Scheme) { s.Message = "{body}{header:x-sig}" }, "message", "the signature itself"},
		"body signed in the body":      {func(s *sign.Scheme) { s.Signature = "json:sig" }, "message", "{json:data}"},
		"signature under a member":     {func(s *sign.Scheme) { s.Signature, s.Message = "json:meta.sig", "{json:meta}" }, "message", "the signature itself"},
		"part without split":           {func(s *sign.Scheme) { s.Message = "{part:t}{body}" }, "split", "part:t"},
		"time that is not signed":      {func(s *sign.Scheme) { s.Timestamp = "header:X-Time" }, "timestamp", "anyone could change it"},
		"time under the body":          {func(s *sign.Scheme) { s.Timestamp = "json:sent.at" }, "", ""},
		"time under a signed member": {func(s *sign.Scheme) {
			s.Signature, s.Message, s.Timestamp = "json:sig", "{json:data}", "json:data.at"
		}, "", ""},
		"time beside a signed member": {func(s *sign.Scheme) {
			s.Signature, s.Message, s.Timestamp = "json:sig", "{json:data}", "json:database"
		}, "timestamp", "not part of message"},
		"unknown unit": {func(s *sign.Scheme) {
			s.Message, s.Timestamp, s.TimestampUnit = "{header:T}", "header:t", "m"
		}, "timestamp_unit", "s, ms"},
		"negative tolerance": {func(s *sign.Scheme) {
			s.Message, s.Timestamp, s.Tolerance = "{header:T}", "header:t", -time.Second
		}, "tolerance", "negative"},
		"tolerance alone":    {func(s *sign.Scheme) { s.Tolerance = time.Second }, "tolerance", "no effect"},
		"unit alone":         {func(s *sign.Scheme) { s.TimestampUnit = "ms" }, "timestamp_unit", "no effect"},
		"replay id anywhere": {func(s *sign.Scheme) { s.ReplayID = "id" }, "replay_id", "not a place"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good
			c.change(&s)
			err := s.Validate()
			if c.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var at *sign.FieldError
			if !errors.As(err, &at) || at.Field != c.field || !strings.Contains(at.Problem, c.says) {
				t.Errorf("got %v, want a problem of %s that says %q", err, c.field, c.says)
			}
		})
	}
	t.Run("every problem at once", func(t *testing.T) {
		t.Parallel()
		err := sign.Scheme{Digest: "md5", Encoding: "x", KeyEncoding: "y", Split: "z", Message: "m", TimestampUnit: "s"}.Validate()
		for _, field := range []string{"signature", "digest", "encoding", "key_encoding", "split", "message", "timestamp_unit"} {
			if err == nil || !strings.Contains(err.Error(), field+": ") {
				t.Errorf("no problem of %s in %v", field, err)
			}
		}
	})
}

// A member is taken exactly as sent, and a body that two readers could read
// in two ways is refused.
func TestMember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body, want string
		err        error
	}{
		{`{"a":{"b":"x"}}`, "x", nil},
		{`{"a":{"b":"\u003cx\u003e \"q\""}}`, `<x> "q"`, nil},
		{`{"a":{"b":  1541786221203  }}`, "1541786221203", nil},
		{`{"a":{"b":1.50e3}}`, "1.50e3", nil},
		{`{"a":{"b":true}}`, "true", nil},
		{`{"a":{"b": [ {"id" :"a\u003c"} ] }}`, `[ {"id" :"a\u003c"} ]`, nil},
		{"{\"z\":[1,{\"b\":2}],\"a\" :\n{\"c\":0,\"b\":{}}}", "{}", nil},
		{`{"\u0061":{"b":1}}`, "1", nil},
		{`{"a":{"b":null}}`, "", sign.ErrMissing},
		{`{"a":{"b":""}}`, "", sign.ErrMissing},
		{`{"a":{"B":1}}`, "", sign.ErrMissing},
		{`{}`, "", sign.ErrMissing},
		{`{"a":{"b":1,"b":2}}`, "", sign.ErrMalformed},
		{`{"a":{"b":1},"a":{"b":2}}`, "", sign.ErrMalformed},
		{`{"a":[1]}`, "", sign.ErrMalformed},
		{`{"a":{"b":1}`, "", sign.ErrMalformed},
		{`[]`, "", sign.ErrMalformed},
		{``, "", sign.ErrMalformed},
		{`not json`, "", sign.ErrMalformed},
		{`{"a":{"b":` + strings.Repeat("[", 20000), "", sign.ErrMalformed},
	} {
		v := compile(t, sign.Scheme{Signature: "header:S", ReplayID: "json:a.b"})
		got, err := v.ReplayID(nil, nil, []byte(c.body))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%.40q: got %q, %v, want %q, %v", c.body, got, err, c.want, c.err)
		}
	}
}

// Whatever scheme New accepts, its own signatures verify and others do not.
func FuzzScheme(f *testing.F) {
	for _, c := range vectors() {
		s := c.scheme
		f.Add(s.Signature, s.Prefix, s.Split, s.Digest, s.Encoding, s.Message, s.KeyEncoding, s.StripKeyPrefix, s.Timestamp, s.TimestampUnit, s.ReplayID, c.body, c.secret)
	}
	f.Fuzz(func(t *testing.T, signature, prefix, split, digest, encoding, message, keyEncoding, strip, timestamp, unit, replayID, body, secret string) {
		v, err := sign.New(sign.Scheme{
			Signature: signature, Prefix: prefix, Split: split, Digest: digest, Encoding: encoding, Message: message,
			KeyEncoding: keyEncoding, StripKeyPrefix: strip, Timestamp: timestamp, TimestampUnit: unit, ReplayID: replayID,
		})
		if err != nil {
			return
		}
		name, inHeader := strings.CutPrefix(signature, "header:")
		if !inHeader {
			return
		}
		h := http.Header{}
		if _, err := v.Sign(sent, h, nil, []byte(body), []byte(secret)); err != nil {
			return
		}
		err = v.Verify(sent, h, nil, []byte(body), []byte(secret))
		fromBody := strings.HasPrefix(timestamp, "json:") || strings.HasPrefix(timestamp, "query:")
		if err != nil && !fromBody {
			t.Fatalf("own signature %q: %v", h.Get(name), err)
		}
		if err := v.Verify(sent, h, nil, []byte(body), append([]byte(secret), "01"...)); err == nil {
			t.Fatal("another secret verifies")
		}
	})
}

// No request verifies without the digest of what it says.
func FuzzVerify(f *testing.F) {
	var list []*sign.Verifier
	for _, c := range vectors() {
		list = append(list, compile(f, c.scheme))
	}
	for i, c := range vectors() {
		f.Add(i, c.value, c.header["event-id"], "1700000000", []byte(c.body))
	}
	f.Fuzz(func(t *testing.T, which int, signature, id, stamp string, body []byte) {
		v := list[uint(which)%uint(len(list))]
		scheme := vectors()[uint(which)%uint(len(list))].scheme
		h := http.Header{}
		for _, name := range []string{"webhook-id", "event-id", "Link"} {
			h.Set(name, id)
		}
		for _, name := range []string{"webhook-timestamp", "smartrecruiters-timestamp", "X-BambooHR-Timestamp"} {
			h.Set(name, stamp)
		}
		if name, ok := strings.CutPrefix(scheme.Signature, "header:"); ok {
			h.Set(name, signature)
		}
		err := v.Verify(sent, h, nil, body, fuzzKey)
		if err == nil {
			t.Fatal("verified without the key")
		}
		for _, sentinel := range []error{sign.ErrMissing, sign.ErrMalformed, sign.ErrMismatch} {
			if errors.Is(err, sentinel) {
				return
			}
		}
		t.Fatalf("an error that is none of the sentinels: %v", err)
	})
}

// fuzzKey signed none of the seeds.
var fuzzKey = []byte("ZnV6eiBrZXkgdGhhdCBubyBpbnB1dCBrbm93cw==")

func BenchmarkVerify(b *testing.B) {
	for _, c := range vectors() {
		switch c.name {
		case "greenhouse", "teamtailor v2", "lever", "standard webhooks":
		default:
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			v, h, body, secret := compile(b, c.scheme), c.headers(), []byte(c.body), []byte(c.secret)
			b.ReportAllocs()
			for b.Loop() {
				if err := v.Verify(c.now, h, nil, body, secret); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
