// smb_fields.go: the fields of SMB and NetBIOS, which short texts describe.

package printer

import (
	"encoding/binary"
	"strings"
)

// smbListDepthMax is how deep lists are followed.
const smbListDepthMax = 10

// smbFields prints the fields from offset i on, up to end, as a description says:
// text as it is, but
//
//	[...]  fields, see smbItem; nothing more when there are no bytes left
//	|      nothing more when there are no bytes left
//	*      the rest as often as there are bytes
//	#      nothing more, even when bytes are left
//
// Bytes that the description leaves over are dumped. It returns where it stopped,
// and false when a field was cut.
//
// A packet that ends inside of a list leaves the depth as it was there, and later
// packets do not show what is left over; so does tcpdump.
func (p *Printer) smbFields(m *smbMessage, i int, description string, end int) (int, bool) {
	p.inOrder()
	depth := &p.conv.smb.listDepth
	for d := 0; d < len(description); d++ {
		switch c := description[d]; c {
		case '*':
			return p.smbList(m, i, description[d+1:], end)
		case '|':
			if i >= end {
				return i, true
			}
		case '#':
			return i, true
		case '[':
			if i >= end {
				return i, true
			}
			n := strings.IndexByte(description[d:], ']')
			whole := false
			i, whole = p.smbItem(m, i, description[d+1:d+n], end)
			d += n
			if !whole {
				if d+1 < len(description) && description[d+1] == '\n' {
					p.char('\n')
				}
				return i, false
			}
		default:
			p.char(c)
		}
	}
	if *depth > 0 || i >= end {
		return i, true
	}
	p.printf("Data: (%d bytes)\n", end-i)
	p.smbDump(m, i, end-i)
	return end, true
}

func (p *Printer) smbList(m *smbMessage, i int, description string, end int) (int, bool) {
	depth := &p.conv.smb.listDepth
	for i < end {
		next, whole := i, true
		*depth++
		if *depth == smbListDepthMax {
			p.str("(too many nested levels, not recursing)")
		} else {
			next, whole = p.smbFields(m, i, description, end)
		}
		*depth--
		if !whole || next == i {
			return i, whole
		}
		i = next
	}
	return i, true
}

// smbItem prints fields without text between them, numbers least significant byte
// first:
//
//	B w W      number of 1, 2, 4 bytes in hexadecimal
//	b u U L    number of 1, 2, 4, 8 bytes, also in hexadecimal
//	D          number of 4 bytes with a sign
//	M          number of 8 bytes, its upper half first
//	r          from here on most significant byte first
//	a A        attributes of a file in 1, 2 bytes
//	{X|Y|}     the names of the bits of a byte, the lowest first
//	lb lu lU   length of the counted text to come
//	c C        counted text: as it is, converted
//	S R        text up to a zero: in the message's characters, in bytes
//	Z Y        the same with its type in front
//	sN         text in a field of N bytes
//	nN         NetBIOS name: 1 encoded (RFC 1001 section 14.1), 2 as it is
//	TN         time: 1 SMB, 2 SMB with date and time swapped, 3 of NT
//	PN         N bytes not shown
//
// All else is printed. It returns where it stopped, and false when a field was
// cut; the mark of that is printed.
func (p *Printer) smbItem(m *smbMessage, i int, item string, end int) (int, bool) {
	order := smbOrder(false)
	for len(item) > 0 && i < end {
		c := item[0]
		item = item[1:]
		n, whole := 0, true
		switch c {
		case 'r':
			order = !order
		case 'a':
			p.smbBits(uint32(u8(m.b, i)), smbAttributes)
			n = 1
		case 'A':
			p.smbBits(uint32(le16(m.b, i)), smbAttributes)
			n = 2
		case '{':
			names, rest, _ := strings.Cut(item, "}")
			item = rest
			p.smbBits(uint32(u8(m.b, i)), names)
			n = 1
		case 'P', 's', 'n', 'T':
			digits := 0
			for digits < len(item) && isDigit(item[digits]) {
				digits++
			}
			n, whole = p.smbSized(m, i, c, item[:digits], end)
			item = item[digits:]
		case 'l':
			n = p.smbTextLength(m, i, item[0], order)
			item = item[1:]
		case 'Z', 'Y':
			if kind := u8(m.b, i); kind != 4 && kind != 2 {
				p.printf("Error! ASCIIZ buffer of type %d", kind)
				return end, true
			}
			n, whole = p.smbText(m, i+1, -1, c == 'Z' && m.unicode)
			n++
		case 'S', 'R':
			n, whole = p.smbText(m, i, -1, c == 'S' && m.unicode)
		case 'c', 'C':
			n, whole = p.smbCounted(m, i, c)
		default:
			if n, whole = p.smbNumber(m, i, c, order); n == 0 && whole {
				p.char(c)
			}
		}
		if !whole {
			p.truncMark()
			return i, false
		}
		i += n
	}
	if i >= end && len(item) > 0 {
		p.str("END OF BUFFER\n")
	}
	return i, true
}

// smbOrder is the order of bytes in numbers: true for the most significant first.
type smbOrder bool

func (o smbOrder) u16(b []byte, i int) uint16 {
	if o {
		return u16(b, i)
	}
	return le16(b, i)
}

func (o smbOrder) u32(b []byte, i int) uint32 {
	if o {
		return u32(b, i)
	}
	return le32(b, i)
}

