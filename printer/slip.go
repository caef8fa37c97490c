// slip.go: SLIP (RFC 1055) with Van Jacobson's compressed headers (RFC 1144), as
// BSD's packet filter captures it: a pseudo-header of 16 bytes with the
// direction and the compressed header, then the packet with its header restored.

package printer

import "github.com/tapdump/tapdump/versions"

var slipLengthsOnly = versions.Since(versions.V5_0, "SLIP", "`[\\|slip]` where the restored IP or TCP header is cut", "of these headers nothing but their lengths has to be there")

const (
	slipHeaderLen = 16
	slipVJ        = 1 // where in it the compressed header begins

	slipIn  = 0
	slipOut = 1

	slipTypeIP              = 0x40
	slipTypeUncompressedTCP = 0x70
	slipTypeCompressedTCP   = 0x80
)

// The change mask of a compressed header (RFC 1144 section 3.2.2).
const (
	slipNewC     = 0x40
	slipNewI     = 0x20
	slipNewS     = 0x08
	slipNewA     = 0x04
	slipNewW     = 0x02
	slipNewU     = 0x01
	slipSpecials = slipNewS | slipNewA | slipNewW | slipNewU
	slipSpecialI = slipNewS | slipNewW | slipNewU
	slipSpecialD = slipNewS | slipNewA | slipNewW | slipNewU
)

// slipConversations is what compressed headers leave out: the connection, and
// how many bytes its last packet carried.
type slipConversations struct {
	bytes      [2][256]uint32
	connection uint8
	known      bool
}

func (c *slipConversations) set(connection uint8) { c.connection, c.known = connection, true }

func (c *slipConversations) last() uint8 {
	if !c.known {
		return 255
	}
	return c.connection
}

func (p *Printer) slipLink(b []byte, length int) {
	p.proto = "slip"
	need(b, 0, slipHeaderLen)
	p.llHdrLen += slipHeaderLen
	packet, length := b[slipHeaderLen:], length-slipHeaderLen
	if p.eflag {
		p.slipHeader(b, packet, length)
	}
	switch version := u8(packet, 0) >> 4; version {
	case 4:
		p.ip4(packet, length)
	case 6:
		p.ip6(packet, length)
	default:
		p.printf("ip v%d", version)
	}
}

func (p *Printer) slipBSDOSLink(b []byte, length int) {
	p.proto = "slip_bsdos"
	need(b, 0, slipHeaderLen)
	p.llHdrLen += slipHeaderLen
	p.ip4(b[slipHeaderLen:], length-slipHeaderLen)
}

func (p *Printer) slipHeader(b, packet []byte, length int) {
	direction, vj := b[0], b[slipVJ]
	valid := direction <= slipOut
	switch direction {
	case slipIn:
		p.str("I ")
	case slipOut:
		p.str("O ")
	default:
		p.printf("Invalid direction %d ", direction)
	}
	switch {
	case vj&0xf0 == slipTypeIP:
		p.printf("ip %d: ", uint32(length+slipHeaderLen))
	case vj&0xf0 == slipTypeUncompressedTCP:
		// the connection takes the place of the protocol in the IP header
		p.inOrder()
		connection := b[slipVJ+9]
		p.conv.slip.set(connection)
		p.printf("utcp %d: ", connection)
		if valid {
			p.conv.slip.bytes[direction][connection] = p.slipPayload(packet, length)
		}
	case !valid:
	case vj&slipTypeCompressedTCP != 0:
		p.slipCompressed(b[slipVJ:], packet, length, direction)
		p.str(": ")
	default:
		p.printf("slip-%d!: ", vj)
	}
}

// slipPayload is how many bytes a TCP segment carries.
func (p *Printer) slipPayload(packet []byte, length int) uint32 {
	isWhole := !p.follows(slipLengthsOnly)
	if isWhole {
		need(packet, 0, 20)
	}
	tcp := int(u8(packet, 0)&15) * 4
	if isWhole {
		need(packet, tcp, 20)
	}
	return uint32(length - tcp - int(u8(packet, tcp+12)>>4)*4)
}

func (p *Printer) slipCompressed(vj, packet []byte, length int, direction uint8) {
	p.inOrder()
	mask, i := u8(vj, 0), 1
	if mask&slipNewC != 0 {
		p.conv.slip.set(u8(vj, i))
		i++
		p.printf("ctcp %d", p.conv.slip.connection)
	} else {
		p.str("ctcp *")
	}
	last := &p.conv.slip.bytes[direction][p.conv.slip.last()]
	i += 2 // the TCP checksum
	switch mask & slipSpecials {
	case slipSpecialI:
		p.printf(" *SA+%d", *last)
	case slipSpecialD:
		p.printf(" *S+%d", *last)
	default:
		i = p.slipChanges(vj, i, mask)
	}
	if mask&slipNewI != 0 {
		i = p.slipChange("I+", vj, i)
	}
	*last = p.slipPayload(packet, length)
	p.printf(" %d (%d)", *last, i)
}

// slipChanges prints the changes at vj[i] that mask says are there, and returns
// the index behind them.
func (p *Printer) slipChanges(vj []byte, i int, mask uint8) int {
	if mask&slipNewU != 0 {
		i = p.slipChange("U=", vj, i)
	}
	if mask&slipNewW != 0 {
		v, next := slipNumber(vj, i)
		i = next
		if int16(v) >= 0 {
			p.printf(" W+%d", v)
		} else {
			p.printf(" W%d", int16(v))
		}
	}
	if mask&slipNewA != 0 {
		i = p.slipChange("A+", vj, i)
	}
	if mask&slipNewS != 0 {
		i = p.slipChange("S+", vj, i)
	}
	return i
}

func (p *Printer) slipChange(what string, vj []byte, i int) int {
	v, next := slipNumber(vj, i)
	p.printf(" %s%d", what, v)
	return next
}

// slipNumber reads a number of one byte, or of two behind a zero byte, and the
// index at which tcpdump goes on: it does not step over numbers of one byte.
func slipNumber(vj []byte, i int) (uint16, int) {
	if v := u8(vj, i); v != 0 {
		return uint16(v), i
	}
	return u16(vj, i+1), i + 3
}
