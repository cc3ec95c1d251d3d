package sim

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Options set up a server. The zero Options are a quiet account with the key
// [DefaultKey], an unlimited plan and the system's clock.
type Options struct {
	// Key is the accepted X-API-KEY; [DefaultKey] if empty.
	Key string
	// Seed makes ids, links and request ids the same in each run.
	Seed uint64
	// Now is the account's clock; time.Now if nil. Delays and hanging
	// connections are real time.
	Now func() time.Time
	// Fault is the first fault, as given to SetFault.
	Fault Fault
	// Hang ends a silent connection whose client does not go away; 1 minute
	// if 0.
	Hang time.Duration
	// MaxBody is the largest request in bytes; 1 MiB if 0.
	MaxBody int64
	// Remember is the number of arrivals that the journal keeps; 200,000 if 0.
	Remember int
	// TranscribeAfter is how long after an answer its transcript is there, by
	// Now; negative: not before [Server.Transcribe].
	TranscribeAfter time.Duration
	// WebhookSecret signs webhooks; drawn from Seed if empty. See
	// [Server.Secret].
	WebhookSecret string
	// WebhookTimeout ends a try to deliver a webhook; 10 seconds if 0.
	WebhookTimeout time.Duration
	// Transport carries the webhooks; nil is a new connection for each.
	Transport http.RoundTripper
	// SharedURL is where links to recordings point, the token after it; the
	// address that share was asked at, and /shared, if empty. They are served
	// at /shared all the same.
	SharedURL string

	// What follows chooses where the real API's behaviour is not known or was
	// seen both ways.

	// ExternalIDFirst names the externalId when an invite repeats both an
	// externalId and an address.
	ExternalIDFirst bool
	// ExactEmailFilter makes email.equal distinguish capitals, which the
	// uniqueness of addresses never does.
	ExactEmailFilter bool
	// NewerStatus writes an interview's status in the words of the filter:
	// to_evaluate for completed, and so on.
	NewerStatus bool
	// QuotedCodes writes the code of a refusal as a string.
	QuotedCodes bool
	// OlderBodies writes webhooks as in 2023: the candidate without firstName
	// and lastName, and the short link without a scheme.
	OlderBodies bool
}

// DefaultKey is the key of a server whose options name none.
const DefaultKey = "simulated-key"

// Server is the simulated account, served over HTTP. All methods are safe for
// concurrent use.
type Server struct {
	options Options
	service *service // Schema
	grown   *service // with one more member, for UnknownMember
	closed  chan struct{}
	close   sync.Once
	secret  string
	post    *post // has a lock of its own, taken after mu

	mu      sync.Mutex // over everything below but fault
	account *account
	ledger  ledger
	key     string
	down    bool

	faultMu sync.Mutex // apart, so that a fault may read the journal
	fault   Fault
}

// New makes an empty account that serves [Schema].
func New(options Options) *Server {
	s, err := NewWithSchema(Schema, options)
	if err != nil {
		panic(fmt.Sprintf("sim: the embedded schema: %v", err)) // a test holds it sound
	}
	return s
}

// NewWithSchema makes an empty account that serves another schema: a version
// of [Schema] in which something is renamed, removed or of another type. It
// fails if the text is no schema or the simulator has nothing to answer one of
// its fields with.
func NewWithSchema(sdl string, options Options) (*Server, error) {
	if options.Key == "" {
		options.Key = DefaultKey
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Hang <= 0 {
		options.Hang = time.Minute
	}
	if options.MaxBody <= 0 {
		options.MaxBody = 1 << 20
	}
	if options.Remember <= 0 {
		options.Remember = 200_000
	}
	if options.WebhookTimeout <= 0 {
		options.WebhookTimeout = 10 * time.Second
	}
	s := &Server{
		options: options,
		closed:  make(chan struct{}),
		account: newAccount(options),
		ledger:  ledger{remember: options.Remember},
		key:     options.Key,
		fault:   options.Fault,
	}
	if s.secret = options.WebhookSecret; s.secret == "" {
		s.secret = draw(s.account.side, 40, alphanumeric)
	}
	s.post = newPost(options, s.Sign)
	var err error
	if s.service, err = newService(sdl, root{s}); err != nil {
		return nil, err
	}
	if s.grown, err = newService(sdl+growth, root{s}); err != nil {
		return nil, err
	}
	return s, nil
}

// root hands the library its two resolvers. They are apart because Query and
// Mutation have fields that differ in capitals alone.
type root struct{ server *Server }

// Query resolves queries.
func (r root) Query() *query { return &query{server: r.server} }

// Mutation resolves mutations.
func (r root) Mutation() *mutation { return &mutation{server: r.server} }

// Close ends delays, gates and silences: operations that had not taken effect
// never will. Webhooks that are left are not sent, and none is on its way when
// it returns. Call it before closing the HTTP server, which waits for them.
func (s *Server) Close() {
	s.close.Do(func() {
		close(s.closed)
		s.post.close()
	})
}

// SetFault replaces the fault; nil is an honest server.
func (s *Server) SetFault(fault Fault) {
	s.faultMu.Lock()
	defer s.faultMu.Unlock()
	s.fault = fault
}

// SetDown makes the server close every connection without reading, or not.
func (s *Server) SetDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// SetKey changes the accepted key.
func (s *Server) SetKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// Journal returns what arrived so far. It is a copy.
func (s *Server) Journal() Journal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.journal()
}

// Mails is the number of invite e-mails sent.
func (s *Server) Mails() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.mailed
}

// MailsTo is the number of invite e-mails sent to an address.
func (s *Server) MailsTo(email string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.mails[fold(email)]
}

var _ http.Handler = (*Server)(nil)
