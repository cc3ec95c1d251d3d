package dropfolder

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"flowd/internal/fault"
	"flowd/internal/redact"
)

// maxBad is how many bad rows of a file are written down; the file itself is
// kept.
const maxBad = 1000

// badRows are the rows that could not be taken.
type badRows struct {
	lines [][]string
	total int
	note  string
}

func (b *badRows) add(r row, why error) {
	if b.total++; b.total <= maxBad {
		b.lines = append(b.lines, []string{strconv.Itoa(r.line), why.Error(), r.raw})
	}
}

// report is the bad rows as a CSV of their own.
func (b *badRows) report() []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	lines := append([][]string{{"line", "reason", "row"}}, b.lines...)
	if b.total > maxBad {
		lines = append(lines, []string{"", fmt.Sprintf("%d more rows", b.total-maxBad), ""})
	}
	if b.note != "" {
		lines = append(lines, []string{"", b.note, ""})
	}
	_ = w.WriteAll(lines) // a buffer takes everything
	return out.Bytes()
}

// finish moves a file that was read to its end out of processing/, its bad rows
// first, so that a crash between the two only does both again.
func (x *file) finish(root *os.Root) error {
	if info, err := root.Lstat(processing + "/" + x.name); err != nil || !x.look.same(lookOf(info)) {
		return fault.New(fault.Unavailable, "drop folder", "a file changed while it was read; it is read again")
	}
	to := processed
	if x.good == 0 && x.bad.total > 0 {
		to = failed
	}
	name, err := free(root, to, x.name)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "drop folder", err)
	}
	report := failed + "/" + name + ".errors.csv"
	switch {
	case x.bad.total > 0:
		err = write(root, report, x.bad.report())
	case x.bad.note != "":
		err = write(root, processed+"/"+name+".note.txt", []byte(x.bad.note+"\n"))
	}
	if err == nil {
		err = root.Rename(processing+"/"+x.name, to+"/"+name)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "drop folder", err)
	}
	if x.bad.total > 0 {
		return fault.New(fault.Invalid, "drop folder", "%d rows were not taken; see %q", x.bad.total, redact.Text(report))
	}
	return nil
}

// free is the name, with a number where files of that name were there before.
func free(root *os.Root, dir, name string) (string, error) {
	for n := 1; n < 100_000; n++ {
		tried := name
		if n > 1 {
			tried += "." + strconv.Itoa(n)
		}
		taken := false
		for _, path := range []string{dir + "/" + tried, failed + "/" + tried + ".errors.csv"} {
			_, err := root.Lstat(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
			taken = taken || err == nil
		}
		if !taken {
			return tried, nil
		}
	}
	return "", fmt.Errorf("%s holds too many files named %s; move some away", dir, name)
}

// write writes a file whole or not at all, readable by the owner alone: it
// holds people's data.
func write(root *os.Root, path string, data []byte) error {
	const unfinished = ".unfinished"
	out, err := root.OpenFile(path+unfinished, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return root.Rename(path+unfinished, path)
}
