package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"flowd/internal/secret"
)

const text = "s3cr3t-Material"

// Nothing that prints shows the text, in any notation that fmt has for it.
func TestValue_Hidden(t *testing.T) {
	t.Parallel()
	v := secret.New(text)
	type exported struct{ Key secret.Value }
	type hidden struct{ key secret.Value }
	type deep struct {
		keys map[string][]*hidden
		any  any
	}
	forms := map[string]any{
		"value": v, "pointer": &v, "slice": []secret.Value{v}, "map": map[string]secret.Value{"k": v},
		"exported field": exported{v}, "unexported field": hidden{v}, "pointer to unexported": &hidden{v},
		"deep": deep{map[string][]*hidden{"k": {{v}}}, hidden{v}},
	}
	shown := map[string]string{}
	for name, form := range forms {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%-40v", "% x"} {
			shown[name+" "+verb] = fmt.Sprintf(verb, form)
		}
		shown[name+" Sprint"] = fmt.Sprint(form)
		shown[name+" error"] = fmt.Errorf("wrapped: %v", form).Error()
		if b, err := json.Marshal(form); err == nil {
			shown[name+" json"] = string(b)
		}
		var log bytes.Buffer
		z := zerolog.New(&log)
		z.Info().Interface("a", form).Any("b", form).Str("c", fmt.Sprint(form)).Stringer("d", v).Send()
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "a", form, "b", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", form, "b", v)
		shown[name+" logs"] = log.String()
	}
	node, err := v.MarshalYAML()
	shown["value yaml"] = fmt.Sprint(node, err)
	for how, out := range shown {
		low := strings.ToLower(strings.ReplaceAll(out, " ", ""))
		for _, bad := range []string{text, fmt.Sprintf("%x", text), "1155199", fmt.Sprint([]byte(text))} {
			if strings.Contains(low, strings.ToLower(strings.ReplaceAll(bad, " ", ""))) {
				t.Errorf("%s shows the secret: %s", how, out)
			}
		}
	}
	for _, how := range []string{"value %v", "value %x", "value %d", "value json", "value yaml", "map json", "exported field %+v"} {
		if !strings.Contains(shown[how], secret.Redacted) {
			t.Errorf("%s: %q does not say that a secret is there", how, shown[how])
		}
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	var zero secret.Value
	v := secret.New(text)
	if v.Reveal() != text || zero.Reveal() != "" {
		t.Error("Reveal")
	}
	if !zero.IsZero() || !secret.New("").IsZero() || v.IsZero() {
		t.Error("IsZero")
	}
	if !v.Equal(secret.New(text)) || v.Equal(zero) || !zero.Equal(secret.New("")) {
		t.Error("Equal")
	}
	if fmt.Sprint(zero) != secret.Redacted {
		t.Error("the zero Value must print like any other")
	}
	if err := json.Unmarshal([]byte(`"literal"`), &zero); err == nil {
		t.Error("a literal was decoded into a Value")
	}
}

func TestSource_Validate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source secret.Source
		says   string
	}{
		{secret.Source{Env: "FLOWD_KEY_2"}, ""},
		{secret.Source{File: "keys/hireflix"}, ""},
		{secret.Source{}, "names no place"},
		{secret.Source{Env: "A", File: "b"}, "both"},
		{secret.Source{Env: "2A"}, "not the name"},
		{secret.Source{Env: "whsec_Zmxvd2Q="}, "not be the secret"},
		{secret.Source{File: "-----BEGIN\nsecret"}, "not be the secret"},
	} {
		err := c.source.Validate()
		if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.source, err, c.says)
		}
		if err != nil && (strings.Contains(err.Error(), "Zmxvd2Q") || strings.Contains(err.Error(), "BEGIN")) {
			t.Errorf("the message repeats what may be the secret: %v", err)
		}
	}
}

