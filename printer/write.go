package printer

import (
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

// digitPairs are the numbers from 00 to 99.
const digitPairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839" +
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// uint appends v in decimal.
func (p *Printer) uint(v uint64) { p.out = appendUint(p.out, v) }

func appendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, byte('0'+v))
	}
	if v >= 1<<32 {
		return strconv.AppendUint(dst, v, 10)
	}
	n := uint32(v)
	size := decimalLen(n)
	dst = slices.Grow(dst, size)
	dst = dst[:len(dst)+size]
	i := len(dst)
	for n >= 100 {
		pair := n % 100 * 2
		n /= 100
		i -= 2
		dst[i], dst[i+1] = digitPairs[pair], digitPairs[pair+1]
	}
	if n >= 10 {
		dst[i-2], dst[i-1] = digitPairs[n*2], digitPairs[n*2+1]
	} else {
		dst[i-1] = byte('0' + n)
	}
	return dst
}

// decimalLen is the number of digits of n.
func decimalLen(n uint32) int {
	switch {
	case n < 10:
		return 1
	case n < 100:
		return 2
	case n < 1000:
		return 3
	case n < 10000:
		return 4
	case n < 100000:
		return 5
	case n < 1000000:
		return 6
	case n < 10000000:
		return 7
	case n < 100000000:
		return 8
	case n < 1000000000:
		return 9
	}
	return 10
}

// int appends v in decimal.
func (p *Printer) int(v int64) { p.out = strconv.AppendInt(p.out, v, 10) }

// hex appends v in lower-case hexadecimal with at least width digits.
func (p *Printer) hex(v uint64, width int) { p.out = appendHex(p.out, v, width) }

func appendHex(dst []byte, v uint64, width int) []byte {
	size := max((bits.Len64(v)+3)/4, min(width, 16), 1)
	dst = slices.Grow(dst, size)
	dst = dst[:len(dst)+size]
	i := len(dst)
	for ; size >= 2; size -= 2 {
		pair := hexPairs[byte(v)]
		i -= 2
		dst[i], dst[i+1] = pair[0], pair[1]
		v >>= 8
	}
	if size == 1 {
		dst[i-1] = hexDigits[v&15]
	}
	return dst
}

// truncMark appends the mark of a packet that ends too early, with the name of
// the protocol that was being printed. Unlike a panic with truncated, the
// printer's callers go on.
func (p *Printer) truncMark() {
	p.str(" [|")
	p.str(p.proto)
	p.char(']')
}

// invalid appends the mark of a malformed header or field.
func (p *Printer) invalid() { p.str(" (invalid)") }

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
		n := 0
		for n < len(b) && b[n] >= 0x20 && b[n] < 0x7f {
			n++
		}
		p.out = append(p.out, b[:n]...)
		if n == len(b) {
			return
		}
		p.out = appendSafe(p.out, b[n])
		b = b[n+1:]
	}
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
// ends before either, it appends what there is and ends the packet.
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
func (p *Printer) safeLimited(b []byte, n int) (cut bool) {
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
