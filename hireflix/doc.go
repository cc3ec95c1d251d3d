// Package hireflix is the typed client of Hireflix's GraphQL API: the invite, the
// look-up of what an invite left behind, the list of positions; and the way back:
// what became of interviews, by webhook and by going through them, and what is
// done about them (share, shortlist, discard, withdraw).
//
// # What is certain and what is not
//
// Some names are documented, others known from public client code alone. A name
// that Hireflix does not have makes the whole request fail before anything runs.
// So whatever is read has a smaller form with fewer of the uncertain names, which
// is used from the first such refusal on; and what has none says so.
//
// # What is sent once and what is repeated
//
// A mutation is sent once. Whatever leaves open whether it took effect is
// reported as fault.Uncertain, and only a caller that looks first may send it
// again. Queries are repeated a few times by themselves. The two exceptions, a
// refused key and a document that the schema refuses, are answers by which the
// server says that nothing ran.
//
// # What never leaves the package
//
// The API key stands in one request header. Names, addresses and phones stand in
// request bodies. Hireflix's own error texts can quote both, so they are read to
// tell errors apart and never passed on: the words of an error are flowd's own.
package hireflix
