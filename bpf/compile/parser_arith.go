package compile

import "github.com/tapdump/tapdump/bpf/internal/flow"

// arithPrecedence orders the operators; and and or of terms come below all.
// `%` and `^` have none: they take everything to their right, and nothing to
// their left is completed before them.
func arithPrecedence(kind tokenKind) (op arithOp, precedence int) {
	switch kind {
	case tokenBar:
		return arithOr, 1
	case tokenAmpersand:
		return arithAnd, 2
	case tokenShiftLeft:
		return arithLsh, 3
	case tokenShiftRight:
		return arithRsh, 3
	case tokenPlus:
		return arithAdd, 4
	case tokenMinus:
		return arithSub, 4
	case tokenStar:
		return arithMul, 5
	case tokenSlash:
		return arithDiv, 5
	case tokenPercent:
		return arithMod, greedy
	case tokenCaret:
		return arithXor, greedy
	}
	return arithNumber, 0
}

const (
	precedenceMinus = 6
	greedy          = 7
)

// arithmetic parses an arithmetic expression of operators that bind more
// tightly than above. It returns nil after an error.
func (p *parser) arithmetic(above int) *arith {
	a := p.arithOperand()
	if a != nil {
		a = p.moreArithmetic(a, above)
	}
	return a
}

// nested is arithmetic behind so many symbols that libpcap's parser would keep.
func (p *parser) nested(symbols, above int) *arith {
	if !p.deeper(symbols) {
		return nil
	}
	a := p.arithmetic(above)
	p.depth -= symbols
	return a
}

func (p *parser) moreArithmetic(left *arith, above int) *arith {
	for left != nil && p.err == nil {
		op, precedence := arithPrecedence(p.tok.kind)
		if precedence == 0 || precedence <= above {
			return left
		}
		p.advance()
		if precedence == greedy {
			precedence = 0
		}
		right := p.nested(2, precedence)
		if right == nil {
			return nil
		}
		left = p.doneArith(&arith{op: op, left: left, right: right, pos: flow.Span{Start: left.pos.Start, End: right.pos.End}})
	}
	return left
}

func (p *parser) arithOperand() *arith {
	tok := p.tok
	switch tok.kind {
	case tokenNumber:
		p.advance()
		return p.doneArith(&arith{op: arithNumber, num: tok.num, pos: tok.pos})
	case tokenLen:
		p.advance()
		return p.doneArith(&arith{op: arithLength, pos: tok.pos})
	case tokenMinus:
		p.advance()
		left := p.nested(1, precedenceMinus)
		if left == nil {
			return nil
		}
		return p.doneArith(&arith{op: arithNeg, left: left, pos: flow.Span{Start: tok.pos.Start, End: left.pos.End}})
	case tokenProtocol:
		p.advance()
		if p.tok.kind != tokenLeftBracket {
			p.fail("`[`")
			return nil
		}
		return p.load(tok)
	case tokenLeftParen:
		p.advance()
		a := p.nested(1, 0)
		p.want(tokenRightParen, "an operator or `)`")
		if a != nil && p.err == nil {
			a.pos = p.from(tok.pos.Start)
		}
		return a
	}
	p.fail("a number, `len`, PROTOCOL[OFFSET:SIZE], `-` or `(`")
	return nil
}

// load parses the brackets after the name of a protocol.
func (p *parser) load(proto token) *arith {
	p.advance()
	a := &arith{op: arithLoad, proto: proto.proto, num: 1}
	if a.left = p.nested(2, 0); a.left == nil {
		return nil
	}
	expected := "an operator, `:` or `]`"
	if p.accept(tokenColon) {
		a.num = p.want(tokenNumber, "the number of bytes: 1, 2 or 4").num
		expected = "`]`"
	}
	p.want(tokenRightBracket, expected)
	a.pos = p.from(proto.pos.Start)
	return p.doneArith(a)
}

const expectedComparison = "an operator or a comparison: `=`, `!=`, `<`, `<=`, `>` or `>=`"

// relation parses the comparison that arithmetic must end in, unless a
// parenthesis around the arithmetic closes first.
func (p *parser) relation(a *arith, place operandPlace) operand {
	if a == nil {
		return operand{}
	}
	if place.inner && p.tok.kind == tokenRightParen && a.op != arithNumber {
		return operand{kind: operandArith, arith: a}
	}
	rel, ok := p.comparison()
	if !ok {
		p.fail(expectedComparison)
		return operand{}
	}
	b := p.nested(2, 0)
	if b == nil {
		return operand{}
	}
	t := &term{op: termRelation, rel: rel, args: [2]*arith{a, b}, pos: flow.Span{Start: a.pos.Start, End: b.pos.End}}
	return operand{term: p.doneTerm(t), qual: noQualifiers}
}

func (p *parser) comparison() (rel relation, ok bool) {
	switch p.tok.kind {
	case tokenEqual:
		rel = relEqual
	case tokenNotEqual:
		rel = relNotEqual
	case tokenGreater:
		rel = relGreater
	case tokenGreaterEqual:
		rel = relGreaterEqual
	case tokenLess:
		rel = relLess
	case tokenLessEqual:
		rel = relLessEqual
	default:
		return 0, false
	}
	p.advance()
	return rel, true
}
