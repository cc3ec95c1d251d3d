// Package setup drafts the files that a new installation begins with, and reads
// the table in which a team kept its jobs and positions before. It asks
// nobody anything.
package setup

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/secret"
	"flowd/rules"
)

// Names of the files, relative to the folder of the installation.
const (
	ConfigFile = "flowd.yaml"
	RulesDir   = "rules"
	RuleFile   = RulesDir + "/first.yaml"
	TableFile  = RulesDir + "/" + tableName
	SchemaFile = ".flowd/schema.json"
	SecretsDir = "secrets"
	KeyFile    = SecretsDir + "/hireflix-key"
)

const (
	tableName = "pairs.csv"
	stateName = "flowd.db"
)

// Answers are what a person says of the installation.
type Answers struct {
	Kind   string // of the source
	Name   string // of the source
	Domain string // of the operator's own addresses, such as example.com
	Stage  string // whoever enters it is invited
	Owner  string // of the first rule
	URL    string // of Hireflix; empty for its own
	// Given are the answers to the questions of the kind, by their ID.
	Given map[string]secret.Value
}

// What can be said of a source's name, an owner and a domain.
var (
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	domainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

const maxName = 64

// Validate reports the first answer that cannot be used. The address of Hireflix
// is the configuration's to judge, and what the kind asks is that of Files.
func (a Answers) Validate() error {
	return cmp.Or(SourceName(a.Name), OwnerName(a.Owner), OwnDomain(a.Domain), StageName(a.Stage))
}

// SourceName reports a name that a source cannot have.
func SourceName(name string) error {
	if !nameForm.MatchString(name) || len(name) > maxName || name == flowd.Untied {
		return fmt.Errorf("%q cannot name a source: write small letters, digits and single dashes, such as ats-eu", name)
	}
	return nil
}

// OwnerName reports a name that an owner cannot have.
func OwnerName(name string) error {
	if !nameForm.MatchString(name) || len(name) > maxName {
		return fmt.Errorf("%q cannot name an owner: write small letters, digits and single dashes, such as sales-ops", name)
	}
	return nil
}

// OwnDomain reports what is no domain.
func OwnDomain(domain string) error {
	if !domainForm.MatchString(domain) {
		return fmt.Errorf("%q is no domain: write the part of your own addresses behind the @, such as example.com", domain)
	}
	return nil
}

// StageName reports a stage without a name.
func StageName(name string) error {
	if strings.TrimSpace(name) == "" {
		return errors.New("the stage has no name")
	}
	return nil
}

// Known is what could be found out.
type Known struct {
	Positions []flowd.Position // nil where Hireflix could not be asked
	Jobs      []string         // by name, as far as the ATS tells them or a state knows them
	Stages    []string         // the same
}

// open are the positions that accept invites, by name.
func (k Known) open() []flowd.Position {
	list := slices.DeleteFunc(slices.Clone(k.Positions), func(p flowd.Position) bool { return p.Archived })
	slices.SortFunc(list, func(a, b flowd.Position) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return list
}

// names are what an editor can offer.
func (k Known) names(a Answers) rules.Names {
	n := rules.Names{Sources: []string{a.Name}, Jobs: k.Jobs, Stages: k.Stages, Channels: []string{a.Owner}}
	for _, p := range k.open() {
		n.Positions = append(n.Positions, p.Name)
	}
	return n
}

// File is one file of a draft, or a folder where Name ends with a slash.
type File struct {
	Name   string
	What   string // in a few words, for the person who gets it
	Data   []byte
	Secret bool // for its owner alone
	// Make tells that Data is a new random secret, to be made when it is written.
	Make bool
	// Shared tells that a file of the name that is there serves as well.
	Shared bool
}

// Files drafts the installation, flowd.yaml first. Source is the text of the
// sources with its questions, and with ${name} where the source's name belongs:
// each {file: secrets/…} in it that no question answers becomes a new secret, and
// each `dir: …/` a folder. The key of Hireflix is not among them. Table may be
// nil.
func Files(a Answers, source string, k Known, table *Table) ([]File, error) {
	schema, err := rules.Schema(k.names(a))
	if err != nil {
		return nil, err
	}
	asked, source := Questions(source)
	if err := a.given(asked); err != nil {
		return nil, err
	}
	source, answered := a.answer(asked, source)
	source = strings.ReplaceAll(source, "${name}", a.Name)
	files := []File{
		{Name: ConfigFile, What: "where everything is", Data: configFile(a, source)},
		{Name: RuleFile, What: "the first rule, with its tests", Data: ruleFile(a, k, table)},
	}
	if table != nil {
		files = append(files, File{Name: TableFile, What: "the map: which job belongs to which position", Data: table.csv()})
	}
	files = append(files, File{Name: SchemaFile, What: "what editors offer in rule files", Data: schema, Shared: true})
	// What lies there is never to be committed with the rest.
	files = append(files, File{Name: SecretsDir + "/.gitignore", What: "keeps secrets out of git", Data: []byte("*\n"), Shared: true})
	files = append(files, answered...)
	used := comment.ReplaceAllString(source, "")
	for _, m := range secretIn.FindAllStringSubmatch(used, -1) {
		if slices.ContainsFunc(answered, func(f File) bool { return f.Name == m[1] }) {
			continue
		}
		files = append(files, File{Name: m[1], What: "a new secret, to be entered at " + a.Name, Secret: true, Make: true})
	}
	people := "# What flowd remembers, and what is put in for it: both tell of people.\n/" + stateName + "*\n"
	for _, m := range folderIn.FindAllStringSubmatch(used, -1) {
		files = append(files, File{Name: m[1], What: "where files are put"})
		people += "/" + m[1] + "\n"
	}
	return append(files, File{Name: ".gitignore", What: "keeps what tells of people out of git", Data: []byte(people), Shared: true}), nil
}

var (
	comment  = regexp.MustCompile(`(?m)^ *#.*$`)
	secretIn = regexp.MustCompile(`\{file: (secrets/[a-z0-9-]+)\}`)
	folderIn = regexp.MustCompile(`(?m)^ +dir: ([a-z0-9-]+/)$`)
)

// configFile is flowd.yaml.
func configFile(a Answers, source string) []byte {
	address := ""
	if a.URL != "" {
		address = fmt.Sprintf("  url: %q\n", a.URL)
	}
	return fmt.Appendf(nil, configText, a.Domain, stateName, KeyFile, address, strings.TrimSpace(source), a.Owner, a.Domain)
}

const configText = `# What flowd is connected to. Secrets never stand in this file: it only says where they are kept.
# "flowd check" reads everything as a start would and shows each mistake with its place.

# While you try things out nobody else is written to, whatever the rules say. Add addresses of your own, and delete the
# section when candidates are to be invited. Caps and a do-not-contact list go here, too.
safety:
  only_to: ["*@%s"]

# The folder of the rule files, and where flowd remembers what came in and what it promised.
rules: rules/
state: bolt:%s

hireflix:
  api_key: {file: %s}
%s  # With this Hireflix calls flowd when somebody has answered; without it flowd looks itself every ten minutes. Copy the
  # secret from admin.hireflix.com, my account, into a file that only you may read.
  # webhook_secret: {file: secrets/hireflix-webhook}

%s

# Hooks arrive here; a TLS proxy in front passes /hooks/ on.
server: {listen: "127.0.0.1:8080"}

# Who is told when something fails, stalls or wants a person, by the owner: of the rule files. Delete the # of a line.
# notify:
#   %s: {slack: {url: {file: secrets/slack-url}}}    # or teams: {url: …}, webhook: {url: …, secret: …}
#   default: {email: {to: ["you@%s"]}}               # e-mail wants smtp: {host: …, from: …} as well
`
