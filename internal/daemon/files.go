package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rs/zerolog"
)

// watched are the folders whose changes can mean a reload. Folders, not files:
// an editor's save replaces the file, and a watch on it would see the old one.
func (d *Daemon) watched() []string {
	dirs := []string{rulesDir(d.config.Rules.Path), filepath.Dir(d.config.File)}
	_ = filepath.WalkDir(rulesDir(d.config.Rules.Path), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			dirs = append(dirs, path)
		}
		return nil // what cannot be read is reported by the reload
	})
	if f := d.config.Hireflix.APIKey.File; f != "" {
		dirs = append(dirs, filepath.Dir(f))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func rulesDir(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}

// fingerprint sums up what a reload would read, so that a change of something
// else in the same folder (the state, above all) does not cause one.
func (d *Daemon) fingerprint() string {
	h := sha256.New()
	add := func(path string) {
		if data, err := os.ReadFile(path); err == nil {
			h.Write([]byte(path))
			h.Write(data)
		}
	}
	add(d.config.File)
	add(d.config.Hireflix.APIKey.File)
	_ = filepath.WalkDir(rulesDir(d.config.Rules.Path), func(path string, e fs.DirEntry, err error) error {
		switch filepath.Ext(path) {
		case ".yaml", ".yml", ".csv":
			if err == nil && !e.IsDir() {
				add(path)
			}
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))
}

// cronLog gives the schedule's words to the log.
type cronLog struct{ log zerolog.Logger }

// Info implements cron.Logger: the schedule's own chatter is not worth a line.
func (cronLog) Info(string, ...any) {}

// Error implements cron.Logger.
func (c cronLog) Error(err error, msg string, _ ...any) {
	c.log.Error().Err(err).Str("job", msg).Msg("a scheduled job failed")
}
