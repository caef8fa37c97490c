package printer

import (
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Names finds the names that lines have in place of numbers. Each method appends
// the name to dst and returns it, and reports whether there is one; else dst is
// returned as it came and the number is printed. Numbers are in the order of bytes
// on the wire. Several goroutines may call them at a time. Names are asked for
// again and again: an implementation keeps what took it long to find.
type Names interface {
	AppendHost4(dst []byte, addr [4]byte) ([]byte, bool)
	AppendHost16(dst []byte, addr [16]byte) ([]byte, bool)
	AppendEther(dst []byte, addr [6]byte) ([]byte, bool)
	AppendTCPPort(dst []byte, port uint16) ([]byte, bool)
	AppendUDPPort(dst []byte, port uint16) ([]byte, bool)
}

// NamesByPacket are Names that depend on the packet that is printed: on which came
// before it, or on its time. A Printer asks a cursor of its own.
type NamesByPacket interface {
	Names
	Cursor() NameCursor
}

// NameCursor is for one goroutine.
type NameCursor interface {
	Names
	// Seek goes to the packet that is printed next. number is how many were printed
	// with it, by all Printers of a Pool.
	Seek(number uint64, pkt *capture.Packet)
}

// nameCache gives names to numbers. Without a resolver there are none, but the text
// of addresses is kept.
type nameCache struct {
	resolver Names
	cursor   NameCursor // resolver, where names depend on the packet; else nil
	ip6      *ip6Texts  // nil until there is an address
}

// newNameCache asks n.
func newNameCache(n Names) nameCache {
	if by, ok := n.(NamesByPacket); ok {
		c := by.Cursor()
		return nameCache{resolver: c, cursor: c}
	}
	return nameCache{resolver: n}
}

// appendAddr4 appends the name of an IPv4 host, or its address.
func (p *Printer) appendAddr4(a addr4) {
	start := len(p.out)
	if p.names.resolver != nil && (!p.opts.Foreign || p.isLocal(a)) {
		var ok bool
		if p.out, ok = p.names.resolver.AppendHost4(p.out, a); ok {
			p.mark(PartAddress, start)
			return
		}
	}
	p.out = appendIPv4(p.out, a)
	p.mark(PartAddress, start)
}

// isLocal reports whether an address belongs to the network of the interface.
func (p *Printer) isLocal(a addr4) bool {
	for i, c := range a {
		if c&p.opts.LocalMask[i] != p.opts.LocalNet[i] {
			return false
		}
	}
	return true
}

// appendAddr6 appends the name of an IPv6 host, or its address.
func (p *Printer) appendAddr6(a addr6) {
	start := len(p.out)
	if p.names.resolver != nil {
		var ok bool
		if p.out, ok = p.names.resolver.AppendHost16(p.out, a); ok {
			p.mark(PartAddress, start)
			return
		}
	}
	p.out = p.names.texts6().append(p.out, a)
	p.mark(PartAddress, start)
}

// texts6 keeps the text of IPv6 addresses.
func (c *nameCache) texts6() *ip6Texts {
	if c.ip6 == nil {
		c.ip6 = new(ip6Texts)
	}
	return c.ip6
}

// appendMAC appends the name of a station, or its address with the
// organization that its first half was assigned to.
func (p *Printer) appendMAC(a mac) {
	start := len(p.out)
	if p.nflag {
		p.out = appendMAC(p.out, a)
		p.mark(PartStation, start)
		return
	}
	var ok bool
	if p.out, ok = p.names.resolver.AppendEther(p.out, a); ok {
		p.mark(PartStation, start)
		return
	}
	p.out = appendMAC(p.out, a)
	p.mark(PartStation, start)
	p.str(" (oui ")
	p.tok(p.ouiTable(), "Unknown", uint32(a[0])<<16|uint32(a[1])<<8|uint32(a[2]))
	p.char(')')
}

// tcpPort appends the name of a TCP port, or its number.
func (p *Printer) tcpPort(port uint16) {
	start := len(p.out)
	if !p.nflag {
		var ok bool
		if p.out, ok = p.names.resolver.AppendTCPPort(p.out, port); ok {
			p.mark(PartPort, start)
			return
		}
	}
	p.uint(uint64(port))
	p.mark(PartPort, start)
}

// udpPort appends the name of a UDP port, or its number.
func (p *Printer) udpPort(port uint16) {
	start := len(p.out)
	if !p.nflag {
		var ok bool
		if p.out, ok = p.names.resolver.AppendUDPPort(p.out, port); ok {
			p.mark(PartPort, start)
			return
		}
	}
	p.uint(uint64(port))
	p.mark(PartPort, start)
}

// ouiITU is about names of organizations wherever they are shown.
var ouiITU = versions.Since(versions.V5_0, "MAC addresses", "`(oui Unknown)` for 0x0019a7", "`(oui ITU-T)`, also in SNAP, LLDP, CFM, IS-IS, PPP, OAM and OpenFlow")

// ouiTable is ouiNames for the version that is followed.
func (p *Printer) ouiTable() []tok { return p.tableSince(ouiITU, ouiNamesITU, ouiNames) }

var ouiNamesITU = amended(ouiNames, tok{0x0019a7, "ITU-T"})

// ouiNames are the organizationally unique identifiers (IEEE) that are named.
var ouiNames = []tok{
	{0x000000, "Ethernet"},
	{0x00000c, "Cisco"},
	{0x00005e, "IANA"},
	{0x000081, "Nortel Networks SONMP"},
	{0x0000f8, "Cisco bridged"},
	{0x0080c2, "Ethernet bridged"},
	{0x00a03e, "ATM Forum"},
	{0x00e02f, "DOCSIS Spanning Tree"},
	{0x080007, "Appletalk"},
	{0x009069, "Juniper"},
	{0x080009, "Hewlett-Packard"},
	{0x00120f, "IEEE 802.3 Private"},
	{0x0012bb, "ANSI/TIA"},
	{0x001b21, "DCBX"},
	{0x002320, "Nicira Networks"},
	{0x5c16c7, "Big Switch Networks"},
	{0xb0d2f5, "Vello Systems"},
	{0x002481, "HP"},
	{0x0004ea, "HP-Labs"},
	{0x748771, "Infoblox Inc"},
	{0xa42305, "Open Networking Lab"},
	{0x00049f, "Freescale"},
	{0x0015ad, "Netronome"},
	{0x001018, "Broadcom"},
	{0x00e004, "PMC-Sierra"},
	{0xd0f0db, "Ericsson"},
}

// enterpriseNames are the private enterprise numbers (IANA) that are named.
var enterpriseNames = []tok{
	{0, "IETF (reserved)"},
	{5, "ACC"},
	{9, "Cisco"},
	{11, "Hewlett Packard"},
	{42, "Sun Microsystems"},
	{61, "Merit"},
	{74, "AT&T"},
	{161, "Motorola"},
	{166, "Shiva"},
	{193, "Ericsson AB"},
	{255, "Cisco VPN 5000"},
	{307, "Livingston"},
	{311, "Microsoft"},
	{429, "3Com"},
	{529, "Ascend"},
	{1584, "Bay Networks"},
	{1991, "Foundry"},
	{2180, "Versanet"},
	{2352, "Redback"},
	{2636, "Juniper Networks"},
	{2637, "Aptis"},
	{2937, "Deutsche Telekom AG"},
	{3054, "Ixia Communications"},
	{3076, "Cisco VPN 3000"},
	{3085, "CoSine Communications"},
	{3199, "Shasta"},
	{3224, "Netscreen"},
	{3309, "Nomadix"},
	{3414, "T-Mobile"},
	{3561, "The Broadband Forum"},
	{3902, "ZTE"},
	{4329, "Siemens"},
	{4491, "CableLabs"},
	{4874, "Unisphere Networks"},
	{5263, "Cisco BBSM"},
	{5535, "3rd Generation Partnership Project 2 (3GPP2)"},
	{5806, "SK Telecom"},
	{5925, "ipUnplugged"},
	{5948, "Issanni Communications"},
	{5951, "Netscaler"},
	{6490, "T-Mobile"},
	{6618, "Quintum"},
	{6728, "Interlink"},
	{7951, "CNCTC"},
	{8164, "Starent Networks"},
	{8744, "Colubris"},
	{10415, "3GPP"},
	{10529, "Gemtek-Systems"},
	{10704, "Barracuda Networks"},
	{10923, "Ericsson AB - Packet Core Networks"},
	{11665, "dacom"},
	{11862, "Columbia University"},
	{12356, "Fortinet"},
	{12951, "Verizon Wireless"},
	{13745, "Plixer"},
	{14122, "Wi-Fi Alliance"},
	{16787, "T-Systems Nova"},
	{20942, "China Telecom - Guangzhou Research Institute"},
	{26866, "Gigamon Systems"},
	{32622, "CACE Technologies"},
	{35632, "ntop"},
	{46098, "Ericsson Canada"},
}
