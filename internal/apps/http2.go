package apps

// HTTP/2: RFC 9113 (frames in sections 4 and 6); the upgrade from HTTP/1: RFC 7540,
// section 3.2. gRPC over it: the protocol description of gRPC, "gRPC over HTTP2".
// http2_headers.go has what header blocks say.

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// h2Preface is what a client says first (section 3.4).
const h2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

const (
	h2HeadBytes = 9
	// h2FrameBytes is how long a frame may be unless the other side allows more
	// (section 4.2).
	h2FrameBytes = 1 << 14
	// h2DebugMax is how much of GOAWAY's debug data is waited for.
	h2DebugMax = nameMax
)

// The types of frames.
const (
	h2Data = iota
	h2Headers
	h2Priority
	h2ResetStream
	h2Settings
	h2PushPromise
	h2Ping
	h2GoAway
	h2WindowUpdate
	h2Continuation
	h2AltSvc         = 0x0a // RFC 7838
	h2Origin         = 0x0c // RFC 8336
	h2PriorityUpdate = 0x10 // RFC 9218
)

// The flags of frames.
const (
	h2Ack         = 0x01
	h2EndHeaders  = 0x04
	h2Padded      = 0x08
	h2Prioritized = 0x20
)

// h2Frame is the head of a frame.
type h2Frame struct {
	length int
	kind   byte
	flags  byte
	stream uint32
}

// h2Head is the head of the frame that b begins with, which has h2HeadBytes at least.
func h2Head(b []byte) h2Frame {
	return h2Frame{int(b[0])<<16 | int(b[1])<<8 | int(b[2]), b[3], b[4], binary.BigEndian.Uint32(b[5:])}
}

// sound reports whether the head keeps to what section 6 says of its type.
func (f *h2Frame) sound() bool {
	if f.stream>>31 != 0 {
		return false
	}
	switch f.kind {
	case h2Data, h2Continuation:
		return f.stream != 0
	case h2Headers:
		return f.stream != 0 && f.length > 0
	case h2Priority:
		return f.stream != 0 && f.length == 5
	case h2ResetStream:
		return f.stream != 0 && f.length == 4
	case h2Settings:
		return f.stream == 0 && f.length%6 == 0 && (f.flags&h2Ack == 0 || f.length == 0)
	case h2PushPromise:
		return f.stream%2 == 1 && f.length > 4
	case h2Ping:
		return f.stream == 0 && f.length == 8
	case h2GoAway:
		return f.stream == 0 && f.length >= 8
	case h2WindowUpdate:
		return f.length == 4
	}
	return f.length <= h2FrameBytes // of an extension
}

// first reports whether the frame is of a type that shows by itself that it is one.
func (f *h2Frame) first() bool {
	switch f.kind {
	case h2Data, h2Continuation, h2AltSvc, h2Origin, h2PriorityUpdate:
		return false
	}
	return f.kind != h2Headers || f.stream%2 == 1
}

// usual reports whether the head is of a type that is known, with flags that it has.
func (f *h2Frame) usual() bool {
	var flags byte
	switch f.kind {
	case h2Data:
		flags = h2Padded | 1
	case h2Headers:
		flags = h2Prioritized | h2Padded | h2EndHeaders | 1
	case h2Settings, h2Ping:
		flags = h2Ack
	case h2PushPromise:
		flags = h2Padded | h2EndHeaders
	case h2Continuation:
		flags = h2EndHeaders
	case h2Priority, h2ResetStream, h2GoAway, h2WindowUpdate, h2AltSvc, h2Origin, h2PriorityUpdate:
	default:
		return false
	}
	return f.flags&^flags == 0 && f.sound()
}

// h2Begins: the preface of a client; else a frame that ends where the segment does, or
// where another begins.
func h2Begins(t *talk, b []byte) verdict {
	v := h2First(t, b)
	if state, _ := t.state().(*h2State); state != nil && v == yes {
		state.sides[t.from].lose()
	}
	return v
}

// grpcBegins is for a connection of which it is known.
func grpcBegins(t *talk, b []byte) verdict {
	if t.s.app != protocolGRPC {
		return no
	}
	return h2Begins(t, b)
}

func h2First(t *talk, b []byte) verdict {
	if n := min(len(b), len(h2Preface)); h2Preface[:n] == string(b[:n]) {
		if n < len(h2Preface) {
			return maybe
		}
		t.isClient()
		return yes
	}
	known := t.s.app != protocolNone
	weak := true
	for at, frames := 0, 0; ; frames++ {
		if at == len(b) {
			if weak {
				return maybe
			}
			return yes
		}
		rest := b[at:]
		if len(rest) < h2HeadBytes {
			// A frame of more than 64 KiB is not for the begin.
			if frames == 0 && (rest[0] != 0 || len(rest) > 3 && rest[3] > h2Continuation) {
				return no
			}
			return maybe
		}
		f := h2Head(rest)
		// Without a length, a frame is not much more than a small number.
		empty := f.length == 0 && (f.kind == h2Settings || f.kind == h2Data)
		switch {
		case !f.usual(), frames == 0 && f.length > h2FrameBytes, frames == 0 && !known && !f.first():
			return no
		case frames > 0 && (known || f.first() && !empty || f.kind == h2Data && f.stream%2 == 1 && !weak):
			return yes
		case frames > 0 && !f.first():
			return no
		}
		weak = weak && empty
		at += h2HeadBytes + f.length
		switch {
		case at > len(b) && known && t.cut && f.first():
			return yes // no more of it will come
		case at > len(b):
			return maybe
		}
	}
}

