package syntax

import (
	"strconv"
	"strings"
)

// Span is a part of the source, as byte offsets.
type Span struct{ Start, End int32 }

// Length is how many bytes s has.
func (s Span) Length() int { return int(s.End - s.Start) }

// TermOp says what a term asks.
type TermOp uint8

const (
	TermNone TermOp = iota
	TermAnd
	TermOr
	TermNot
	TermAddress  // qual and the address in kind, text, mask and num
	TermProtocol // qual.proto
	TermRelation // args[0] rel args[1]
	TermBroadcast
	TermMulticast
	TermLess
	TermGreater
	TermByte // byte num, rel or & or |, num2
	TermInbound
	TermOutbound
	TermIfindex
	TermVLAN
	TermMPLS
	TermPPPoED
	TermPPPoES
	TermGeneve
	TermVXLAN
	TermLLC
	TermPFIfname
	TermPFRuleset
	TermPFRule
	TermPFSubrule
	TermPFReason
	TermPFAction
	TermWlanType // frame control byte 0: num under num2
	TermWlanDir
	TermLANE
	TermMetaC
	TermBCC
	TermOAM
	TermOAMF4
	TermOAMF4EC
	TermOAMF4SC
	TermSC
	TermILMIC
	TermConnectMsg
	TermMetaConnect
	TermVPI
	TermVCI
	TermFISU
	TermLSSU
	TermMSU
	TermHFISU
	TermHLSSU
	TermHMSU
	TermSIO
	TermOPC
	TermDPC
	TermSLS
	TermHSIO
	TermHOPC
	TermHDPC
	TermHSLS
)

// Frame control of IEEE 802.11, clause 9.2.4.1.
const (
	WlanTypeMask    = 0x0c
	WlanSubtypeMask = 0xf0

	wlanManagement = 0x00
	WlanControl    = 0x04
	wlanData       = 0x08

	WlanDirMask = 0x03
	wlanNoDS    = 0x00
	WlanToDS    = 0x01
	WlanFromDS  = 0x02
	WlanBothDS  = 0x03
)

// AddressKind says how the address of a term is written.
type addressKind uint8

const (
	AddressNumber     addressKind = iota // num
	AddressName                          // text
	AddressMAC                           // text
	AddressARCnet                        // text
	AddressIPv4                          // text
	AddressIPv4Prefix                    // text / num
	AddressIPv4Mask                      // text mask mask
	AddressIPv6                          // text
	AddressIPv6Prefix                    // text / num
)

// Relation compares two numbers.
type Relation uint8

const (
	RelEqual Relation = iota
	RelNotEqual
	RelGreater
	RelGreaterEqual
	RelLess
	RelLessEqual
	RelAnd // of `byte` alone: some bit in common
	RelOr  // of `byte` alone: some bit in either
)

var relationNames = [...]string{
	RelEqual: "=", RelNotEqual: "!=", RelGreater: ">", RelGreaterEqual: ">=",
	RelLess: "<", RelLessEqual: "<=", RelAnd: "&", RelOr: "|",
}

func (r Relation) String() string { return relationNames[r] }

// Term is a node of the tree of an expression.
type Term struct {
	Op          TermOp
	Rel         Relation
	Kind        addressKind
	HasNum      bool // num is given, for what may stand without
	Qual        Qualifiers
	Pos         Span
	Num, Num2   uint32
	Text, Mask  string
	Step        int   // its number among the steps
	Left, Right *Term // of and, or; left of not
	Args        [2]*Arith
}

// arithOp says how an arithmetic expression is computed.
type arithOp uint8

const (
	ArithNumber arithOp = iota // num
	ArithLength
	ArithLoad // size bytes of proto's header at offset left
	ArithNeg  // of left
	ArithAdd
	ArithSub
	ArithMul
	ArithDiv
	ArithMod
	ArithAnd
	ArithOr
	ArithXor
	ArithLsh
	ArithRsh
)

var arithNames = [...]string{
	ArithAdd: "+", ArithSub: "-", ArithMul: "*", ArithDiv: "/", ArithMod: "%",
	ArithAnd: "&", ArithOr: "|", ArithXor: "^", ArithLsh: "<<", ArithRsh: ">>",
}

// Arith is a node of an arithmetic expression.
type Arith struct {
	Op          arithOp
	Proto       Protocol
	Pos         Span
	Num         uint32 // or the size of a load
	Left, Right *Arith
	Step        int // its number among the steps
}

// Leftmost is the leaf that a begins with.
func (a *Arith) Leftmost() *Arith {
	for a.Left != nil {
		a = a.Left
	}
	return a
}

// step is a term or an arithmetic node in the order in which the parser came to
// the end of each.
type step struct {
	Term  *Term
	Arith *Arith
}

