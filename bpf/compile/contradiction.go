package compile

import "github.com/tapdump/tapdump/bpf/internal/syntax"

// contradiction is the error for an expression that no packet can match, as far
// as never sees that. It points at the smallest part that cannot hold, and says
// what in it excludes what.
func (g *generator) contradiction(never func(*pred) bool) *syntax.Error {
	part := g.expr.Root
	if g.expr.Long() {
		g.at(part.Pos)
		return g.newError(rejectsAllText)
	}
	for {
		inner := g.impossiblePart(part, never)
		if inner == nil {
			break
		}
		part = inner
	}
	g.at(part.Pos)
	err := g.newError(rejectsAllText)
	switch part.Op {
	case syntax.TermAnd:
		g.conflict(part, never, err)
	case syntax.TermNot:
		err.Note = syntax.Quote(g.expr.Text(part.Left.Pos)) + " holds for every packet"
	case syntax.TermRelation:
		err.Note = syntax.Quote(g.expr.Text(part.Pos)) + " cannot hold"
		g.expr.SuggestNonzero(part, err)
	default:
		err.Note = syntax.Quote(g.expr.Text(part.Pos)) + " cannot hold on this link type"
	}
	return err
}

// impossiblePart is an operand of t that no packet can match by itself.
func (g *generator) impossiblePart(t *syntax.Term, never func(*pred) bool) *syntax.Term {
	switch t.Op {
	case syntax.TermAnd, syntax.TermOr:
		for _, part := range [...]*syntax.Term{t.Left, t.Right} {
			if never(g.formula(part)) {
				return part
			}
		}
	case syntax.TermNot:
		// not (a or b) cannot hold because of neither, or of one of them.
		inner := t.Left
		if inner.Op == syntax.TermNot {
			return inner.Left
		}
	}
	return nil
}

// conflict finds two of the operands of and that exclude each other.
func (g *generator) conflict(t *syntax.Term, never func(*pred) bool, err *syntax.Error) {
	parts := t.Conjuncts(nil)
	for i, a := range parts {
		for _, b := range parts[:i] {
			if !never(and(g.formula(b), g.formula(a))) {
				continue
			}
			err.Pos, err.Len = int(a.Pos.Start), a.Pos.Length()
			err.Note = syntax.Quote(g.expr.Text(a.Pos)) + " contradicts " + syntax.Quote(g.expr.Text(b.Pos))
			g.expr.SuggestPossible(t, parts, b, a, err)
			return
		}
	}
	err.Note = "the terms joined by `and` in " + syntax.Quote(g.expr.Text(t.Pos)) + " contradict each other"
}