// smbNumber prints a number and returns how many bytes it has, 0 when the letter
// is not one of a number.
func (p *Printer) smbNumber(m *smbMessage, i int, c byte, order smbOrder) (int, bool) {
	switch c {
	case 'b':
		v := u8(m.b, i)
		p.printf("%d (0x%x)", v, v)
		return 1, true
	case 'B':
		p.printf("0x%X", u8(m.b, i))
		return 1, true
	case 'u':
		v := order.u16(m.b, i)
		p.printf("%d (0x%x)", v, v)
		return 2, true
	case 'w':
		p.printf("0x%X", order.u16(m.b, i))
		return 2, true
	case 'U':
		v := order.u32(m.b, i)
		p.printf("%d (0x%x)", v, v)
		return 4, true
	case 'D':
		v := order.u32(m.b, i)
		p.printf("%d (0x%x)", int32(v), v)
		return 4, true
	case 'W':
		p.printf("0x%X", order.u32(m.b, i))
		return 4, true
	case 'L':
		v := le64(m.b, i)
		p.printf("%d (0x%x)", v, v)
		return 8, true
	case 'M':
		if !has(m.b, i, 8) {
			return 0, false
		}
		v := uint64(le32(m.b, i))<<32 | uint64(le32(m.b, i+4))
		p.printf("%d (0x%x)", v, v)
		return 8, true
	}
	return 0, true
}

const smbAttributes = "READONLY|HIDDEN|SYSTEM|VOLUME|DIR|ARCHIVE|"

// smbBits prints the names of the bits that are set, the lowest first.
func (p *Printer) smbBits(v uint32, names string) {
	for {
		name, rest, more := strings.Cut(names, "|")
		if !more {
			return
		}
		if name != "" && v&1 != 0 {
			p.str(name)
			p.char(' ')
		}
		v >>= 1
		names = rest
	}
}

// smbSized prints a field whose letter has a number behind it.
func (p *Printer) smbSized(m *smbMessage, i int, c byte, digits string, end int) (int, bool) {
	size := 0
	for _, d := range []byte(digits) {
		size = size*10 + int(d-'0')
	}
	switch c {
	case 'n':
		if size == 1 {
			return p.smbEncodedName(m, i, end)
		}
		return p.smbPlainName(m, i), true
	case 'T':
		return p.smbTime(m, i, size)
	}
	if !has(m.b, i, size) {
		return 0, false
	}
	if c == 's' {
		p.smbPadded(m.b[i:i+size], size)
	}
	return size, true
}

// smbPadded prints text up to a zero, as wide as width.
func (p *Printer) smbPadded(text []byte, width int) {
	for _, c := range text {
		if c == 0 {
			break
		}
		p.char(c)
		width--
	}
	for ; width > 0; width-- {
		p.char(' ')
	}
}

func (p *Printer) smbTextLength(m *smbMessage, i int, c byte, order smbOrder) int {
	n, length := 1, uint32(0)
	switch c {
	case 'b':
		length = uint32(u8(m.b, i))
	case 'u':
		n, length = 2, uint32(order.u16(m.b, i))
	default:
		n, length = 4, order.u32(m.b, i)
	}
	m.textLen, m.hasTextLen = asInt(length), true
	p.uint(uint64(length))
	return n
}

func (p *Printer) smbCounted(m *smbMessage, i int, c byte) (int, bool) {
	if !m.hasTextLen {
		p.str("{stringlen not set}")
		return 0, false
	}
	if c == 'C' {
		return p.smbText(m, i, m.textLen, m.unicode)
	}
	if !has(m.b, i, m.textLen) {
		return 0, false
	}
	p.smbPadded(m.b[i:i+m.textLen], m.textLen)
	return m.textLen, true
}

// smbTextMax is how many characters of a text are shown.
const smbTextMax = 1000

// smbText prints text of size bytes, or up to a zero when size is negative; what
// is not printable as dots. It returns how many bytes the text takes. Text of two
// bytes a character begins at an even offset.
func (p *Printer) smbText(m *smbMessage, from, size int, wide bool) (int, bool) {
	i, width := from, 1
	if wide {
		width = 2
		if i&1 != 0 {
			if !has(m.b, i, 1) {
				return 0, false
			}
			i++
		}
	}
	start, chars := i, 0
	counted := size >= 0
	whole := true
	for !counted || size >= width {
		c := smbChar(m.b, i, width)
		i += width
		size -= width
		if c != 0 {
			chars++
			continue
		}
		if counted {
			// what is behind a zero belongs to the text, too
			whole = has(m.b, i, size)
			i += size
			size = 0
		}
		break
	}
	if counted && size == 1 {
		whole = has(m.b, i, 1) // half a character
		i++
	}
	for n := range min(chars, smbTextMax) {
		c := smbChar(m.b, start+n*width, width)
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		p.char(byte(c))
	}
	return i - from, whole
}

func smbChar(b []byte, i, width int) uint16 {
	if width == 1 {
		return uint16(u8(b, i))
	}
	need(b, i, 2)
	return binary.LittleEndian.Uint16(b[i:])
}

// smbDump prints n bytes in hexadecimal and as text, 16 a line.
func (p *Printer) smbDump(m *smbMessage, i, n int) {
	const row, half = 16, 8
	for at := 0; at < n; at += row {
		p.printf("[%03X] ", at)
		count := min(row, n-at)
		for j := range count {
			p.printf("%02X ", u8(m.b, i+at+j))
			if j%half == half-1 {
				p.char(' ')
			}
		}
		if count < row {
			missing := row - count
			p.char(' ')
			if missing > half {
				p.char(' ')
			}
			for range missing {
				p.str("   ")
			}
		}
		line := m.b[i+at : i+at+count]
		p.safe(line[:min(half, count)])
		p.char(' ')
		p.safe(line[min(half, count):])
		p.char('\n')
	}
}
