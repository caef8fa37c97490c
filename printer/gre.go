// gre.go: generic routing encapsulation (RFC 1701, RFC 2784, RFC 2890) and its
// version for PPTP (RFC 2637).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	greInvalid = versions.Since(versions.V5_0, "GRE",
		"a header that is longer than the packet is `[\\|gre]`, a malformed source route is passed over", "such a header is `[len 1 < 4] (invalid)`, such a route `(invalid)`")
	greEoIP = versions.Since(versions.V5_0, "GRE",
		"`call` and `gre-proto-0x6400` for MikroTik's Ethernet over IP", "`tunnel-id` and the frame or `keepalive`")
	greNoKey = versions.Since(versions.V5_0, "GRE", "nothing where version 1 lacks its key", "`(ERROR: K flag not set)`")
)

const (
	greChecksum       = 0x8000
	greRouting        = 0x4000
	greKey            = 0x2000
	greSequence       = 0x1000
	greStrictRoute    = 0x0800
	greAcknowledgment = 0x0080
	greVersion        = 0x0007
)

var greFlags = []tok{
	{greChecksum, "checksum present"},
	{greRouting, "routing present"},
	{greKey, "key present"},
	{greSequence, "sequence# present"},
	{greStrictRoute, "source routing present"},
	{greAcknowledgment, "ack present"},
}

// Address families of source route entries (RFC 1701).
const (
	greRouteIP = 0x0800
	greRouteAS = 0xfffe
)

func (p *Printer) gre(b []byte, length int) {
	p.proto = "gre"
	r := greRest{b, length}
	if p.follows(greInvalid) {
		p.str("GRE")
		if p.lacks("length", length, 2) {
			return
		}
	} else {
		if !has(b, 0, 2) || length < 2 {
			p.truncMark()
			return
		}
		p.str("GRE")
	}
	flags := u16(b, 0)
	version := flags & greVersion
	p.printf("v%d", version)
	r.skip(2)
	whole := true
	switch version {
	case 0:
		whole = p.greRouted(flags, r)
	case 1:
		whole = p.grePPTP(flags, r)
	default:
		p.str(" ERROR: unknown-version")
	}
	if !whole {
		p.invalidSince(greInvalid)
	}
}

func (p *Printer) greFlags(flags uint16) {
	if p.vflag > 0 {
		p.printf(", Flags [%s]", bitStr(greFlags, "none", flags))
	}
}

// greRest is what is left of a header.
type greRest struct {
	b      []byte
	length int
}

func (r *greRest) skip(n int) { r.b, r.length = at(r.b, n), r.length-n }

// greTake is the next n bytes of a header; it reports whether they are there.
func (p *Printer) greTake(r *greRest, n int) ([]byte, bool) {
	if p.follows(greInvalid) {
		if uint32(r.length) < uint32(n) {
			p.wrong("len", r.length, "<", n)
			return nil, false
		}
		need(r.b, 0, n)
	} else if !has(r.b, 0, n) || r.length < n {
		return nil, false
	}
	field := r.b[:n]
	r.skip(n)
	return field, true
}

// greNumber prints the next four bytes and reports whether they are there.
func (p *Printer) greNumber(r *greRest, label string) bool {
	field, ok := p.greTake(r, 4)
	if ok {
		p.str(label)
		p.uint(uint64(u32(field, 0)))
	}
	return ok
}

// greRouted prints version 0 behind its flags and reports whether its header is
// whole.
func (p *Printer) greRouted(flags uint16, r greRest) bool {
	total := uint32(r.length) + 2
	p.greFlags(flags)
	field, ok := p.greTake(&r, 2)
	if !ok {
		return false
	}
	proto := u16(field, 0)
	if flags&(greChecksum|greRouting) != 0 {
		if field, ok = p.greTake(&r, 2); !ok {
			return false
		}
		if p.vflag > 0 {
			p.printf(", sum 0x%x", u16(field, 0))
		}
		if field, ok = p.greTake(&r, 2); !ok {
			return false
		}
		p.printf(", off 0x%x", u16(field, 0))
	}
	if flags&greKey != 0 {
		if field, ok = p.greTake(&r, 4); !ok {
			return false
		}
		p.printf(", key=0x%x", u32(field, 0))
	}
	if flags&greSequence != 0 && !p.greNumber(&r, ", seq ") {
		return false
	}
	if flags&greRouting != 0 && !p.greRoutes(&r) {
		return false
	}
	p.greProtocol(proto, total)
	p.greSeparator()
	return p.grePayload(flags, proto, r)
}

