// openflow_10.go: OpenFlow 1.0 messages (OpenFlow Switch Specification 1.0.0,
// section 5).

package printer

const (
	openflow10PortLen     = 48 // ofp_phy_port
	openflow10PortNameLen = 16
	openflow10QueueLen    = 8 // header of ofp_packet_queue, and of ofp_queue_prop_header
	openflow10NoVLAN      = 0xffff
)

// Assigned bits of the sets of flags.
const (
	openflow10PortConfigAll   = 0x7f
	openflow10PortFeaturesAll = 0xfff
	openflow10CapabilitiesAll = 0xef
	openflow10ActionBitsAll   = 0xfff
	openflow10WildcardsAll    = 0x3fffff
	openflow10FlowFlagsAll    = 0x7
)

// openflow10 prints the body of a message whose length has been checked.
func (p *Printer) openflow10(kind uint8, b []byte, length int) {
	switch openflow10Messages[kind].name {
	case "HELLO", "ECHO_REQUEST", "ECHO_REPLY":
		p.openflowData(b, length)
	case "ERROR":
		p.openflowError(b, length, openflow10Errors, openflow10Codes)
	case "VENDOR":
		p.openflow10VendorMessage(b, length)
	case "FEATURES_REPLY":
		p.openflow10Features(b, length)
	case "GET_CONFIG_REPLY", "SET_CONFIG":
		p.printf("\n\t flags %s", tokStr(openflow10FragmentModes, "invalid (0x%04x)", u16(b, 0)))
		p.printf(", miss_send_len %d", u16(b, 2))
	case "PACKET_IN":
		p.openflow10PacketIn(b, length)
	case "FLOW_REMOVED":
		p.openflow10FlowRemoved(b)
	case "PORT_STATUS":
		p.printf("\n\t reason %s", tokStr(openflow10PortReasons, "invalid (0x%02x)", u8(b, 0)))
		p.openflow10Port(at(b, 8))
	case "PACKET_OUT":
		p.openflow10PacketOut(b, length)
	case "FLOW_MOD":
		p.openflow10FlowMod(b, length)
	case "PORT_MOD":
		p.openflow10PortMod(b)
	case "STATS_REQUEST":
		p.openflow10StatsRequest(b, length)
	case "STATS_REPLY":
		p.openflow10StatsReply(b, length)
	case "QUEUE_GET_CONFIG_REQUEST":
		p.printf("\n\t port %s", openflow10PortAt(b, 0))
		need(b, 2, 2)
	case "QUEUE_GET_CONFIG_REPLY":
		p.printf("\n\t port %s", openflow10PortAt(b, 0))
		need(b, 2, 6)
		p.openflow10Queues(b[8:], length-8)
	default:
		need(b, 0, length)
	}
}

var openflow10FragmentModes = []tok{{0, "FRAG_NORMAL"}, {1, "FRAG_DROP"}, {2, "FRAG_REASM"}}

var openflow10Buffers = []tok{{0xffffffff, "NONE"}}

var openflow10PacketReasons = []tok{{0, "NO_MATCH"}, {1, "ACTION"}}

// openflow10PortAt reads a port number, some of which have names (5.2.1).
func openflow10PortAt(b []byte, i int) tokArg {
	return tokStr(openflow10Ports, "%d", u16(b, i))
}

// openflow10Codes are the codes of an error type (5.4.4).
func openflow10Codes(kind uint16) []string {
	switch kind {
	case 0:
		return openflow10HelloErrors
	case 1:
		return openflow10RequestErrors
	case 2:
		return openflow10ActionErrors
	case 3:
		return openflow10FlowErrors
	case 4:
		return openflow10PortErrors
	case 5:
		return openflow10QueueErrors
	}
	return nil
}

// openflow10Features prints ofp_switch_features (5.3.1).
func (p *Printer) openflow10Features(b []byte, length int) {
	p.printf("\n\t dpid 0x%016x", u64(b, 0))
	p.printf(", n_buffers %d", u32(b, 8))
	p.printf(", n_tables %d", u8(b, 12))
	p.openflowFlags("\n\t capabilities", openflow10Capabilities, u32(b, 16), openflow10CapabilitiesAll)
	p.openflowFlags("\n\t actions", openflow10ActionBits, u32(b, 20), openflow10ActionBitsAll)
	b, length = b[24:], length-24
	for length > 0 {
		if length < openflow10PortLen {
			p.openflowWrong(b, length, "\n\t  port def. length", length, "<", openflow10PortLen)
			return
		}
		p.openflow10Port(b)
		b, length = b[openflow10PortLen:], length-openflow10PortLen
	}
}

