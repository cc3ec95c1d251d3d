package rules

import (
	"slices"
	"strings"
	"testing"
)

// What spreadsheets write: each is read as the same two rows.
func TestSplit(t *testing.T) {
	t.Parallel()
	want := []string{"1:job|position", "2:Gespräch, Berlin|AE", "4:0123|SDR"}
	for name, text := range map[string]string{
		"comma":        "job,position\n\"Gespräch, Berlin\",AE\n\n=\"0123\",SDR\n",
		"semicolon":    "job;position\r\nGespräch, Berlin;AE\r\n\r\n\"=\"\"0123\"\"\";SDR",
		"tab and BOM":  "\xef\xbb\xbfjob\tposition\n Gespräch, Berlin \tAE\n\n0123\tSDR\n",
		"windows-1252": "job;position\nGespr\xe4ch, Berlin;AE\n\n0123;SDR\n",
		"old line end": "job;position\rGespräch, Berlin;AE\r\r0123;SDR\r",
		"sep":          "sep=;\njob;position\nGespräch, Berlin;AE\n\n0123;SDR\n",
	} {
		records, err := split(readable([]byte(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, r := range records {
			got = append(got, cellName(0, r.row)[1:]+":"+strings.Join(r.cells, "|"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Rows are counted as the spreadsheet shows them: a cell of two lines is one row.
func TestSplit_CountsRowsAndLines(t *testing.T) {
	t.Parallel()
	records, err := split("job,note\na,\"two\nlines\"\nb,\n")
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if last := records[2]; last.row != 3 || last.line != 4 {
		t.Errorf("the last row is %d on line %d, want 3 on line 4", last.row, last.line)
	}
}

func TestCellName(t *testing.T) {
	t.Parallel()
	for column, want := range map[int]string{0: "A7", 2: "C7", 25: "Z7", 26: "AA7", 27: "AB7", 701: "ZZ7", 702: "AAA7"} {
		if got := cellName(column, 7); got != want {
			t.Errorf("column %d is %s, want %s", column, got, want)
		}
	}
}

// An id of Hireflix can look like a number in scientific notation; only what a
// spreadsheet writes is one.
func TestMangled(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"4.00001E+21": true, "4,00001E+21": true, "4E+21": true, "-1E-7": true,
		"65000000000000000000e012": false, "65000000000000000000E012": false, "400001": false, "Step 2E+": false, "1.5": false,
	} {
		if got := mangled.MatchString(text); got != want {
			t.Errorf("%q is mangled: %t", text, got)
		}
	}
}
