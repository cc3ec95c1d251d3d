package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"golang.org/x/term"

	"flowd/examples"
	"flowd/internal/daemon"
	"flowd/internal/secret"
	"flowd/internal/setup"
)

// answers completes what the flags leave out.
func (i *initiation) answers() error {
	kinds := daemon.StartKinds(i.app.options(zerolog.Nop()))
	known := func(kind string) error {
		if !slices.Contains(kinds, kind) {
			return fmt.Errorf("there is no kind %q of source: it is one of %s", kind, strings.Join(kinds, ", "))
		}
		return nil
	}
	if err := i.ask(&i.Kind, "--source", "Where do candidates move? One of: "+strings.Join(kinds, ", "), "", known); err != nil {
		return err
	}
	if err := known(i.Kind); err != nil {
		return usage{err.Error()}
	}
	err := i.ask(&i.Name, "--name", "How is the source to be called?", i.Kind, setup.SourceName)
	if err == nil || !i.asking() {
		err = errors.Join(err, i.given())
	}
	for _, q := range []struct {
		into                     *string
		flag, question, standard string
		sound                    func(string) error
	}{
		{&i.Stage, "--stage", "Whoever enters which stage is invited?", "Video interview", setup.StageName},
		{&i.Domain, "--domain", "What is the domain of your own e-mail addresses? Only they are invited at first.", "",
			func(text string) error { return setup.OwnDomain(domainOf(text)) }},
		{&i.Owner, "--owner", "Who is answerable for the rules?", "recruiting-ops", setup.OwnerName},
	} {
		if err == nil || !i.asking() {
			err = errors.Join(err, i.ask(q.into, q.flag, q.question, q.standard, q.sound))
		}
	}
	i.Domain = domainOf(i.Domain)
	return err
}

func domainOf(text string) string { return strings.ToLower(strings.TrimPrefix(text, "@")) }

// given completes what the kind asks for. Of that which may stay unanswered the
// rest is not asked once one was left out.
func (i *initiation) given() error {
	text, _ := examples.Start(i.Kind) // the kind is one of those that begin
	asked, _ := setup.Questions(text)
	i.Given = map[string]secret.Value{}
	if err := i.flagged(asked); err != nil {
		return err
	}
	var missing error
	for _, q := range asked {
		if !i.Given[q.ID].IsZero() {
			continue
		}
		if !i.asking() {
			if form := "VALUE"; !q.Optional {
				if q.Secret {
					form = "FILE"
				}
				missing = errors.Join(missing, usage{fmt.Sprintf("pass --ats %s=%s: %s", q.ID, form, q.Text)})
			}
			continue
		}
		answer, err := i.askOf(q)
		switch {
		case err != nil:
			return err
		case answer.IsZero():
			return nil
		}
		i.Given[q.ID] = answer
	}
	return missing
}

// flagged takes the answers of --ats.
func (i *initiation) flagged(asked []setup.Question) error {
	ids := make([]string, len(asked))
	for n, q := range asked {
		ids[n] = q.ID
	}
	for _, text := range i.ats {
		id, value, ok := strings.Cut(text, "=")
		n := slices.Index(ids, id)
		switch {
		case !ok || value == "":
			return usage{"--ats wants KEY=VALUE"} // it may be a secret, so it is not shown
		case len(ids) == 0:
			return usage{fmt.Sprintf("a source of the kind %s asks for nothing with --ats", i.Kind)}
		case n < 0:
			return usage{fmt.Sprintf("a source of the kind %s asks with --ats for %s, not for %s", i.Kind, strings.Join(ids, ", "), id)}
		}
		i.Given[id] = secret.New(value)
		if asked[n].Secret {
			key, err := secret.Source{File: value}.Read()
			if err != nil {
				return fmt.Errorf("--ats %s: %w", id, err)
			}
			i.Given[id] = key
		}
	}
	return nil
}

// askOf asks what a kind asks for. Only what may be left out may be answered with
// nothing.
func (i *initiation) askOf(q setup.Question) (secret.Value, error) {
	var notes []string
	if q.Secret {
		notes = append(notes, "it is not shown")
	}
	if q.Optional {
		notes = append(notes, "Enter: none")
	}
	question := q.Text
	if len(notes) > 0 {
		question += " (" + strings.Join(notes, "; ") + ")"
	}
	for {
		var answer secret.Value
		var err error
		if q.Secret {
			answer, err = i.hidden(question)
		} else {
			var line string
			fmt.Fprint(i.app.Err, question+" ")
			line, err = i.app.typed()
			answer = secret.New(line)
		}
		if err != nil || q.Optional || !answer.IsZero() {
			return answer, err
		}
	}
}

// asking tells whether somebody is there to be asked.
func (i *initiation) asking() bool { return !i.yes && !i.keyStdin && isTerminal(i.app.In) }

// ask asks for one answer that no flag gave, until it is sound. Where nobody can
// be asked it takes the default, and wants the flag where there is none.
func (i *initiation) ask(into *string, flag, question, standard string, sound func(string) error) error {
	if *into != "" {
		return nil
	}
	if !i.asking() {
		if *into = standard; standard == "" {
			return usage{"pass " + flag + ": nobody is there to be asked"}
		}
		return nil
	}
	if standard != "" {
		question += " [" + standard + "]"
	}
	for {
		fmt.Fprint(i.app.Err, question+" ")
		line, err := i.app.typed()
		if err != nil {
			return fmt.Errorf("%s was not answered: %w", flag, err)
		}
		answer := cmp.Or(line, standard)
		if err = sound(answer); err == nil {
			*into = answer
			return nil
		}
		fmt.Fprintln(i.app.Err, err)
	}
}

// hidden asks on a terminal for what is not shown.
func (i *initiation) hidden(question string) (secret.Value, error) {
	fmt.Fprint(i.app.Err, question+" ")
	in, _ := i.app.In.(*os.File) // it is a terminal
	fd := int(in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return secret.Value{}, err
	}
	text, err := awaited(i.app.ended, func() ([]byte, error) { return term.ReadPassword(fd) })
	fmt.Fprintln(i.app.Err)
	if errors.Is(err, errInterrupted) {
		err = errors.Join(err, term.Restore(fd, before)) // the reading still goes on
	}
	return secret.New(strings.TrimSpace(string(text))), err
}

// key reads Hireflix's key from where it is given. On a terminal it is not shown.
func (i *initiation) key() (err error) {
	switch {
	case i.keyFile != "":
		i.KeyInPlace = setup.InKeyPlace(i.Dir, i.keyFile)
		i.Key, err = secret.Source{File: i.keyFile}.Read()
		return err
	case i.keyStdin:
		text, err := io.ReadAll(io.LimitReader(i.app.In, secret.MaxSize))
		if err != nil {
			return err
		}
		i.Key = secret.New(strings.TrimSpace(string(text)))
	case !i.asking():
		return usage{"pass --key-file or --key-stdin: nobody is there to be asked for Hireflix's key"}
	default:
		if i.Key, err = i.hidden("Hireflix's API key (admin.hireflix.com, my account; it is not shown)"); err != nil {
			return err
		}
	}
	if i.Key.IsZero() {
		return errors.New("no key was given")
	}
	return nil
}
