// openflow_10_vendor.go: vendor extensions of OpenFlow 1.0, of which those of
// Big Switch Networks are decoded (openflow.org, of_bsn extensions).

package printer

const openflow10BSN = 0x5c16c7 // OUI of Big Switch Networks

// Subtypes of Big Switch Networks' messages.
const (
	openflow10BSNSetMask        = 0
	openflow10BSNGetMask        = 1
	openflow10BSNMask           = 2
	openflow10BSNSetMirroring   = 3
	openflow10BSNGetMirroring   = 4
	openflow10BSNMirroring      = 5
	openflow10BSNShellCommand   = 6
	openflow10BSNShellOutput    = 7
	openflow10BSNShellStatus    = 8
	openflow10BSNGetInterfaces  = 9
	openflow10BSNGetL2Table     = 13
	openflow10BSNRemovePort     = 17
	openflow10BSNGetBandwidth   = 19
	openflow10BSNClearBandwidth = 21
	openflow10BSNGetHybrid      = 27
)

// openflow10VendorMessage prints the body of a VENDOR message (5.5.4).
func (p *Printer) openflow10VendorMessage(b []byte, length int) {
	vendor := u32(b, 0)
	p.openflowVendor(", vendor", vendor)
	if vendor == openflow10BSN {
		p.openflow10BSNMessage(b[4:], length-4)
		return
	}
	p.openflowData(b[4:], length-4)
}

// openflow10VendorStats prints the body of statistics of a vendor (5.3.5).
func (p *Printer) openflow10VendorStats(b []byte, length int) {
	if length < 4 {
		p.openflowWrong(b, length, "len", length, "<", 4)
		return
	}
	p.openflowVendor(", vendor", u32(b, 0))
	p.openflowData(b[4:], length-4)
}

// openflow10ActionOfVendor prints a vendor's action from the vendor on.
func (p *Printer) openflow10ActionOfVendor(b []byte, length int) {
	if length < 4 {
		p.openflowWrong(b, length, "len", length, "<", 4)
		return
	}
	vendor := u32(b, 0)
	p.openflowVendor(", vendor", vendor)
	if vendor == openflow10BSN {
		p.openflow10BSNAction(b[4:], length-4)
		return
	}
	p.openflowData(b[4:], length-4)
}

// openflow10BSNMessage prints a message of Big Switch Networks from its subtype
// on.
func (p *Printer) openflow10BSNMessage(b []byte, length int) {
	p.str("\n\t")
	if length < 4 {
		p.openflowWrong(b, length, "len", length, "<", 4)
		return
	}
	kind := u32(b, 0)
	p.printf(" subtype %s", tokStr(openflow10BSNMessages, "unknown (0x%08x)", kind))
	b, length = b[4:], length-4
	switch want := openflow10BSNLen(kind); {
	case want >= 0 && length != want:
		p.openflowWrong(b, length, "len", length, "!=", want)
		return
	case kind == openflow10BSNShellCommand && length < 4:
		p.openflowWrong(b, length, "len", length, "<", 4)
		return
	}
	switch kind {
	case openflow10BSNGetMask:
		p.printf(", index %d", u8(b, 0))
	case openflow10BSNSetMask, openflow10BSNMask:
		p.printf(", index %d", u8(b, 0))
		p.printf(", mask %s", ip4At(b, 4))
	case openflow10BSNSetMirroring, openflow10BSNGetMirroring, openflow10BSNMirroring:
		p.printf(", report_mirror_ports %s", tokStr(openflow10BSNSwitch, "bogus (%d)", u8(b, 0)))
	case openflow10BSNRemovePort:
		p.printf(", vport_no %d", u32(b, 0))
	case openflow10BSNShellCommand:
		p.printf(", service %d", u32(b, 0))
		p.str(", data '")
		p.safeN(b[4:], length-4)
		p.char('\'')
	case openflow10BSNShellOutput:
		p.str(", data '")
		p.safeN(b, length)
		p.char('\'')
	case openflow10BSNShellStatus:
		p.printf(", status 0x%08x", u32(b, 0))
	}
	need(b, 0, length)
}

var openflow10BSNSwitch = []tok{{0, "OFF"}, {1, "ON"}}

// openflow10BSNLen is how long the body of a message behind the subtype must
// be; -1: any length.
func openflow10BSNLen(kind uint32) int {
	switch kind {
	case openflow10BSNGetMask, openflow10BSNSetMask, openflow10BSNMask:
		return 8
	case openflow10BSNSetMirroring, openflow10BSNGetMirroring, openflow10BSNMirroring, openflow10BSNRemovePort,
		openflow10BSNShellStatus:
		return 4
	case openflow10BSNGetInterfaces, openflow10BSNGetL2Table, openflow10BSNGetBandwidth,
		openflow10BSNClearBandwidth, openflow10BSNGetHybrid:
		return 0
	}
	return -1
}

const openflow10BSNMirror = 1

var openflow10BSNActions = []tok{{openflow10BSNMirror, "MIRROR"}, {2, "SET_TUNNEL_DST"}, {4, "CHECKSUM"}}

var openflow10BSNStages = []tok{{0, "INGRESS"}, {1, "EGRESS"}}

// openflow10BSNAction prints an action of Big Switch Networks from its subtype
// on.
func (p *Printer) openflow10BSNAction(b []byte, length int) {
	const mirrorLen = 12
	p.str("\n\t ")
	if length < 4 {
		p.openflowWrong(b, length, "len", length, "<", 4)
		return
	}
	kind := u32(b, 0)
	p.printf(" subtype %s", tokStr(openflow10BSNActions, "unknown (0x%08x)", kind))
	b, length = b[4:], length-4
	if kind != openflow10BSNMirror {
		need(b, 0, length)
		return
	}
	if length != mirrorLen {
		p.openflowWrong(b, length, "len", length, "!=", mirrorLen)
		return
	}
	p.printf(", dest_port %d", u32(b, 0))
	tag := u32(b, 4)
	switch tag >> 16 {
	case 0:
		p.str(", vlan_tag none")
	case etherVLAN:
		p.str(", vlan_tag 802.1Q (")
		p.vlanTag(uint16(tag))
		p.char(')')
	default:
		p.printf(", vlan_tag unknown (0x%04x)", tag>>16)
	}
	p.printf(", copy_stage %s", tokStr(openflow10BSNStages, "unknown (%d)", u8(b, 8)))
	need(b, 9, 3)
}
