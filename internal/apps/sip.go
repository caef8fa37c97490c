package apps

// SIP: RFC 3261; SDP in it: RFC 8866, RFC 3605 (RTCP), RFC 8839 (candidates).

import (
	"bytes"
	"net/netip"
	"strconv"
)

const (
	// sipHeaderMax is how long the lines of a message may be together.
	sipHeaderMax = 16 << 10
	// sipBodyMax is the longest body that is waited for.
	sipBodyMax = 16 << 10
	// sipMediaMax is how many media of a description are said.
	sipMediaMax = 8

	sipVersion = "SIP/2.0"
)

// sipBegins: a request line ends with the version, a status line begins with it.
func sipBegins(t *talk, b []byte) verdict {
	b = b[sipEmptyLines(b):]
	if len(b) < len(sipVersion)+len(" 200") {
		if n := min(len(b), len(sipVersion)); sipVersion[:n] == string(b[:n]) {
			return maybe
		}
	} else if bytes.HasPrefix(b, []byte(sipVersion)) {
		if b[len(sipVersion)] == ' ' && httpStatus(b[len(sipVersion)+1:]) > 0 {
			return yes
		}
		return no
	}
	n := httpToken(b)
	switch {
	case n == len(b) && n <= httpMethodMax:
		return maybe
	case n == 0 || n > httpMethodMax || b[n] != ' ':
		return no
	}
	line, _, whole := bytes.Cut(b[:min(len(b), sipHeaderMax)], []byte{'\n'})
	if whole {
		if !bytes.HasSuffix(bytes.TrimSuffix(line, []byte{'\r'}), []byte(" "+sipVersion)) {
			return no
		}
		return yes
	}
	// The target is a URI, whose scheme shows soon.
	for _, scheme := range []string{"sip:", "sips:", "tel:", "urn:"} {
		if k := min(len(line)-n-1, len(scheme)); string(line[n+1:n+1+k]) == scheme[:k] && len(b) < sipHeaderMax {
			return maybe
		}
	}
	return no
}

// sipEmptyLines is how long the empty lines are in front of a message, which keep the
// way open (RFC 5626, section 3.5.1).
func sipEmptyLines(b []byte) int {
	n := 0
	for bytes.HasPrefix(b[n:], []byte("\r\n")) {
		n += 2
	}
	return n
}

func sipRead(t *talk, b []byte) int {
	if n := sipEmptyLines(b); n > 0 {
		return n
	}
	lines, end := httpLines(b)
	if end == 0 && !t.cut && len(b) < sipHeaderMax {
		return 0
	}
	if end == 0 {
		end = len(b)
	}
	n := end
	length := sipField(lines, "content-length", "l")
	if size, err := strconv.ParseUint(string(length), 10, 31); err == nil {
		n += int(size)
		if n > len(b) && !t.cut && size <= sipBodyMax {
			return 0
		}
	}
	if !sipMessage(t, b, lines, b[end:min(n, len(b))]) {
		return strange
	}
	return n
}

func sipDatagram(t *talk, b []byte) bool {
	rest := b[sipEmptyLines(b):]
	if len(rest) == 0 {
		// An empty line alone is of SIP where SIP was before.
		_, known := t.state().(sipState)
		return known && len(b) > 0
	}
	if sipBegins(t, rest) != yes {
		return false
	}
	lines, end := httpLines(rest)
	if end == 0 {
		end = len(rest)
	}
	return sipMessage(t, rest, lines, rest[end:])
}

// sipState is that of a conversation that had a message.
type sipState struct{}

// sipField is the value of a field by its name or by its compact name.
func sipField(lines []byte, name, compact string) []byte {
	if v := httpField(lines, name); v != nil {
		return v
	}
	if compact == "" {
		return nil
	}
	return httpField(lines, compact)
}

// sipMessage says a request or an answer. It is false where b is none.
func sipMessage(t *talk, b, lines, body []byte) bool {
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if answer, ok := bytes.CutPrefix(line, []byte(sipVersion+" ")); ok {
		if httpStatus(answer) == 0 {
			return false
		}
		t.say("SIP ")
		t.addName(answer)
		if cseq := sipField(lines, "cseq", ""); len(cseq) > 0 {
			t.item("cseq", cseq)
		}
	} else {
		request, ok := bytes.CutSuffix(line, []byte(" "+sipVersion))
		method, _, target := bytes.Cut(request, []byte{' '})
		if !ok || !target || httpToken(method) != len(method) {
			return false
		}
		t.say("SIP ")
		t.addName(request)
		t.set(FieldSIPMethod, method)
	}
	t.keep(sipState{}, 0)
	sipParty(t, "from", sipField(lines, "from", "f"))
	sipParty(t, "to", sipField(lines, "to", "t"))
	if id := sipField(lines, "call-id", "i"); len(id) > 0 {
		t.item("call-id", id)
	}
	kind := sipField(lines, "content-type", "c")
	if sipPrefix(kind, "application/sdp") || sipPrefix(kind, "multipart/") {
		sipDescription(t, body)
	}
	return true
}

