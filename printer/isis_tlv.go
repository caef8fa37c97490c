package printer

// Types of TLVs (IANA, IS-IS TLV codepoints).
const (
	isisTLVAreas          = 1
	isisTLVISReach        = 2
	isisTLVESNeighbors    = 3
	isisTLVPartitionDIS   = 4
	isisTLVPrefixNeighbor = 5
	isisTLVISNeighbors    = 6
	isisTLVInstance       = 7
	isisTLVPadding        = 8
	isisTLVLSPEntries     = 9
	isisTLVAuth           = 10
	isisTLVChecksum       = 12
	isisTLVPurge          = 13
	isisTLVBufferSize     = 14
	isisTLVExtISReach     = 22
	isisTLVISAlias        = 24
	isisTLVIPInternal     = 128
	isisTLVProtocols      = 129
	isisTLVIPExternal     = 130
	isisTLVInterDomain    = 131
	isisTLVIPAddress      = 132
	isisTLVTERouterID     = 134
	isisTLVExtIPReach     = 135
	isisTLVHostname       = 137
	isisTLVSRLG           = 138
	isisTLVMTPortCap      = 143
	isisTLVMTCapability   = 144
	isisTLVRestart        = 211
	isisTLVMTISReach      = 222
	isisTLVTopologies     = 229
	isisTLVIP6Address     = 232
	isisTLVMTIPReach      = 235
	isisTLVIP6Reach       = 236
	isisTLVMTIP6Reach     = 237
	isisTLVP2PAdjacency   = 240
	isisTLVHelloSequence  = 241
	isisTLVRouterCap      = 242
	isisTLVVendor         = 250
)

var isisTLVNames = []tok{
	{isisTLVAreas, "Area address(es)"},
	{isisTLVISReach, "IS Reachability"},
	{isisTLVESNeighbors, "ES Neighbor(s)"},
	{isisTLVPartitionDIS, "Partition DIS"},
	{isisTLVPrefixNeighbor, "Prefix Neighbors"},
	{isisTLVISNeighbors, "IS Neighbor(s)"},
	{isisTLVInstance, "Instance Identifier"},
	{isisTLVPadding, "Padding"},
	{isisTLVLSPEntries, "LSP entries"},
	{isisTLVAuth, "Authentication"},
	{isisTLVChecksum, "Checksum"},
	{isisTLVPurge, "Purge Originator Identifier"},
	{isisTLVBufferSize, "LSP Buffersize"},
	{isisTLVExtISReach, "Extended IS Reachability"},
	{isisTLVISAlias, "IS Alias ID"},
	{42, "DECnet Phase IV"},
	{66, "Lucent Proprietary"},
	{isisTLVIPInternal, "IPv4 Internal Reachability"},
	{isisTLVProtocols, "Protocols supported"},
	{isisTLVIPExternal, "IPv4 External Reachability"},
	{isisTLVInterDomain, "Inter-Domain Information Type"},
	{isisTLVIPAddress, "IPv4 Interface address(es)"},
	{133, "IPv4 authentication (deprecated)"},
	{isisTLVTERouterID, "Traffic Engineering Router ID"},
	{isisTLVExtIPReach, "Extended IPv4 Reachability"},
	{isisTLVHostname, "Hostname"},
	{isisTLVSRLG, "Shared Risk Link Group"},
	{isisTLVMTPortCap, "Multi-Topology-Aware Port Capability"},
	{isisTLVMTCapability, "Multi-Topology Capability"},
	{176, "Nortel Proprietary"},
	{177, "Nortel Proprietary"},
	{isisTLVRestart, "Restart Signaling"},
	{isisTLVMTISReach, "Multi Topology IS Reachability"},
	{isisTLVTopologies, "Multi Topology"},
	{isisTLVIP6Address, "IPv6 Interface address(es)"},
	{isisTLVMTIPReach, "Multi-Topology IPv4 Reachability"},
	{isisTLVIP6Reach, "IPv6 reachability"},
	{isisTLVMTIP6Reach, "Multi-Topology IP6 Reachability"},
	{isisTLVP2PAdjacency, "Point-to-point Adjacency State"},
	{isisTLVHelloSequence, "Hello PDU Sequence Number"},
	{isisTLVRouterCap, "IS-IS Router Capability"},
	{isisTLVVendor, "Vendor Private"},
}

