// hncp.go: Home Networking Control Protocol (RFC 7788) on top of DNCP (RFC 7787).

package printer

const (
	hncpRequestNetwork = 1
	hncpRequestNode    = 2
	hncpNodeEndpoint   = 3
	hncpNetworkState   = 4
	hncpNodeState      = 5
	hncpPeer           = 8
	hncpKeepAlive      = 9
	hncpTrustVerdict   = 10
	hncpVersion        = 32
	hncpExternal       = 33
	hncpDelegated      = 34
	hncpAssigned       = 35
	hncpNodeAddress    = 36
	hncpDHCPv4         = 37 // with RFC 7788's erratum 5113
	hncpDHCPv6         = 38
	hncpDelegatedZone  = 39
	hncpDomainName     = 40
	hncpNodeName       = 41
	hncpManagedPSK     = 42
	hncpPrefixPolicy   = 43

	// ranges of types that have no name of their own
	hncpReserved   = 0x10000
	hncpUnassigned = 0x10001
	hncpPrivate    = 0x10002
	hncpFuture     = 0x10003
)

var hncpTypes = []tok{
	{hncpRequestNetwork, "Request network state"},
	{hncpRequestNode, "Request node state"},
	{hncpNodeEndpoint, "Node endpoint"},
	{hncpNetworkState, "Network state"},
	{hncpNodeState, "Node state"},
	{hncpPeer, "Peer"},
	{hncpKeepAlive, "Keep-alive interval"},
	{hncpTrustVerdict, "Trust-Verdict"},
	{hncpVersion, "HNCP-Version"},
	{hncpExternal, "External-Connection"},
	{hncpDelegated, "Delegated-Prefix"},
	{hncpPrefixPolicy, "Prefix-Policy"},
	{hncpDHCPv4, "DHCPv4-Data"},
	{hncpDHCPv6, "DHCPv6-Data"},
	{hncpAssigned, "Assigned-Prefix"},
	{hncpNodeAddress, "Node-Address"},
	{hncpDelegatedZone, "DNS-Delegated-Zone"},
	{hncpDomainName, "Domain-Name"},
	{hncpNodeName, "Node-Name"},
	{hncpManagedPSK, "Managed-PSK"},
}

var hncpRanges = []tok{
	{hncpReserved, "Reserved"},
	{hncpUnassigned, "Unassigned"},
	{hncpPrivate, "Private use"},
	{hncpFuture, "Future use"},
}

func (p *Printer) hncp(b []byte, length int) {
	p.proto = "hncp"
	p.printf("hncp (%d)", uint32(length))
	p.hncpTLVs(b, length, 1)
}

// hncpKind is the type of a TLV, or the range that an unnamed one lies in.
func hncpKind(kind uint16) uint32 {
	switch {
	case tokName(hncpTypes, uint32(kind)) != "":
		return uint32(kind)
	case kind == 0:
		return hncpReserved
	case kind >= 44 && kind <= 511:
		return hncpUnassigned
	case kind >= 768 && kind <= 1023:
		return hncpPrivate
	}
	return hncpFuture
}

func (p *Printer) hncpName(kind uint32) {
	if kind > 0xffff {
		p.str(tokName(hncpRanges, kind))
	} else {
		p.str(tokName(hncpTypes, kind))
	}
}

// hncpTLVs prints TLVs: those less deep than the verbosity on lines of their own,
// others only by name.
func (p *Printer) hncpTLVs(b []byte, length, depth int) {
	p.enter()
	defer p.leave()
	list := hncpList{depth: depth}
	inLine := depth-1 >= p.vflag && p.vflag < 3
	for i := 0; i < length; {
		if !inLine {
			p.hncpLine(depth)
		}
		if !has(b, i, 4) {
			p.truncMark()
			return
		}
		if i+4 > length {
			p.invalid()
			return
		}
		kind, n := u16(b, i), int(u16(b, i+2))
		if !has(b, i+4, n) {
			p.truncMark()
			return
		}
		if i+4+n > length {
			p.invalid()
			return
		}
		if inLine {
			p.hncpCount(&list, hncpKind(kind))
		} else if !p.hncpTLV(kind, b[i+4:i+4+n:len(b)], depth) {
			p.invalid()
			return
		}
		i += 4 + (n+3)&^3
	}
	p.hncpEndCount(&list)
}

// hncpLine begins a line at a depth.
func (p *Printer) hncpLine(depth int) {
	p.char('\n')
	for range depth {
		p.char('\t')
	}
}

// hncpList counts TLVs of one kind that follow each other.
type hncpList struct {
	depth   int
	kind    uint32
	count   int
	started bool
}

func (p *Printer) hncpCount(l *hncpList, kind uint32) {
	if l.count > 0 && l.kind == kind {
		l.count++
		return
	}
	p.hncpEndCount(l)
	l.kind, l.count = kind, 1
}

func (p *Printer) hncpEndCount(l *hncpList) {
	if l.count == 0 {
		return
	}
	switch {
	case l.started:
		p.str(", ")
	case l.depth > 1:
		p.hncpLine(l.depth)
	default:
		p.char(' ')
	}
	l.started = true
	p.hncpName(l.kind)
	if l.count > 1 {
		p.printf(" (x%d)", l.count)
	}
}

