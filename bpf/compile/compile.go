package compile

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/capture"
)

// NetmaskUnknown says that the network mask of the capture is not known, so
// that `ip broadcast` cannot be told.
const NetmaskUnknown = 0xffffffff

// Bounds on expressions, which keep the memory for compiling within 1 GiB.
// 100,000 hosts, networks or ports fit, and half as many ranges of ports.
const (
	// MaxLength is the length in bytes of the longest expression.
	MaxLength = 16 << 20

	maxTerms    = 250_000
	maxOperands = 1_000_000 // of arithmetic
	maxTests    = 1_400_000 // of which terms are made
	maxValues   = 500_000   // that tests compare
)

// tooLong is the error for an expression beyond one of the bounds.
func tooLong(format string, args ...any) *Error {
	return &Error{
		Msg:   "filter expression is too long: " + fmt.Sprintf(format, args...),
		bound: true,
		Note:  "lists get shorter by `net 10.0.0.0/24` and `portrange 1000-1999`; a run with each half of a list is another way",
	}
}

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
	expr         *Expr
	loops        bool
	hints        []*Error
}

// Hints are remarks on an expression that compiles, but may not say what is
// meant: no packet can match it, or a part of it, or a term looks elsewhere than
// it seems to. Options.Hints asks for them.
func (p *Program) Hints() []*Error { return p.hints }

// Expr is the expression that p was compiled from.
func (p *Program) Expr() *Expr { return p.expr }

// Source is the part of the expression that instruction i comes from, as byte
// offsets into it.
func (p *Program) Source(i int) (start, end int) {
	return int(p.origins[i].Start), int(p.origins[i].End)
}

// Rules are what the program needs of bpf.Verify and bpf.NewVM: Linux takes no
// program with loops, which `protochain` makes, or of more than 4096
// instructions.
func (p *Program) Rules() bpf.Rules {
	return bpf.Rules{Loops: p.loops, AnyLength: len(p.Instructions) > bpf.MaxInstructions}
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
	if e, ok := err.(*Error); ok {
		e.finish(o.Mode, tryOut(o))
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	for _, h := range p.hints {
		h.finish(o.Mode, tryOut(o))
	}
	return p, nil
}

// compile returns a program without instructions with an error.
func compile(expr string, o *Options, newer bool) (*Program, error) {
	e, syntax := parse(expr, newer)
	p := &Program{expr: e}
	if syntax != nil && syntax.bound {
		return p, syntax
	}
	g := generator{opts: o, expr: e, graph: flow.NewGraph(uint32(o.SnapLen)), newer: newer}
	formula, err := g.generate(syntax == nil)
	switch {
	case err == nil:
		err = syntax
	case syntax != nil:
		err.syntax = true
	}
	if err != nil {
		return p, err
	}
	entry := lower(g.graph, formula)
	if g.graph.Nodes() > maxTests {
		return p, tooLong("more than %d tests", maxTests)
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
		return p, &Error{Msg: problem.Error(), Expr: expr, Len: len(expr)}
	}
	p.Instructions, p.origins, p.loops = c.Instructions, c.Origins, g.loops
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
