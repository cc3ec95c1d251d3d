package main

import (
	"io"
	"sync/atomic"

	"github.com/rs/zerolog"
)

// levelGate drops what is below a level that a reload may change: a logger's
// own level is fixed in every copy of it.
type levelGate struct{ level atomic.Int32 }

func (g *levelGate) set(l zerolog.Level) { g.level.Store(int32(l)) }

func (g *levelGate) over(w io.Writer) zerolog.LevelWriter {
	g.set(zerolog.InfoLevel)
	return gatedWriter{w, g}
}

type gatedWriter struct {
	io.Writer
	gate *levelGate
}

// WriteLevel implements zerolog.LevelWriter.
func (w gatedWriter) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	if int32(l) < w.gate.level.Load() {
		return len(p), nil
	}
	return w.Write(p)
}
