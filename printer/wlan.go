// wlan.go: wireless LAN frames (IEEE Std 802.11-2016 clause 9), behind the
// headers of the capturing radio.

package printer

import "github.com/tapdump/tapdump/versions"

var wlanHTC = versions.Since(versions.V5_0, "IEEE 802.11", "`Strictly Ordered` with -ev", "`+HTC`: management and QoS frames with that bit have four more bytes of header, the HT Control field")

const (
	wlanAddrLen      = 6
	wlanHTControlLen = 4
	wlanFCSLen       = 4

	wlanMeshHeaderMin = 6
)

// Types in the frame control field (9.2.4.1.3).
const (
	wlanManagement = iota
	wlanControl
	wlanData
)

// Flags in the frame control field, read least significant byte first.
const (
	wlanToDS         = 0x0100
	wlanFromDS       = 0x0200
	wlanMoreFragment = 0x0400
	wlanRetry        = 0x0800
	wlanPowerMgmt    = 0x1000
	wlanMoreData     = 0x2000
	wlanProtected    = 0x4000
	wlanOrder        = 0x8000
)

// Subtypes of control frames.
const (
	wlanWrapper = 7 + iota
	wlanBlockAckReq
	wlanBlockAck
	wlanPSPoll
	wlanRTS
	wlanCTS
	wlanAck
	wlanCFEnd
	wlanCFEndAck
)

var wlanControlNames = []tok{
	{wlanWrapper, "Control Wrapper"},
	{wlanBlockAckReq, "BAR"},
	{wlanBlockAck, "BA"},
	{wlanPSPoll, "Power Save-Poll"},
	{wlanRTS, "Request-To-Send"},
	{wlanCTS, "Clear-To-Send"},
	{wlanAck, "Acknowledgment"},
	{wlanCFEnd, "CF-End"},
	{wlanCFEndAck, "CF-End+CF-Ack"},
}

// The subtype of a data frame is a set of flags.
const (
	wlanDataAck  = 1 << iota // with CF-Ack
	wlanDataPoll             // with CF-Poll
	wlanDataNull             // no data
	wlanDataQoS
)

// wlanFrame is a frame with its MAC header.
type wlanFrame struct {
	b          []byte // from the frame control field to the end of the body
	control    uint16
	headerLen  int
	meshHeader int // of headerLen
}

func (f *wlanFrame) kind() uint8 { return uint8(f.control >> 2 & 3) }

func (f *wlanFrame) subtype() uint8 { return uint8(f.control >> 4 & 15) }

func (f *wlanFrame) is(flag uint16) bool { return f.control&flag != 0 }

func (p *Printer) wlanLink(b []byte, length int) {
	p.proto = "802.11"
	p.llHdrLen += p.wlan(b, length, false, 0)
}

// wlan prints a frame and returns the length of its headers. With padded, the
// MAC header is filled up to a multiple of four bytes; the last fcsLen bytes on
// the wire are the frame check sequence.
func (p *Printer) wlan(b []byte, length int, padded bool, fcsLen int) int {
	p.proto = "802.11"
	captured := len(b)
	if uint32(length) < uint32(fcsLen) {
		p.truncMark()
		return captured
	}
	length -= fcsLen
	b = limit(b, length)
	if len(b) < 2 {
		p.truncMark()
		return captured
	}
	f := wlanFrame{b: b, control: le16(b, 0)}
	if !p.wlanHeaderLen(&f, padded) {
		return 0
	}
	if p.Hflag && f.kind() == wlanData && f.subtype()&wlanDataQoS != 0 {
		if !has(b, f.headerLen, 1) {
			p.truncMark()
			return f.headerLen
		}
		f.meshHeader = wlanMeshHeaderLen(b[f.headerLen])
		f.headerLen += f.meshHeader
	}
	if len(b) < f.headerLen {
		p.truncMark()
		return f.headerLen
	}
	if p.eflag {
		p.wlanHeader(&f)
	}
	return f.headerLen + p.wlanBody(&f, length-f.headerLen)
}