// Expr is a parsed filter expression.
type Expr struct {
	Src   string
	Root  *Term // nil for the empty expression, which takes every packet
	Steps []step
	Terms int  // how many of the steps are terms
	Newer bool // it has what libpcap 1.10 does not know
}

// maxExplained is how many terms and operators an expression may have to be
// searched for what contradicts what.
const maxExplained = 100

// Long reports whether e is beyond that.
func (e *Expr) Long() bool { return len(e.Steps) > maxExplained }

// String is the expression as understood: fully parenthesised, the qualifiers
// spelled out.
func (e *Expr) String() string {
	if e.Root == nil {
		return ""
	}
	var b strings.Builder
	e.Root.write(&b, false)
	return b.String()
}

// write appends t; inner asks for parentheses around all but a single word.
func (t *Term) write(b *strings.Builder, inner bool) {
	switch t.Op {
	case TermAnd, TermOr:
		if inner {
			b.WriteByte('(')
		}
		t.Left.write(b, true)
		if t.Op == TermAnd {
			b.WriteString(" and ")
		} else {
			b.WriteString(" or ")
		}
		t.Right.write(b, true)
		if inner {
			b.WriteByte(')')
		}
	case TermNot:
		b.WriteString("not ")
		t.Left.write(b, true)
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

func (t *Term) writeLeaf(b *strings.Builder) {
	number := func(n uint32) { b.WriteString(strconv.FormatUint(uint64(n), 10)) }
	switch t.Op {
	case TermAddress:
		t.writeAddress(b)
	case TermProtocol:
		b.WriteString(t.Qual.Proto.String())
	case TermRelation:
		t.Args[0].write(b, false)
		b.WriteString(" " + t.Rel.String() + " ")
		t.Args[1].write(b, false)
	case TermBroadcast, TermMulticast:
		if p := t.Qual.Proto; p != QualDefault {
			b.WriteString(p.String() + " ")
		}
		b.WriteString(t.Op.String())
	case TermByte:
		b.WriteString("byte ")
		number(t.Num)
		b.WriteString(" " + t.Rel.String() + " ")
		number(t.Num2)
	case TermVPI, TermVCI, TermSIO, TermOPC, TermDPC, TermSLS, TermHSIO, TermHOPC, TermHDPC, TermHSLS:
		b.WriteString(t.Op.String() + " " + t.Rel.String() + " ")
		number(t.Num)
	case TermWlanType:
		if t.Num2&WlanTypeMask != 0 {
			b.WriteString("wlan type ")
			number(t.Num & WlanTypeMask)
		}
		if t.Num2&WlanSubtypeMask != 0 {
			b.WriteString(" subtype ")
			number(t.Num & WlanSubtypeMask)
		}
	case TermWlanDir:
		b.WriteString("wlan dir ")
		number(t.Num)
	default:
		b.WriteString(t.Op.String())
		if t.Text != "" {
			b.WriteString(" " + t.Text)
		} else if t.HasNum {
			b.WriteByte(' ')
			number(t.Num)
		}
	}
}

func (t *Term) writeAddress(b *strings.Builder) {
	q := t.Qual
	if q.Proto != QualDefault {
		b.WriteString(q.Proto.String() + " ")
	}
	if q.Typ != TypeProto && q.Typ != TypeProtochain && q.Typ != TypeGateway {
		b.WriteString(q.Dir.String() + " ")
	}
	b.WriteString(q.Typ.String() + " ")
	switch t.Kind {
	case AddressNumber:
		b.WriteString(strconv.FormatUint(uint64(t.Num), 10))
	case AddressName:
		if _, word := keyword(t.Text); word {
			b.WriteByte('\\')
		}
		b.WriteString(t.Text)
	case AddressIPv4Prefix, AddressIPv6Prefix:
		b.WriteString(t.Text + "/" + strconv.FormatUint(uint64(t.Num), 10))
	case AddressIPv4Mask:
		b.WriteString(t.Text + " mask " + t.Mask)
	default:
		b.WriteString(t.Text)
	}
}

func (a *Arith) write(b *strings.Builder, inner bool) {
	switch a.Op {
	case ArithNumber:
		b.WriteString(strconv.FormatUint(uint64(a.Num), 10))
	case ArithLength:
		b.WriteString("len")
	case ArithLoad:
		b.WriteString(a.Proto.String() + "[")
		a.Left.write(b, false)
		b.WriteString(":" + strconv.FormatUint(uint64(a.Num), 10) + "]")
	case ArithNeg:
		b.WriteByte('-')
		a.Left.write(b, true)
	default:
		if inner {
			b.WriteByte('(')
		}
		a.Left.write(b, true)
		b.WriteString(" " + arithNames[a.Op] + " ")
		a.Right.write(b, true)
		if inner {
			b.WriteByte(')')
		}
	}
}
