// openflow_10_actions.go: matches and actions of OpenFlow 1.0 (OpenFlow Switch
// Specification 1.0.0, sections 5.2.3 and 5.2.4).

package printer

// Wildcard bits of ofp_match: a field whose bit is set does not matter. Those
// of the IP addresses count how many low bits do not.
const (
	openflow10AnyInPort    = 1 << 0
	openflow10AnyVLAN      = 1 << 1
	openflow10AnyDLSrc     = 1 << 2
	openflow10AnyDLDst     = 1 << 3
	openflow10AnyType      = 1 << 4
	openflow10AnyProto     = 1 << 5
	openflow10AnyTPSrc     = 1 << 6
	openflow10AnyTPDst     = 1 << 7
	openflow10AnyNWSrcBits = 8
	openflow10AnyNWDstBits = 14
	openflow10AnyPriority  = 1 << 20
	openflow10AnyTOS       = 1 << 21
)

// openflow10Match prints those fields of ofp_match that matter, each behind
// prefix.
func (p *Printer) openflow10Match(prefix string, b []byte) {
	any := u32(b, 0)
	matters := func(bit uint32) bool { return any&bit == 0 }
	if any&^uint32(openflow10WildcardsAll) != 0 {
		p.printf("%swildcards 0x%08x (bogus)", prefix, any)
	}
	if matters(openflow10AnyInPort) {
		p.printf("%smatch in_port %s", prefix, openflow10PortAt(b, 4))
	}
	if matters(openflow10AnyDLSrc) {
		p.printf("%smatch dl_src %s", prefix, macAt(b, 6))
	}
	if matters(openflow10AnyDLDst) {
		p.printf("%smatch dl_dst %s", prefix, macAt(b, 12))
	}
	if matters(openflow10AnyVLAN) {
		vid := u16(b, 18)
		p.printf("%smatch dl_vlan ", prefix)
		p.openflow10VLAN(vid)
	}
	if matters(openflow10AnyPriority) {
		pcp := u8(b, 20)
		p.printf("%smatch dl_vlan_pcp ", prefix)
		p.openflow10Priority(pcp)
	}
	dlType := u16(b, 22)
	if matters(openflow10AnyType) {
		p.printf("%smatch dl_type 0x%04x", prefix, dlType)
	}
	if matters(openflow10AnyTOS) {
		p.printf("%smatch nw_tos 0x%02x", prefix, u8(b, 24))
	}
	proto := u8(b, 25)
	if matters(openflow10AnyProto) {
		name := "nw_proto"
		if matters(openflow10AnyType) && dlType == etherARP {
			name = "arp_opcode"
		}
		p.printf("%smatch %s %d", prefix, name, proto)
	}
	p.openflow10MatchPrefix(prefix, "nw_src", b, 28, any>>openflow10AnyNWSrcBits)
	p.openflow10MatchPrefix(prefix, "nw_dst", b, 32, any>>openflow10AnyNWDstBits)
	source, destination := "tp_src", "tp_dst"
	if matters(openflow10AnyType|openflow10AnyProto) && dlType == etherIPv4 && proto == protoICMP {
		source, destination = "icmp_type", "icmp_code"
	}
	if matters(openflow10AnyTPSrc) {
		p.printf("%smatch %s %d", prefix, source, u16(b, 36))
	}
	if matters(openflow10AnyTPDst) {
		p.printf("%smatch %s %d", prefix, destination, u16(b, 38))
	}
	need(b, 38, 2)
}

// openflow10MatchPrefix prints the IPv4 prefix at b[i], of which the number of
// bits in the low six bits of ignored does not matter.
func (p *Printer) openflow10MatchPrefix(prefix, name string, b []byte, i int, ignored uint32) {
	if ignored &= 0x3f; ignored < 32 {
		p.printf("%smatch %s %s/%d", prefix, name, ip4At(b, i), 32-ignored)
	}
}

