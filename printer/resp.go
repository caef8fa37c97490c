// resp.go: Redis serialization protocol, version 2
// (https://redis.io/docs/latest/develop/reference/protocol-spec/).

package printer

import "math"

// resp prints all values of a segment, one behind the other.
func (p *Printer) resp(b []byte, length int) {
	p.proto = "resp"
	p.str(": RESP")
	for i := 0; i < length; {
		if i = p.respValue(b, i, length); i < 0 {
			p.truncMark()
			return
		}
	}
}

// respValue prints the value at b[i] and returns the index behind it, or -1 when
// it goes beyond end or the capture.
func (p *Printer) respValue(b []byte, i, end int) int {
	if i >= end {
		return -1
	}
	switch u8(b, i) {
	case '+', '-', ':':
		return p.respLine(b, i+1, end)
	case '$':
		return p.respBulk(b, i+1, end)
	case '*':
		return p.respArray(b, i+1, end)
	}
	return p.respInline(b, i, end)
}

// respLineEnd is the index of the next CR LF from b[i] on, or -1.
func respLineEnd(b []byte, i, end int) int {
	for ; end-i >= 2 && has(b, i, 2); i++ {
		if b[i] == '\r' && b[i+1] == '\n' {
			return i
		}
	}
	return -1
}

func (p *Printer) respText(text []byte) {
	p.str(" \"")
	p.safe(text)
	p.char('"')
}

// respLine prints a simple string, an error or an integer.
func (p *Printer) respLine(b []byte, i, end int) int {
	n := respLineEnd(b, i, end)
	if n < 0 {
		return -1
	}
	p.respText(b[i:n])
	return n + 2
}

// respBulk prints a string with its length in front.
func (p *Printer) respBulk(b []byte, i, end int) int {
	n, i := respLength(b, i, end)
	switch {
	case n < 0:
		return p.respNoLength(n, i)
	case n == 0:
		p.str(" empty")
	case n > end-i || !has(b, i, n):
		return -1
	default:
		p.respText(b[i : i+n])
		i += n
	}
	if i = respLineEnd(b, i, end); i < 0 {
		return -1
	}
	return i + 2
}

// respArray prints an array: its values, one behind the other.
func (p *Printer) respArray(b []byte, i, end int) int {
	n, i := respLength(b, i, end)
	if n < 0 {
		return p.respNoLength(n, i)
	}
	if n == 0 {
		p.str(" empty")
	}
	for ; n > 0; n-- {
		if i = p.respValue(b, i, end); i < 0 {
			return -1
		}
	}
	return i
}

// respInline prints a command as typed by hand: a line that ends with CR, LF or
// several of them.
func (p *Printer) respInline(b []byte, i, end int) int {
	for i < end && has(b, i, 1) && respIsEnd(b[i]) {
		i++
	}
	start := i
	for ; ; i++ {
		if i >= end {
			return -1
		}
		if respIsEnd(u8(b, i)) {
			break
		}
	}
	p.respText(b[start:i])
	for i < end && has(b, i, 1) && respIsEnd(b[i]) {
		i++
	}
	return i
}

func respIsEnd(c byte) bool { return c == '\r' || c == '\n' }

// What respLength returns besides lengths.
const (
	respNull     = -1
	respCut      = -2
	respTooLarge = -3
	respNegative = -4
	respInvalid  = -5
)

// respNoLength prints why there is no length and returns where to go on.
func (p *Printer) respNoLength(why, i int) int {
	switch why {
	case respNull:
		p.str(" null")
	case respCut:
		return -1
	case respTooLarge:
		p.str(" length too large")
	case respNegative:
		p.str(" length negative and not -1")
	default:
		p.str(" invalid")
	}
	return i
}

// respLength reads the length at b[i] with its CR LF and returns it, or one of
// the above, and the index behind what it read.
func respLength(b []byte, i, end int) (n, next int) {
	if i >= end {
		return respCut, i
	}
	negative := u8(b, i) == '-'
	if negative {
		i++
	}
	tooLarge := false
	digits := i
	for ; ; i++ {
		if i >= end {
			return respCut, i
		}
		c := u8(b, i)
		if !isDigit(c) {
			break
		}
		if d := int(c - '0'); n > (math.MaxInt32-d)/10 {
			tooLarge = true
		} else {
			n = 10*n + d
		}
	}
	if i == digits || u8(b, i) != '\r' {
		return respInvalid, i + 1
	}
	if i++; i >= end {
		return respCut, i
	}
	if u8(b, i) != '\n' {
		return respInvalid, i + 1
	}
	i++
	switch {
	case negative && (tooLarge || n != 1):
		return respNegative, i
	case negative:
		return respNull, i
	case tooLarge:
		return respTooLarge, i
	}
	return n, i
}
