package strictyaml

import (
	"regexp"
)

var (
	secretKey  = regexp.MustCompile(`(?i)(secret|token|passw|api_?key|credential|private|authorization)`)
	secretPair = regexp.MustCompile(`(?i)[\w.-]*(secret|token|passw|api_?key|credential|private|authorization)[\w.-]*["']?\s*[:=]`)
	anyKey     = regexp.MustCompile(`[\w.-]+["']?\s*:(\s|$)`)
	userInfo   = regexp.MustCompile(`://[^/@\s]*@`)
	// A long path is how chat services and monitors hand out the right to post.
	longPath = regexp.MustCompile(`(://[^/\s"'{}]+/)[^\s"'{},]{16,}`)
)

// withoutSecrets hides the parts of URLs that may be one.
func withoutSecrets(text string) string {
	return longPath.ReplaceAllString(userInfo.ReplaceAllString(text, "://…@"), "$1…")
}

// source is the line as a problem may show it. In a file that may hold a secret by mistake, the value of every key that
// looks like one is left out, and so is every line without a key of its own: it may be the rest of a longer value.
func (d *Document) source(line int) string {
	if line < 1 || line > len(d.lines) {
		return ""
	}
	text := d.lines[line-1]
	if !d.options.Secrets {
		return text
	}
	if d.secretLines[line] || !anyKey.MatchString(text) {
		return ""
	}
	if at := secretPair.FindStringIndex(text); at != nil {
		text = text[:at[1]] + " …"
	}
	return withoutSecrets(text)
}

// Shown is the scalar's text as a message may quote it: a value that may be a secret is replaced by an ellipsis, and a
// long one is cut.
func (n *Node) Shown() string {
	if n.secret {
		return "…"
	}
	text := n.text
	if n.doc.options.Secrets {
		text = withoutSecrets(text)
	}
	const limit = 60
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
