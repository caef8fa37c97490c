package live

import (
	"encoding/binary"
	"errors"
)

// Messages of D-Bus: "Message Protocol" of the D-Bus specification 0.43.
const (
	dbusHeader  = 16        // bytes that every message has: up to the length of the fields, with it
	dbusLongest = 128 << 20 // bytes of a message
)

// Types of messages.
const (
	dbusCall   = 1
	dbusReturn = 2
	dbusErrors = 3
)

// Header fields.
const (
	dbusPath        = 1
	dbusInterface   = 2
	dbusMember      = 3
	dbusErrorName   = 4
	dbusReplySerial = 5
	dbusDestination = 6
	dbusSender      = 7
	dbusSignature   = 8
)

var errNoDBus = errors.New("what comes from the bus is no message of D-Bus")

// dbusOrder is the byte order of a message.
func dbusOrder(b []byte) (binary.ByteOrder, error) {
	switch b[0] {
	case 'l':
		return binary.LittleEndian, nil
	case 'B':
		return binary.BigEndian, nil
	}
	return nil, errNoDBus
}

// dbusLength is how many bytes the message has that b begins with; 0 while b is too
// short to say. Errors: errNoDBus, also where it would be longer than a message may
// be.
func dbusLength(b []byte) (int, error) {
	if len(b) < dbusHeader {
		return 0, nil
	}
	order, err := dbusOrder(b)
	if err != nil {
		return 0, err
	}
	body, fields := order.Uint32(b[4:]), order.Uint32(b[12:])
	if body > dbusLongest || fields > dbusLongest {
		return 0, errNoDBus
	}
	n := align8(dbusHeader+int(fields)) + int(body)
	if n > dbusLongest {
		return 0, errNoDBus
	}
	return n, nil
}

func align8(n int) int { return (n + 7) &^ 7 }

// dbusReply is what a message says of the call that it answers.
type dbusReply struct {
	kind        byte   // type of the message
	serial      uint32 // of the call; 0: it is no answer
	sender      string
	destination string
	name        string // of an error
	text        string // the first argument, if that is a string
}

// parseDBusReply reads the header of a whole message, as far as it is understood, and
// the first argument.
func parseDBusReply(b []byte) (r dbusReply) {
	n, err := dbusLength(b)
	if err != nil || n == 0 || n > len(b) {
		return r
	}
	order, _ := dbusOrder(b)
	r.kind = b[1]
	end := dbusHeader + int(order.Uint32(b[12:]))
	signature := ""
	for at := dbusHeader; at+4 <= end; at = align8(at) {
		// A structure of a number and a variant of one basic type.
		if b[at+1] != 1 || b[at+3] != 0 {
			break
		}
		field, kind := b[at], b[at+2]
		at += 4
		value := ""
		switch kind {
		case 's', 'o':
			value, at = dbusString(b[:end], (at+3)&^3, order)
		case 'g':
			if at < end {
				if from, to := at+1, at+1+int(b[at]); to < end {
					value, at = string(b[from:to]), to+1
					break
				}
			}
			at = end
		case 'u':
			if at = (at + 3) &^ 3; at+4 > end {
				return r
			}
			if field == dbusReplySerial {
				r.serial = order.Uint32(b[at:])
			}
			at += 4
		default:
			return r
		}
		switch field {
		case dbusErrorName:
			r.name = value
		case dbusDestination:
			r.destination = value
		case dbusSender:
			r.sender = value
		case dbusSignature:
			signature = value
		}
	}
	if signature != "" && signature[0] == 's' {
		r.text, _ = dbusString(b[:n], align8(end), order)
	}
	return r
}

// dbusString reads a string at an offset, and returns the offset behind it: the end of
// b where it does not fit in there.
func dbusString(b []byte, at int, order binary.ByteOrder) (s string, next int) {
	if at+4 > len(b) {
		return "", len(b)
	}
	n := uint64(order.Uint32(b[at:]))
	if at += 4; uint64(at)+n >= uint64(len(b)) {
		return "", len(b)
	}
	end := at + int(n)
	return string(b[at:end]), end + 1
}

// appendDBusCall appends a call of a method of the bus itself, with a string as its
// argument, if that is not empty. The fields come as libdbus has them.
func appendDBusCall(b []byte, serial uint32, member, argument string) []byte {
	const driver = "org.freedesktop.DBus"
	start := len(b)
	b = append(b, 'l', dbusCall, 0, 1)
	b = append(b, make([]byte, dbusHeader-4)...)
	pad := func(to int) {
		for (len(b)-start)%to != 0 {
			b = append(b, 0)
		}
	}
	text := func(s string) {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(append(b, s...), 0)
	}
	for _, f := range [...]struct {
		field, kind byte
		value       string
	}{
		{dbusPath, 'o', "/org/freedesktop/DBus"}, {dbusDestination, 's', driver},
		{dbusInterface, 's', driver}, {dbusMember, 's', member},
	} {
		pad(8)
		b = append(b, f.field, 1, f.kind, 0)
		text(f.value)
	}
	if argument != "" {
		pad(8)
		b = append(b, dbusSignature, 1, 'g', 0, 1, 's', 0)
	}
	binary.LittleEndian.PutUint32(b[start+12:], uint32(len(b)-start-dbusHeader))
	pad(8)
	body := len(b)
	if argument != "" {
		text(argument)
	}
	binary.LittleEndian.PutUint32(b[start+4:], uint32(len(b)-body))
	binary.LittleEndian.PutUint32(b[start+8:], serial)
	return b
}

// dbusBuffer has what has come from the bus, and has not been taken yet. It grows as
// bytes come, and not by what they say of themselves.
type dbusBuffer struct {
	data     []byte
	from, to int // what is in it
}

const (
	dbusBufferSize = 256 << 10 // of a buffer without a message that needs more
	dbusBufferKept = 1 << 20   // a larger one is given back when it is empty
)

// message takes out the next message; ok is false when it is not whole yet. It is valid
// until room is called.
func (u *dbusBuffer) message() (m []byte, ok bool, err error) {
	n, err := dbusLength(u.data[u.from:u.to])
	if err != nil || n == 0 || n > u.to-u.from {
		return nil, false, err
	}
	m = u.data[u.from : u.from+n : u.from+n]
	u.from += n
	return m, true, nil
}

// line takes out a line, without its end.
func (u *dbusBuffer) line() (s string, ok bool) {
	for i := u.from; i+1 < u.to; i++ {
		if u.data[i] == '\r' && u.data[i+1] == '\n' {
			s = string(u.data[u.from:i])
			u.from = i + 2
			return s, true
		}
	}
	return "", false
}

// room is where more is read to; filled says how much was.
func (u *dbusBuffer) room() []byte {
	switch {
	case u.from == u.to:
		u.from, u.to = 0, 0
		if u.data == nil || len(u.data) > dbusBufferKept {
			u.data = make([]byte, dbusBufferSize)
		}
	case u.to < len(u.data):
	case u.from > 0:
		u.to = copy(u.data, u.data[u.from:u.to])
		u.from = 0
	default:
		data := make([]byte, min(2*len(u.data), dbusLongest)) // one that is full has a message that is not whole
		u.to = copy(data, u.data)
		u.data = data
	}
	return u.data[u.to:]
}

func (u *dbusBuffer) filled(n int) { u.to += n }