// grePPTP prints version 1 behind its flags and reports whether its header is
// whole.
func (p *Printer) grePPTP(flags uint16, r greRest) bool {
	total := uint32(r.length) + 2
	p.greFlags(flags)
	field, ok := p.greTake(&r, 2)
	if !ok {
		return false
	}
	proto := u16(field, 0)
	isEoIP := proto == greTypeEoIP && p.follows(greEoIP)
	if isEoIP && flags&^greVersion != greKey {
		p.printf(" unknown-eoip-flags-%04x!", flags)
		return true
	}
	if flags&greKey != 0 {
		if !p.greCall(&r, isEoIP) {
			return false
		}
	} else if p.follows(greNoKey) {
		p.str(", (ERROR: K flag not set)")
	}
	if flags&greSequence != 0 && !p.greNumber(&r, ", seq ") {
		return false
	}
	if flags&greAcknowledgment != 0 && !p.greNumber(&r, ", ack ") {
		return false
	}
	hasPayload := isEoIP || flags&greSequence != 0
	if !hasPayload {
		p.str(", no-payload")
	}
	p.greProtocol(proto, total)
	if !hasPayload {
		return true
	}
	p.greSeparator()
	switch {
	case proto == etherPPP:
		p.ppp(r.b, r.length)
	case isEoIP && r.length == 0:
		p.str("keepalive")
	case isEoIP:
		p.ether(r.b, r.length)
	default:
		p.printf("gre-proto-0x%x", proto)
	}
	return true
}

// greCall prints the key of version 1, which is the payload's length and the
// number of a call or tunnel. It reports whether the key is there.
func (p *Printer) greCall(r *greRest, isEoIP bool) bool {
	if _, ok := p.greTake(r, 2); !ok {
		return false
	}
	number, ok := p.greTake(r, 2)
	switch {
	case !ok:
	case isEoIP:
		p.printf(", tunnel-id %d", u16(number, 0))
	default:
		p.printf(", call %d", u16(number, 0))
	}
	return ok
}

func (p *Printer) greProtocol(proto uint16, length uint32) {
	if p.eflag {
		p.printf(", proto %s (0x%04x)", tokStr(etherTypeNames, "unknown", proto), proto)
	}
	p.printf(", length %d", length)
}

func (p *Printer) greSeparator() {
	if p.vflag > 0 {
		p.str("\n\t")
	} else {
		p.str(": ")
	}
}

// greRoutes prints the source route entries (RFC 1701) and reports whether
// they are whole.
func (p *Printer) greRoutes(r *greRest) bool {
	for {
		head, ok := p.greTake(r, 4)
		if !ok {
			return false
		}
		family, offset, n := u16(head, 0), int(head[2]), int(head[3])
		if family == 0 && n == 0 {
			return true
		}
		switch family {
		case greRouteIP:
			p.str(", (rtaf=ip")
			ok = p.greRoute(*r, offset, n, 4)
			p.char(')')
		case greRouteAS:
			p.str(", (rtaf=asn")
			ok = p.greRoute(*r, offset, n, 2)
			p.char(')')
		default:
			p.printf(", (rtaf=0x%x)", family)
		}
		if !ok {
			return false
		}
		if r.length < n {
			p.wrongSince(greInvalid, "len", r.length, "<", n)
			return false
		}
		r.skip(n)
	}
}

// greRoute prints the hops of one entry, each of size bytes; the one at offset
// is next. It reports whether what follows can be printed.
func (p *Printer) greRoute(r greRest, offset, n, size int) bool {
	switch {
	case offset&(size-1) != 0:
		p.printf(", badoffset=%d", offset)
		return !p.follows(greInvalid)
	case n&(size-1) != 0:
		p.printf(", badlength=%d", n)
		return !p.follows(greInvalid)
	case offset >= n:
		p.printf(", badoff/len=%d/%d", offset, n)
		return !p.follows(greInvalid)
	}
	for i := 0; i < n; i += size {
		hop, ok := p.greTake(&r, size)
		if !ok {
			return false
		}
		p.char(' ')
		if i == offset {
			p.char('*')
		}
		if size == 4 {
			p.out = appendIPv4(p.out, addr4(hop))
		} else {
			p.hex(uint64(u16(hop, 0)), 1)
		}
	}
	return true
}
