// pgm.go: Pragmatic General Multicast (RFC 3208), in IP or in UDP.

package printer

import "github.com/tapdump/tapdump/versions"

var (
	pgmChecks = versions.Since(versions.V5_0, "PGM", "an address of an unknown family has the mark `[\\|pgm]`", "it is `(invalid)`")
	pgmEnds   = versions.Since(versions.V5_0, "PGM", "options of SPMR and unknown types are looked for in the header itself; behind the options PATH_NLA, CR and unknown ones two bytes are left out",
		"options are where they are")
	pgmOtherACK = versions.Since(versions.V5_0, "PGM", "type 0x0d is unknown", "type 0x0d is `ACK` as type 0x0b is")
)

const (
	pgmHeaderLen = 16
	pgmGSIDLen   = 6 // globally unique source identifier
)

// Packet types (RFC 3208 section 8).
const (
	pgmSPM     = 0x00 // source path message
	pgmPoll    = 0x01
	pgmPolr    = 0x02 // poll response
	pgmOData   = 0x04 // original data
	pgmRData   = 0x05 // repair data
	pgmNAK     = 0x08
	pgmNullNAK = 0x09
	pgmNCF     = 0x0a // NAK confirmation
	pgmACK     = 0x0b // of PGMCC (RFC 4654)
	pgmSPMR    = 0x0c // SPM request
	pgmACK2    = 0x0d // what some implementations have for pgmACK
)

// pgm prints a packet whose IP header, or IP and UDP header, has been read.
func (p *Printer) pgm(b []byte, length int, ip ipHeader) {
	p.proto = "pgm"
	if !has(b, 2, 2) {
		p.ipAddresses(ip)
		p.char(':')
		p.truncSince(pgmChecks)
		return
	}
	p.pgmEndpoints(u16(b, 0), u16(b, 2), ip)
	if !has(b, 0, pgmHeaderLen) {
		p.truncSince(pgmChecks)
		return
	}
	dataLen := u16(b, 14)
	p.printf("PGM, length %d", dataLen)
	if p.vflag == 0 {
		return
	}
	p.str(" 0x")
	for i := range pgmGSIDLen {
		p.hex(uint64(b[8+i]), 2)
	}
	p.char(' ')
	kind := u8(b, 4)
	rest, ok := p.pgmBody(kind, b)
	if !ok {
		return
	}
	const optionsPresent = 0x01
	if u8(b, 5)&optionsPresent != 0 {
		if rest, ok = p.pgmOptions(rest); !ok {
			return
		}
	}
	p.printf(" [%d]", uint32(length))
	if p.opts.Type == TypePGMZMTP1 && (kind == pgmOData || kind == pgmRData) {
		p.zmtp1Datagram(rest, int(dataLen))
	}
}

// pgmEndpoints prints ports, and addresses unless UDP or IPv6 extension headers
// stand between.
func (p *Printer) pgmEndpoints(sport, dport uint16, ip ipHeader) {
	addresses := ip.carries(protoPGM)
	if addresses {
		p.ipSource(ip)
		p.char('.')
	}
	p.tcpPort(sport)
	p.str(" > ")
	if addresses {
		p.ipDestination(ip)
		p.char('.')
	}
	p.tcpPort(dport)
	p.str(": ")
}

// pgmWhole reports whether n bytes at b[i] were captured, and marks the packet if
// not.
func (p *Printer) pgmWhole(b []byte, i, n int) bool {
	if has(b, i, n) {
		return true
	}
	p.truncSince(pgmChecks)
	return false
}

// pgmNLA is the network layer address at b[i] of the address family afi
// (section 8). It is nil, and the packet marked, when the family is not known or
// the address is cut.
func (p *Printer) pgmNLA(b []byte, i int, afi uint16) []byte {
	n := 0
	switch afi {
	case afIPv4:
		n = 4
	case afIPv6:
		n = 16
	default:
		p.invalidSince(pgmChecks)
		return nil
	}
	if !p.pgmWhole(b, i, n) {
		return nil
	}
	return b[i : i+n]
}

