package printer

import (
	"encoding/binary"
	"math"
)

// truncated is what a read past the end of the captured bytes panics with. It
// ends the packet: Print catches it and writes the mark.
type truncated struct{}

//go:noinline
func trunc() {
	panic(truncated{})
}

// u8 reads the byte at b[i]; past the end it ends the packet, as all of the
// readers below do.
func u8(b []byte, i int) uint8 {
	if uint(i) >= uint(len(b)) {
		trunc()
	}
	return b[i]
}

// u16 reads two bytes at b[i], most significant first.
func u16(b []byte, i int) uint16 {
	if uint(i) > uint(len(b)) || len(b)-i < 2 {
		trunc()
	}
	return binary.BigEndian.Uint16(b[i:])
}

// u24 reads three bytes at b[i], most significant first.
func u24(b []byte, i int) uint32 { return uint32(beUint(b, i, 3)) }

// u32 reads four bytes at b[i], most significant first.
func u32(b []byte, i int) uint32 {
	if uint(i) > uint(len(b)) || len(b)-i < 4 {
		trunc()
	}
	return binary.BigEndian.Uint32(b[i:])
}

// u40 reads five bytes at b[i], most significant first.
func u40(b []byte, i int) uint64 { return beUint(b, i, 5) }

// u48 reads six bytes at b[i], most significant first.
func u48(b []byte, i int) uint64 { return beUint(b, i, 6) }

// u64 reads eight bytes at b[i], most significant first.
func u64(b []byte, i int) uint64 {
	need(b, i, 8)
	return binary.BigEndian.Uint64(b[i:])
}

func beUint(b []byte, i, n int) uint64 {
	need(b, i, n)
	var v uint64
	for _, c := range b[i : i+n] {
		v = v<<8 | uint64(c)
	}
	return v
}

// le16 reads two bytes at b[i], least significant first.
func le16(b []byte, i int) uint16 {
	need(b, i, 2)
	return binary.LittleEndian.Uint16(b[i:])
}

// le24 reads three bytes at b[i], least significant first.
func le24(b []byte, i int) uint32 {
	need(b, i, 3)
	return uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16
}

// le32 reads four bytes at b[i], least significant first.
func le32(b []byte, i int) uint32 {
	need(b, i, 4)
	return binary.LittleEndian.Uint32(b[i:])
}

// le64 reads eight bytes at b[i], least significant first.
func le64(b []byte, i int) uint64 {
	need(b, i, 8)
	return binary.LittleEndian.Uint64(b[i:])
}

// asInt is a length that a packet gives. Where an int has 32 bits, one that does
// not fit is the largest: behind the end of any packet as well.
func asInt(n uint32) int { return int(min(uint64(n), math.MaxInt)) }

// has reports whether n bytes at b[i] were captured. A negative n never is;
// zero bytes at the very end are.
func has(b []byte, i, n int) bool {
	return i >= 0 && n >= 0 && i <= len(b) && n <= len(b)-i
}

// need ends the packet unless n bytes at b[i] were captured.
func need(b []byte, i, n int) {
	if uint(i) > uint(len(b)) || uint(n) > uint(len(b)-i) {
		trunc()
	}
}

// at is b from byte i on. Past the end it is nil, so that every read from it
// ends the packet; exactly at the end it is empty but not nil.
func at(b []byte, i int) []byte {
	if uint(i) > uint(len(b)) {
		return nil
	}
	return b[i:]
}

// limit narrows b to its first n bytes, so that what follows counts as not
// captured. It never widens.
func limit(b []byte, n int) []byte {
	if n < 0 {
		n = 0
	}
	if n >= len(b) {
		return b
	}
	return b[:n:n]
}

// bytesAt is the n bytes at b[i]; unless all were captured it ends the packet.
func bytesAt(b []byte, i, n int) []byte {
	need(b, i, n)
	return b[i : i+n]
}
