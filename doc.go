// Package flowd holds the vocabulary that every part of the daemon speaks: what
// happened in a recruiting system (Event, Application, Candidate, Job, Stage),
// what a rule answered (Decision), what is owed because of it (Action) and how
// an attempt at it ended (Outcome).
//
// The package knows the standard library and nothing else, does no I/O, and no
// type in it has behaviour beyond its own meaning. Everything goes one way:
//
//	source → inbox → decision → ledger → driver → outcome
//
// A person's name, address and phone stand in Candidate and nowhere else, so
// that whatever logs, indexes or counts the other types cannot leak them.
package flowd