// isisTLV is a TLV: b holds its value and what was captured behind it, n is the
// length that it claims and the PDU has room for.
type isisTLV struct {
	kind uint8
	b    []byte
	n    int
	// the PDU, for sums over it
	pdu        []byte
	at, length int // where the value stands in it; its length
}

// isisTLVs prints the TLVs from b[i] to the end of the PDU at length.
func (p *Printer) isisTLVs(b []byte, i, length int) {
	for i < length {
		if !has(b, i, 2) || length-i < 2 {
			p.truncMark()
			return
		}
		kind, n := b[i], int(b[i+1])
		i += 2
		p.printf("\n\t    %s TLV #%d, length: %d", tokStr(isisTLVNames, "unknown", kind), kind, n)
		if n > length-i {
			p.truncMark()
			return
		}
		value := at(b, i)
		switch p.isisTLV(&isisTLV{kind, value, n, b, i, length}) {
		case cut:
			p.truncMark()
			return
		case stop:
			return
		}
		if p.vflag > 1 {
			p.unknownData(value, "\n\t      ", n)
		}
		i += n
	}
}

// isisTLV prints the value of a TLV. One that is too short is done as well: what
// it lacks is left out. One that is cut, and one that stops, ends the PDU.
func (p *Printer) isisTLV(t *isisTLV) outcome {
	switch t.kind {
	case isisTLVPadding:
	case isisTLVAreas, isisTLVISNeighbors, isisTLVPartitionDIS, isisTLVIPAddress, isisTLVIP6Address,
		isisTLVLSPEntries, isisTLVTopologies, isisTLVESNeighbors:
		return p.isisList(t)
	case isisTLVISReach:
		return p.isisISReach(t)
	case isisTLVPrefixNeighbor:
		return p.isisPrefixNeighbors(t)
	case isisTLVExtISReach, isisTLVISAlias, isisTLVMTISReach:
		return p.isisExtISReach(t)
	case isisTLVIPInternal, isisTLVIPExternal:
		return p.isisIPReach(t)
	case isisTLVExtIPReach, isisTLVMTIPReach, isisTLVIP6Reach, isisTLVMTIP6Reach:
		return p.isisExtIPReach(t)
	case isisTLVAuth:
		p.isisAuth(t)
	case isisTLVP2PAdjacency:
		return p.isisP2PAdjacency(t)
	case isisTLVSRLG:
		return p.isisSRLG(t)
	case isisTLVChecksum:
		return p.isisChecksum(t)
	case isisTLVPurge:
		return p.isisPurge(t)
	case isisTLVRestart:
		return p.isisRestart(t)
	case isisTLVMTPortCap:
		p.isisMTPortCapability(t)
	case isisTLVMTCapability:
		p.isisMTCapability(t)
	case isisTLVRouterCap:
		p.isisRouterCapability(t)
	case isisTLVInstance, isisTLVProtocols, isisTLVTERouterID, isisTLVHostname, isisTLVInterDomain, isisTLVBufferSize,
		isisTLVHelloSequence, isisTLVVendor:
		p.isisSimple(t)
	default:
		if p.vflag <= 1 {
			p.unknownData(t.b, "\n\t\t", t.n)
		}
	}
	return done
}

// isisSimple prints a TLV of a few plain fields.
func (p *Printer) isisSimple(t *isisTLV) {
	b, n := t.b, t.n
	switch {
	case t.kind == isisTLVInstance && n >= 4:
		p.isisInstance(b, n)
	case t.kind == isisTLVProtocols:
		p.str("\n\t      NLPID(s): ")
		p.isoclnsProtocols(b, n)
	case t.kind == isisTLVTERouterID && n >= 4:
		p.printf("\n\t      Traffic Engineering Router ID: %s", ip4At(b, 0))
	case t.kind == isisTLVHostname:
		p.str("\n\t      Hostname: ")
		p.safePadded(b, n)
	case t.kind == isisTLVInterDomain && n >= 1:
		p.isisInterDomain(b, n)
	case t.kind == isisTLVBufferSize && n >= 2:
		p.printf("\n\t      LSP Buffersize: %d", u16(b, 0))
	case t.kind == isisTLVHelloSequence && n >= 4:
		p.printf("\n\t      Sequence number: %d", u32(b, 0))
	case t.kind == isisTLVVendor && n >= 3:
		oui := u24(b, 0)
		p.printf("\n\t      Vendor: %s (%d)", tokStr(p.ouiTable(), "Unknown", oui), oui)
		p.unknownData(b[3:], "\n\t\t", n-3)
	}
}

