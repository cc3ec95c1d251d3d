package daemon

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"syscall"
	"time"

	"flowd/connectors"
	"flowd/internal/config"
	"flowd/internal/links"
	"flowd/internal/web"
)

// Bounds of the listeners: hooks arrive from the internet, so every phase of a
// connection has an end.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 90 * time.Second
	maxHeader     = 64 << 10
)

// isCalled tells whether anybody calls flowd from outside: an ATS, Hireflix, or
// somebody who follows a link. Where all is asked for, nothing listens.
func isCalled(c *config.Config, sources []connectors.Source) bool {
	return len(c.Hireflix.WebhookSecret) > 0 || len(c.Links.Key) > 0 ||
		slices.ContainsFunc(sources, func(s connectors.Source) bool { return s.Receiver != nil })
}

// address is one that is listened on.
type address struct {
	into *net.Listener
	key  string
	addr string
}

// listen binds the addresses, so that a port in use is found before anything
// has begun, and leaves the file by which commands find the daemon.
func (d *Daemon) listen(ctx context.Context) error {
	var lc net.ListenConfig
	wanted := []address{{&d.admin, "server.admin", d.config.Server.Admin}}
	if isCalled(d.config, d.sources) {
		wanted = append(wanted, address{&d.hooks, "server.listen", d.config.Server.Listen})
	}
	for _, l := range wanted {
		ln, err := lc.Listen(ctx, "tcp", l.addr)
		if d.opts.DryRun && errors.Is(err, syscall.EADDRINUSE) {
			// The flowd that serves has it: the dry run stands beside it.
			host, _, _ := net.SplitHostPort(l.addr)
			ln, err = lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
			d.log.Warn().Str("key", l.key).Str("address", l.addr).Msg("the address is in use, most likely by the flowd that runs: the dry run takes another")
		}
		if err != nil {
			return fmt.Errorf("%s: %w: another process has the address, or it is not this machine's; choose another in %s", l.key, err, d.config.File)
		}
		*l.into = ln
		d.teardown.push(l.key, func(context.Context) error {
			if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				return err
			}
			return nil
		})
	}
	var random [24]byte
	if _, err := rand.Read(random[:]); err != nil {
		return fmt.Errorf("make a token: %w", err)
	}
	d.token = hex.EncodeToString(random[:])
	path := endpointPath(d.config, d.opts.DryRun)
	if err := writeEndpoint(path, endpoint{Addr: d.admin.Addr().String(), Token: d.token, PID: os.Getpid()}); err != nil {
		return err
	}
	d.teardown.push("endpoint", func(context.Context) error { return remove(path) })
	return nil
}

// serve starts the listeners.
func (d *Daemon) serve() {
	public := http.NewServeMux()
	web.Health(public, d.webOptions())
	public.Handle("/hooks/", d.handler)
	if d.links != nil {
		public.Handle(links.Path, d.links)
	}
	if d.pages != nil {
		public.Handle(links.ApprovalPath, d.pages)
	}
	for _, s := range []struct {
		name string
		ln   net.Listener
		h    http.Handler
	}{{"hooks", d.hooks, public}, {"admin", d.admin, d.adminHandler()}} {
		if s.ln == nil {
			continue // nobody calls
		}
		srv := &http.Server{
			Handler: s.h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
			WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
			ErrorLog: log.New(d.log.With().Str("listener", s.name).Logger(), "", 0), //nolint:forbidigo // what net/http wants, over our own
		}
		go func() {
			if err := srv.Serve(s.ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
				d.fail(fmt.Errorf("%s: %w", s.name, err))
			}
		}()
		d.teardown.push(s.name, srv.Shutdown)
	}
}

// HookURL is where sources deliver, as far as this machine sees it; "" where
// nobody calls.
func (d *Daemon) HookURL() string {
	if d.hooks == nil {
		return ""
	}
	return "http://" + d.hooks.Addr().String() + "/hooks/"
}

// AdminURL is where the API listens.
func (d *Daemon) AdminURL() string { return "http://" + d.admin.Addr().String() }

// endpoint is how a command on this machine finds the daemon: a file beside the
// state that only its owner can read.
type endpoint struct {
	Addr  string
	Token string
	PID   int
}

func endpointPath(c *config.Config, dryRun bool) string {
	if dryRun {
		return c.State.Path + ".dry-run.admin"
	}
	return c.State.Path + ".admin"
}

func writeEndpoint(path string, e endpoint) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	// Made anew, so that an old file's looser mode does not survive.
	if err := remove(path); err != nil {
		return fmt.Errorf("leave the address for commands: %w", err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return fmt.Errorf("leave the address for commands: %w", err)
	}
	return nil
}

// ErrNotRunning says that no daemon answers for a configuration.
var ErrNotRunning = errors.New("flowd is not running for this configuration")

// DialFile is Dial for a configuration file.
func DialFile(path string) (*web.Client, error) { return dialFile(path, Dial) }

// DialDryRunFile is DialDryRun for a configuration file.
func DialDryRunFile(path string) (*web.Client, error) { return dialFile(path, DialDryRun) }

func dialFile(path string, dial func(*config.Config) (*web.Client, error)) (*web.Client, error) {
	c := config.Load(path)
	if hasErrors(c.Problems()) {
		return nil, &Problems{List: c.Problems()}
	}
	return dial(c)
}

// Dial returns a client of the daemon that runs with this configuration, or
// ErrNotRunning. A file left behind by a daemon that was killed is not an
// error: nobody answers there.
func Dial(c *config.Config) (*web.Client, error) { return dial(endpointPath(c, false)) }

// DialDryRun is Dial for a dry run.
func DialDryRun(c *config.Config) (*web.Client, error) { return dial(endpointPath(c, true)) }

func dial(path string) (*web.Client, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, err
	}
	var e endpoint
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, ErrNotRunning
	}
	client := web.NewClient("http://"+e.Addr, e.Token, &http.Transport{DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var status web.Status
	if err := client.Get(ctx, "/api/v1/status", nil, &status); err != nil {
		// Killed, or another process has its port by now and knows no such token.
		return nil, ErrNotRunning
	}
	return client, nil
}
