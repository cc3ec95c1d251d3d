package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
)

// recording is the desk's API with a compiler of rule files.
func (d *desk) recording() web.Options {
	o := d.options()
	o.Compile = func(files []rules.File) (*rules.Set, error) {
		set, problems := rules.Compile(files, rules.Options{})
		if strictyaml.HasErrors(problems) {
			return nil, errors.New(strictyaml.Render(problems))
		}
		return set, nil
	}
	return o
}

func recordOrder(event, text string) web.RecordOrder {
	return web.RecordOrder{Event: event, Files: []rules.File{{Name: "rules.yaml", Data: []byte(text)}}}
}

func TestAPI_Record(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn", flowd.Field{Name: "Notice period", Value: 3.0})
	d.move("dan", "Referral", flowd.Field{Name: "Notice period", Value: 3.0})
	c := web.NewLocal(web.Admin(d.recording()))
	record := func(event, text string) (rules.Recorded, error) {
		var got rules.Recorded
		err := c.Post(t.Context(), "/api/v1/record", recordOrder(event, text), &got)
		return got, err
	}

	got, err := record("evt-rosa", deskRules)
	if err != nil || got.Rule != "video" || got.File != "rules.yaml" || got.Outcome != "invited" || got.Note != "" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, value := range []string{"rosa", "Rosa", "Field\"", "evt-"} {
		if strings.Contains(got.Fixture, value) {
			t.Errorf("the fixture tells %q:\n%s", value, got.Fixture)
		}
	}
	// What the rules say now counts, and what they said that day is told.
	got, err = record("evt-dan", strings.Replace(deskRules, `"referral"`, `"friend"`, 1))
	if err != nil || got.Outcome != "invited" || !strings.Contains(got.Note, "did not act (referrals are called by phone)") {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = record("evt-dan", deskRules)
	if err != nil || got.Outcome != "nothing" || strings.Join(got.Test, "\n") != "expect: none\nbecause: \"referrals are called by phone\"" {
		t.Errorf("%+v, %v", got, err)
	}

	for name, tt := range map[string]struct{ event, text, want string }{
		"no such event":                {"evt-nobody", deskRules, "there is no event evt-nobody"},
		"a person instead of an event": {"rosa", deskRules, "there is no event rosa"},
		"broken rules":                 {"evt-rosa", strings.Replace(deskRules, "stage:", "stagee:", 1), "did you mean stage"},
		"no rules":                     {"evt-rosa", "", "the file is empty"},
		"a name decides":               {"evt-rosa", strings.Replace(deskRules, "unless:", "unless:\n      - {when: candidate.first_name startsWith \"Ro\" and len(candidate.first_name) == 4, because: x}", 1), "would come out otherwise"},
	} {
		if _, err := record(tt.event, tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if err := d.client.Post(t.Context(), "/api/v1/record", recordOrder("evt-rosa", deskRules), &got); err == nil || !strings.Contains(err.Error(), "cannot make tests") {
		t.Errorf("without a compiler: %v", err)
	}
}

// A recorded event keeps what the rules ask for, so only those who may see people
// get one.
func TestAPI_RecordIsForThoseWhoMaySee(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	k := team(d.now.Add(24 * time.Hour))
	o := d.recording()
	o.Token, o.Tokens = "the-token-of-this-machine", func() []web.Grant { return k.grants }
	h := web.Admin(o)
	body, err := json.Marshal(recordOrder("evt-rosa", deskRules))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"vera": http.StatusForbidden, "olga": http.StatusOK, "paul": http.StatusOK, "adam": http.StatusOK, "nobody": http.StatusForbidden} {
		if got := ask(t, h, http.MethodPost, "/api/v1/record", k.tokens[name], string(body)); got.Code != want {
			t.Errorf("%s gets %d, want %d: %s", name, got.Code, want, got.Body)
		}
	}
}
