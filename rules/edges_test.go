package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// tabled compiles a rule whose map is the CSV.
func tabled(csv string) (*rules.Set, []strictyaml.Problem) {
	return rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte("version: 1\nowner: ops\nrules:\n" +
		"  - {id: map, description: d, stage: Video interview, pairs: {file: pairs.csv}, tests: [{name: n, given: {job: \"Küchenhilfe, Berlin\"}, expect: [{hireflix.invite: {position: Küche}}]}]}\n")},
		{Name: "pairs.csv", Data: []byte(csv)}}, rules.Options{})
}

// The same table is the same rule, whichever spreadsheet wrote it and however it
// is sorted.
func TestEdges_Spreadsheets(t *testing.T) {
	t.Parallel()
	ansi := func(text string) string {
		out, err := charmap.Windows1252.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	german := "job;department;position;enabled;note\r\nKüchenhilfe, Berlin;;Küche;WAHR;\r\n\"Verkauf \"\"Süd\"\"\";Vertrieb;Verkauf;;\"eine Notiz;\r\nmit zwei Zeilen\"\r\n\"=\"\"0123\"\"\";;Nummer;ja;\r\nalt;;Küche;FALSCH;\r\n"
	french := "position;enabled;job;department;note\r\nKüche;VRAI;Küchenhilfe, Berlin;;\r\nNummer;oui;0123;;\r\nVerkauf;;\"Verkauf \"\"Süd\"\"\";Vertrieb;\r\nKüche;FAUX;alt;;\r\n"
	web := "job,department,position,enabled,note\n0123,,Nummer,TRUE,\n\"Küchenhilfe, Berlin\",,Küche,TRUE,\n\"Verkauf \"\"Süd\"\"\",Vertrieb,Verkauf,,\nalt,,Küche,FALSE,\n"
	want := ""
	for _, sheet := range []struct{ name, text, warning string }{
		{"German Excel, CSV UTF-8", "\ufeff" + german, ""},
		{"German Excel, CSV", ansi(german), "the file is saved as Windows-1252 and read as such"},
		{"French Excel, CSV UTF-8", "\ufeff" + french, ""},
		{"French Excel, CSV", ansi(french), "the file is saved as Windows-1252 and read as such"},
		{"a web spreadsheet, CSV", web, ""},
		{"a web spreadsheet, TSV", strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(web, `"Küchenhilfe, Berlin"`, "Küchenhilfe; Berlin"), ",", "\t"), ";", ","), ""},
		{"German Excel with its hint", "sep=;\r\n" + german, ""},
		{"an old Mac", strings.ReplaceAll(german, "\r\n", "\r"), ""},
	} {
		set, problems := tabled(sheet.text)
		var said []string
		for _, p := range problems {
			said = append(said, p.Message)
		}
		if got := strings.Join(said, "; "); got != sheet.warning {
			t.Errorf("%s: %s", sheet.name, got)
			continue
		}
		digest := set.Rules()[0].Digest
		if want == "" {
			want = digest
		}
		if digest != want || set.Rows() != 3 {
			t.Errorf("%s is another rule, with %d rows", sheet.name, set.Rows())
		}
	}
}

// What a spreadsheet made of an id, or of a formula, is named with its cell as
// the spreadsheet shows it.
func TestEdges_SpoiltCells(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"4E+09":           "B3: the spreadsheet turned the value into 4E+09",
		`"4,00001E+21"`:   "B3: the spreadsheet turned the value into 4,00001E+21",
		"#N/A":            "B3: #N/A is a formula that failed",
		"#NV":             "B3: #NV is a formula that failed",
		"#VALEUR!":        "B3: #VALEUR! is a formula that failed",
		"#########":       "B3: ######### is a formula that failed",
		"4000012345":      "",
		"6500000000e0012": "",
	} {
		_, problems := tabled("position,job\nKüche,\"Küchenhilfe, Berlin\"\nNummer," + cell + "\n")
		got := ""
		for _, p := range problems {
			got = p.Message
			if p.Line != 3 || p.Code != "cell" || p.Hint == "" {
				t.Errorf("%s: %s", cell, p.Text())
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
}

// A workbook is not a table, whatever lies beside the rules.
func TestEdges_AWorkbook(t *testing.T) {
	t.Parallel()
	_, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte("version: 1\nowner: ops\nrules:\n" +
		"  - {id: map, stage: Video, pairs: {file: jobs.xlsx}}\n")}}, rules.Options{})
	if text := strictyaml.Render(problems); !strings.Contains(text, `"jobs.xlsx" is no CSV`) || !strings.Contains(text, "ends in .csv") {
		t.Error(text)
	}
}

