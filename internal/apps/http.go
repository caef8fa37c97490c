package apps

// HTTP/1.1: RFC 9110 (semantics), RFC 9112 (messages).

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

	requests [16]byte // kinds of requests that wait for an answer: a ring
	first, n uint8
	upgraded [2]bool
}

const (
	httpOther byte = iota
	httpHead
	httpConnect
)

// httpBegins: a request line ends with the version, a status line begins with it.
func httpBegins(t *talk, b []byte) verdict {
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
	switch {
	case state.upgraded[t.from]:
		return opaque
	case state.chunked[t.from]:
		return httpChunk(t, state, b)
	}
	lines, end := httpLines(b)
	if end == 0 && !t.cut && len(b) < httpHeaderMax {
		return 0
	}
	if end == 0 {
		end = len(b)
	}
	if bytes.HasPrefix(b, []byte("HTTP/1.")) {
		return httpAnswer(t, state, b, lines, end)
	}
	return httpRequest(t, state, b, lines, end)
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

func httpRequest(t *talk, state *httpState, b, lines []byte, end int) int {
	line, _, whole := bytes.Cut(b[:end], []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	method, target, _ := bytes.Cut(line, []byte{' '})
	if at := bytes.LastIndex(target, []byte(" HTTP/1.")); at >= 0 {
		target = target[:at]
	} else if whole || len(method) == len(line) {
		return strange
	}
	host := httpField(lines, "host")
	t.say("HTTP ")
	t.addName(method)
	t.add(" ")
	t.addName(target)
	t.set(FieldHTTPMethod, method)
	t.set(FieldHTTPPath, target)
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
	if int(state.n) < len(state.requests) {
		state.requests[(state.first+state.n)%16] = kind
		state.n++
	}
	return end + httpBody(t, state, lines, false)
}

func httpAnswer(t *talk, state *httpState, b, lines []byte, end int) int {
	line, _, _ := bytes.Cut(b[:end], []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	status := httpStatus(line[min(len("HTTP/1.1 "), len(line)):])
	if status == 0 {
		return strange
	}
	t.say("HTTP ")
	t.addName(line[min(len("HTTP/1.1 "), len(line)):])
	t.setNumber(FieldHTTPStatus, int64(status))
	if kind := httpField(lines, "content-type"); len(kind) > 0 {
		t.item("type", kind)
	}
	if status < 200 && status != 101 {
		return end // another answer follows
	}
	kind := httpOther
	if state.n > 0 {
		kind = state.requests[state.first]
		state.first, state.n = (state.first+1)%16, state.n-1
	}
	switch {
	case status == 101, kind == httpConnect && status < 300:
		// What follows is of another protocol, in both directions.
		if upgrade := httpField(lines, "upgrade"); len(upgrade) > 0 {
			t.item("upgrade", upgrade)
		}
		state.upgraded = [2]bool{true, true}
		return end
	case kind == httpHead, status == 204, status == 304:
		return end
	}
	return end + httpBody(t, state, lines, true)
}

// httpBody is the length of the body as far as it is known; chunks come after it. An
// answer without a length ends with the connection.
func httpBody(t *talk, state *httpState, lines []byte, answer bool) int {
	if coding := httpField(lines, "transfer-encoding"); len(coding) > 0 {
		state.chunked[t.from] = len(coding) >= 7 && bytes.EqualFold(coding[len(coding)-7:], []byte("chunked"))
		return 0
	}
	if length := httpField(lines, "content-length"); len(length) > 0 {
		n, err := strconv.ParseUint(string(length), 10, 62)
		if err == nil {
			return int(n)
		}
	}
	return 0
}

// httpChunk passes over a chunk of a body, or what is behind the last one.
func httpChunk(t *talk, state *httpState, b []byte) int {
	line, _, whole := bytes.Cut(b, []byte{'\n'})
	if !whole {
		if len(b) > 4096 {
			return strange
		}
		return 0
	}
	size, _, _ := bytes.Cut(line, []byte{';'})
	n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 62)
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
			return strange
		}
		return 0
	}
	state.chunked[t.from] = false
	return end
}
