package bolt

import (
	"math"
	"time"

	"flowd"
)

// encodeMore writes what an invite by a rule does not have, where there is any:
// most rows are such invites.
func (e *row) encodeMore(w *writer) {
	a, i := e.Action, e.Interview
	i.ID, i.ExternalID, i.Status, i.Answered, i.CreatedAt, i.PublicURL, i.ShortURL, i.PrivateURL = "", "", "", false, time.Time{}, "", "", ""
	usual := i == flowd.Interview{} && a.Step == 0 && a.After == "" && a.Interview == "" && a.Target == "" && a.Text == "" &&
		a.Days == 0 && !a.HeldFirst && !a.Silent && !a.Personal && !e.Followed && a.Priority == 0 && a.Batch == ""
	if usual {
		return
	}
	w.bool(a.HeldFirst)
	w.int(a.Step)
	w.string(string(a.After))
	w.string(a.Interview)
	w.string(a.Target)
	w.string(a.Text)
	w.bool(a.Silent)
	w.int(a.Days)
	w.bool(a.Personal)
	w.bool(e.Followed)
	own := i.Position == flowd.Position{ID: a.Position.ID, Name: a.Position.Name}
	if w.bool(own); !own {
		w.string(i.Position.ID)
		w.string(i.Position.Name)
	}
	writeResult(w, i)
	w.int(a.Priority)
	w.string(a.Batch)
}

func (e *row) decodeMore(r *reader) {
	if len(r.b) == 0 {
		return
	}
	a, i := &e.Action, &e.Interview
	a.HeldFirst, a.Step, a.After = r.bool(), r.int(), flowd.IdempotencyKey(r.string())
	a.Interview, a.Target, a.Text = r.string(), r.string(), r.string()
	a.Silent, a.Days, a.Personal = r.bool(), r.int(), r.bool()
	e.Followed = r.bool()
	if r.bool() {
		i.Position = flowd.Position{ID: a.Position.ID, Name: a.Position.Name}
	} else {
		i.Position.ID, i.Position.Name = r.string(), r.string()
	}
	readResult(r, i)
	a.Priority = r.int()
	a.Batch = r.string()
}

func writeInterview(w *writer, i flowd.Interview, key flowd.IdempotencyKey) {
	w.bool(i != flowd.Interview{})
	if i == (flowd.Interview{}) {
		return
	}
	w.string(i.ID)
	own := i.ExternalID == key.ExternalID()
	if w.bool(own); !own {
		w.string(i.ExternalID)
	}
	w.string(string(i.Status))
	w.bool(i.Answered)
	w.time(i.CreatedAt)
	w.string(i.PublicURL)
	w.string(i.ShortURL)
	w.string(i.PrivateURL)
}

func readInterview(r *reader, key flowd.IdempotencyKey) (i flowd.Interview) {
	if !r.bool() {
		return i
	}
	i.ID = r.string()
	if r.bool() {
		i.ExternalID = key.ExternalID()
	} else {
		i.ExternalID = r.string()
	}
	i.Status, i.Answered, i.CreatedAt = flowd.InterviewStatus(r.string()), r.bool(), r.time()
	i.PublicURL, i.ShortURL, i.PrivateURL = r.string(), r.string(), r.string()
	return i
}

// writeSeen writes an interview with all that is known of it.
func writeSeen(w *writer, i flowd.Interview) {
	writeInterview(w, i, "")
	if i != (flowd.Interview{}) {
		w.string(i.Position.ID)
		w.string(i.Position.Name)
		writeResult(w, i)
	}
}

func readSeen(r *reader) flowd.Interview {
	i := readInterview(r, "")
	if i != (flowd.Interview{}) {
		i.Position.ID, i.Position.Name = r.string(), r.string()
		readResult(r, &i)
	}
	return i
}

// writeResult writes what became of an interview.
func writeResult(w *writer, i flowd.Interview) {
	w.time(i.CompletedAt)
	w.bool(i.Again)
	w.uint(math.Float64bits(i.Score))
	w.int(int(i.Duration))
	w.bool(i.Deleted)
}

func readResult(r *reader, i *flowd.Interview) {
	i.CompletedAt, i.Again, i.Score = r.time(), r.bool(), math.Float64frombits(r.uint())
	i.Duration, i.Deleted = time.Duration(r.int()), r.bool()
}
