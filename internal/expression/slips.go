package expression

import (
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
)

// findSlip looks for what people write when they have not learned the language, and answers in words. It works on the
// tokens: the parser's errors come later and speak of tokens.
func findSlip(source string) *Error {
	if slip := findTypography(source); slip != nil {
		return slip
	}
	tokens, err := lexer.Lex(file.NewSource(source))
	if err != nil {
		return inWords(source, err)
	}
	for i, t := range tokens {
		next := lexer.Token{}
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		afterValue := i > 0 && endsValue(tokens[i-1])
		alone := t.Kind == lexer.Identifier && !(i > 0 && tokens[i-1].Is(lexer.Operator, ".", "?.")) && !next.Is(lexer.Operator, ".", "?.", ":") && !next.Is(lexer.Bracket, "(")
		switch {
		case t.Is(lexer.Operator, "==") && next.Is(lexer.Operator, "="):
			return refuse(source, t.From, "write ==", "=== is not known here")
		case t.Is(lexer.Operator, "="):
			return refuse(source, t.From, "write ==", "a single = compares nothing")
		case t.Is(lexer.Operator, "<") && next.Is(lexer.Operator, ">"):
			return refuse(source, t.From, "write !=", "<> is not known here")
		case t.Is(lexer.Operator, "!") && next.Is(lexer.Operator, "in", "contains", "startsWith", "endsWith"):
			return refuse(source, t.From, "write not "+next.Value, "! cannot stand before %s", next.Value)
		case t.Is(lexer.Operator, "and", "&&", "or", "||") && next.Is(lexer.Operator, "==", "!=", "<", ">", "<=", ">=", "in", "contains"):
			return refuse(source, next.From, `say what is compared again, or write x in ["a", "b"]`, "each side of %s is a question of its own", t.Value)
		case alone && !afterValue && strings.EqualFold(t.Value, "not"):
			return refuse(source, t.From, "write not", "%s is written in small letters", t.Value)
		case alone && answer(t.Value) != "":
			return refuse(source, t.From, "write "+answer(t.Value)+", without quotes", "there is no %s", t.Value)
		case t.Kind == lexer.Identifier && isNothing(t.Value) && !(i > 0 && tokens[i-1].Is(lexer.Operator, ".", "?.")):
			return refuse(source, t.From, `an empty text is ""; has("Field") asks whether a custom field has a value`, "there is no %s", t.Value)
		case t.Kind == lexer.Identifier && afterValue:
			if slip := wordSlip(source, t, next); slip != nil {
				return slip
			}
		}
	}
	return mixedAndOr(source, tokens)
}

func wordSlip(source string, t, next lexer.Token) *Error {
	switch word := strings.ToLower(t.Value); word {
	case "is", "equals", "eq":
		if next.Is(lexer.Operator, "not") || next.Is(lexer.Identifier, "not") {
			return refuse(source, t.From, "write !=", "%s not is not known here", t.Value)
		}
		return refuse(source, t.From, "write ==", "%s is not known here", t.Value)
	case "isnt", "ne":
		return refuse(source, t.From, "write !=", "%s is not known here", t.Value)
	case "and", "or", "not", "in", "contains":
		return refuse(source, t.From, "write "+word, "%s is written in small letters", t.Value)
	case "includes", "has", "like":
		return refuse(source, t.From, `write "text" in list, or text contains "part"`, "%s is not known here", t.Value)
	case "startswith", "starts":
		return refuse(source, t.From, "write startsWith", "%s is not known here", t.Value)
	case "endswith", "ends":
		return refuse(source, t.From, "write endsWith", "%s is not known here", t.Value)
	}
	return nil
}

// answer is how yes and no are written, for other words of them; "" for others.
func answer(word string) string {
	switch small := strings.ToLower(word); {
	case word == "true" || word == "false":
		return ""
	case small == "yes" || small == "true":
		return "true"
	case small == "no" || small == "false":
		return "false"
	}
	return ""
}

// isNothing knows what other languages call a value that is none.
func isNothing(word string) bool {
	switch strings.ToLower(word) {
	case "null", "undefined":
		return true
	}
	return false
}

// endsValue reports whether a word after the token cannot begin a value.
func endsValue(t lexer.Token) bool {
	return t.Kind == lexer.Identifier || t.Kind == lexer.String || t.Kind == lexer.Number || t.Is(lexer.Bracket, ")", "]")
}

// findTypography names the quotes that a chat or a word processor puts in place of plain ones, outside of texts.
func findTypography(source string) *Error {
	quote := rune(0)
	for i, r := range []rune(source) {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		case plainQuote(r) != r && plainQuote(r) > 0:
			return refuse(source, i, `type a plain quote: "`, "%c (U+%04X) is a typographic quote", r, r)
		case plainQuote(r) < 0:
			return refuse(source, i, "delete it and type the text again", "an invisible character stands here (U+%04X)", r)
		}
	}
	return nil
}

// mixedAndOr wants brackets where and stands beside or: and binds first, and few people know.
func mixedAndOr(source string, tokens []lexer.Token) *Error {
	seen := []string{""} // the word seen at each depth of brackets
	for _, t := range tokens {
		switch {
		case t.Is(lexer.Bracket, "(", "[", "{"):
			seen = append(seen, "")
		case t.Is(lexer.Bracket, ")", "]", "}"):
			seen = seen[:max(len(seen)-1, 1)]
		case t.Is(lexer.Operator, ",", ";", "?", ":"):
			seen[len(seen)-1] = ""
		case t.Is(lexer.Operator, "and", "&&", "or", "||"):
			word := "and"
			if t.Value == "or" || t.Value == "||" {
				word = "or"
			}
			before := &seen[len(seen)-1]
			if *before != "" && *before != word {
				return refuse(source, t.From, "write (a and b) or c, or a and (b or c)", "and beside or wants brackets that say which belongs together")
			}
			*before = word
		}
	}
	return nil
}