// sipPrefix reports whether b begins with a word, whose letters may be of any size.
func sipPrefix(b []byte, word string) bool {
	return len(b) >= len(word) && bytes.EqualFold(b[:len(word)], []byte(word))
}

// sipParty says the address of a party without its name and its parameters.
func sipParty(t *talk, item string, value []byte) {
	if _, rest, ok := bytes.Cut(value, []byte{'<'}); ok {
		value, _, _ = bytes.Cut(rest, []byte{'>'})
	} else {
		value, _, _ = bytes.Cut(value, []byte{';'})
	}
	if len(value) > 0 {
		t.item(item, value)
	}
}

// sipMedium is one of the media of a description: a line m= and what follows it.
type sipMedium struct {
	kind    []byte
	port    uint16
	rtp     bool
	control uint16 // the port of RTCP; 0: the next one
	address netip.Addr
}

// sipDescription says the media of a description, and takes note of where they are
// expected. Lines of other parts of a body are nothing to it.
func sipDescription(t *talk, body []byte) {
	var session netip.Addr
	var m sipMedium
	said := 0
	for len(body) > 0 {
		var line []byte
		line, body, _ = bytes.Cut(body, []byte{'\n'})
		line = bytes.TrimSuffix(line, []byte{'\r'})
		switch {
		case bytes.HasPrefix(line, []byte("m=")):
			sipMediumEnds(t, &m, session, &said)
			m = sipMediumOf(line[2:])
		case bytes.HasPrefix(line, []byte("c=IN IP")) && len(line) > 9:
			// A time to live and a number may be behind a multicast address.
			host, _, _ := bytes.Cut(line[9:], []byte{'/'})
			a, err := netip.ParseAddr(string(host))
			switch {
			case err != nil:
			case m.kind == nil:
				session = a
			default:
				m.address = a
			}
		case bytes.HasPrefix(line, []byte("a=rtcp:")):
			port, _, _ := bytes.Cut(line[7:], []byte{' '})
			m.control = sipPort(port)
		case bytes.HasPrefix(line, []byte("a=candidate:")):
			sipCandidate(t, line[12:])
		}
	}
	sipMediumEnds(t, &m, session, &said)
}

// sipMediumOf reads a line "m=audio 49170/2 RTP/AVP 0".
func sipMediumOf(line []byte) (m sipMedium) {
	kind, rest, _ := bytes.Cut(line, []byte{' '})
	port, rest, _ := bytes.Cut(rest, []byte{' '})
	proto, _, _ := bytes.Cut(rest, []byte{' '})
	port, _, _ = bytes.Cut(port, []byte{'/'})
	return sipMedium{kind: kind, port: sipPort(port), rtp: bytes.Contains(proto, []byte("RTP/"))}
}

// sipMediumEnds says a medium of which everything is known. Port 0 refuses it.
func sipMediumEnds(t *talk, m *sipMedium, session netip.Addr, said *int) {
	if !m.address.IsValid() {
		m.address = session
	}
	if m.kind == nil || m.port == 0 || !m.address.IsValid() {
		return
	}
	if *said < sipMediaMax {
		t.nextItem("")
		t.addName(m.kind)
		t.add("=")
		t.addEndpoint(netip.AddrPortFrom(m.address, m.port))
		*said++
	}
	if !m.rtp {
		t.refuseMedia(netip.AddrPortFrom(m.address, m.port))
	}
	if !m.rtp || m.address.IsUnspecified() {
		return
	}
	if m.control == 0 {
		m.control = m.port + 1
	}
	t.expectMedia(netip.AddrPortFrom(m.address, m.port))
	t.expectMedia(netip.AddrPortFrom(m.address, m.control))
}

// sipCandidate takes note of an address that will be tried: foundation, component,
// transport, priority, address, port.
func sipCandidate(t *talk, line []byte) {
	var words [6][]byte
	for i := range words {
		words[i], line, _ = bytes.Cut(line, []byte{' '})
	}
	a, err := netip.ParseAddr(string(words[4]))
	if port := sipPort(words[5]); err == nil && port != 0 && bytes.EqualFold(words[2], []byte("udp")) {
		t.allowMedia(netip.AddrPortFrom(a.WithZone(""), port))
	}
}

// sipPort is a port in decimal digits; 0 for anything else.
func sipPort(b []byte) uint16 {
	n, err := strconv.ParseUint(string(b), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}
