package printer

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
)

// Addresses are read as values, so that they can be arguments of printf: a read
// past the capture then ends the packet before any of the text is printed.
type (
	addr4 [4]byte
	addr6 [16]byte
	mac   [6]byte
)

// String keeps go vet content: %s takes addresses. Printing does not call it.
func (a addr4) String() string { return string(appendIPv4(nil, a)) }

// String keeps go vet content, as above.
func (a addr6) String() string { return string(appendIPv6(nil, a)) }

// String keeps go vet content, as above.
func (a mac) String() string { return string(appendColons(nil, a[:])) }

// isMapped reports whether a is an IPv4 address mapped into IPv6 (RFC 4291
// section 2.5.5.2).
func (a addr6) isMapped() bool {
	return [10]byte(a[:10]) == [10]byte{} && a[10] == 0xff && a[11] == 0xff
}

// ip4At reads the IPv4 address at b[i].
func ip4At(b []byte, i int) addr4 {
	need(b, i, 4)
	return addr4(b[i : i+4])
}

// ip6At reads the IPv6 address at b[i].
func ip6At(b []byte, i int) addr6 {
	need(b, i, 16)
	return addr6(b[i : i+16])
}

// macAt reads the MAC-48 address at b[i].
func macAt(b []byte, i int) mac {
	need(b, i, 6)
	return mac(b[i : i+6])
}

// octet is a byte of an IPv4 address as text, with a dot behind it.
type octet struct {
	text uint32 // for a little-endian store
	size uint32 // in bytes
}

var octets = makeOctets()

func makeOctets() (t [256]octet) {
	for i := range t {
		var text [4]byte
		t[i].size = uint32(len(append(strconv.AppendInt(text[:0], int64(i), 10), '.')))
		t[i].text = binary.LittleEndian.Uint32(text[:])
	}
	return t
}

// appendIPv4 appends a in dotted notation, never a name.
func appendIPv4(dst []byte, a addr4) []byte {
	const longest = len("255.255.255.255.")
	start := len(dst)
	dst = slices.Grow(dst, longest)[:start+longest]
	text := dst[start:]
	high, n := octetPair(a[0], a[1])
	low, m := octetPair(a[2], a[3])
	binary.LittleEndian.PutUint64(text, high)
	binary.LittleEndian.PutUint64(text[n:], low)
	return dst[:start+n+m-1]
}

// octetPair is the text of two octets, for a little-endian store, and its size.
func octetPair(first, second byte) (text uint64, size int) {
	a, b := &octets[first], &octets[second]
	return uint64(a.text) | uint64(b.text)<<(8*a.size&63), int(a.size + b.size)
}

// ip6Texts keeps the text of addresses: most packets share theirs with others. Where
// an address stands depends on its bytes alone, and another takes its place.
type ip6Texts [1 << 8]ip6Text

type ip6Text struct {
	address addr6
	size    int      // of the text; 0: nothing is kept
	text    [40]byte // the longest has 39
}

// append is appendIPv6.
func (t *ip6Texts) append(dst []byte, a addr6) []byte {
	kept := t.of(a)
	start := len(dst)
	dst = slices.Grow(dst, len(kept.text))[:start+len(kept.text)]
	*(*[len(kept.text)]byte)(dst[start:]) = kept.text
	return dst[:start+kept.size]
}

// of is the text of an address, until that of another is asked for.
func (t *ip6Texts) of(a addr6) *ip6Text {
	high, low := binary.LittleEndian.Uint64(a[:]), binary.LittleEndian.Uint64(a[8:])
	const spread = 0x9e3779b97f4a7c15
	kept := &t[((high^bits.RotateLeft64(low, 32))*spread^low*spread)>>56]
	if kept.address != a || kept.size == 0 {
		kept.address = a
		kept.size = len(appendIPv6(kept.text[:0], a))
	}
	return kept
}

// appendIPv6 appends a as RFC 5952 section 4 writes it, never a name; the
// mapped and compatible IPv4 addresses with their last part dotted.
func appendIPv6(dst []byte, a addr6) []byte {
	high, low := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(a[8:])
	words := [8]uint16{
		uint16(high >> 48), uint16(high >> 32), uint16(high >> 16), uint16(high),
		uint16(low >> 48), uint16(low >> 32), uint16(low >> 16), uint16(low),
	}
	// Bit i of runs: bestLen words from the i-th on are zero.
	runs := uint(0)
	for i, w := range words {
		runs |= uint((uint32(w)-1)>>31) << i
	}
	best, bestLen := -1, 1
	for runs &= runs >> 1; runs != 0; runs &= runs >> 1 {
		best = bits.TrailingZeros(runs)
		bestLen++
	}
	const longest = len(ip6Text{}.text)
	start := len(dst)
	dst = slices.Grow(dst, longest)[:start+longest]
	end := start
	for i := 0; i < 8; i++ {
		if i == best {
			dst[end] = ':'
			end++
			if i += bestLen; i == 8 {
				dst[end] = ':'
				return dst[:end+1]
			}
		}
		if i > 0 {
			dst[end] = ':'
			end++
		}
		if i == 6 && best == 0 && (bestLen == 6 || bestLen == 5 && words[5] == 0xffff) {
			return appendIPv4(dst[:end], addr4(a[12:16]))
		}
		size := (bits.Len16(words[i]|1) + 3) / 4
		binary.LittleEndian.PutUint32(dst[end:], hexWord(words[i])>>(32-8*size))
		end += size
	}
	return dst[:end]
}

