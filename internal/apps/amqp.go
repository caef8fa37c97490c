package apps

// AMQP 0-9-1: the specification of 2008 (frames in section 2.3, field tables in
// 4.2.5), with the methods that RabbitMQ adds. amqp1.go has version 1.0, which is
// another protocol that begins with the same header.

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// amqpFrameMax is how long a frame may be that is believed.
const amqpFrameMax = 16 << 20

// amqpState is which version both sides speak.
type amqpState struct{ version amqpVersion }

type amqpVersion byte

const (
	amqpUnknown amqpVersion = iota
	amqp0                   // 0-9-1
	amqp1                   // 1.0
)

// The types of frames, and the byte at their end.
const (
	amqpMethod    = 1
	amqpHeader    = 2
	amqpBody      = 3
	amqpHeartbeat = 8
	amqpFrameEnd  = 0xce
)

// amqpHeaderBytes is the length of the header that a client begins with: AMQP, what
// follows, and the version.
const amqpHeaderBytes = 8

// amqpBegins: the header; on its port, or once it is known, a frame of either version.
func amqpBegins(t *talk, b []byte) verdict {
	const begin = "AMQP"
	if n := min(len(b), len(begin)); begin[:n] == string(b[:n]) {
		if len(b) < amqpHeaderBytes {
			return maybe
		}
		if amqpHeaderName(b) == "" {
			return no
		}
		return yes
	}
	if t.s.app != protocolAMQP && !t.likely(protocolAMQP) {
		return no
	}
	if len(b) < 12 {
		return maybe
	}
	if amqpVersionOf(b) == amqpUnknown {
		return no
	}
	return yes
}

// amqpHeaderName is the version that a header is for; "" if there is none.
func amqpHeaderName(b []byte) string {
	switch string(b[4:amqpHeaderBytes]) {
	case "\x00\x00\x09\x01":
		return "0-9-1"
	case "\x01\x01\x00\x09", "\x01\x01\x00\x0a", "\x01\x01\x08\x00", "\x01\x01\x09\x01":
		return "before 0-9-1"
	case "\x00\x01\x00\x00":
		return "1.0"
	case "\x02\x01\x00\x00":
		return "1.0 TLS"
	case "\x03\x01\x00\x00":
		return "1.0 SASL"
	}
	return ""
}

// amqpVersionOf is the version that a frame is of, as far as its first 12 bytes show.
func amqpVersionOf(b []byte) amqpVersion {
	if len(b) < 12 {
		return amqpUnknown
	}
	size := binary.BigEndian.Uint32(b[3:])
	ends := size <= amqpFrameMax && (int(size)+8 > len(b) || b[7+size] == amqpFrameEnd)
	switch {
	case b[0] == amqpMethod && ends && size >= 4 && amqpFind(b[7:]) != nil:
		return amqp0
	case b[0] == amqpHeader && ends && size >= 14 && binary.BigEndian.Uint16(b[7:]) == 60 && b[9] == 0 && b[10] == 0:
		return amqp0
	}
	size = binary.BigEndian.Uint32(b)
	if at := int(b[4]) * 4; b[4] == 2 && b[5] <= 1 && size >= uint32(at)+3 && size <= amqpFrameMax &&
		b[8] == 0 && b[9] == 0x53 && amqp1Name(uint64(b[10])) != "" {
		return amqp1
	}
	return amqpUnknown
}

func amqpRead(t *talk, b []byte) int {
	state, _ := t.state().(*amqpState)
	if state == nil {
		state = new(amqpState)
		t.keep(state, 16)
	}
	if len(b) < amqpHeaderBytes {
		return 0
	}
	if bytes.HasPrefix(b, []byte("AMQP")) {
		name := amqpHeaderName(b)
		switch {
		case name == "":
			return strange
		case name[0] == '1':
			state.version = amqp1
		default:
			state.version = amqp0
		}
		t.say("AMQP ", name)
		if t.toServer() || name[0] == '1' { // a server of 0-9-1 says by it that it has no other
			return amqpHeaderBytes
		}
		t.add(" only")
		return amqpHeaderBytes
	}
	if state.version == amqpUnknown {
		state.version = amqpVersionOf(b)
	}
	if state.version == amqp1 {
		return amqp1Read(t, b)
	}
	size := binary.BigEndian.Uint32(b[3:])
	if size > amqpFrameMax {
		return strange
	}
	n := 7 + int(size) + 1
	if len(b) >= n && b[n-1] != amqpFrameEnd {
		return strange
	}
	switch b[0] {
	case amqpMethod:
		if len(b) < n && !t.cut && n <= MaxMessage {
			return 0
		}
		if !amqpSay(t, b[7:min(len(b), n-1)], binary.BigEndian.Uint16(b[1:])) {
			return strange
		}
	case amqpHeartbeat:
		t.say("AMQP Heartbeat")
	case amqpHeader, amqpBody:
	default:
		return strange
	}
	return n
}

