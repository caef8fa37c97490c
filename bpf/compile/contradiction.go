package compile

// contradiction is the error for an expression that no packet can match. It
// points at the smallest part that cannot hold, and says what in it excludes
// what.
func (g *generator) contradiction() *Error {
	part := g.expr.root
	if len(g.expr.steps) > maxExplained {
		g.pos = part.pos
		return g.newError("expression rejects all packets")
	}
	for {
		inner := part.impossiblePart()
		if inner == nil {
			break
		}
		part = inner
	}
	g.pos = part.pos
	err := g.newError("expression rejects all packets")
	if part.op == termAnd {
		g.conflict(part, err)
	} else if part.op == termNot {
		err.Note = quote(g.text(part.left.pos)) + " holds for every packet"
	} else {
		err.Note = quote(g.text(part.pos)) + " cannot hold on this link type"
		if part.op == termRelation {
			err.Note = quote(g.text(part.pos)) + " cannot hold"
		}
	}
	return err
}

// maxExplained is how many terms and operators an expression may have to be
// searched for what contradicts what.
const maxExplained = 100

func (g *generator) text(pos span) string { return g.expr.src[pos.start:pos.end] }

// impossiblePart is an operand of t that no packet can match by itself.
func (t *term) impossiblePart() *term {
	switch t.op {
	case termAnd, termOr:
		for _, part := range [...]*term{t.left, t.right} {
			if rejectsAll(part.formula()) {
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
func (g *generator) conflict(t *term, err *Error) {
	parts := t.conjuncts(nil)
	for i, a := range parts {
		for _, b := range parts[:i] {
			if !rejectsAll(and(b.formula(), a.formula())) {
				continue
			}
			err.Pos, err.Len = int(a.pos.start), a.pos.length()
			err.Note = quote(g.text(a.pos)) + " contradicts " + quote(g.text(b.pos))
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

// suggestOr writes or between two terms that stand side by side.
func (g *generator) suggestOr(a, b *term, err *Error) {
	between := g.expr.src[a.pos.end:b.pos.start]
	lex := lexer{src: between}
	if op := lex.next(); op.kind != tokenAnd || lex.next().kind != tokenEnd {
		return
	}
	candidate := g.expr.src[:a.pos.end] + " or " + g.expr.src[b.pos.start:]
	if _, problem := parse(candidate, g.newer); problem == nil {
		err.Suggestion = candidate
	}
}