// pgmAddress appends a network layer address, never a name.
func (p *Printer) pgmAddress(nla []byte) {
	if len(nla) == 4 {
		p.out = appendIPv4(p.out, addr4(nla))
		return
	}
	p.out = appendIPv6(p.out, addr6(nla))
}

// pgmBody prints what the type has behind the header and returns what comes
// behind that; ok is false when it is cut or makes no sense, which has been said.
// Of types without a body older versions take the header itself for the options.
func (p *Printer) pgmBody(kind uint8, b []byte) (rest []byte, ok bool) {
	body := at(b, pgmHeaderLen)
	if kind == pgmACK2 && p.follows(pgmOtherACK) {
		kind = pgmACK
	}
	switch kind {
	case pgmSPM:
		return p.pgmSourcePath(body)
	case pgmPoll:
		return p.pgmPoll(body)
	case pgmPolr:
		if !p.pgmWhole(body, 0, 8) {
			return nil, false
		}
		p.printf("POLR seq %d round %d", u32(body, 0), u16(body, 4))
		return body[8:], true
	case pgmOData, pgmRData:
		if !p.pgmWhole(body, 0, 8) {
			return nil, false
		}
		name := "ODATA"
		if kind == pgmRData {
			name = "RDATA"
		}
		p.printf("%s trail %d seq %d", name, u32(body, 4), u32(body, 0))
		return body[8:], true
	case pgmNAK:
		return p.pgmNAK("NAK", body)
	case pgmNullNAK:
		return p.pgmNAK("NNAK", body)
	case pgmNCF:
		return p.pgmNAK("NCF", body)
	case pgmACK:
		if !p.pgmWhole(body, 0, 8) {
			return nil, false
		}
		p.printf("ACK seq %d", u32(body, 0))
		return body[8:], true
	case pgmSPMR:
		p.str("SPMR")
	default:
		p.printf("UNKNOWN type 0x%02x", kind)
	}
	if p.follows(pgmEnds) {
		return body, true
	}
	return b, true
}

// pgmSourcePath prints a source path message (section 8.1).
func (p *Printer) pgmSourcePath(b []byte) (rest []byte, ok bool) {
	const fixed = 16
	if !p.pgmWhole(b, 0, fixed) {
		return nil, false
	}
	nla := p.pgmNLA(b, fixed, u16(b, 12))
	if nla == nil {
		return nil, false
	}
	p.printf("SPM seq %d trail %d lead %d nla ", u32(b, 0), u32(b, 4), u32(b, 8))
	p.pgmAddress(nla)
	return b[fixed+len(nla):], true
}

// pgmPoll prints a poll (section 15.1).
func (p *Printer) pgmPoll(b []byte) (rest []byte, ok bool) {
	const fixed = 12
	if !p.pgmWhole(b, 0, fixed) {
		return nil, false
	}
	nla := p.pgmNLA(b, fixed, u16(b, 8))
	if nla == nil {
		return nil, false
	}
	rest = b[fixed+len(nla):]
	interval, random, mask := u32(rest, 0), u32(rest, 4), u32(rest, 8)
	p.printf("POLL seq %d round %d nla ", u32(b, 0), u16(b, 4))
	p.pgmAddress(nla)
	p.printf(" ivl %d rnd 0x%08x mask 0x%08x", interval, random, mask)
	return rest[12:], true
}

// pgmNAK prints a negative acknowledgement or the confirmation of one (section
// 8.3). As in the reference, the first bytes of the group's address are taken
// for its family too, so that real groups count as cut.
func (p *Printer) pgmNAK(name string, b []byte) (rest []byte, ok bool) {
	const fixed = 8
	if !p.pgmWhole(b, 0, fixed) {
		return nil, false
	}
	source := p.pgmNLA(b, fixed, u16(b, 4))
	if source == nil {
		return nil, false
	}
	i := fixed + len(source) + 4
	group := p.pgmNLA(b, i, u16(b, i))
	if group == nil {
		return nil, false
	}
	p.str(name)
	p.str(" (")
	p.pgmAddress(source)
	p.str(" -> ")
	p.pgmAddress(group)
	p.printf("), seq %d", u32(b, 0))
	return b[i+len(group):], true
}
