// ip6_fragment.go: the IPv6 fragment header (RFC 8200 section 4.5).

package printer

const (
	ip6FragmentLen        = 8
	ip6FragmentOffsetMask = 0xfff8
)

// ip6Fragment prints the fragment header at b[i] of the packet b. It returns
// the header's length, or -1 for a fragment other than the first, of which
// nothing can be decoded.
func (p *Printer) ip6Fragment(b []byte, i int) int {
	p.proto = "frag6"
	h := at(b, i)
	p.str("frag (")
	id := u32(h, 4)
	if p.vflag > 0 {
		p.printf("0x%08x:", id)
	}
	offset := u16(h, 2) & ip6FragmentOffsetMask
	p.uint(uint64(offset))
	p.char('|')
	if left := ip6HeaderLen + int(u16(b, 4)) - i - ip6FragmentLen; left < 0 {
		p.str("[length < 0] (invalid))")
	} else {
		p.uint(uint64(left))
		p.char(')')
	}
	if offset != 0 {
		return -1
	}
	p.char(' ')
	return ip6FragmentLen
}
