package flowd

import "time"

// Snapshot is an application as a poll shows it: where it stands, and not that
// it moved.
type Snapshot struct {
	Application
	// Entered is when it entered its stage; zero where the source does not say.
	Entered time.Time
}

// Polled is how a poll went and how far to act on it. The poll loop fills it in.
type Polled struct {
	// Asked is when the page was asked for: what became known since then is newer
	// than it. Zero stands for the time of admission.
	Asked time.Time
	// Since bounds what is acted on: a move before it is recorded alone. Zero is no
	// bound.
	Since time.Time
	// FirstSeen makes the first sight of an application count as a move, where the
	// source says when it was made and that is not before Since.
	FirstSeen bool
	// Complete tells that the poll came to its end with this batch.
	Complete bool
}
