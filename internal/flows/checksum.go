package flows

import (
	"encoding/binary"
	"math/bits"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/records"
)

// checksumRight reports whether the checksum of TCP or UDP is right, or cannot be
// known: of what was not captured whole, of fragments, of what the sender's
// card would have filled in, behind extension headers.
func checksumRight(r *records.Packet) bool {
	p := &r.Header
	n := len(p.Transport) + len(p.Payload)
	if ipLength(r) != uint64(len(p.IP)+n) || p.Version == 6 && len(p.IP) > 40 || p.Fragment() {
		return true
	}
	b := p.All[len(p.All)-n:]
	is := uint16(0)
	if p.Protocol == header.ProtocolTCP {
		is = header.TCP(b).Checksum()
	} else if is = header.UDP(b).Checksum(); is == 0 && p.Version == 4 {
		return true // the sender made none
	} else if int(header.UDP(b).Length()) != n {
		return true
	}
	addresses := p.IP[12:20]
	if p.Version == 6 {
		addresses = p.IP[8:40]
	}
	pseudo := sum(uint64(bits.ReverseBytes16(uint16(p.Protocol)))+uint64(bits.ReverseBytes16(uint16(n))), addresses)
	return fold(sum(pseudo, b)) == 0xffff || is == bits.ReverseBytes16(fold(pseudo))
}

// sum adds the bytes of b to the sum of the Internet checksum (RFC 1071), as numbers
// of eight bytes: what is carried over comes back at the other end. In which order
// they are is the same, if only the result is turned round (section 2B).
func sum(s uint64, b []byte) uint64 {
	var c uint64
	for len(b) >= 64 {
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[8:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[16:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[24:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[32:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[40:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[48:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[56:]), c)
		b = b[64:]
	}
	for len(b) >= 8 {
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b), c)
		b = b[8:]
	}
	if len(b) > 0 {
		var rest [8]byte
		copy(rest[:], b)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(rest[:]), c)
	}
	s, c = bits.Add64(s, 0, c)
	return s + c
}

// fold makes 16 bits of a sum.
func fold(s uint64) uint16 {
	s = s>>32 + s&0xffffffff
	s = s>>32 + s&0xffffffff
	s = s>>16 + s&0xffff
	s = s>>16 + s&0xffff
	return uint16(s>>16 + s&0xffff)
}
