package notify_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"flowd/internal/fault"
	"flowd/internal/notify"
)

// mailServer is a small SMTP server on this machine. An entry of answers takes
// the place of the ordinary answer to a command that begins so; "" hangs up.
type mailServer struct {
	listener net.Listener
	config   *tls.Config
	implicit bool
	plain    bool // offers no STARTTLS
	answers  map[string]string

	mu    sync.Mutex
	mails []received
	login string
}

type received struct {
	to        []string
	encrypted bool
	data      string
}

// newMailServer also returns the roots that trust it.
func newMailServer(t *testing.T, change func(*mailServer)) (*mailServer, notify.SMTP) {
	t.Helper()
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{listener: listener, config: &tls.Config{Certificates: certified.TLS.Certificates}, answers: map[string]string{}}
	if change != nil {
		change(s)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer conn.Close(); s.serve(conn) })
		}
	})
	t.Cleanup(func() { listener.Close(); all.Wait() })
	address, _ := listener.Addr().(*net.TCPAddr)
	smtp := notify.SMTP{Host: "127.0.0.1", Port: address.Port, From: "flowd <flowd@acme.example>", Roots: roots}
	if s.implicit {
		smtp.TLS = "tls"
	}
	return s, smtp
}

func (s *mailServer) serve(conn net.Conn) {
	encrypted := s.implicit
	if s.implicit {
		conn = tls.Server(conn, s.config)
	}
	in := bufio.NewReader(conn)
	say := func(text string) { _, _ = io.WriteString(conn, text+"\r\n") }
	var mail received
	say("220 mail.acme.example ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		if answer, found := s.answer(line); found {
			if answer == "" {
				return
			}
			say(answer)
			continue
		}
		switch verb, rest, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			say("250-mail.acme.example")
			if !encrypted && !s.plain {
				say("250-STARTTLS")
			}
			say("250-AUTH PLAIN LOGIN")
			say("250-SMTPUTF8")
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			conn, encrypted = tls.Server(conn, s.config), true
			in = bufio.NewReader(conn)
		case "AUTH":
			s.mu.Lock()
			s.login = rest
			s.mu.Unlock()
			say("235 welcome")
		case "MAIL":
			mail = received{encrypted: encrypted}
			say("250 ok")
		case "RCPT":
			mail.to = append(mail.to, rest)
			say("250 ok")
		case "DATA":
			say("354 go on")
			mail.data = ""
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				mail.data += strings.TrimPrefix(line, ".")
			}
			if answer, found := s.answer("."); found {
				if answer == "" {
					return
				}
				say(answer)
				continue
			}
			s.mu.Lock()
			s.mails = append(s.mails, mail)
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailServer) answer(line string) (string, bool) {
	for start, answer := range s.answers {
		if strings.HasPrefix(line, start) {
			return answer, true
		}
	}
	return "", false
}

func (s *mailServer) taken() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails
}

func TestEmail_Delivered(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*mailServer){
		"STARTTLS": nil,
		"TLS":      func(s *mailServer) { s.implicit = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, smtp := newMailServer(t, change)
			smtp.Username, smtp.Password = "flowd", source("pa55")
			m := message
			m.Subject = "Über\r\nBcc: rosa.field@example.com"
			m.Text = "Grüße\n.\nfrom flowd\n" + strings.Repeat("x", 1200)
			if err := (notify.Email{SMTP: smtp, To: []string{"ana.lind@example.com", "Bo Field <bo.field@example.com>"}}).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			mails := server.taken()
			if len(mails) != 1 || !mails[0].encrypted || strings.Join(mails[0].to, " ") != "TO:<ana.lind@example.com> TO:<bo.field@example.com>" {
				t.Fatalf("got %+v", mails)
			}
			if want := "PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00flowd\x00pa55")); server.login != want {
				t.Errorf("the login is %q", server.login)
			}
			got, err := mail.ReadMessage(strings.NewReader(mails[0].data))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
			if err != nil || subject != "Über Bcc: rosa.field@example.com" || got.Header.Get("Bcc") != "" {
				t.Errorf("the subject is %q, %v", subject, err)
			}
			for header, want := range map[string]string{
				"Message-ID": "<notice-1@acme.example>", "Auto-Submitted": "auto-generated", "From": `"flowd" <flowd@acme.example>`,
			} {
				if got.Header.Get(header) != want {
					t.Errorf("%s is %q, want %q", header, got.Header.Get(header), want)
				}
			}
			text, err := io.ReadAll(quotedprintable.NewReader(got.Body))
			if want := m.Text + "\n\nTo do: flowd list --held\n"; err != nil || strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") != strings.TrimRight(want, "\n") {
				t.Errorf("the text is %q, %v", text, err)
			}
		})
	}
}

