package connectors

import (
	"strings"

	"flowd"
)

// NoteText is the note of a write-back, which ends with its mark: by it the note
// is found again.
func NoteText(w flowd.WriteBack) string {
	if w.Mark == "" || strings.Contains(w.Text, w.Mark) {
		return w.Text
	}
	return strings.TrimRight(w.Text, "\n ") + "\n\n" + w.Mark
}

// RealID is the id that the ATS knows: the original one where the stored one is
// its digest.
func RealID(id, original string) string {
	if original != "" {
		return original
	}
	return id
}
