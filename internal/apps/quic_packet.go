package apps

import (
	"encoding/binary"
)

// Types of QUIC packets (RFC 9000 17).
const (
	quicInitial = iota
	quicZeroRTT
	quicHandshake
	quicRetry
	quicOneRTT
	quicNegotiation
)

// Versions of QUIC (the registry "QUIC Versions"), and those before the standard
// that are still seen in captures.
const (
	quicV1      = 0x00000001
	quicV2      = 0x6b3343cf // RFC 9369
	quicDraft   = 0xff000000 // and the number of the draft
	quicMVFST22 = 0xfaceb001 // Facebook's drafts 22 and 27
	quicMVFST27 = 0xfaceb002
	quicMVFSTX  = 0xfaceb00e
)

// Limits of RFC 9000.
const (
	quicMaxID     = 20
	quicTagLength = 16
)

// quicHeader is the header of one packet, as far as it can be read without keys
// (RFC 9000 17, RFC 9369 3.2). Its slices lie in the datagram.
type quicHeader struct {
	kind     uint8
	version  uint32 // 0 in version negotiation and in short headers
	dcid     []byte
	scid     []byte
	token    []byte // of Initial and Retry packets
	versions []byte // of version negotiation, four bytes each
	number   int    // where the protected packet number begins
	end      int    // where the packet ends; beyond the bytes if it was cut
}

// parseLong reads a packet with a long header at the beginning of b. It is false
// if there is none of a version that is known.
func (h *quicHeader) parseLong(b []byte) bool {
	*h = quicHeader{}
	if len(b) < 7 || b[0]&0x80 == 0 {
		return false
	}
	h.version = binary.BigEndian.Uint32(b[1:])
	i := 5
	if !quicBytes(b, &i, uint64(b[i]), &h.dcid) || i >= len(b) || !quicBytes(b, &i, uint64(b[i]), &h.scid) {
		return false
	}
	h.end = len(b)
	if h.version == 0 {
		h.kind, h.versions = quicNegotiation, b[i:]
		return len(h.versions) >= 4 && len(h.versions)%4 == 0
	}
	if !quicKnown(h.version) || b[0]&0x40 == 0 || len(h.dcid) > quicMaxID || len(h.scid) > quicMaxID {
		return false
	}
	h.kind = b[0] >> 4 & 3
	if h.version == quicV2 {
		h.kind = (h.kind - 1) & 3
	}
	if h.kind == quicRetry {
		// The token is followed by an integrity tag.
		if len(b)-i <= quicTagLength {
			return false
		}
		h.token = b[i : len(b)-quicTagLength]
		return true
	}
	if h.kind == quicInitial {
		length, ok := quicVarint(b, &i)
		i--
		if !ok || !quicBytes(b, &i, length, &h.token) {
			return false
		}
	}
	length, ok := quicVarint(b, &i)
	if !ok || length < 4+quicTagLength || length > 1<<16 {
		return false
	}
	h.number, h.end = i, i+int(length)
	return true
}

// quicBytes reads n bytes behind the byte at i, which ends one behind them.
func quicBytes(b []byte, i *int, n uint64, out *[]byte) bool {
	begin := *i + 1
	if n > uint64(len(b)-begin) {
		return false
	}
	*i = begin + int(n)
	*out = b[begin:*i]
	return true
}

// quicVarint reads a variable-length integer at i (RFC 9000 16).
func quicVarint(b []byte, i *int) (v uint64, ok bool) {
	if *i >= len(b) {
		return 0, false
	}
	n := 1 << (b[*i] >> 6)
	if len(b)-*i < n {
		return 0, false
	}
	v = uint64(b[*i] & 0x3f)
	for _, c := range b[*i+1 : *i+n] {
		v = v<<8 | uint64(c)
	}
	*i += n
	return v, true
}

// quicDraftNumber is the number of the draft that a version is; 0 if it is none.
func quicDraftNumber(version uint32) int {
	switch version {
	case quicMVFST22:
		return 22
	case quicMVFST27, quicMVFSTX:
		return 27
	case gquicQ050, gquicT050:
		return 23
	case gquicT051:
		return 29
	}
	if version>>8 == quicDraft>>8 {
		return int(version & 0xff)
	}
	return 0
}

// quicKnown reports whether packets of a version look as this package reads them.
func quicKnown(version uint32) bool {
	draft := quicDraftNumber(version)
	return version == quicV1 || version == quicV2 || 22 <= draft && draft <= 34
}

