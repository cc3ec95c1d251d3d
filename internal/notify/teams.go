package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"flowd/internal/fault"
	"flowd/internal/secret"
)

// Teams posts an Adaptive Card to a Workflows webhook of Microsoft Teams ("when
// a Teams webhook request is received"), which is what follows the connectors
// that Microsoft has withdrawn.
type Teams struct {
	URL  func() (secret.Value, error)
	HTTP *http.Client // of NewClient
}

// maxCard leaves room below the 28 KB that Teams accepts.
const maxCard = 26 << 10

// Send implements Channel.
func (t Teams) Send(ctx context.Context, m Message) error {
	const op = "notify by Teams"
	m, err := m.tidy(op)
	if err != nil {
		return err
	}
	lines := strings.Split(m.Text, "\n")
	for {
		body, err := json.Marshal(teamsPayload(m, lines))
		switch {
		case err != nil:
			return fault.Wrap(fault.Internal, op, err)
		case len(body) <= maxCard:
			return call{op, http.MethodPost, t.URL, jsonHeader(), body}.do(ctx, t.HTTP)
		case len(lines) < 2:
			return fault.New(fault.Invalid, op, "the message is too long for a card")
		}
		lines = append(lines[:len(lines)*3/4:len(lines)*3/4], "…")
		if len(lines) == 2 {
			lines = []string{"…"}
		}
	}
}

// The parts of a card that flowd uses. Text stands in TextRuns alone: they are
// the one element in which Teams reads no Markdown.
type (
	teamsMessage struct {
		Type        string            `json:"type"`
		Attachments []teamsAttachment `json:"attachments"`
	}
	teamsAttachment struct {
		ContentType string    `json:"contentType"`
		Content     teamsCard `json:"content"`
	}
	teamsCard struct {
		Schema  string       `json:"$schema"`
		Type    string       `json:"type"`
		Version string       `json:"version"`
		Body    []teamsBlock `json:"body"`
		MSTeams struct {
			Width string `json:"width"`
		} `json:"msteams"`
	}
	teamsBlock struct {
		Type    string     `json:"type"`
		Spacing string     `json:"spacing,omitempty"`
		Inlines []teamsRun `json:"inlines"`
	}
	teamsRun struct {
		Type   string     `json:"type"`
		Text   string     `json:"text"`
		Weight string     `json:"weight,omitempty"`
		Size   string     `json:"size,omitempty"`
		Font   string     `json:"fontType,omitempty"`
		Select *teamsOpen `json:"selectAction,omitempty"`
	}
	teamsOpen struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	}
)

func teamsPayload(m Message, lines []string) teamsMessage {
	card := teamsCard{Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4"}
	card.MSTeams.Width = "Full"
	add := func(spacing string, runs ...teamsRun) {
		for i := range runs {
			runs[i].Type = "TextRun"
		}
		card.Body = append(card.Body, teamsBlock{Type: "RichTextBlock", Spacing: spacing, Inlines: runs})
	}
	add("", teamsRun{Text: m.Subject, Weight: "Bolder", Size: "Medium"})
	spacing := "Medium"
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			spacing = "Medium"
			continue
		}
		add(spacing, teamsRuns(l, m.Table)...)
		spacing = "None"
	}
	for i, f := range m.Facts {
		spacing = "None"
		if i == 0 {
			spacing = "Medium"
		}
		add(spacing, append([]teamsRun{{Text: f.Label + ": ", Weight: "Bolder"}}, teamsRuns(f.Value, false)...)...)
	}
	return teamsMessage{"message", []teamsAttachment{{"application/vnd.microsoft.card.adaptive", card}}}
}

var link = regexp.MustCompile(`https://[^\s<>"]+[^\s<>".,;:!?)\]]`)

// teamsRuns splits a line at its links: a TextRun shows a URL and does not open
// it by itself.
func teamsRuns(text string, table bool) []teamsRun {
	run := func(text string) teamsRun {
		if !table {
			return teamsRun{Text: text}
		}
		return teamsRun{Text: strings.ReplaceAll(text, " ", "\u00A0"), Font: "Monospace"} // Teams collapses spaces
	}
	var runs []teamsRun
	at := 0
	for _, span := range link.FindAllStringIndex(text, -1) {
		if span[0] > at {
			runs = append(runs, run(text[at:span[0]]))
		}
		opens := run(text[span[0]:span[1]])
		opens.Select = &teamsOpen{"Action.OpenUrl", opens.Text}
		runs = append(runs, opens)
		at = span[1]
	}
	if at < len(text) || len(runs) == 0 {
		runs = append(runs, run(text[at:]))
	}
	return runs
}
