package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"flowd/internal/fault"
	"flowd/internal/secret"
)

// Slack posts to one incoming webhook of Slack, which stands for one channel.
type Slack struct {
	URL  func() (secret.Value, error)
	HTTP *http.Client // of NewClient
}

// Send implements Channel.
func (s Slack) Send(ctx context.Context, m Message) error {
	const op = "notify by Slack"
	m, err := m.tidy(op)
	if err != nil {
		return err
	}
	body, err := json.Marshal(slackPayload(m))
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	return call{op, http.MethodPost, s.URL, jsonHeader(), body}.do(ctx, s.HTTP)
}

// slackMessage is the text-only payload of an incoming webhook. Nothing is
// unfurled: a preview would open the links of candidates.
type slackMessage struct {
	Text        string `json:"text"`
	Mrkdwn      bool   `json:"mrkdwn"`
	UnfurlLinks bool   `json:"unfurl_links"`
	UnfurlMedia bool   `json:"unfurl_media"`
}

// slackPayload switches Slack's markup off, since it has no escape for * and _;
// a table needs it for its fixed pitch, and inside a code block nothing else of
// it holds.
func slackPayload(m Message) slackMessage {
	out := slackMessage{Text: slackText(m.Subject)}
	text := slackText(m.body())
	switch {
	case text == "":
	case m.Table:
		out.Mrkdwn = true
		out.Text = slackPlain(out.Text) + "\n```\n" + strings.ReplaceAll(text, "`", "'") + "\n```"
	default:
		out.Text += "\n" + text
	}
	return out
}

// slackText escapes the three characters that Slack gives a meaning to even in
// plain text: <!channel>, <@U…> and <https://…|…> are made of them.
func slackText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// slackPlain keeps the markup's characters from being a pair.
func slackPlain(s string) string {
	return strings.NewReplacer("*", "∗", "_", "\u200B_", "~", "∼", "`", "'").Replace(s)
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }
