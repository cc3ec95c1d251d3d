// Command flowd invites candidates to Hireflix interviews when they are moved in
// an Applicant Tracking System, exactly once each.
package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	os.Exit(mainCode())
}

// mainCode turns signals into a context and a reload channel; nothing below it
// touches signals, so that tests can run every command in their own process.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once: what was under way is looked up
	// at the next start.
	context.AfterFunc(ctx, stop)
	hup := make(chan os.Signal, 1)
	if slices.Contains(os.Args[1:], "run") { // every other command ends with its terminal
		signal.Notify(hup, syscall.SIGHUP)
		defer signal.Stop(hup)
	}
	reload := make(chan struct{}, 1)
	go func() {
		for range hup {
			select {
			case reload <- struct{}{}:
			default:
			}
		}
	}()
	return execute(ctx, os.Args[1:], streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, reload)
}