// A quote that is not closed would make one cell of all rows below it, which then
// invite nobody.
func TestEdges_OpenQuotes(t *testing.T) {
	t.Parallel()
	const refused = ": the file cannot be read as CSV: a quote opens a cell and does not close it"
	for sheet, want := range map[string]string{
		"position,job\nKüche,\"Koch\nSaal,Kellner\n":                               "2" + refused,
		"position,job\nKüche,Koch\nSaal,\"Kellner\nBar,Barkeeper\n":                "3" + refused,
		"sep=,\nposition,job\nKüche,\"Koch\nSaal,Kellner\n":                        "3" + refused,
		"position,job\nKüche,\"Koch\"in\nSaal,Kellner\n":                           "2" + refused,
		"position,job\nRohre,2\" fitter\nKüche,\"Koch\nSaal,Kellner\n":             "3" + refused,
		"position,job\nKüche,\"Küchenhilfe, Berlin\"\nRohre,2\" fitter\n":          "",
		"position,job\nKüche,\"Küchenhilfe, Berlin\"\nSaal,=\"0123\"\n":            "",
		"position,job\nKüche,\"Küchenhilfe, Berlin\nKoch\"\nSaal,Kellner\n":        "",
		"position,job\r\nKüche,\"Küchenhilfe, Berlin\"\r\nBar,\"\"\"Zum Hof\"\"\"": "",
	} {
		_, problems := tabled(sheet)
		got := ""
		if strictyaml.HasErrors(problems) {
			got = fmt.Sprintf("%d: %s", problems[0].Line, problems[0].Message)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", sheet, got, want)
		}
	}
}

// Ten thousand rows are a table like any other, in YAML and in CSV.
func TestEdges_TenThousandRows(t *testing.T) {
	t.Parallel()
	const rows = 10_000
	for name, files := range map[string][]rules.File{"yaml": {{Name: "r.yaml", Data: []byte(table(rows, true))}}, "csv": sheet(rows)} {
		set, problems := rules.Compile(files, rules.Options{})
		if strictyaml.HasErrors(problems) || len(problems) > 5 || set.Rows() != rows {
			t.Fatalf("%s: %d rows, %s", name, set.Rows(), strictyaml.Render(problems))
		}
		for _, i := range []int{0, 4_999, rows - 1} {
			job := fmt.Sprintf("Job %d", i)
			if name == "csv" {
				job += ", Berlin"
			}
			a := one(t, set, func(_ *flowd.Event, app *flowd.Application) {
				app.Job, app.Candidate.Language = flowd.Job{ID: "1", Name: job, Department: "Sales"}, "de-AT"
			})
			if want := fmt.Sprintf("Position %d", i%50); a.Position.Name != want {
				t.Errorf("%s: %s leads to %q, want %q (%s)", name, job, a.Position.Name, want, a.Because)
			}
		}
		if words, _ := set.Describe("map"); len(words) > 4_000 {
			t.Errorf("%s: it is described in %d letters", name, len(words))
		}
	}
}

// A file that holds everything on one line costs no more than one of many lines.
func TestEdges_OneLine(t *testing.T) {
	t.Parallel()
	const rows = 50_000
	var b strings.Builder
	b.WriteString("{version: 1, owner: ops, rules: [{id: map, stage: Video interview, pairs: [")
	for i := range rows {
		fmt.Fprintf(&b, "{job: \"Küche %d\", position: P%d}, ", i, i%50)
	}
	b.WriteString("]}]}\n")
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(b.String())}}, rules.Options{})
	if strictyaml.HasErrors(problems) || set.Rows() != rows {
		t.Fatalf("%d rows, %s", set.Rows(), strictyaml.Render(problems))
	}
}