// hncpTLV prints a TLV with the value v, behind which the capture reaches to
// v's capacity. It reports whether the TLVs behind it can still be trusted.
func (p *Printer) hncpTLV(kind uint16, v []byte, depth int) bool {
	k := hncpKind(kind)
	p.hncpName(k)
	if k > 0xffff {
		p.printf(": type=%d", kind)
	}
	p.printf(" (%d)", len(v)+4)
	if k > 0xffff {
		return true
	}
	ok, least := true, hncpLeast(kind)
	switch {
	case len(v) < least, hncpIsFixed(kind) && len(v) != least:
		p.invalid()
		return true
	}
	switch kind {
	case hncpRequestNode, hncpNodeEndpoint, hncpNetworkState, hncpPeer, hncpKeepAlive, hncpTrustVerdict, hncpVersion:
		p.hncpFields(kind, v)
	case hncpNodeState:
		p.hncpNode(" NID: ", v)
		p.printf(" seqno: %d ", u32(v, 4))
		p.hncpInterval(u32(v, 8))
		p.printf(" hash: %016x", u64(v, 12))
		p.hncpNested(v, 20, depth)
	case hncpExternal:
		p.hncpNested(v, 0, depth)
	case hncpDelegated:
		p.hncpDelegatedPrefix(v, depth)
	case hncpPrefixPolicy:
		p.hncpPolicy(v)
	case hncpDHCPv4:
		ok = p.hncpDHCPv4Options(v, depth+1)
	case hncpDHCPv6:
		if !p.hncpDHCPv6Options(v, depth+1) {
			p.invalid()
		}
	case hncpAssigned:
		p.hncpAssignedPrefix(v, depth)
	case hncpNodeAddress:
		p.printf(" EPID: %08x IP Address: ", u32(v, 0))
		p.hncpAddress(v[4:])
		p.hncpNested(v, 20, depth)
	case hncpDelegatedZone:
		p.hncpZone(v, depth)
	case hncpDomainName:
		p.str(" Domain: ")
		p.hncpDNSName(v)
	case hncpNodeName:
		p.hncpNodeNameTLV(v, depth)
	case hncpManagedPSK:
		p.str(" PSK: ")
		p.hncpHex(v[:32])
		p.hncpNested(v, 32, depth)
	}
	return ok
}

// hncpLeast is the least length of a value.
func hncpLeast(kind uint16) int {
	switch kind {
	case hncpRequestNode:
		return 4
	case hncpNodeEndpoint, hncpNetworkState, hncpKeepAlive:
		return 8
	case hncpNodeState, hncpNodeAddress:
		return 20
	case hncpPeer:
		return 12
	case hncpTrustVerdict:
		return 37
	case hncpVersion:
		return 5
	case hncpDelegated:
		return 9
	case hncpAssigned:
		return 6
	case hncpDelegatedZone, hncpNodeName:
		return 17
	case hncpManagedPSK:
		return 32
	case hncpPrefixPolicy, hncpDHCPv4, hncpDHCPv6, hncpDomainName:
		return 1
	}
	return 0
}

// hncpIsFixed reports whether a value has to have just its least length.
func hncpIsFixed(kind uint16) bool {
	switch kind {
	case hncpRequestNetwork, hncpRequestNode, hncpNodeEndpoint, hncpNetworkState, hncpPeer:
		return true
	}
	return false
}

// hncpNested prints the TLVs inside a value, from its i-th byte on.
func (p *Printer) hncpNested(v []byte, i, depth int) {
	if i <= len(v) {
		p.hncpTLVs(v[i:cap(v)], len(v)-i, depth+1)
	}
}

// hncpFields prints the values that hold nothing but numbers and text.
func (p *Printer) hncpFields(kind uint16, v []byte) {
	switch kind {
	case hncpRequestNode:
		p.hncpNode(" NID: ", v)
	case hncpNodeEndpoint:
		p.hncpNode(" NID: ", v)
		p.printf(" EPID: %08x", u32(v, 4))
	case hncpNetworkState:
		p.printf(" hash: %016x", u64(v, 0))
	case hncpPeer:
		p.hncpNode(" Peer-NID: ", v)
		p.printf(" Peer-EPID: %08x Local-EPID: %08x", u32(v, 4), u32(v, 8))
	case hncpKeepAlive:
		p.printf(" EPID: %08x Interval: ", u32(v, 0))
		p.hncpInterval(u32(v, 4))
	case hncpTrustVerdict:
		p.printf(" Verdict: %d Fingerprint: ", v[0])
		p.hncpHex(v[4:36])
		p.str(" Common Name: ")
		p.safePadded(v[36:], len(v)-36)
	case hncpVersion:
		can := u16(v, 2)
		p.printf(" M: %d P: %d H: %d L: %d User-agent: ", can>>12, can>>8&0xf, can>>4&0xf, can&0xf)
		p.safePadded(v[4:], len(v)-4)
	}
}

// hncpNode prints a node identifier behind a label.
func (p *Printer) hncpNode(label string, v []byte) {
	p.str(label)
	p.out = appendColons(p.out, v[:4])
}

func (p *Printer) hncpHex(v []byte) {
	for _, c := range v {
		p.hex(uint64(c), 2)
	}
}

// hncpInterval prints a time in milliseconds.
func (p *Printer) hncpInterval(v uint32) { p.printf("%d.%03ds", v/1000, v%1000) }

// hncpAddress prints an address; mapped IPv4 ones as such.
func (p *Printer) hncpAddress(v []byte) {
	if addr6(v[:16]).isMapped() {
		p.appendAddr4(addr4(v[12:16]))
	} else {
		p.appendAddr6(addr6(v[:16]))
	}
}
