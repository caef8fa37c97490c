package apps

// WireGuard: "WireGuard: Next Generation Kernel Network Tunnel", section 5.4.

import "encoding/binary"

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
// certain. Others are of WireGuard after a handshake, or on its port.
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
		// Packets are padded to 16 bytes, but not beyond the MTU.
		padded := t.length%16 == 0 || t.length > 1200
		if _, known := t.state().(wireguardState); !known && !(padded && t.likely(protocolWireGuard)) {
			return false
		}
		return wireguardData(t, b, first)
	default:
		return false
	}
	t.keep(wireguardState{}, 0)
	return true
}

// wireguardData: what is encrypted ends with 16 bytes of authentication; a packet of
// nothing keeps the way open.
func wireguardData(t *talk, b []byte, receiver uint64) bool {
	if t.length == 32 {
		t.say("WireGuard Keepalive")
	} else {
		t.say("WireGuard Transport Data")
	}
	t.itemHex("receiver", receiver)
	t.itemNumber("counter", binary.LittleEndian.Uint64(b[8:]))
	return true
}
