package web

import (
	"encoding/json"
	"net/http"
)

// lines begins an answer that is told line by line, each one JSON value, and
// returns what tells the next: for what takes longer than an ordinary answer may.
func lines[T any](w http.ResponseWriter) func(T) {
	bound := http.NewResponseController(w)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy passes each line on
	line := json.NewEncoder(w)
	return func(v T) {
		_ = line.Encode(v) //nolint:errchkjson // a client that went away ends the context
		_ = bound.Flush()
	}
}
