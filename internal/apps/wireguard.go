package apps

// WireGuard: "WireGuard: Next Generation Kernel Network Tunnel", section 5.4.

import (
	"bytes"
	"encoding/binary"
)

// Types of messages, which three zero bytes follow.
const (
	wireguardInitiation = 1
	wireguardResponse   = 2
	wireguardCookie     = 3
	wireguardTransport  = 4
)

// wireguardState is that of a conversation in which there was a handshake.
type wireguardState struct{}

// wireguardDatagram: messages of a handshake have a length of their own, and are
// certain. Others are of WireGuard after a handshake, on its port, or together.
func wireguardDatagram(t *talk, b []byte) bool {
	if len(b) < 12 || b[1]|b[2]|b[3] != 0 {
		return false
	}
	first := uint64(binary.LittleEndian.Uint32(b[4:]))
	switch {
	case b[0] == wireguardInitiation && t.length == 148:
		t.say("WireGuard Handshake Initiation")
		t.itemHex("sender", first)
		t.isClient()
	case b[0] == wireguardResponse && t.length == 92:
		t.say("WireGuard Handshake Response")
		t.itemHex("sender", first)
		t.itemHex("receiver", uint64(binary.LittleEndian.Uint32(b[8:])))
		t.isServer()
	case b[0] == wireguardCookie && t.length == 64:
		t.say("WireGuard Cookie Reply")
		t.itemHex("receiver", first)
	case b[0] == wireguardTransport && t.length >= 32 && len(b) >= 16:
		if _, known := t.state().(wireguardState); !known && !wireguardIsData(t, b) {
			return false
		}
		wireguardData(t, b, first)
	default:
		return false
	}
	t.keep(wireguardState{}, 0)
	return true
}

// wireguardIsData reports whether b is of WireGuard though no handshake was seen: on its
// port, or if the same receiver had such a packet before. Packets are padded to 16 bytes,
// but not beyond the MTU.
func wireguardIsData(t *talk, b []byte) bool {
	if t.likely(protocolWireGuard) {
		return t.length%16 == 0 || t.length > 1200
	}
	// The counter is far from its end, and what is encrypted has few zeros.
	if t.length%16 != 0 || len(b) < 32 || binary.LittleEndian.Uint64(b[8:])>>40 != 0 || bytes.Count(b[16:32], []byte{0}) > 3 {
		return false
	}
	return t.again(endpoint(t.p.Dst, t.p.DstPort), binary.LittleEndian.Uint32(b[4:]))
}

// wireguardData says a packet: what is encrypted ends with 16 bytes of authentication, and
// a packet of nothing keeps the way open.
func wireguardData(t *talk, b []byte, receiver uint64) {
	if t.length == 32 {
		t.say("WireGuard Keepalive")
	} else {
		t.say("WireGuard Transport Data")
	}
	t.itemHex("receiver", receiver)
	t.itemNumber("counter", binary.LittleEndian.Uint64(b[8:]))
}
