package syntax

import "github.com/tapdump/tapdump/versions"

// maxDepth bounds the nesting of an expression. It is counted in symbols that
// libpcap's parser would have on its stack, which gives up at 10,000: one for a
// parenthesis, `not` and minus, two for a protocol and its bracket, and for an
// operator and what stands to its left.
const maxDepth = 9990

const syntaxError = "can't parse filter expression: syntax error"

// parser is a recursive-descent parser. Its first error sticks and turns the
// rest of the expression into its end.
//
// Terms and arithmetic nodes are put down as steps when they are complete: the
// generator takes them in that order, for what is wrong with a whole term
// counts before what is wrong in the syntax after it, and a term such as `vlan`
// changes what the terms to its right look at.
type parser struct {
	lex   lexer
	tok   token
	last  Span // of the token before tok
	expr  *Expr
	depth int
	newer bool // words that came with libpcap 1.11 are known
	like  versions.Version
	err   *Error
}

// Bounds on expressions; those on what is made of them are the generator's.
const (
	// MaxLength is the length in bytes of the longest expression.
	MaxLength = 16 << 20

	maxTerms    = 250_000
	maxOperands = 1_000_000 // of arithmetic
)

// Parse reads an expression, with the words that came with libpcap 1.11 or
// without, and refuses it as the libpcap beside a version of tcpdump does. It
// returns as much of it as is understood, even with an error.
func Parse(src string, newer bool, like versions.Version) (*Expr, *Error) {
	p := parser{lex: lexer{src: src, like: like}, expr: &Expr{Src: src}, newer: newer, like: like}
	if len(src) > MaxLength {
		return p.expr, TooLong("%d bytes, at most %d can be compiled", len(src), MaxLength)
	}
	p.advance()
	if p.tok.kind != tokenEnd {
		first := p.operand(Qualifiers{Typ: TypeNone}, operandPlace{})
		p.expr.Root = p.terms(first).term
		p.want(tokenEnd, "`and`, `or` or the end")
	}
	if p.err == nil {
		p.err = p.lex.err
	}
	if p.err != nil {
		p.err.Syntax = !p.err.Bound
	}
	return p.expr, p.err
}

func (p *parser) advance() {
	p.last = p.tok.pos
	p.tok = p.lex.next()
	if p.err != nil {
		p.tok.kind = tokenEnd
	}
}

// fail puts down the first error, at the current token.
func (p *parser) fail(expected string) {
	p.failAt(p.tok.pos, expected, syntaxError)
}

func (p *parser) failAt(pos Span, expected, format string, args ...any) {
	if p.err != nil {
		return
	}
	p.err = p.lex.err
	if p.err == nil {
		p.err = NewError(p.lex.src, pos, format, args...)
		p.err.Expected = expected
	}
	p.tok.kind = tokenEnd
}

// stop ends parsing with an error.
func (p *parser) stop(err *Error) {
	p.err = err
	p.tok.kind = tokenEnd
}

// want passes a token of the kind or fails.
func (p *parser) want(kind tokenKind, expected string) token {
	tok := p.tok
	if tok.kind != kind {
		p.fail(expected)
		return token{pos: tok.pos}
	}
	if kind != tokenEnd {
		p.advance()
	}
	return tok
}

func (p *parser) accept(kind tokenKind) bool {
	if p.tok.kind != kind || p.err != nil {
		return false
	}
	p.advance()
	return true
}

// deeper counts symbols that nest what follows, and reports whether there may be
// as many.
func (p *parser) deeper(symbols int) bool {
	p.depth += symbols
	if p.depth > maxDepth {
		p.failAt(p.tok.pos, "", "can't parse filter expression: memory exhausted")
		return false
	}
	return true
}

func (p *parser) doneTerm(t *Term) *Term {
	if p.err == nil {
		t.Step = len(p.expr.Steps)
		p.expr.Steps = append(p.expr.Steps, step{Term: t})
		if p.expr.Terms++; p.expr.Terms > maxTerms {
			p.stop(TooLong("more than %d terms", maxTerms))
		}
	}
	return t
}

func (p *parser) doneArith(a *Arith) *Arith {
	if p.err == nil {
		a.Step = len(p.expr.Steps)
		p.expr.Steps = append(p.expr.Steps, step{Arith: a})
		if len(p.expr.Steps)-p.expr.Terms > maxOperands {
			p.stop(TooLong("more than %d operands", maxOperands))
		}
	}
	return a
}

// from is the span from start to the end of the last token.
func (p *parser) from(start int32) Span {
	return Span{Start: start, End: max(start, p.last.End)}
}

