package apps

// WebSocket: RFC 6455 (frames in section 5, status codes in 7.4); permessage-deflate: RFC
// 7692. A stream becomes one by an upgrade of HTTP; of frames alone only a text shows
// what it is, once its mask is off.

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode"
	"unicode/utf8"
)

const (
	// wsTextMax is how much of a text is said.
	wsTextMax = 80
	// wsInsideMax is how much of one frame's payload is read as a stream.
	wsInsideMax = 64 << 10
	// wsPiece is how much of it is unmasked at a time.
	wsPiece = 2048
)

// wsState is what is known of both sides.
type wsState struct {
	deflate bool // permessage-deflate was agreed upon
	sides   [2]wsSide
	plain   [wsPiece]byte
}

// wsSide is the frame whose payload one side is sending.
type wsSide struct {
	left       uint64 // bytes of payload that come still
	read       int    // those that were read
	mask       [4]byte
	masked     bool
	compressed bool // the message that the frame is of
	unclear    bool // whether that is so is not known, since its begin is missing
}

const wsStateBytes = wsPiece + 64

// wsFrame is the head of a frame.
type wsFrame struct {
	opcode     byte
	fin        bool
	compressed bool
	masked     bool
	mask       [4]byte
	length     uint64 // of the payload
}

const (
	wsContinuation = iota
	wsText
	wsBinary
	wsClose = 8
	wsPing  = 9
	wsPong  = 10
)

// wsAgreed takes note of what the answer to an upgrade says.
func wsAgreed(t *talk, lines []byte) {
	state := new(wsState)
	t.keep(state, wsStateBytes)
	if protocol := httpField(lines, "sec-websocket-protocol"); len(protocol) > 0 {
		t.item("protocol", protocol)
	}
	if extensions := httpField(lines, "sec-websocket-extensions"); bytes.Contains(extensions, []byte("permessage-deflate")) {
		state.deflate = true
		t.itemWord("", "permessage-deflate")
	}
}

// wsBegins finds the next frame after something was lost, or where the upgrade was not
// captured.
func wsBegins(t *talk, b []byte) verdict {
	state, _ := t.state().(*wsState)
	if t.s.app != protocolWebSocket || state == nil {
		return wsShows(t, b)
	}
	var f wsFrame
	n := f.read(b)
	if n == 0 && !t.cut {
		return maybe
	}
	if n <= 0 || f.compressed && !state.deflate || f.masked != t.toServer() {
		return no
	}
	// One byte is not much to go by: the frame has to end where the segment does.
	if f.length != uint64(len(b)-n) {
		return no
	}
	state.sides[t.from] = wsSide{unclear: state.deflate}
	return yes
}

// wsShows is the verdict about a stream that is not known: a text of a client that
// fills the segment.
func wsShows(t *talk, b []byte) verdict {
	const enough = 8
	var f wsFrame
	n := f.read(b)
	if n <= 0 || f.opcode != wsText || f.compressed || !f.masked || f.length < enough || f.length != uint64(len(b)-n) {
		return no
	}
	var plain [wsTextMax]byte
	text := f.unmask(plain[:], b[n:])
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && utf8.FullRune(text) || !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' && utf8.FullRune(text) {
			return no
		}
		text = text[size:]
	}
	t.isClient()
	return yes
}

