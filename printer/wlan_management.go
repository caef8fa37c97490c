// wlan_management.go: bodies of management frames (IEEE Std 802.11-2016 9.3.3)
// and the elements in them that are shown (9.4.2).

package printer

import (
	"bytes"

	"github.com/tapdump/tapdump/versions"
)

var (
	wlanMeshID   = versions.Since(versions.V5_0, "IEEE 802.11", "no name of a mesh", "`(MESHID: name)` in beacons and probe responses; management frames with one of more than 32 bytes end with `[\\|802.11]`")
	wlanMultihop = versions.Since(versions.V5_0, "IEEE 802.11", "`MultihopActionProxy Update`", "`MultihopAction Proxy Update`")
)

// Subtypes of management frames.
const (
	wlanAssocReq       = 0
	wlanAssocResp      = 1
	wlanReassocReq     = 2
	wlanReassocResp    = 3
	wlanProbeReq       = 4
	wlanProbeResp      = 5
	wlanBeacon         = 8
	wlanATIM           = 9
	wlanDisassociation = 10
	wlanAuth           = 11
	wlanDeauth         = 12
	wlanAction         = 13
)

var wlanManagementNames = []tok{
	{wlanAssocReq, "Assoc Request"},
	{wlanAssocResp, "Assoc Response"},
	{wlanReassocReq, "ReAssoc Request"},
	{wlanReassocResp, "ReAssoc Response"},
	{wlanProbeReq, "Probe Request"},
	{wlanProbeResp, "Probe Response"},
	{wlanBeacon, "Beacon"},
	{wlanATIM, "ATIM"},
	{wlanDisassociation, "Disassociation"},
	{wlanAuth, "Authentication"},
	{wlanDeauth, "DeAuthentication"},
	{wlanAction, "Action"},
}

// Bits of the capability information field (9.4.1.4).
const (
	wlanESS     = 0x0001
	wlanPrivacy = 0x0010
)

// wlanManagementBody prints a management frame of length bytes behind the MAC
// header. It reports whether all of it was there.
func (p *Printer) wlanManagementBody(f *wlanFrame, b []byte, length int) bool {
	p.tok(wlanManagementNames, "Unhandled Management subtype(%x)", uint32(f.subtype()))
	if f.is(wlanProtected) {
		return p.wlanWEP(b)
	}
	switch f.subtype() {
	case wlanAssocReq:
		return p.wlanAssociation(b, length)
	case wlanAssocResp, wlanReassocResp:
		return p.wlanAssociated(b, length)
	case wlanReassocReq:
		return p.wlanReassociation(b, length)
	case wlanProbeReq:
		e, whole := p.wlanElements(b, length)
		p.wlanNetwork(&e)
		return whole
	case wlanProbeResp, wlanBeacon:
		return p.wlanAnnouncement(f, b, length)
	case wlanDisassociation:
		return p.wlanReason(b, length)
	case wlanAuth:
		return p.wlanAuthentication(b, length)
	case wlanDeauth:
		if !wlanHas(b, length, 2) {
			return false
		}
		p.wlanSender(f)
		return p.wlanReason(b, length)
	case wlanAction:
		return p.wlanActionBody(f, b, length)
	}
	return true
}

// wlanHas reports whether the fixed part of a body, n bytes, was sent and
// captured.
func wlanHas(b []byte, length, n int) bool { return has(b, 0, n) && length >= n }

// wlanFound are the elements of a frame that are shown: the first of each kind.
type wlanFound struct {
	ssid    []byte // nil: none
	rates   []byte // nil: none
	channel []byte // nil: none
	mesh    []byte // nil: none, or not asked for

	showsMesh bool
}

// wlanElements looks through the elements in b, length bytes on the wire. It
// reports whether they were all there and of sizes that are possible.
func (p *Printer) wlanElements(b []byte, length int) (e wlanFound, whole bool) {
	e.showsMesh = p.follows(wlanMeshID)
	for length != 0 {
		if length < 2 || !has(b, 0, 2) {
			return e, false
		}
		kind, n := b[0], int(b[1])
		if length < 2+n || !has(b, 2, n) {
			return e, false
		}
		if !e.add(kind, b[2:2+n]) {
			return e, false
		}
		b, length = b[2+n:], length-2-n
	}
	return e, true
}

// Elements (table 9-77).
const (
	wlanElementSSID      = 0
	wlanElementRates     = 1
	wlanElementChannel   = 3
	wlanElementTIM       = 5
	wlanElementChallenge = 16
	wlanElementMeshID    = 114
)

// add keeps an element when it is one that is shown, the first of its kind. It
// reports whether its size is possible.
func (e *wlanFound) add(kind uint8, value []byte) bool {
	n := len(value)
	switch kind {
	case wlanElementSSID:
		if n > 32 {
			return false
		}
		if e.ssid == nil {
			e.ssid = value
		}
	case wlanElementRates:
		if n > 16 {
			return false
		}
		// Some stations send it without any, and once more.
		if e.rates == nil && n > 0 {
			e.rates = value
		}
	case wlanElementChannel:
		if e.channel == nil && n == 1 {
			e.channel = value
		}
	case wlanElementTIM:
		return n <= 3+251
	case wlanElementChallenge:
		return n <= 253
	case wlanElementMeshID:
		if !e.showsMesh {
			return true
		}
		if n > 32 {
			return false
		}
		if e.mesh == nil {
			e.mesh = value
		}
	}
	return true
}

// wlanNetwork prints the name of the network and the rates.
func (p *Printer) wlanNetwork(e *wlanFound) {
	p.wlanSSID(e)
	if e.rates == nil {
		return
	}
	between := " ["
	for _, r := range e.rates {
		basic := ""
		if r&0x80 != 0 {
			basic = "*"
		}
		p.printf("%s%2.1f%s", between, float64(r&0x7f)/2, basic)
		between = " "
	}
	p.str(" Mbit]")
}

func (p *Printer) wlanSSID(e *wlanFound) {
	if e.ssid == nil {
		return
	}
	p.str(" (")
	p.wlanName(e.ssid)
}

// wlanName prints a name up to its first zero, and the parenthesis behind it.
func (p *Printer) wlanName(name []byte) {
	if i := bytes.IndexByte(name, 0); i >= 0 {
		name = name[:i]
	}
	p.safe(name)
	p.char(')')
}

// wlanAnnouncement prints a beacon or a probe response (9.3.3.3, 9.3.3.11).
func (p *Printer) wlanAnnouncement(f *wlanFrame, b []byte, length int) bool {
	const fixed = 8 + 2 + 2 // timestamp, interval, capabilities
	if !wlanHas(b, length, fixed) {
		return false
	}
	capabilities := le16(b, 10)
	e, whole := p.wlanElements(b[fixed:], length-fixed)
	p.wlanNetwork(&e)
	if f.subtype() == wlanBeacon {
		if capabilities&wlanESS != 0 {
			p.str(" ESS")
		} else {
			p.str(" IBSS")
		}
	}
	if e.channel != nil {
		p.printf(" CH: %d", e.channel[0])
	}
	if capabilities&wlanPrivacy != 0 {
		p.str(", PRIVACY")
	}
	if e.mesh != nil {
		p.str(" (MESHID: ")
		p.wlanName(e.mesh)
	}
	return whole
}

// wlanAssociation prints an association request (9.3.3.6).
func (p *Printer) wlanAssociation(b []byte, length int) bool {
	const fixed = 2 + 2 // capabilities, listen interval
	if !wlanHas(b, length, fixed) {
		return false
	}
	e, whole := p.wlanElements(b[fixed:], length-fixed)
	p.wlanNetwork(&e)
	return whole
}

// wlanReassociation prints a reassociation request (9.3.3.8).
func (p *Printer) wlanReassociation(b []byte, length int) bool {
	const fixed = 2 + 2 + wlanAddrLen // capabilities, listen interval, access point
	if !wlanHas(b, length, fixed) {
		return false
	}
	e, whole := p.wlanElements(b[fixed:], length-fixed)
	p.wlanSSID(&e)
	p.printf(" AP : %s", macAt(b, 4))
	return whole
}

// wlanAssociated prints the response to either (9.3.3.7, 9.3.3.9).
func (p *Printer) wlanAssociated(b []byte, length int) bool {
	const fixed = 2 + 2 + 2 // capabilities, status, association identifier
	if !wlanHas(b, length, fixed) {
		return false
	}
	_, whole := p.wlanElements(b[fixed:], length-fixed)
	privacy := ""
	if le16(b, 0)&wlanPrivacy != 0 {
		privacy = " PRIVACY "
	}
	p.printf(" AID(%x) :%s: %s", le16(b, 4)&0x3fff, privacy, wlanStatus(le16(b, 2)))
	return whole
}

func wlanStatus(code uint16) string {
	if s := strName(wlanStatuses, code); s != "" {
		return s
	}
	return "n/a"
}

