package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// An interrupt ends a question though nobody answers it.
func TestAwaited_Interrupted(t *testing.T) {
	t.Parallel()
	silent, _ := io.Pipe()
	ended := make(chan struct{})
	a := &app{streams: streams{In: silent, Err: io.Discard}, ended: ended}
	close(ended)
	if _, err := a.typed(); !errors.Is(err, errInterrupted) {
		t.Errorf("a line: %v", err)
	}
	if ok, err := a.confirm("sure?"); ok || !errors.Is(err, errInterrupted) {
		t.Errorf("a confirmation: %v, %v", ok, err)
	}
}

func TestTyped(t *testing.T) {
	t.Parallel()
	a := &app{streams: streams{In: strings.NewReader("  yes \r\nmore\n")}}
	if got, err := a.typed(); got != "yes" || err != nil {
		t.Errorf("typed: %q, %v", got, err)
	}
	if _, err := a.typed(); !errors.Is(err, io.EOF) {
		t.Errorf("after the input's end: %v", err)
	}
}
