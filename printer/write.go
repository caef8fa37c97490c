package printer

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
)

const hexDigits = "0123456789abcdef"

// str appends s to the line.
func (p *Printer) str(s string) { p.out = append(p.out, s...) }

// char appends the byte c as it is.
func (p *Printer) char(c byte) { p.out = append(p.out, c) }

// bytes appends b as it is. What comes from a packet goes through safe.
func (p *Printer) bytes(b []byte) { p.out = append(p.out, b...) }

// uint appends v in decimal.
func (p *Printer) uint(v uint64) {
	at := len(p.out)
	if v >= 1<<32 || cap(p.out)-at < uintRoom {
		p.out = appendUint(p.out, v)
		return
	}
	n := putUint((*[uintRoom]byte)(p.out[at:at+uintRoom]), uint32(v))
	p.out = p.out[:at+n]
}

// uintRoom is what putUint may write to.
const uintRoom = 16

func appendUint(dst []byte, v uint64) []byte {
	if v >= 1<<32 {
		return strconv.AppendUint(dst, v, 10)
	}
	at := len(dst)
	dst = slices.Grow(dst, uintRoom)[:at+uintRoom]
	return dst[:at+putUint((*[uintRoom]byte)(dst[at:]), uint32(v))]
}

// putUint writes v in decimal and returns how many digits that are. What follows
// them has any value.
func putUint(b *[uintRoom]byte, v uint32) int {
	if v < 1e6 {
		return putSix(b, v)
	}
	n := putSix(b, v/1e6) & 7
	v %= 1e6
	binary.LittleEndian.PutUint64(b[n:], sixDigits(v))
	return n + 6
}

// putSix is putUint for what is less than a million. It has no branches: how many
// digits the next number has is hard to foretell.
func putSix(b *[uintRoom]byte, v uint32) int {
	const last = 1 << 40 // a zero is left out unless it is the last digit
	digits := sixDigits(v)
	zeros := bits.TrailingZeros64(digits&0x0f0f0f0f0f0f|last) &^ 7
	binary.LittleEndian.PutUint64(b[:], digits>>zeros)
	return 6 - zeros/8
}

// sixDigits are the digits of v, less than a million, for a little-endian store.
func sixDigits(v uint32) uint64 {
	return uint64(threeDigits[v/1e3]) | uint64(threeDigits[v%1e3])<<24
}

// putThree writes v, less than a thousand, in three digits, and a byte behind them.
func putThree(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, threeDigits[v]) }

// threeDigits are the numbers in three digits, for a little-endian store.
var threeDigits = makeThreeDigits()

func makeThreeDigits() (t [1000]uint32) {
	for i := range t {
		t[i] = uint32('0'+i/100) | uint32('0'+i/10%10)<<8 | uint32('0'+i%10)<<16
	}
	return t
}

// int appends v in decimal.
func (p *Printer) int(v int64) { p.out = strconv.AppendInt(p.out, v, 10) }

// hex appends v in lower-case hexadecimal with at least width digits.
func (p *Printer) hex(v uint64, width int) { p.out = appendHex(p.out, v, width) }

func appendHex(dst []byte, v uint64, width int) []byte {
	size := max((bits.Len64(v)+3)/4, min(width, 16), 1)
	if size > 8 {
		dst = appendHex(dst, v>>32, size-8)
		size = 8
	}
	digits := uint64(hexWord(uint16(v>>16))) | uint64(hexWord(uint16(v)))<<32
	at := len(dst)
	dst = slices.Grow(dst, 8)[:at+8]
	binary.LittleEndian.PutUint64(dst[at:], digits>>(64-8*size))
	return dst[:at+size]
}

// appendPrefixedHex appends v as C's %#x does.
func appendPrefixedHex(dst []byte, v uint64) []byte {
	if v == 0 {
		return append(dst, '0')
	}
	return appendHex(append(dst, "0x"...), v, 1)
}

// hexWord are the four digits of v in hexadecimal, for a little-endian store.
func hexWord(v uint16) uint32 {
	high, low := &hexPairs[v>>8], &hexPairs[v&0xff]
	return uint32(binary.LittleEndian.Uint16(high[:])) | uint32(binary.LittleEndian.Uint16(low[:]))<<16
}

// hexPairs are the bytes in hexadecimal.
var hexPairs = makeHexPairs()

func makeHexPairs() (t [256][2]byte) {
	for i := range t {
		t[i] = [2]byte{hexDigits[i>>4], hexDigits[i&15]}
	}
	return t
}

// truncMark appends the mark of a packet that ends too early, with the name of
// the protocol that was being printed. Unlike a panic with truncated, the
// printer's callers go on.
func (p *Printer) truncMark() {
	start := len(p.out)
	p.str(" [|")
	p.str(p.proto)
	p.char(']')
	p.mark(PartWrong, start)
}

// invalid appends the mark of a malformed header or field.
func (p *Printer) invalid() {
	start := len(p.out)
	p.str(" (invalid)")
	p.mark(PartWrong, start)
}

