package live

import (
	"encoding/binary"
	"fmt"

	"github.com/tapdump/tapdump/capture"
)

// bpfField is where a number stands in a header, in bytes. Size is 4 or 8.
type bpfField struct{ at, size int }

func (f bpfField) read(b []byte) uint64 {
	if f.size == 8 {
		return binary.NativeEndian.Uint64(b[f.at:])
	}
	return uint64(binary.NativeEndian.Uint32(b[f.at:]))
}

// bpfLayout describes struct bpf_hdr, which precedes each packet in what the
// BPF device yields (bpf(4)). It differs between systems, and so does the
// alignment of the packets.
type bpfLayout struct {
	sec, usec       bpfField
	caplen, datalen int // offsets of 4 bytes each
	hdrlen          int // offset of 2 bytes
	flags           int // offset of OpenBSD's bh_flags; 0 where there is none
	align           int // a power of two
}

// size is the least that a header needs. The system counts padding at the end
// of the struct as part of the header only as far as that aligns what comes
// after the link-layer header.
func (l *bpfLayout) size() int { return max(l.hdrlen+2, l.flags+1) }

// bpfBuffer walks through what one read of a BPF device yielded.
type bpfBuffer struct {
	layout *bpfLayout
	data   []byte
	pos    int
}

// OpenBSD's bh_flags tells the direction: BPF_DIRECTION_IN or
// BPF_DIRECTION_OUT, shifted.
const (
	bpfFlagIn  = 1 << 4
	bpfFlagOut = 2 << 4
)

// next fills p with the next packet: its time, bytes, length and, where the
// header tells, direction. p.Data lies in the buffer. ok is false at the end. A
// damaged header ends the buffer with an error.
func (b *bpfBuffer) next(p *capture.Packet) (ok bool, err error) {
	// The last packet is not padded.
	if b.pos >= len(b.data) {
		return false, nil
	}
	l := b.layout
	rest := b.data[b.pos:]
	if len(rest) < l.size() {
		return false, b.damaged("%d bytes are left of a header of %d", len(rest), l.size())
	}
	hdrlen := int(binary.NativeEndian.Uint16(rest[l.hdrlen:]))
	caplen := binary.NativeEndian.Uint32(rest[l.caplen:])
	if hdrlen < l.size() {
		return false, b.damaged("the header's length is given as %d, and it has %d bytes at least", hdrlen, l.size())
	}
	if uint64(hdrlen)+uint64(caplen) > uint64(len(rest)) {
		return false, b.damaged("a header of %d bytes and a packet of %d are announced, and %d bytes are left", hdrlen, caplen, len(rest))
	}
	end := hdrlen + int(caplen)
	p.Time = capture.Timestamp{Sec: int64(l.sec.read(rest)), Nsec: int64(l.usec.read(rest)) * 1000}
	p.Data = rest[hdrlen:end:end]
	p.Length = binary.NativeEndian.Uint32(rest[l.datalen:])
	p.Direction = capture.DirUnknown
	if l.flags > 0 {
		switch rest[l.flags] & (bpfFlagIn | bpfFlagOut) {
		case bpfFlagIn:
			p.Direction = capture.DirIn
		case bpfFlagOut:
			p.Direction = capture.DirOut
		}
	}
	b.pos += (end + l.align - 1) &^ (l.align - 1)
	return true, nil
}

// damaged ends the buffer.
func (b *bpfBuffer) damaged(format string, args ...any) error {
	at := b.pos
	b.pos = len(b.data)
	return &Error{Reason: fmt.Sprintf("The system's packet filter handed over a damaged buffer of %d bytes: at %d, ", len(b.data), at) +
		fmt.Sprintf(format, args...)}
}
