package compile

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf/internal/flow"
)

// findHints looks for what is right but hardly meant. The terms are generated
// anew, in a graph of their own.
func (g *generator) findHints() []*Error {
	if len(g.expr.steps) > maxExplained || g.expr.root == nil {
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
		h.neverMatches(h.expr.root, "no packet can match")
	case always:
		h.pos = h.expr.root.pos
		h.alwaysMatches()
	default:
		h.impossibleParts(h.expr.root)
	}
	h.terms()
	h.behindTags(h.expr.root)
	return h.found
}

// hinter looks for hints.
type hinter struct {
	*generator
	parts bool // parts of the expression mean by themselves what they mean in it
	found []*Error
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

func (h *hinter) neverMatches(t *term, msg string) {
	whole := *h.expr
	whole.root = t
	part := generator{opts: h.opts, expr: &whole, graph: h.graph, made: h.made, newer: h.newer}
	err := part.contradiction(h.never)
	err.Msg = msg
	h.found = append(h.found, err)
}

// impossibleParts looks for the alternatives below t that no packet can match.
func (h *hinter) impossibleParts(t *term) {
	switch {
	case !h.parts:
	case h.never(h.formula(t)):
		h.neverMatches(t, "no packet can match a part of the expression")
	case t.op == termAnd || t.op == termOr:
		h.impossibleParts(t.left)
		h.impossibleParts(t.right)
	}
}

// alwaysMatches is for an expression that holds for every packet, such as `not
// tcp or not udp`.
func (h *hinter) alwaysMatches() {
	err := h.newError("every packet matches")
	if t := h.expr.root; t.op == termOr && t.left.op == termNot && t.right.op == termNot {
		err.candidates = append(err.candidates, h.text(t.left.pos)+" and "+h.text(t.right.pos))
	}
	h.found = append(h.found, err)
}

// terms looks for numbers that are taken for addresses.
func (h *hinter) terms() {
	for _, s := range h.expr.steps {
		t := s.term
		if t == nil || t.op != termAddress || t.kind != addressNumber || t.qual.typ > typeHost || t.qual.proto != qualDefault || t.num == 0 || t.num > 65535 {
			continue
		}
		h.pos = t.pos
		err := h.newError("%s is an address here: %v", t.text, address4(t.num))
		direction := ""
		if t.qual.dir != dirDefault {
			direction = t.qual.dir.String() + " "
		}
		h.suggestText(t, direction+"port "+t.text, err)
		h.found = append(h.found, err)
	}
}

// behindTags looks for alternatives to a tag: they stand to its right, and so
// look behind it.
func (h *hinter) behindTags(t *term) {
	switch t.op {
	case termAnd:
		h.behindTags(t.left)
		h.behindTags(t.right)
	case termNot:
		h.behindTags(t.left)
	case termOr:
		tag := t.left.tag()
		if tag == nil {
			h.behindTags(t.right)
			return
		}
		h.pos = t.right.pos
		err := h.newError("%s looks behind the tag that %s stands for", quote(h.text(t.right.pos)), quote(h.text(tag.pos)))
		if t.right.tag() == nil {
			h.suggestText(t, fmt.Sprintf("%s or %s", h.text(t.right.pos), h.text(t.left.pos)), err)
		}
		h.found = append(h.found, err)
	}
}

// tag is the first term in t that makes those to its right look behind it, nil
// for none.
func (t *term) tag() *term {
	switch {
	case t.isTag():
		return t
	case t.op == termAnd || t.op == termOr:
		if tag := t.left.tag(); tag != nil {
			return tag
		}
		return t.right.tag()
	case t.op == termNot:
		return t.left.tag()
	}
	return nil
}
