// Package all is the table of the kinds that a configuration may name. To add
// one is its package and a line here.
package all

import (
	"flowd/connectors"
	"flowd/connectors/ashby"
	"flowd/connectors/dropfolder"
	"flowd/connectors/greenhouse"
	"flowd/connectors/odoo"
	"flowd/connectors/poll"
	"flowd/connectors/webhook"
)

// Kinds returns every kind.
func Kinds() connectors.Kinds {
	return connectors.Kinds{
		greenhouse.Kind(),
		ashby.Kind(),
		odoo.Kind(),
		webhook.Kind(),
		poll.Kind(),
		dropfolder.Kind(),
	}
}