// operandKind says what an operand of and, or, not turned out to be.
type operandKind uint8

const (
	operandTerm   operandKind = iota
	operandID                 // an address that takes over its qualifiers
	operandNumber             // a number, before it is decided whether it is an address
	operandArith              // arithmetic, only where a parenthesis around it may close
)

type operand struct {
	kind  operandKind
	term  *Term
	arith *Arith
	num   token
	qual  Qualifiers // which an address to the right takes over
}

// operandPlace says what may stand in a place.
type operandPlace struct {
	id     bool // an address without qualifiers
	idList bool // or several in parentheses
	inner  bool // it follows a parenthesis, so that arithmetic may end there
}

// terms parses the rest of a list of terms and addresses joined by and and or,
// which have the same precedence and associate to the left.
func (p *parser) terms(first operand) operand {
	left := first
	for p.err == nil && (p.tok.kind == tokenAnd || p.tok.kind == tokenOr) {
		op := TermAnd
		if p.tok.kind == tokenOr {
			op = TermOr
		}
		p.advance()
		if !p.deeper(2) {
			return left
		}
		right := p.operand(left.qual, operandPlace{id: true, idList: true})
		p.depth -= 2
		left = operand{kind: operandTerm, term: join(op, left.term, right.term), qual: right.qual}
	}
	return left
}

func join(op TermOp, left, right *Term) *Term {
	if left == nil || right == nil { // after an error
		return left
	}
	return &Term{Op: op, Left: left, Right: right, Pos: Span{Start: left.Pos.Start, End: right.Pos.End}}
}

// ids parses the rest of a list of addresses in parentheses.
func (p *parser) ids(first operand) operand {
	left := first
	for p.err == nil && (p.tok.kind == tokenAnd || p.tok.kind == tokenOr) {
		op := TermAnd
		if p.tok.kind == tokenOr {
			op = TermOr
		}
		p.advance()
		if !p.deeper(2) {
			return left
		}
		right := p.id(left.qual, true)
		p.depth -= 2
		left = operand{kind: operandID, term: join(op, left.term, right.term), qual: right.qual}
	}
	return left
}

const expectedTerm = "a primitive such as `tcp`, `host NAME`, `port 80`, `ip[8] = 1` or `not ...`"

// operand parses one operand of and, or, not. q are the qualifiers that an
// address takes over.
func (p *parser) operand(q Qualifiers, place operandPlace) operand {
	start := p.tok.pos.Start
	switch p.tok.kind {
	case tokenNot:
		return p.negated(q, place)
	case tokenLeftParen:
		return p.parenthesis(q, place)
	case tokenNumber:
		tok := p.tok
		p.advance()
		return p.number(tok, q, place)
	case tokenMinus, tokenLen:
		return p.relation(p.arithmetic(0), place)
	case tokenName, tokenMAC, tokenARCnet, tokenIPv4, tokenIPv6:
		if p.newer && p.tok.kind == tokenName {
			if tok, ok := newerKeyword(p.lex.src[start:p.tok.pos.End]); ok {
				p.expr.Newer = true
				p.tok.num = tok.num
				return operand{term: p.keywordTerm(), qual: noQualifiers}
			}
		}
		if !place.id {
			p.fail(expectedTerm)
			return operand{}
		}
		return operand{kind: operandID, term: p.address(q), qual: q}
	case tokenProtocol:
		return p.protocol(place)
	case tokenTerm:
		return operand{term: p.keywordTerm(), qual: noQualifiers}
	case tokenATMField, tokenMTPField:
		return operand{term: p.field(), qual: noQualifiers}
	}
	return p.qualified(QualDefault, start)
}

func (p *parser) negated(q Qualifiers, place operandPlace) operand {
	start := p.tok.pos.Start
	p.advance()
	if !p.deeper(1) {
		return operand{}
	}
	o := p.operand(q, operandPlace{id: place.id, idList: place.id})
	p.depth--
	if o.term == nil {
		return operand{}
	}
	o.term = &Term{Op: TermNot, Left: o.term, Pos: Span{Start: start, End: o.term.Pos.End}}
	return o
}

