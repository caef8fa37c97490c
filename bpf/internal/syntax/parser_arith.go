package syntax

// arithPrecedence orders the operators; and and or of terms come below all.
// `%` and `^` have none: they take everything to their right, and nothing to
// their left is completed before them.
func arithPrecedence(kind tokenKind) (op arithOp, precedence int) {
	switch kind {
	case tokenBar:
		return ArithOr, 1
	case tokenAmpersand:
		return ArithAnd, 2
	case tokenShiftLeft:
		return ArithLsh, 3
	case tokenShiftRight:
		return ArithRsh, 3
	case tokenPlus:
		return ArithAdd, 4
	case tokenMinus:
		return ArithSub, 4
	case tokenStar:
		return ArithMul, 5
	case tokenSlash:
		return ArithDiv, 5
	case tokenPercent:
		return ArithMod, greedy
	case tokenCaret:
		return ArithXor, greedy
	}
	return ArithNumber, 0
}

const (
	precedenceMinus = 6
	greedy          = 7
)

// arithmetic parses an arithmetic expression of operators that bind more
// tightly than above. It returns nil after an error.
func (p *parser) arithmetic(above int) *Arith {
	a := p.arithOperand()
	if a != nil {
		a = p.moreArithmetic(a, above)
	}
	return a
}

// nested is arithmetic behind so many symbols that libpcap's parser would keep.
func (p *parser) nested(symbols, above int) *Arith {
	if !p.deeper(symbols) {
		return nil
	}
	a := p.arithmetic(above)
	p.depth -= symbols
	return a
}

func (p *parser) moreArithmetic(left *Arith, above int) *Arith {
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
		left = p.doneArith(&Arith{Op: op, Left: left, Right: right, Pos: Span{Start: left.Pos.Start, End: right.Pos.End}})
	}
	return left
}

func (p *parser) arithOperand() *Arith {
	tok := p.tok
	switch tok.kind {
	case tokenNumber:
		p.advance()
		return p.doneArith(&Arith{Op: ArithNumber, Num: tok.num, Pos: tok.pos})
	case tokenLen:
		p.advance()
		return p.doneArith(&Arith{Op: ArithLength, Pos: tok.pos})
	case tokenMinus:
		p.advance()
		left := p.nested(1, precedenceMinus)
		if left == nil {
			return nil
		}
		return p.doneArith(&Arith{Op: ArithNeg, Left: left, Pos: Span{Start: tok.pos.Start, End: left.Pos.End}})
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
			a.Pos = p.from(tok.pos.Start)
		}
		return a
	}
	p.fail("a number, `len`, PROTOCOL[OFFSET:SIZE], `-` or `(`")
	return nil
}

// load parses the brackets after the name of a protocol.
func (p *parser) load(proto token) *Arith {
	p.advance()
	a := &Arith{Op: ArithLoad, Proto: proto.proto, Num: 1}
	if a.Left = p.nested(2, 0); a.Left == nil {
		return nil
	}
	expected := "an operator, `:` or `]`"
	if p.accept(tokenColon) {
		a.Num = p.want(tokenNumber, "the number of bytes: 1, 2 or 4").num
		expected = "`]`"
	}
	p.want(tokenRightBracket, expected)
	a.Pos = p.from(proto.pos.Start)
	return p.doneArith(a)
}

const expectedComparison = "an operator or a comparison: `=`, `!=`, `<`, `<=`, `>` or `>=`"

// relation parses the comparison that arithmetic must end in, unless a
// parenthesis around the arithmetic closes first.
func (p *parser) relation(a *Arith, place operandPlace) operand {
	if a == nil {
		return operand{}
	}
	if place.inner && p.tok.kind == tokenRightParen && a.Op != ArithNumber {
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
	t := &Term{Op: TermRelation, Rel: rel, Args: [2]*Arith{a, b}, Pos: Span{Start: a.Pos.Start, End: b.Pos.End}}
	return operand{term: p.doneTerm(t), qual: noQualifiers}
}

func (p *parser) comparison() (rel Relation, ok bool) {
	switch p.tok.kind {
	case tokenEqual:
		rel = RelEqual
	case tokenNotEqual:
		rel = RelNotEqual
	case tokenGreater:
		rel = RelGreater
	case tokenGreaterEqual:
		rel = RelGreaterEqual
	case tokenLess:
		rel = RelLess
	case tokenLessEqual:
		rel = RelLessEqual
	default:
		return 0, false
	}
	p.advance()
	return rel, true
}
