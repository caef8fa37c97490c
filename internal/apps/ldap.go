package apps

// LDAP: RFC 4511 (messages), RFC 4515 (filters as text), RFC 4513 (StartTLS, SASL);
// over UDP as in RFC 1798, which domain controllers still speak.

const (
	// ldapTextMax is how many bytes of a message are waited for.
	ldapTextMax    = 4096
	ldapMessageMax = 1 << 28
	ldapFilterMax  = nameMax
	ldapDepthMax   = 8 // of filters in filters
)

// Tags of BER (X.690).
const (
	ldapInteger    = 0x02
	ldapOctets     = 0x04
	ldapEnumerated = 0x0a
	ldapSequence   = 0x30
)

// Tags of operations (RFC 4511, section 4).
const (
	ldapBindRequest      = 0x60
	ldapBindResponse     = 0x61
	ldapUnbindRequest    = 0x42
	ldapSearchRequest    = 0x63
	ldapDelRequest       = 0x4a
	ldapAbandonRequest   = 0x50
	ldapReference        = 0x73
	ldapExtendedRequest  = 0x77
	ldapExtendedResponse = 0x78
	ldapIntermediate     = 0x79
)

var ldapOperations = codes{ldapBindRequest: "BindRequest", ldapBindResponse: "BindResponse", ldapUnbindRequest: "UnbindRequest",
	ldapSearchRequest: "SearchRequest", 0x64: "SearchResultEntry", 0x65: "SearchResultDone", ldapReference: "SearchResultReference",
	0x66: "ModifyRequest", 0x67: "ModifyResponse", 0x68: "AddRequest", 0x69: "AddResponse", ldapDelRequest: "DelRequest",
	0x6b: "DelResponse", 0x6c: "ModifyDNRequest", 0x6d: "ModifyDNResponse", 0x6e: "CompareRequest", 0x6f: "CompareResponse",
	ldapAbandonRequest: "AbandonRequest", ldapExtendedRequest: "ExtendedRequest", ldapExtendedResponse: "ExtendedResponse",
	ldapIntermediate: "IntermediateResponse"}

// ldapResults are result codes (RFC 4511, appendix A.1).
var ldapResults = codes{"success", "operationsError", "protocolError", "timeLimitExceeded", "sizeLimitExceeded", "compareFalse",
	"compareTrue", "authMethodNotSupported", "strongerAuthRequired", 10: "referral", 11: "adminLimitExceeded",
	12: "unavailableCriticalExtension", 13: "confidentialityRequired", 14: "saslBindInProgress", 16: "noSuchAttribute",
	17: "undefinedAttributeType", 18: "inappropriateMatching", 19: "constraintViolation", 20: "attributeOrValueExists",
	21: "invalidAttributeSyntax", 32: "noSuchObject", 33: "aliasProblem", 34: "invalidDNSyntax", 36: "aliasDereferencingProblem",
	48: "inappropriateAuthentication", 49: "invalidCredentials", 50: "insufficientAccessRights", 51: "busy", 52: "unavailable",
	53: "unwillingToPerform", 54: "loopDetect", 64: "namingViolation", 65: "objectClassViolation", 66: "notAllowedOnNonLeaf",
	67: "notAllowedOnRDN", 68: "entryAlreadyExists", 69: "objectClassModsProhibited", 71: "affectsMultipleDSAs", 80: "other"}

var ldapScopes = codes{"base", "one", "sub", "children"}

// ldapState is what is kept of a conversation.
type ldapState struct{ sasl bool } // whoever wraps messages has been asked for

// ldapHeader is the tag of a value in BER, its length, and how long both are. maybe:
// more is needed; no: it is of a form that LDAP does not use.
func ldapHeader(b []byte) (tag byte, length, size int, v verdict) {
	if len(b) < 2 {
		if len(b) == 1 {
			tag = b[0]
		}
		return tag, 0, 0, maybe
	}
	tag, length, size = b[0], int(b[1]), 2
	if length < 0x80 {
		return tag, length, size, yes
	}
	size += length & 0x7f
	if size > 2+4 || size == 2 {
		return tag, 0, 0, no
	}
	if len(b) < size {
		return tag, 0, 0, maybe
	}
	n := uint32(0)
	for _, c := range b[2:size] {
		n = n<<8 | uint32(c)
	}
	if n > ldapMessageMax {
		return tag, 0, 0, no
	}
	return tag, int(n), size, yes
}

// ldapValue takes a value off b: its tag, its bytes as far as they are there, and what
// follows it.
func ldapValue(b []byte) (tag byte, value, rest []byte, ok bool) {
	tag, n, size, v := ldapHeader(b)
	if v != yes {
		return 0, nil, nil, false
	}
	end := min(size+n, len(b))
	return tag, b[size:end], b[end:], true
}

// ldapNumber is the value of an integer.
func ldapNumber(b []byte) (n uint64) {
	for _, c := range b[:min(len(b), 8)] {
		n = n<<8 | uint64(c)
	}
	return n
}

