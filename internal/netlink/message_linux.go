// Package netlink has the framing of netlink(7): requests to the kernel are built of
// attributes, sent, and answered; what the kernel sends is gone through, with lengths
// that are checked.
//
// Sources: linux/netlink.h; Documentation/userspace-api/netlink/intro.rst of Linux.
package netlink

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// HeaderLen is the length in bytes of a message's header, struct nlmsghdr.
const HeaderLen = unix.SizeofNlMsghdr

var ne = binary.NativeEndian

// Message is a message: its header, in the machine's byte order, and its body.
type Message []byte

// NewMessage is a request with an empty body. Its bytes lie in memory, as far as they
// find room there.
func NewMessage(memory []byte, kind, flags uint16) Message {
	m, header := Message(memory[:0]).grow(HeaderLen)
	ne.PutUint16(header[4:], kind)
	ne.PutUint16(header[6:], unix.NLM_F_REQUEST|flags)
	return m
}

// grow appends zeros, which it returns, too.
func (m Message) grow(n int) (longer Message, zeros []byte) {
	at := len(m)
	m = append(m, make([]byte, n)...)
	ne.PutUint32(m, uint32(len(m)))
	return m, m[at:]
}

// Append appends to the body what stands there in front of attributes.
func (m Message) Append(b ...byte) Message {
	m, at := m.grow(len(b))
	copy(at, b)
	return m
}

// Attribute appends an attribute, whose value has less than 64 KiB. That of one with
// others in it, whose kind has unix.NLA_F_NESTED, is the Body of a message that these
// were appended to.
func (m Message) Attribute(kind uint16, value []byte) Message {
	n := unix.SizeofNlAttr + len(value)
	m, at := m.grow(aligned(n))
	ne.PutUint16(at, uint16(n))
	ne.PutUint16(at[2:], kind)
	copy(at[unix.SizeofNlAttr:], value)
	return m
}

// Attribute32 appends one that is a number.
func (m Message) Attribute32(kind uint16, value uint32) Message {
	var b [4]byte
	ne.PutUint32(b[:], value)
	return m.Attribute(kind, b[:])
}

// Kind, Flags and Number are fields of the header; an answer has its request's number.
func (m Message) Kind() uint16   { return ne.Uint16(m[4:]) }
func (m Message) Flags() uint16  { return ne.Uint16(m[6:]) }
func (m Message) Number() uint32 { return ne.Uint32(m[8:]) }

func (m Message) setNumber(n uint32) { ne.PutUint32(m[8:], n) }

// Body is what is behind the header.
func (m Message) Body() []byte { return m[HeaderLen:] }

// End reports whether a message is the last one of an answer. The error is the
// kernel's, a unix.Errno, or a *LengthError.
func (m Message) End() (is bool, err error) {
	switch m.Kind() {
	case unix.NLMSG_ERROR:
		if len(m.Body()) < 4 {
			return true, &LengthError{Got: len(m), Length: HeaderLen + 4}
		}
	case unix.NLMSG_DONE:
		if len(m.Body()) < 4 { // old kernels say nothing in it
			return true, nil
		}
	default:
		return false, nil
	}
	if code := int32(ne.Uint32(m.Body())); code < 0 {
		return true, unix.Errno(-int64(code))
	}
	return true, nil
}

// LengthError is a message that is not as long as it says, or has to be, in bytes.
type LengthError struct {
	Got    int
	Length uint32
}

func (e *LengthError) Error() string {
	return "a message of netlink does not have the length that it should have"
}

// Messages goes through what the kernel sends at once:
//
//	m := netlink.NewMessages(b)
//	for m.Next() {
//		use(m.Message)
//	}
//	return m.Err()
type Messages struct {
	Message // after Next
	rest    []byte
	err     error
}

// NewMessages goes through messages in b.
func NewMessages(b []byte) Messages { return Messages{rest: b} }

// Next comes to the next message. It is false at the end, where less is left than a
// header, too, and where there is a message that Err is about.
func (m *Messages) Next() bool {
	if len(m.rest) < HeaderLen {
		return false
	}
	n := ne.Uint32(m.rest)
	if n < HeaderLen || uint64(n) > uint64(len(m.rest)) {
		m.err = &LengthError{Got: len(m.rest), Length: n}
		m.rest = nil
		return false
	}
	m.Message, m.rest = m.rest[:n:n], m.rest[min(aligned(int(n)), len(m.rest)):]
	return true
}

// Err is nil, or a *LengthError.
func (m *Messages) Err() error { return m.err }

// Attributes goes through attributes, as of a message or within another one.
type Attributes struct {
	Kind  uint16 // after Next; without its flags
	Value []byte
	rest  []byte
}

// NewAttributes goes through attributes in b.
func NewAttributes(b []byte) Attributes { return Attributes{rest: b} }

// Next comes to the next attribute. It is false at the end, and at one that is damaged.
func (a *Attributes) Next() bool {
	if len(a.rest) < unix.SizeofNlAttr {
		return false
	}
	n := int(ne.Uint16(a.rest))
	if n < unix.SizeofNlAttr || n > len(a.rest) {
		a.rest = nil
		return false
	}
	a.Kind = ne.Uint16(a.rest[2:]) &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
	a.Value, a.rest = a.rest[unix.SizeofNlAttr:n:n], a.rest[min(aligned(n), len(a.rest)):]
	return true
}

// Find is the value of the first attribute of a kind in b; nil where there is none.
func Find(b []byte, kind uint16) []byte {
	for a := NewAttributes(b); a.Next(); {
		if a.Kind == kind {
			return a.Value
		}
	}
	return nil
}

// aligned rounds up to NLMSG_ALIGNTO, which is NLA_ALIGNTO, too.
func aligned(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }
