package dropfolder

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"flowd"
)

// Whatever a file holds, each row becomes a whole event or a bad row, and the
// file comes to an end.
func FuzzRows(f *testing.F) {
	for _, text := range []string{
		"\xef\xbb\xbfapplication;stage\r\n=\"01\";\"a\nb\"\r\n", "application_id\tstage\n1\t\xe4\n", "sep=;\napplication;stage\n",
		"{}\n[]\nnull\n", "application_id,stage\n\"1,Video\n", "job_id,type\n1,job.closed\n",
	} {
		f.Add([]byte(text))
	}
	for _, name := range []string{"moves.csv", "moves.ndjson"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	r := rows{ats: "hr", source: "export"}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"x.csv", "x.ndjson"} {
			table, err := r.open(name, data)
			if err != nil {
				continue
			}
			last := 0
			for {
				x, err := table.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if x.line <= last {
					t.Fatalf("line %d after %d", x.line, last)
				}
				last = x.line
				if err != nil {
					continue
				}
				ev, err := r.event(name, x)
				if err == nil && (ev.Key == "" || ev.Application.ID == "" && ev.Application.Candidate.ID == "" && ev.Type != flowd.JobClosed) {
					t.Errorf("%+v", ev)
				}
			}
		}
	})
}
