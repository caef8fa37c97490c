package apps

// AMQP 1.0: OASIS, 2012 (types in part 1, frames and performatives in part 2, outcomes in
// part 3, SASL in part 5, section 3).

import "encoding/binary"

// amqp1Wait is how much of a frame is waited for: a performative, not the message
// behind it.
const amqp1Wait = 4096

// The performatives and types that matter here.
const (
	amqp1Open        = 0x10
	amqp1Begin       = 0x11
	amqp1Attach      = 0x12
	amqp1Flow        = 0x13
	amqp1Transfer    = 0x14
	amqp1Disposition = 0x15
	amqp1Detach      = 0x16
	amqp1End         = 0x17
	amqp1Close       = 0x18
	amqp1Error       = 0x1d
	amqp1Mechanisms  = 0x40
	amqp1Init        = 0x41
	amqp1Challenge   = 0x42
	amqp1Response    = 0x43
	amqp1Outcome     = 0x44
)

// amqp1Name is the name of a performative; "" for anything else.
func amqp1Name(code uint64) string {
	switch code {
	case amqp1Open:
		return "open"
	case amqp1Begin:
		return "begin"
	case amqp1Attach:
		return "attach"
	case amqp1Flow:
		return "flow"
	case amqp1Transfer:
		return "transfer"
	case amqp1Disposition:
		return "disposition"
	case amqp1Detach:
		return "detach"
	case amqp1End:
		return "end"
	case amqp1Close:
		return "close"
	case amqp1Mechanisms:
		return "sasl-mechanisms"
	case amqp1Init:
		return "sasl-init"
	case amqp1Challenge:
		return "sasl-challenge"
	case amqp1Response:
		return "sasl-response"
	case amqp1Outcome:
		return "sasl-outcome"
	}
	return ""
}

// amqp1Kind is what a value is, as far as that matters.
type amqp1Kind byte

const (
	amqp1Null amqp1Kind = iota
	amqp1Number
	amqp1Bool
	amqp1Text
	amqp1List
	amqp1Other
)

// amqp1Value is a value, which may have a descriptor in front.
type amqp1Value struct {
	kind       amqp1Kind
	descriptor uint64 // 0: none
	number     uint64 // of numbers and booleans
	data       []byte // of text, and the elements of a list
}

// next cuts a value off. It is false where none is whole.
func (v *amqp1Value) next(b []byte) (rest []byte, ok bool) {
	*v = amqp1Value{}
	if len(b) > 0 && b[0] == 0 {
		var d amqp1Value
		if rest, ok := d.plain(b[1:]); ok && (d.kind == amqp1Number || d.kind == amqp1Text) {
			b, v.descriptor = rest, d.number
		} else {
			return nil, false
		}
	}
	return v.plain(b)
}

// plain is next without a descriptor (part 1, section 1.2): the upper half of the
// constructor says how long a value is.
func (v *amqp1Value) plain(b []byte) (rest []byte, ok bool) {
	if len(b) < 1 {
		return nil, false
	}
	code := b[0]
	b = b[1:]
	length, size := 0, 0
	switch code >> 4 {
	case 4:
	case 5:
		length = 1
	case 6:
		length = 2
	case 7:
		length = 4
	case 8:
		length = 8
	case 9:
		length = 16
	case 0xa, 0xc, 0xe:
		size = 1
	case 0xb, 0xd, 0xf:
		size = 4
	default:
		return nil, false
	}
	if len(b) < size {
		return nil, false
	}
	for _, c := range b[:size] {
		length = min(length<<8|int(c), amqpFrameMax)
	}
	b = b[size:]
	if len(b) < length {
		return nil, false
	}
	data, rest := b[:length], b[length:]
	switch code {
	case 0x40:
		v.kind = amqp1Null
	case 0x41, 0x42:
		v.kind = amqp1Bool
		if code == 0x41 {
			v.number = 1
		}
	case 0x43, 0x44, 0x50, 0x52, 0x53, 0x60, 0x70, 0x80, 0x56:
		v.kind = amqp1Number
		if code == 0x56 {
			v.kind = amqp1Bool
		}
		for _, c := range data {
			v.number = v.number<<8 | uint64(c)
		}
	case 0xa1, 0xa3, 0xb1, 0xb3:
		v.kind, v.data = amqp1Text, data
	case 0x45:
		v.kind = amqp1List
	case 0xc0, 0xd0:
		if len(data) < size {
			return nil, false
		}
		v.kind, v.data = amqp1List, data[size:] // without the number of elements
	case 0xe0, 0xf0:
		v.kind, v.data = amqp1Other, data
	default:
		v.kind = amqp1Other
	}
	return rest, true
}

