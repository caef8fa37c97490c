package apps

// GTP-U: 3GPP TS 29.281, section 5; the PDU session container: TS 38.415, section 5.5.

import (
	"encoding/binary"
	"net/netip"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

const (
	gtpuHeaderLen = 8
	gtpuPDU       = 255 // type of messages that carry a packet
	gtpuSession   = 0x85
)

// gtpuName is the name of a type of message; "" for none of GTP-U.
func gtpuName(kind uint8) string {
	switch kind {
	case 1:
		return "Echo Request"
	case 2:
		return "Echo Response"
	case 26:
		return "Error Indication"
	case 31:
		return "Supported Extension Headers Notification"
	case 253:
		return "Tunnel Status"
	case 254:
		return "End Marker"
	case gtpuPDU:
		return "G-PDU"
	}
	return ""
}

// gtpuDatagram: on other ports than its own a message has to carry an IP packet of the
// right length.
func gtpuDatagram(t *talk, b []byte) bool {
	// Version 1, GTP and not GTP', and a bit that is zero.
	if len(b) < gtpuHeaderLen || b[0]&0xf8 != 0x30 || gtpuHeaderLen+int(binary.BigEndian.Uint16(b[2:])) != t.length {
		return false
	}
	name := gtpuName(b[1])
	if name == "" {
		return false
	}
	inner, qfi, ok := gtpuPayload(b)
	if !ok && !t.cut {
		return false
	}
	length := t.length - (len(b) - len(inner))
	if !t.likely(protocolGTPU) && (b[1] != gtpuPDU || !gtpuIsIP(inner, length)) {
		return false
	}
	t.say("GTP-U ", name)
	t.itemHex("TEID", uint64(binary.BigEndian.Uint32(b[4:])))
	if qfi >= 0 {
		t.itemNumber("QFI", uint64(qfi))
	}
	if b[1] == gtpuPDU {
		gtpuInner(t, inner, length)
	}
	return true
}

// gtpuPayload is what follows the header and its extensions, and the QoS flow that one
// of these names; -1: none does.
func gtpuPayload(b []byte) (inner []byte, qfi int, ok bool) {
	qfi = -1
	if b[0]&7 == 0 {
		return b[gtpuHeaderLen:], qfi, true
	}
	at := gtpuHeaderLen + 4
	if at > len(b) {
		return nil, qfi, false
	}
	next := b[at-1]
	if b[0]&4 == 0 {
		next = 0
	}
	for next != 0 {
		// An extension has its length in units of four bytes in front, and the type of
		// the next one at its end.
		if at >= len(b) || b[at] == 0 || at+4*int(b[at]) > len(b) {
			return nil, qfi, false
		}
		if next == gtpuSession {
			qfi = int(b[at+2] & 0x3f)
		}
		at += 4 * int(b[at])
		next = b[at-1]
	}
	return b[at:], qfi, true
}

// gtpuIsIP reports whether b begins with the header of an IP packet of that length.
func gtpuIsIP(b []byte, length int) bool {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return b[0]&15 >= 5 && int(binary.BigEndian.Uint16(b[2:])) == length
	case len(b) >= 40 && b[0]>>4 == 6:
		return 40+int(binary.BigEndian.Uint16(b[4:])) == length
	}
	return false
}

// gtpuInner says the packet that a message carries: its protocol, addresses and ports.
// What is no IP packet is a frame of another network, and is not said.
func gtpuInner(t *talk, b []byte, length int) {
	if !gtpuIsIP(b, length) {
		return
	}
	pkt := capture.Packet{Data: b, Length: uint32(length), LinkType: capture.LinkRAW}
	var p header.Packet
	if header.Decode(&pkt, &p) {
		t.nextItem("inner")
		t.add(header.ProtocolName(p.Protocol), " ")
		t.d.said.text = header.AppendEndpoint(t.d.said.text, p.Src, p.SrcPort)
		t.add(" > ")
		t.d.said.text = header.AppendEndpoint(t.d.said.text, p.Dst, p.DstPort)
		t.end()
		return
	}
	protocol, from, to := b[9], b[12:16], b[16:20]
	if b[0]>>4 == 6 {
		protocol, from, to = b[6], b[8:24], b[24:40]
	}
	src, _ := netip.AddrFromSlice(from)
	dst, _ := netip.AddrFromSlice(to)
	t.nextItem("inner")
	t.add("protocol ")
	t.addNumber(uint64(protocol))
	t.add(" ")
	t.d.said.text = src.AppendTo(t.d.said.text)
	t.add(" > ")
	t.d.said.text = dst.AppendTo(t.d.said.text)
	t.end()
}