// isisList prints a TLV that is a list of entries; one that does not fit ends it.
func (p *Printer) isisList(t *isisTLV) outcome {
	for i := 0; i < t.n; {
		left := t.n - i
		size := 0
		switch t.kind {
		case isisTLVAreas:
			size = 1 + int(u8(t.b, i))
		case isisTLVISNeighbors, isisTLVPartitionDIS:
			size = isisSystemIDLen
		case isisTLVIPAddress:
			size = 4
		case isisTLVIP6Address:
			size = 16
		case isisTLVLSPEntries:
			size = 8 + isisLSPIDLen
		case isisTLVESNeighbors:
			size = 4 + isisSystemIDLen
		case isisTLVTopologies:
			if size = 2; left < size {
				p.str("\n\t      invalid MT-ID")
			}
		}
		if left < size {
			return done
		}
		if went := p.isisEntry(t, i, size); went != done {
			return went
		}
		i += size
	}
	return done
}

// isisEntry prints one of a list.
func (p *Printer) isisEntry(t *isisTLV, i, size int) outcome {
	b := t.b
	switch t.kind {
	case isisTLVAreas:
		need(b, i, size)
		p.printf("\n\t      Area address (length: %d): ", size-1)
		p.nsap(b, i+1, size-1)
		return done
	case isisTLVIPAddress:
		p.printf("\n\t      IPv4 interface address: %s", ip4At(b, i))
		return done
	case isisTLVIP6Address:
		p.printf("\n\t      IPv6 interface address: %s", ip6At(b, i))
		return done
	case isisTLVTopologies:
		p.isisTopology(b, i)
		return done
	case isisTLVLSPEntries:
		return p.isisLSPEntry(b, i)
	}
	if !has(b, i, size) {
		return cut
	}
	switch t.kind {
	case isisTLVISNeighbors:
		p.isisID("\n\t      SNPA: ", b, i, isisSystemIDLen)
	case isisTLVPartitionDIS:
		p.isisID("\n\t      ", b, i, isisSystemIDLen)
	case isisTLVESNeighbors:
		p.isisID("\n\t      ES Neighbor: ", b, i+4, isisSystemIDLen)
		p.isisMetrics(b, i)
	}
	return done
}

// isisLSPEntry prints a summary of a link state PDU (ISO/IEC 10589, 9.10).
func (p *Printer) isisLSPEntry(b []byte, i int) outcome {
	if !has(b, i, 2+isisLSPIDLen) {
		return cut
	}
	p.isisID("\n\t      lsp-id: ", b, i+2, isisLSPIDLen)
	p.printf(", seq: 0x%08x", u32(b, i+10))
	p.printf(", lifetime: %5ds", u16(b, i))
	p.printf(", chksum: 0x%04x", u16(b, i+14))
	return done
}

// isisInstance prints the instance and its topologies (RFC 8202 section 2.1).
func (p *Printer) isisInstance(b []byte, n int) {
	topologies := (n - 2) / 2
	p.printf("\n\t      Instance ID: %d, ITIDs(%d): ", u16(b, 0), topologies)
	for i := range topologies {
		if i > 0 {
			p.str(", ")
		}
		p.printf("%d", u16(b, 2+2*i))
	}
}

var isisInterDomainTypes = []tok{
	{0, "Reserved"},
	{1, "Routing-Domain Specific"},
	{isisInterDomainAS, "AS Number Tag"},
}

const isisInterDomainAS = 2

// isisInterDomain prints what boundary routers pass on (RFC 1195 section 3.4).
func (p *Printer) isisInterDomain(b []byte, n int) {
	kind := u8(b, 0)
	p.printf("\n\t      Inter-Domain Information Type: %s", tokStr(isisInterDomainTypes, "Unknown (0x%02x)", kind))
	if kind != isisInterDomainAS {
		p.unknownData(b[1:], "\n\t      ", n-1)
	} else if n >= 3 {
		p.printf("AS Number: %d", u16(b, 1))
	}
}