// read reads the head of a frame, and returns its length; 0: more is needed.
func (f *wsFrame) read(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	f.opcode, f.fin, f.compressed, f.masked = b[0]&15, b[0]&0x80 != 0, b[0]&0x40 != 0, b[1]&0x80 != 0
	f.length = uint64(b[1] & 0x7f)
	control := f.opcode >= wsClose
	switch {
	case b[0]&0x30 != 0, f.opcode > wsBinary && !control, f.opcode > wsPong,
		control && (!f.fin || f.compressed || f.length > 125):
		return strange
	}
	n := 2
	switch f.length {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	head := n
	if f.masked {
		n += 4
	}
	if len(b) < n {
		return 0
	}
	switch f.length {
	case 126:
		f.length = uint64(binary.BigEndian.Uint16(b[2:]))
		if f.length < 126 {
			return strange
		}
	case 127:
		f.length = binary.BigEndian.Uint64(b[2:])
		if f.length <= math.MaxUint16 || f.length > math.MaxInt64 {
			return strange
		}
	}
	if f.masked {
		copy(f.mask[:], b[head:])
	}
	return n
}

func wsRead(t *talk, b []byte) int {
	state, _ := t.state().(*wsState)
	if state == nil {
		state = &wsState{deflate: true} // perhaps
		t.keep(state, wsStateBytes)
	}
	if side := &state.sides[t.from]; side.left > 0 {
		return wsPayload(t, state, side, b)
	}
	var f wsFrame
	n := f.read(b)
	if n <= 0 {
		return n
	}
	payload := b[n:]
	if uint64(len(payload)) > f.length {
		payload = payload[:f.length]
	}
	switch {
	case f.opcode >= wsClose:
		if uint64(len(payload)) < f.length && !t.cut {
			return 0
		}
		wsControl(t, &f, payload)
		return n + int(f.length)
	case f.opcode == wsText && !f.compressed:
		if uint64(len(payload)) < min(f.length, wsTextMax+1) && !t.cut {
			return 0
		}
	}
	side := &state.sides[t.from]
	unclear := side.unclear && f.opcode == wsContinuation
	if f.opcode == wsContinuation {
		f.compressed = side.compressed
	}
	wsData(t, &f, payload)
	*side = wsSide{left: f.length, mask: f.mask, masked: f.masked, compressed: f.compressed && !f.fin, unclear: unclear && !f.fin}
	if f.compressed || unclear || t.cut && len(b) == n {
		side.left = 0
		t.insideLost()
		return passOverFrom(n, f.length)
	}
	return n
}

// passOverFrom is the length of a message with a head of n bytes and length more.
func passOverFrom(n int, length uint64) int {
	return n + int(min(length, uint64(math.MaxInt-n)))
}

// wsPayload hands over what there is of a frame's payload.
func wsPayload(t *talk, state *wsState, side *wsSide, b []byte) int {
	n := int(min(side.left, uint64(len(b)), wsPiece))
	last := t.cut && n == len(b)
	b = b[:n]
	if side.masked {
		for i, c := range b {
			state.plain[i] = c ^ side.mask[(side.read+i)&3]
		}
		b = state.plain[:n]
	}
	side.left -= uint64(n)
	side.read += n
	// What nobody reads is passed over, so that it may be missing.
	if rest := side.left; rest > 0 && (last || side.read >= wsInsideMax) {
		side.left = 0
		skip := passOverFrom(n, rest)
		t.insideCut(b, skip-n)
		return skip
	}
	t.inside(b)
	return n
}

// wsName is the name of an opcode.
func wsName(opcode byte) string {
	switch opcode {
	case wsContinuation:
		return "Continuation"
	case wsText:
		return "Text"
	case wsBinary:
		return "Binary"
	case wsClose:
		return "Close"
	case wsPing:
		return "Ping"
	}
	return "Pong"
}

// wsData says what a frame of data is; text is the begin of its payload.
func wsData(t *talk, f *wsFrame, text []byte) {
	t.say("WebSocket ", wsName(f.opcode))
	t.itemNumber("length", f.length)
	if !f.fin {
		t.itemWord("", "more follows")
	}
	if f.compressed {
		t.itemWord("", "compressed")
	} else if f.opcode == wsText && len(text) > 0 {
		var plain [wsTextMax]byte
		t.item("text", f.unmask(plain[:], text))
		if f.length > uint64(min(len(text), wsTextMax)) {
			t.add("...")
		}
	}
}

// unmask copies as much of a payload to plain as there is room, without its mask.
func (f *wsFrame) unmask(plain, payload []byte) []byte {
	n := copy(plain, payload)
	if f.masked {
		for i := range plain[:n] {
			plain[i] ^= f.mask[i&3]
		}
	}
	return plain[:n]
}

// wsControl says what a control frame is.
func wsControl(t *talk, f *wsFrame, payload []byte) {
	var plain [125]byte
	payload = f.unmask(plain[:], payload)
	t.say("WebSocket ", wsName(f.opcode))
	if f.opcode != wsClose {
		if f.length > 0 {
			t.itemNumber("length", f.length)
		}
		return
	}
	if len(payload) < 2 {
		return
	}
	code := binary.BigEndian.Uint16(payload)
	t.add(" ")
	t.addNumber(uint64(code))
	if name := wsStatus(code); name != "" {
		t.add(" ", name)
	}
	if len(payload) > 2 {
		t.item("reason", payload[2:])
	}
}

// wsStatus is the name of a status code, as its registry has it.
func wsStatus(code uint16) string {
	switch code {
	case 1000:
		return "Normal Closure"
	case 1001:
		return "Going Away"
	case 1002:
		return "Protocol error"
	case 1003:
		return "Unsupported Data"
	case 1007:
		return "Invalid frame payload data"
	case 1008:
		return "Policy Violation"
	case 1009:
		return "Message Too Big"
	case 1010:
		return "Mandatory Ext."
	case 1011:
		return "Internal Error"
	case 1012:
		return "Service Restart"
	case 1013:
		return "Try Again Later"
	case 1014:
		return "Bad Gateway"
	}
	return ""
}
