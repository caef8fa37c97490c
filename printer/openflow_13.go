// openflow_13.go: OpenFlow 1.3 messages, those with a body of fixed structure
// (OpenFlow Switch Specification 1.3.5, section 7).

package printer

const (
	openflow13PortNameLen  = 16
	openflow13HelloElement = 4 // header of a hello element
	openflow13FlagsAll     = 7 // packet-in, port and flow-removed reasons
)

// openflow13 prints the body of a message whose length has been checked.
func (p *Printer) openflow13(kind uint8, b []byte, length int) {
	switch openflow13Messages[kind].name {
	case "HELLO":
		p.openflow13Hello(b, length)
	case "ERROR":
		p.openflowError(b, length, openflow13Errors, openflow13Codes)
	case "ECHO_REQUEST", "ECHO_REPLY":
		p.openflowData(b, length)
	case "EXPERIMENTER":
		p.openflowVendor("\n\t experimenter", u32(b, 0))
		p.printf(", exp_type 0x%08x", u32(b, 4))
		p.openflowData(b[8:], length-8)
	case "FEATURES_REPLY":
		p.openflow13Features(b)
	case "GET_CONFIG_REPLY", "SET_CONFIG":
		p.openflow13Config(b)
	case "PORT_STATUS":
		// the number that the unknown reason should show is missing in the reference too
		p.printf("\n\t reason %s", tokStr(openflow13PortReasons, "invalid (0x02x)", u8(b, 0)))
		p.openflow13Port(at(b, 8))
	case "PORT_MOD":
		p.openflow13PortMod(b)
	case "TABLE_MOD":
		p.printf("\n\t table_id %s", tokStr(openflow13Tables, "%d", u8(b, 0)))
		p.printf(", config 0x%08x", u32(b, 4))
	case "QUEUE_GET_CONFIG_REQUEST":
		p.printf("\n\t port %s", tokStr(openflow13Ports, "%d", u32(b, 0)))
		need(b, 4, 4)
	case "ROLE_REQUEST", "ROLE_REPLY":
		p.printf("\n\t role %s", tokStr(openflow13Roles, "invalid (0x%08x)", u32(b, 0)))
		p.printf(", generation_id 0x%016x", u64(b, 8))
	case "GET_ASYNC_REPLY", "SET_ASYNC":
		p.openflow13Async(b)
	default:
		need(b, 0, length)
	}
}

var openflow13FragmentModes = []tok{{0, "FRAG_NORMAL"}, {1, "FRAG_DROP"}, {2, "FRAG_REASM"}}

var openflow13MissLengths = []tok{{0xffe5, "MAX"}, {0xffff, "NO_BUFFER"}}

var openflow13Tables = []tok{{0xfe, "MAX"}, {0xff, "ALL"}}

// openflow13Hello prints the elements of a hello message (7.5.1).
func (p *Printer) openflow13Hello(b []byte, length int) {
	for length > 0 {
		p.str("\n\t")
		if length < openflow13HelloElement {
			p.openflowWrong(b, length, "remaining length", length, "<", openflow13HelloElement)
			return
		}
		kind := u16(b, 0)
		p.printf(" type %s", tokStr(openflow13HelloElements, "unknown (0x%04x)", kind))
		n := int(u16(b, 2))
		p.printf(", length %d", n)
		if n < openflow13HelloElement {
			p.openflowWrong(b, length, "bitmap length", n, "<", openflow13HelloElement)
			return
		}
		if n > length {
			p.openflowWrong(b, length, "bitmap length", n, ">", length)
			return
		}
		switch {
		case kind != openflow13VersionBitmap:
		case n == openflow13HelloElement+4:
			p.openflowFlags(", bitmap", openflow13Versions, u32(b, openflow13HelloElement), 0x3f)
		default:
			p.str(" (bogus)")
		}
		need(b, 0, n)
		b = b[n:]
		length -= n
	}
}

const openflow13VersionBitmap = 1

var openflow13HelloElements = []tok{{openflow13VersionBitmap, "VERSIONBITMAP"}}

// openflow13Features prints ofp_switch_features (7.3.1).
func (p *Printer) openflow13Features(b []byte) {
	p.printf("\n\t dpid 0x%016x", u64(b, 0))
	p.printf(", n_buffers %d", u32(b, 8))
	p.printf(", n_tables %d", u8(b, 12))
	p.printf(", auxiliary_id %d", u8(b, 13))
	p.openflowFlags("\n\t capabilities", openflow13Capabilities, u32(b, 16), 0x16f)
	need(b, 20, 4)
}