// Kinds of authentication (ISO/IEC 10589, 9.5; RFC 5304, RFC 5310).
const (
	isisAuthPlain   = 1
	isisAuthGeneric = 3
	isisAuthMD5     = 54
	isisAuthMD5Len  = 16
)

var isisAuthTypes = []tok{
	{isisAuthPlain, "simple text password"},
	{isisAuthGeneric, "Generic Crypto key-id"},
	{isisAuthMD5, "HMAC-MD5 password"},
	{255, "Routing Domain private password"},
}

// isisAuth prints a password or signature, and whether the latter is right.
func (p *Printer) isisAuth(t *isisTLV) {
	if t.n < 1 {
		return
	}
	kind := u8(t.b, 0)
	value, n := t.b[1:], t.n-1
	p.printf("\n\t      %s: ", tokStr(isisAuthTypes, "unknown Authentication type 0x%02x", kind))
	switch kind {
	case isisAuthPlain:
		p.safePadded(value, n)
	case isisAuthMD5:
		p.isisHex(value, n)
		if n != isisAuthMD5Len {
			p.str(", (invalid subTLV) ")
		}
		result := p.signature(t.pdu, t.length, t.at+1, isisLSPLifetime, isisLSPChecksum)
		p.printf(" (%s)", result)
	case isisAuthGeneric:
		if n < 2 {
			return
		}
		p.printf("%d, password: ", u16(value, 0))
		p.isisHex(value[2:], n-2)
	default:
		p.unknownData(value, "\n\t\t  ", n)
	}
}

// isisHex prints n bytes without blanks. When fewer were captured it prints those
// and ends the packet.
func (p *Printer) isisHex(b []byte, n int) {
	for i := range n {
		p.hex(uint64(u8(b, i)), 2)
	}
}

var isisP2PStates = []tok{
	{0, "Up"},
	{1, "Initializing"},
	{2, "Down"},
}

// isisP2PAdjacency prints the three-way handshake (RFC 5303 section 3).
func (p *Printer) isisP2PAdjacency(t *isisTLV) outcome {
	b, n := t.b, t.n
	if n >= 1 {
		state := u8(b, 0)
		p.printf("\n\t      Adjacency State: %s (%d)", tokStr(isisP2PStates, "unknown", state), state)
		n--
	}
	if n > 4 {
		p.printf("\n\t      Extended Local circuit-ID: 0x%08x", u32(b, 1))
		n -= 4
	}
	if n >= isisSystemIDLen {
		if !has(b, 5, isisSystemIDLen) {
			return cut
		}
		p.isisID("\n\t      Neighbor System-ID: ", b, 5, isisSystemIDLen)
		n -= isisSystemIDLen
	}
	if n >= 4 {
		p.printf("\n\t      Neighbor Extended Local circuit-ID: 0x%08x", u32(b, 11))
	}
	return done
}

// isisSRLG prints the shared risk link groups of a link (RFC 5307 section 1.4).
func (p *Printer) isisSRLG(t *isisTLV) outcome {
	const flags, local, neighbor, groups = 7, 8, 12, 16
	b, n := t.b, t.n
	if n < flags {
		return done
	}
	if !has(b, 0, isisNodeIDLen) {
		return cut
	}
	p.isisID("\n\t      IS Neighbor: ", b, 0, isisNodeIDLen)
	if n < local {
		return done
	}
	numbered := "unnumbered"
	if u8(b, flags)&1 != 0 {
		numbered = "numbered"
	}
	p.printf(", Flags: [%s]", numbered)
	if n < neighbor {
		return done
	}
	p.printf("\n\t      IPv4 interface address: %s", ip4At(b, local))
	if n < groups {
		return done
	}
	p.printf("\n\t      IPv4 neighbor address: %s", ip4At(b, neighbor))
	for i := groups; i+4 <= n; i += 4 {
		p.printf("\n\t      Link-ID: 0x%08x", u32(b, i))
	}
	return done
}

// isisChecksum prints the optional checksum (RFC 3358).
func (p *Printer) isisChecksum(t *isisTLV) outcome {
	if t.n < 2 {
		return done
	}
	if !has(t.b, 0, 2) {
		return cut
	}
	is := u16(t.b, 0)
	p.printf("\n\t      checksum: 0x%04x ", is)
	p.isoclnsChecksum(t.pdu, is, t.at, t.length)
	return done
}

