package rules_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// said is every problem of a file but that a rule has no description and no test,
// as line:column, what it says, and in brackets what to write instead.
func said(text string) []string {
	_, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(text)}}, rules.Options{})
	var out []string
	for _, p := range problems {
		switch p.Code {
		case "no-test", "no-description":
			continue
		}
		severity := ""
		if p.Severity == strictyaml.Warning {
			severity = "warning: "
		}
		out = append(out, fmt.Sprintf("%d:%d %s%s (%s)", p.Line, p.Column, severity, p.Message, p.Hint))
	}
	return out
}

// trap is one thing that people write, and what they are to hear of it; what ends
// with … goes on.
type trap struct{ written, said string }

func check(t *testing.T, traps []trap, file func(written string) string) {
	t.Helper()
	for _, trap := range traps {
		got := strings.Join(said(file(trap.written)), "\n")
		if begins, goesOn := strings.CutSuffix(trap.said, "…"); got != trap.said && !(goesOn && strings.HasPrefix(got, begins)) {
			t.Errorf("%s\n got %s\nwant %s", shortened(trap.written), got, trap.said)
		}
	}
}

func shortened(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// What YAML would silently read otherwise than people mean it: line 5 and below
// of a rule file.
func TestTraps_YAML(t *testing.T) {
	t.Parallel()
	const rest = "    pairs: [{position: P}]\n"
	check(t, []trap{
		{"    stage: V\n    if: !candidate.is_internal\n" + rest, `6:9 a ! at the start of a value is a YAML tag, so what follows it is not read ` +
			`(in a condition write: not candidate.is_internal; in a name write it in quotes: "!candidate.is_internal")`},
		{"    stage: V\n    if:\n" + rest, "6:5 if has no value (write its value after the colon, or delete the line)"},
		{"    stage: V\n    if: ~\n" + rest, "6:5 if has no value (write its value after the colon, or delete the line)"},
		{"    stage: V\n    if: null\n" + rest, "6:5 if has no value (write its value after the colon, or delete the line)"},
		{"    stage: V\n    unless: [\"\"]\n" + rest, "6:14 unless is blank (write its value, or delete the line)"},
		{"    stage:\n" + rest, "5:5 stage has no value (write its value after the colon, or delete the line)"},
		{"    stage: ~\n" + rest, "5:5 stage has no value (write its value after the colon, or delete the line)"},
		{"    stage: &Video\n" + rest, `5:12 &Video is a YAML anchor, so the value is empty (write "&Video")`},
		{"    stage: *Video\n" + rest, `5:12 a * at the start of a value makes it a YAML alias, and it names nothing (write stage: "*Video")`},
		{"    stage: Video #1\n" + rest, `5:12 " #" begins a comment, so the value ends at "Video" (write "Video #1"; a comment goes on a line of its own, or behind a quoted value)`},
		{"    stage: Step 2: Video\n" + rest, `5:12 a colon and a space inside a value begin a new key (write stage: "Step 2: Video")`},
		{"    stage: V\n    pairs:\n      - {job: Account Executive, Berlin, position: P}\n", `7:15 inside { } a comma ends the value (write job: "Account Executive, Berlin")`},
		{"    stage: V\n    pairs:\n      - {job: Step 2: Sales, position: P}\n", `7:15 a colon and a space inside a value begin a new key (write job: "Step 2: Sales")`},
		{"    stage: V\n    pairs:\n      - {job: Developer #2, position: P}\n", `7:15 " #" begins a comment, so the rest of the line is not read (write job: "Developer #2")`},
		{"    stage: V\n" + rest + "    unless:\n      - {when: field(\"Notice\", \"none\") == \"x\", because: z}\n    x-a: []\n",
			`8:16 inside { } a comma ends the value (write when: 'field("Notice", "none") == "x"')`},
		{"    stage: V\n" + rest + "    unless:\n      - {because: it's so (or so), when: candidate.source in [\"a\", \"b\"]}\n    x-a: []\n",
			`8:42 inside { } a [ ends the value (write when: 'candidate.source in ["a", "b"]')`},
		{"    stage: V\n" + rest + "    unless:\n      - {when: any(candidate.tags, # == \"x\"), because: z}\n    x-a: []\n",
			`8:16 inside { } a comma ends the value (write when: 'any(candidate.tags, # == "x")')`},
		{"    stage: “Video interview”\n" + rest, `5:12 “ is a typographic quote: it is part of the value here and not its quote (write "Video interview")`},
		{"    stage:\u00a0V\n" + rest, "5:11 a no-break space (U+00A0) follows the colon, so YAML sees no key (type a plain space)"},
		{"\u00a0   stage: V\n" + rest, "5:1 the line is indented with a no-break space (U+00A0) (indent with spaces)"},
		{"\tstage: V\n" + rest, "5:1 the line is indented with a tab (U+0009) (indent with spaces)"},
		{"    stage: V\u200bideo\n" + rest, "5:13 an invisible character stands here: a space without width (U+200B) (delete it and type the text again)"},
		{"    stage: V\n    wait: 30\n" + rest, "6:11 30 what? write 30m (spans are written 15m, 72h, 3d or 2w)"},
		{"    stage: V\n    if: \"vip\" in candidate.tags\n" + rest, `6:9 the value ends at its second quote, and more follows: quote the whole value (write if: '"vip" in candidate.tags')`},
		{"    stage: V\n" + rest + "---\nversion: 1\n", "7:1 a second document begins here, and YAML readers ignore it (put it into a file of its own, or delete this line)"},
		{"    stage: V\n    unles: x\n" + rest, "6:5 unknown key unles (did you mean unless?)"},
		{"    stage: V\n    stage: W\n" + rest, "6:5 stage stands twice; the first is on line 5 (delete one of the two)"},
		{"    stage: V\n    mode: off\n" + rest, `6:11 mode is one of live, shadow, closing, disabled, not "off" ()`},
		{"    stage: V\n    mode: yes\n" + rest, `6:11 mode is one of live, shadow, closing, disabled, not "yes" ()`},
		{"    stage: V\n    otherwise: yes\n" + rest, `6:16 otherwise is either true or false, not "yes" (write true or false, without quotes)`},
		{"    stage: Vid\xe4o\n" + rest, `5:15 'ä' is saved as Windows-1252 (save the file as UTF-8)`},
		{"    stage: !!str V\n" + rest, "5:12 !!str is a YAML tag (leave the tag out: flowd knows what each key holds)"},
		{"    stage: \"V\n" + rest, "5:5 a quote is opened and never closed (close it on the same line)"},
		{"    stage: V\n    window: office\n" + rest, `6:13 there is no calendar "office" (the file has no calendars: add calendars: {office: {days: mon-fri, hours: "09:00-17:30", tz: Europe/Berlin}})`},
		{"    stage: V\n    wait: 365d\n" + rest, "6:11 365d is a year or more: nobody would remember why the invite comes (write a span of days or less, such as 15m)"},
		{"    stage: V\n    wait: -5m\n" + rest, `6:11 "-5m" is not a span: write one like 15m, 72h, 3d or 2w (spans are written 15m, 72h, 3d or 2w)`},
		{"    stage: V\n    wait: 32d\n" + rest, "6:11 warning: the rule waits 32d: what it does comes as a surprise by then (write a shorter one, unless it is meant)"},
		{"    stage: V\n    wait: 31d\n" + rest, ""},
	}, func(written string) string { return "version: 1\nowner: ops\nrules:\n  - id: x\n" + written })
}

// Whole files that hold no rule, or more than a rule file can.
func TestTraps_Files(t *testing.T) {
	t.Parallel()
	const one = "rules: [{id: x, stage: V, pairs: [{position: P}]}]\n"
	bomb := "version: 1\nowner: ops\nx-a: &a {k: v}\n"
	for i := range 20 {
		bomb += fmt.Sprintf("x-%c: &%c {p: *%c, q: *%c, r: *%c}\n", 'b'+i, 'b'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	check(t, []trap{
		{"", "1:1 the file is empty (write its content, or delete the file)"},
		{"# nothing\n", "1:1 the file is empty (write its content, or delete the file)"},
		{"version: 1\nowner: ops\nrules:\n", "3:1 rules has no value (write its value after the colon, or delete the line)"},
		{"version: 1\nowner: ops\nrules: []\n", "3:8 the file has no rules (write a rule, or delete the file)"},
		{"version: 2\nowner: ops\n" + one, "1:10 version 2 is not known to this flowd (write version: 1)"},
		{"\xff\xfev\x00e\x00", "1:1 the file is saved as UTF-16 (save it as UTF-8)"},
		{"version: 1\nowner: ops\ncalendars: {a: {hours: \"09:00-17:00\", tz: Europe/Berln}}\n" + one, `3:43 there is no zone "Europe/Berln" (did you mean "Europe/Berlin"?)`},
		{"version: 1\nowner: ops\ncalendars: {a: {hours: \"09:00-17:00\", tz: Local}}\n" + one, `3:43 there is no zone "Local" (write a zone of the IANA database, such as Europe/Berlin)`},
		{"version: 1\nowner: ops\ncalendars: {a: {hours: \"09:00-17:00\", tz: candidate}}\n" + one,
			"3:43 tz: candidate needs the zone of those whose country has several or is not known (add fallback_tz: Europe/Berlin, or another zone)"},
		{"version: 1\nowner: ops\ncalendars: {a: {days: none, hours: \"09:00-17:00\", tz: UTC}}\n" + one, "3:23 the calendar a never opens (write the days on which it opens, such as mon-fri)"},
		{"version: 1\nowner: ops\ncalendars: {a: {hours: \"09:00-09:00\", tz: UTC}}\n" + one, `3:24 "09:00-09:00" is not a range of hours (write "09:00-17:30"; "00:00-24:00" is the whole day)`},
		{"version: 1\nowner: ops\ncalendars: {a: {hours: \"09:00-17:00\", tz: UTC, holidays: XX}}\n" + one,
			`3:58 the holidays of "XX" are not known (…`},
		{bomb + one, "1:1 the aliases of this file stand for more than 100000 values (write the values out, or split the file)"},
		{"version: 1\nowner: ops\nx-deep: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "\n" + one, "3:109 the file is nested deeper than 100 levels (write it flatter)"},
		{"version: 1\nowner: ops\n#" + strings.Repeat("#", 4<<20) + "\n" + one, "0:0 the file is 4 MiB, more than the 4 MiB a file may have (split it into several files)"},
		{"version: 1\nowner: ops\n#" + strings.Repeat("#", 4<<20-120) + "\n" + one, ""},
	}, func(written string) string { return written })
}

// Slips in conditions, each answered in words; the number is the column within
// the condition, from 1.
func TestTraps_Conditions(t *testing.T) {
	t.Parallel()
	const functions = "all, any, count, date, duration, exactly, field, flag, has, len, list, lower, none, now, number, one, trim, upper"
	for _, trap := range []trap{
		{`candidate.source = "LinkedIn"`, "18 a single = compares nothing (write ==)"},
		{`candidate.source === "LinkedIn"`, "18 === is not known here (write ==)"},
		{`candidate.source <> "LinkedIn"`, "18 <> is not known here (write !=)"},
		{`candidate.source is not "LinkedIn"`, "18 is not is not known here (write !=)"},
		{`candidate.source is "LinkedIn"`, "18 is is not known here (write ==)"},
		{`candidate.source equals "LinkedIn"`, "18 equals is not known here (write ==)"},
		{`not candidate.source == "LinkedIn"`, "1 not cannot stand before a text (put what it negates in brackets: not (…))"},
		{`NOT candidate.is_internal`, "1 NOT is written in small letters (write not)"},
		{`candidate.can_email AND candidate.is_internal`, "21 AND is written in small letters (write and)"},
		{`candidate.can_email and candidate.is_internal or stage == "x"`, "47 and beside or wants brackets that say which belongs together (write (a and b) or c, or a and (b or c))"},
		{`candidate.source != "a" or candidate.source != "b"`, `25 this is always true: whatever candidate.source is, it differs from one of the two (write x not in ["a", "b"], or join them with and)`},
		{`candidate.source == "a" and candidate.source == "b"`, `25 this is never true: candidate.source cannot be both (write x in ["a", "b"], or join them with or)`},
		{`candidate.language == "de" or "en"`, `28 or cannot stand between a yes or no and a text (each side is a question of its own; for one of several texts write x in ["a", "b"])`},
		{`candidate.language == "de" or == "en"`, `31 each side of or is a question of its own (say what is compared again, or write x in ["a", "b"])`},
		{`candidate.tags == "vip"`, `16 == cannot stand between a list of texts and a text (write "text" in list)`},
		{`candidate.name == candidate.tags`, "16 == cannot stand between a text and a list of texts (write text in list)"},
		{`candidate.tags contains "vip"`, `16 contains cannot stand between a list of texts and a text (write "text" in list)`},
		{`number("Years") == "3"`, "17 == cannot stand between a number and a text (write the number without quotes, or read the field with number(…))"},
		{`field("Years") == 3`, "16 == cannot stand between a text and a number (write the number without quotes, or read the field with number(…))"},
		{`field("Years") > "3"`, `16 texts have no order: "10" would come before "9" (read a number with number(…), and a date with date(…))`},
		{`flag("Visa") == "Yes"`, "14 == cannot stand between a yes or no and a text (compare with true or false, without quotes)"},
		{`flag("Visa") == Yes`, "17 there is no Yes (write true, without quotes)"},
		{`candidate.is_internal == FALSE`, "26 there is no FALSE (write false, without quotes)"},
		{`application.age < "30"`, `19 "30" is no span of time (write for example "30d")`},
		{`application.age < 30`, `17 < cannot stand between a span of time and a number (write a span such as "30d")`},
		{`application.age < duration("a month")`, `28 "a month" is no span of time (a span is written 15m, 72h, 3d or 2w)`},
		{`application.applied_at > "2026-01-05"`, `24 > cannot stand between a date and a text (write date("2026-01-05"))`},
		{`application.applied_at > date("5.1.2026")`, `31 "5.1.2026" is no date (a date is written "2026-01-05" or "2026-01-05T10:00:00+01:00")`},
		{`candidate.surce == "x"`, "11 there is no candidate.surce (did you mean candidate.source?)"},
		{`source == "x"`, "1 there is no source (did you mean candidate.source?)"},
		{`candidate.source == nil`, `21 nil is not known here (nothing is ever nil: ask has("field"), or compare with "")`},
		{`candidate.source == null`, `21 there is no null (an empty text is ""; has("Field") asks whether a custom field has a value)`},
		{`candidate.source matches "L.*"`, "18 patterns are not known here (use contains, startsWith or endsWith)"},
		{`candidate.source ?? "x" == "x"`, "25 ?? beside another operator wants brackets (write (a ?? b) == c)"},
		{`candidate.source == “LinkedIn”`, `21 “ (U+201C) is a typographic quote (type a plain quote: ")`},
		{`candidate.source == "LinkedIn`, "29 a quote is opened and never closed (close it with the same quote)"},
		{`candidate.source`, `1 a condition is a question with the answer yes or no, and this is a text (compare it with something, as in x == "a")`},
		{`candidate.source contains " "`, "27 every text contains nothing, so this is always true (write what it should be)"},
		{`interview.score > 3`, "1 interview.score is known in rules with a trigger alone: here nobody is invited yet (ask for it in a rule with trigger: and actions:)"},
		{`event.via == "moved"`, `14 event.via is never "moved" (did you mean "move"?)`},
		// What would not end, or takes what it likes, is refused when the file is read.
		{`sum(map(1..3000, sum(map(1..3000, #)))) > 1`, "1 the function sum is not known here (the functions are: " + functions + ")"},
		{`len(filter(candidate.tags, # == "a")) > 1`, "5 the function filter is not known here (the functions are: " + functions + ")"},
		{`any(candidate.tags, any(job.tags, # == "a"))`, "21 any cannot stand inside another any, all, none, one or count (write two conditions)"},
		{`any(candidate.tags, # in job.tags)`, "23 a question about each element cannot search a second list (write the list out in [ ], or ask in two conditions)"},
		{`1..1000000000 == 3`, "2 ranges are not known here (compare with < and >)"},
		{`repeat("a", 1000000000) == "a"`, "1 there is no function repeat (the functions are: " + functions + ")"},
		{`env("HOME") == "x"`, "1 there is no function env (the functions are: " + functions + ")"},
		{`$env.stage == "x"`, "6 $env is not known here (write the name alone)"},
		{`candidate.source.upper() == "X"`, "18 a value has no functions of its own (the functions are: " + functions + ")"},
		{`candidate.tags[0] == "x"`, "15 elements of a list or text cannot be picked by their place (use in, any or count)"},
		{`stage == "a" ? true : false`, "27 a condition has no branches (write it with and, or and brackets)"},
		{`stage == "` + strings.Repeat("a", 4<<10) + `"`, "1 the expression is longer than 4096 bytes (split it into several conditions)"},
		{`len(candidate.tags) in [` + strings.Repeat("1,", 1100) + `1]`, "2018 the expression has more than 1000 parts (split it into several)"},
	} {
		const indent = "      "
		got := said("version: 1\nowner: ops\nrules:\n  - id: x\n    stage: V\n    pairs: [{position: P}]\n    if: |-\n" + indent + trap.written + "\n")
		column, what, _ := strings.Cut(trap.said, " ")
		n, err := strconv.Atoi(column)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("8:%d %s", n+len(indent), what); strings.Join(got, "\n") != want {
			t.Errorf("%s\n got %s\nwant %s", shortened(trap.written), strings.Join(got, "\n"), want)
		}
	}
}

// Text from an ATS is compared as people mean it; where a value is missing or is
// of another kind, that is no answer.
func TestTraps_Text(t *testing.T) {
	t.Parallel()
	field := func(value any) []flowd.Field { return []flowd.Field{{Key: "level", Name: "Level", Value: value}} }
	for _, tt := range []struct {
		condition string
		source    string
		fields    []flowd.Field
		want      flowd.Verdict
	}{
		{`candidate.source == "referral"`, "Referral", nil, flowd.Matched},
		{`candidate.source != "referral"`, "Referral", nil, flowd.Unmatched},
		{`candidate.source != "referral"`, " REFERRAL ", nil, flowd.Unmatched},
		{`candidate.source in ["employee referral"]`, "Employee\u00a0 Referral", nil, flowd.Matched},
		{`candidate.source not in ["café"]`, "Cafe\u0301", nil, flowd.Unmatched},
		{`candidate.source == "café"`, "cafe", nil, flowd.Unmatched}, // accents count
		{`candidate.source contains "REF"`, "A referral", nil, flowd.Matched},
		{`candidate.source startsWith "ref"`, "REFERRAL", nil, flowd.Matched},
		{`candidate.source endsWith "RAL"`, "referral ", nil, flowd.Matched},
		{`candidate.source == "it's \"here\""`, "It’s “here”", nil, flowd.Matched},
		{`exactly(candidate.source, "Referral")`, "referral", nil, flowd.Unmatched},
		{`lower(candidate.source) == "referral"`, "REFERRAL", nil, flowd.Matched},
		{`field("LEVEL") == "senior"`, "", field("Senior"), flowd.Matched},
		{`field("Level") == "senior"`, "", nil, flowd.Failed},
		{`field("Level") == "senior"`, "", field(nil), flowd.Failed},
		{`field("Level") == "senior"`, "", field(" "), flowd.Failed},
		{`field("Level") == "senior"`, "", field([]string{"senior"}), flowd.Failed},
		{`field("Level", "senior") == "senior"`, "", nil, flowd.Matched},
		{`field("Level", "senior") == "senior"`, "", field(nil), flowd.Matched},
		{`field("Level", "senior") == "senior"`, "", field(""), flowd.Matched},
		{`field("Level") == "3"`, "", field(3.0), flowd.Matched},
		{`field("Level") == "true"`, "", field(true), flowd.Matched},
		{`number("Level") >= 3`, "", field("3"), flowd.Matched},
		{`number("Level") >= 3`, "", field("3 years"), flowd.Failed},
		{`number("Level") >= 3`, "", field("1.500"), flowd.Failed}, // a thousand and a half, or one and a half
		{`number("Level", 0) >= 3`, "", nil, flowd.Unmatched},
		{`flag("Level")`, "", field("Yes"), flowd.Matched},
		{`flag("Level")`, "", field("perhaps"), flowd.Failed},
		{`"go" in list("Level")`, "", field([]string{"Go"}), flowd.Matched},
		{`"go" in list("Level")`, "", field("GO"), flowd.Matched},
		{`"go" in list("Level")`, "", nil, flowd.Failed},
		{`has("level")`, "", nil, flowd.Unmatched},
		{`has("level")`, "", field(""), flowd.Unmatched},
		{`has("level")`, "", field("x"), flowd.Matched},
		{`candidate.country == "DE"`, "", nil, flowd.Matched}, // an unnamed source may tell it
	} {
		set := compile(t, "version: 1\nowner: ops\nrules:\n  - id: x\n    stage: Video interview\n    pairs: [{position: P}]\n    if: |-\n      "+tt.condition+"\n", rules.Options{})
		a := one(t, set, func(_ *flowd.Event, app *flowd.Application) {
			app.Source, app.Fields, app.Candidate.Country = tt.source, tt.fields, "de"
		})
		if a.Verdict != tt.want {
			t.Errorf("%s of %q, %v is %s (%s), want %s", tt.condition, tt.source, tt.fields, a.Verdict, a.Because, tt.want)
		}
	}
}

// Ids and names are what is written, whatever YAML would make of them.
func TestTraps_Scalars(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"0123", "1.10", "4000012345678901234567", "65000000000000000000e012", "0x1F", "1_000", "on", "no", "2026-01-05", "12:30:45", ".5", "1e3", "~x"} {
		set := compile(t, "version: 1\nowner: ops\nrules:\n  - {id: x, stage: Video interview, pairs: [{job: "+id+", position: "+id+"}]}\n", rules.Options{})
		a := one(t, set, func(_ *flowd.Event, app *flowd.Application) { app.Job = flowd.Job{ID: id, Name: "other"} })
		if a.Verdict != flowd.Matched || a.Position.Name != id {
			t.Errorf("%s is read as another: %s, %q", id, a.Verdict, a.Position.Name)
		}
	}
}