// amqpMethodRow is a method, and what is said of its arguments, one word each: a number
// of bytes that are left out; name and letter: s a short string, l a long one, L
// a long one that is left out, 2, 4 or 8 a number of as many bytes, t a table of
// properties.
type amqpMethodRow struct {
	class, method uint16
	name          string
	arguments     string
}

var amqpMethods = [...]amqpMethodRow{
	{10, 10, "Connection.Start", "2 t l:mechanisms"},
	{10, 11, "Connection.Start-Ok", "t s:mechanism"},
	{10, 20, "Connection.Secure", ""},
	{10, 21, "Connection.Secure-Ok", ""},
	{10, 30, "Connection.Tune", "2:channel-max 4:frame-max 2:heartbeat"},
	{10, 31, "Connection.Tune-Ok", "2:channel-max 4:frame-max 2:heartbeat"},
	{10, 40, "Connection.Open", "s:vhost"},
	{10, 41, "Connection.Open-Ok", ""},
	{10, 50, "Connection.Close", "2:code s:text"},
	{10, 51, "Connection.Close-Ok", ""},
	{10, 60, "Connection.Blocked", "s:reason"},
	{10, 61, "Connection.Unblocked", ""},
	{10, 70, "Connection.Update-Secret", ""},
	{10, 71, "Connection.Update-Secret-Ok", ""},
	{20, 10, "Channel.Open", ""},
	{20, 11, "Channel.Open-Ok", ""},
	{20, 20, "Channel.Flow", "1:active"},
	{20, 21, "Channel.Flow-Ok", "1:active"},
	{20, 40, "Channel.Close", "2:code s:text"},
	{20, 41, "Channel.Close-Ok", ""},
	{40, 10, "Exchange.Declare", "2 s:exchange s:type"},
	{40, 11, "Exchange.Declare-Ok", ""},
	{40, 20, "Exchange.Delete", "2 s:exchange"},
	{40, 21, "Exchange.Delete-Ok", ""},
	{40, 30, "Exchange.Bind", "2 s:destination s:source s:routing-key"},
	{40, 31, "Exchange.Bind-Ok", ""},
	{40, 40, "Exchange.Unbind", "2 s:destination s:source s:routing-key"},
	{40, 51, "Exchange.Unbind-Ok", ""},
	{50, 10, "Queue.Declare", "2 s:queue"},
	{50, 11, "Queue.Declare-Ok", "s:queue 4:messages 4:consumers"},
	{50, 20, "Queue.Bind", "2 s:queue s:exchange s:routing-key"},
	{50, 21, "Queue.Bind-Ok", ""},
	{50, 30, "Queue.Purge", "2 s:queue"},
	{50, 31, "Queue.Purge-Ok", "4:messages"},
	{50, 40, "Queue.Delete", "2 s:queue"},
	{50, 41, "Queue.Delete-Ok", "4:messages"},
	{50, 50, "Queue.Unbind", "2 s:queue s:exchange s:routing-key"},
	{50, 51, "Queue.Unbind-Ok", ""},
	{60, 10, "Basic.Qos", "4 2:prefetch"},
	{60, 11, "Basic.Qos-Ok", ""},
	{60, 20, "Basic.Consume", "2 s:queue s:consumer"},
	{60, 21, "Basic.Consume-Ok", "s:consumer"},
	{60, 30, "Basic.Cancel", "s:consumer"},
	{60, 31, "Basic.Cancel-Ok", "s:consumer"},
	{60, 40, "Basic.Publish", "2 s:exchange s:routing-key"},
	{60, 50, "Basic.Return", "2:code s:text s:exchange s:routing-key"},
	{60, 60, "Basic.Deliver", "s:consumer 8:tag 1 s:exchange s:routing-key"},
	{60, 70, "Basic.Get", "2 s:queue"},
	{60, 71, "Basic.Get-Ok", "8:tag 1 s:exchange s:routing-key"},
	{60, 72, "Basic.Get-Empty", ""},
	{60, 80, "Basic.Ack", "8:tag"},
	{60, 90, "Basic.Reject", "8:tag"},
	{60, 100, "Basic.Recover-Async", ""},
	{60, 110, "Basic.Recover", ""},
	{60, 111, "Basic.Recover-Ok", ""},
	{60, 120, "Basic.Nack", "8:tag"},
	{85, 10, "Confirm.Select", ""},
	{85, 11, "Confirm.Select-Ok", ""},
	{90, 10, "Tx.Select", ""},
	{90, 11, "Tx.Select-Ok", ""},
	{90, 20, "Tx.Commit", ""},
	{90, 21, "Tx.Commit-Ok", ""},
	{90, 30, "Tx.Rollback", ""},
	{90, 31, "Tx.Rollback-Ok", ""},
}

