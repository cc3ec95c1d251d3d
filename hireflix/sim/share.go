package sim

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

// share is a link to a recording that needs no login. An interview has one at
// a time: whether the real API replaces it or hands out the same one is not
// known, and here it replaces it.
type share struct {
	token, id, url string
	expires        time.Time
	labels         []string
	of             *interview
	ended          bool // replaced, removed, or its interview deleted
}

// sharedPath is where recordings are served, a token after it.
const sharedPath = "/shared/"

// longestShare is ours: the vendor only advises against extremely long ones.
const longestShare = 3650

type externalLinkObject struct {
	ID, URL, InterviewID, PositionID *string
	Expires                          *timestamp
	Labels                           *[]string
}

// object reads an expired share too: that it has expired is for its reader to
// see. No share is null.
func (sh *share) object() *externalLinkObject {
	if sh == nil {
		return nil
	}
	labels := slices.Clone(sh.labels)
	return &externalLinkObject{
		ID: &sh.id, URL: &sh.url, Expires: stamp(sh.expires), Labels: &labels,
		InterviewID: &sh.of.id, PositionID: &sh.of.home.id,
	}
}

func (m *interviewMutation) Share(ctx context.Context, args struct {
	DurationInDays int32
	Labels         *[]string
}) (*interviewObject, error) {
	return m.change(ctx, Share, func(a *account, iv *interview) error {
		if args.DurationInDays < 1 || args.DurationInDays > longestShare {
			return fmt.Errorf("durationInDays must be 1 to %d", longestShare)
		}
		if iv.share != nil {
			iv.share.ended = true
		}
		made := &share{
			token: a.uuid(), id: draw(a.side, 24, hexadecimal), of: iv,
			expires: a.now().AddDate(0, 0, int(args.DurationInDays)),
			labels:  []string{},
		}
		if args.Labels != nil {
			made.labels = *args.Labels
		}
		made.url = callFrom(ctx).base + sharedPath + made.token
		if given := a.options.SharedURL; given != "" {
			made.url = strings.TrimSuffix(given, "/") + "/" + made.token
		}
		a.shares[made.token], iv.share = made, made
		return nil
	})
}

func (m *interviewMutation) RemoveShare(ctx context.Context) (*bool, error) {
	removed := false
	_, err := m.change(ctx, RemoveShare, func(_ *account, iv *interview) error {
		if removed = iv.share != nil; removed {
			iv.share.ended, iv.share = true, nil
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &removed, nil
}

// uuid draws a random UUID, which is the form of the real links.
func (a *account) uuid() string {
	h := draw(a.side, 30, hexadecimal)
	return h[:8] + "-" + h[8:12] + "-4" + h[12:15] + "-8" + h[15:18] + "-" + h[18:30]
}

var sharedPage = template.Must(template.New("shared").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Title}}</title>
<h1>{{.Title}}</h1>
{{range .Questions}}<p>{{.}}</p>
{{end}}`))

// serveShared is the page behind a share link: 200 while the share lives, 410
// once it has expired, was replaced or removed or lost its interview, 404 for a
// token that never was.
func (s *Server) serveShared(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "GET the page", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	page, status := s.sharedPage(strings.TrimPrefix(r.URL.Path, sharedPath))
	if status != http.StatusOK {
		http.Error(w, http.StatusText(status), status)
		return
	}
	write(w, status, "text/html; charset=utf-8", page)
}

func (s *Server) sharedPage(token string) (page []byte, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.account.shares[token]
	switch {
	case !ok:
		return nil, http.StatusNotFound
	case found.ended || !s.options.Now().Before(found.expires):
		return nil, http.StatusGone
	}
	var shown struct {
		Title     string
		Questions []string
	}
	shown.Title = found.of.fullName() + ", " + found.of.home.name
	if found.of.recorded != nil {
		for _, a := range found.of.recorded.answers {
			shown.Questions = append(shown.Questions, a.question.title)
		}
	}
	var out bytes.Buffer
	if err := sharedPage.Execute(&out, shown); err != nil {
		return nil, http.StatusInternalServerError
	}
	return out.Bytes(), http.StatusOK
}
