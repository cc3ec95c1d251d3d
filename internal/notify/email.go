package notify

import (
	"context"
	"net/mail"
	"slices"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"flowd/internal/fault"
)

// Email sends one plain-text message to all of To.
type Email struct {
	SMTP SMTP
	To   []string
}

// maxRecipients bounds one message; beyond it a list address is the better way.
const maxRecipients = 50

// Send implements Channel. When the server refuses some of several addresses
// for good, the others get the message and the fault is Invalid and ErrPartly, so
// that nobody is left untold because of one who has gone.
func (e Email) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	msg, err := e.compose(m)
	if err != nil {
		return err
	}
	s, err := e.SMTP.open(ctx, international(append([]string{e.SMTP.From}, e.To...)))
	if err != nil {
		return err
	}
	defer s.hangUp()
	return s.deliver(ctx, msg)
}

// compose builds the message. The library encodes what a header may not hold;
// tidy has taken out line breaks before.
func (e Email) compose(m Message) (*gomail.Msg, error) {
	m, err := m.tidy(mailOp)
	if err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(e.SMTP.From)
	if err != nil {
		return nil, fault.New(fault.Invalid, mailOp, "the sender is not an e-mail address")
	}
	if len(e.To) == 0 || len(e.To) > maxRecipients {
		return nil, fault.New(fault.Invalid, mailOp, "a message goes to 1 to %d addresses, not %d", maxRecipients, len(e.To))
	}
	msg := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	for _, to := range e.To {
		address, err := mail.ParseAddress(to)
		if err != nil || len(address.Address) > 254 {
			return nil, fault.New(fault.Invalid, mailOp, "a recipient is not an e-mail address")
		}
		msg.AddToMailAddress(address)
	}
	domain := from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	msg.SetMessageIDWithValue(m.Key + "@" + domain)
	msg.SetDate()
	msg.Subject(m.Subject)
	// RFC 3834: nobody's absence notice answers this; the second is Exchange's.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.body()+"\n")
	return msg, nil
}

// deliver is one mail transaction. It is spoken here and not by the library's
// Send because only this tells what may have arrived: a broken connection
// before the final dot has sent nothing, after it one cannot know.
func (s *session) deliver(ctx context.Context, msg *gomail.Msg) error {
	from, err := msg.GetSender(false)
	if err != nil {
		return fault.New(fault.Internal, mailOp, "the message has no sender")
	}
	to, err := msg.GetRecipients()
	if err != nil {
		return fault.New(fault.Internal, mailOp, "the message has no recipient")
	}
	if err := s.Mail(from); err != nil {
		return rejected(ctx, err, "the mail server refuses the sender")
	}
	refused := 0
	for _, address := range to {
		err := s.Rcpt(address)
		if err != nil && codeOf(err) < 500 {
			return rejected(ctx, err, "")
		}
		if err != nil {
			refused++
		}
	}
	if refused == len(to) {
		return fault.New(fault.Invalid, mailOp, "the mail server refuses every recipient")
	}
	content, err := s.Data()
	if err != nil {
		return rejected(ctx, err, "the mail server refuses the message")
	}
	if _, err := msg.WriteTo(content); err != nil {
		return failed(ctx, fault.Unavailable, mailOp, err) // not closed: that would deliver half a message
	}
	if err := content.Close(); err != nil {
		if codeOf(err) == 0 {
			return failed(ctx, fault.Uncertain, mailOp, err)
		}
		return rejected(ctx, err, "the mail server refuses the message")
	}
	_ = s.Quit() // it has the message
	if refused > 0 {
		f := fault.New(fault.Invalid, mailOp, "the mail server refuses %d of %d recipients", refused, len(to))
		f.Err = ErrPartly
		return f
	}
	return nil
}

// rejected classifies an answer to a command. The server's own words are left
// out: they quote addresses.
func rejected(ctx context.Context, err error, what string) error {
	switch code := codeOf(err); {
	case code == 530:
		return fault.New(fault.Unauthorized, mailOp, "the mail server wants a login; set smtp.username and smtp.password")
	case code >= 500:
		return fault.New(fault.Invalid, mailOp, "%s (code %d)", what, code)
	case code >= 400:
		return fault.New(fault.Unavailable, mailOp, "the mail server does not take the message now (code %d)", code)
	}
	return failed(ctx, fault.Unavailable, mailOp, err)
}

func international(addresses []string) bool {
	return slices.ContainsFunc(addresses, func(a string) bool {
		return strings.ContainsFunc(a, func(r rune) bool { return r > 127 })
	})
}
