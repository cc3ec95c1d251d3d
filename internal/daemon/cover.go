package daemon

import (
	"path/filepath"
	"regexp"
	"strings"

	"flowd/engine"
	"flowd/internal/config"
	"flowd/rules"
)

// Cover does what Test does, and tells what the tests saw of their rules. Files
// that are broken are in the report, and have no coverage.
func Cover(opts Options, paths []string, run *regexp.Regexp) (*Report, []rules.Coverage) {
	r := &Report{}
	if len(paths) == 0 {
		c := config.Load(opts.Config)
		if hasErrors(c.Problems()) {
			r.Problems = c.Problems()
			return r, nil
		}
		paths = []string{c.Rules.Path}
	}
	sets := r.paths(opts, paths, run)
	all := []rules.Coverage{}
	for _, of := range sets {
		_, seen := rules.Cover(of.set, engine.Decide, rules.TestOptions{Match: run, Progress: opts.Progress})
		for _, c := range seen {
			for i, row := range c.Rows {
				file, rest, _ := strings.Cut(row, ":")
				c.Rows[i] = filepath.Join(rulesDir(of.path), file) + ":" + rest
			}
			c.File = filepath.Join(rulesDir(of.path), c.File)
			all = append(all, c)
		}
	}
	return r, all
}
