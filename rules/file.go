package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// File is a rule file, or a CSV or recorded event that one names.
type File struct {
	Name string // relative to the folder of the rules, with slashes
	Data []byte
}

// IsRules tells a rule file from what it names.
func (f File) IsRules() bool { return isYAML(f.Name) }

// Bounds of what a folder may hold. A file beyond maxFileSize is cut, and
// Compile reports it.
const (
	maxFiles    = 1000
	maxFileSize = 4 << 20
	maxFolder   = 64 << 20
)

// ReadDir reads the rule files of a folder (*.yaml, *.yml), the CSV files beside
// them and the recorded events in its folder fixtures, sorted by name; or one rule
// file, the CSV files beside it and the recorded events that it names. It does not
// look into other folders below. Names that begin with a dot are left out, which
// are an editor's, or the inner folders of a mounted ConfigMap; the symbolic links
// that a ConfigMap consists of are followed, of recorded events those that stay in
// the folder.
func ReadDir(name string) ([]File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	folder, only := name, ""
	if !info.IsDir() {
		folder, only = filepath.Dir(name), filepath.Base(name)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	var out []File
	total := 0
	for _, e := range entries {
		base := e.Name()
		switch {
		case only == base:
		case strings.HasPrefix(base, "."):
			continue
		case isYAML(base) && only == "", isCSV(base):
		default:
			continue
		}
		data, err := readFile(filepath.Join(folder, base))
		if errors.Is(err, errNotRegular) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		total += len(data)
		if len(out) == maxFiles || total > maxFolder {
			return nil, tooMuch(folder)
		}
		out = append(out, File{Name: base, Data: data})
	}
	fixtures, err := readFixtures(folder, maxFiles-len(out), func(name string) bool {
		return only == "" || slices.ContainsFunc(out, func(f File) bool { return f.Name == only && bytes.Contains(f.Data, []byte(name)) })
	})
	if err != nil {
		return nil, err
	}
	out = append(out, fixtures...)
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

var errNotRegular = errors.New("not a file")

func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would never end
		return nil, errNotRegular
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(f, maxFileSize+1))
}

func tooMuch(folder string) error {
	return fmt.Errorf("rules: %s holds more than %d files or %d MiB of rules: split it", folder, maxFiles, maxFolder>>20)
}

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

func isCSV(name string) bool { return strings.ToLower(path.Ext(name)) == ".csv" }

// digestOf identifies what the files say, whatever their order.
func digestOf(files []File) string {
	lines := make([]string, len(files))
	for i, f := range files {
		sum := sha256.Sum256(f.Data)
		lines[i] = f.Name + "\x00" + string(sum[:])
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(sum[:])
}
