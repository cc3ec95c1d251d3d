package rules

import "flowd/internal/expression"

// FoldName is the form in which names are compared: Unicode NFKC, without
// regard to case, spaces collapsed, typographic quotes as plain ones.
func FoldName(s string) string { return expression.Fold(s) }
