package compile

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

// findHints looks for what is right but hardly meant. The terms are generated
// anew, in a graph of their own.
func (g *generator) findHints() []*syntax.Error {
	if g.expr.Long() || g.expr.Root == nil {
		return nil
	}
	h := hinter{generator: &generator{opts: g.opts, expr: g.expr, graph: flow.NewGraph(1), newer: g.newer}}
	formula, err := h.generate(true)
	if err != nil {
		return nil
	}
	h.parts = !formula.sets()
	switch never, always := h.outcome(formula); {
	case never:
		h.neverMatches(h.expr.Root, "no packet can match")
	case always:
		h.at(h.expr.Root.Pos)
		h.alwaysMatches()
	default:
		h.impossibleParts(h.expr.Root)
	}
	h.terms()
	h.behindTags(h.expr.Root)
	return h.found
}

// hinter looks for hints.
type hinter struct {
	*generator
	parts bool // parts of the expression mean by themselves what they mean in it
	found []*syntax.Error
}

// outcome reports whether the optimizer sees that p never or always holds.
func (h *hinter) outcome(p *pred) (never, always bool) {
	n := flow.Settle(h.graph, lower(h.graph, p))
	return n == h.graph.Reject(), n == h.graph.Accept()
}

func (h *hinter) never(p *pred) bool {
	never, _ := h.outcome(p)
	return h.parts && never
}

func (h *hinter) neverMatches(t *syntax.Term, msg string) {
	whole := *h.expr
	whole.Root = t
	part := generator{opts: h.opts, expr: &whole, graph: h.graph, made: h.made, newer: h.newer}
	err := part.contradiction(h.never)
	err.Msg = msg
	h.found = append(h.found, err)
}

// impossibleParts looks for the alternatives below t that no packet can match.
func (h *hinter) impossibleParts(t *syntax.Term) {
	switch {
	case !h.parts:
	case h.never(h.formula(t)):
		h.neverMatches(t, "no packet can match a part of the expression")
	case t.Op == syntax.TermAnd || t.Op == syntax.TermOr:
		h.impossibleParts(t.Left)
		h.impossibleParts(t.Right)
	}
}

// alwaysMatches is for an expression that holds for every packet, such as `not
// tcp or not udp`.
func (h *hinter) alwaysMatches() {
	err := h.newError("every packet matches")
	if t := h.expr.Root; t.Op == syntax.TermOr && t.Left.Op == syntax.TermNot && t.Right.Op == syntax.TermNot {
		err.Candidates = append(err.Candidates, h.expr.Text(t.Left.Pos)+" and "+h.expr.Text(t.Right.Pos))
	}
	h.found = append(h.found, err)
}

// terms looks for numbers that are taken for addresses.
func (h *hinter) terms() {
	for _, s := range h.expr.Steps {
		t := s.Term
		if t == nil || t.Op != syntax.TermAddress || t.Kind != syntax.AddressNumber || t.Qual.Typ > syntax.TypeHost || t.Qual.Proto != syntax.QualDefault || t.Num == 0 || t.Num > 65535 {
			continue
		}
		h.at(t.Pos)
		err := h.newError("%s is an address here: %v", t.Text, syntax.Address4(t.Num))
		direction := ""
		if t.Qual.Dir != syntax.DirDefault {
			direction = t.Qual.Dir.String() + " "
		}
		h.expr.SuggestText(t, direction+"port "+t.Text, err)
		h.found = append(h.found, err)
	}
}

// behindTags looks for alternatives to a tag: they stand to its right, and so
// look behind it.
func (h *hinter) behindTags(t *syntax.Term) {
	switch t.Op {
	case syntax.TermAnd:
		h.behindTags(t.Left)
		h.behindTags(t.Right)
	case syntax.TermNot:
		h.behindTags(t.Left)
	case syntax.TermOr:
		tag := t.Left.Tag()
		if tag == nil {
			h.behindTags(t.Right)
			return
		}
		h.at(t.Right.Pos)
		err := h.newError("%s looks behind the tag that %s stands for", syntax.Quote(h.expr.Text(t.Right.Pos)), syntax.Quote(h.expr.Text(tag.Pos)))
		if t.Right.Tag() == nil {
			h.expr.SuggestText(t, fmt.Sprintf("%s or %s", h.expr.Text(t.Right.Pos), h.expr.Text(t.Left.Pos)), err)
		}
		h.found = append(h.found, err)
	}
}
