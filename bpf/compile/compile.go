package compile

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Program is a compiled expression. It does not change, so that goroutines may
// share one.
type Program struct {
	Instructions []bpf.Instruction // for packets as the Mode says
	origins      []flow.Span
	expr         *syntax.Expr
	hints        []*syntax.Error
	byMode       bool // another mode may give another program
	demand       *Demand
}

// Hints are remarks on an expression that compiles, but may not say what is
// meant: no packet can match it, or a part of it, or a term looks elsewhere than
// it seems to. Options.Hints asks for them.
func (p *Program) Hints() []*Error {
	var list []*Error
	for _, h := range p.hints {
		list = append(list, public(h))
	}
	return list
}

// Expr is the expression that p was compiled from.
func (p *Program) Expr() *Expr { return &Expr{p.expr} }

// Source is the part of the expression that instruction i comes from, as byte
// offsets into it.
func (p *Program) Source(i int) (start, end int) {
	return int(p.origins[i].Start), int(p.origins[i].End)
}

// Rules are what the program needs of bpf.Verify and bpf.NewVM: Linux takes no
// program with loops, which `protochain` makes, or of more than 4096
// instructions.
func (p *Program) Rules() bpf.Rules {
	return bpf.Rules{Loops: bpf.Loops(p.Instructions), AnyLength: len(p.Instructions) > bpf.MaxInstructions}
}

// Compile makes a program of an expression, for packets of a link type that look
// as mode says. The empty expression takes every packet. The error is an *Error.
// Compile may be called from several goroutines, if the functions of Names may.
func Compile(expr string, link capture.LinkType, mode Mode, o Options) (*Program, error) {
	return compileFor(expr, options{Options: o, link: link, mode: mode})
}

func compileFor(expr string, o options) (*Program, error) {
	if o.Names == nil {
		o.Names = &Names{}
	}
	if o.SnapLen == 0 {
		o.SnapLen = capture.MaxSnapLen
	}
	p, err := compileNewer(expr, &o)
	if e, ok := err.(*syntax.Error); ok {
		e.Finish(o.mode == ModeLive, tryOut(o))
		return nil, public(e)
	}
	if err != nil {
		return nil, err
	}
	for _, h := range p.hints {
		h.Finish(o.mode == ModeLive, tryOut(o))
	}
	return p, nil
}

// compileNewer compiles with what libpcap 1.11 knows, and words an error as 1.10
// does unless 1.11 is followed.
func compileNewer(expr string, o *options) (*Program, error) {
	p, err := compile(expr, o, true)
	if e, ok := err.(*syntax.Error); ok && p.expr.Newer && !e.Bound && o.Like < versions.V5_0 {
		_, older := compile(expr, o, false)
		if older, ok := older.(*syntax.Error); ok {
			e.WordAs(older)
		}
	}
	return p, err
}

// compile returns a program without instructions with an error.
func compile(expr string, o *options, newer bool) (*Program, error) {
	e, wrong := syntax.Parse(expr, newer, o.Like)
	p := &Program{expr: e}
	if wrong != nil && wrong.Bound {
		return p, wrong
	}
	g := generator{opts: o, expr: e, graph: flow.NewGraph(uint32(o.SnapLen)), newer: newer}
	formula, err := g.generate(wrong == nil)
	switch {
	case err == nil:
		err = wrong
	case wrong != nil:
		err.Syntax = true
	}
	if err != nil {
		return p, err
	}
	p.byMode = g.byMode
	if o.Demand {
		p.demand = demandOf(formula, g.shifts)
	}
	entry := lower(g.graph, formula)
	if g.graph.Nodes() > maxTests {
		return p, syntax.TooLong("more than %d tests", maxTests)
	}
	if !o.NoOptimize && !g.plain {
		if err := g.refusal(entry); err != nil {
			return p, err
		}
	}
	if o.Hints {
		p.hints = g.findHints()
	}
	g.made = nil // of long lists they take as much memory as the graph
	c, problem := g.selectCode(entry)
	if problem != nil {
		return p, syntax.NewError(expr, syntax.Span{End: int32(len(expr))}, "%s", problem)
	}
	p.Instructions, p.origins = c.Instructions, c.Origins
	if err := bpf.Verify(p.Instructions, p.Rules()); err != nil {
		return p, fmt.Errorf("compiler made a program that is not valid: %w", err)
	}
	return p, nil
}

// selectCode turns the flow graph into instructions.
func (g *generator) selectCode(entry *flow.Node) (flow.Code, error) {
	if g.opts.NoOptimize {
		return flow.SelectPlain(g.graph, entry)
	}
	return flow.Optimize(g.graph, entry, nil)
}
