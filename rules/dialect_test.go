package rules_test

import (
	"strings"
	"testing"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

const ofSheet = `version: 1
owner: ops
rules:
  - id: sheet
    description: The map is a spreadsheet.
    stage: Video
    pairs: {file: pairs.csv}
    tests: [{name: fits, given: {job: "0123"}, expect: [{hireflix.invite: {position: AE}}]}]
`

func ofCSV(t *testing.T, csv string) (*rules.Set, []strictyaml.Problem) {
	t.Helper()
	return rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(ofSheet)}, {Name: "pairs.csv", Data: []byte(csv)}}, rules.Options{})
}

// The same table, as Excel in Germany and France, and a spreadsheet in a browser
// save it, whatever the order of its rows: the rule is the same, so nothing that
// waits is planned anew.
func TestSpreadsheets_SameDigest(t *testing.T) {
	t.Parallel()
	digests := map[string]string{}
	for name, csv := range map[string]string{
		"German Excel": "job;department;position;enabled;note\r\nGespr\xe4chsf\xfchrer, Berlin;;SDR;WAHR;\r\n" +
			"\"=\"\"0123\"\"\";;AE;JA;\"zwei\nZeilen\"\r\n;Vertrieb;SDR DE;;\r\nalt;;SDR;FALSCH;\r\n",
		"French Excel": "\xef\xbb\xbfjob;department;position;enabled;note\r\nGesprächsführer, Berlin;;SDR;VRAI;\r\n" +
			"0123;;AE;OUI;deux\r\n;Vertrieb;SDR DE;;\r\nvieux;;SDR;FAUX;\r\n;;;;\r\n",
		"web spreadsheet": "job,department,position,enabled,note\n\"Gesprächsführer, Berlin\",,SDR,TRUE,\n0123,,AE,yes,two\n,Vertrieb,SDR DE,,\nold,,SDR,FALSE,",
		"tabs, sorted":    "position\tjob\tdepartment\nAE\t0123\t\nSDR\tGesprächsführer, Berlin\t\nSDR DE\t\tVertrieb\n",
	} {
		set, problems := ofCSV(t, csv)
		if strictyaml.HasErrors(problems) {
			t.Fatalf("%s:\n%s", name, strictyaml.Render(problems))
		}
		if set.Rows() != 3 {
			t.Errorf("%s: %d rows, want 3", name, set.Rows())
		}
		digests[set.Rules()[0].Digest] += name + "; "
	}
	if len(digests) != 1 {
		t.Errorf("the rule differs: %v", digests)
	}
	other, _ := ofCSV(t, "job,position\n0123,AE\n")
	if digests[other.Rules()[0].Digest] != "" {
		t.Error("another table has the same digest")
	}
}

// What a spreadsheet has made of a value is refused with its cell, as its author
// sees it, and in whatever language it speaks.
func TestSpreadsheets_RefusedCells(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"4E+09":        "A3: the spreadsheet turned the value into 4E+09",
		"\"4,00E+09\"": "A3: the spreadsheet turned the value into 4,00E+09",
		"#N/A":         "A3: #N/A is a formula that failed",
		"#BEZUG!":      "A3: #BEZUG! is a formula that failed",
		"#VALEUR!":     "A3: #VALEUR! is a formula that failed",
		"#¿NOMBRE?":    "A3: #¿NOMBRE? is a formula that failed",
		"#DIV/0!":      "A3: #DIV/0! is a formula that failed",
		"####":         "A3: #### is a formula that failed",
	} {
		_, problems := ofCSV(t, "job,position\nAE,AE\n"+value+",SDR\n")
		if len(problems) != 1 || problems[0].Code != "cell" || !strings.Contains(problems[0].Message, want) || problems[0].Severity != strictyaml.Error {
			t.Errorf("%s: %v, want %s", value, problems, want)
		}
	}
	for _, name := range []string{"#1 Shop, Berlin", "#Sales", "4E Team", "C# Developer"} {
		if _, problems := ofCSV(t, "job,position\n\""+name+"\",SDR\n"); strictyaml.HasErrors(problems) {
			t.Errorf("%s is a name: %v", name, problems)
		}
	}
}