// appendQUICVersion appends the name of a version: v1, draft-29, 0x1a2a3a4a.
func appendQUICVersion(b []byte, version uint32) []byte {
	switch {
	case version == quicV1:
		return append(b, "v1"...)
	case version == quicV2:
		return append(b, "v2"...)
	case gquicIs(version) || gquicVersion(version):
		return binary.BigEndian.AppendUint32(b, version)
	case version>>8 == quicDraft>>8:
		return appendTwoDigits(append(b, "draft-"...), int(version&0xff))
	}
	b = appendHex16(append(b, "0x"...), uint16(version>>16))
	return appendHex16(b, uint16(version))
}

// quicIsReserved reports whether a version only exercises version negotiation
// (RFC 9000 15).
func quicIsReserved(version uint32) bool { return version&0x0f0f0f0f == 0x0a0a0a0a }

// Frames that are told apart (RFC 9000 19).
const (
	quicFrameCrypto   = 0x06
	quicFrameStream   = 0x08 // to 0x0f
	quicFrameClose    = 0x1c // and 0x1d
	quicFrameDatagram = 0x30 // and 0x31 (RFC 9221)
)

// quicFrame is a frame: a CRYPTO frame, a STREAM frame with its data, or another.
type quicFrame struct {
	kind   uint64
	stream uint64
	offset uint64
	data   []byte // of CRYPTO and STREAM; of a connection close: the reason
	code   uint64 // of a connection close
}

// nextQUICFrame cuts the next frame off a decrypted payload; what is padded goes
// as one frame. It is false at the end, and at what it does not know.
func nextQUICFrame(rest *[]byte, f *quicFrame) bool {
	b := *rest
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	*rest = b
	if len(b) == 0 {
		return false
	}
	r := quicReader{b: b}
	*f = quicFrame{kind: r.varint()}
	switch k := f.kind; {
	case k == 0x01, k == 0x1e: // PING, HANDSHAKE_DONE
	case k == 0x02, k == 0x03: // ACK
		r.varints(2)
		ranges := r.varint()
		r.varint()
		for ; ranges > 0 && !r.bad; ranges-- {
			r.varints(2)
		}
		if k == 0x03 {
			r.varints(3)
		}
	case k == 0x04: // RESET_STREAM
		r.varints(3)
	case k == 0x05, k == 0x11, k == 0x15: // STOP_SENDING, MAX_STREAM_DATA, STREAM_DATA_BLOCKED
		r.varints(2)
	case k == quicFrameCrypto:
		f.offset = r.varint()
		f.data = r.bytes(r.varint())
	case k == 0x07: // NEW_TOKEN
		r.bytes(r.varint())
	case k&^7 == quicFrameStream:
		f.stream = r.varint()
		if k&4 != 0 {
			f.offset = r.varint()
		}
		if k&2 != 0 {
			f.data = r.bytes(r.varint())
		} else {
			f.data = r.bytes(uint64(len(b) - r.i))
		}
	case k == 0x10, k == 0x12, k == 0x13, k == 0x14, k == 0x16, k == 0x17, k == 0x19: // limits, RETIRE_CONNECTION_ID
		r.varints(1)
	case k == 0x18: // NEW_CONNECTION_ID
		r.varints(2)
		r.bytes(uint64(r.u8()))
		r.bytes(16)
	case k == 0x1a, k == 0x1b: // PATH_CHALLENGE, PATH_RESPONSE
		r.bytes(8)
	case k == quicFrameClose, k == quicFrameClose+1:
		f.code = r.varint()
		if k == quicFrameClose {
			r.varint()
		}
		f.data = r.bytes(r.varint())
	case k == 0x30: // DATAGRAM (RFC 9221)
		f.data = r.bytes(uint64(len(b) - r.i))
	case k == 0x31:
		f.data = r.bytes(r.varint())
	default:
		return false
	}
	if r.bad {
		return false
	}
	*rest = b[r.i:]
	return true
}

// quicReader reads numbers and bytes; past the end it gives zeros and is bad.
type quicReader struct {
	b   []byte
	i   int
	bad bool
}

func (r *quicReader) varint() uint64 {
	v, ok := quicVarint(r.b, &r.i)
	r.bad = r.bad || !ok
	return v
}

func (r *quicReader) varints(n int) {
	for range n {
		r.varint()
	}
}

func (r *quicReader) u8() byte {
	b := r.bytes(1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (r *quicReader) bytes(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)-r.i) {
		r.bad = true
		return nil
	}
	b := r.b[r.i : r.i+int(n)]
	r.i += int(n)
	return b
}
