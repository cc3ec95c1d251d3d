package setup

import (
	"fmt"
	"strings"

	"flowd"
	"flowd/rules"
)

// ruleID is the first rule's name. History and metrics hang on it, so it says
// what the rule does and not that it was the first.
const ruleID = "video-interview"

// pair is a row of the map.
type pair struct{ job, position string }

// proposal is the map as far as it can be told from names alone.
type proposal struct {
	rows      []pair   // the job is called like the position
	jobs      []string // no position is called like them
	positions []string // no job is
	invented  bool     // nothing is known: the one row is an example
}

// propose pairs what has one name, compared as rules compare names, and guesses
// nothing: which other position belongs to a job only a person knows.
func propose(k Known) proposal {
	var p proposal
	open := k.open()
	names := map[string][]flowd.Position{}
	for _, position := range open {
		names[rules.FoldName(position.Name)] = append(names[rules.FoldName(position.Name)], position)
	}
	taken := map[string]bool{}
	for _, job := range k.Jobs {
		name := rules.FoldName(job)
		switch {
		case taken[name]:
		case len(names[name]) == 1:
			p.rows = append(p.rows, pair{job, names[name][0].Name})
			taken[name] = true
		default:
			p.jobs = append(p.jobs, job)
		}
	}
	for _, position := range open {
		same := names[rules.FoldName(position.Name)]
		switch {
		case len(same) > 1:
			p.positions = append(p.positions, position.ID) // the name says not which
		case taken[rules.FoldName(position.Name)]:
		case len(p.rows) == 0 && len(k.Jobs) == 0:
			// A rule has a row. This one fits a job of the same name, should there be
			// one, and nobody else.
			p.rows = append(p.rows, pair{position.Name, position.Name})
			taken[rules.FoldName(position.Name)] = true
		default:
			p.positions = append(p.positions, position.Name)
		}
	}
	if len(p.rows) == 0 {
		p.rows, p.invented = []pair{{"Account Executive", "AE screening"}}, true
	}
	return p
}

// ruleFile is the first rule with its tests.
func ruleFile(a Answers, k Known, table *Table) []byte {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	say(ruleHead, a.Owner, ruleID, fmt.Sprintf("Applicants who reach %q are invited to the interview of their job.", a.Stage))
	if table == nil || !table.stages {
		say("    stage: %q\n", a.Stage)
	}
	say("%s", waitNote)
	var first pair
	jobs := true // that every row names, at the rule's stage
	if table != nil {
		say("%s    pairs: {file: %s}\n", tableNote, tableName)
		first, jobs = pair{position: table.first()}, table.everyJob() && !table.stages
	} else {
		p := propose(k)
		first = p.rows[0]
		if p.invented {
			say("%s", inventedNote)
		}
		p.write(say, len(k.Jobs) > 0)
	}
	say(ruleTail, first.position)
	if jobs {
		say("%s", unmappedTest)
	}
	return []byte(b.String())
}

// write writes the rows, those that a person has to complete as comments.
func (p proposal) write(say func(format string, args ...any), jobsKnown bool) {
	say("    # Which job belongs to which position of Hireflix. The row that names the job beats one that does not, then the one that\n" +
		"    # names more; their order decides nothing. Beside job a row may name department, location, country and language.\n    pairs:\n")
	if !jobsKnown && !p.invented {
		say("      # A job of the very name of the position. Write the name that it has in your ATS.\n")
	}
	for _, r := range p.rows {
		say("      - job: %q\n        position: %q\n", r.job, r.position)
	}
	if len(p.jobs) > 0 {
		say("      # Jobs that have no position of their name: delete the # and write the position.\n")
	}
	for _, job := range p.jobs {
		say("      # - job: %q\n      #   position: \"\"\n", job)
	}
	if len(p.positions) > 0 {
		say("      # Positions that no row names: delete the # and write the job.\n")
	}
	for _, position := range p.positions {
		say("      # - job: \"\"\n      #   position: %q\n", position)
	}
}

const ruleHead = `# yaml-language-server: $schema=../.flowd/schema.json
# Who is invited to what. Read it aloud: who enters the stage, at a job that a row names, is invited to the row's position.
# After a change: "flowd check" shows mistakes, "flowd test" runs the examples below, "flowd explain %[2]s" says it in words.
version: 1
owner: %[1]q    # who is answerable; a name under notify: in flowd.yaml

rules:
  - id: %[2]s
    description: %[3]q
`

const inventedNote = `    # No job and position of one name were found, so that the first row is an example. Write yours in its place, then delete mode and
    # reason: until then nobody is invited.
    mode: disabled
    reason: "the rows are not written yet"
`

const waitNote = `    # Who leaves the stage again within this time is not invited: it is the time to take a wrong move back.
    wait: 15m
`

const tableNote = `    # The table is kept with a spreadsheet. Rows that could not be read say no under enabled, and why under note.
`

const ruleTail = `    # Who is left out, and the words that people read when they ask why. Delete the # of the lines.
    # unless:
    #   - {when: candidate.source == "Referral", because: "referrals are called by phone"}
    # Examples that must come true: while one fails, the file is not served.
    tests:
      - name: whom the first row fits is invited
        expect: [{hireflix.invite: {position: %q}}]
`

const unmappedTest = `      - name: a job that no row names is none of this rule's business
        given: {job: {id: "0", name: "A job of no row"}}
        expect: none
        because: unmapped
`
