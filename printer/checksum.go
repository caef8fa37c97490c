package printer

import (
	"encoding/binary"
	"math/bits"
)

// onesSum adds b to a ones' complement sum of 16-bit words (RFC 1071). An odd
// last byte counts as the upper half of a word, so all but the last piece of a
// sum must have an even length.
func onesSum(sum uint64, b []byte) uint64 {
	if len(b) >= 32 {
		words, rest := onesSumWords(b)
		sum, b = sum+words, rest
	}
	for len(b) >= 8 {
		v := binary.BigEndian.Uint64(b)
		sum += v>>32 + v&0xffffffff
		b = b[8:]
	}
	for len(b) >= 2 {
		sum += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	return sum
}

// onesSumWords is the ones' complement sum of the first bytes of b, a multiple of 32
// of them, and the bytes that are left. Words are added as they stand in memory: the
// order of bytes matters to the result alone (RFC 1071 section 2 B).
func onesSumWords(b []byte) (sum uint64, rest []byte) {
	var carry uint64
	for len(b) >= 64 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[24:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[32:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[40:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[48:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[56:]), carry)
		sum, carry = bits.Add64(sum, 0, carry)
		b = b[64:]
	}
	if len(b) >= 32 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	sum, carry = bits.Add64(sum, 0, carry)
	return uint64(bits.ReverseBytes16(^onesFold(sum + carry))), b
}

// onesFold turns a sum into the checksum: 0 over data with a right checksum
// inside.
func onesFold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// checksum is the Internet checksum over b; 0 when b holds a right one.
func checksum(b []byte) uint16 { return onesFold(onesSum(0, b)) }

// checksumShould is the checksum that a packet should carry, when it carries
// is and the sum over all of it came out as computed (as checksum returns it).
func checksumShould(is, computed uint16) uint16 {
	should := uint32(is) + uint32(computed)
	should = should&0xffff + should>>16
	return uint16(should&0xffff + should>>16)
}

// osiChecksum is the Fletcher checksum that a PDU should carry in the two bytes
// at offset (ISO 8473-1, annex C.3). It covers b[:length]; what stands in the
// field does not count.
func osiChecksum(b []byte, offset, length int) uint16 {
	need(b, 0, length)
	var c0, c1 uint64
	for i, c := range b[:length] {
		if i != offset && i != offset+1 {
			c0 += uint64(c)
		}
		c1 += c0
	}
	c0 %= 255
	c1 %= 255
	mul := int32(length-offset) * int32(c0)
	x := (mul - int32(c0) - int32(c1)) % 255
	y := (int32(c1) - mul) % 255
	if x <= 0 {
		x += 255
	}
	if y <= 0 {
		y += 255
	}
	return uint16(x<<8 | y&0xff)
}

// pseudoChecksum is the checksum of a transport protocol: over the first
// coverage bytes of b and the pseudo-header, which says length. It is 0 when b
// holds a right one. The pseudo-header's destination is the last hop of a
// source route or routing header (RFC 1122 section 4.1.3.4, RFC 8200 section
// 8.1). The packet ends when b is shorter than coverage.
func (p *Printer) pseudoChecksum(ip ipHeader, b []byte, length, coverage int, proto uint8) uint16 {
	need(b, 0, coverage)
	sum := uint64(proto) + uint64(uint16(length))
	if ip.version == 6 {
		src, dst := ip6At(ip.b, 8), p.ip6LastHop(ip)
		sum += uint64(uint32(length) >> 16)
		sum = onesSum(onesSum(sum, src[:]), dst[:])
	} else {
		src, dst := ip4At(ip.b, 12), ip4At(ip.b, 16)
		if ip.b[0]&0xf > ip4MinHeader/4 {
			dst = p.ip4LastHop(ip)
		}
		sum += uint64(binary.BigEndian.Uint32(src[:])) + uint64(binary.BigEndian.Uint32(dst[:]))
	}
	return onesFold(onesSum(sum, b[:coverage]))
}
