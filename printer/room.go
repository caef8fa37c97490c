package printer

import (
	"encoding/binary"
	"slices"
)

// room is where the beginning of a line is written, as long as nothing of it can be
// longer than roomMax. Whoever writes there says where, and gets where what it wrote
// ends. It stores words of eight bytes and more, also where the text is shorter: what is
// behind the end has any value. Places are masked, which costs less than a check.
type room [roomMax + roomBeyond]byte

const (
	roomMax    = 1 << 9
	roomBeyond = 48 // what one store may reach behind a place
)

// room is room behind the line, until something else is written to it.
func (p *Printer) room() *room {
	at := len(p.out)
	if cap(p.out)-at < len(room{}) {
		p.grow(len(room{}))
	}
	return (*room)(p.out[at : at+len(room{})])
}

// grow makes room for n bytes behind the line. It is a call, which is rarely made.
//
//go:noinline
func (p *Printer) grow(n int) { p.out = slices.Grow(p.out, n) }

// fill makes the first n bytes of room part of the line.
func (p *Printer) fill(n uint) { p.out = p.out[:len(p.out)+int(n)] }

// put writes the first size bytes of eight.
func (r *room) put(n uint, eight string, size uint) uint {
	n &= roomMax - 1
	binary.LittleEndian.PutUint64(r[n:n+8], word(eight))
	return n + size
}

// text writes a text of 8 bytes at most.
func (r *room) text(n uint, s string) uint {
	n &= roomMax - 1
	return n + uint(copy(r[n:n+8], s))
}

// word is eight bytes of text, for a little-endian store: a constant, where it is
// called with one.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// number writes v in decimal.
func (r *room) number(n uint, v uint32) uint {
	n &= roomMax - 1
	return n + uint(putUint((*[uintRoom]byte)(r[n:n+uintRoom]), v))
}

// short is number for what is less than a million.
func (r *room) short(n uint, v uint32) uint {
	n &= roomMax - 1
	return n + uint(putSix((*[uintRoom]byte)(r[n:n+uintRoom]), v))
}

// hex writes the last digits of v in hexadecimal, 8 at most.
func (r *room) hex(n uint, v uint32, digits uint) uint {
	n &= roomMax - 1
	text := uint64(hexWord(uint16(v>>16))) | uint64(hexWord(uint16(v)))<<32
	binary.LittleEndian.PutUint64(r[n:n+8], text>>((64-8*digits)&63))
	return n + digits
}

// flags writes the control bits of TCP.
func (r *room) flags(n uint, t *tcpFlagText) uint {
	n &= roomMax - 1
	*(*[len(t.text)]byte)(r[n : n+uint(len(t.text))]) = t.text
	return n + uint(t.size)
}

// ip4 writes an address, most significant byte first, and a dot behind it.
func (r *room) ip4(n uint, a uint32) uint {
	n &= roomMax - 1
	high, size := octetPair(byte(a>>24), byte(a>>16))
	binary.LittleEndian.PutUint64(r[n:n+8], high)
	n = (n + uint(size)) & (roomMax - 1)
	low, size := octetPair(byte(a>>8), byte(a))
	binary.LittleEndian.PutUint64(r[n:n+8], low)
	return n + uint(size)
}

// ip6 writes an address whose text is kept, and a dot behind it.
func (r *room) ip6(n uint, t *ip6Text) uint {
	n &= roomMax - 1
	*(*[len(t.text)]byte)(r[n : n+uint(len(t.text))]) = t.text
	n += uint(t.size)
	r[n&(roomMax-1)] = '.'
	return n + 1
}
