package apps

// Google's QUIC, before the standard: versions Q024 to Q050 with a handshake of its own
// ("QUIC Crypto" and "QUIC Wire Layout Specification" of the Chromium project), T050
// and T051 with TLS.

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
)

const (
	gquicQ050 = 0x51303530
	gquicT050 = 0x54303530
	gquicT051 = 0x54303531

	// gquicCrypto is the type of their frames with handshake messages.
	gquicCrypto = 0x08
	// gquicTags is how many tags a hello has at most.
	gquicTags = 64
)

// gquicState says that a conversation is of Google's QUIC.
type gquicState struct{}

// gquicIs reports whether a version is Google's with packets as in the standard.
func gquicIs(version uint32) bool {
	return version == gquicQ050 || version == gquicT050 || version == gquicT051
}

// gquicVersion reports whether a version is one with a handshake of its own.
func gquicVersion(version uint32) bool {
	return version>>16 == 'Q'<<8|'0' && byte(version>>8)-'0' < 10 && byte(version)-'0' < 10
}

// gquicDatagram: a version in letters and the begin of a client's hello, which is not
// encrypted to Q046. known is whether the conversation is such a one.
func gquicDatagram(t *talk, b []byte, known bool) bool {
	var version uint32
	var id []byte
	switch {
	case len(b) < 16:
		return known
	case b[0]&0x80 != 0: // Q044 to Q046
		version = binary.BigEndian.Uint32(b[1:])
		if b[5]>>4 == 5 {
			id = b[6:14]
		}
	case b[0]&0x09 == 0x09: // with a version and an id
		version = binary.BigEndian.Uint32(b[9:])
		id = b[1:9]
	}
	at := bytes.Index(b[:min(len(b), 100)], []byte("CHLO"))
	if !gquicVersion(version) || at < 0 {
		return known
	}
	if !known {
		t.keep(gquicState{}, 16)
	}
	t.isClient()
	var room [64]byte
	name := appendQUICVersion(room[:0], version)
	t.say("QUIC ")
	t.addName(name)
	t.set(FieldQUICVersion, name)
	t.add(" CHLO")
	gquicSayName(t, gquicTag(b[at:], "SNI\x00"))
	if len(id) > 0 {
		digits := hex.AppendEncode(room[:0], id)
		t.set(FieldQUICDCID, digits)
		t.item("dcid", digits)
	}
	return true
}

// gquicSayName says the name of the server that a client asks for.
func gquicSayName(t *talk, name []byte) {
	if len(name) > 0 {
		t.item("SNI", name)
		t.set(FieldTLSSNI, name)
		t.learnServer(name)
	}
}

// gquicTag is the value of a tag in a message; nil if there is none.
func gquicTag(b []byte, tag string) []byte {
	if len(b) < 8 {
		return nil
	}
	n := int(binary.LittleEndian.Uint16(b[4:]))
	if n > gquicTags || len(b) < 8+8*n {
		return nil
	}
	values := b[8+8*n:]
	from := uint32(0)
	for i := range n {
		entry := b[8+8*i:]
		end := binary.LittleEndian.Uint32(entry[4:])
		if end < from || uint64(end) > uint64(len(values)) {
			return nil
		}
		if string(entry[:4]) == tag {
			return values[from:end]
		}
		from = end
	}
	return nil
}

// gquicFrames reads the frames of an Initial packet of Q050, T050 or T051.
func (q *quicConn) gquicFrames(side int, b []byte) {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	r := quicReader{b: b}
	if r.varint() != gquicCrypto {
		return
	}
	offset := r.varint()
	if data := r.bytes(r.varint()); !r.bad {
		q.crypto[side][quicLevelInitial].add(offset, data)
	}
}