func TestEmail_Faults(t *testing.T) {
	t.Parallel()
	const ana, bo = "ana.lind@example.com", "bo.field@example.com"
	on := func(start, answer string) func(*mailServer) {
		return func(s *mailServer) { s.answers[start] = answer }
	}
	for name, c := range map[string]struct {
		change func(*mailServer)
		want   fault.Kind
		mails  int
	}{
		"greeted by nobody":          {func(s *mailServer) { s.listener.Close() }, fault.Unavailable, 0},
		"no encryption offered":      {func(s *mailServer) { s.plain = true }, fault.Invalid, 0},
		"login refused":              {on("AUTH", "535 5.7.8 flowd: no"), fault.Unauthorized, 0},
		"login not now":              {on("AUTH", "454 later"), fault.Unavailable, 0},
		"hung up at the login":       {on("AUTH", ""), fault.Unavailable, 0},
		"sender refused":             {on("MAIL", "550 not you"), fault.Invalid, 0},
		"sender without a login":     {on("MAIL", "530 login first"), fault.Unauthorized, 0},
		"greylisted":                 {on("RCPT TO:<"+bo, "451 "+bo+" later"), fault.Unavailable, 0},
		"one recipient gone":         {on("RCPT TO:<"+bo, "550 "+bo+" unknown"), fault.Invalid, 1},
		"all recipients gone":        {on("RCPT", "550 unknown"), fault.Invalid, 0},
		"no room":                    {on("DATA", "452 full"), fault.Unavailable, 0},
		"the content refused":        {on(".", "554 "+ana+" spam"), fault.Invalid, 0},
		"the content not now":        {on(".", "451 later"), fault.Unavailable, 0},
		"hung up before the content": {on("DATA", ""), fault.Unavailable, 0},
		"hung up after the content":  {on(".", ""), fault.Uncertain, 0},
		"hung up after all":          {on("QUIT", ""), "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, smtp := newMailServer(t, c.change)
			smtp.Username, smtp.Password = "flowd", source("pa55")
			err := notify.Email{SMTP: smtp, To: []string{ana, bo}}.Send(t.Context(), message)
			if fault.KindOf(err) != c.want || len(server.taken()) != c.mails {
				t.Errorf("got %v and %d mails, want %q and %d", err, len(server.taken()), c.want, c.mails)
			}
			if errors.Is(err, notify.ErrPartly) != (err != nil && c.mails > 0) {
				t.Errorf("whether somebody has it: %v", err)
			}
			if err != nil {
				for _, bad := range []string{ana, bo, "pa55", "sales-video"} {
					if strings.Contains(err.Error(), bad) {
						t.Errorf("the fault shows %q: %v", bad, err)
					}
				}
			}
		})
	}
}

// A server that says nothing, or without end, is left when the context ends or
// it has said enough.
func TestEmail_Bounded(t *testing.T) {
	t.Parallel()
	t.Run("silence", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		_, smtp := newMailServer(t, func(s *mailServer) {
			s.answers["EHLO"] = "250-" // and then nothing: the answer is not over
		})
		go cancel()
		if err := (notify.Email{SMTP: smtp, To: []string{"ana.lind@example.com"}}).Send(ctx, message); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("flood", func(t *testing.T) {
		t.Parallel()
		_, smtp := newMailServer(t, func(s *mailServer) {
			s.answers["EHLO"] = strings.Repeat("250-"+strings.Repeat("x", 500)+"\r\n", 2000)
		})
		if err := (notify.Email{SMTP: smtp, To: []string{"ana.lind@example.com"}}).Send(t.Context(), message); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSMTP_Validate(t *testing.T) {
	t.Parallel()
	good := notify.SMTP{Host: "smtp.acme.example", Port: 587, From: "flowd@acme.example"}
	for name, c := range map[string]struct {
		change func(*notify.SMTP)
		says   string
	}{
		"the least":             {func(*notify.SMTP) {}, ""},
		"here without TLS":      {func(s *notify.SMTP) { s.Host, s.TLS = "localhost", "none" }, ""},
		"elsewhere without TLS": {func(s *notify.SMTP) { s.TLS = "none" }, "this machine alone"},
		"an unknown TLS":        {func(s *notify.SMTP) { s.TLS = "ssl" }, "starttls"},
		"no host":               {func(s *notify.SMTP) { s.Host = "" }, "host"},
		"a path":                {func(s *notify.SMTP) { s.Host = "unix:///run/x" }, "host"},
		"no port":               {func(s *notify.SMTP) { s.Port = 0 }, "port"},
		"no sender":             {func(s *notify.SMTP) { s.From = "flowd" }, "sender"},
		"a login without key":   {func(s *notify.SMTP) { s.Username = "flowd" }, "both"},
	} {
		s := good
		c.change(&s)
		err := s.Validate()
		if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func FuzzEmail_Headers(f *testing.F) {
	server, smtp := serverForFuzz(f)
	f.Add("key", "subject\r\nBcc: x@example.com", "ana.lind@example.com")
	f.Add("a b", "=?utf-8?q?x?=\x00", "\"a\r\nX: y\"@example.com")
	f.Fuzz(func(t *testing.T, key, subject, to string) {
		before := len(server.taken())
		err := notify.Email{SMTP: smtp, To: []string{to}}.Send(t.Context(), notify.Message{Key: "k" + key, Subject: subject, Text: "text"})
		if err != nil && strings.Contains(err.Error(), to) && len(to) > 20 {
			t.Errorf("the fault shows the address: %v", err)
		}
		if err != nil {
			return
		}
		all := server.taken()
		got, err := mail.ReadMessage(strings.NewReader(all[len(all)-1].data))
		if err != nil || len(all) != before+1 {
			t.Fatal(err, len(all)-before)
		}
		for name := range got.Header {
			switch name {
			case "Message-Id", "Date", "Subject", "From", "To", "Mime-Version", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding":
			default:
				t.Errorf("a header came in: %s", name)
			}
		}
	})
}

// serverForFuzz speaks in the clear: a handshake for each input is slow.
func serverForFuzz(f *testing.F) (*mailServer, notify.SMTP) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	s := &mailServer{listener: listener, plain: true}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); s.serve(conn) }()
		}
	}()
	f.Cleanup(func() { listener.Close() })
	var port int
	if _, err := fmt.Sscanf(listener.Addr().String(), "127.0.0.1:%d", &port); err != nil {
		f.Fatal(err)
	}
	return s, notify.SMTP{Host: "127.0.0.1", Port: port, From: "flowd@acme.example", TLS: "none"}
}
