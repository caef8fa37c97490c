package compile

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/capture"
)

// generator turns the terms of an expression into predicates, in the order of
// the source. What it finds wrong ends it with a panic of *Error, which
// generate catches.
type generator struct {
	opts    *Options
	expr    *Expr
	graph   *flow.Graph
	made    []made // of each step of the expression
	link    link
	newer   bool      // what came with libpcap 1.11 is known
	literal bool      // the formulas have all tests of libpcap's, in its order; see libpcap.go
	pos     flow.Span // of the term at hand
	current *term     // the term at hand, nil in arithmetic
	tests   int       // how many there are
	words   int       // scratch words that libpcap would have in use here

	start *pred // sets the variables that hold from the beginning

	payload      *flow.Value // variable for where the payload starts, if that varies
	startPayload *pred       // sets it
	tunnel       link        // the link layer in Geneve, as its term leaves it
	loops        bool        // there is a protochain
	plain        bool        // libpcap does not optimize what it makes of the expression
	late         *lateError  // of the arithmetic at hand
	anyLate      bool        // there was some
}

// made is what a step of the expression has become.
type made struct {
	value *flow.Value // of arithmetic
	pred  *pred       // what a term tests; of arithmetic, what must hold for the value to mean something, may be nil
}

// scratchWords is how many words of memory the BPF machine has.
const scratchWords = 16

// generate makes predicates of the terms and joins them. The link types whose
// headers vary, and what packets must be to have such a header, add a test of
// their own. Of an expression that is not whole it checks what there is.
func (g *generator) generate(whole bool) (p *pred, err *Error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = e
			if g.current != nil {
				g.suggestTerm(g.current, err)
			}
		}
	}()
	g.startLink(g.opts.LinkType)
	g.made = make([]made, len(g.expr.steps))
	for i, s := range g.expr.steps {
		if s.arith != nil {
			g.current, g.pos = nil, s.arith.pos
			g.made[i].value, g.made[i].pred = g.arithmetic(s.arith)
			continue
		}
		g.current, g.pos = s.term, s.term.pos
		g.made[i].pred = g.term(s.term)
	}
	switch {
	case !whole:
		return nil, nil
	case g.expr.root == nil:
		return g.yes(), nil
	}
	p = g.formula(g.expr.root)
	if l := &g.link; l.outermost == capture.LinkPRISM_HEADER || isWlan(l.outermost) && l.payload.word {
		g.plain = true
	}
	p = g.startTunnel(p)
	if g.payload != nil && p.uses(g.payload) {
		p = and(g.startPayload, p)
	}
	if g.start != nil {
		p = and(g.start, p)
	}
	if g.link.kind == capture.LinkPPI {
		g.pos = g.expr.root.pos
		p = and(g.equal(atPacket, 4, 4, 105<<24), p) // the frame is an 802.11 one; little-endian
	}
	return p, nil
}

// formula joins the predicates of the terms below t.
func (g *generator) formula(t *term) *pred {
	switch t.op {
	case termAnd:
		return and(g.formula(t.left), g.formula(t.right))
	case termOr:
		return or(g.formula(t.left), g.formula(t.right))
	case termNot:
		return not(g.formula(t.left))
	}
	return g.made[t.step].pred
}

// fail ends the generation with an error at the term at hand.
func (g *generator) fail(format string, args ...any) {
	panic(g.newError(format, args...))
}

func (g *generator) newError(format string, args ...any) *Error {
	return &Error{Msg: fmt.Sprintf(format, args...), Expr: g.expr.src, Pos: int(g.pos.Start), Len: g.pos.Length()}
}

// newerOnly reports whether what libpcap 1.10 does not know may be used, which
// then counts as done.
func (g *generator) newerOnly() bool {
	g.expr.newer = g.expr.newer || g.newer
	return g.newer
}

// takeWord counts a scratch word of libpcap's, which gives up on expressions
// that need too many at once.
func (g *generator) takeWord() {
	if g.words == scratchWords {
		g.fail("too many registers needed to evaluate expression")
	}
	g.words++
}

func (g *generator) set(variable, to *flow.Value) *pred {
	return &pred{op: predSet, left: variable, right: to, pos: g.pos}
}

// term is the predicate of a term that is not and, or, not.
func (g *generator) term(t *term) *pred {
	switch t.op {
	case termAddress:
		return g.address(t)
	case termProtocol:
		return g.protocol(t.qual.proto)
	case termRelation:
		return g.relation(t)
	case termBroadcast:
		return g.broadcast(t.qual.proto)
	case termMulticast:
		return g.multicast(t.qual.proto)
	case termLess:
		return g.compare(relLessEqual, g.graph.Length(), g.graph.Constant(t.num))
	case termGreater:
		return g.compare(relGreaterEqual, g.graph.Length(), g.graph.Constant(t.num))
	case termByte:
		return g.byteTerm(t)
	case termInbound:
		return g.direction(false)
	case termOutbound:
		return g.direction(true)
	case termIfindex:
		return g.ifindex(t.num)
	case termVLAN:
		return g.vlan(t)
	case termMPLS:
		return g.mpls(t)
	case termPPPoED:
		return g.linkType(etherPPPoED)
	case termPPPoES:
		return g.pppoes(t)
	case termGeneve:
		return g.geneve(t)
	case termVXLAN:
		return g.vxlan(t)
	case termLLC:
		return g.llc(t)
	case termWlanType:
		return g.wlanTypeTerm(t)
	case termWlanDir:
		return g.wlanDirTerm(t)
	case termPFIfname, termPFRuleset, termPFRule, termPFSubrule, termPFReason, termPFAction:
		return g.pf(t)
	case termVPI, termVCI:
		return g.atmField(t)
	}
	if termLANE <= t.op && t.op <= termMetaConnect {
		return g.atm(t.op)
	}
	if termFISU <= t.op && t.op <= termHMSU {
		return g.mtp2(t.op)
	}
	return g.mtp3(t)
}

func (g *generator) byteTerm(t *term) *pred {
	v := g.load(atLink, t.num, 1)
	if t.rel == relOr {
		v = compute(g.graph, flow.OpOr, v, g.graph.Constant(t.num2))
		return not(g.is(v, 0))
	}
	return g.compare(t.rel, v, g.graph.Constant(t.num2))
}
