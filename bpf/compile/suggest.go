package compile

// suggest guesses what was meant where the parser stopped.
func (p *parser) suggest() string { return "" }
