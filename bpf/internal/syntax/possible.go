package syntax

// What may be meant by terms that exclude each other.

// SuggestNonzero has it tried out that `X & 2 = 1` asks whether the bit is set.
func (e *Expr) SuggestNonzero(t *Term, err *Error) {
	bits, one := t.Args[0], t.Args[1]
	if t.Rel == RelEqual && bits.Op == ArithAnd && one.Op == ArithNumber && one.Num == 1 {
		e.SuggestText(t, e.Text(bits.Pos)+" != 0", err)
	}
}

// Conjuncts lists the operands of and below t.
func (t *Term) Conjuncts(list []*Term) []*Term {
	if t.Op != TermAnd {
		return append(list, t)
	}
	return t.Right.Conjuncts(t.Left.Conjuncts(list))
}

// SuggestPossible has expressions tried out for t, of whose parts b excludes a.
func (e *Expr) SuggestPossible(t *Term, parts []*Term, a, b *Term, err *Error) {
	e.suggestIPv6(b, a, err)
	e.suggestIPv6(a, b, err)
	e.suggestTagFirst(t, parts, b, err)
	e.suggestOr(a, b, err)
}

// suggestOr has it tried out that two terms are alternatives, where they stand
// side by side and ask for things of one kind.
func (e *Expr) suggestOr(a, b *Term, err *Error) {
	between := e.Src[a.Pos.End:b.Pos.Start]
	lex := lexer{src: between}
	if op := lex.next(); op.kind != tokenAnd || lex.next().kind != tokenEnd || !sameKind(a, b) {
		return
	}
	err.Candidates = append(err.Candidates, e.Src[:a.Pos.End]+" or "+e.Src[b.Pos.Start:])
}

// sameKind reports whether two terms ask for protocols, or for ports, or for the
// same address.
func sameKind(a, b *Term) bool {
	isPort := func(t *Term) bool { return t.Op == TermAddress && t.Qual.Typ.isPort() }
	isProtocol := func(t *Term) bool { return t.Op == TermProtocol && t.Qual.Proto != QualIPv6 || isPort(t) }
	switch {
	case a.Op == TermProtocol && b.Op == TermProtocol, isProtocol(a) && isProtocol(b):
		return true
	}
	return a.Op == TermAddress && b.Op == TermAddress && a.Qual == b.Qual
}

// suggestTagFirst has a tag tried out before the terms that it stands behind: it
// changes what those to its right look at.
func (e *Expr) suggestTagFirst(t *Term, parts []*Term, tag *Term, err *Error) {
	if !tag.isTag() {
		return
	}
	text := e.Text(tag.Pos)
	for _, p := range parts {
		if p != tag {
			text += " and " + e.Text(p.Pos)
		}
	}
	if e.Src[t.Pos.Start] == '(' {
		text = "(" + text + ")"
	}
	e.SuggestText(t, text, err)
}

// isTag reports whether t makes the terms to its right look at what is inside.
func (t *Term) isTag() bool {
	switch t.Op {
	case TermVLAN, TermMPLS, TermPPPoES, TermGeneve, TermVXLAN:
		return true
	}
	return false
}

// suggestIPv6 has t tried out in its form for IPv6, which six asks for: a load
// from the header of TCP is one from that of IPv4.
func (e *Expr) suggestIPv6(t, six *Term, err *Error) {
	if !six.isIPv6() {
		return
	}
	switch {
	case t.Op == TermProtocol && t.Qual.Proto == QualICMP:
		e.SuggestText(t, "icmp6", err)
	case t.Op == TermRelation:
		if text := e.overIPv6(t); text != "" {
			e.SuggestText(t, text, err)
		}
	}
}

func (t *Term) isIPv6() bool {
	switch t.Op {
	case TermProtocol:
		return t.Qual.Proto == QualIPv6 || t.Qual.Proto == QualICMPv6
	case TermAddress:
		return t.Qual.Proto == QualIPv6 || t.Kind == AddressIPv6 || t.Kind == AddressIPv6Prefix
	}
	return false
}

// Tag is the first term in t that makes those to its right look behind it, nil
// for none.
func (t *Term) Tag() *Term {
	switch {
	case t.isTag():
		return t
	case t.Op == TermAnd || t.Op == TermOr:
		if tag := t.Left.Tag(); tag != nil {
			return tag
		}
		return t.Right.Tag()
	case t.Op == TermNot:
		return t.Left.Tag()
	}
	return nil
}
