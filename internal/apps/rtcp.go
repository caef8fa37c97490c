package apps

// RTCP: RFC 3550, section 6; feedback: RFC 4585, RFC 5104; extended reports: RFC 3611;
// in one port with RTP: RFC 5761; encrypted: RFC 3711, section 3.4.

import "encoding/binary"

// Types of packets.
const (
	rtcpSender    = 200
	rtcpReceiver  = 201
	rtcpSource    = 202
	rtcpGoodbye   = 203
	rtcpApp       = 204
	rtcpTransport = 205
	rtcpPayload   = 206
	rtcpExtended  = 207
)

// rtcpDatagram reads a datagram, which has several packets one behind the other.
func rtcpDatagram(t *talk, b []byte) bool {
	if len(b) < 8 || !rtcpHeader(b) || rtcpLength(b) > t.length || !t.likely(protocolRTCP) {
		return false
	}
	if !rtcpClear(t, b) {
		// Behind the first header all is encrypted, and there are bytes at the end.
		t.say("RTCP ", rtcpName(b))
		t.itemHex("ssrc", uint64(binary.BigEndian.Uint32(b[4:])))
		t.itemWord("", "encrypted")
		return true
	}
	for len(b) >= 4 {
		n := min(rtcpLength(b), len(b))
		rtcpPacket(t, b[:n])
		b = b[n:]
	}
	return true
}

// rtcpHeader reports whether b begins with the header of a packet.
func rtcpHeader(b []byte) bool { return b[0]>>6 == 2 && b[1] >= rtcpSender && b[1] <= rtcpExtended }

// rtcpLength is the length of the packet that b begins with.
func rtcpLength(b []byte) int { return 4 + 4*int(binary.BigEndian.Uint16(b[2:])) }

// rtcpClear reports whether the packets fill the datagram, as far as it was captured.
func rtcpClear(t *talk, b []byte) bool {
	at := 0
	for at+4 <= len(b) {
		if !rtcpHeader(b[at:]) {
			return false
		}
		at += rtcpLength(b[at:])
	}
	return at == t.length || t.cut && at >= len(b) && at <= t.length
}

func rtcpName(b []byte) string {
	return [...]string{"Sender Report", "Receiver Report", "Source Description", "Goodbye", "Application-Defined",
		"Transport Feedback", "Payload Feedback", "Extended Report"}[b[1]-rtcpSender]
}

// rtcpPacket says one packet, as far as it was captured.
func rtcpPacket(t *talk, b []byte) {
	t.say("RTCP ", rtcpName(b))
	count := int(b[0] & 31)
	if b[1] == rtcpTransport || b[1] == rtcpPayload {
		t.add(rtcpFeedback(b[1], count))
	}
	if len(b) < 8 {
		return // without a source, or cut
	}
	t.itemHex("ssrc", uint64(binary.BigEndian.Uint32(b[4:])))
	switch b[1] {
	case rtcpSender:
		if len(b) >= 28 {
			t.itemNumber("packets", uint64(binary.BigEndian.Uint32(b[20:])))
			t.itemNumber("bytes", uint64(binary.BigEndian.Uint32(b[24:])))
			rtcpReport(t, b[28:], count)
		}
	case rtcpReceiver:
		rtcpReport(t, b[8:], count)
	case rtcpSource:
		rtcpCanonical(t, b[8:])
	case rtcpGoodbye:
		if at := 4 + 4*count; count > 0 && at < len(b) {
			if n := int(b[at]); n > 0 && at+1+n <= len(b) {
				t.item("reason", b[at+1:at+1+n])
			}
		}
	case rtcpApp:
		if len(b) >= 12 {
			t.item("name", b[8:12])
		}
	case rtcpTransport, rtcpPayload:
		if len(b) >= 12 {
			t.itemHex("media", uint64(binary.BigEndian.Uint32(b[8:])))
		}
	}
}

// rtcpReport says the first of count reports about what was received.
func rtcpReport(t *talk, b []byte, count int) {
	if count == 0 || len(b) < 24 {
		return
	}
	t.itemHex("source", uint64(binary.BigEndian.Uint32(b)))
	// The number is signed: what comes twice makes up for losses.
	lost := int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8
	t.itemNumber("lost", uint64(max(lost, 0)))
	t.itemNumber("jitter", uint64(binary.BigEndian.Uint32(b[12:])))
}

// rtcpCanonical says the canonical name among the items of a source.
func rtcpCanonical(t *talk, b []byte) {
	const cname = 1
	for len(b) >= 2 && b[0] != 0 {
		n := 2 + int(b[1])
		if n > len(b) {
			return
		}
		if b[0] == cname {
			t.item("cname", b[2:n])
			return
		}
		b = b[n:]
	}
}

// rtcpFeedback is the name of a kind of feedback, with a blank in front (IANA, "FMT
// Values for RTPFB Payload Types" and "for PSFB").
func rtcpFeedback(kind byte, format int) string {
	if kind == rtcpTransport {
		switch format {
		case 1:
			return " NACK"
		case 3:
			return " TMMBR"
		case 4:
			return " TMMBN"
		case 11:
			return " CCFB"
		case 15:
			return " TWCC"
		}
		return ""
	}
	switch format {
	case 1:
		return " PLI"
	case 2:
		return " SLI"
	case 3:
		return " RPSI"
	case 4:
		return " FIR"
	case 5:
		return " TSTR"
	case 6:
		return " TSTN"
	case 7:
		return " VBCM"
	case 15:
		return " AFB"
	}
	return ""
}
