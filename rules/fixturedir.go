package rules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// FixtureDir is where recorded events lie, beside the rule files whose tests name
// them.
const FixtureDir = "fixtures"

// maxFixture bounds a recorded event: one is a kilobyte, and what the tests of a
// set name is kept with the set.
const maxFixture = 64 << 10

// isFixture tells a recorded event from rule files and tables.
func isFixture(name string) bool {
	dir, base := path.Split(name)
	return dir == FixtureDir+"/" && path.Ext(base) == ".json" && !strings.HasPrefix(base, ".")
}

// readFixtures reads the recorded events of a folder of rules that are wanted. One
// that a link leads out of the folder for is left out: the test that names it is
// told so.
func readFixtures(folder string, room int, wanted func(name string) bool) ([]File, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	defer func() { _ = root.Close() }() // nothing is written through it
	entries, err := fs.ReadDir(root.FS(), FixtureDir)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("rules: %w", err)
	}
	var out []File
	for _, e := range entries {
		name := path.Join(FixtureDir, e.Name())
		if !isFixture(name) || !wanted(name) {
			continue
		}
		data, err := readWithin(root, name)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("rules: %w", err)
		case err != nil:
			continue
		case len(out) == room:
			return nil, tooMuch(folder)
		}
		out = append(out, File{Name: name, Data: data})
	}
	return out, nil
}

func readWithin(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(f, maxFixture+1))
}
