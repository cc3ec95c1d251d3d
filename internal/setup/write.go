package setup

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"flowd/rules"
)

// ErrThere says that a folder holds an installation, or a part of one.
var ErrThere = errors.New("nothing was written: flowd overwrites no file")

// Found lists what stands in the folder already of what a set-up would write, or
// what would be served beside it. A file whose path is except may be there.
func Found(dir, except string) (found []string) {
	there := func(name string) {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(full); err == nil && !same(full, except) {
			found = append(found, name)
		}
	}
	there(ConfigFile)
	if files, err := rules.ReadDir(filepath.Join(dir, RulesDir)); err == nil {
		for _, f := range files {
			found = append(found, path.Join(RulesDir, f.Name))
		}
	}
	there(KeyFile)
	return found
}

// InKeyPlace tells whether a path is where the folder's installation keeps the
// key.
func InKeyPlace(dir, path string) bool { return same(filepath.Join(dir, KeyFile), path) }

func same(a, b string) bool {
	x, err := os.Stat(a)
	y, berr := os.Stat(b)
	return err == nil && berr == nil && os.SameFile(x, y)
}

// Write creates the files of a draft, or none of them: what it made it takes
// back when one is there already (ErrThere) or cannot be written.
func Write(dir string, files []File) (err error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // the files are closed on their own
	var made []string
	defer func() {
		for _, name := range made {
			if err != nil {
				err = errors.Join(err, root.Remove(name))
			}
		}
	}()
	for _, f := range files {
		name := path.Clean(f.Name)
		if err := makeFolders(root, f); err != nil {
			return err
		}
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		switch err := create(root, f); {
		case errors.Is(err, fs.ErrExist) && f.Shared:
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("%s is there already: %w", name, ErrThere)
		case err != nil:
			return err
		default:
			made = append(made, name)
		}
	}
	return nil
}

const (
	folderMode  = 0o750
	secretsMode = 0o700
	fileMode    = 0o644 // colleagues read what is no secret, and edit it with git
	secretMode  = 0o600
	secretBytes = 24
)

func makeFolders(root *os.Root, f File) error {
	folder, mode := path.Dir(f.Name), os.FileMode(folderMode)
	switch folder {
	case ".":
		return nil
	case SecretsDir:
		mode = secretsMode
	}
	return root.MkdirAll(folder, mode)
}

// create writes one new file whole, or leaves none.
func create(root *os.Root, f File) error {
	mode := os.FileMode(fileMode)
	if f.Secret {
		mode = secretMode
	}
	data := f.Data
	if f.Make {
		random := make([]byte, secretBytes)
		if _, err := rand.Read(random); err != nil {
			return err
		}
		data = []byte(hex.EncodeToString(random) + "\n")
	}
	file, err := root.OpenFile(f.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, root.Remove(f.Name))
	}
	return nil
}