func (p *Printer) openflow10VLAN(vid uint16) {
	if vid == openflow10NoVLAN {
		p.str("NONE")
		return
	}
	p.uint(uint64(vid))
	if vid == 0 || vid >= 0xfff {
		p.str(" (bogus)")
	}
}

func (p *Printer) openflow10Priority(pcp uint8) {
	p.uint(uint64(pcp))
	if pcp > 7 {
		p.str(" (bogus)")
	}
}

// Action types.
const (
	openflow10Output = iota
	openflow10SetVID
	openflow10SetPriority
	openflow10StripVLAN
	openflow10SetDLSrc
	openflow10SetDLDst
	openflow10SetNWSrc
	openflow10SetNWDst
	openflow10SetTOS
	openflow10SetTPSrc
	openflow10SetTPDst
	openflow10Enqueue
	openflow10VendorAction = 0xffff
)

const openflow10ActionMin = 8

// openflow10ActionList prints actions, each behind prefix.
func (p *Printer) openflow10ActionList(prefix string, b []byte, length int) {
	for length > 0 {
		p.str(prefix)
		p.str("action")
		if length < openflow10ActionMin {
			p.openflowWrong(b, length, "remaining length", length, "<", openflow10ActionMin)
			return
		}
		kind := u16(b, 0)
		p.printf(" type %s", tokStr(openflow10Actions, "invalid (0x%04x)", kind))
		n := int(u16(b, 2))
		p.printf(", len %d", n)
		if n < openflow10ActionMin {
			p.openflowWrong(b, length, "alen", n, "<", openflow10ActionMin)
			return
		}
		if n > length {
			p.openflowWrong(b, length, "alen", n, ">", length)
			return
		}
		if openflow10ActionLenFits(kind, n) {
			p.openflow10Action(kind, b, n)
		} else {
			p.str(" (bogus)")
		}
		need(b, 0, n)
		b, length = b[n:], length-n
	}
}

// openflow10ActionLenFits reports whether an action may be n bytes long; of
// unknown types any length will do.
func openflow10ActionLenFits(kind uint16, n int) bool {
	switch kind {
	case openflow10SetDLSrc, openflow10SetDLDst, openflow10Enqueue:
		return n == 16
	case openflow10VendorAction:
		return n%8 == 0
	}
	return n == 8 || kind > openflow10Enqueue
}

// openflow10Action prints what an action of n bytes does.
func (p *Printer) openflow10Action(kind uint16, b []byte, n int) {
	const controller = 0xfffd
	switch kind {
	case openflow10Output:
		p.printf(", port %s", openflow10PortAt(b, 4))
		if u16(b, 4) == controller {
			p.printf(", max_len %d", u16(b, 6))
		}
	case openflow10SetVID:
		vid := u16(b, 4)
		p.str(", vlan_vid ")
		p.openflow10VLAN(vid)
	case openflow10SetPriority:
		pcp := u8(b, 4)
		p.str(", vlan_pcp ")
		p.openflow10Priority(pcp)
	case openflow10SetDLSrc, openflow10SetDLDst:
		p.printf(", dl_addr %s", macAt(b, 4))
	case openflow10SetNWSrc, openflow10SetNWDst:
		p.printf(", nw_addr %s", ip4At(b, 4))
	case openflow10SetTOS:
		p.printf(", nw_tos 0x%02x", u8(b, 4))
	case openflow10SetTPSrc, openflow10SetTPDst:
		p.printf(", tp_port %d", u16(b, 4))
	case openflow10Enqueue:
		p.printf(", port %s", openflow10PortAt(b, 4))
		p.printf(", queue_id %s", tokStr(openflow10QueueIDs, "%d", u32(b, 12)))
	case openflow10VendorAction:
		p.openflow10ActionOfVendor(at(b, 4), n-4)
	}
}

var openflow10QueueIDs = []tok{{0xffffffff, "ALL"}}
