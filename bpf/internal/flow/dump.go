package flow

import (
	"fmt"
	"strings"
)

// Text lists the nodes from entry on.
func Text(entry *Node) string {
	var b strings.Builder
	seen := make(map[*Node]bool)
	var visit func(n *Node)
	visit = func(n *Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		switch n.Kind {
		case NodeReturn:
			fmt.Fprintf(&b, "%4d  return %d\n", n.id, n.SnapLen)
		case NodeLet:
			fmt.Fprintf(&b, "%4d  %s := %s, then %d\n", n.id, valueText(n.Left), valueText(n.Right), n.Yes.id)
		case NodeChain:
			fmt.Fprintf(&b, "%4d  chain from %s to protocol %d at %s? %d : %d\n", n.id, valueText(n.chain.Next), n.chain.Want, valueText(n.chain.At), n.Yes.id, n.No.id)
		default:
			op := [...]string{TestEq: "==", TestGt: ">", TestGe: ">=", TestSet: "&"}[n.Op]
			fmt.Fprintf(&b, "%4d  %s %s %s? %d : %d\n", n.id, valueText(n.Left), op, valueText(n.Right), n.Yes.id, n.No.id)
		}
		visit(n.Yes)
		visit(n.No)
	}
	visit(entry)
	return b.String()
}

func valueText(v *Value) string {
	switch v.Op {
	case OpConst:
		return fmt.Sprintf("%#x", v.K)
	case OpLoad:
		if v.Left == nil {
			return fmt.Sprintf("[%d:%d]", v.K, v.Size)
		}
		return fmt.Sprintf("[%s+%d:%d]", valueText(v.Left), v.K, v.Size)
	case OpLength:
		return "len"
	case OpAncillary:
		return fmt.Sprintf("ancillary %d", v.K)
	case OpVariable:
		return fmt.Sprintf("v%d", v.K)
	case OpOutside:
		return "outside"
	case OpTest:
		return fmt.Sprintf("(%s ? %s)", valueText(v.Left), valueText(v.Right))
	case OpNeg:
		return "-" + valueText(v.Left)
	}
	ops := [...]string{OpAdd: "+", OpSub: "-", OpMul: "*", OpDiv: "/", OpMod: "%", OpAnd: "&", OpOr: "|", OpXor: "^", OpLsh: "<<", OpRsh: ">>"}
	return fmt.Sprintf("(%s %s %s)", valueText(v.Left), ops[v.Op], valueText(v.Right))
}
