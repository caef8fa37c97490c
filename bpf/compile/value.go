package compile

import (
	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/flow"
)

// Values of packets, as generated.

// load is the number in size bytes at offset off of the packet, or the word of
// ancillary data at an offset from bpf.AncillaryBase up.
func load(g *flow.Graph, size uint8, off uint32) *flow.Value {
	switch {
	case off < 1<<31:
		return g.Load(size, off)
	case off >= bpf.AncillaryBase && off%4 == 0 && off-bpf.AncillaryBase <= bpf.AncVLANProtocol:
		return g.Ancillary(off - bpf.AncillaryBase)
	}
	return g.Outside(nil, size, off)
}

// loadAt is the number in size bytes at base + off.
func loadAt(g *flow.Graph, base *flow.Value, size uint8, off uint32) *flow.Value {
	switch {
	case base == nil:
		return load(g, size, off)
	case base.Outside():
		return g.Outside(base, size, off)
	case base.Op == flow.OpConst:
		return load(g, size, base.K+off)
	case base.Op == flow.OpAdd && base.Right.Op == flow.OpConst && base.Right.K < 1<<16 && off < 1<<16:
		return loadAt(g, base.Left, size, base.Right.K+off)
	case off >= 1<<31:
		return g.Outside(base, size, off)
	}
	return g.LoadAt(base, size, off)
}

// compute is left op right, done at once where both are constants.
func compute(g *flow.Graph, op flow.Op, left, right *flow.Value) *flow.Value {
	if left.Op == flow.OpConst && right != nil && right.Op == flow.OpConst && (right.K != 0 || op != flow.OpDiv && op != flow.OpMod) {
		return g.Constant(fold(op, left.K, right.K))
	}
	return g.ALU(op, left, right)
}

// fold is a op b; b is not 0 where a division asks for it.
func fold(op flow.Op, a, b uint32) uint32 {
	switch op {
	case flow.OpAdd:
		return a + b
	case flow.OpSub:
		return a - b
	case flow.OpMul:
		return a * b
	case flow.OpDiv:
		return a / b
	case flow.OpMod:
		return a % b
	case flow.OpAnd:
		return a & b
	case flow.OpOr:
		return a | b
	case flow.OpXor:
		return a ^ b
	case flow.OpLsh:
		return a << b
	}
	return a >> b
}

// known is the number that v always is, as far as libpcap sees that.
func known(v *flow.Value) (k uint32, ok bool) {
	switch {
	case v.Op == flow.OpConst:
		return v.K, true
	case v.Op < flow.OpAdd || v.Op > flow.OpNeg:
		return 0, false
	}
	a, aKnown := known(v.Left)
	if v.Right == nil {
		return -a, aKnown
	}
	b, bKnown := known(v.Right)
	if bKnown && b == 0 && (v.Op == flow.OpMul || v.Op == flow.OpAnd) {
		return 0, true
	}
	if aKnown && a == 0 && !bKnown {
		switch v.Op {
		case flow.OpMul, flow.OpDiv, flow.OpMod, flow.OpAnd, flow.OpLsh, flow.OpRsh:
			return 0, true
		}
	}
	if !aKnown || !bKnown || b == 0 && (v.Op == flow.OpDiv || v.Op == flow.OpMod) {
		return 0, false
	}
	return fold(v.Op, a, b), true
}
