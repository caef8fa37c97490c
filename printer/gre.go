// gre.go: generic routing encapsulation (RFC 1701, RFC 2784, RFC 2890) and its
// version for PPTP (RFC 2637).

package printer

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
	if !has(b, 0, 2) || length < 2 {
		p.truncMark()
		return
	}
	flags := u16(b, 0)
	version := flags & greVersion
	p.printf("GREv%d", version)
	whole := true
	switch version {
	case 0:
		whole = p.greRouted(flags, b[2:], length-2)
	case 1:
		whole = p.grePPTP(flags, b[2:], length-2)
	default:
		p.str(" ERROR: unknown-version")
	}
	if !whole {
		p.truncMark()
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

// take is the next n bytes; it reports whether they are there.
func (r *greRest) take(n int) ([]byte, bool) {
	if !has(r.b, 0, n) || r.length < n {
		return nil, false
	}
	field := r.b[:n]
	r.b, r.length = r.b[n:], r.length-n
	return field, true
}

// greNumber prints the next four bytes and reports whether they are there.
func (p *Printer) greNumber(r *greRest, label string) bool {
	field, ok := r.take(4)
	if ok {
		p.str(label)
		p.uint(uint64(u32(field, 0)))
	}
	return ok
}

// greRouted prints version 0 and reports whether its header is whole.
func (p *Printer) greRouted(flags uint16, b []byte, length int) bool {
	total := uint32(length) + 2
	p.greFlags(flags)
	r := greRest{b, length}
	field, ok := r.take(2)
	if !ok {
		return false
	}
	proto := u16(field, 0)
	if flags&(greChecksum|greRouting) != 0 {
		if field, ok = r.take(2); !ok {
			return false
		}
		if p.vflag > 0 {
			p.printf(", sum 0x%x", u16(field, 0))
		}
		if field, ok = r.take(2); !ok {
			return false
		}
		p.printf(", off 0x%x", u16(field, 0))
	}
	if flags&greKey != 0 {
		if field, ok = r.take(4); !ok {
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
	switch proto {
	case etherIPv4:
		p.ip4(r.b, r.length)
	case etherIPv6:
		p.ip6(r.b, r.length)
	case etherMPLS:
		p.mpls(r.b, r.length)
	case etherIPX:
		p.ipx(r.b, r.length)
	case etherAppleTalk:
		p.atalk(r.b, r.length)
	case etherGREOSI:
		p.isoclns(r.b, r.length)
	case etherTEB:
		p.ether(r.b, r.length)
	default:
		p.printf("gre-proto-0x%x", proto)
	}
	return true
}

// grePPTP prints version 1 and reports whether its header is whole.
func (p *Printer) grePPTP(flags uint16, b []byte, length int) bool {
	total := uint32(length) + 2
	p.greFlags(flags)
	r := greRest{b, length}
	field, ok := r.take(2)
	if !ok {
		return false
	}
	proto := u16(field, 0)
	if flags&greKey != 0 {
		if field, ok = r.take(4); !ok {
			return false
		}
		p.printf(", call %d", u16(field, 2))
	}
	if flags&greSequence != 0 && !p.greNumber(&r, ", seq ") {
		return false
	}
	if flags&greAcknowledgment != 0 && !p.greNumber(&r, ", ack ") {
		return false
	}
	if flags&greSequence == 0 {
		p.str(", no-payload")
	}
	p.greProtocol(proto, total)
	if flags&greSequence == 0 {
		return true
	}
	p.greSeparator()
	if proto == etherPPP {
		p.ppp(r.b, r.length)
	} else {
		p.printf("gre-proto-0x%x", proto)
	}
	return true
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
		head, ok := r.take(4)
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
		if !ok || r.length < n {
			return false
		}
		r.b, r.length = at(r.b, n), r.length-n
	}
}

// greRoute prints the hops of one entry, each of size bytes; the one at offset
// is next.
func (p *Printer) greRoute(r greRest, offset, n, size int) bool {
	switch {
	case offset&(size-1) != 0:
		p.printf(", badoffset=%d", offset)
		return true
	case n&(size-1) != 0:
		p.printf(", badlength=%d", n)
		return true
	case offset >= n:
		p.printf(", badoff/len=%d/%d", offset, n)
		return true
	}
	for i := 0; i < n; i += size {
		hop, ok := r.take(size)
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
