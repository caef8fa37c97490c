package syntax

// tokenKind is what the parser goes by.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenBad           // no token; the lexer's error says why
	tokenNumber
	tokenName   // a host, network, port or protocol, or what an option is called
	tokenMAC    // six bytes
	tokenARCnet // $ and one byte
	tokenIPv4   // two to four numbers with dots between them
	tokenIPv6
	tokenProtocol // token.proto says which

	tokenLeftParen
	tokenRightParen
	tokenLeftBracket
	tokenRightBracket
	tokenColon
	tokenNot
	tokenAnd
	tokenOr
	tokenEqual
	tokenNotEqual
	tokenGreater
	tokenGreaterEqual
	tokenLess
	tokenLessEqual
	tokenPlus
	tokenMinus
	tokenStar
	tokenSlash
	tokenPercent
	tokenAmpersand
	tokenBar
	tokenCaret
	tokenShiftLeft
	tokenShiftRight

	tokenDirection // token.num is a direction
	tokenSrc
	tokenDst
	tokenAddress // token.num is an addressType
	tokenProto
	tokenProtochain
	tokenGateway
	tokenMask
	tokenBroadcast
	tokenMulticast
	tokenLen
	tokenTerm // a word that makes or begins a term; token.num is its termOp
	tokenWlanType
	tokenWlanSubtype
	tokenWlanDir
	tokenATMField // token.num is a termOp
	tokenMTPField // token.num is a termOp
)

// token is a word of an expression.
type token struct {
	kind  tokenKind
	proto Protocol
	num   uint32
	text  string // as written, an escaped name without its backslash
	pos   Span
}