// wrong appends a comparison that a malformed header or field does not pass, such
// as [length 3 < 4]; the mark of invalid follows at once, or where the protocol
// ends. Numbers below zero are what they are in 32 bits without a sign.
func (p *Printer) wrong(what string, value int, relation string, bound int) {
	start := len(p.out)
	p.printf(" [%s %d %s %d]", what, uint32(value), relation, uint32(bound))
	p.mark(PartWrong, start)
}

// refuse is wrong with the mark.
func (p *Printer) refuse(what string, value int, relation string, bound int) {
	p.wrong(what, value, relation, bound)
	p.invalid()
}

// safeChar appends c so that it cannot drive a terminal: bytes from 0x80 as
// M- and the low seven bits, control characters as ^ and the letter.
func (p *Printer) safeChar(c byte) { p.out = appendSafe(p.out, c) }

func appendSafe(dst []byte, c byte) []byte {
	if c >= 0x80 {
		c &= 0x7f
		dst = append(dst, 'M', '-')
	}
	if c < 0x20 || c == 0x7f {
		c ^= 0x40
		dst = append(dst, '^')
	}
	return append(dst, c)
}

// safe appends all of b as safeChar does.
func (p *Printer) safe(b []byte) {
	p.bound()
	for len(b) > 0 {
		n := printable(b)
		p.out = append(p.out, b[:n]...)
		if n == len(b) {
			return
		}
		p.out = appendSafe(p.out, b[n])
		b = b[n+1:]
	}
}

// printable is how many bytes of ASCII text without control characters b begins with.
func printable(b []byte) int {
	const each = 0x0101010101010101
	n := 0
	for ; len(b)-n >= 8; n += 8 {
		v := binary.LittleEndian.Uint64(b[n:])
		// The highest bit of the first byte that is none is set. Those behind it do not matter.
		if others := ((v - each*0x20) | (v + each) | v) & (each * 0x80); others != 0 {
			return n + bits.TrailingZeros64(others)/8
		}
	}
	for n < len(b) && b[n] >= 0x20 && b[n] < 0x7f {
		n++
	}
	return n
}

// safeN appends n bytes of text at the start of b. When fewer were captured it
// appends those and ends the packet.
func (p *Printer) safeN(b []byte, n int) {
	if n <= 0 {
		return
	}
	if n > len(b) {
		p.safe(b)
		trunc()
	}
	p.safe(b[:n])
}

// safePadded appends text up to a zero byte, at most n bytes. When the capture
// ends before either, it appends what was captured and ends the packet.
func (p *Printer) safePadded(b []byte, n int) {
	for i := 0; i < n; i++ {
		c := u8(b, i)
		if c == 0 {
			return
		}
		p.safeChar(c)
	}
}

// safeLimited appends n bytes of text, or fewer when the capture ends, and
// reports whether it ended too early.
func (p *Printer) safeLimited(b []byte, n int) (isCut bool) {
	if n > len(b) {
		p.safe(b)
		return true
	}
	if n > 0 {
		p.safe(b[:n])
	}
	return false
}

// safeZ appends zero-terminated text from the first n bytes of b. It returns
// how many bytes the text takes with its terminator, or 0 when there is no
// terminator in the field or in the capture.
func (p *Printer) safeZ(b []byte, n int) int {
	if n > len(b) {
		n = len(b)
	}
	for i := 0; i < n; i++ {
		if b[i] == 0 {
			return i + 1
		}
		p.safeChar(b[i])
	}
	return 0
}

// duration appends a number of seconds like 1y2w3d4h5m6s, leaving out what is
// zero; a year has 365 days.
func (p *Printer) duration(secs uint32) {
	if secs == 0 {
		p.str("0s")
		return
	}
	for _, u := range durationUnits {
		if secs >= u.secs {
			p.uint(uint64(secs / u.secs))
			p.char(u.letter)
			secs %= u.secs
		}
	}
}

// durationSigned is duration for a number that may be negative.
func (p *Printer) durationSigned(secs int32) {
	v := uint32(secs)
	if secs < 0 {
		p.char('-')
		v = -v
	}
	p.duration(v)
}

var durationUnits = [...]struct {
	secs   uint32
	letter byte
}{{31536000, 'y'}, {604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}

// plural is the ending of a noun that counts n things.
func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// unknownData dumps n bytes that nothing decodes, at most what was captured.
func (p *Printer) unknownData(b []byte, indent string, n int) {
	if b == nil {
		p.str(indent)
		p.str("Dissector error: print_unknown_data() called with pointer past end of packet")
		return
	}
	p.hexDump(indent, b, min(n, len(b)))
}

// defaultDump dumps n bytes of an undecoded payload, unless an option already
// does or forbids it.
func (p *Printer) defaultDump(b []byte, n int) {
	if !p.suppressDump {
		p.hexASCIIDump("\n\t", b, n)
	}
}