// openflow13Config prints ofp_switch_config (7.3.2).
func (p *Printer) openflow13Config(b []byte) {
	p.printf("\n\t flags %s", tokStr(openflow13FragmentModes, "invalid (0x%04x)", u16(b, 0)))
	p.printf(", miss_send_len %s", tokStr(openflow13MissLengths, "%d", u16(b, 2)))
}

// openflow13PortMod prints ofp_port_mod (7.3.4.3).
func (p *Printer) openflow13PortMod(b []byte) {
	p.printf("\n\t port_no %s", tokStr(openflow13Ports, "%d", u32(b, 0)))
	p.printf(", hw_addr %s", macAt(b, 8))
	p.openflowFlags("\n\t  config", openflow13PortConfig, u32(b, 16), 0x65)
	p.openflowFlags("\n\t  mask", openflow13PortConfig, u32(b, 20), 0x65)
	p.openflowFlags("\n\t  advertise", openflow13PortFeatures, u32(b, 24), 0xffff)
	need(b, 28, 4)
}

// openflow13Port prints ofp_port (7.2.1).
func (p *Printer) openflow13Port(b []byte) {
	p.printf("\n\t  port_no %s", tokStr(openflow13Ports, "%d", u32(b, 0)))
	p.printf(", hw_addr %s", macAt(b, 8))
	p.openflowText(", name", at(b, 16), openflow13PortNameLen)
	if p.vflag < 2 {
		need(b, 32, 32)
		return
	}
	p.openflowFlags("\n\t   config", openflow13PortConfig, u32(b, 32), 0x65)
	p.openflowFlags("\n\t   state", openflow13PortState, u32(b, 36), 0x7)
	p.openflowFlags("\n\t   curr", openflow13PortFeatures, u32(b, 40), 0xffff)
	p.openflowFlags("\n\t   advertised", openflow13PortFeatures, u32(b, 44), 0xffff)
	p.openflowFlags("\n\t   supported", openflow13PortFeatures, u32(b, 48), 0xffff)
	p.openflowFlags("\n\t   peer", openflow13PortFeatures, u32(b, 52), 0xffff)
	p.printf("\n\t   curr_speed %dkbps", u32(b, 56))
	p.printf("\n\t   max_speed %dkbps", u32(b, 60))
}

// openflow13Async prints ofp_async_config: which messages a controller gets as
// equal or master, and as slave (7.3.10).
func (p *Printer) openflow13Async(b []byte) {
	p.openflowFlags("\n\t packet_in_mask[EM]", openflow13PacketReasons, u32(b, 0), openflow13FlagsAll)
	p.openflowFlags("\n\t packet_in_mask[S]", openflow13PacketReasons, u32(b, 4), openflow13FlagsAll)
	p.openflowFlags("\n\t port_status_mask[EM]", openflow13PortReasonBits, u32(b, 8), openflow13FlagsAll)
	p.openflowFlags("\n\t port_status_mask[S]", openflow13PortReasonBits, u32(b, 12), openflow13FlagsAll)
	p.openflowFlags("\n\t flow_removed_mask[EM]", openflow13PortReasonBits, u32(b, 16), openflow13FlagsAll)
	p.openflowFlags("\n\t flow_removed_mask[S]", openflow13PortReasonBits, u32(b, 20), openflow13FlagsAll)
}

// openflow13Codes are the codes of an error type (7.4.4).
func openflow13Codes(kind uint16) []string {
	switch kind {
	case 0:
		return openflow13HelloErrors
	case 1:
		return openflow13RequestErrors
	case 2:
		return openflow13ActionErrors
	case 3:
		return openflow13InstructionErrors
	case 4:
		return openflow13MatchErrors
	case 5:
		return openflow13FlowErrors
	case 6:
		return openflow13GroupErrors
	case 7:
		return openflow13PortErrors
	case 8:
		return openflow13TableErrors
	case 9:
		return openflow13QueueErrors
	case 10:
		return openflow13ConfigErrors
	case 11:
		return openflow13RoleErrors
	case 12:
		return openflow13MeterErrors
	case 13:
		return openflow13FeaturesErrors
	}
	return nil
}