// openflow10Port prints ofp_phy_port (5.2.1).
func (p *Printer) openflow10Port(b []byte) {
	p.printf("\n\t  port_no %s", openflow10PortAt(b, 0))
	p.printf(", hw_addr %s", macAt(b, 2))
	p.openflowText(", name", at(b, 8), openflow10PortNameLen)
	if p.vflag < 2 {
		need(b, 24, 24)
		return
	}
	p.openflowFlags("\n\t   config", openflow10PortConfig, u32(b, 24), openflow10PortConfigAll)
	const linkDown, spanningTree = 0x1, 0x300
	state := u32(b, 28)
	p.printf("\n\t   state 0x%08x (%s", state, tokStr(openflow10SpanningTree, "", state&spanningTree))
	if state&linkDown != 0 {
		p.str(", LINK_DOWN")
	}
	p.char(')')
	if state&^(linkDown|spanningTree) != 0 {
		p.str(" (bogus)")
	}
	p.openflowFlags("\n\t   curr", openflow10PortFeatures, u32(b, 32), openflow10PortFeaturesAll)
	p.openflowFlags("\n\t   advertised", openflow10PortFeatures, u32(b, 36), openflow10PortFeaturesAll)
	p.openflowFlags("\n\t   supported", openflow10PortFeatures, u32(b, 40), openflow10PortFeaturesAll)
	p.openflowFlags("\n\t   peer", openflow10PortFeatures, u32(b, 44), openflow10PortFeaturesAll)
}

// openflow10PortMod prints ofp_port_mod (5.3.3).
func (p *Printer) openflow10PortMod(b []byte) {
	p.printf("\n\t port_no %s", openflow10PortAt(b, 0))
	p.printf(", hw_addr %s", macAt(b, 2))
	p.openflowFlags("\n\t  config", openflow10PortConfig, u32(b, 8), openflow10PortConfigAll)
	p.openflowFlags("\n\t  mask", openflow10PortConfig, u32(b, 12), openflow10PortConfigAll)
	p.openflowFlags("\n\t  advertise", openflow10PortFeatures, u32(b, 16), openflow10PortFeaturesAll)
	need(b, 20, 4)
}

// openflow10FlowMod prints ofp_flow_mod (5.3.3). Fields that do not concern the
// command, and timeouts and a priority of zero, are left out.
func (p *Printer) openflow10FlowMod(b []byte, length int) {
	const add, modify, modifyStrict, del, delStrict = 0, 1, 2, 3, 4
	p.openflow10Match("\n\t ", b)
	p.printf("\n\t cookie 0x%016x", u64(b, 40))
	command := u16(b, 48)
	p.printf(", command %s", tokStr(openflow10Commands, "invalid (0x%04x)", command))
	p.openflow10Unless0(", idle_timeout ", u16(b, 50))
	p.openflow10Unless0(", hard_timeout ", u16(b, 52))
	p.openflow10Unless0(", priority ", u16(b, 54))
	switch command {
	case add, modify, modifyStrict:
		p.printf(", buffer_id %s", tokStr(openflow10Buffers, "0x%08x", u32(b, 56)))
	case del, delStrict:
		p.printf(", out_port %s", openflow10PortAt(b, 60))
	}
	flags := u16(b, 62)
	p.printf(", flags 0x%04x", flags)
	p.openflowFlagNames(openflow10FlowFlags, uint32(flags), openflow10FlowFlagsAll)
	p.openflow10ActionList("\n\t ", b[64:], length-64)
}

func (p *Printer) openflow10Unless0(prefix string, v uint16) {
	if v != 0 {
		p.str(prefix)
		p.uint(uint64(v))
	}
}

// openflow10FlowRemoved prints ofp_flow_removed (5.4.2).
func (p *Printer) openflow10FlowRemoved(b []byte) {
	p.openflow10Match("\n\t ", b)
	p.printf("\n\t cookie 0x%016x", u64(b, 40))
	p.openflow10Unless0(", priority ", u16(b, 48))
	p.printf(", reason %s", tokStr(openflow10RemovalReasons, "unknown (0x%02x)", u8(b, 50)))
	p.printf(", duration_sec %d", u32(b, 52))
	p.printf(", duration_nsec %d", u32(b, 56))
	p.openflow10Unless0(", idle_timeout ", u16(b, 60))
	p.printf(", packet_count %d", u64(b, 64))
	p.printf(", byte_count %d", u64(b, 72))
}