// wlanReason prints the reason code that a body starts with.
func (p *Printer) wlanReason(b []byte, length int) bool {
	if !wlanHas(b, length, 2) {
		return false
	}
	s := strName(wlanReasons, le16(b, 0))
	if s == "" {
		s = "Reserved"
	}
	p.str(": ")
	p.str(s)
	return true
}

// wlanSender prints who sent a frame, unless -e does.
func (p *Printer) wlanSender(f *wlanFrame) {
	if !p.eflag {
		p.printf(" (%s)", macAt(f.b, 10))
	}
}

// wlanAuthAlgorithms are the authentication algorithms (9.4.1.1).
var wlanAuthAlgorithms = []tok{
	{0, "Open System"},
	{wlanSharedKey, "Shared Key"},
	{2, "EAP"},
}

const wlanSharedKey = 1

// wlanAuthentication prints an authentication frame (9.3.3.12).
func (p *Printer) wlanAuthentication(b []byte, length int) bool {
	const fixed = 2 + 2 + 2 // algorithm, transaction, status
	if !wlanHas(b, length, fixed) {
		return false
	}
	_, whole := p.wlanElements(b[fixed:], length-fixed)
	algorithm, transaction := le16(b, 0), le16(b, 2)
	status := ""
	if transaction&1 != 0 {
		status = wlanStatus(le16(b, 4))
	}
	p.printf(" (%s)-%x", tokStr(wlanAuthAlgorithms, "Reserved", algorithm), transaction)
	if algorithm == wlanSharedKey && (transaction == 2 || transaction == 3) {
		p.str(" [Challenge Text] ")
	} else {
		p.str(": ")
	}
	p.str(status)
	return whole
}

// Categories of action frames (9.4.1.11) whose actions have names.
const (
	wlanCategoryBlockAck = 3
	wlanCategoryHT       = 7
	wlanCategoryMesh     = 13
	wlanCategoryMultihop = 14
	wlanCategorySelfProt = 15
)

var (
	wlanCategories = []tok{
		{0, "Spectrum Management "},
		{1, "QoS "},
		{2, "DLS "},
		{wlanCategoryBlockAck, "BA "},
		{wlanCategoryHT, "HT "},
		{wlanCategoryMesh, "MeshAction "},
		{wlanCategoryMultihop, "MultihopAction"},
		{wlanCategorySelfProt, "SelfprotectAction "},
		{127, "Vendor "},
	}
	wlanBlockAckActions = []tok{
		{0, "ADDBA Request"},
		{1, "ADDBA Response"},
		{2, "DELBA"},
	}
	wlanHTActions = []tok{
		{0, "TxChWidth"},
		{1, "MIMOPwrSave"},
	}
	wlanMeshActions = []tok{
		{0, "MeshLink"},
		{1, "HWMP"},
		{2, "Gate Announcement"},
		{3, "Congestion Control"},
		{4, "MCCA Setup Request"},
		{5, "MCCA Setup Reply"},
		{6, "MCCA Advertisement Request"},
		{7, "MCCA Advertisement"},
		{8, "MCCA Teardown"},
		{9, "TBTT Adjustment Request"},
		{10, "TBTT Adjustment Response"},
	}
	wlanMultihopActions = []tok{
		{0, "Proxy Update"},
		{1, "Proxy Update Confirmation"},
	}
	wlanSelfProtActions = []tok{
		{1, "Peering Open"},
		{2, "Peering Confirm"},
		{3, "Peering Close"},
		{4, "Group Key Inform"},
		{5, "Group Key Acknowledge"},
	}
)

// wlanActionBody prints an action frame (9.3.3.14).
func (p *Printer) wlanActionBody(f *wlanFrame, b []byte, length int) bool {
	if !wlanHas(b, length, 2) {
		return false
	}
	p.wlanSender(f)
	category, action := b[0], b[1]
	p.printf(": %s", tokStr(wlanCategories, "Reserved(%d) ", category))
	if category == wlanCategoryMultihop && p.follows(wlanMultihop) {
		p.char(' ')
	}
	p.tok(wlanActions(category), "Act#%d", uint32(action))
	return true
}

func wlanActions(category uint8) []tok {
	switch category {
	case wlanCategoryBlockAck:
		return wlanBlockAckActions
	case wlanCategoryHT:
		return wlanHTActions
	case wlanCategoryMesh:
		return wlanMeshActions
	case wlanCategoryMultihop:
		return wlanMultihopActions
	case wlanCategorySelfProt:
		return wlanSelfProtActions
	}
	return nil
}
