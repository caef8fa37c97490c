// llc.go: logical link control (IEEE Std 802.2) and the subnetwork access
// protocol (IEEE Std 802, RFC 1042, RFC 2684).

package printer

// Service access points.
const (
	llcNull     = 0x00
	llcManageI  = 0x02
	llcManageG  = 0x03
	llcSNA      = 0x04
	llcIP       = 0x06
	llcProWayNM = 0x0e
	llcSTP      = 0x42
	llcRS511    = 0x4e
	llcISO8208  = 0x7e
	llcProWay   = 0x8e
	llcSNAP     = 0xaa
	llcIPX      = 0xe0
	llcNetBEUI  = 0xf0
	llcISO      = 0xfe
	llcGlobal   = 0xff
)

var llcSAPs = []tok{
	{llcNull, "Null"},
	{llcGlobal, "Global"},
	{llcManageI, "802.1B I"},
	{llcManageG, "802.1B G"},
	{llcIP, "IP"},
	{llcSNA, "SNA"},
	{llcProWayNM, "ProWay NM"},
	{llcSTP, "STP"},
	{llcRS511, "RS511"},
	{llcISO8208, "ISO8208"},
	{llcProWay, "ProWay"},
	{llcSNAP, "SNAP"},
	{llcIPX, "IPX"},
	{llcNetBEUI, "NetBeui"},
	{llcISO, "OSI"},
}

// Control fields.
const (
	llcUnnumbered  = 0x03 // the low bits of an unnumbered frame, and the command UI
	llcSupervisory = 0x01 // the low bits of a supervisory frame
	llcXID         = 0xaf
	llcPollU       = 0x10   // in an unnumbered frame
	llcPollIS      = 0x0100 // in the others

	llcXIDBasic = 0x81 // the basic format of XID information
)

var llcCommands = []tok{
	{0x03, "ui"},
	{0xe3, "test"},
	{llcXID, "xid"},
	{0x63, "ua"},
	{0x43, "disc"},
	{0x0f, "dm"},
	{0x6f, "sabme"},
	{0x87, "frmr"},
}

var llcSupervision = []tok{
	{0, "Receiver Ready"},
	{1, "Receiver not Ready"},
	{2, "Reject"},
}

// llcFlags names the low bit of the source SAP together with poll/final.
var llcFlags = []tok{
	{0, "Command"},
	{1, "Response"},
	{llcPollU, "Poll"},
	{1 | llcPollU, "Final"},
	{llcPollIS, "Poll"},
	{1 | llcPollIS, "Final"},
}

var llcGroup = []tok{
	{0, "Individual"},
	{1, "Group"},
}

// llcHeader is the header of an LLC PDU.
type llcHeader struct {
	dsap, ssap uint8 // without their low bits
	response   uint8 // the low bit of the source SAP
	control    uint16
	unnumbered bool
	size       int
}

// ui reports whether the PDU is unnumbered information between two service
// access points of this number.
func (h *llcHeader) ui(sap uint8) bool {
	return h.dsap == sap && h.ssap == sap && h.control == llcUnnumbered
}

// llc prints an LLC PDU and returns the length of its header and of a SNAP
// header behind it, negative when the payload was not printed. src and dst are
// the link layer's addresses if it has some.
func (p *Printer) llc(b []byte, length int, src, dst linkAddr) int {
	p.proto = "llc"
	n := 3
	if have := min(len(b), length); have >= n && b[2]&llcUnnumbered != llcUnnumbered {
		n = 4
	}
	if len(b) < n || length < n {
		p.truncMark()
		p.hexASCIIDump("\n\t", b, len(b))
		if len(b) < n {
			return len(b)
		}
		return length
	}
	if b[0] == llcGlobal && b[1] == llcGlobal {
		// IPX right behind the length of the frame: a checksum of all ones
		if p.eflag {
			p.str("IPX 802.3: ")
		}
		p.ipx(b, length)
		return 0
	}
	h := llcHeader{
		dsap: b[0] &^ 1, ssap: b[1] &^ 1, response: b[1] & 1,
		control: uint16(b[2]), unnumbered: n == 3, size: n,
	}
	if !h.unnumbered {
		h.control = le16(b, 2)
	}
	if p.eflag {
		p.llcHeader(&h, b[0]&1)
	}
	return p.llcPayload(&h, b[n:], length-n, src, dst)
}

