package daemon_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"flowd/connectors/all"
	"flowd/internal/daemon"
)

// childConfig, when set, makes this test binary a flowd of its own: what is
// killed must be a process.
const childConfig = "FLOWD_TEST_CHILD_CONFIG"

func TestMain(m *testing.M) {
	if config := os.Getenv(childConfig); config != "" {
		os.Exit(child(config))
	}
	os.Exit(m.Run())
}

func child(config string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := daemon.Run(ctx, daemon.Options{
		Config: config, Version: "test", Kinds: all.Kinds(), LockWait: 10 * time.Second,
		Log: zerolog.New(os.Stderr).With().Timestamp().Logger(),
	}, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