// appendMAC appends a as appendColons does.
func appendMAC(dst []byte, a mac) []byte {
	const size = len("00:00:00:00:00:00")
	start := len(dst)
	dst = slices.Grow(dst, size)[:start+size]
	text := (*[size]byte)(dst[start:])
	for i, c := range a[:len(a)-1] {
		pair := &hexPairs[c]
		text[3*i], text[3*i+1], text[3*i+2] = pair[0], pair[1], ':'
	}
	text[size-2], text[size-1] = hexPairs[a[len(a)-1]][0], hexPairs[a[len(a)-1]][1]
	return dst
}

// appendColons appends b as pairs of hexadecimal digits with colons between.
func appendColons(dst, b []byte) []byte {
	for i, c := range b {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// linkAddrKind says how a link-layer address is written.
type linkAddrKind uint8

const (
	linkAddrOther linkAddrKind = iota // hexadecimal with colons
	linkAddrEther                     // MAC-48
	linkAddrFrame                     // Q.922 address of frame relay
	linkAddrLE64                      // EUI-64, transmitted least significant byte first
)

// linkAddr is a link-layer address of any kind: what a link layer hands to the
// protocols above for their own text. The zero value is no address.
type linkAddr struct {
	kind linkAddrKind
	b    []byte
}

// String keeps go vet content: %s takes a linkAddr. Printing does not call it.
func (a linkAddr) String() string { return string(appendColons(nil, a.b)) }

// isSet reports whether the link layer knows the address.
func (a linkAddr) isSet() bool { return a.b != nil }

// linkAddrAt is the address of n bytes at b[i]; unless all were captured it
// ends the packet.
func linkAddrAt(kind linkAddrKind, b []byte, i, n int) linkAddr {
	return linkAddr{kind, bytesAt(b, i, n)}
}

func (p *Printer) appendLinkAddr(a linkAddr) {
	switch {
	case len(a.b) == 0:
		p.str("<empty>")
	case a.kind == linkAddrEther && len(a.b) == 6:
		p.appendMAC(mac(a.b))
	case a.kind == linkAddrFrame:
		p.frelayLinkAddress(a.b)
	case a.kind == linkAddrLE64 && len(a.b) == 8:
		for i := 7; i >= 0; i-- {
			p.hex(uint64(a.b[i]), 2)
			if i > 0 {
				p.char(':')
			}
		}
	default:
		p.out = appendColons(p.out, a.b)
	}
}

// nsap appends the n bytes of an OSI network service access point address at
// b[i], grouped as ISO 8348 writes it.
func (p *Printer) nsap(b []byte, i, n int) {
	a := bytesAt(b, i, n)
	if n < 1 || n > 20 {
		p.str("isonsap_string: illegal length")
		return
	}
	for i, c := range a {
		p.hex(uint64(c), 2)
		if i&1 == 0 && i+1 < n {
			p.char('.')
		}
	}
}

// vlanTag appends the control information of an 802.1Q tag (IEEE 802.1Q
// 9.6).
func (p *Printer) vlanTag(tci uint16) {
	p.str("vlan ")
	p.uint(uint64(tci & 0xfff))
	p.str(", p ")
	p.uint(uint64(tci >> 13))
	if tci&0x1000 != 0 {
		p.str(", DEI")
	}
}

// maskLength is the prefix length that a netmask stands for, or -1 when its
// ones are not contiguous.
func maskLength(mask uint32) int {
	for n := 0; n <= 32; n++ {
		if mask == ^uint32(0)<<(32-n) {
			return n
		}
	}
	return -1
}

// maskLength6 is the prefix length of an IPv6 netmask; bytes that are not
// contiguous ones count nothing.
func maskLength6(mask addr6) int {
	n := 0
	for _, c := range mask {
		for ones := 0; ones <= 8; ones++ {
			if c == ^byte(0)<<(8-ones) {
				n += ones
				break
			}
		}
		if c != 0xff {
			break
		}
	}
	return n
}