// parenthesis parses what is in parentheses: terms, addresses, arithmetic or a
// number, which its first operand decides.
func (p *parser) parenthesis(q Qualifiers, place operandPlace) operand {
	start := p.tok.pos.Start
	p.advance()
	if !p.deeper(1) {
		return operand{}
	}
	o := p.operand(q, operandPlace{id: place.idList, inner: true})
	switch o.kind {
	case operandTerm:
		o = p.terms(o)
	case operandID:
		o = p.ids(o)
	}
	p.depth--
	p.want(tokenRightParen, "`and`, `or` or `)`")
	switch o.kind {
	case operandNumber:
		o.num.pos = p.from(start)
		return p.number(o.num, q, place)
	case operandArith:
		return p.relation(p.moreArithmetic(o.arith, 0), place)
	}
	if o.term == nil {
		return operand{}
	}
	o.term.Pos = p.from(start)
	if o.kind == operandTerm {
		o.qual = q
	}
	return o
}

// number decides what a number is by what follows it: an address or the
// beginning of arithmetic.
func (p *parser) number(tok token, q Qualifiers, place operandPlace) operand {
	switch p.tok.kind {
	case tokenRightParen:
		if place.inner {
			return operand{kind: operandNumber, num: tok}
		}
		fallthrough
	case tokenEnd, tokenAnd, tokenOr:
		if place.id && !(place.inner && p.tok.kind == tokenEnd) {
			return operand{kind: operandID, term: p.numberAddress(tok, q), qual: q}
		}
	}
	a := p.doneArith(&Arith{Op: ArithNumber, Num: tok.num, Pos: tok.pos})
	return p.relation(p.moreArithmetic(a, 0), place)
}

func (p *parser) numberAddress(tok token, q Qualifiers) *Term {
	return p.doneTerm(&Term{Op: TermAddress, Kind: AddressNumber, Num: tok.num, Text: tok.text, Qual: q, Pos: tok.pos})
}

// id parses an address that has its qualifiers from the left; list allows
// several in parentheses.
func (p *parser) id(q Qualifiers, list bool) operand {
	start := p.tok.pos.Start
	switch p.tok.kind {
	case tokenNumber:
		tok := p.tok
		p.advance()
		return operand{kind: operandID, term: p.numberAddress(tok, q), qual: q}
	case tokenNot:
		return p.negatedID(q)
	case tokenName, tokenMAC, tokenARCnet, tokenIPv4, tokenIPv6:
		return operand{kind: operandID, term: p.address(q), qual: q}
	case tokenLeftParen:
		if list {
			return p.idList(q, start)
		}
	}
	p.fail(expectedAddress(q))
	return operand{}
}

func (p *parser) negatedID(q Qualifiers) operand {
	start := p.tok.pos.Start
	p.advance()
	if !p.deeper(1) {
		return operand{}
	}
	o := p.id(q, true)
	p.depth--
	if o.term != nil {
		o.term = &Term{Op: TermNot, Left: o.term, Pos: Span{Start: start, End: o.term.Pos.End}}
	}
	return o
}

// idList parses addresses in parentheses, or a number in any number of them.
func (p *parser) idList(q Qualifiers, start int32) operand {
	p.advance()
	if !p.deeper(1) {
		return operand{}
	}
	var o operand
	if tok, ok := p.parenNumber(); ok {
		if p.tok.kind == tokenRightParen {
			p.advance()
			p.depth--
			tok.pos = p.from(start)
			return operand{kind: operandID, term: p.numberAddress(tok, q), qual: q}
		}
		o = operand{kind: operandID, term: p.numberAddress(tok, q), qual: q}
	} else {
		o = p.id(q, false)
	}
	o = p.ids(o)
	p.depth--
	p.want(tokenRightParen, "`and`, `or` or `)`")
	if o.term != nil {
		o.term.Pos = p.from(start)
	}
	return o
}

// parenNumber parses a number, in parentheses or not. ok is false when there is
// neither number nor parenthesis.
func (p *parser) parenNumber() (tok token, ok bool) {
	switch p.tok.kind {
	case tokenNumber:
		tok = p.tok
		p.advance()
		return tok, true
	case tokenLeftParen:
		start := p.tok.pos.Start
		p.advance()
		if !p.deeper(1) {
			return token{}, true
		}
		if tok, ok = p.parenNumber(); !ok {
			p.fail("a number")
		}
		p.want(tokenRightParen, "`)`")
		p.depth--
		tok.pos = p.from(start)
		return tok, true
	}
	return token{}, false
}

