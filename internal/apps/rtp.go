package apps

// RTP: RFC 3550, section 5.1; payload types: RFC 3551, section 6.

import "encoding/binary"

const rtpHeaderLen = 12

// rtpDatagram: two bits of a version are no content to go by, so that media must have
// been announced, or a source of a way that was opened has to say so twice.
func rtpDatagram(t *talk, b []byte) bool {
	if len(b) < rtpHeaderLen || b[0]>>6 != 2 || !t.likely(protocolRTP) {
		return false
	}
	kind := b[1] & 0x7f
	if kind >= 64 && kind <= 95 {
		return false // of RTCP, or of nobody (RFC 5761, section 4)
	}
	n := rtpHeaderLen + 4*int(b[0]&15)
	if b[0]&0x10 != 0 {
		n += 4
		if n <= len(b) {
			n += 4 * int(binary.BigEndian.Uint16(b[n-2:]))
		}
	}
	source := binary.BigEndian.Uint32(b[8:])
	if n > t.length || t.media != announced && !t.again(endpoint(t.p.Src, t.p.SrcPort), source) {
		return false
	}
	t.say("RTP ")
	if name := rtpType(kind); name != "" {
		t.add(name)
	} else {
		t.add("type ")
		t.addNumber(uint64(kind))
	}
	t.itemHex("ssrc", uint64(source))
	t.itemNumber("seq", uint64(binary.BigEndian.Uint16(b[2:])))
	t.itemNumber("time", uint64(binary.BigEndian.Uint32(b[4:])))
	if b[1]&0x80 != 0 {
		t.itemWord("", "marker")
	}
	return true
}

// rtpType is the name of a payload type that has a fixed meaning; "" for others.
func rtpType(kind uint8) string {
	names := [...]string{0: "PCMU", 3: "GSM", 4: "G723", 5: "DVI4/8000", 6: "DVI4/16000", 7: "LPC", 8: "PCMA",
		9: "G722", 10: "L16/44100/2", 11: "L16/44100", 12: "QCELP", 13: "CN", 14: "MPA", 15: "G728",
		16: "DVI4/11025", 17: "DVI4/22050", 18: "G729", 25: "CelB", 26: "JPEG", 28: "nv", 31: "H261",
		32: "MPV", 33: "MP2T", 34: "H263"}
	if int(kind) < len(names) {
		return names[kind]
	}
	return ""
}
