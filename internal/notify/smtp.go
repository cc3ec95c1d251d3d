package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"flowd/internal/fault"
	"flowd/internal/secret"
)

const (
	mailOp      = "notify by e-mail"
	mailTimeout = 45 * time.Second // of a whole delivery; servers that look twice at a sender are slow
	maxReplies  = 256 << 10        // bytes that a server may send in one delivery, TLS included
)

// SMTP is the mail server that takes flowd's messages over. It is plain data.
type SMTP struct {
	Host string
	Port int
	From string // an address, with or without a name
	// TLS is "starttls" (also when empty), "tls", or "none", which only this
	// machine may be spoken to with.
	TLS      string
	Username string // empty: no login
	Password func() (secret.Value, error)
	Roots    *x509.CertPool // nil: the system's
}

// Validate reports what is wrong with the settings, before anything is sent.
func (s SMTP) Validate() error {
	_, err := mail.ParseAddress(s.From)
	switch {
	case s.Host == "" || strings.ContainsAny(s.Host, "/ \r\n"):
		return errors.New("the mail server's host is missing or not a name")
	case s.Port < 1 || s.Port > 65535:
		return errors.New("the mail server's port is between 1 and 65535")
	case err != nil:
		return errors.New("the sender is not an e-mail address")
	case s.TLS != "" && s.TLS != "starttls" && s.TLS != "tls" && s.TLS != "none":
		return errors.New("tls is one of starttls, tls and none")
	case s.TLS == "none" && !isLoopback(s.Host):
		return errors.New("mail without encryption goes to this machine alone; write tls: starttls")
	case (s.Username == "") != (s.Password == nil):
		return errors.New("a login needs both a user name and a password")
	}
	return nil
}

// session is one connection to a mail server. It ends with its context.
type session struct {
	*smtp.Client
	line net.Conn
	stop func() bool
}

// open connects, encrypts and logs in. Nothing has been sent when it fails.
// International says that an address has letters beyond ASCII before its @.
func (s SMTP) open(ctx context.Context, international bool) (*session, error) {
	if err := s.Validate(); err != nil {
		return nil, fault.Wrap(fault.Invalid, mailOp, err)
	}
	out := &session{stop: func() bool { return true }}
	// Ours in place of the library's, which leaves the connection open when the
	// greeting fails and reads answers without a bound.
	dial := func(dialing context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(dialing, network, addr)
		if err != nil {
			return nil, err
		}
		out.stop = context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends every read and write of it
		out.line = bounded{conn, &io.LimitedReader{R: conn, N: maxReplies}}
		if s.TLS != "tls" {
			return out.line, nil
		}
		encrypted := tls.Client(out.line, s.tls())
		return encrypted, encrypted.HandshakeContext(dialing)
	}
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(mailTimeout), gomail.WithDialContextFunc(dial),
		gomail.WithTLSConfig(s.tls()), gomail.WithTLSPolicy(gomail.TLSMandatory),
	}
	switch s.TLS {
	case "tls":
		options = append(options, gomail.WithSSL())
	case "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if !international {
		// Asked for without need, SMTPUTF8 makes servers behind this one bounce.
		options = append(options, gomail.WithoutSMTPUTF8())
	}
	if s.Username != "" {
		password, err := s.Password()
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, mailOp, err)
		}
		options = append(options, gomail.WithUsername(s.Username), gomail.WithPassword(password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	client, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fault.New(fault.Invalid, mailOp, "the settings of the mail server are not accepted")
	}
	if out.Client, err = client.DialToSMTPClientWithContext(ctx); err != nil {
		out.hangUp()
		return nil, unopened(ctx, err)
	}
	return out, nil
}

func (s SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12, RootCAs: s.Roots}
}

// hangUp drops the connection; it can be called more than once.
func (s *session) hangUp() {
	s.stop()
	if s.line != nil {
		_ = s.line.Close() // nothing more is to come from it
	}
}

// unopened says why no session came about.
func unopened(ctx context.Context, err error) error {
	code := codeOf(err)
	switch {
	case code == 530, code == 534, code == 535, code == 538:
		return fault.New(fault.Unauthorized, mailOp, "the mail server refuses the login (code %d); check smtp.username and smtp.password", code)
	case code >= 500:
		return fault.New(fault.Unauthorized, mailOp, "the mail server refuses this sender (code %d)", code)
	case code >= 400:
		return fault.New(fault.Unavailable, mailOp, "the mail server is not available (code %d)", code)
	case strings.Contains(err.Error(), "does not support STARTTLS"): // the library has no value for it
		return fault.New(fault.Invalid, mailOp, "the mail server offers no STARTTLS; write smtp.tls: tls with its other port")
	case strings.Contains(err.Error(), "does not support SMTP AUTH"), errors.Is(err, gomail.ErrNoSupportedAuthDiscovered):
		return fault.New(fault.Invalid, mailOp, "the mail server offers no login that flowd knows")
	}
	return failed(ctx, fault.Unavailable, mailOp, err)
}

// codeOf is the server's answer in an error, or 0.
func codeOf(err error) int {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}

// bounded is a connection that ends after so many bytes have been read.
type bounded struct {
	net.Conn
	in *io.LimitedReader
}

// Read implements io.Reader.
func (b bounded) Read(p []byte) (int, error) { return b.in.Read(p) }
