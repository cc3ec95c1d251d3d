package daemon_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/all"
	"flowd/examples"
	"flowd/hireflix/sim"
	"flowd/internal/config"
	"flowd/internal/daemon"
	"flowd/internal/fault"
	"flowd/internal/secret"
	"flowd/internal/setup"
	"flowd/internal/strictyaml"
	"flowd/state/bolt"
)

// initAccount is the address of an account with one position.
func initAccount(t *testing.T) string {
	t.Helper()
	account := sim.New(sim.Options{Seed: 1})
	t.Cleanup(account.Close)
	if _, err := account.AddPosition(sim.Position{Name: "Account Executive", ID: "65afda7ad66b25c281f30a01"}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(account)
	t.Cleanup(srv.Close)
	return srv.URL + "/me"
}

// A folder that holds a state already: its jobs are paired with the positions,
// and its stages are compared with the one that was said.
func TestInit_KnowsOfTheState(t *testing.T) {
	t.Parallel()
	dir, at := t.TempDir(), initAccount(t)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	store, err := bolt.Open(filepath.Join(dir, "flowd.db"), bolt.Options{}, now)
	if err != nil {
		t.Fatal(err)
	}
	event := func(key, job string) flowd.Event {
		stage := flowd.Stage{ID: "7", Name: "Phone screen"}
		return flowd.Event{Key: key, Source: "ats", Type: flowd.StageEntered, At: now, Stage: stage,
			Application: flowd.Application{ID: key, Job: flowd.Job{ID: job, Name: job}, Stage: stage, Candidate: flowd.Candidate{ID: key, Email: key + "@example.com"}}}
	}
	_, err = store.Admit(t.Context(), flowd.Batch{Source: "ats", Events: []flowd.Event{event("1", "account  executive"), event("2", "Cook"), event("3", "Cook")}}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	done, err := daemon.Init(t.Context(), daemon.Options{Kinds: all.Kinds(), LockWait: time.Second}, daemon.InitOptions{
		Dir: dir, Key: secret.New(sim.DefaultKey),
		Answers: setup.Answers{Kind: "webhook", Name: "ats", Domain: "example.com", Stage: "Video interview", Owner: "sales-ops", URL: at},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, setup.RuleFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n      - job: \"account  executive\"\n        position: \"Account Executive\"\n", "\n      # - job: \"Cook\"\n"} {
		if strings.Count(string(text), want) != 1 {
			t.Errorf("want %q once in\n%s", want, text)
		}
	}
	if notes := strings.Join(done.Notes, "\n"); !strings.Contains(notes, `there is no stage "Video interview"; there are: Phone screen. Write`) {
		t.Errorf("notes: %s", notes)
	}
}

// listedATS is an ATS that lists two jobs to whoever signs in.
type listedATS struct{ refused bool }

func (l listedATS) ask() error {
	if l.refused {
		return fault.New(fault.Unauthorized, "list", "the key is not known")
	}
	return nil
}

func (l listedATS) Jobs(context.Context) ([]flowd.Job, error) {
	return []flowd.Job{{ID: "1", Name: "Cook"}, {ID: "2", Name: "account executive"}}, l.ask()
}

func (l listedATS) Stages(context.Context, string) ([]flowd.Stage, error) {
	return []flowd.Stage{{ID: "7", Name: "Phone screen"}, {ID: "8", Name: "Video interview"}}, l.ask()
}

func (l listedATS) Fields(context.Context) ([]connectors.CatalogField, error) { return nil, l.ask() }

func (l listedATS) Verify(time.Time, flowd.Delivery) error { return nil }

func (l listedATS) Decode(flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	return flowd.Batch{}, nil, nil
}

// With what the ATS asks for its jobs are paired and its stages are known before
// anything is written, and a refused key writes nothing.
func TestInit_AsksTheATS(t *testing.T) {
	t.Parallel()
	at := initAccount(t)
	kind := connectors.NewKind("ashby", "An ATS of the tests.", func(c struct {
		Webhook struct {
			Secret secret.Source `yaml:"secret"`
		} `yaml:"webhook"`
		API struct {
			Key secret.Source `yaml:"key"`
		} `yaml:"api"`
	}, common connectors.Common) (connectors.Source, error) {
		if common.SkipSecrets {
			return connectors.Source{Receiver: listedATS{}}, nil
		}
		key, err := secret.Source{File: filepath.Join(common.Dir, c.API.Key.File)}.Read()
		return connectors.Source{Receiver: listedATS{}, Catalog: listedATS{key.Reveal() != "the-key"}}, err
	})
	begin := func(dir, key string) (*daemon.Initiated, error) {
		return daemon.Init(t.Context(), daemon.Options{Kinds: connectors.Kinds{kind}, LockWait: time.Second}, daemon.InitOptions{
			Dir: dir, Key: secret.New(sim.DefaultKey),
			Answers: setup.Answers{Kind: "ashby", Name: "ats", Domain: "example.com", Stage: "video  interview", Owner: "sales-ops", URL: at,
				Given: map[string]secret.Value{"key": secret.New(key)}},
		})
	}
	dir := filepath.Join(t.TempDir(), "new")
	if _, err := begin(dir, "another-key"); err == nil || !strings.Contains(err.Error(), "ats refuses what it was given to sign in with") {
		t.Errorf("a refused key: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("something was written with a refused key")
	}
	done, err := begin(dir, "the-key")
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(done.Notes, "\n"); !strings.Contains(notes, "ats answers with 2 jobs and 2 stages") || strings.Contains(notes, "there is no stage") {
		t.Errorf("notes: %s", notes)
	}
	for name, want := range map[string]string{
		setup.RuleFile:    "\n      - job: \"account executive\"\n        position: \"Account Executive\"\n",
		setup.SchemaFile:  `"Phone screen"`,
		setup.ConfigFile:  "\n    api: {key: {file: secrets/ats-key}}\n",
		"secrets/ats-key": "the-key\n",
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s, %v: want %q in\n%s", name, err, want, text)
		}
	}
}

// Whatever is answered of what a kind asks, with the least and with all of it the
// configuration is valid, and each answer stands in it.
func TestInit_Questions(t *testing.T) {
	t.Parallel()
	kinds := all.Kinds()
	n := 0
	for _, kind := range daemon.StartKinds(daemon.Options{Kinds: kinds}) {
		text, _ := examples.Start(kind)
		asked, _ := setup.Questions(text)
		for _, everything := range []bool{false, true} {
			a := setup.Answers{Kind: kind, Name: "ats", Domain: "example.com", Stage: "Video interview", Owner: "sales-ops", Given: map[string]secret.Value{}}
			for _, q := range asked {
				if q.Optional && !everything {
					continue
				}
				n++
				a.Given[q.ID] = secret.New(map[string]string{"url": "https://given.example.com/here", "user_id": "4711"}[q.ID])
				if a.Given[q.ID].IsZero() {
					a.Given[q.ID] = secret.New("given-" + strings.ReplaceAll(q.ID, "_", "-"))
				}
			}
			files, err := setup.Files(a, text, setup.Known{}, nil)
			if err != nil {
				t.Errorf("%s: %v", kind, err)
				continue
			}
			c := config.Parse(filepath.Join(t.TempDir(), "flowd.yaml"), files[0].Data)
			kinds.Build(c.Sources, connectors.Options{Dir: c.Dir, SkipSecrets: true})
			if problems := c.Problems(); len(problems) > 0 {
				t.Errorf("%s:\n%s%s", kind, strictyaml.Render(problems), files[0].Data)
			}
			for _, q := range asked {
				place := `"` + a.Given[q.ID].Reveal() + `"`
				if q.Secret {
					place = "{file: secrets/ats-" + q.ID + "}"
				}
				found := false
				for line := range strings.Lines(string(files[0].Data)) {
					found = found || strings.Contains(line, place) && !strings.HasPrefix(strings.TrimSpace(line), "#")
				}
				if answered := !a.Given[q.ID].IsZero(); found != answered {
					t.Errorf("%s: %s is answered: %v, and stands in the configuration: %v\n%s", kind, q.ID, answered, found, files[0].Data)
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("%d answers were tried", n)
	}
}
