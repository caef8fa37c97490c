package compile

import "github.com/tapdump/tapdump/bpf/internal/flow"

// contradiction is the error for an expression that no packet can match, as far
// as never sees that. It points at the smallest part that cannot hold, and says
// what in it excludes what.
func (g *generator) contradiction(never func(*pred) bool) *Error {
	part := g.expr.root
	if len(g.expr.steps) > maxExplained {
		g.pos = part.pos
		return g.newError("expression rejects all packets")
	}
	for {
		inner := g.impossiblePart(part, never)
		if inner == nil {
			break
		}
		part = inner
	}
	g.pos = part.pos
	err := g.newError("expression rejects all packets")
	switch part.op {
	case termAnd:
		g.conflict(part, never, err)
	case termNot:
		err.Note = quote(g.text(part.left.pos)) + " holds for every packet"
	case termRelation:
		err.Note = quote(g.text(part.pos)) + " cannot hold"
		g.suggestNonzero(part, err)
	default:
		err.Note = quote(g.text(part.pos)) + " cannot hold on this link type"
	}
	return err
}

// suggestNonzero has it tried out that `X & 2 = 1` asks whether the bit is set.
func (g *generator) suggestNonzero(t *term, err *Error) {
	bits, one := t.args[0], t.args[1]
	if t.rel == relEqual && bits.op == arithAnd && one.op == arithNumber && one.num == 1 {
		g.suggestText(t, g.text(bits.pos)+" != 0", err)
	}
}

// maxExplained is how many terms and operators an expression may have to be
// searched for what contradicts what.
const maxExplained = 100

func (g *generator) text(pos flow.Span) string { return g.expr.src[pos.Start:pos.End] }

// impossiblePart is an operand of t that no packet can match by itself.
func (g *generator) impossiblePart(t *term, never func(*pred) bool) *term {
	switch t.op {
	case termAnd, termOr:
		for _, part := range [...]*term{t.left, t.right} {
			if never(g.formula(part)) {
				return part
			}
		}
	case termNot:
		// not (a or b) cannot hold because of neither, or of one of them.
		inner := t.left
		if inner.op == termNot {
			return inner.left
		}
	}
	return nil
}

// conflict finds two of the operands of and that exclude each other.
func (g *generator) conflict(t *term, never func(*pred) bool, err *Error) {
	parts := t.conjuncts(nil)
	for i, a := range parts {
		for _, b := range parts[:i] {
			if !never(and(g.formula(b), g.formula(a))) {
				continue
			}
			err.Pos, err.Len = int(a.pos.Start), a.pos.Length()
			err.Note = quote(g.text(a.pos)) + " contradicts " + quote(g.text(b.pos))
			g.suggestIPv6(a, b, err)
			g.suggestIPv6(b, a, err)
			g.suggestTagFirst(t, parts, a, err)
			g.suggestOr(b, a, err)
			return
		}
	}
	err.Note = "the terms joined by `and` in " + quote(g.text(t.pos)) + " contradict each other"
}

// conjuncts lists the operands of and below t.
func (t *term) conjuncts(list []*term) []*term {
	if t.op != termAnd {
		return append(list, t)
	}
	return t.right.conjuncts(t.left.conjuncts(list))
}

// suggestOr has it tried out that two terms are alternatives, where they stand
// side by side and ask for things of one kind.
func (g *generator) suggestOr(a, b *term, err *Error) {
	between := g.expr.src[a.pos.End:b.pos.Start]
	lex := lexer{src: between}
	if op := lex.next(); op.kind != tokenAnd || lex.next().kind != tokenEnd || !sameKind(a, b) {
		return
	}
	err.candidates = append(err.candidates, g.expr.src[:a.pos.End]+" or "+g.expr.src[b.pos.Start:])
}

// sameKind reports whether two terms ask for protocols, or for ports, or for the
// same address.
func sameKind(a, b *term) bool {
	isPort := func(t *term) bool { return t.op == termAddress && t.qual.typ.isPort() }
	isProtocol := func(t *term) bool { return t.op == termProtocol && t.qual.proto != qualIPv6 || isPort(t) }
	switch {
	case a.op == termProtocol && b.op == termProtocol, isProtocol(a) && isProtocol(b):
		return true
	}
	return a.op == termAddress && b.op == termAddress && a.qual == b.qual
}

// suggestTagFirst has a tag tried out before the terms that it stands behind: it
// changes what those to its right look at.
func (g *generator) suggestTagFirst(t *term, parts []*term, tag *term, err *Error) {
	if !tag.isTag() {
		return
	}
	text := g.text(tag.pos)
	for _, p := range parts {
		if p != tag {
			text += " and " + g.text(p.pos)
		}
	}
	if g.expr.src[t.pos.Start] == '(' {
		text = "(" + text + ")"
	}
	g.suggestText(t, text, err)
}

// isTag reports whether t makes the terms to its right look at what is inside.
func (t *term) isTag() bool {
	switch t.op {
	case termVLAN, termMPLS, termPPPoES, termGeneve, termVXLAN:
		return true
	}
	return false
}

// suggestIPv6 has t tried out in its form for IPv6, which six asks for: a load
// from the header of TCP is one from that of IPv4.
func (g *generator) suggestIPv6(t, six *term, err *Error) {
	if !six.isIPv6() {
		return
	}
	switch {
	case t.op == termProtocol && t.qual.proto == qualICMP:
		g.suggestText(t, "icmp6", err)
	case t.op == termRelation:
		if text := g.expr.overIPv6(t); text != "" {
			g.suggestText(t, text, err)
		}
	}
}

func (t *term) isIPv6() bool {
	switch t.op {
	case termProtocol:
		return t.qual.proto == qualIPv6 || t.qual.proto == qualICMPv6
	case termAddress:
		return t.qual.proto == qualIPv6 || t.kind == addressIPv6 || t.kind == addressIPv6Prefix
	}
	return false
}
