package connectors_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"flowd/connectors"
)

type item struct {
	ID   string `json:"id"`
	Name struct {
		First string `json:"first"`
	} `json:"name"`
}

// read reads a page and returns the ids of its items and what stands beside them.
func read(at, text string) (ids string, next string, err error) {
	var rest struct {
		Next string `json:"next"`
	}
	err = connectors.Items[item]{At: at, Most: 3, Rest: &rest, Each: func(i item) error {
		if i.ID == "bad" {
			return errors.New("the id is bad")
		}
		ids += i.ID
		return nil
	}}.Read(iotest.OneByteReader(strings.NewReader(text)))
	return ids, rest.Next, err
}

func TestItems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, text, ids, next, says string }{
		{"items", `{"items": [{"id": "a"}, {"id": "b"}], "next": "n"}`, "ab", "n", ""},
		{"items", ` {"next": "n", "more": {"x": [1]}, "items": [{"id": "a"}]} `, "a", "n", ""},
		{"items", `{"next": "n"}`, "", "n", ""},
		{"items", `{"items": null}`, "", "", ""},
		{"items", `{"items": [], "other": "` + strings.Repeat("x", 70<<10) + `"}`, "", "", ""},
		{"", `[{"id": "a"}, {"id": "b"}]`, "ab", "", ""},
		{"", `[]`, "", "", ""},
		{"", `null`, "", "", ""},

		{"items", ``, "", "", "it ends too early"},
		{"items", `[]`, "", "", "it is no object"},
		{"items", `"Rosa"`, "", "", "it is no object"},
		{"items", `{"items": {"id": "Rosa"}}`, "", "", "items is no list"},
		{"items", `{"items": [{"id": "a"}, {"id": "b`, "a", "", "items[1] ends too early"},
		{"items", `{"items": [{"id": "a"}`, "a", "", "items ends too early"},
		{"items", `{"items": [{"id": "a"}]`, "a", "", "it ends too early"},
		{"items", `{"items": [{"id": "a"}, {"id": 7}]}`, "a", "", "items[1].id is of the wrong type: a JSON number"},
		{"items", `{"items": [{"name": {"first": ["Rosa"]}}]}`, "", "", "items[0].name.first is of the wrong type: a JSON array"},
		{"items", `{"items": [1]}`, "", "", "items[0] is of the wrong type: a JSON number"},
		{"items", `{"items": [{"id": "bad"}]}`, "", "", "items[0]: the id is bad"},
		{"items", `{"items": [{"id": Rosa}]}`, "", "", "items[0] is not JSON"},
		{"items", "{\"items\": [{\"id\": \"Ros\xff\"}]}", "", "", "items[0] holds text that is not UTF-8"},
		{"items", `{"items": [{}, {}, {}, {}]}`, "", "", "items has more than 3 items"},
		{"items", `{"items": []} {"items": []}`, "", "", "more follows behind its end"},
		{"items", `{"items": [], "next": 7}`, "", "", "next is of the wrong type"},
		{"items", `{"items": [], "next": Rosa}`, "", "", "a member is not JSON"},
		{"", `{"message": "Rosa"}`, "", "", "it is no list"},
		{"", `[{"id": "a"}, 7]`, "a", "", "[1] is of the wrong type: a JSON number"},
		{"", `[{"id": "a"}] Rosa`, "a", "", "more follows behind its end"},
	} {
		ids, next, err := read(c.at, c.text)
		if ids != c.ids || next != c.next || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.60s: items %q, next %q, %v; want %q, %q, %q", c.text, ids, next, err, c.ids, c.next, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "Ros") {
			t.Errorf("%v quotes the answer", err)
		}
	}
}

func FuzzItems(f *testing.F) {
	for _, text := range []string{`{"items": [{"id": "a"}, {"id": 1}], "next": "n"}`, `[{"id": "a"}]`, `{"items": null}`, "{\"items\": [\"\xff\"]}", strings.Repeat(`{"a":`, 50)} {
		f.Add("items", text)
		f.Add("", text)
	}
	f.Fuzz(func(t *testing.T, at, text string) {
		ids, _, err := read(at, text)
		if err == nil && len(ids) > len(text) {
			t.Error(fmt.Errorf("more came out than went in"))
		}
	})
}
