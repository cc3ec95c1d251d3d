// Package all is the table of the kinds that a configuration may name. To add
// one is its package and a line here.
package all

import (
	"embed"
	"io/fs"

	"flowd/connectors"
	"flowd/connectors/ashby"
	"flowd/connectors/dropfolder"
	"flowd/connectors/greenhouse"
	"flowd/connectors/odoo"
	"flowd/connectors/poll"
	"flowd/connectors/webhook"
)

// files are the presets: an ATS that needs no code is a file there.
//
//go:embed presets/*.yaml
var files embed.FS

// Kinds returns every kind, presets last.
func Kinds() connectors.Kinds {
	kinds := connectors.Kinds{
		greenhouse.Kind(),
		ashby.Kind(),
		odoo.Kind(),
		webhook.Kind(),
		poll.Kind(),
		dropfolder.Kind(),
	}
	folder, err := fs.Sub(files, "presets")
	if err != nil {
		panic(err) // they are part of the program
	}
	presets, err := kinds.Presets(folder)
	if err != nil {
		panic(err)
	}
	return append(kinds, presets...)
}
