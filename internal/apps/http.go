package apps

// HTTP/1.1: RFC 9110 (semantics, upgrades in section 7.8), RFC 9112 (messages; lengths
// of bodies in section 6.3).

import (
	"bytes"
	"strconv"
)

// httpHeaderMax is how long the lines of a message may be together.
const httpHeaderMax = 32 << 10

// httpMethodMax is the longest method that is taken for one: those of WebDAV and
// SSDP are shorter.
const httpMethodMax = 24

// httpState is what requests and answers have to know of each other.
type httpState struct {
	chunked [2]bool // chunks of a body follow

	requests [32]byte // kinds of requests that wait for an answer: a ring
	first, n uint8
	more     int // requests beyond the ring, of kinds that nobody knows any more
}

const (
	httpUnknown byte = iota // the request was not captured
	httpOther
	httpHead
	httpConnect
)

// ask takes note of a request that waits for its answer.
func (s *httpState) ask(kind byte) {
	if int(s.n) == len(s.requests) {
		s.more++
		return
	}
	s.requests[(int(s.first)+int(s.n))%len(s.requests)] = kind
	s.n++
}

// answer is the kind of the request whose turn it is to be answered.
func (s *httpState) answer() byte {
	if s.n == 0 {
		return httpUnknown
	}
	kind := s.requests[s.first]
	s.first, s.n = (s.first+1)%uint8(len(s.requests)), s.n-1
	if s.more > 0 {
		s.more--
		s.ask(httpUnknown)
	}
	return kind
}

// httpBegins: a request line ends with the version, a status line begins with it.
func httpBegins(t *talk, b []byte) verdict {
	v := httpFirst(t, b)
	if state, _ := t.state().(*httpState); state != nil && v == yes {
		// Something was lost: which answer is to which request is not known any more.
		state.chunked[t.from] = false
		state.n, state.more = 0, 0
	}
	return v
}

// httpFirst is the verdict about a first line.
func httpFirst(t *talk, b []byte) verdict {
	const version = "HTTP/1."
	if len(b) < len(version) {
		if version[:len(b)] == string(b) || httpToken(b) == len(b) {
			return maybe
		}
	}
	if bytes.HasPrefix(b, []byte(version)) {
		if len(b) < len("HTTP/1.1 200") {
			return maybe
		}
		if (b[7] == '0' || b[7] == '1') && b[8] == ' ' && httpStatus(b[9:]) > 0 {
			t.isServer()
			return yes
		}
		return no
	}
	n := httpToken(b)
	if n == 0 || n > httpMethodMax || n < len(b) && b[n] != ' ' {
		return no
	}
	line, _, whole := bytes.Cut(b[:min(len(b), httpHeaderMax)], []byte{'\n'})
	if !whole {
		// Without the version it is a request where the method is a known one and its
		// target can be one.
		if t.cut && n < len(b) && httpKnownMethod(b[:n]) && len(b) > n+1 && (b[n+1] == '/' || bytes.HasPrefix(b[n+1:], []byte("http://"))) {
			t.isClient()
			return yes
		}
		if len(b) >= httpHeaderMax || bytes.IndexByte(b, 0) >= 0 {
			return no
		}
		return maybe
	}
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if len(line) < n+len(" / HTTP/1.1") || !bytes.HasSuffix(line[:len(line)-1], []byte(" HTTP/1.")) {
		return no
	}
	t.isClient()
	return yes
}

// httpToken is how many bytes of b are capital letters and hyphens: a method.
func httpToken(b []byte) int {
	for i, c := range b {
		if (c < 'A' || c > 'Z') && (c != '-' || i == 0) {
			return i
		}
	}
	return len(b)
}

func httpKnownMethod(b []byte) bool {
	switch string(b) {
	case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE":
		return true
	}
	return false
}

// httpStatus is a status of three digits, 0 for anything else.
func httpStatus(b []byte) int {
	if len(b) < 3 || len(b) > 3 && b[3] != ' ' && b[3] != '\r' && b[3] != '\n' {
		return 0
	}
	n, err := strconv.Atoi(string(b[:3]))
	if err != nil || n < 100 {
		return 0
	}
	return n
}

// httpRead reads a request or an answer up to the end of its header; its body is
// passed over.
func httpRead(t *talk, b []byte) int {
	state, _ := t.state().(*httpState)
	if state == nil {
		state = new(httpState)
		t.keep(state, 64)
	}
	if state.chunked[t.from] {
		return httpChunk(t, state, b)
	}
	lines, end := httpLines(b)
	if end == 0 && !t.cut && len(b) < httpHeaderMax {
		return 0
	}
	whole := end > 0
	if !whole {
		end = len(b)
		lines = lines[:bytes.LastIndexByte(lines, '\n')+1] // the last one was cut
	}
	var body int
	if bytes.HasPrefix(b, []byte("HTTP/1.")) {
		body = httpAnswer(t, state, b[:end], lines)
	} else {
		body = httpRequest(t, state, b[:end], lines)
	}
	if !whole {
		return strange // the next message begins nobody knows where
	}
	if body < 0 {
		return body
	}
	return end + body
}

// httpLines are the lines of the header without the first, and where the body
// begins; 0: the header is not whole.
func httpLines(b []byte) (lines []byte, body int) {
	first := bytes.IndexByte(b, '\n')
	if first < 0 {
		return nil, 0
	}
	for at := first; ; {
		rest := b[at+1:]
		switch {
		case bytes.HasPrefix(rest, []byte("\r\n")):
			return b[first+1 : at+1], at + 3
		case bytes.HasPrefix(rest, []byte("\n")):
			return b[first+1 : at+1], at + 2
		}
		next := bytes.IndexByte(rest, '\n')
		if next < 0 {
			return b[first+1:], 0
		}
		at += 1 + next
	}
}

