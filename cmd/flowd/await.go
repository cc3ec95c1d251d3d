package main

import (
	"bufio"
	"errors"
	"strings"
)

var errInterrupted = errors.New("interrupted: nothing was done")

// awaited is what read returns, or errInterrupted once ended is closed: the read
// of a terminal cannot be broken off, so that it is left behind for the end of the
// process.
func awaited[T any](ended <-chan struct{}, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ended:
		var none T
		return none, errInterrupted
	}
}

// typed is what a person types before the next Enter, without the space around it.
// What the input held beyond that line is gone.
func (a *app) typed() (string, error) {
	return awaited(a.ended, func() (string, error) {
		text, err := bufio.NewReader(a.In).ReadString('\n')
		return strings.TrimSpace(text), err
	})
}