func h2Read(t *talk, b []byte) int {
	state, _ := t.state().(*h2State)
	if state == nil {
		state = new(h2State)
		t.keep(state, h2StateBytes)
	}
	side := &state.sides[t.from]
	if !side.begun {
		if n := min(len(b), len(h2Preface)); h2Preface[:n] == string(b[:n]) {
			if n < len(h2Preface) {
				return 0
			}
			side.begun, side.known = true, true
			t.isClient()
			t.say("HTTP/2 Connection Preface")
			return n
		}
	}
	if len(b) < h2HeadBytes {
		return 0
	}
	f := h2Head(b)
	if !f.sound() || side.open && (f.kind != h2Continuation || f.stream != side.stream) {
		return strange
	}
	if !side.begun {
		side.begun = true
		side.known = f.kind == h2Settings && f.flags&h2Ack == 0
	}
	payload := b[h2HeadBytes:]
	whole := len(payload) >= f.length
	if whole {
		payload = payload[:f.length]
	}
	n := h2HeadBytes + f.length
	side.since = min(side.since+n, h2ForgetBytes)
	switch f.kind {
	case h2Headers, h2PushPromise, h2Continuation:
		if n > MaxMessage {
			side.lose() // too long to be waited for
			return n
		}
		if !whole && !t.cut {
			return 0
		}
		h2Block(t, state, &f, payload)
	case h2Settings, h2ResetStream, h2Ping:
		if !whole && !t.cut && n <= MaxMessage {
			return 0
		}
		h2Control(t, state, &f, payload)
	case h2GoAway:
		if len(payload) < min(f.length, 8+h2DebugMax) && !t.cut {
			return 0
		}
		h2Control(t, state, &f, payload)
	}
	return n
}

// h2Control says what a frame is that is not of a request or an answer.
func h2Control(t *talk, state *h2State, f *h2Frame, payload []byte) {
	switch f.kind {
	case h2Settings:
		if f.flags&h2Ack == 0 {
			h2SaySettings(t, state, payload)
		}
	case h2Ping:
		t.say("HTTP/2 PING")
		if f.flags&h2Ack != 0 {
			t.add(" ACK")
		}
	case h2ResetStream:
		t.say("HTTP/2 RST_STREAM")
		h2AddError(t, payload)
		t.itemNumber("stream", uint64(f.stream))
	case h2GoAway:
		t.say("HTTP/2 GOAWAY")
		if len(payload) < 4 {
			return
		}
		h2AddError(t, payload[4:])
		t.itemNumber("last", uint64(binary.BigEndian.Uint32(payload)&0x7fffffff))
		if len(payload) > 8 {
			t.item("debug", payload[8:])
		}
	}
}

// h2AddError adds the name of an error code (section 7), if there is one.
func h2AddError(t *talk, b []byte) {
	if len(b) < 4 {
		return
	}
	code := binary.BigEndian.Uint32(b)
	t.add(" ")
	if code < uint32(len(h2Errors)) {
		t.add(h2Errors[code])
	} else {
		t.addNumber(uint64(code))
	}
}

var h2Errors = [...]string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
	"STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR",
	"ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}

// h2SettingNames are the settings of section 6.5.2, RFC 8441 and RFC 9218.
var h2SettingNames = [...]string{1: "HEADER_TABLE_SIZE", 2: "ENABLE_PUSH", 3: "MAX_CONCURRENT_STREAMS", 4: "INITIAL_WINDOW_SIZE",
	5: "MAX_FRAME_SIZE", 6: "MAX_HEADER_LIST_SIZE", 8: "ENABLE_CONNECT_PROTOCOL", 9: "NO_RFC7540_PRIORITIES"}

// h2SettingsMax is how many settings of a frame are said.
const h2SettingsMax = 16

// h2SaySettings says what one side asks of the other.
func h2SaySettings(t *talk, state *h2State, b []byte) {
	t.say("HTTP/2 SETTINGS")
	for i := 0; len(b) >= 6 && i < h2SettingsMax; i++ {
		id, value := binary.BigEndian.Uint16(b), binary.BigEndian.Uint32(b[2:])
		b = b[6:]
		if id == 1 {
			state.sides[1-t.from].allow(value)
		}
		var name string
		if int(id) < len(h2SettingNames) {
			name = h2SettingNames[id]
		}
		if name == "" {
			var digits [8]byte
			name = string(strconv.AppendUint(append(digits[:0], "0x"...), uint64(id), 16))
		}
		t.itemNumber(name, uint64(value))
	}
}

// h2HeaderFragment is the part of a header block that a frame has, without padding and
// priority. It is false where the frame cannot be one.
func (f *h2Frame) h2HeaderFragment(payload []byte) (fragment []byte, ok bool) {
	missing := f.length - len(payload) // not captured, and so without what is at the end
	if f.kind == h2Continuation {
		return payload, true
	}
	padding := 0
	if f.flags&h2Padded != 0 {
		if len(payload) < 1 {
			return nil, missing > 0
		}
		padding, payload = int(payload[0]), payload[1:]
	}
	skip := 0
	switch {
	case f.kind == h2PushPromise:
		skip = 4
	case f.flags&h2Prioritized != 0:
		skip = 5
	}
	if len(payload) < skip {
		return nil, missing > 0
	}
	payload = payload[skip:]
	if padding > len(payload)+missing {
		return nil, false
	}
	return payload[:min(len(payload), len(payload)+missing-padding)], true
}

// h2Upgrades reports whether the answer to an upgrade says that HTTP/2 follows.
func h2Upgrades(upgrade []byte) bool { return bytes.EqualFold(upgrade, []byte("h2c")) }
