package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"flowd/hireflix/sim"
)

// cmdAnswer lets the candidate of an address record the newest interview, and
// the words be written down: answer EMAIL [TEXT...].
func cmdAnswer(ts *testscript.TestScript, _ bool, args []string) {
	s := servers.get(ts)
	id := interviewOf(ts, s, args[0])
	ts.Check(s.Answer(id))
	if len(args) > 1 {
		ts.Check(s.Transcribe(id, args[1:]...))
	}
	ts.Check(s.Score(id, 4.5))
}

// cmdWalkIn lets somebody record an interview that nobody at flowd asked for:
// walkin POSITION-ID EMAIL.
func cmdWalkIn(ts *testscript.TestScript, _ bool, args []string) {
	s := servers.get(ts)
	in, err := s.InviteByHand(args[0], sim.Candidate{Email: args[1], FirstName: "Walk", LastName: "In"})
	ts.Check(err)
	ts.Check(s.Answer(in.ID))
}

func interviewOf(ts *testscript.TestScript, s *sim.Server, email string) string {
	id := ""
	for _, p := range s.Positions() {
		for _, in := range s.Interviews(p.ID) {
			if strings.EqualFold(in.Email, email) {
				id = in.ID
			}
		}
	}
	if id == "" {
		ts.Fatalf("the account holds no interview of %s", email)
	}
	return id
}

// cmdTieKey sets a variable to the key of the interview that waits for somebody's
// application: tiekey NAME WHO.
func cmdTieKey(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("flowd", "explain", args[1]))
	_, after, found := strings.Cut(ts.ReadFile("stdout"), "`flowd release ")
	if !found {
		ts.Fatalf("no interview of %s waits", args[1])
	}
	key, _, _ := strings.Cut(after, " ")
	ts.Setenv(args[0], key)
}