// wlanHeaderLen finds the length of the MAC header. It reports whether the type
// of the frame is known.
func (p *Printer) wlanHeaderLen(f *wlanFrame, padded bool) bool {
	n := 24
	switch f.kind() {
	case wlanManagement:
		n += p.wlanHTControlLen(f)
	case wlanControl:
		if n = wlanControlLen(f.subtype()); n == 0 {
			p.printf("unknown 802.11 ctrl frame subtype (%d)", f.subtype())
			return false
		}
	case wlanData:
		if f.is(wlanToDS) && f.is(wlanFromDS) {
			n += wlanAddrLen
		}
		if f.subtype()&wlanDataQoS != 0 {
			n += 2 + p.wlanHTControlLen(f)
		}
	default:
		p.printf("unknown 802.11 frame type (%d)", f.kind())
		return false
	}
	if padded {
		n = (n + 3) &^ 3
	}
	f.headerLen = n
	return true
}

// wlanHTControlLen is the length of the HT Control field of a frame that can have
// one (IEEE Std 802.11-2020 9.2.4.6).
func (p *Printer) wlanHTControlLen(f *wlanFrame) int {
	if f.is(wlanOrder) && p.follows(wlanHTC) {
		return wlanHTControlLen
	}
	return 0
}

// wlanControlLen is the length of a control frame's header (9.3.1), 0 for those
// that are not known.
func wlanControlLen(subtype uint8) int {
	switch subtype {
	case wlanCTS, wlanAck:
		return 10
	case wlanRTS, wlanPSPoll, wlanCFEnd, wlanCFEndAck, wlanBlockAck, wlanWrapper:
		return 16
	case wlanBlockAckReq:
		return 20
	}
	return 0
}

// wlanMeshHeaderLen is the length of a mesh control field by its flags, as the
// 802.11s drafts have it: three addresses at most, none of the other bits.
func wlanMeshHeaderLen(flags uint8) int {
	if flags&^3 != 0 {
		return 0
	}
	return wlanMeshHeaderMin + int(flags&3)*wlanAddrLen
}

// wlanBody prints what follows the MAC header, length bytes on the wire, and
// returns how many of them are headers, too.
func (p *Printer) wlanBody(f *wlanFrame, length int) int {
	body := f.b[f.headerLen:]
	switch f.kind() {
	case wlanManagement:
		if !p.wlanManagementBody(f, body, length) {
			p.truncMark()
		}
	case wlanControl:
		p.wlanControlBody(f)
	case wlanData:
		if f.subtype()&wlanDataNull != 0 {
			return 0
		}
		if f.is(wlanProtected) {
			p.str("Data")
			if !p.wlanWEP(body) {
				p.truncMark()
			}
			return 0
		}
		src, dst := f.endpoints()
		n := p.llc(body, length, src, dst)
		if n < 0 {
			p.defaultDump(body, len(body))
			n = -n
		}
		return n
	}
	return 0
}

// wlanWEP prints the header of an encrypted body (12.3.2.2). It reports whether
// that was captured.
func (p *Printer) wlanWEP(b []byte) bool {
	if !has(b, 0, 4) {
		return false
	}
	iv := le32(b, 0)
	p.printf(" IV:%3x Pad %x KeyID %x", iv&0xffffff, iv>>24&0x3f, iv>>30)
	return true
}

// endpoints are the addresses between which a data frame travels (table 9-26).
func (f *wlanFrame) endpoints() (src, dst linkAddr) {
	srcAt, dstAt := 10, 4
	if f.is(wlanToDS) {
		dstAt = 16
	}
	if f.is(wlanFromDS) {
		srcAt = 16
		if f.is(wlanToDS) {
			srcAt = 24
		}
	}
	return linkAddrAt(linkAddrEther, f.b, srcAt, wlanAddrLen), linkAddrAt(linkAddrEther, f.b, dstAt, wlanAddrLen)
}

// wlanHeader prints the MAC header, as -e shows it.
func (p *Printer) wlanHeader(f *wlanFrame) {
	if p.vflag > 0 {
		p.wlanFlags(f)
	}
	if f.meshHeader != 0 {
		p.wlanMesh(f.b[f.headerLen-f.meshHeader:])
	}
	switch f.kind() {
	case wlanManagement:
		p.printf("BSSID:%s DA:%s SA:%s ", macAt(f.b, 16), macAt(f.b, 4), macAt(f.b, 10))
	case wlanControl:
		p.wlanControlHeader(f)
	case wlanData:
		p.wlanDataHeader(f)
	}
}

