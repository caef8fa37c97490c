package compile

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// NetmaskUnknown says that the network mask of the capture is not known, so
// that `ip broadcast` cannot be told.
const NetmaskUnknown = 0xffffffff

// Bounds on expressions, which keep the memory for compiling within 1 GiB.
// 100,000 hosts, networks or ports fit, and half as many ranges of ports.
const (
	// MaxLength is the length in bytes of the longest expression, 16 MiB.
	MaxLength = syntax.MaxLength

	maxTests  = 1_400_000 // of which terms are made
	maxValues = 500_000   // that tests compare
)

// Mode says where the packets come from, on which some terms depend.
type Mode uint8

const (
	// ModeDead is for programs that are shown or kept: no capture is at hand.
	ModeDead Mode = iota
	// ModeLive is for a live capture on Linux, where the kernel keeps VLAN tags
	// apart from the packet.
	ModeLive
	// ModeSavefileLittle is for a savefile in little-endian byte order.
	ModeSavefileLittle
	// ModeSavefileBig is for a savefile in big-endian byte order.
	ModeSavefileBig
)

func (m Mode) savefile() bool { return m == ModeSavefileLittle || m == ModeSavefileBig }

// Options say for which packets an expression is compiled.
type Options struct {
	LinkType   capture.LinkType
	SnapLen    int    // bytes that an accepted packet keeps; 0 stands for capture.MaxSnapLen
	Netmask    uint32 // of the network of the capture, for `ip broadcast`; see NetmaskUnknown
	NoOptimize bool   // the program as it stands in the expression, option -O
	Mode       Mode
	Names      *Names // nil: no names but numbers
	Hints      bool   // Program.Hints is asked for
}

// Program is a compiled expression.
type Program struct {
	Instructions []bpf.Instruction
	origins      []flow.Span
	expr         *syntax.Expr
	hints        []*syntax.Error
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

// Compile makes a program of an expression. The empty expression takes every
// packet. The error is an *Error.
func Compile(expr string, o Options) (*Program, error) {
	if o.Names == nil {
		o.Names = &Names{}
	}
	if o.SnapLen == 0 {
		o.SnapLen = capture.MaxSnapLen
	}
	p, err := compileNewer(expr, &o)
	if e, ok := err.(*syntax.Error); ok {
		e.Finish(o.Mode == ModeLive, tryOut(o))
		return nil, public(e)
	}
	if err != nil {
		return nil, err
	}
	for _, h := range p.hints {
		h.Finish(o.Mode == ModeLive, tryOut(o))
	}
	return p, nil
}

// compile returns a program without instructions with an error.
func compile(expr string, o *Options, newer bool) (*Program, error) {
	e, wrong := syntax.Parse(expr, newer)
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
