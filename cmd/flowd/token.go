package main

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"flowd/internal/config"
	"flowd/internal/web"
)

// newToken is what `flowd check` is told about a personal token to make.
type newToken struct {
	name, role string
	people     bool
	days       int
}

// flags puts the flags onto the command that looks after flowd.yaml, which is
// where a token is named.
func (t *newToken) flags(c *cobra.Command) {
	c.Flags().StringVar(&t.name, "new-token", "", "make a personal token for `NAME` in place of a check: it goes to stdout once, its line for flowd.yaml to stderr")
	c.Flags().StringVar(&t.role, "role", "viewer", "the `ROLE` of the new token: viewer, operator or admin")
	c.Flags().BoolVar(&t.people, "people", false, "the new token lets a viewer see names and addresses")
	c.Flags().IntVar(&t.days, "days", 90, "for how many `DAYS` the new token holds")
}

// maxTokenDays bounds how long a token can hold: nobody remembers an older one.
const maxTokenDays = 730

// make prints a token and the line that lets it in. The line is checked as it
// will be when it stands in the file.
func (t *newToken) make(a *app, now time.Time) error {
	if t.days < 1 || t.days > maxTokenDays {
		return usage{fmt.Sprintf("--days is between 1 and %d", maxTokenDays)}
	}
	token, digest := web.NewToken()
	people := ""
	if t.people {
		people = ", people: true"
	}
	line := fmt.Sprintf("- {name: %q, role: %s%s, sha256: %s, expires: %s}", t.name, t.role, people,
		hex.EncodeToString(digest[:]), now.UTC().AddDate(0, 0, t.days).Format(time.DateOnly))
	if err := config.CheckToken(line); err != nil {
		return usage{err.Error()}
	}
	fmt.Fprintln(a.Out, token)
	fmt.Fprintf(a.Err, "The token is shown this once: keep it in a file that only its owner can read (chmod 600).\n"+
		"Add this line to flowd.yaml, then let flowd read it again (SIGHUP):\n\nserver:\n  tokens:\n    %s\n", line)
	return nil
}