// address parses a name or an address that is not a plain number.
func (p *parser) address(q Qualifiers) *Term {
	t := &Term{Op: TermAddress, Qual: q, Text: p.tok.text, Pos: p.tok.pos}
	kind := p.tok.kind
	p.advance()
	switch kind {
	case tokenName:
		t.Kind = AddressName
	case tokenMAC:
		t.Kind = AddressMAC
	case tokenARCnet:
		t.Kind = AddressARCnet
	case tokenIPv4:
		t.Kind = AddressIPv4
		if p.accept(tokenSlash) {
			t.Kind = AddressIPv4Prefix
			t.Num = p.want(tokenNumber, "the length of a prefix, 0 to 32").num
		} else if p.accept(tokenMask) {
			t.Kind = AddressIPv4Mask
			t.Mask = p.want(tokenIPv4, "a mask such as 255.255.0.0").text
		}
	case tokenIPv6:
		t.Kind = AddressIPv6
		if p.accept(tokenSlash) {
			t.Kind = AddressIPv6Prefix
			t.Num = p.want(tokenNumber, "the length of a prefix, 0 to 128").num
		}
	}
	t.Pos = p.from(t.Pos.Start)
	return p.doneTerm(t)
}

// protocol parses what begins with the name of a protocol.
func (p *parser) protocol(place operandPlace) operand {
	tok := p.tok
	p.advance()
	switch p.tok.kind {
	case tokenLeftBracket:
		return p.relation(p.moreArithmetic(p.load(tok), 0), place)
	case tokenEnd, tokenAnd, tokenOr, tokenRightParen:
		t := &Term{Op: TermProtocol, Qual: Qualifiers{Proto: tok.proto}, Pos: tok.pos}
		return operand{term: p.doneTerm(t), qual: noQualifiers}
	}
	return p.qualified(tok.proto, tok.pos.Start)
}

const expectedQualifier = "`src`, `dst`, `host`, `net`, `port`, `portrange`, `proto`, `broadcast`, `multicast`, `[` or the end of the term"

// qualified parses a primitive after its protocol.
func (p *parser) qualified(proto Protocol, start int32) operand {
	t := &Term{Qual: Qualifiers{Proto: proto}}
	switch p.tok.kind {
	case tokenBroadcast, tokenMulticast:
		t.Op = TermBroadcast
		if p.tok.kind == tokenMulticast {
			t.Op = TermMulticast
		}
		p.advance()
		t.Pos = p.from(start)
		return operand{term: p.doneTerm(t), qual: noQualifiers}
	case tokenWlanType, tokenWlanSubtype, tokenWlanDir:
		p.wlan(t)
		t.Pos = p.from(start)
		return operand{term: p.doneTerm(t), qual: noQualifiers}
	}
	q, ok := p.qualifiers(proto)
	if !ok {
		if proto != QualDefault {
			p.fail(expectedQualifier)
		} else {
			p.fail(expectedTerm)
		}
		return operand{}
	}
	o := p.id(q, true)
	if o.term != nil {
		o.term.Pos = p.from(start)
	}
	return o.asTerm()
}

func (o operand) asTerm() operand {
	o.kind = operandTerm
	return o
}

// qualifiers parses direction and type; ok is false when there is neither.
func (p *parser) qualifiers(proto Protocol) (q Qualifiers, ok bool) {
	q.Proto = proto
	switch p.tok.kind {
	case tokenProto:
		q.Typ = TypeProto
		p.advance()
		return q, true
	case tokenProtochain:
		q.Typ = TypeProtochain
		p.advance()
		return q, true
	case tokenGateway:
		q.Typ = TypeGateway
		p.advance()
		return q, true
	case tokenDirection:
		q.Dir = Direction(p.tok.num)
		p.advance()
	case tokenSrc, tokenDst:
		q.Dir = p.sourceDestination()
	case tokenAddress:
	default:
		return q, false
	}
	if p.tok.kind == tokenAddress && p.err == nil {
		q.Typ = AddressType(p.tok.num)
		p.advance()
	}
	return q, true
}

func (p *parser) sourceDestination() Direction {
	dir, other := DirSrc, tokenDst
	if p.tok.kind == tokenDst {
		dir, other = DirDst, tokenSrc
	}
	p.advance()
	switch {
	case p.accept(tokenOr):
		dir = DirEither
	case p.accept(tokenAnd):
		dir = DirBoth
	default:
		return dir
	}
	if other == tokenDst {
		p.want(other, "`dst`")
	} else {
		p.want(other, "`src`")
	}
	return dir
}

func expectedAddress(q Qualifiers) string {
	switch q.Typ {
	case TypePort:
		return "the name or number of a port"
	case TypePortRange:
		return "a range of ports such as 6000-6008"
	case TypeNet:
		return "the name or address of a network"
	case TypeProto, TypeProtochain:
		return "the name or number of a protocol"
	}
	return "`host`, `net`, `port` or the name or address of a host"
}
