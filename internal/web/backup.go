package web

import (
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"flowd/state"
)

// backup sends a consistent copy of the state. The copy is made into a local
// file first: a slow reader of the response must not hold a transaction open
// under the daemon. With look it is thrown away after a look, and is no backup.
func (a api) backup(w http.ResponseWriter, r *http.Request) {
	snap, ok := a.Store.(state.Snapshotter)
	if !ok {
		fail(w, http.StatusNotImplemented, "this state cannot be backed up while it is in use: use its own tools")
		return
	}
	// The server's bound is for ordinary answers. A response that has none, as in
	// a command's own process, needs none lifted.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	f, err := os.CreateTemp("", "flowd-backup-*") // created 0600
	if err != nil {
		fail(w, http.StatusInternalServerError, "the backup needs room for a temporary copy: "+err.Error())
		return
	}
	defer func() { _ = f.Close(); _ = os.Remove(f.Name()) }()
	size, err := snap.Snapshot(r.Context(), f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		fail(w, http.StatusInternalServerError, "the backup could not be made: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	if n, err := io.Copy(w, f); err != nil || n != size {
		a.Log.Warn().Err(err).Msg("a backup was not read to its end")
		return
	}
	if a.BackedUp != nil && r.FormValue("look") == "" {
		a.BackedUp(a.Now())
	}
}
