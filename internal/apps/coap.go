package apps

// CoAP: RFC 7252; observe: RFC 7641; blocks: RFC 7959; over TCP: RFC 8323; FETCH and
// PATCH: RFC 8132.

import "encoding/binary"

const (
	coapHeaderLen = 4
	coapTokenMax  = 8
	// coapWaitMax is how much of a message over TCP is waited for.
	coapWaitMax = 1 << 10

	coapEmpty  = 0x00
	coapSignal = 0xe1 // 7.01, the first message of each side over TCP
	coapMarker = 0xff // in front of the payload
)

// Options (IANA, "CoAP Option Numbers").
const (
	coapURIHost       = 3
	coapObserve       = 6
	coapURIPort       = 7
	coapLocationPath  = 8
	coapURIPath       = 11
	coapContentFormat = 12
	coapURIQuery      = 15
	coapAccept        = 17
	coapBlock2        = 23
	coapBlock1        = 27
	coapProxyURI      = 35
)

// coapState is that of a conversation that had a message.
type coapState struct{}

// coapDatagram: a few bits are the same in all messages. They are enough on the port, or
// after a message; on other ports it is a request for a path that can be read.
func coapDatagram(t *talk, b []byte) bool {
	if len(b) < coapHeaderLen || b[0]>>6 != 1 {
		return false
	}
	kind, token, code := b[0]>>4&3, int(b[0]&15), b[1]
	if token > coapTokenMax || coapHeaderLen+token > t.length || coapCode(code) == "" || code >= coapSignal {
		return false
	}
	const confirmable, reset = 0, 3
	switch {
	case code == coapEmpty && (token > 0 || t.length != coapHeaderLen), kind == reset && code != coapEmpty,
		kind > 1 && code != coapEmpty && code < 0x20:
		return false // neither empty, nor asked for by an answer
	}
	options := b[min(coapHeaderLen+token, len(b)):]
	whole, path := coapCheck(options, t.cut)
	if !whole {
		return false
	}
	if _, known := t.state().(coapState); !known && !t.likely(protocolCoAP) && (!path || code >= 0x20 || t.cut) {
		return false
	}
	t.keep(coapState{}, 0)
	t.say("CoAP ", [...]string{"CON", "NON", "ACK", "RST"}[kind])
	if code != coapEmpty {
		t.add(" ")
		coapSay(t, code, options)
	}
	t.itemNumber("mid", uint64(binary.BigEndian.Uint16(b[2:])))
	coapItems(t, options)
	return true
}

// coapBegins: each side has to say first what it is capable of.
func coapBegins(t *talk, b []byte) verdict {
	if !t.likely(protocolCoAP) || b[0]&15 > coapTokenMax {
		return no
	}
	at, _, ok := coapLength(b)
	switch {
	case !ok:
		return maybe
	case t.s.app == protocolCoAP && coapCode(b[at-1]) != "", b[at-1] == coapSignal:
		return yes
	}
	return no
}

// coapLength reads the length of a message over TCP: where the token is, behind the
// code, and how many bytes follow the token.
func coapLength(b []byte) (at, n int, ok bool) {
	extended := [...]struct{ bytes, base int }{{1, 13}, {2, 269}, {4, 65805}}
	at, n = 1, int(b[0]>>4)
	if n >= 13 {
		x := extended[n-13]
		n = x.base
		if len(b) < at+x.bytes {
			return 0, 0, false
		}
		sum := 0
		for _, c := range b[at : at+x.bytes] {
			sum = sum<<8 | int(c)
		}
		n, at = n+sum, at+x.bytes
	}
	return at + 1, n, len(b) > at
}

func coapRead(t *talk, b []byte) int {
	at, n, ok := coapLength(b)
	if !ok {
		return 0
	}
	code := b[at-1]
	at += int(b[0] & 15)
	if b[0]&15 > coapTokenMax || coapCode(code) == "" {
		return strange
	}
	if n += at; len(b) < min(n, coapWaitMax) && !t.cut {
		return 0
	}
	if code == coapEmpty {
		return n
	}
	options := b[min(at, len(b)):min(n, len(b))]
	t.say("CoAP ")
	coapSay(t, code, options)
	if code < coapSignal {
		coapItems(t, options)
	}
	return n
}

// coapOption reads the first option of b, whose number is that of the one before and
// something. ok is false at the end, and before a payload.
func coapOption(b []byte, before int) (number int, value, rest []byte, ok bool) {
	if len(b) == 0 || b[0] == coapMarker {
		return 0, nil, nil, false
	}
	delta, size, at := int(b[0]>>4), int(b[0]&15), 1
	for _, n := range []*int{&delta, &size} {
		switch {
		case *n == 13 && at < len(b):
			*n = 13 + int(b[at])
			at++
		case *n == 14 && at+1 < len(b):
			*n = 269 + int(binary.BigEndian.Uint16(b[at:]))
			at += 2
		case *n >= 13:
			return 0, nil, nil, false
		}
	}
	if at+size > len(b) || before+delta > 0xffff {
		return 0, nil, nil, false
	}
	return before + delta, b[at : at+size], b[at+size:], true
}

