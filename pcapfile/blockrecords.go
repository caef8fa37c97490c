package pcapfile

import (
	"bytes"
	"encoding/binary"
)

// pcapRecords are the records of a pcap file.
type pcapRecords struct {
	pcapFormat
	snaplen uint32
	second  uint32 // near which records are guessed
}

// How near, in seconds, and how many bytes a guessed record may have had on the wire.
const (
	guessedNear   = 1 << 22
	guessedLength = 1 << 20
)

func (r *pcapRecords) sizing() sizing {
	c := sizing{header: r.recordHeader, word: 8, more: r.recordHeader}
	if r.lengths == originalFirst {
		c.word = 12
	}
	return c
}

func (r *pcapRecords) valid(b []byte) bool {
	captured, _ := r.lengthsOf(b)
	return captured <= r.maxCaptured
}

func (r *pcapRecords) take(p *part, b []byte, offsets []uint32, end int) {
	header, most, snaplen := r.recordHeader, r.maxCaptured, r.snaplen
	data, lengths := p.data, p.lengths
	for _, at := range offsets {
		record := b[at:]
		captured, original := r.lengthsOf(record)
		if captured > most {
			end = int(at)
			break
		}
		data, lengths = append(data, record[header:header+int(min(captured, snaplen))]), append(lengths, original)
	}
	p.data, p.lengths, p.at = data, lengths, end
}

func (r *pcapRecords) like(b []byte) { r.second = binary.NativeEndian.Uint32(b) }

// guess looks for the byte of the time that seldom changes, which stands alone in most
// bytes of packets.
func (r *pcapRecords) guess(b []byte, from, to int) int {
	var second [4]byte
	binary.NativeEndian.PutUint32(second[:], r.second)
	byteAt := 3
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		byteAt = 0
	}
	for at := from; at < to; at++ {
		i := bytes.IndexByte(b[min(at+byteAt, len(b)):min(to+byteAt, len(b))], second[byteAt])
		if i < 0 {
			break
		}
		at += i
		if next, ok := r.plausible(b, at); ok {
			if _, ok = r.plausible(b, next); ok || next+r.recordHeader > len(b) {
				return at
			}
		}
	}
	return to
}

// plausible reports whether a record may begin at b[at:], and where the next one does then.
func (r *pcapRecords) plausible(b []byte, at int) (next int, ok bool) {
	if at+r.recordHeader > len(b) {
		return 0, false
	}
	h := b[at : at+recordHeaderLen]
	near := binary.NativeEndian.Uint32(h) - r.second + guessedNear
	fraction := int64(binary.NativeEndian.Uint32(h[4:])) * r.unit
	captured, original := r.lengthsOf(h)
	return at + r.recordHeader + int(captured), near < 2*guessedNear && fraction < 1e9 &&
		captured <= min(r.snaplen, r.maxCaptured) && captured <= original && original <= guessedLength
}

// enhancedPackets are the enhanced packet blocks of a pcapng file whose interfaces are
// known. Other blocks are none of these records.
type enhancedPackets struct {
	interfaces uint32
	snaplen    uint32
	maxBlock   uint32
}

// What stands before an enhanced packet block's data, and around them.
const (
	enhancedHead  = blockHeadLen + enhancedPacketLen
	enhancedEmpty = enhancedHead + blockTailLen
)

func (r *enhancedPackets) sizing() sizing { return sizing{header: enhancedEmpty, word: 4} }

func (r *enhancedPackets) valid(b []byte) bool {
	h := b[:enhancedHead]
	n, captured := binary.NativeEndian.Uint32(h[4:]), binary.NativeEndian.Uint32(h[20:])
	return binary.NativeEndian.Uint32(h) == blockEnhancedPacket && n%4 == 0 && n >= enhancedEmpty && n <= r.maxBlock &&
		captured <= min(r.snaplen, n-enhancedEmpty) && binary.NativeEndian.Uint32(h[8:]) < r.interfaces
}

// take does what ends does without a call for each record, whose size is known to be what
// its header says: 251 instructions a packet with a filter, in place of 304.
func (r *enhancedPackets) take(p *part, b []byte, offsets []uint32, end int) {
	interfaces, snaplen, most := r.interfaces, r.snaplen, r.maxBlock
	data, lengths := p.data, p.lengths
	for i, at := range offsets {
		next := end
		if i+1 < len(offsets) {
			next = int(offsets[i+1])
		}
		record := b[at:next]
		n := uint32(len(record))
		if n < enhancedEmpty || n > most {
			end = int(at)
			break
		}
		h := (*[enhancedHead]byte)(record)
		tail := binary.NativeEndian.Uint32(record[len(record)-blockTailLen:])
		captured := binary.NativeEndian.Uint32(h[20:])
		if binary.NativeEndian.Uint32(h[0:])^blockEnhancedPacket|n%4|tail^n != 0 ||
			captured > min(snaplen, n-enhancedEmpty) || binary.NativeEndian.Uint32(h[8:]) >= interfaces {
			end = int(at)
			break
		}
		data, lengths = append(data, record[enhancedHead:][:captured]), append(lengths, binary.NativeEndian.Uint32(h[24:]))
	}
	p.data, p.lengths, p.at = data, lengths, end
}

// ends reports whether a record is valid with all of its bytes.
func (r *enhancedPackets) ends(record []byte) bool {
	return r.valid(record) && binary.NativeEndian.Uint32(record[len(record)-blockTailLen:]) == uint32(len(record))
}

func (r *enhancedPackets) like([]byte) {}

// guess looks at offsets that are multiples of 4, as the blocks' are.
func (r *enhancedPackets) guess(b []byte, from, to int) int {
	for at := from; at < to && at+enhancedEmpty <= len(b); at += 4 {
		if h := b[at : at+enhancedEmpty]; r.valid(h) {
			if n := int(binary.NativeEndian.Uint32(h[4:])); n <= len(b)-at && r.ends(b[at:at+n]) {
				return at
			}
		}
	}
	return to
}
