package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// MaxSize is the largest credential read, in bytes; it leaves room for a PEM
// chain and none for a file named by mistake.
const MaxSize = 64 << 10

// maxRead lets one line break follow the largest credential.
const maxRead = MaxSize + len("\r\n")

// ErrEmpty is wrapped by Read when the variable or file is there and holds
// nothing. An empty secret is never used: anyone could sign with it.
var ErrEmpty = errors.New("is empty")

// Source says where a credential is kept: one of an environment variable and a
// file. It is plain data, to be read again whenever the credential may have
// changed.
type Source struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

// Validate reports whether s names exactly one place. It reads nothing.
func (s Source) Validate() error {
	switch {
	case s.Env != "" && s.File != "":
		return errors.New("names both env and file; keep one")
	case s.Env == "" && s.File == "":
		return errors.New("names no place; write {env: NAME} or {file: PATH}")
	case s.Env != "" && !isVariable(s.Env):
		// Not quoted: this is what a secret looks like that was put here itself.
		return errors.New("env is not the name of an environment variable (letters, digits and _); it must name the variable that holds the secret, not be the secret")
	case strings.ContainsAny(s.File, "\r\n\x00"):
		return errors.New("file is not a path; it must name the file that holds the secret, not be the secret")
	}
	return nil
}

// In returns s with a relative file put under dir, the folder of the
// configuration that names it.
func (s Source) In(dir string) Source {
	if s.File != "" && !filepath.IsAbs(s.File) {
		s.File = filepath.Join(dir, s.File)
	}
	return s
}

// String names the place, for messages; the credential is not part of it.
func (s Source) String() string {
	if s.File != "" {
		return "secret file " + s.File
	}
	return "environment variable " + s.Env
}

// Read returns the credential as it is now, without the line breaks at its
// end. It refuses one that is empty or beyond MaxSize, and a file that others
// than its owner may read or change. Errors name the place and what to do,
// never the content.
func (s Source) Read() (Value, error) {
	if err := s.Validate(); err != nil {
		return Value{}, err
	}
	text, err := s.text()
	if err != nil {
		return Value{}, err
	}
	size := len(text)
	text = strings.TrimRight(text, "\r\n")
	switch {
	case strings.TrimSpace(text) == "" && size <= maxRead:
		return Value{}, fmt.Errorf("%s %w", s, ErrEmpty)
	case len(text) > MaxSize || size > maxRead:
		return Value{}, fmt.Errorf("%s holds more than %d KiB, too much for a secret", s, MaxSize>>10)
	}
	return New(text), nil
}

func (s Source) text() (string, error) {
	if s.File != "" {
		return s.readFile()
	}
	text, ok := os.LookupEnv(s.Env)
	if !ok {
		return "", fmt.Errorf("%s is not set", s)
	}
	return text, nil
}

func (s Source) readFile() (string, error) {
	// Before opening: opening a named pipe would wait for a writer.
	if info, err := os.Stat(s.File); err != nil {
		return "", fmt.Errorf("%s: %w", s, reason(err))
	} else if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file", s)
	}
	f, err := os.Open(s.File)
	if err != nil {
		return "", fmt.Errorf("%s: %w", s, reason(err))
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("%s: %w", s, reason(err))
	}
	// Of the open file, so that nobody can exchange it between look and read.
	// Windows knows no such modes and reports every file as open to all.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("%s can be read or changed by others than its owner (mode %04o); run: chmod 600 %s", s, mode, shellWord(s.File))
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(maxRead)+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", s, reason(err))
	}
	return string(text), nil
}

// reason drops the operation and the path, which the message has already.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// shellWord quotes a path, where it must be, for a POSIX shell.
func shellWord(path string) string {
	plain := func(r rune) bool {
		return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || strings.ContainsRune("/._-+@", r)
	}
	if !strings.ContainsFunc(path, func(r rune) bool { return !plain(r) }) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func isVariable(name string) bool {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
