package main

import (
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"flowd/hireflix/sim"
)

// simulators are the accounts of the scripts that run at the moment.
type simulators struct {
	mu sync.Mutex
	of map[*testscript.TestScript]*sim.Server
}

var servers = &simulators{of: map[*testscript.TestScript]*sim.Server{}}

func (s *simulators) put(ts *testscript.TestScript, server *sim.Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[ts] = server
}

func (s *simulators) get(ts *testscript.TestScript) *sim.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	server := s.of[ts]
	if server == nil {
		ts.Fatalf("start one with the hireflix command first")
	}
	return server
}