// coapCheck reports whether b is options to its end or to a payload, and whether there
// is a path among them whose letters can be read, and no option of nobody.
func coapCheck(b []byte, cut bool) (whole, path bool) {
	number, known := 0, true
	for {
		n, value, rest, ok := coapOption(b, number)
		if !ok {
			break
		}
		known = known && coapIsKnown(n)
		if n == coapURIPath {
			path = path || len(value) >= 3
			known = known && coapReadable(value)
		}
		number, b = n, rest
	}
	return len(b) == 0 || b[0] == coapMarker && (len(b) > 1 || cut) || cut, path && known
}

// coapIsKnown reports whether an option is one of those that are assigned.
func coapIsKnown(number int) bool {
	switch number {
	case 1, coapURIHost, 4, 5, coapObserve, coapURIPort, coapLocationPath, 9, coapURIPath, coapContentFormat, 14, coapURIQuery,
		16, coapAccept, 19, 20, 21, coapBlock2, coapBlock1, 28, 31, coapProxyURI, 39, 60, 252, 258, 292:
		return true
	}
	return false
}

// coapReadable reports whether b is ASCII that can be printed.
func coapReadable(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// coapSay says the code, and the path of a request with its query.
func coapSay(t *talk, code byte, options []byte) {
	if code >= 0x20 && code < coapSignal {
		t.addNumber(uint64(code >> 5))
		t.add(".")
		if code&31 < 10 {
			t.add("0")
		}
		t.addNumber(uint64(code & 31))
		t.add(" ")
	}
	t.add(coapCode(code))
	if code >= 0x20 {
		return
	}
	t.add(" ")
	between, empty := "?", true
	for number := 0; ; {
		n, value, rest, ok := coapOption(options, number)
		if !ok {
			break
		}
		switch n {
		case coapURIPath:
			t.add("/")
			t.addName(value)
			empty = false
		case coapURIQuery:
			if empty {
				t.add("/")
			}
			t.add(between)
			t.addName(value)
			between, empty = "&", false
		}
		number, options = n, rest
	}
	if empty {
		t.add("/")
	}
}

// coapItems says the other options.
func coapItems(t *talk, options []byte) {
	for number := 0; ; {
		n, value, rest, ok := coapOption(options, number)
		if !ok {
			return
		}
		switch n {
		case coapURIHost:
			t.item("host", value)
		case coapProxyURI:
			t.item("proxy", value)
		case coapLocationPath:
			t.item("location", value)
		case coapObserve:
			t.itemNumber("observe", coapUint(value))
		case coapURIPort:
			t.itemNumber("port", coapUint(value))
		case coapContentFormat:
			coapFormat(t, "format", coapUint(value))
		case coapAccept:
			coapFormat(t, "accept", coapUint(value))
		case coapBlock1:
			coapBlock(t, "block1", coapUint(value))
		case coapBlock2:
			coapBlock(t, "block2", coapUint(value))
		}
		number, options = n, rest
	}
}

// coapUint is a number of as many bytes as it needs.
func coapUint(b []byte) (n uint64) {
	for _, c := range b[:min(len(b), 8)] {
		n = n<<8 | uint64(c)
	}
	return n
}

// coapBlock says the number of a block, its size, and whether more come: 3/64 more.
func coapBlock(t *talk, name string, v uint64) {
	t.itemNumber(name, v>>4)
	t.add("/")
	t.addNumber(16 << (v & 7))
	if v&8 != 0 {
		t.add(" more")
	}
}

// coapFormat says the format of a payload (IANA, "CoAP Content-Formats").
func coapFormat(t *talk, name string, format uint64) {
	word := ""
	switch format {
	case 0:
		word = "text/plain"
	case 40:
		word = "application/link-format"
	case 41:
		word = "application/xml"
	case 42:
		word = "application/octet-stream"
	case 47:
		word = "application/exi"
	case 50:
		word = "application/json"
	case 60:
		word = "application/cbor"
	case 61:
		word = "application/cwt"
	case 110:
		word = "application/senml+json"
	case 112:
		word = "application/senml+cbor"
	case 11542:
		word = "application/vnd.oma.lwm2m+tlv"
	case 11543:
		word = "application/vnd.oma.lwm2m+json"
	default:
		t.itemNumber(name, format)
		return
	}
	t.itemWord(name, word)
}

// coapCode is the name of a code (IANA, "CoAP Codes"); "" for none.
func coapCode(code byte) string {
	class, detail := code>>5, code&31
	switch class {
	case 0:
		return coapName([]string{"empty", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH"}, detail)
	case 2:
		if detail == 31 {
			return "Continue"
		}
		return coapName([]string{"", "Created", "Deleted", "Valid", "Changed", "Content"}, detail)
	case 4:
		switch detail {
		case 22:
			return "Unprocessable Entity"
		case 29:
			return "Too Many Requests"
		}
		return coapName([]string{"Bad Request", "Unauthorized", "Bad Option", "Forbidden", "Not Found",
			"Method Not Allowed", "Not Acceptable", "", "Request Entity Incomplete", "Conflict", "", "",
			"Precondition Failed", "Request Entity Too Large", "", "Unsupported Content-Format"}, detail)
	case 5:
		return coapName([]string{"Internal Server Error", "Not Implemented", "Bad Gateway", "Service Unavailable",
			"Gateway Timeout", "Proxying Not Supported", "", "", "Hop Limit Reached"}, detail)
	case 7:
		return coapName([]string{"", "CSM", "Ping", "Pong", "Release", "Abort"}, detail)
	}
	return ""
}

func coapName(names []string, detail byte) string {
	if int(detail) < len(names) {
		return names[detail]
	}
	return ""
}