// openflow10PacketOut prints ofp_packet_out (5.3.6).
func (p *Printer) openflow10PacketOut(b []byte, length int) {
	p.printf("\n\t buffer_id 0x%08x", u32(b, 0))
	p.printf(", in_port %s", openflow10PortAt(b, 4))
	actions := int(u16(b, 6))
	p.printf(", actions_len %d", actions)
	b, length = b[8:], length-8
	if actions > length {
		p.openflowWrong(b, length, "actions_len", actions, ">", length)
		return
	}
	p.openflow10ActionList("\n\t ", b, actions)
	p.openflow10Packet(at(b, actions), length-actions)
}

// openflow10PacketIn prints ofp_packet_in (5.4.1).
func (p *Printer) openflow10PacketIn(b []byte, length int) {
	p.printf("\n\t buffer_id %s", tokStr(openflow10Buffers, "0x%08x", u32(b, 0)))
	p.printf(", total_len %d", u16(b, 4))
	p.printf(", in_port %s", openflow10PortAt(b, 6))
	p.printf(", reason %s", tokStr(openflow10PacketReasons, "invalid (0x%02x)", u8(b, 8)))
	need(b, 9, 1)
	p.openflow10Packet(b[10:], length-10)
}

// openflow10Packet prints an Ethernet frame inside a message, with three levels
// of verbosity less. As in the reference, a frame that ends the packet because
// it was cut leaves the verbosity of all later packets as low.
func (p *Printer) openflow10Packet(b []byte, length int) {
	const less = 3
	if length == 0 {
		return
	}
	p.printf("\n\t data (%d octets)", length)
	if p.vflag < less {
		need(b, 0, length)
		return
	}
	p.vflag -= less
	p.str(", frame decoding below\n")
	p.ether(limit(b, length), length)
	p.vflag += less
}

// openflow10Queues prints the queues of a port (5.2.2).
func (p *Printer) openflow10Queues(b []byte, length int) {
	for length > 0 {
		p.str("\n\t ")
		if length < openflow10QueueLen {
			p.openflowWrong(b, length, "remaining length", length, "<", openflow10QueueLen)
			return
		}
		p.printf(" queue_id %d", u32(b, 0))
		n := int(u16(b, 4))
		p.printf(", len %d", n)
		if n < openflow10QueueLen {
			p.openflowWrong(b, length, "prop. desc. length", n, "<", openflow10QueueLen)
			return
		}
		if n > length {
			p.openflowWrong(b, length, "prop. desc. length", n, ">", length)
			return
		}
		need(b, 6, 2)
		if p.vflag >= 2 {
			p.openflow10QueueDetails(b[openflow10QueueLen:], n-openflow10QueueLen)
		}
		need(b, 0, n)
		b, length = b[n:], length-n
	}
}

// openflow10QueueDetails prints the properties of a queue.
func (p *Printer) openflow10QueueDetails(b []byte, length int) {
	const none, minRate, minRateLen = 0, 1, 16
	for length > 0 {
		p.str("\n\t  ")
		if length < openflow10QueueLen {
			p.openflowWrong(b, length, "remaining length", length, "<", openflow10QueueLen)
			return
		}
		kind := u16(b, 0)
		p.printf(" property %s", tokStr(openflow10QueueProperties, "invalid (0x%04x)", kind))
		n := int(u16(b, 2))
		p.printf(", len %d", n)
		if n < openflow10QueueLen {
			p.openflowWrong(b, length, "property length", n, "<", openflow10QueueLen)
			return
		}
		if n > length {
			p.openflowWrong(b, length, "property length", n, ">", length)
			return
		}
		need(b, 4, 4)
		switch {
		case kind == none && n != openflow10QueueLen, kind == minRate && n != minRateLen:
			p.str(" (bogus)")
		case kind == minRate:
			// in tenths of a percent
			if rate := u16(b, 8); rate > 1000 {
				p.str(", rate disabled")
			} else {
				p.printf(", rate %d.%d%%", rate/10, rate%10)
			}
		}
		need(b, 0, n)
		b, length = b[n:], length-n
	}
}