func TestSource_ReadFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // past the umask
			t.Fatal(err)
		}
		return path
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(write("target", text, 0o600), link); err != nil {
		t.Fatal(err)
	}
	largest := strings.Repeat("k", secret.MaxSize)
	cases := []struct{ path, want, says string }{
		{write("plain", text, 0o600), text, ""},
		{write("readonly", text, 0o400), text, ""},
		{write("lines", text+"\r\n\n", 0o600), text, ""},
		{write("inner", " a\nb ", 0o600), " a\nb ", ""},
		{link, text, ""},
		{write("largest", largest+"\r\n", 0o600), largest, ""},
		{write("too large", largest+"k", 0o600), "", "more than 64 KiB"},
		{write("huge", largest+largest, 0o600), "", "more than 64 KiB"},
		{write("cut", largest+"\n\n\n"+text, 0o600), "", "more than 64 KiB"},
		{write("empty", "", 0o600), "", "is empty"},
		{write("blank", " \n\n", 0o600), "", "is empty"},
		{filepath.Join(dir, "folder"), "", "not a regular file"},
		{filepath.Join(dir, "absent"), "", "no such file"},
	}
	if runtime.GOOS != "windows" {
		pipe := filepath.Join(dir, "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, []struct{ path, want, says string }{
			{pipe, "", "not a regular file"},
			{write("group", text, 0o640), "", "mode 0640); run: chmod 600 " + dir + "/group"},
			{write("others", text, 0o604), "", "mode 0604); run: chmod 600 " + dir + "/others"},
			{write("writable", text, 0o602), "", "mode 0602); run: chmod 600 "},
			{write("it's mine", text, 0o644), "", `run: chmod 600 '` + dir + `/it'\''s mine'`},
		}...)
	}
	for _, c := range cases {
		t.Run(filepath.Base(c.path), func(t *testing.T) {
			t.Parallel()
			got, err := secret.Source{File: c.path}.Read()
			if got.Reveal() != c.want || (c.says == "") != (err == nil) {
				t.Fatalf("got %d bytes, %v; want %d bytes, %q", len(got.Reveal()), err, len(c.want), c.says)
			}
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("%v does not say %q and where", err, c.says)
			}
			if strings.Contains(err.Error(), text) {
				t.Errorf("the message shows the secret: %v", err)
			}
			if strings.Contains(c.says, "is empty") != errors.Is(err, secret.ErrEmpty) {
				t.Errorf("errors.Is(%v, ErrEmpty) is wrong", err)
			}
		})
	}
}

// A Source reads anew each time, relative to the folder that it is put in.
func TestSource_ReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := secret.Source{File: "key"}.In(dir)
	for _, want := range []string{"first", "second"} {
		if err := os.WriteFile(filepath.Join(dir, "key"), []byte(want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := source.Read(); err != nil || got.Reveal() != want {
			t.Errorf("got %q, %v, want %q", got.Reveal(), err, want)
		}
	}
	absolute := secret.Source{File: filepath.Join(dir, "key")}
	if absolute.In("/elsewhere") != absolute {
		t.Error("In changed an absolute path")
	}
	env := secret.Source{Env: "A"}
	if env.In(dir) != env {
		t.Error("In changed a variable")
	}
}

func TestSource_ReadEnv(t *testing.T) {
	t.Setenv("FLOWD_TEST_SECRET", text+"\n")
	t.Setenv("FLOWD_TEST_EMPTY", "")
	for _, c := range []struct{ name, want, says string }{
		{"FLOWD_TEST_SECRET", text, ""},
		{"FLOWD_TEST_EMPTY", "", "environment variable FLOWD_TEST_EMPTY is empty"},
		{"FLOWD_TEST_ABSENT", "", "environment variable FLOWD_TEST_ABSENT is not set"},
	} {
		got, err := secret.Source{Env: c.name}.Read()
		if got.Reveal() != c.want || (c.says == "") != (err == nil) || err != nil && err.Error() != c.says {
			t.Errorf("%s: got %q, %v, want %q, %q", c.name, got.Reveal(), err, c.want, c.says)
		}
	}
	if _, err := (secret.Source{}).Read(); err == nil {
		t.Error("no place was read")
	}
}
