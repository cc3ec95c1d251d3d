// Package sim is a Hireflix account that lives in memory: it answers POST /me
// as the real API does, remembers what it was asked, and fails on demand.
// Tests and the demo talk to it over HTTP; it shares no code with the client,
// so that a misreading of the API in one is caught by the other.
//
// Documents are validated by gqlparser, whose rules are tested against those
// of graphql-js, the library behind the real API, and executed by graphql-go.
// Both are needed: graphql-go overlooks clashes of type between named fragments
// and numbers given for strings in variables, and gqlparser does not execute.
// One limit of graphql-go stays: in a document of several operations the
// variables have to suit each of them, not only the one that is chosen.
//
// What follows an invite is simulated to its end: candidates answer
// ([Server.Answer]) and recruiters judge ([Server.Shortlist] and its
// neighbours), webhooks of it are signed and sent by a [Policy] that may lose,
// double, delay and reorder them, and links to recordings open a page until
// they expire.
//
// A [Server] enforces the account's rules (one invite for an address and for
// an externalId in a position, the invites of a period, open positions), draws
// a [Fault] for each request, and keeps a [Journal] from which a test can show
// that nobody was invited twice and that no invite was repeated without a look.
package sim
