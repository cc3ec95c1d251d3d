package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"flowd/connectors/all"
	"flowd/connectors/connectortest/atssim"
	"flowd/examples"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// demoStage is the world around the daemon, and the daemon: a simulated Hireflix
// account and a simulated ATS that listen on loopback, and the folder with
// configuration, rules and secrets.
type demoStage struct {
	dir, config   string
	hireflix      *sim.Server
	ats           *atssim.ATS
	servers       []*http.Server
	positions     map[string]string // name → id
	cast          []*demoPerson
	listen, admin string
	token         string // for the pages
	recording     string // the link in the ATS
	hooked        context.CancelFunc

	log    *os.File
	daemon *daemon.Daemon
	api    *web.Client
}

func newDemoStage(ctx context.Context, dir string) (_ *demoStage, err error) {
	s := &demoStage{
		dir: dir, config: filepath.Join(dir, "flowd.yaml"), positions: map[string]string{}, cast: demoCast(),
		hireflix: sim.New(sim.Options{Seed: 1}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	for i, name := range []string{"AE screening", "SDR screening DE", "SDR screening EN", "Support screening"} {
		id := fmt.Sprintf("%024x", 0x6600+i) // looked at in this order
		if s.positions[name], err = s.hireflix.AddPosition(sim.Position{ID: id, Name: name}); err != nil {
			return nil, err
		}
	}
	// Before flowd looks for the first time: what others made is no news to it.
	if _, err = s.hireflix.InviteByHand(s.positions["AE screening"], sim.Candidate{Email: s.who("Gus").email(), FirstName: "Gus"}); err != nil {
		return nil, err
	}
	token, _ := web.NewToken()
	secret, _ := web.NewToken()
	s.ats = atssim.New(atssim.Options{Token: token, Secret: secret})
	if err = s.apply(); err != nil {
		return nil, err
	}
	api, err := s.serve(ctx, s.hireflix)
	if err != nil {
		return nil, err
	}
	ats, err := s.serve(ctx, s.ats)
	if err != nil {
		return nil, err
	}
	for _, addr := range []*string{&s.listen, &s.admin} {
		if *addr, err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	source := atssim.Source("demo-ats", "http://"+ats, "secrets/ats-webhook", "secrets/ats-token", fieldLanguage)
	if err = s.write("http://"+api+"/me", source, map[string]string{"secrets/ats-token": token, "secrets/ats-webhook": secret}); err != nil {
		return nil, err
	}
	s.log, err = os.OpenFile(filepath.Join(dir, "flowd.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return s, err
}

func (s *demoStage) serve(ctx context.Context, h http.Handler) (addr string, err error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	s.servers = append(s.servers, srv)
	go func() { _ = srv.Serve(ln) }() // ends with close
	return ln.Addr().String(), nil
}

// freeAddress is one that nobody listens on: links have to name it before flowd
// runs, and to stay right when it is started again.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

func (s *demoStage) options() daemon.Options {
	gate := &levelGate{}
	return daemon.Options{
		Config: s.config, Version: version(), Kinds: all.Kinds(),
		Log: zerolog.New(gate.over(s.log)).With().Timestamp().Logger(), LockWait: time.Second,
	}
}

// start starts flowd, and lets the ATS call it.
func (s *demoStage) start(ctx context.Context) error {
	d, err := daemon.New(ctx, s.options())
	if err != nil {
		return err
	}
	d.Start()
	s.daemon = d
	if s.api, err = daemon.DialFile(s.config); err != nil {
		return err
	}
	hooks, cancel := context.WithCancel(ctx)
	s.hooked = cancel
	go s.ats.Run(hooks, &http.Client{Timeout: 5 * time.Second}, func() string { return d.HookURL() + "demo-ats" })
	return nil
}

// subscribe makes Hireflix call flowd.
func (s *demoStage) subscribe(ctx context.Context, show *demoShow) error {
	for _, found := range daemon.Doctor(ctx, s.options(), true, func(string) {}) {
		if strings.HasSuffix(found.What, "was created") {
			show.say("flowd doctor --fix: %s.", found.What)
			return nil
		}
	}
	return errors.New("flowd doctor --fix did not create Hireflix's webhook")
}

func (s *demoStage) stop() error {
	if s.hooked != nil {
		s.hooked()
	}
	if s.daemon == nil {
		return nil
	}
	return s.daemon.Stop()
}

func (s *demoStage) close() error {
	err := s.stop()
	s.hireflix.Close()
	for _, srv := range s.servers {
		_ = srv.Close() // the process ends or the test does
	}
	if s.log != nil {
		_ = s.log.Close() // the folder goes away
	}
	return err
}

// write lays the folder out as an operator would.
func (s *demoStage) write(api, source string, files map[string]string) error {
	token, digest := web.NewToken()
	key, _ := web.NewToken()
	s.token = token
	files["secrets/hireflix"] = sim.DefaultKey
	files["secrets/hireflix-webhook"] = s.hireflix.Secret()
	files["secrets/links-key"] = key
	files["flowd.yaml"] = strings.NewReplacer(
		"HIREFLIX", api, "SOURCE\n", source, "LISTEN", s.listen, "ADMIN", s.admin,
		"DIGEST", hex.EncodeToString(digest[:]), "TOMORROW", time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly),
	).Replace(demoConfig)
	for name, content := range files {
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	rules, err := fs.Sub(examples.Rules, "rules")
	if err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(s.dir, "rules"), rules)
}

const demoConfig = `# What the demo runs with: everything on loopback, in a temporary folder.
rules: rules/
state: bolt:flowd.db
hireflix:
  url: HIREFLIX
  api_key: {file: secrets/hireflix}
  webhook_secret: {file: secrets/hireflix-webhook}
  concurrency: 4
  rate: 20/s
  timeout: 1s
  settle: 700ms
  quota_probe: 300ms
sources:
SOURCE
    stage_kinds: {"Video review": active, "Onsite": active}
server:
  listen: "LISTEN"
  admin: "ADMIN"
  public_url: "http://LISTEN"
  tokens:
    - {name: demo, role: operator, sha256: DIGEST, expires: TOMORROW}
links: {key: {file: secrets/links-key}}
`
