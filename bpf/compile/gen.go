package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// generator turns the terms of an expression into predicates, in the order of
// the source. What it finds wrong ends it with a panic of *Error, which
// generate catches.
type generator struct {
	opts    *options
	expr    *syntax.Expr
	graph   *flow.Graph
	made    []made // of each step of the expression
	link    link
	newer   bool         // what came with libpcap 1.11 is known
	literal bool         // the formulas have all tests of libpcap's, in its order; see libpcap.go
	pos     flow.Span    // of the term at hand
	current *syntax.Term // the term at hand, nil in arithmetic
	tests   int          // how many there are
	words   int          // scratch words that libpcap would have in use here
	shifts  int          // terms so far that have those behind them look elsewhere

	start *pred // sets the variables that hold from the beginning

	payload      *flow.Value // variable for where the payload starts, if that varies
	startPayload *pred       // sets it
	tunnel       link        // the link layer in Geneve, as its term leaves it
	plain        bool        // libpcap does not optimize what it makes of the expression
	late         *lateError  // of the arithmetic at hand
	anyLate      bool        // there was some
	byMode       bool        // mode has been asked
}

// mode is what packets look like where the program runs.
func (g *generator) mode() Mode {
	g.byMode = true
	return g.opts.mode
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
func (g *generator) generate(whole bool) (p *pred, err *syntax.Error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*syntax.Error)
			if !ok {
				panic(r)
			}
			err = e
			if g.current != nil {
				g.expr.SuggestTerm(g.current, err, g.transportOf)
			}
		}
	}()
	g.startLink(g.opts.link)
	g.made = make([]made, len(g.expr.Steps))
	for i, s := range g.expr.Steps {
		if s.Arith != nil {
			g.current = nil
			g.at(s.Arith.Pos)
			g.made[i].value, g.made[i].pred = g.arithmetic(s.Arith)
			continue
		}
		g.current = s.Term
		g.at(s.Term.Pos)
		g.made[i].pred = g.term(s.Term)
	}
	switch {
	case !whole:
		return nil, nil
	case g.expr.Root == nil:
		return g.yes(), nil
	}
	p = g.formula(g.expr.Root)
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
		g.at(g.expr.Root.Pos)
		p = and(g.equal(atPacket, 4, 4, 105<<24), p) // the frame is an 802.11 one; little-endian
	}
	return p, nil
}

// formula joins the predicates of the terms below t.
func (g *generator) formula(t *syntax.Term) *pred {
	switch t.Op {
	case syntax.TermAnd:
		return and(g.formula(t.Left), g.formula(t.Right))
	case syntax.TermOr:
		return or(g.formula(t.Left), g.formula(t.Right))
	case syntax.TermNot:
		return not(g.formula(t.Left))
	}
	return g.made[t.Step].pred
}

// at says from which part of the expression comes what is made next.
func (g *generator) at(pos syntax.Span) { g.pos = flow.Span(pos) }

// fail ends the generation with an error at the term at hand.
func (g *generator) fail(format string, args ...any) {
	panic(g.newError(format, args...))
}

func (g *generator) newError(format string, args ...any) *syntax.Error {
	return syntax.NewError(g.expr.Src, syntax.Span(g.pos), format, args...)
}

// follows reports whether the libpcap that is followed has a change.
func (g *generator) follows(c *versions.Change) bool { return c.In(g.opts.Like) }

// reworded ends the generation with a message if libpcap 1.11 is followed.
func (g *generator) reworded(format string, args ...any) {
	if g.follows(syntax.Reworded) {
		g.fail(format, args...)
	}
}

// notQualifier does so for a qualifier that does not go with another, or with what
// it stands before.
func (g *generator) notQualifier(qualifier, with string) {
	g.reworded("'%s' is not a valid qualifier for '%s'", qualifier, with)
}

// notOnLink does so for words that mean nothing on the link type.
func (g *generator) notOnLink(words string) {
	g.reworded("'%s' not supported on %s", words, g.linkName())
}

// checkRange refuses numbers above most where libpcap does. Those who do not follow
// one that does get a test that never holds.
func (g *generator) checkRange(change *versions.Change, what string, n, most uint32) {
	if n > most && g.follows(change) {
		g.fail("%s %d greater than maximum %d", what, n, most)
	}
}

// newerOnly reports whether what libpcap 1.10 does not know may be used, which
// then counts as done.
func (g *generator) newerOnly() bool {
	g.expr.Newer = g.expr.Newer || g.newer
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
func (g *generator) term(t *syntax.Term) *pred {
	switch t.Op {
	case syntax.TermAddress:
		return g.address(t)
	case syntax.TermProtocol:
		return g.protocol(t.Qual.Proto)
	case syntax.TermRelation:
		return g.relation(t)
	case syntax.TermBroadcast:
		return g.broadcast(t.Qual.Proto)
	case syntax.TermMulticast:
		return g.multicast(t.Qual.Proto)
	case syntax.TermLess:
		return g.compare(syntax.RelLessEqual, g.graph.Length(), g.graph.Constant(t.Num))
	case syntax.TermGreater:
		return g.compare(syntax.RelGreaterEqual, g.graph.Length(), g.graph.Constant(t.Num))
	case syntax.TermByte:
		return g.byteTerm(t)
	case syntax.TermInbound:
		return g.direction(false)
	case syntax.TermOutbound:
		return g.direction(true)
	case syntax.TermIfindex:
		return g.ifindex(t.Num)
	case syntax.TermVLAN:
		return g.shiftedBy(g.promiseVLAN(g.vlan(t), t))
	case syntax.TermMPLS:
		return g.shiftedBy(g.mpls(t))
	case syntax.TermPPPoED:
		return g.linkType(etherPPPoED)
	case syntax.TermPPPoES:
		return g.shiftedBy(g.pppoes(t))
	case syntax.TermGeneve:
		return g.shiftedBy(g.geneve(t))
	case syntax.TermVXLAN:
		return g.shiftedBy(g.vxlan(t))
	case syntax.TermLLC:
		return g.llc(t)
	case syntax.TermWlanType:
		return g.wlanTypeTerm(t)
	case syntax.TermWlanDir:
		return g.wlanDirTerm(t)
	case syntax.TermPFIfname, syntax.TermPFRuleset, syntax.TermPFRule, syntax.TermPFSubrule, syntax.TermPFReason, syntax.TermPFAction:
		return g.pf(t)
	case syntax.TermVPI, syntax.TermVCI:
		return g.atmField(t)
	}
	if syntax.TermLANE <= t.Op && t.Op <= syntax.TermMetaConnect {
		return g.atm(t.Op)
	}
	if syntax.TermFISU <= t.Op && t.Op <= syntax.TermHMSU {
		return g.mtp2(t.Op)
	}
	return g.mtp3(t)
}

var byteRange = versions.Since(versions.V5_0, "filter: `byte`", "`byte 3 = 256` matches nothing", "refused: `byte argument 256 greater than maximum 255`")

func (g *generator) byteTerm(t *syntax.Term) *pred {
	g.checkRange(byteRange, "byte argument", t.Num2, 0xff)
	v := g.load(atLink, t.Num, 1)
	if t.Rel == syntax.RelOr {
		v = compute(g.graph, flow.OpOr, v, g.graph.Constant(t.Num2))
		return not(g.is(v, 0))
	}
	return g.compare(t.Rel, v, g.graph.Constant(t.Num2))
}
