package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"flowd/examples"
	"flowd/hireflix/sim"
	"flowd/internal/sign"
)

// demoStage is the world around the daemon: a simulated Hireflix account that
// listens on loopback, and the folder with configuration, rules and secrets.
type demoStage struct {
	dir, config string
	hireflix    *sim.Server
	server      *http.Server
	positions   map[string]string // name → id
	secret      []byte
	verifier    *sign.Verifier
	moves       []demoMove
	sent        int
	client      http.Client
}

func newDemoStage(ctx context.Context, dir string) (*demoStage, error) {
	s := &demoStage{dir: dir, config: filepath.Join(dir, "flowd.yaml"), positions: map[string]string{}, moves: demoMoves()}
	s.hireflix = sim.New(sim.Options{Seed: 1})
	for _, name := range []string{"AE screening", "SDR screening DE", "SDR screening EN", "Support screening"} {
		id, err := s.hireflix.AddPosition(sim.Position{Name: name})
		if err != nil {
			return nil, err
		}
		s.positions[name] = id
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.server = &http.Server{Handler: s.hireflix, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.server.Serve(ln) }() // ends with close
	return s, s.write("http://" + ln.Addr().String() + "/me")
}

func (s *demoStage) close() {
	s.hireflix.Close()
	_ = s.server.Close() // the process ends or the test does
}

func (s *demoStage) logFile() string { return filepath.Join(s.dir, "flowd.log") }

// write lays the folder out as an operator would.
func (s *demoStage) write(hireflix string) error {
	var random [24]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	text := "whsec_" + base64.StdEncoding.EncodeToString(random[:])
	s.secret = []byte(text)
	var err error
	if s.verifier, err = sign.New(sign.StandardWebhooks()); err != nil {
		return err
	}
	files := map[string]string{
		"flowd.yaml":          fmt.Sprintf(demoConfig, hireflix),
		"secrets/hireflix":    sim.DefaultKey,
		"secrets/ats-webhook": text,
	}
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
  url: %s
  api_key: {file: secrets/hireflix}
  concurrency: 4
  rate: 20/s
  timeout: 2s
  settle: 1s
  quota_probe: 1s
sources:
  - name: demo-ats
    kind: webhook
    webhook:
      secret: {file: secrets/ats-webhook}
      verify: standard-webhooks
    when: body.event == "stage_changed"
    map:
      type: '"stage.entered"'
      at: body.at
      application: body.application.id
      status: body.application.status
      source: body.application.source
      candidate:
        id: body.candidate.id
        email: body.candidate.email
        first_name: body.candidate.first_name
        last_name: body.candidate.last_name
        phone: body.candidate.phone ?? ""
        tags: body.candidate.tags
      job:
        id: body.job.id
        name: body.job.name
        department: body.job.department
      stage: {id: body.stage.id, name: body.stage.name}
      fields:
        Interview language: body.application.interview_language
server: {listen: "127.0.0.1:0", admin: "127.0.0.1:0"}
`

// deliver sends one signed hook as an ATS does.
func (s *demoStage) deliver(ctx context.Context, hooks, id string, m demoMove) error {
	body, err := json.Marshal(m.body())
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hooks+"demo-ats", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	if _, err := s.verifier.Sign(time.Now(), req.Header, nil, body, s.secret); err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // empty
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the hook answered %s", resp.Status)
	}
	s.sent++
	return nil
}
