package links

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/singleflight"

	"flowd/internal/fault"
)

// Target is how what a link stands for stands now.
type Target string

// A link leads on while its target is Alive. Gone are an interview that was
// deleted or withdrawn and a person who was erased; Ended is past the time that
// links keep after an application's end; Revoked is an epoch before the one in
// force.
const (
	Alive   Target = "alive"
	Gone    Target = "gone"
	Ended   Target = "ended"
	Revoked Target = "revoked"
)

// Options are what a Handler needs; Log, Metrics and Now may be left out.
type Options struct {
	Signer *Signer
	// Lookup tells how a claim stands. It is asked at each click and must not ask
	// Hireflix. An error is logged: it must hold nothing of a person.
	Lookup func(ctx context.Context, c Claim) (Target, error)
	// Mint returns a link of Hireflix to an interview's recording that lives. A
	// fault.NotFound says that the interview is gone. It is not called for one
	// interview twice at a time.
	Mint func(ctx context.Context, interview string) (url string, err error)
	// Allow tells whether a link may lead to an address; see Hosts.
	Allow   func(url string) bool
	Log     zerolog.Logger
	Metrics prometheus.Registerer // nil: not registered
	Now     func() time.Time      // nil: time.Now
}

// mintTimeout bounds a click; browsers and proxies wait longer.
const mintTimeout = 20 * time.Second

// Handler serves GET and HEAD of Path. It is safe for concurrent use.
type Handler struct {
	opts    Options
	signer  atomic.Pointer[Signer]
	limits  *Limits
	minting singleflight.Group
	opened  *prometheus.CounterVec
	noise   zerolog.Logger // for what anyone can cause any number of
}

// NewHandler returns a handler; its metric is registered or it fails.
func NewHandler(o Options) (*Handler, error) {
	if o.Signer == nil || o.Lookup == nil || o.Mint == nil || o.Allow == nil {
		return nil, errors.New("links: a handler needs Signer, Lookup, Mint and Allow")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Handler{
		opts: o, limits: NewLimits(), noise: o.Log.Sample(&zerolog.BurstSampler{Burst: 10, Period: time.Minute}),
		opened: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_recording_links_total", Help: "Requests for flowd's links to recordings, by how they were answered.",
		}, []string{"result"}),
	}
	h.signer.Store(o.Signer)
	if o.Metrics != nil {
		if err := o.Metrics.Register(h.opened); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Swap replaces the signer, as after a reload.
func (h *Handler) Swap(s *Signer) { h.signer.Store(s) }

// answer is how a request ended.
type answer struct {
	result string // as counted and logged
	page   page
	to     string // where it leads, or ""
	err    error
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	security(w.Header())
	token := strings.TrimPrefix(r.URL.Path, Path)
	digest := sha256.Sum256([]byte(token))
	link := hex.EncodeToString(digest[:])[:12]
	a := h.answer(r, token, string(digest[:]))
	h.opened.WithLabelValues(a.result).Inc()
	h.note(a, link)
	if a.to == "" {
		a.page.write(w, r)
		return
	}
	w.Header().Set("Location", a.to)
	w.WriteHeader(http.StatusFound)
}

func (h *Handler) answer(r *http.Request, token, digest string) answer {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return answer{result: "method", page: pageMethod}
	}
	claim, err := h.signer.Load().Parse(token)
	if err != nil {
		return answer{result: "unknown", page: pageUnknown}
	}
	if !h.limits.One(digest, h.opts.Now()) {
		return answer{result: "limited", page: pageOften}
	}
	target, err := h.opts.Lookup(r.Context(), claim)
	switch {
	case err != nil:
		return answer{result: "failed", page: pageLater, err: err}
	case target == Gone:
		return answer{result: "gone", page: pageGone}
	case target == Ended:
		return answer{result: "gone", page: pageEnded}
	case target == Revoked:
		return answer{result: "gone", page: pageRevoked}
	case target != Alive:
		return answer{result: "failed", page: pageLater, err: errors.New("the look-up answers with an unknown target")}
	case r.Method == http.MethodHead || Previews(r.UserAgent()):
		return answer{result: "previewed", page: pageReady}
	case !h.limits.any(h.opts.Now()):
		return answer{result: "limited", page: pageOften}
	}
	return h.mint(r.Context(), claim.Interview)
}

// mint gets the link to lead to. Two who click at once share one call: Hireflix
// may end the first link when it makes a second one. What one of them has begun
// is not ended by their leaving.
func (h *Handler) mint(ctx context.Context, interview string) answer {
	made, err, _ := h.minting.Do(interview, func() (any, error) {
		call, cancel := context.WithTimeout(context.WithoutCancel(ctx), mintTimeout)
		defer cancel()
		return h.opts.Mint(call, interview)
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return answer{result: "gone", page: pageGone}
	case err != nil:
		return answer{result: "unavailable", page: pageLater, err: err}
	}
	to, _ := made.(string)
	u, err := url.Parse(to)
	if err != nil || !h.opts.Allow(to) {
		return answer{result: "refused", page: pageLater, err: errors.New("the link that Hireflix gives leads to a host that is not Hireflix's: nobody is sent there")}
	}
	return answer{result: "opened", to: u.String()}
}

// note logs an answer, with the digest by which the openings of one link can be
// told from those of another, and without the link.
func (h *Handler) note(a answer, link string) {
	switch a.result {
	case "failed", "refused":
		h.opts.Log.Error().Str("link", link).Str("result", a.result).Err(a.err).Msg("a link to a recording was not served")
	case "unavailable":
		h.opts.Log.Warn().Str("link", link).Str("kind", string(fault.KindOf(a.err))).Err(a.err).Msg("a link to a recording was not served")
	case "opened", "gone":
		h.opts.Log.Info().Str("link", link).Str("result", a.result).Msg("a link to a recording was opened")
	default:
		h.noise.Info().Str("link", link).Str("result", a.result).Msg("a link to a recording was asked for")
	}
}

// Previews tells whether a program asks that shows people what a link is about,
// before anybody clicks: nothing is made for it. A Cubot is a telephone.
func Previews(agent string) bool {
	agent = strings.ReplaceAll(strings.ToLower(agent), "cubot", "")
	for _, known := range []string{"bot", "crawler", "spider", "preview", "facebookexternalhit", "whatsapp", "slack-imgproxy", "embedly"} {
		if strings.Contains(agent, known) {
			return true
		}
	}
	return false
}
