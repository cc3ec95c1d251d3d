package main

import (
	"fmt"
	"strings"

	"flowd/connectors"
	"flowd/connectors/all"
	"flowd/examples"
	"flowd/internal/setup"
)

// kindInfo is a kind of source as programs read it.
type kindInfo struct {
	Kind   string `json:"kind"`
	What   string `json:"what"`
	Preset bool   `json:"preset"`
}

// connectors lists the kinds that a source may have.
func (a *app) connectors() error {
	var infos []kindInfo
	var rows [][]cell
	for _, k := range all.Kinds() {
		note := ""
		if k.Text != "" {
			note = "preset"
		}
		infos = append(infos, kindInfo{k.Name, k.Doc, k.Text != ""})
		rows = append(rows, plainCells(k.Name, note, k.Doc))
	}
	if a.json {
		return a.writeJSON(infos)
	}
	return a.table([]string{"KIND", "NOTE", "WHAT"}, rows)
}

// connector prints a kind as text to copy: of a preset all that it says, of
// another one what a source of it begins with.
func (a *app) connector(name string) error {
	kinds := all.Kinds()
	for _, k := range kinds {
		if k.Name == name {
			return a.printKind(k)
		}
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return usage{fmt.Sprintf("there is no kind %q of source: it is one of %s", name, strings.Join(names, ", "))}
}

func (a *app) printKind(k connectors.Kind) error {
	if k.Text != "" {
		comment, entry, _ := strings.Cut(k.Text, "\n- ")
		fmt.Fprintf(a.Out, "%s\nsources:\n", comment)
		for line := range strings.Lines("- " + entry) {
			fmt.Fprint(a.Out, "  "+line)
		}
		return nil
	}
	text, ok := examples.Start(k.Name)
	if !ok {
		return fmt.Errorf("there is nothing to begin %s with", k.Name)
	}
	_, stanza := setup.Questions(text)
	fmt.Fprintf(a.Out, "# %s\n%s", k.Doc, strings.ReplaceAll(stanza, "${name}", k.Name))
	return nil
}
