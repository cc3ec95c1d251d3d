package web

import (
	"net/http"
)

// Health serves /healthz (the process answers) and /readyz (it can take events:
// the state answers and a rule set serves). Both are on each listener, need no
// token and say nothing beyond yes or no.
func Health(mux *http.ServeMux, o Options) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		switch {
		case o.Rules() == nil:
			http.Error(w, "no rules serve yet", http.StatusServiceUnavailable)
		case !answers(r, o):
			http.Error(w, "the state does not answer", http.StatusServiceUnavailable)
		default:
			_, _ = w.Write([]byte("ready\n"))
		}
	})
}

func answers(r *http.Request, o Options) bool {
	_, err := o.Store.Counts(r.Context(), o.Now())
	return err == nil
}