// ldapBegins: a sequence that has a number and an operation, whose lengths fit into
// each other and which begins as it has to.
func ldapBegins(t *talk, b []byte) verdict {
	tag, outer, size, v := ldapHeader(b)
	if tag != ldapSequence || v != yes {
		return min(v, maybeIf(tag == ldapSequence))
	}
	rest := b[size:]
	tag, n, size, v := ldapHeader(rest)
	if v != yes || tag != ldapInteger || n < 1 || n > 4 {
		return min(v, maybeIf(len(rest) == 0 || tag == ldapInteger && v == maybe))
	}
	if len(rest) < size+n {
		return maybe
	}
	if rest[size] >= 0x80 { // negative
		return no
	}
	outer -= size + n
	rest = rest[size+n:]
	tag, n, size, v = ldapHeader(rest)
	if len(rest) > 0 && ldapOperations.word(uint64(tag)) == "" {
		return no
	}
	if v != yes {
		return v
	}
	if size+n > outer {
		return no
	}
	v = ldapOperation(tag, n, rest[size:])
	if v == yes && tag != ldapIntermediate {
		if ldapAsks(tag) {
			t.isClient()
		} else {
			t.isServer()
		}
	}
	return v
}

// ldapAsks reports whether an operation is a client's.
func ldapAsks(tag byte) bool {
	switch tag {
	case ldapBindRequest, ldapUnbindRequest, ldapSearchRequest, 0x66, 0x68, ldapDelRequest, 0x6c, 0x6e, ldapAbandonRequest, ldapExtendedRequest:
		return true
	}
	return false
}

// ldapOperation reports whether an operation of n bytes may begin with b.
func ldapOperation(tag byte, n int, b []byte) verdict {
	want := byte(ldapOctets)
	switch tag {
	case ldapUnbindRequest:
		return yesIf(n == 0)
	case ldapAbandonRequest:
		return yesIf(n >= 1 && n <= 4)
	case ldapDelRequest:
		return yesIf(n > 0 && (len(b) == 0 || printable(b[:min(n, len(b))])))
	case ldapBindRequest:
		want = ldapInteger
	case 0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, ldapExtendedResponse:
		want = ldapEnumerated
	case ldapExtendedRequest:
		want = 0x80
	case ldapIntermediate:
		if len(b) > 0 && b[0] == 0x81 {
			want = 0x81
		} else {
			want = 0x80
		}
	}
	if len(b) == 0 {
		return maybeIf(n > 0)
	}
	inner, length, size, v := ldapHeader(b)
	if inner != want || v == no {
		return no
	}
	if v == maybe {
		return maybe
	}
	if size+length > n || (want == ldapInteger || want == ldapEnumerated) && length != 1 {
		return no
	}
	return yes
}

func ldapRead(t *talk, b []byte) int {
	state, _ := t.state().(*ldapState)
	if state == nil {
		state = new(ldapState)
		t.keep(state, 16)
	}
	tag, length, size, v := ldapHeader(b)
	if tag != ldapSequence && state.sasl && b[0] == 0 {
		return opaque // a length of four bytes, and what SASL made of messages
	}
	if tag != ldapSequence || v == no {
		return strange
	}
	n := size + length
	if v == maybe || len(b) < min(n, ldapTextMax) && !t.cut {
		return 0
	}
	ldapMessage(t, state, b[size:min(n, len(b), ldapTextMax)])
	return n
}

// ldapDatagram: a message fills it.
func ldapDatagram(t *talk, b []byte) bool {
	if len(b) == 0 || ldapBegins(t, b) != yes {
		return false
	}
	_, length, size, _ := ldapHeader(b)
	if size+length != t.p.Length {
		return false
	}
	var state ldapState
	ldapMessage(t, &state, b[size:])
	return true
}

func ldapMessage(t *talk, state *ldapState, b []byte) {
	_, _, rest, _ := ldapValue(b) // its number
	tag, op, _, ok := ldapValue(rest)
	name := ldapOperations.word(uint64(tag))
	if !ok || name == "" {
		return
	}
	t.say("LDAP ", name)
	switch tag {
	case ldapBindRequest:
		ldapBind(t, state, op)
	case ldapSearchRequest:
		ldapSearch(t, op)
	case ldapDelRequest:
		t.item("", op)
	case ldapAbandonRequest:
		t.itemNumber("message", ldapNumber(op))
	case ldapExtendedRequest:
		_, oid, _, _ := ldapValue(op)
		ldapExtended(t, oid)
	case ldapReference, 0x64, 0x66, 0x68, 0x6c, 0x6e: // a name is in front
		if _, dn, _, ok := ldapValue(op); ok {
			t.item("", dn)
		}
	case ldapBindResponse, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, ldapExtendedResponse:
		ldapResult(t, op)
	}
}

