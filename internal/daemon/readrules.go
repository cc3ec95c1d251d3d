package daemon

import (
	"fmt"

	"flowd/rules"
)

// ReadRules reads the rule files of a folder, or one file, as they are sent to a
// flowd to be compared, with what a names.lock beside them pins.
func ReadRules(path string) (files []rules.File, pins map[string]string, err error) {
	if files, err = rules.ReadDir(path); err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("there are no rule files in %s", path)
	}
	pins, err = readNames(lockFile(path))
	return files, pins, err
}
