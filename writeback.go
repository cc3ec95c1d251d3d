package flowd

// WriteBack is one thing to write to an ATS.
type WriteBack struct {
	// Key identifies the write for ever; Mark is its short form, with which a note
	// ends, so that it can be found again.
	Key  IdempotencyKey
	Mark string
	Kind ActionKind // of those that are AtATS
	// Application is whom it is about, with the last known job and stage and, where
	// the ATS uses addresses as ids, the original ids.
	Application Application
	// Target is the tag to add, the field to set (as people see its name, or its
	// key), the stage to move to (its name or id) or the label of the link.
	Target string
	// Text is the note, the field's value or the link's address.
	Text string
	// From is the stage that a move expects to leave.
	From Stage
}