// element is the n-th element of a list.
func (v *amqp1Value) element(n int) (e amqp1Value) {
	if v.kind != amqp1List {
		return amqp1Value{}
	}
	rest, ok := v.data, true
	for ; n >= 0; n-- {
		if rest, ok = e.next(rest); !ok {
			return amqp1Value{}
		}
	}
	return e
}

func amqp1Read(t *talk, b []byte) int {
	size, offset := binary.BigEndian.Uint32(b), int(b[4])*4
	if size > amqpFrameMax || int(size) < offset || offset < 8 || b[5] > 1 {
		return strange
	}
	n := int(size)
	if n == offset {
		return n // keeps the connection alive
	}
	if len(b) < min(n, amqp1Wait) && !t.cut {
		return 0
	}
	var v amqp1Value
	body := b[min(offset, len(b)):min(n, len(b))]
	_, ok := v.next(body)
	if !ok {
		if t.cut || n > len(b) {
			return n
		}
		return strange
	}
	name := amqp1Name(v.descriptor)
	if name == "" || v.kind != amqp1List {
		return strange
	}
	if v.descriptor == amqp1Flow {
		return n
	}
	t.say("AMQP ", name)
	amqp1Say(t, &v)
	return n
}

// amqp1Say says what a performative has.
func amqp1Say(t *talk, v *amqp1Value) {
	switch v.descriptor {
	case amqp1Open:
		amqp1Item(t, "container", v.element(0))
		amqp1Item(t, "host", v.element(1))
	case amqp1Attach:
		amqp1Item(t, "name", v.element(0))
		if role := v.element(2); role.kind == amqp1Bool {
			t.itemWord("role", amqp1Role(role.number))
		}
		source, target := v.element(5), v.element(6)
		amqp1Item(t, "source", source.element(0))
		amqp1Item(t, "target", target.element(0))
		amqp1Item(t, "handle", v.element(1))
	case amqp1Transfer:
		amqp1Item(t, "handle", v.element(0))
		amqp1Item(t, "delivery", v.element(1))
	case amqp1Disposition:
		amqp1Item(t, "first", v.element(1))
		amqp1Item(t, "last", v.element(2))
		outcomes := [...]string{"accepted", "rejected", "released", "modified"}
		if state := v.element(4).descriptor; state >= 0x24 && state < 0x24+uint64(len(outcomes)) {
			t.itemWord("state", outcomes[state-0x24])
		}
	case amqp1Detach:
		amqp1Item(t, "handle", v.element(0))
		amqp1SayError(t, v.element(2))
	case amqp1End, amqp1Close:
		amqp1SayError(t, v.element(0))
	case amqp1Mechanisms:
		if list := v.element(0); list.kind == amqp1Text {
			t.item("mechanisms", list.data)
		}
	case amqp1Init:
		t.isClient()
		amqp1Item(t, "mechanism", v.element(0))
		amqp1Item(t, "host", v.element(2))
	case amqp1Outcome:
		t.isServer()
		codes := [...]string{"ok", "auth", "sys", "sys-perm", "sys-temp"}
		if code := v.element(0); code.kind == amqp1Number && code.number < uint64(len(codes)) {
			t.itemWord("code", codes[code.number])
		}
	}
}

// amqp1Role is the name of the role of an end of a link.
func amqp1Role(receiver uint64) string {
	if receiver != 0 {
		return "receiver"
	}
	return "sender"
}

// amqp1Item says a text or a number.
func amqp1Item(t *talk, name string, v amqp1Value) {
	switch v.kind {
	case amqp1Text:
		t.item(name, v.data)
	case amqp1Number:
		t.itemNumber(name, v.number)
	}
}

// amqp1SayError says why something ended.
func amqp1SayError(t *talk, v amqp1Value) {
	if v.descriptor != amqp1Error {
		return
	}
	amqp1Item(t, "error", v.element(0))
	amqp1Item(t, "description", v.element(1))
}
