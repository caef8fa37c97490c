package apps

// STUN: RFC 8489 and 3489; TURN: RFC 8656, over TCP RFC 6062; ICE: RFC 8445, section 16.

import (
	"encoding/binary"
	"net/netip"
)

const (
	stunHeaderLen = 20
	stunCookie    = 0x2112a442
	// stunWaitMax is how much data of a channel is waited for over TCP.
	stunWaitMax = 2 << 10
)

// Attributes (IANA, "STUN Attributes").
const (
	stunMappedAddress   = 0x0001
	stunUsername        = 0x0006
	stunErrorCode       = 0x0009
	stunChannelNumber   = 0x000c
	stunLifetime        = 0x000d
	stunXORPeerAddress  = 0x0012
	stunData            = 0x0013
	stunRealm           = 0x0014
	stunXORRelayed      = 0x0016
	stunXORMapped       = 0x0020
	stunUseCandidate    = 0x0025
	stunXORMappedOld    = 0x8020
	stunSoftware        = 0x8022
	stunAlternateServer = 0x8023
	stunICEControlled   = 0x8029
	stunICEControlling  = 0x802a
)

const (
	stunMethodBinding = 1

	stunClassRequest = 0
	stunClassSuccess = 2
)

// Data of channels (RFC 8656, section 12).
const (
	stunChannelFirst     = 0x4000
	stunChannelLast      = 0x4fff
	stunChannelHeaderLen = 4
)

// stunState is that of a conversation that has messages: data of channels may be among
// them. It is true where each has its length in front (RFC 4571), as ICE has it over TCP.
type stunState bool

// stunBegins: the magic cookie decides.
func stunBegins(t *talk, b []byte) verdict {
	framed, known := t.state().(stunState)
	if known && !bool(framed) && len(b) >= stunChannelHeaderLen && stunIsChannel(b) {
		return yes
	}
	switch {
	case !known:
		return max(stunHeader(b), stunFrame(b))
	case bool(framed):
		return stunFrame(b)
	}
	return stunHeader(b)
}

// stunHeader reports whether b begins with a message.
func stunHeader(b []byte) verdict {
	switch {
	case b[0] >= 0x40, len(b) >= 4 && b[3]&3 != 0, len(b) >= 8 && binary.BigEndian.Uint32(b[4:]) != stunCookie:
		return no
	case len(b) < 8:
		return maybe
	}
	return yes
}

// stunFrame reports whether b begins with a message that has its length in front.
func stunFrame(b []byte) verdict {
	if len(b) < 6 {
		if b[0] > stunWaitMax>>8 || len(b) > 2 && b[2] >= 0x40 {
			return no
		}
		return maybe
	}
	n := int(binary.BigEndian.Uint16(b))
	if n > stunWaitMax || n != stunHeaderLen+int(binary.BigEndian.Uint16(b[4:])) {
		return no
	}
	return stunHeader(b[2:])
}

