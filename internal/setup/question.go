package setup

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Question is what a kind of source asks beside what every source is asked. The
// text of its sources has it on a line "#? ID: TEXT". Its answer becomes the
// value of the key ID there or, where the text reads {file: secrets/${name}-ID},
// is kept in that file. What only a comment mentions may stay unanswered; an
// answer makes the comment a line of the configuration.
type Question struct {
	ID       string
	Text     string
	Secret   bool
	Optional bool
}

var (
	questionLine = regexp.MustCompile(`(?m)^#\? ([a-z_-]+): (.+)\n`)
	commentLine  = regexp.MustCompile(`^ *# `)
)

// Questions takes the questions out of the text of sources.
func Questions(text string) (asked []Question, rest string) {
	rest = questionLine.ReplaceAllString(text, "")
	for _, m := range questionLine.FindAllStringSubmatch(text, -1) {
		q := Question{ID: m[1], Text: m[2], Secret: strings.Contains(rest, secretPlace(m[1])), Optional: true}
		for line := range strings.Lines(rest) {
			if q.in(line) && !commentLine.MatchString(line) {
				q.Optional = false
			}
		}
		asked = append(asked, q)
	}
	return asked, rest
}

func secretPlace(id string) string { return "{file: " + SecretsDir + "/${name}-" + id + "}" }

// place finds the value of a question's key.
func (q Question) place() *regexp.Regexp {
	return regexp.MustCompile(`([ {]` + q.ID + `: )("[^"]*"|[^,}\s]+)`)
}

func (q Question) in(line string) bool {
	if q.Secret {
		return strings.Contains(line, secretPlace(q.ID))
	}
	return q.place().MatchString(line)
}

const maxAnswer = 1000 // bytes

// given checks what is answered, and that nothing is missing that must be.
func (a Answers) given(asked []Question) error {
	for _, q := range asked {
		text := a.Given[q.ID].Reveal()
		switch {
		case text == "" && !q.Optional:
			return fmt.Errorf("%s is missing: %s", q.ID, q.Text)
		case len(text) > maxAnswer || strings.ContainsFunc(text, unicode.IsControl):
			return fmt.Errorf("%s is more than a line of at most %d bytes", q.ID, maxAnswer)
		}
	}
	for id := range a.Given {
		if !slices.ContainsFunc(asked, func(q Question) bool { return q.ID == id }) {
			return fmt.Errorf("a source of the kind %s is not asked for %s", a.Kind, id)
		}
	}
	return nil
}

// answer fills the answers into the text of sources, and drafts the files of
// those that are secret.
func (a Answers) answer(asked []Question, text string) (filled string, files []File) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(a.answerLine(asked, line))
	}
	for _, q := range asked {
		if key := a.Given[q.ID]; q.Secret && !key.IsZero() {
			name := fmt.Sprintf("%s/%s-%s", SecretsDir, a.Name, q.ID)
			files = append(files, File{Name: name, What: a.Name + "'s " + q.ID, Data: []byte(key.Reveal() + "\n"), Secret: true})
		}
	}
	return b.String(), files
}

// answerLine fills the answers into one line. A comment stays one while a secret
// that it needs, or all that it asks for, is not known.
func (a Answers) answerLine(asked []Question, line string) string {
	known, missing := 0, false
	for _, q := range asked {
		switch {
		case !q.in(line):
		case !a.Given[q.ID].IsZero():
			known++
		case q.Secret:
			missing = true
		}
	}
	if known == 0 || missing {
		return line
	}
	if commentLine.MatchString(line) {
		line = strings.Replace(line, "# ", "", 1)
	}
	for _, q := range asked {
		if q.Secret {
			continue
		}
		value := a.Given[q.ID]
		if value.IsZero() { // beside what was answered it may only be left out
			line = regexp.MustCompile(`, `+q.ID+`: [^,}\s]+`).ReplaceAllLiteralString(line, "")
			continue
		}
		line = q.place().ReplaceAllStringFunc(line, func(found string) string {
			return q.place().FindStringSubmatch(found)[1] + strconv.Quote(value.Reveal())
		})
	}
	return line
}