// httpField is the value of the first field of a name in lines; nil: there is none.
func httpField(lines []byte, name string) []byte {
	for len(lines) > 0 {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte{'\n'})
		key, value, ok := bytes.Cut(line, []byte{':'})
		if ok && len(key) == len(name) && bytes.EqualFold(key, []byte(name)) {
			return bytes.TrimSpace(value)
		}
	}
	return nil
}

// httpRequest says what a request asks for, and returns the length of its body, or
// strange.
func httpRequest(t *talk, state *httpState, b, lines []byte) int {
	line, _, whole := bytes.Cut(b, []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	method, target, _ := bytes.Cut(line, []byte{' '})
	ends := true
	if at := bytes.LastIndex(target, []byte(" HTTP/1.")); at >= 0 {
		target = target[:at]
	} else if whole || len(method) == len(line) {
		return strange
	} else {
		target, _, ends = bytes.Cut(target, []byte{' '}) // the version was cut
	}
	host := httpField(lines, "host")
	t.say("HTTP ")
	t.addName(method)
	t.add(" ")
	t.addName(target)
	t.set(FieldHTTPMethod, method)
	if ends {
		t.set(FieldHTTPPath, target)
	} else {
		t.add("...")
	}
	if len(host) > 0 {
		t.item("host", host)
		t.set(FieldHTTPHost, host)
	}
	if agent := httpField(lines, "user-agent"); len(agent) > 0 {
		t.set(FieldHTTPUserAgent, agent)
	}
	if upgrade := httpField(lines, "upgrade"); len(upgrade) > 0 {
		t.item("upgrade", upgrade)
	}
	kind := httpOther
	switch string(method) {
	case "HEAD":
		kind = httpHead
	case "CONNECT":
		kind = httpConnect
	}
	state.ask(kind)
	return max(httpBody(t, state, lines), 0)
}

// httpAnswer says what an answer is, and returns the length of its body, or opaque,
// or strange.
func httpAnswer(t *talk, state *httpState, b, lines []byte) int {
	line, _, whole := bytes.Cut(b, []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	status := httpStatus(line[min(len("HTTP/1.1 "), len(line)):])
	if status == 0 {
		return strange
	}
	t.say("HTTP ")
	t.addName(line[min(len("HTTP/1.1 "), len(line)):])
	if !whole {
		t.add("...")
	}
	t.setNumber(FieldHTTPStatus, int64(status))
	if kind := httpField(lines, "content-type"); len(kind) > 0 {
		t.item("type", kind)
	}
	if status < 200 && status != 101 {
		return 0 // another answer follows
	}
	kind := state.answer()
	switch {
	case status == 101:
		httpUpgrade(t, lines)
		return 0
	case kind == httpConnect && status < 300:
		t.becomes(protocolNone) // a tunnel, for whatever protocol
		return 0
	case kind == httpHead, status == 204, status == 304:
		return 0
	}
	n := httpBody(t, state, lines)
	if n == opaque && kind == httpUnknown {
		return strange // to a HEAD, perhaps: then another answer may follow
	}
	return n
}

// httpUpgrade goes over to the protocol that both sides agreed upon.
func httpUpgrade(t *talk, lines []byte) {
	upgrade := httpField(lines, "upgrade")
	if len(upgrade) > 0 {
		t.item("upgrade", upgrade)
	}
	switch {
	case bytes.EqualFold(upgrade, []byte("websocket")):
		t.becomes(protocolWebSocket)
		wsAgreed(t, lines)
	case h2Upgrades(upgrade):
		t.becomes(protocolHTTP2)
	default:
		t.becomes(protocolNone)
	}
}

// httpBody is the length of the body as far as it is known; chunks come after it.
// opaque: it ends with the connection, if there is one.
func httpBody(t *talk, state *httpState, lines []byte) int {
	if coding := httpField(lines, "transfer-encoding"); len(coding) > 0 {
		const chunked = "chunked"
		if len(coding) < len(chunked) || !bytes.EqualFold(coding[len(coding)-len(chunked):], []byte(chunked)) {
			return opaque
		}
		state.chunked[t.from] = true
		return 0
	}
	length := httpField(lines, "content-length")
	if len(length) == 0 {
		return opaque
	}
	n, err := strconv.ParseUint(string(length), 10, strconv.IntSize-2)
	if err != nil {
		return strange
	}
	return int(n)
}

// httpChunk passes over a chunk of a body, or what is behind the last one.
func httpChunk(t *talk, state *httpState, b []byte) int {
	line, _, whole := bytes.Cut(b, []byte{'\n'})
	if !whole {
		if t.cut || len(b) > 4096 {
			state.chunked[t.from] = false
			return strange
		}
		return 0
	}
	size, _, _ := bytes.Cut(line, []byte{';'})
	n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, strconv.IntSize-2)
	if err != nil {
		state.chunked[t.from] = false
		return strange
	}
	if n > 0 {
		return len(line) + 1 + int(n) + 2
	}
	// Trailers, and an empty line.
	_, end := httpLines(b)
	if end == 0 {
		if t.cut || len(b) > httpHeaderMax {
			state.chunked[t.from] = false
			return strange
		}
		return 0
	}
	state.chunked[t.from] = false
	return end
}
