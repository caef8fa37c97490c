package compile

import (
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/bpf/internal/flow"
)

// termOp says what a term asks.
type termOp uint8

const (
	termNone termOp = iota
	termAnd
	termOr
	termNot
	termAddress  // qual and the address in kind, text, mask and num
	termProtocol // qual.proto
	termRelation // args[0] rel args[1]
	termBroadcast
	termMulticast
	termLess
	termGreater
	termByte // byte num, rel or & or |, num2
	termInbound
	termOutbound
	termIfindex
	termVLAN
	termMPLS
	termPPPoED
	termPPPoES
	termGeneve
	termVXLAN
	termLLC
	termPFIfname
	termPFRuleset
	termPFRule
	termPFSubrule
	termPFReason
	termPFAction
	termWlanType // frame control byte 0: num under num2
	termWlanDir
	termLANE
	termMetaC
	termBCC
	termOAM
	termOAMF4
	termOAMF4EC
	termOAMF4SC
	termSC
	termILMIC
	termConnectMsg
	termMetaConnect
	termVPI
	termVCI
	termFISU
	termLSSU
	termMSU
	termHFISU
	termHLSSU
	termHMSU
	termSIO
	termOPC
	termDPC
	termSLS
	termHSIO
	termHOPC
	termHDPC
	termHSLS
)

var termNames = [...]string{
	termBroadcast: "broadcast", termMulticast: "multicast", termLess: "less", termGreater: "greater",
	termByte: "byte", termInbound: "inbound", termOutbound: "outbound", termIfindex: "ifindex",
	termVLAN: "vlan", termMPLS: "mpls", termPPPoED: "pppoed", termPPPoES: "pppoes", termGeneve: "geneve", termVXLAN: "vxlan",
	termLLC: "llc", termPFIfname: "ifname", termPFRuleset: "ruleset", termPFRule: "rulenum",
	termPFSubrule: "subrulenum", termPFReason: "reason", termPFAction: "action",
	termLANE: "lane", termMetaC: "metac", termBCC: "bcc", termOAM: "oam", termOAMF4: "oamf4",
	termOAMF4EC: "oamf4ec", termOAMF4SC: "oamf4sc", termSC: "sc", termILMIC: "ilmic",
	termConnectMsg: "connectmsg", termMetaConnect: "metaconnect", termVPI: "vpi", termVCI: "vci",
	termFISU: "fisu", termLSSU: "lssu", termMSU: "msu", termHFISU: "hfisu", termHLSSU: "hlssu",
	termHMSU: "hmsu", termSIO: "sio", termOPC: "opc", termDPC: "dpc", termSLS: "sls",
	termHSIO: "hsio", termHOPC: "hopc", termHDPC: "hdpc", termHSLS: "hsls",
}

func (op termOp) String() string { return termNames[op] }

// addressKind says how the address of a term is written.
type addressKind uint8

const (
	addressNumber     addressKind = iota // num
	addressName                          // text
	addressMAC                           // text
	addressARCnet                        // text
	addressIPv4                          // text
	addressIPv4Prefix                    // text / num
	addressIPv4Mask                      // text mask mask
	addressIPv6                          // text
	addressIPv6Prefix                    // text / num
)

// relation compares two numbers.
type relation uint8

const (
	relEqual relation = iota
	relNotEqual
	relGreater
	relGreaterEqual
	relLess
	relLessEqual
	relAnd // of `byte` alone: some bit in common
	relOr  // of `byte` alone: some bit in either
)

var relationNames = [...]string{
	relEqual: "=", relNotEqual: "!=", relGreater: ">", relGreaterEqual: ">=",
	relLess: "<", relLessEqual: "<=", relAnd: "&", relOr: "|",
}

func (r relation) String() string { return relationNames[r] }

// term is a node of the tree of an expression.
type term struct {
	op          termOp
	rel         relation
	kind        addressKind
	hasNum      bool // num is given, for what may stand without
	qual        qualifiers
	pos         flow.Span
	num, num2   uint32
	text, mask  string
	step        int   // its number among the steps
	left, right *term // of and, or; left of not
	args        [2]*arith
}

// arithOp says how an arithmetic expression is computed.
type arithOp uint8

const (
	arithNumber arithOp = iota // num
	arithLength
	arithLoad // size bytes of proto's header at offset left
	arithNeg  // of left
	arithAdd
	arithSub
	arithMul
	arithDiv
	arithMod
	arithAnd
	arithOr
	arithXor
	arithLsh
	arithRsh
)

var arithNames = [...]string{
	arithAdd: "+", arithSub: "-", arithMul: "*", arithDiv: "/", arithMod: "%",
	arithAnd: "&", arithOr: "|", arithXor: "^", arithLsh: "<<", arithRsh: ">>",
}

// arith is a node of an arithmetic expression.
type arith struct {
	op          arithOp
	proto       protocol
	pos         flow.Span
	num         uint32 // or the size of a load
	left, right *arith
	step        int // its number among the steps
}