// amqpFind is the method that begins with its class and its number; nil: none.
func amqpFind(b []byte) *amqpMethodRow {
	if len(b) < 4 {
		return nil
	}
	class, method := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	for i := range amqpMethods {
		if row := &amqpMethods[i]; row.class == class && row.method == method {
			return row
		}
	}
	return nil
}

// amqpSay says a method. It is false where that is none.
func amqpSay(t *talk, b []byte, channel uint16) bool {
	row := amqpFind(b)
	if row == nil {
		return len(b) < 4 && t.cut
	}
	t.say("AMQP ", row.name)
	amqpArguments(t, row.arguments, b[4:])
	if channel != 0 {
		t.itemNumber("channel", uint64(channel))
	}
	return true
}

// amqpArguments says arguments as far as they are there.
func amqpArguments(t *talk, words string, b []byte) {
	for words != "" {
		var word string
		word, words, _ = strings.Cut(words, " ")
		kind, name, say := strings.Cut(word, ":")
		length := 0
		switch kind {
		case "s":
			if len(b) < 1 {
				return
			}
			length, b = int(b[0]), b[1:]
		case "l", "t":
			if len(b) < 4 {
				return
			}
			length, b = int(min(binary.BigEndian.Uint32(b), amqpFrameMax)), b[4:]
		default:
			length = int(kind[0] - '0')
		}
		if len(b) < length {
			return
		}
		value := b[:length]
		b = b[length:]
		switch {
		case kind == "t":
			amqpProperties(t, value)
		case say && (kind == "s" || kind == "l"):
			if len(value) > 0 {
				t.item(name, value)
			}
		case say:
			number := uint64(0)
			for _, c := range value {
				number = number<<8 | uint64(c)
			}
			t.itemNumber(name, number)
		}
	}
}

// amqpProperties says which program a side is.
func amqpProperties(t *talk, b []byte) {
	for len(b) > 0 {
		n := 1 + int(b[0])
		if len(b) < n+1 {
			return
		}
		name, kind := b[1:n], b[n]
		b = b[n+1:]
		length := 0
		switch kind {
		case 'S', 'x', 'A', 'F':
			if len(b) < 4 {
				return
			}
			length, b = int(min(binary.BigEndian.Uint32(b), amqpFrameMax)), b[4:]
		case 't', 'b', 'B':
			length = 1
		case 's', 'U', 'u':
			length = 2
		case 'I', 'i', 'f':
			length = 4
		case 'D':
			length = 5
		case 'l', 'L', 'd', 'T':
			length = 8
		case 'V':
		default:
			return
		}
		if len(b) < length {
			return
		}
		if kind == 'S' && (string(name) == "product" || string(name) == "version") {
			t.item(string(name), b[:length])
		}
		b = b[length:]
	}
}
