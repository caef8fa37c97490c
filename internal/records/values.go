package records

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
)

// appendTime appends nanoseconds since 1970 as RFC 3339 in UTC with nine digits.
func appendTime(b []byte, ns int64) []byte {
	second := ns / 1e9
	if ns < 0 && ns%1e9 != 0 {
		second--
	}
	day := second / 86400
	if second < 0 && second%86400 != 0 {
		day--
	}
	year, month, date := civil(day)
	inDay := int(second - day*86400)
	b = append(b, digits[year/100][0], digits[year/100][1], digits[year%100][0], digits[year%100][1], '-',
		digits[month][0], digits[month][1], '-', digits[date][0], digits[date][1], 'T')
	h, m, s := digits[inDay/3600], digits[inDay/60%60], digits[inDay%60]
	b = append(b, h[0], h[1], ':', m[0], m[1], ':', s[0], s[1], '.')
	return append(appendNine(b, uint32(ns-second*1e9)), 'Z')
}

// appendSeconds appends nanoseconds as seconds with nine digits behind the point.
func appendSeconds(b []byte, ns uint64) []byte {
	return appendNine(append(appendUint(b, ns/1e9), '.'), uint32(ns%1e9))
}

// appendNine appends a number below 1e9 with nine digits.
func appendNine(b []byte, n uint32) []byte {
	low, middle, high, top := digits[n%100], digits[n/100%100], digits[n/10000%100], digits[n/1000000%100]
	return append(b, '0'+byte(n/100000000), top[0], top[1], high[0], high[1], middle[0], middle[1], low[0], low[1])
}

// appendUint appends a number in decimal digits: most have few.
func appendUint(b []byte, n uint64) []byte {
	at := len(b)
	if n < 256 {
		o := &octets[n]
		b = room(b, 4)[:at+4]
		*(*[4]byte)(b[at:]) = o.text
		return b[:at+int(o.n)]
	}
	i := at + digitCount(n)
	b = room(b, 20)[:i]
	for n >= 10_000 { // four at a time: a division waits for the one before
		rest := n / 10_000
		low := n - rest*10_000
		i -= 4
		*(*[2]byte)(b[i:]), *(*[2]byte)(b[i+2:]) = digits[low/100], digits[low%100]
		n = rest
	}
	if n >= 100 {
		i -= 2
		*(*[2]byte)(b[i:]) = digits[n%100]
		n /= 100
	}
	if n >= 10 {
		*(*[2]byte)(b[i-2:]) = digits[n]
	} else {
		b[i-1] = '0' + byte(n)
	}
	return b
}

// digitCount is how many decimal digits a number other than 0 has.
func digitCount(n uint64) int {
	few := bits.Len64(n) * 1233 >> 12 // the logarithm of 2 is 1233/4096
	if n >= powers[few] {
		return few + 1
	}
	return few
}

// powers are those of ten.
var powers = func() (all [20]uint64) {
	all[0] = 1
	for i := range all[1:] {
		all[i+1] = all[i] * 10
	}
	return all
}()

// digits are the numbers from 00 on.
var digits = func() (all [100][2]byte) {
	for i := range all {
		all[i] = [2]byte{'0' + byte(i/10), '0' + byte(i%10)}
	}
	return all
}()

// civil is the date of a day, counted from 1970-01-01 on, in the years that a time in
// nanoseconds can be in. Years begin in March here, so that the day of leap years is
// the last one, and come in eras of 400, which have the same number of days.
func civil(day int64) (year, month, date int) {
	const eraDays, epoch = 146097, 719468 // from 0000-03-01 to 1970-01-01
	day += epoch
	era := day / eraDays
	inEra := day - era*eraDays
	yearInEra := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	inYear := int(inEra - (365*yearInEra + yearInEra/4 - yearInEra/100))
	shifted := (5*inYear + 2) / 153
	date = inYear - (153*shifted+2)/5 + 1
	month = shifted + 3
	year = int(era*400 + yearInEra)
	if month > 12 {
		return year + 1, month - 12, date
	}
	return year, month, date
}

