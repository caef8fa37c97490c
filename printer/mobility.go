// mobility.go: the mobility header of Mobile IPv6 (RFC 6275 section 6.1).

package printer

// Messages (IANA mobility-parameters).
const (
	mobilityRefreshRequest = iota
	mobilityHomeTestInit
	mobilityCareOfTestInit
	mobilityHomeTest
	mobilityCareOfTest
	mobilityBindingUpdate
	mobilityBindingAck
	mobilityBindingError
)

var mobilityMessages = []tok{
	{mobilityRefreshRequest, "BRR"},
	{mobilityHomeTestInit, "HoTI"},
	{mobilityCareOfTestInit, "CoTI"},
	{mobilityHomeTest, "HoT"},
	{mobilityCareOfTest, "CoT"},
	{mobilityBindingUpdate, "BU"},
	{mobilityBindingAck, "BA"},
	{mobilityBindingError, "BE"},
}

const mobilityHeaderLen = 8

// mobilityMinLen is the least length of each message in bytes.
var mobilityMinLen = []int{
	mobilityRefreshRequest: 8,
	mobilityHomeTestInit:   16,
	mobilityCareOfTestInit: 16,
	mobilityHomeTest:       24,
	mobilityCareOfTest:     24,
	mobilityBindingUpdate:  16,
	mobilityBindingAck:     16,
	mobilityBindingError:   24,
}

var mobilityUpdateFlags = []tok{
	{0x08, "A"},
	{0x04, "H"},
	{0x02, "L"},
	{0x01, "K"},
}

// mobility prints the header and returns its length, or -1 when it is
// malformed.
func (p *Printer) mobility(b []byte, _ ipHeader) int {
	p.proto = "mobility"
	p.str("mobility: ")
	if next := u8(b, 0); next != protoNone {
		p.printf("(payload protocol %d should be %d) ", next, protoNone)
	}
	units := u8(b, 1)
	n := (int(units) + 1) * 8
	kind := u8(b, 2)
	p.tok(mobilityMessages, "type-#%d", uint32(kind))
	if int(kind) >= len(mobilityMinLen) {
		p.printf(" len=%d", units)
		return n
	}
	if least := mobilityMinLen[kind]; n < least {
		p.printf(" (header length %d < %d)", n, least)
		p.invalid()
		return -1
	}
	options := p.mobilityMessage(kind, b)
	if p.vflag > 0 && !p.mobilityOptions(at(b, options), n-options) {
		p.invalid()
		return -1
	}
	return n
}

// mobilityMessage prints the fields of a message and returns where its options
// start.
func (p *Printer) mobilityMessage(kind uint8, b []byte) int {
	const data = mobilityHeaderLen
	where := "Home"
	if kind == mobilityCareOfTestInit || kind == mobilityCareOfTest {
		where = "Care-of"
	}
	switch kind {
	case mobilityHomeTestInit, mobilityCareOfTestInit:
		p.mobilityPair(where, " Init Cookie=", b, data)
		return data + 8
	case mobilityHomeTest, mobilityCareOfTest:
		p.printf(" nonce id=0x%x", u16(b, 6))
		p.mobilityPair(where, " Init Cookie=", b, data)
		p.mobilityPair(where, " Keygen Token=", b, data+8)
		return data + 16
	case mobilityBindingUpdate:
		p.printf(" seq#=%d", u16(b, 6))
		if flags := u8(b, data) >> 4; flags != 0 {
			p.printf(" %s", bitStrSep(mobilityUpdateFlags, "bits-#0x%x", "", flags))
		}
		p.printf(" lifetime=%d", uint32(u16(b, data+2))*4)
		return data + 4
	case mobilityBindingAck:
		p.printf(" status=%d", u8(b, 6))
		if u8(b, 7)&0x80 != 0 {
			p.str(" K")
		}
		p.printf(" seq#=%d", u16(b, data))
		p.printf(" lifetime=%d", uint32(u16(b, data+2))*4)
		return data + 4
	case mobilityBindingError:
		p.printf(" status=%d", u8(b, 6))
		p.printf(" homeaddr %s", ip6At(b, data))
		return data + 16
	}
	return data
}

// mobilityPair appends a value of eight bytes.
func (p *Printer) mobilityPair(where, what string, b []byte, i int) {
	if p.vflag > 0 {
		p.printf(" %s%s%08x:%08x", where, what, u32(b, i), u32(b, i+4))
	}
}

// Options (RFC 6275 section 6.2).
const (
	mobilityPad1       = 0
	mobilityPadN       = 1
	mobilityRefresh    = 2
	mobilityAltCareOf  = 3
	mobilityNonces     = 4
	mobilityAuthorized = 5
)

// mobilityOptions prints the options in b[:length] and reports whether they
// are well formed.
func (p *Printer) mobilityOptions(b []byte, length int) bool {
	for i := 0; i < length; {
		kind, n := u8(b, i), 1
		left := length - i
		if kind != mobilityPad1 {
			if !p.ip6Fits("", left, 2) {
				return false
			}
			n = int(u8(b, i+1)) + 2
		}
		if !p.ip6Fits("", left, n) {
			return false
		}
		need(b, i, n)
		if !p.mobilityOption(kind, b[i:], left, n) {
			return false
		}
		i += n
	}
	return true
}

// mobilityOption prints an option of n bytes, behind which the header has left
// bytes with the option's. A fixed field that is longer than the option is read
// from what follows it.
func (p *Printer) mobilityOption(kind uint8, b []byte, left, n int) bool {
	switch kind {
	case mobilityPad1:
		p.str("(pad1)")
	case mobilityPadN:
		p.str("(padn)")
	case mobilityRefresh:
		p.str("(refresh: ")
		if !p.ip6Fits("", left, 4) {
			return false
		}
		p.printf("%d)", uint32(u16(b, 2))*4)
	case mobilityAltCareOf:
		p.str("(alt-CoA: ")
		if !p.ip6Fits("", left, 18) {
			return false
		}
		p.printf("%s)", ip6At(b, 2))
	case mobilityNonces:
		p.str("(ni: ")
		if !p.ip6Fits("", left, 6) {
			return false
		}
		p.printf("ho=0x%04x co=0x%04x)", u16(b, 2), u16(b, 4))
	case mobilityAuthorized:
		p.str("(auth)")
		return p.ip6Fits("", left, 12)
	default:
		p.printf("(unknown: type-#%d len=%d)", kind, n-2)
	}
	return true
}
