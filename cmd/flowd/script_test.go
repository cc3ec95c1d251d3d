package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"flowd/hireflix/sim"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"flowd": main})
}

// The commands as their users meet them: exit codes, what they print and where.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			env.Setenv("USER", "tester")
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"hireflix": cmdHireflix,
			"hook":     cmdHook,
			"await":    cmdAwait,
			"invites":  cmdInvites,
			"freeport": cmdFreePort,
			"expand":   cmdExpand,

			"tokenline": cmdTokenLine,
			"answer":    cmdAnswer,
			"walkin":    cmdWalkIn,
			"tiekey":    cmdTieKey,
			"batch":     cmdBatch,
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// cmdHireflix starts a simulated account with the named positions and sets
// HIREFLIX_URL: hireflix NAME=ID...
func cmdHireflix(ts *testscript.TestScript, _ bool, args []string) {
	s := sim.New(sim.Options{Seed: 1})
	for _, arg := range args {
		name, id, _ := strings.Cut(arg, "=")
		archived := strings.HasSuffix(id, "!")
		_, err := s.AddPosition(sim.Position{Name: name, ID: strings.TrimSuffix(id, "!"), Archived: archived})
		ts.Check(err)
	}
	srv := httptest.NewServer(s)
	ts.Defer(func() {
		s.Close()
		srv.CloseClientConnections()
		srv.Close()
	})
	ts.Setenv("HIREFLIX_URL", srv.URL+"/me")
	ts.Setenv("HIREFLIX_API_KEY", sim.DefaultKey)
	ts.Setenv("HIREFLIX_SECRET", s.Secret())
	servers.put(ts, s)
}

// cmdHook delivers a file as a signed hook: hook FILE EVENT-ID [SECRET]. It is
// delivered when the daemon answers; with ! the answer must not be 200.
func cmdHook(ts *testscript.TestScript, neg bool, args []string) {
	body := []byte(ts.ReadFile(args[0]))
	secret := "the-hook-secret-of-a-test"
	if len(args) > 2 {
		secret = args[2]
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	var resp *http.Response
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		req, err := http.NewRequest(http.MethodPost, "http://"+ts.Getenv("LISTEN")+"/hooks/greenhouse", strings.NewReader(string(body)))
		ts.Check(err)
		req.Header.Set("Signature", "sha256 "+hex.EncodeToString(mac.Sum(nil)))
		req.Header.Set("Greenhouse-Event-ID", args[1])
		if resp, err = http.DefaultClient.Do(req); err == nil {
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the hook does not answer: %v", err)
		}
	}
	ts.Check(resp.Body.Close())
	if got := resp.StatusCode == http.StatusOK; got == neg {
		ts.Fatalf("the hook answered %s", resp.Status)
	}
}

// cmdAwait runs a flowd command until its output holds a text: await TEXT ARG...
func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	var out string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		_ = ts.Exec("flowd", args[1:]...) // its exit code is not what is waited for
		out = ts.ReadFile("stdout")
		if strings.Contains(out, args[0]) {
			return
		}
	}
	ts.Fatalf("never printed %q; the last output was:\n%s", args[0], out)
}

// cmdInvites compares what the simulated account holds: invites N.
func cmdInvites(ts *testscript.TestScript, _ bool, args []string) {
	s := servers.get(ts)
	n := 0
	for _, p := range s.Positions() {
		n += len(s.Interviews(p.ID))
	}
	want, err := json.Number(args[0]).Int64()
	ts.Check(err)
	if int64(n) != want {
		ts.Fatalf("the account holds %d interviews, want %s", n, args[0])
	}
}

// cmdFreePort sets a variable to an address nobody listens on: freeport NAME.
func cmdFreePort(ts *testscript.TestScript, _ bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], ln.Addr().String())
	ts.Check(ln.Close())
}

// cmdExpand fills the variables into a file: expand FILE.
func cmdExpand(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(path, []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600))
}

// cmdBatch sets a variable to the batch of what is held: batch NAME.
func cmdBatch(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("flowd", "list", "--state", "held", "--json"))
	var list struct{ Entries []struct{ Batch string } }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &list))
	if len(list.Entries) == 0 || list.Entries[0].Batch == "" {
		ts.Fatalf("nothing is held together: %+v", list)
	}
	ts.Setenv(args[0], list.Entries[0].Batch)
}