func ldapBind(t *talk, state *ldapState, b []byte) {
	_, _, rest, _ := ldapValue(b) // version
	_, name, rest, ok := ldapValue(rest)
	if !ok {
		return
	}
	if len(name) > 0 {
		t.item("name", name)
	}
	switch tag, auth, _, ok := ldapValue(rest); {
	case !ok:
	case tag == 0x80 && len(auth) == 0 && len(name) == 0:
		t.itemWord("", "anonymous")
	case tag == 0x80:
		t.itemWord("", "simple")
	case tag == 0xa3:
		state.sasl = true
		if _, mechanism, _, ok := ldapValue(auth); ok {
			t.item("SASL", mechanism)
		}
	}
}

func ldapSearch(t *talk, b []byte) {
	_, base, rest, ok := ldapValue(b)
	if !ok {
		return
	}
	t.item("base", base)
	_, scope, rest, ok := ldapValue(rest)
	if !ok {
		return
	}
	t.itemCode("scope", ldapScopes, ldapNumber(scope))
	for range 4 { // aliases, limits of size and time, only types
		_, _, rest, _ = ldapValue(rest)
	}
	if len(rest) > 0 {
		var text [ldapFilterMax + 1]byte
		t.item("filter", ldapFilter(text[:0], rest, 0))
	}
}

// ldapFilter appends the filter that b begins with, as RFC 4515 writes it, as far as
// there is room.
func ldapFilter(text, b []byte, depth int) []byte {
	tag, value, _, ok := ldapValue(b)
	if !ok || depth > ldapDepthMax {
		return ldapAppend(text, "...")
	}
	text = ldapAppend(text, "(")
	switch tag {
	case 0xa0, 0xa1, 0xa2:
		text = ldapAppend(text, [...]string{"&", "|", "!"}[tag&3])
		for len(value) > 0 && len(text) < cap(text) {
			text = ldapFilter(text, value, depth+1)
			_, _, value, _ = ldapValue(value)
		}
	case 0xa3, 0xa5, 0xa6, 0xa8:
		_, attribute, rest, _ := ldapValue(value)
		_, assertion, _, _ := ldapValue(rest)
		text = ldapAppend(text, attribute)
		text = ldapAppend(text, [...]string{3: "=", 5: ">=", 6: "<=", 8: "~="}[tag&15])
		text = ldapAppend(text, assertion)
	case 0xa4:
		text = ldapSubstrings(text, value)
	case 0x87:
		text = ldapAppend(text, value)
		text = ldapAppend(text, "=*")
	case 0xa9:
		text = ldapMatching(text, value)
	default:
		text = ldapAppend(text, "?")
	}
	return ldapAppend(text, ")")
}

func ldapSubstrings(text, b []byte) []byte {
	_, attribute, rest, _ := ldapValue(b)
	_, parts, _, _ := ldapValue(rest)
	text = ldapAppend(text, attribute)
	text = ldapAppend(text, "=")
	const first, last = 0x80, 0x82
	star := true
	for len(parts) > 0 {
		tag, part, rest, ok := ldapValue(parts)
		if !ok {
			break
		}
		if tag != first {
			text = ldapAppend(text, "*")
		}
		text = ldapAppend(text, part)
		star, parts = tag != last, rest
	}
	if star {
		text = ldapAppend(text, "*")
	}
	return text
}

// ldapMatching appends an extensible match: rule, attribute, value, and whether the
// parts of names count too.
func ldapMatching(text, b []byte) []byte {
	var parts [4][]byte
	for len(b) > 0 {
		tag, value, rest, ok := ldapValue(b)
		if !ok {
			break
		}
		if tag >= 0x81 && tag <= 0x84 {
			parts[tag-0x81] = value
		}
		b = rest
	}
	text = ldapAppend(text, parts[1])
	if len(parts[3]) > 0 && parts[3][0] != 0 {
		text = ldapAppend(text, ":dn")
	}
	if len(parts[0]) > 0 {
		text = ldapAppend(text, ":")
		text = ldapAppend(text, parts[0])
	}
	text = ldapAppend(text, ":=")
	return ldapAppend(text, parts[2])
}

func ldapAppend[T string | []byte](text []byte, more T) []byte {
	return append(text, more[:min(len(more), cap(text)-len(text))]...)
}

func ldapExtended(t *talk, oid []byte) {
	switch string(oid) {
	case "1.3.6.1.4.1.1466.20037":
		t.itemWord("", "StartTLS")
	case "1.3.6.1.4.1.4203.1.11.1":
		t.itemWord("", "Password Modify")
	case "1.3.6.1.4.1.4203.1.11.3":
		t.itemWord("", "Who am I?")
	case "1.3.6.1.1.8":
		t.itemWord("", "Cancel")
	default:
		t.item("", oid)
	}
}

// ldapResult says LDAPResult: the code, and what people are told about it.
func ldapResult(t *talk, b []byte) {
	_, code, rest, ok := ldapValue(b)
	if !ok {
		return
	}
	t.add(" ")
	t.addCode(ldapResults, ldapNumber(code))
	_, _, rest, _ = ldapValue(rest) // as far as the name is known
	if _, text, _, _ := ldapValue(rest); len(text) > 0 {
		t.itemLines("", text)
	}
}
