package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// lockFile is where the names of a rule folder, or file, are pinned for all who
// work with it: beside it, so that it is kept with the rules.
func lockFile(rulesPath string) string {
	return filepath.Join(filepath.Dir(filepath.Clean(rulesPath)), ".flowd", "names.lock")
}

// nameLock is a names.lock: what the names in rule files stand for.
type nameLock struct {
	Version   int               `json:"version"`
	Positions map[string]string `json:"positions"` // ids, by folded name
}

const maxLock = 4 << 20

// readNames reads a names.lock; one that is not there pins nothing.
func readNames(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the pinned names: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxLock))
	if err != nil {
		return nil, fmt.Errorf("the pinned names: %w", err)
	}
	var lock nameLock
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&lock); err != nil || lock.Version != 1 {
		return nil, fmt.Errorf("%s cannot be read as pinned names: take it back from version control, or delete it and run `flowd apply`", path)
	}
	return lock.Positions, nil
}

// readLock takes up the names.lock beside the rules. Its pins win over those of
// the state: it is what the people who keep the rules agreed on.
func (c *catalogue) readLock() error {
	names, err := readNames(lockFile(c.rules))
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lock = names
	return nil
}

// writeLock writes what the names stand for beside the rules, where it may, and
// tells whether it is there. A folder that is read-only, such as a mounted
// ConfigMap, goes without: the state has the same names.
func writeLock(rulesPath string, pins map[string]string) (bool, error) {
	path := lockFile(rulesPath)
	body, err := json.MarshalIndent(nameLock{Version: 1, Positions: pins}, "", "  ")
	if err != nil {
		return false, err
	}
	body = append(body, '\n')
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, body) {
		return true, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return false, nil //nolint:nilerr // it may not be written
	}
	//nolint:gosec // no secret is in it, and whoever checks the rules reads it
	if err := os.WriteFile(path+".new", body, 0o644); err != nil {
		return false, nil //nolint:nilerr // it may not be written
	}
	if err := os.Rename(path+".new", path); err != nil {
		return false, errors.Join(err, remove(path+".new"))
	}
	return true, nil
}
