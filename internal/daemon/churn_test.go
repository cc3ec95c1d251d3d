package daemon_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
	"flowd/state"
)

// slowly is testRules at another stage, with a wait.
func slowly(wait string) string {
	return strings.NewReplacer("id: video", "id: slow", `stage: "Video interview"`, "stage: Slow\n    wait: "+wait).Replace(testRules)
}

// A thousand reloads while people are moved, some of whom wait the whole time, held
// by a stop or by a rule whose wait changes again and again: nobody is lost and
// nobody is written to twice.
func TestReload_AThousandUnderLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.write("rules/slow.yaml", slowly("5h"))
	d := w.start(w.options())
	const waiting, moved, reloads = 20, 100, 1000
	var stops []web.Stop
	if err := w.api().Post(t.Context(), "/api/v1/pause", web.PauseOrder{By: "tester"}, &stops); err != nil {
		t.Fatal(err)
	}
	for n := range waiting {
		w.deliver(d, fmt.Sprintf("early-%d", n), person{n: n})
	}
	for n := range waiting {
		w.deliver(d, fmt.Sprintf("slow-%d", n), person{n: 500 + n, stage: "Slow"})
	}
	eventually(t, "they wait", func() bool { return w.status().People[flowd.WordWaiting] == 2*waiting })

	variants := []string{
		testRules,
		strings.Replace(testRules, "description: Whoever", "description: Everybody who", 1),
		strings.Replace(testRules, `source == "referral"`, `source == "agency"`, 1),
		strings.Replace(testRules, "stage:", "stagee:", 1), // refused
	}
	sent := make(chan error, 1)
	go func() {
		for n := waiting; n < waiting+moved; n++ {
			for range 2 { // every sender delivers some again
				if got := deliver(t.Context(), d.HookURL(), fmt.Sprintf("late-%d", n), person{n: n}.body()); got != http.StatusOK {
					sent <- fmt.Errorf("the hook answered %d", got)
					return
				}
			}
		}
		sent <- nil
	}()
	for n := range reloads {
		if n == reloads/2 {
			if err := w.api().Post(t.Context(), "/api/v1/pause", web.PauseOrder{By: "tester", Resume: true}, &stops); err != nil {
				t.Fatal(err)
			}
		}
		w.write("rules/video.yaml", variants[n%len(variants)])
		w.write("rules/slow.yaml", slowly(fmt.Sprintf("%dh", 1+n%7)))
		if err := d.Reload(t.Context(), daemon.OnlyRules); (err != nil) != (n%len(variants) == 3) {
			t.Fatalf("reload %d: %v", n, err)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	eventually(t, "everybody but the slow is through", func() bool {
		s := w.status()
		return s.Undecided == 0 && s.People[flowd.WordWaiting] == waiting && s.People[flowd.WordChecking] == 0 && w.interviews() == waiting+moved
	})
	var released web.List
	if err := w.api().Post(t.Context(), "/api/v1/amend", web.Order{Verb: state.Release, Rule: "slow", By: "tester"}, &released); err != nil || len(released.Entries) != waiting {
		t.Fatalf("%d of the slow wait: %v", len(released.Entries), err)
	}
	eventually(t, "the slow are through", func() bool { return w.settled() && w.interviews() == 2*waiting+moved })
	if twice := w.hireflix.Journal().Repeats(); len(twice) > 0 {
		t.Errorf("invited twice: %v", twice)
	}
	who := map[string]bool{}
	for _, i := range w.hireflix.Interviews(w.positions["AE screening"]) {
		who[i.Email] = true
	}
	if len(who) != 2*waiting+moved {
		t.Errorf("%d people are invited, want %d", len(who), 2*waiting+moved)
	}
}

// Whatever a tool does to replace files ends in the new rules, and no state of
// the folder in between makes any rule cease.
func TestWatch_WaysToReplaceFiles(t *testing.T) {
	t.Parallel()
	renamed := func(id string) string { return strings.Replace(testRules, "id: video", "id: "+id, 1) }
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, replace := range map[string]func(t *testing.T, w *world, file string){
		"an editor's atomic rename": func(t *testing.T, w *world, file string) {
			must(t, os.Rename(w.write("rules/.video.yaml.swp", renamed("new")), file))
		},
		"an editor that puts the old one aside": func(t *testing.T, w *world, file string) {
			must(t, os.Rename(file, file+"~"))
			w.write("rules/video.yaml", renamed("new"))
		},
		"an editor that empties and writes": func(t *testing.T, _ *world, file string) {
			f, err := os.Create(file)
			must(t, err)
			text := renamed("new")
			for _, part := range []string{text[:len(text)/2], text[len(text)/2:]} {
				_, err := f.WriteString(part)
				must(t, err)
				must(t, f.Sync())
			}
			must(t, f.Close())
		},
		"git pull": func(t *testing.T, w *world, file string) { // removes, then writes each file anew
			must(t, os.Remove(file))
			w.write("rules/.git/index.lock", "")
			w.write("rules/video.yaml", renamed("new"))
			must(t, os.Remove(filepath.Join(w.dir, "rules", ".git", "index.lock")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			w.write("rules/other.yaml", strings.ReplaceAll(renamed("other"), "Video interview", "Another stage"))
			d := w.start(w.options())
			replace(t, w, filepath.Join(w.dir, "rules", "video.yaml"))
			eventually(t, "the new rules serve", func() bool { return serves(d) == "other new" && w.status().Rules.Stale == "" })
			mustNotHold(t, "the log", w.log.String(), `"count":1`)
		})
	}
}

// A ConfigMap is a folder of links into a folder that is exchanged by one rename
// of a link. The folder that links lead to is read-only in earnest.
func TestWatch_AConfigMap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	dir := filepath.Join(w.dir, "mounted")
	version := func(n int, id string) {
		t.Helper()
		data := fmt.Sprintf("..2026_%d", n)
		w.write(filepath.Join("mounted", data, "video.yaml"), strings.Replace(testRules, "id: video", "id: "+id, 1))
		if err := os.Symlink(data, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version(1, "one")
	if err := os.Symlink("..data/video.yaml", filepath.Join(dir, "video.yaml")); err != nil {
		t.Fatal(err)
	}
	w.replace("flowd.yaml", "rules: rules/", "rules: mounted/")
	d := w.start(w.options())
	for n, id := range []string{"two", "three"} {
		version(n+2, id)
		if err := os.RemoveAll(filepath.Join(dir, fmt.Sprintf("..2026_%d", n+1))); err != nil {
			t.Fatal(err)
		}
		eventually(t, id+" serves", func() bool { return serves(d) == id })
	}
}

// A file that is gone for good ends its rules.
func TestWatch_GoneForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.write("rules/other.yaml", strings.ReplaceAll(strings.Replace(testRules, "id: video", "id: other", 1), "Video interview", "Another stage"))
	d := w.start(w.options())
	if err := os.Remove(filepath.Join(w.dir, "rules", "video.yaml")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is gone", func() bool { return serves(d) == "other" })
}
