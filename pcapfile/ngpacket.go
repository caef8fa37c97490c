package pcapfile

import (
	"encoding/binary"

	"github.com/tapdump/tapdump/capture"
)

// appendPacket appends the block that a packet came in, with the time stamp as it
// stands there, whatever its unit, and all options. A packet of a pcap file, or
// of a source that is not followed, gets a block of its own.
func (s *ngSource) appendPacket(b []byte, pkt *capture.Packet) []byte {
	r, _ := pkt.Origin.(*Reader)
	st := s.reader(r)
	if st == nil {
		r = nil
		b, st = s.describeStranger(b)
	}
	if r == nil || r.ng == nil {
		return appendOwnPacket(b, st.ids[0], pkt)
	}
	blk := &r.passage.packet
	b = s.processes.appendOf(b, r)
	switch blk.kind {
	case blockSimplePacket:
		return r.appendSimplePacket(b, st.ids[0], r.u32(blk.body), pkt)
	case blockPacket:
		return s.appendObsolete(b, r, st, blk, pkt)
	}
	b, at := beginBlock(b, blockEnhancedPacket)
	b = binary.NativeEndian.AppendUint32(b, st.ids[r.u32(blk.body)])
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[4:]))
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[8:]))
	b = binary.NativeEndian.AppendUint32(b, uint32(len(pkt.Data)))
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[16:]))
	b = r.appendData(b, pkt)
	start := len(b)
	b = s.appendOptions(b, r, blk.kind, r.packetOptions(), anyOption)
	b = appendAnnotation(b, pkt.Annotation)
	return endBlock(endOptions(b, start), at)
}

// appendOwnPacket appends a packet of which no block says anything.
func appendOwnPacket(b []byte, iface uint32, pkt *capture.Packet) []byte {
	b, at := beginPacket(b, iface, pkt)
	start := len(b)
	b = appendAnnotation(b, pkt.Annotation)
	return endBlock(endOptions(b, start), at)
}

// describeStranger returns what is known of sources that are not followed: they
// share an interface.
func (s *ngSource) describeStranger(b []byte) ([]byte, *ngReader) {
	st := s.reader(nil)
	if st == nil {
		st = &ngReader{}
		s.readers[nil] = st
		d := appendInterface(nil, capture.Interface{LinkType: s.link, SnapLen: uint32(s.format.SnapLen)})
		s.addInterface(st, d)
		b = append(b, d...)
	}
	return b, st
}

// packetOptions returns the options of the last packet.
func (r *Reader) packetOptions() []byte {
	b := &r.passage.packet
	if b.kind == blockSimplePacket {
		return nil
	}
	// Both kinds have the captured length in the same place, and it was checked.
	captured := int(r.u32(b.body[12:]))
	return b.body[min(len(b.body), enhancedPacketLen+(captured+3)&^3):]
}

// appendSimplePacket appends a packet without a time, section 4.4. It is of the
// section's first interface, or has to be stored otherwise.
func (r *Reader) appendSimplePacket(b []byte, iface, length uint32, pkt *capture.Packet) []byte {
	if iface != 0 || pkt.Annotation != nil {
		return appendOwnPacket(b, iface, pkt)
	}
	b, at := beginBlock(b, blockSimplePacket)
	b = binary.NativeEndian.AppendUint32(b, length)
	b = r.appendData(b, pkt)
	return endBlock(b, at)
}

// appendData appends a packet's bytes and their padding. What stands in the byte
// order of its section, and was not converted when it was read, is converted: the
// section that it gets into has the machine's.
func (r *Reader) appendData(b []byte, pkt *capture.Packet) []byte {
	start := len(b)
	b = appendPadded(b, pkt.Data)
	if r.swapped {
		swapFamily(pkt.LinkType, b[start:start+len(pkt.Data)])
	}
	return b
}

// swapFamily converts the address family of BSD's loopback and IPsec headers, and
// the flags of the latter.
func swapFamily(link capture.LinkType, data []byte) {
	switch link {
	case capture.LinkNULL:
		swap(data, 0, 4)
	case capture.LinkENC:
		_ = swap(data, 0, 4) && swap(data, 8, 4)
	}
}

// appendObsolete appends an enhanced packet block for a packet block, which must
// not be written any more (appendix A).
func (s *ngSource) appendObsolete(b []byte, r *Reader, st *ngReader, blk *block, pkt *capture.Packet) []byte {
	b, at := beginBlock(b, blockEnhancedPacket)
	b = binary.NativeEndian.AppendUint32(b, st.ids[r.u16(blk.body)])
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[4:]))
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[8:]))
	b = binary.NativeEndian.AppendUint32(b, uint32(len(pkt.Data)))
	b = binary.NativeEndian.AppendUint32(b, r.u32(blk.body[16:]))
	b = r.appendData(b, pkt)
	start := len(b)
	b = s.appendOptions(b, r, blk.kind, r.packetOptions(), anyOption)
	const unknown = 0xffff
	if drops := r.u16(blk.body[2:]); drops != 0 && drops != unknown {
		b = appendOption64(b, optionDropCount, uint64(drops))
	}
	b = appendAnnotation(b, pkt.Annotation)
	return endBlock(endOptions(b, start), at)
}
