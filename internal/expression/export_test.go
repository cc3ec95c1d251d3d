package expression

// EvalLong is Eval by the program alone.
func (m *Mapping) EvalLong(in *Input) (any, error) {
	long := *m
	long.short = nil
	return long.Eval(in)
}

// IsShort tells whether the expression needs no machine.
func (m *Mapping) IsShort() bool { return m.short != nil }