// llcHeader appends the header, as -e shows it.
func (p *Printer) llcHeader(h *llcHeader, group uint8) {
	p.printf("LLC, dsap %s (0x%02x) %s, ssap %s (0x%02x) %s, ctrl 0x%0*x: ",
		tokStr(llcSAPs, "Unknown", h.dsap), h.dsap, tokStr(llcGroup, "Unknown", group),
		tokStr(llcSAPs, "Unknown", h.ssap), h.ssap, tokStr(llcFlags, "Unknown", h.response),
		2*(h.size-2), h.control)
}

// llcPayload prints what follows the header by its service access points.
func (p *Printer) llcPayload(h *llcHeader, b []byte, length int, src, dst linkAddr) int {
	switch {
	case h.ui(llcSNAP):
		n := h.size + snapHeaderLen
		if !p.snap(b, length, src, dst, 2) {
			return -n
		}
		return n
	case h.ui(llcSTP):
		p.stp(b, length)
	case h.ui(llcIP): // RFC 948
		p.ip4(b, length)
	case h.ui(llcIPX):
		if p.eflag {
			p.str("IPX 802.2: ")
		}
		p.ipx(b, length)
	case h.dsap == llcNetBEUI && h.ssap == llcNetBEUI &&
		(h.control&llcSupervisory == 0 || h.control == llcUnnumbered):
		p.netbeui(h.control, b, length)
	case h.ui(llcISO):
		p.isoclns(b, length)
	default:
		if !p.eflag {
			p.llcAddresses(h, src, dst)
		}
		return p.llcControl(h, b, length)
	}
	return h.size
}

// llcAddresses appends addresses and service access points, for frames whose
// header was not printed.
func (p *Printer) llcAddresses(h *llcHeader, src, dst linkAddr) {
	to := tokStr(llcSAPs, "Unknown DSAP 0x%02x", h.dsap)
	from := tokStr(llcSAPs, "Unknown SSAP 0x%02x", h.ssap)
	known := src.isSet() && dst.isSet()
	switch {
	case h.ssap == h.dsap && known:
		p.printf("%s > %s %s ", src, dst, to)
	case h.ssap == h.dsap:
		p.printf("%s ", to)
	case known:
		p.printf("%s %s > %s %s ", src, from, dst, to)
	default:
		p.printf("%s > %s ", from, to)
	}
}

// llcControl prints the control field of a PDU whose payload nothing decodes.
func (p *Printer) llcControl(h *llcHeader, b []byte, length int) int {
	total := uint32(length + h.size)
	flags := uint16(h.response)
	if h.unnumbered {
		command := h.control &^ llcPollU
		p.printf("Unnumbered, %s, Flags [%s], length %d", tokStr(llcCommands, "%02x", command),
			tokStr(llcFlags, "?", flags|h.control&llcPollU), total)
		if command == llcXID && p.llcXID(b, length) {
			return h.size
		}
		return -h.size
	}
	received := h.control >> 9
	flags |= h.control & llcPollIS
	if h.control&llcSupervisory != 0 {
		p.printf("Supervisory, %s, rcv seq %d, Flags [%s], length %d",
			tokStr(llcSupervision, "?", h.control>>2&3), received, tokStr(llcFlags, "?", flags), total)
		return h.size
	}
	p.printf("Information, send seq %d, rcv seq %d, Flags [%s], length %d",
		h.control>>1&0x7f, received, tokStr(llcFlags, "?", flags), total)
	return -h.size
}

// llcXID prints an exchange of identification and reports whether it is one
// that is known.
func (p *Printer) llcXID(b []byte, length int) bool {
	if length == 0 { // short form of SNA
		return true
	}
	if len(b) < 1 {
		p.truncMark()
		return true
	}
	if b[0] != llcXIDBasic {
		return false
	}
	if len(b) < 3 || length < 3 {
		p.truncMark()
		p.hexASCIIDump("\n\t", b, len(b))
		return true
	}
	p.printf(": %02x %02x", b[1], b[2])
	return true
}