// appendMAC appends the first six bytes of h as 00:11:22:33:44:55.
func appendMAC(b, h []byte) []byte {
	const digits = "0123456789abcdef"
	h = h[:6]
	return append(b, digits[h[0]>>4], digits[h[0]&15], ':', digits[h[1]>>4], digits[h[1]&15], ':',
		digits[h[2]>>4], digits[h[2]&15], ':', digits[h[3]>>4], digits[h[3]&15], ':',
		digits[h[4]>>4], digits[h[4]&15], ':', digits[h[5]>>4], digits[h[5]&15])
}

// appendAddr appends an address as package netip does.
func appendAddr(b []byte, a netip.Addr) []byte {
	switch {
	case a.Is4():
		return appendIPv4(b, a.As4())
	case !a.Is6() || a.Is4In6() || a.Zone() != "":
		return a.AppendTo(b)
	}
	return appendIPv6(b, a.As16())
}

// appendIPv6 appends an address as RFC 5952 wants it.
func appendIPv6(b []byte, a [16]byte) []byte {
	var groups [8]uint16
	from, to, zeros := 0, 0, 0 // the longest run of zeros; those before this group
	for i := range groups {
		groups[i] = binary.BigEndian.Uint16(a[2*i:])
		if groups[i] != 0 {
			zeros = 0
		} else if zeros++; zeros > 1 && zeros > to-from {
			from, to = i+1-zeros, i+1
		}
	}
	const digits = "0123456789abcdef"
	n := len(b)
	b = room(b, 40)[:n+40]
	for i := 0; i < len(groups); i++ {
		if i == from && to > 0 {
			b[n] = ':'
			n++
			if i = to; i == len(groups) {
				b[n] = ':'
				n++
				break
			}
		}
		if i > 0 {
			b[n] = ':'
			n++
		}
		g := groups[i]
		if g >= 0x1000 {
			b[n] = digits[g>>12]
			n++
		}
		if g >= 0x100 {
			b[n] = digits[g>>8&15]
			n++
		}
		if g >= 0x10 {
			b[n] = digits[g>>4&15]
			n++
		}
		b[n] = digits[g&15]
		n++
	}
	return b[:n]
}

func appendIPv4(b []byte, a [4]byte) []byte {
	n := len(b)
	b = room(b, 16)[:n+16]
	for _, c := range a {
		o := &octets[c]
		*(*[4]byte)(b[n:]) = o.text
		n += int(o.n)
		b[n] = '.'
		n++
	}
	return b[:n-1]
}

// room is b with room for n bytes more.
func room(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		return slices.Grow(b, n)
	}
	return b
}

// chunk is a short text that is appended often: all its room is copied at once.
type chunk struct {
	text [chunkRoom]byte
	n    int
	long string // a text that is longer; then n is larger too
}

const chunkRoom = 32

func newChunk(s string) chunk {
	c := chunk{n: len(s)}
	if copy(c.text[:], s) < len(s) {
		c.long = s
	}
	return c
}

// append is small enough to be put into those that call it.
func (c *chunk) append(b []byte) []byte {
	n := len(b)
	if cap(b)-n < chunkRoom || c.n > chunkRoom {
		return c.appendSlowly(b)
	}
	*(*[chunkRoom]byte)(b[n : n+chunkRoom]) = c.text
	return b[:n+c.n]
}

func (c *chunk) appendSlowly(b []byte) []byte {
	if c.long != "" {
		return append(b, c.long...)
	}
	return append(slices.Grow(b, chunkRoom), c.text[:c.n]...)
}

// octets are the numbers up to 255 as text, of n bytes, and a zero in the last.
var octets = func() (all [256]struct {
	text [4]byte
	n    uint8
}) {
	for i := range all {
		all[i].n = uint8(len(strconv.AppendUint(all[i].text[:0], uint64(i), 10)))
	}
	return all
}()