// leftmost is the leaf that a begins with.
func (a *arith) leftmost() *arith {
	for a.left != nil {
		a = a.left
	}
	return a
}

// step is a term or an arithmetic node in the order in which the parser came to
// the end of each.
type step struct {
	term  *term
	arith *arith
}

// Expr is a parsed filter expression.
type Expr struct {
	src   string
	root  *term // nil for the empty expression, which takes every packet
	steps []step
	terms int  // how many of the steps are terms
	newer bool // it has what libpcap 1.10 does not know
}

// String is the expression as understood: fully parenthesised, the qualifiers
// spelled out.
func (e *Expr) String() string {
	if e.root == nil {
		return ""
	}
	var b strings.Builder
	e.root.write(&b, false)
	return b.String()
}

// write appends t; inner asks for parentheses around all but a single word.
func (t *term) write(b *strings.Builder, inner bool) {
	switch t.op {
	case termAnd, termOr:
		if inner {
			b.WriteByte('(')
		}
		t.left.write(b, true)
		if t.op == termAnd {
			b.WriteString(" and ")
		} else {
			b.WriteString(" or ")
		}
		t.right.write(b, true)
		if inner {
			b.WriteByte(')')
		}
	case termNot:
		b.WriteString("not ")
		t.left.write(b, true)
	default:
		if inner {
			b.WriteByte('(')
		}
		t.writeLeaf(b)
		if inner {
			b.WriteByte(')')
		}
	}
}

func (t *term) writeLeaf(b *strings.Builder) {
	number := func(n uint32) { b.WriteString(strconv.FormatUint(uint64(n), 10)) }
	switch t.op {
	case termAddress:
		t.writeAddress(b)
	case termProtocol:
		b.WriteString(t.qual.proto.String())
	case termRelation:
		t.args[0].write(b, false)
		b.WriteString(" " + t.rel.String() + " ")
		t.args[1].write(b, false)
	case termBroadcast, termMulticast:
		if p := t.qual.proto; p != qualDefault {
			b.WriteString(p.String() + " ")
		}
		b.WriteString(t.op.String())
	case termByte:
		b.WriteString("byte ")
		number(t.num)
		b.WriteString(" " + t.rel.String() + " ")
		number(t.num2)
	case termVPI, termVCI, termSIO, termOPC, termDPC, termSLS, termHSIO, termHOPC, termHDPC, termHSLS:
		b.WriteString(t.op.String() + " " + t.rel.String() + " ")
		number(t.num)
	case termWlanType:
		if t.num2&wlanTypeMask != 0 {
			b.WriteString("wlan type ")
			number(t.num & wlanTypeMask)
		}
		if t.num2&wlanSubtypeMask != 0 {
			b.WriteString(" subtype ")
			number(t.num & wlanSubtypeMask)
		}
	case termWlanDir:
		b.WriteString("wlan dir ")
		number(t.num)
	default:
		b.WriteString(t.op.String())
		if t.text != "" {
			b.WriteString(" " + t.text)
		} else if t.hasNum {
			b.WriteByte(' ')
			number(t.num)
		}
	}
}

func (t *term) writeAddress(b *strings.Builder) {
	q := t.qual
	if q.proto != qualDefault {
		b.WriteString(q.proto.String() + " ")
	}
	if q.typ != typeProto && q.typ != typeProtochain && q.typ != typeGateway {
		b.WriteString(q.dir.String() + " ")
	}
	b.WriteString(q.typ.String() + " ")
	switch t.kind {
	case addressNumber:
		b.WriteString(strconv.FormatUint(uint64(t.num), 10))
	case addressName:
		if _, word := keyword(t.text); word {
			b.WriteByte('\\')
		}
		b.WriteString(t.text)
	case addressIPv4Prefix, addressIPv6Prefix:
		b.WriteString(t.text + "/" + strconv.FormatUint(uint64(t.num), 10))
	case addressIPv4Mask:
		b.WriteString(t.text + " mask " + t.mask)
	default:
		b.WriteString(t.text)
	}
}

func (a *arith) write(b *strings.Builder, inner bool) {
	switch a.op {
	case arithNumber:
		b.WriteString(strconv.FormatUint(uint64(a.num), 10))
	case arithLength:
		b.WriteString("len")
	case arithLoad:
		b.WriteString(a.proto.String() + "[")
		a.left.write(b, false)
		b.WriteString(":" + strconv.FormatUint(uint64(a.num), 10) + "]")
	case arithNeg:
		b.WriteByte('-')
		a.left.write(b, true)
	default:
		if inner {
			b.WriteByte('(')
		}
		a.left.write(b, true)
		b.WriteString(" " + arithNames[a.op] + " ")
		a.right.write(b, true)
		if inner {
			b.WriteByte(')')
		}
	}
}