var wlanFlagNames = []tok{
	{wlanMoreData, "More Data "},
	{wlanMoreFragment, "More Fragments "},
	{wlanPowerMgmt, "Pwr Mgmt "},
	{wlanRetry, "Retry "},
	{wlanOrder, "Strictly Ordered "},
	{wlanProtected, "Protected "},
}

func (p *Printer) wlanFlags(f *wlanFrame) {
	for i := range wlanFlagNames {
		switch t := &wlanFlagNames[i]; {
		case !f.is(uint16(t.v)):
		case t.v == wlanOrder && p.follows(wlanHTC):
			p.str("+HTC ")
		default:
			p.str(t.s)
		}
	}
	// The field holds no duration in a PS-Poll frame, but the association's ID.
	if f.kind() != wlanControl || f.subtype() != wlanPSPoll {
		p.printf("%dus ", le16(f.b, 2))
	}
}

func (p *Printer) wlanMesh(b []byte) {
	addresses := b[0] & 3
	p.printf("MeshData (AE %d TTL %d seq %d", addresses, u8(b, 1), le32(b, 2))
	for i := range int(addresses) {
		p.printf(" A%d:%s", 4+i, macAt(b, wlanMeshHeaderMin+i*wlanAddrLen))
	}
	p.str(") ")
}

func (p *Printer) wlanControlHeader(f *wlanFrame) {
	b := f.b
	switch f.subtype() {
	case wlanBlockAckReq:
		p.wlanBlockAckReq(b)
	case wlanBlockAck, wlanRTS:
		p.printf("RA:%s TA:%s ", macAt(b, 4), macAt(b, 10))
	case wlanPSPoll:
		p.printf("BSSID:%s TA:%s ", macAt(b, 4), macAt(b, 10))
	case wlanCTS, wlanAck:
		p.printf("RA:%s ", macAt(b, 4))
	case wlanCFEnd, wlanCFEndAck:
		p.printf("RA:%s BSSID:%s ", macAt(b, 4), macAt(b, 10))
	}
}

func (p *Printer) wlanBlockAckReq(b []byte) {
	p.printf(" RA:%s TA:%s CTL(%x) SEQ(%d) ", macAt(b, 4), macAt(b, 10), le16(b, 16), le16(b, 18))
}

// wlanControlBody prints a control frame, with its address unless -e does.
func (p *Printer) wlanControlBody(f *wlanFrame) {
	b := f.b
	p.tok(wlanControlNames, "Unknown Ctrl Subtype", uint32(f.subtype()))
	if f.subtype() == wlanPSPoll {
		p.printf(" AID(%x)", le16(b, 2))
		return
	}
	if p.eflag {
		return
	}
	switch f.subtype() {
	case wlanBlockAckReq:
		p.wlanBlockAckReq(b)
	case wlanRTS:
		p.printf(" TA:%s ", macAt(b, 10))
	case wlanBlockAck, wlanCTS, wlanAck, wlanCFEnd, wlanCFEndAck:
		p.printf(" RA:%s ", macAt(b, 4))
	}
}

// wlanCF names what a data frame carries for the point coordination function.
var wlanCF = [4]string{"", "Ack", "Poll", "Ack/Poll"}

func (p *Printer) wlanDataHeader(f *wlanFrame) {
	b := f.b
	if s := f.subtype(); s&(wlanDataAck|wlanDataPoll|wlanDataQoS) != 0 {
		p.str("CF ")
		p.str(wlanCF[s&(wlanDataAck|wlanDataPoll)])
		if s&wlanDataQoS != 0 {
			p.str("+QoS")
		}
		p.char(' ')
	}
	a1, a2, a3 := macAt(b, 4), macAt(b, 10), macAt(b, 16)
	switch {
	case f.is(wlanToDS) && f.is(wlanFromDS):
		p.printf("RA:%s TA:%s DA:%s SA:%s ", a1, a2, a3, macAt(b, 24))
	case f.is(wlanToDS):
		p.printf("BSSID:%s SA:%s DA:%s ", a1, a2, a3)
	case f.is(wlanFromDS):
		p.printf("DA:%s BSSID:%s SA:%s ", a1, a2, a3)
	default:
		p.printf("DA:%s SA:%s BSSID:%s ", a1, a2, a3)
	}
}