// isisPurge prints who has purged a link state PDU (RFC 6232 section 3).
func (p *Printer) isisPurge(t *isisTLV) outcome {
	const originator, from = 1, 1 + isisSystemIDLen
	if t.n < 1 {
		return done
	}
	ids := u8(t.b, 0)
	if ids == 0 {
		p.str(" No system IDs supplied")
		return done
	}
	if t.n < from {
		return done
	}
	if !has(t.b, originator, isisSystemIDLen) {
		return cut
	}
	p.isisID("\n\t      Purge Originator System-ID: ", t.b, originator, isisSystemIDLen)
	if ids == 1 || t.n < from+isisSystemIDLen {
		return done
	}
	// tcpdump wants more bytes captured than it prints
	if !has(t.b, from, 2*isisSystemIDLen+1) {
		return cut
	}
	p.isisID("\n\t      Received from System-ID: ", t.b, from, isisSystemIDLen)
	return done
}

var isisRestartFlags = []tok{
	{0x1, "Restart Request"},
	{0x2, "Restart Acknowledgement"},
	{0x4, "Suppress adjacency advertisement"},
}

// isisRestart prints the signals of a restarting router (RFC 8706 section 3.2).
func (p *Printer) isisRestart(t *isisTLV) outcome {
	const holding, system = 1, 3
	b, n := t.b, t.n
	if n < 1 {
		return done
	}
	if !has(b, 0, 1) {
		return cut
	}
	p.printf("\n\t      Flags [%s]", bitStr(isisRestartFlags, "none", u8(b, 0)))
	if n < system {
		return done
	}
	if !has(b, holding, 2) {
		return cut
	}
	p.printf(", Remaining holding time %ds", u16(b, holding))
	if n == system+isisSystemIDLen {
		if !has(b, system, isisSystemIDLen) {
			return cut
		}
		p.isisID(", for ", b, system, isisSystemIDLen)
	}
	return done
}

var (
	isisRouterCapFlags = []tok{
		{0x01, "S bit"},
		{0x02, "D bit"},
	}
	isisRouterCapSubTLVs = []tok{
		{isisRouterCapSR, "SR-Capabilities"},
	}
	isisSRFlags = []tok{
		{0x80, "ipv4"},
		{0x40, "ipv6"},
	}
)

const isisRouterCapSR = 2

// isisRouterCapability prints what a router can do (RFC 7981 section 2).
func (p *Printer) isisRouterCapability(t *isisTLV) {
	b, n := t.b, t.n
	if n < 5 {
		p.printf(" [object length %d < 5]", n)
		p.invalid()
		return
	}
	p.printf("\n\t      Router-ID %s", ip4At(b, 0))
	p.printf(", Flags [%s]", bitStr(isisRouterCapFlags, "none", u8(b, 4)))
	for i := 5; n-i >= 2; {
		kind, size := u8(b, i), int(u8(b, i+1))
		i += 2
		p.printf("\n\t\t%s subTLV #%d, length: %d", tokStr(isisRouterCapSubTLVs, "unknown", kind), kind, size)
		if size > n-i || !has(b, i, size) {
			return
		}
		if kind == isisRouterCapSR {
			p.isisSRCapabilities(b[i:], size)
		} else {
			p.unknownData(b[i:], "\n\t\t", size)
		}
		i += size
	}
}

// isisSRCapabilities prints what segment routing has for labels (RFC 8667 section
// 3.1).
func (p *Printer) isisSRCapabilities(b []byte, size int) {
	const sid = 1 // sub-sub-TLV: SID or label
	p.printf(", Flags [%s], Range %d", bitStr(isisSRFlags, "None", u8(b, 0)), u24(b, 1))
	// like in tcpdump, this wraps around when the fixed part is cut short
	left := uint8(size - 4)
	for i := 4; left >= 5; {
		kind, n := u8(b, i), u8(b, i+1)
		i += 2
		if left -= 2; n > left {
			return
		}
		switch {
		case kind != sid:
			p.unknownData(at(b, i), "\n\t\t  ", int(n))
		case n == 3:
			p.printf(", SID value %d", u24(b, i))
		case n == 4:
			p.printf(", SID value %d", u32(b, i))
		default:
			p.printf(", Unknown SID length%d", n)
		}
		i += int(n)
		left -= n
	}
}