// stunRead reads a message or data of a channel, which are padded to four bytes over
// TCP (RFC 8656, section 12.5).
func stunRead(t *talk, b []byte) int {
	if len(b) < stunChannelHeaderLen {
		return 0
	}
	framed, known := t.state().(stunState)
	if !known {
		framed = stunHeader(b) == no
		t.keep(framed, 1)
	}
	if framed {
		return stunReadFrame(t, b)
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if stunIsChannel(b) {
		n := stunChannelHeaderLen + length
		if len(b) < min(n, stunWaitMax) && !t.cut {
			return 0
		}
		stunChannelData(t, b[:min(n, len(b))])
		return (n + 3) &^ 3
	}
	n := stunHeaderLen + length
	if b[0] >= 0x40 || length%4 != 0 {
		return strange
	}
	if len(b) < n && !t.cut {
		return 0
	}
	if len(b) < stunHeaderLen || binary.BigEndian.Uint32(b[4:]) != stunCookie {
		return strange
	}
	stunMessage(t, b[:min(n, len(b))])
	return n
}

// stunReadFrame reads a datagram that has its length in front: a message, or media.
func stunReadFrame(t *talk, b []byte) int {
	n := 2 + int(binary.BigEndian.Uint16(b))
	if len(b) < min(n, stunWaitMax) && !t.cut {
		return 0
	}
	was := t.media
	t.media = possible
	t.within(b[2:min(n, len(b))], n-2, protocolSTUN, protocolDTLS, protocolRTCP, protocolRTP)
	t.media = was
	return n
}

func stunDatagram(t *talk, b []byte) bool {
	if len(b) < stunChannelHeaderLen {
		return false
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if stunIsChannel(b) {
		// Over UDP, too, it may be padded.
		if n := stunChannelHeaderLen + length; n != t.length && (n+3)&^3 != t.length {
			return false
		}
		if _, known := t.state().(stunState); !known && !t.d.rows[protocolSTUN].likely(t.p) {
			return false
		}
		t.keep(stunState(false), 0)
		stunChannelData(t, b[:min(stunChannelHeaderLen+length, len(b))])
		return true
	}
	if b[0] >= 0x40 || len(b) < stunHeaderLen || stunHeaderLen+length != t.length {
		return false
	}
	if binary.BigEndian.Uint32(b[4:]) != stunCookie && !stunIsOld(b) && !stunIsClassic(t, b) {
		return false
	}
	t.keep(stunState(false), 0)
	stunMessage(t, b)
	return true
}

// stunIsOld reports whether b is a message of a draft of TURN ([MS-TURN], section
// 2.2.3), which has another cookie as its first attribute.
func stunIsOld(b []byte) bool {
	return len(b) >= stunHeaderLen+8 && binary.BigEndian.Uint64(b[stunHeaderLen:]) == 0x000f0004_72c64bc6
}

// stunIsClassic reports whether b is a message without the cookie, as RFC 3489 has it:
// on the port if its attributes fit, elsewhere if they are those of RFC 3489, too.
func stunIsClassic(t *talk, b []byte) bool {
	if t.cut || len(b)%4 != 0 {
		return false
	}
	if method, _ := stunType(b); method != 1 && method != 2 {
		return false
	}
	b = b[stunHeaderLen:]
	if t.d.rows[protocolSTUN].likely(t.p) {
		return stunFills(b, 3)
	}
	const reflectedFrom, serverName, secondary = 0x000b, 0x8022, 0x8050
	for first := true; len(b) > 0 || first; first = false {
		kind, _, rest, ok := stunAttribute(b, 3)
		if !ok || kind == 0 || kind > reflectedFrom && kind != stunXORMappedOld && kind != serverName && kind != secondary {
			return false
		}
		b = rest
	}
	return true
}

// stunFills reports whether attributes with that padding fill b.
func stunFills(b []byte, padding int) bool {
	for len(b) > 0 {
		_, _, rest, ok := stunAttribute(b, padding)
		if !ok {
			return false
		}
		b = rest
	}
	return true
}

func stunIsChannel(b []byte) bool {
	channel := binary.BigEndian.Uint16(b)
	return channel >= stunChannelFirst && channel <= stunChannelLast
}

// stunType is the method and the class of a message, whose bits are mixed (RFC 8489,
// section 5).
func stunType(b []byte) (method, class int) {
	n := int(binary.BigEndian.Uint16(b))
	return n&0xf | n>>1&0x70 | n>>2&0xf80, n>>4&1 | n>>7&2
}

// stunAttribute reads the first attribute of b, and returns what follows its padding,
// which is 3, for a multiple of four bytes, or 0.
func stunAttribute(b []byte, padding int) (kind int, value, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, nil, false
	}
	n := 4 + int(binary.BigEndian.Uint16(b[2:]))
	if n > len(b) {
		return 0, nil, nil, false
	}
	return int(binary.BigEndian.Uint16(b)), b[4:n], b[min((n+padding)&^padding, len(b)):], true
}

// stunSay begins a message with the name of its type.
func stunSay(t *talk, b []byte) {
	if stunIsOld(b) {
		switch binary.BigEndian.Uint16(b) {
		case 0x0004:
			t.say("TURN Send Request")
			return
		case 0x0115:
			t.say("TURN Data Indication")
			return
		}
	}
	turn := [...]string{3: "Allocate", 4: "Refresh", 6: "Send", 7: "Data", 8: "CreatePermission",
		9: "ChannelBind", 10: "Connect", 11: "ConnectionBind", 12: "ConnectionAttempt"}
	method, class := stunType(b)
	switch {
	case method == stunMethodBinding:
		t.say("STUN Binding")
	case method == 2:
		t.say("STUN Shared Secret")
	case method < len(turn) && turn[method] != "":
		t.say("TURN ", turn[method])
	default:
		t.say("STUN method ")
		t.addNumber(uint64(method))
	}
	t.add([...]string{" Request", " Indication", " Success Response", " Error Response"}[class])
}

// stunMessage says a message, of which b is what was captured, and takes note of where
// it announces media.
func stunMessage(t *talk, b []byte) {
	method, class := stunType(b)
	stunSay(t, b)
	padding := 3
	if !stunFills(b[stunHeaderLen:], padding) && stunFills(b[stunHeaderLen:], 0) {
		padding = 0 // as drafts have it
	}
	var found stunFound
	for rest := b[stunHeaderLen:]; ; {
		kind, value, next, ok := stunAttribute(rest, padding)
		if !ok {
			break
		}
		stunItem(t, &found, b, kind, value)
		rest = next
	}
	if found.data != nil {
		stunRelayed(t, found.data, len(found.data))
	}
	src, dst := endpoint(t.p.Src, t.p.SrcPort), endpoint(t.p.Dst, t.p.DstPort)
	switch {
	case t.media == relayed:
		// The ends are those of a relay.
	case class == stunClassRequest && found.ice:
		t.allowMedia(src)
		t.allowMedia(dst)
	case class == stunClassRequest && method == stunMethodBinding:
		t.allowMedia(src)
	case class == stunClassSuccess && method == stunMethodBinding:
		t.allowMedia(dst)
	}
}

// stunFound is what attributes of a message have that is of use beyond words.
type stunFound struct {
	ice    bool
	data   []byte
	mapped netip.AddrPort
}

// stunItem says an attribute of the message b.
func stunItem(t *talk, found *stunFound, b []byte, kind int, value []byte) {
	switch kind {
	case stunUsername:
		t.item("user", value)
	case stunRealm:
		t.item("realm", value)
	case stunSoftware:
		t.item("software", value)
	case stunErrorCode:
		if len(value) >= 4 {
			t.itemNumber("error", uint64(value[2]&7)*100+uint64(value[3]))
			t.add(" ")
			t.addName(value[4:])
		}
	case stunLifetime:
		if len(value) == 4 {
			t.itemNumber("lifetime", uint64(binary.BigEndian.Uint32(value)))
		}
	case stunChannelNumber:
		if len(value) == 4 {
			t.itemHex("channel", uint64(binary.BigEndian.Uint16(value)))
		}
	case stunUseCandidate:
		t.itemWord("", "use-candidate")
	case stunData:
		t.itemNumber("length", uint64(len(value)))
		found.data = value
	case stunICEControlled, stunICEControlling:
		found.ice = true
	case stunMappedAddress, stunXORMapped, stunXORMappedOld:
		if end, ok := stunAddress(b, value, kind != stunMappedAddress); ok && end != found.mapped {
			t.itemEndpoint("mapped", end)
			t.allowMedia(end)
			found.mapped = end
		}
	case stunXORRelayed:
		if end, ok := stunAddress(b, value, true); ok {
			t.itemEndpoint("relayed", end)
			t.allowMedia(end)
		}
	case stunXORPeerAddress:
		if end, ok := stunAddress(b, value, true); ok {
			t.itemEndpoint("peer", end)
		}
	case stunAlternateServer:
		if end, ok := stunAddress(b, value, false); ok {
			t.itemEndpoint("alternate", end)
		}
	}
}

// stunAddress reads an address, which may be mixed with the cookie and the transaction
// of the message b (RFC 8489, section 14.2).
func stunAddress(b, value []byte, mixed bool) (end netip.AddrPort, ok bool) {
	if len(value) != 8 && len(value) != 20 || value[1] != 1 && len(value) == 8 || value[1] != 2 && len(value) == 20 {
		return end, false
	}
	var plain [18]byte
	n := copy(plain[:], value[2:])
	if mixed {
		plain[0], plain[1] = plain[0]^b[4], plain[1]^b[5]
		for i := 2; i < n; i++ {
			plain[i] ^= b[4+i-2]
		}
	}
	a, _ := netip.AddrFromSlice(plain[2:n])
	return netip.AddrPortFrom(a, binary.BigEndian.Uint16(plain[:])), true
}

// stunChannelData says data of a channel, of which b is what was captured.
func stunChannelData(t *talk, b []byte) {
	length := int(binary.BigEndian.Uint16(b[2:]))
	t.say("TURN ChannelData")
	t.itemHex("channel", uint64(binary.BigEndian.Uint16(b)))
	t.itemNumber("length", uint64(length))
	stunRelayed(t, b[stunChannelHeaderLen:], length)
}

// stunRelayed looks into what a relay passes on.
func stunRelayed(t *talk, b []byte, length int) {
	if t.media == relayed {
		return // a relay in a relay
	}
	was := t.media
	t.media = relayed
	t.within(b, length, protocolSTUN, protocolDTLS, protocolRTCP, protocolRTP)
	t.media = was
}
