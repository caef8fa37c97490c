// radius.go: RADIUS (RFC 2865, 2866, 5176) and its attributes.

package printer

import "github.com/tapdump/tapdump/versions"

var (
	radiusChecks = versions.Since(versions.V5_0, "RADIUS", "`(bogus, must be >= 2)`, `ERROR: length 3 != 4`, `ERROR: netmask 129 not in range (0..128)`; a length that is wrong has the mark `[\\|radius]` or is cut to the packet's",
		"`[length 1 < 2] (invalid)`, `[length 3 != 4] (invalid)`, `[prefix length 129 > 128] (invalid)`; lengths below 20, above 4096 and above the packet's are invalid")
	radiusEarly = versions.Since(versions.V5_0, "RADIUS", "a header or a value that is cut is not printed", "what there is of it is printed; where that ends, the packet ends")
	radiusWords = versions.Since(versions.V5_0, "RADIUS", "without -v `RADIUS, Access-Request (1), id: 0x01 length: 20`; in vendor attributes `Length: 4, Value:`, the length without type and length",
		"`id: 0x01, length: 20`; `length: 6, value:`, the length as it is; `[reserved-MBZ 1]` before a prefix")
)

const radiusHeaderLen = 20

var radiusCodes = []tok{
	{1, "Access-Request"},
	{2, "Access-Accept"},
	{3, "Access-Reject"},
	{4, "Accounting-Request"},
	{5, "Accounting-Response"},
	{11, "Access-Challenge"},
	{12, "Status-Server"},
	{13, "Status-Client"},
	{40, "Disconnect-Request"},
	{41, "Disconnect-ACK"},
	{42, "Disconnect-NAK"},
	{43, "CoA-Request"},
	{44, "CoA-ACK"},
	{45, "CoA-NAK"},
	{255, "Reserved"},
}

// radius prints a packet (RFC 2865 section 3).
func (p *Printer) radius(b []byte, length int) {
	p.proto = "radius"
	n, ok := p.radiusLength(b, length)
	if !ok {
		return
	}
	code, id := tokStr(radiusCodes, "Unknown Command", b[0]), b[1]
	if p.vflag == 0 {
		p.printf(", %s (%d), id: 0x%02x", code, b[0], id)
		if p.follows(radiusWords) {
			p.char(',')
		}
		p.printf(" length: %d", n)
		need(b, 0, radiusHeaderLen)
		return
	}
	p.printf(", length: %d\n\t%s (%d), id: 0x%02x, Authenticator: ", n, code, b[0], id)
	for i := 4; i < radiusHeaderLen; i++ {
		p.hex(uint64(u8(b, i)), 2)
	}
	p.radiusAttributes(b[radiusHeaderLen:], n-radiusHeaderLen)
}

// radiusLength prints the protocol's name and returns the length that the header
// gives. It is not ok when that is not possible, which has been said.
func (p *Printer) radiusLength(b []byte, length int) (n int, ok bool) {
	if p.follows(radiusEarly) {
		p.str("RADIUS")
	} else if !has(b, 0, radiusHeaderLen) {
		p.truncMark()
		return 0, false
	}
	if !p.follows(radiusChecks) {
		if n = int(u16(b, 2)); n < radiusHeaderLen {
			p.truncMark()
			return 0, false
		}
		p.str("RADIUS")
		return min(n, length), true
	}
	const most = 4096
	if p.lacks("length", length, radiusHeaderLen) {
		return 0, false
	}
	switch n = int(u16(b, 2)); {
	case n < radiusHeaderLen:
		p.refuse("length", n, "<", radiusHeaderLen)
	case n > most:
		p.refuse("length", n, ">", most)
	case n > length:
		p.refuse("length", n, ">", length)
	default:
		return n, true
	}
	return 0, false
}

// radiusAttributes prints length bytes of attributes (RFC 2865 section 5).
func (p *Printer) radiusAttributes(b []byte, length int) {
	for length > 0 {
		if length < 2 {
			p.refuseSince(radiusChecks, "length", length, "<", 2)
			return
		}
		if !has(b, 0, 2) {
			p.truncSince(radiusEarly)
			return
		}
		kind, n := b[0], int(b[1])
		name := radiusAttributeName(kind)
		p.printf("\n\t  %s Attribute (%d), length: %d", name, kind, n)
		if n < 2 {
			p.radiusBogus(n, "<", 2, " (bogus, must be >= 2)")
			return
		}
		if n > length {
			p.radiusBogus(n, ">", length, " (bogus, goes past end of packet)")
			return
		}
		p.str(", Value: ")
		if n > 2 {
			p.radiusValue(kind, b[2:], n-2)
		}
		if p.vflag > 1 {
			p.unknownData(b[2:], "\n\t    ", n-2)
		}
		b, length = at(b, n), length-n
	}
}

// radiusBogus says that a length is wrong: that n relation bound, or older words.
func (p *Printer) radiusBogus(n int, relation string, bound int, older string) {
	if p.follows(radiusChecks) {
		p.refuse("length", n, relation, bound)
	} else {
		p.str(older)
	}
}

func radiusAttributeName(kind uint8) string {
	if int(kind) < len(radiusAttributeTypes) && radiusAttributeTypes[kind].name != "" {
		return radiusAttributeTypes[kind].name
	}
	return "Unknown"
}

// radiusValue prints the n bytes of an attribute's value. Where the value must
// be there as a whole and is not, only the attribute ends.
func (p *Printer) radiusValue(kind uint8, b []byte, n int) {
	if int(kind) >= len(radiusAttributeTypes) {
		return
	}
	switch radiusAttributeTypes[kind].form {
	case radiusInteger:
		p.radiusNumber(kind, b, n)
		return
	case radiusVendor:
		p.radiusVendorSpecific(b, n)
		return
	case radiusFixed:
		p.radiusFixedValue(kind, b, n)
		return
	case radiusIPv6Prefix:
		p.radiusPrefix6(b, n)
		return
	case radiusHomeLink:
		p.radiusHomeLinkPrefix(b, n)
		return
	case radiusOpaque:
		return
	}
	if !has(b, 0, n) && !p.follows(radiusEarly) {
		p.truncMark()
		return
	}
	value := limit(b, n)
	switch radiusAttributeTypes[kind].form {
	case radiusText:
		p.radiusString(kind, b, n)
	case radiusOperator:
		p.radiusOperatorName(value, n)
	case radiusLocation:
		p.radiusLocationInformation(value, n)
	case radiusLocationBody:
		p.radiusLocationData(value, n)
	case radiusPolicy:
		p.radiusLocationPolicy(value, n)
	}
}

func (p *Printer) radiusLengthNot(n, want int) {
	if p.follows(radiusChecks) {
		p.refuse("length", n, "!=", want)
		return
	}
	p.printf("ERROR: length %d != %d", n, want)
}

func (p *Printer) radiusLengthBelow(n, least int) {
	if p.follows(radiusChecks) {
		p.refuse("length", n, "<", least)
		return
	}
	p.printf("ERROR: length %d < %d", n, least)
}

// radiusPrintable prints n bytes of text.
func (p *Printer) radiusPrintable(b []byte, n int) {
	for i := range n {
		p.radiusChar(u8(b, i))
	}
}

func (p *Printer) radiusChar(c byte) {
	if c < 0x20 || c > 0x7e {
		c = '.'
	}
	p.char(c)
}

// radiusString prints n bytes of text up to a zero byte, behind what some attributes
// have in front of it.
func (p *Printer) radiusString(kind uint8, b []byte, n int) {
	i := 0
	switch kind {
	case radiusTunnelPassword: // RFC 2868 section 3.5
		if n < 3 {
			p.refuseSince(radiusChecks, "length", n, "<", 3)
			return
		}
		tag := u8(b, 0)
		p.radiusTag(tag, tag != 0 && tag <= radiusTagMax)
		p.printf("Salt %d ", u16(b, 1))
		i = 3
	case radiusTunnelClientEndpoint, radiusTunnelServerEndpoint, radiusTunnelPrivateGroup,
		radiusTunnelAssignment, radiusTunnelClientAuth, radiusTunnelServerAuth:
		if tag := u8(b, 0); tag <= radiusTagMax {
			p.radiusTag(tag, tag != 0)
			i = 1
		}
	case radiusEgressVLANName: // RFC 4675 section 2.3
		p.radiusVLANTagged(u8(b, 0))
		i = 1
	case radiusEAPMessage:
		p.eap(b, n)
		return
	}
	for ; i < n && u8(b, i) != 0; i++ {
		p.radiusChar(b[i])
	}
}

// radiusTagMax is the highest tag that groups tunnel attributes (RFC 2868
// section 3.1); higher bytes belong to the text.
const radiusTagMax = 0x1f

func (p *Printer) radiusTag(tag uint8, used bool) {
	if used {
		p.printf("Tag[%d] ", tag)
		return
	}
	p.str("Tag[Unused] ")
}

func (p *Printer) radiusVLANTagged(v uint8) {
	p.printf("%s (0x%02x) ", tokStr(radiusTagIndications, "Unknown tag", v), v)
}

// radiusVendorSpecific prints the attributes of a vendor (RFC 2865 section 5.26).
func (p *Printer) radiusVendorSpecific(b []byte, n int) {
	if n < 4 {
		p.refuseSince(radiusChecks, "length", n, "<", 4)
		return
	}
	vendor := u32(b, 0)
	p.printf("Vendor: %s (%d)", tokStr(enterpriseNames, "Unknown", vendor), vendor)
	b, n = b[4:], n-4
	if p.follows(radiusWords) {
		p.radiusVendorAttributes(b, n)
		return
	}
	for n >= 2 {
		kind, size := u8(b, 0), int(u8(b, 1))
		if size < 2 {
			p.printf("\n\t    Vendor Attribute: %d, Length: %d (bogus, must be >= 2)", kind, size)
			return
		}
		if size > n {
			p.printf("\n\t    Vendor Attribute: %d, Length: %d (bogus, goes past end of vendor-specific attribute)",
				kind, size)
			return
		}
		if !has(b, 2, size-2) {
			p.truncMark()
			return
		}
		p.printf("\n\t    Vendor Attribute: %d, Length: %d, Value: ", kind, size-2)
		p.radiusPrintable(b[2:], size-2)
		b, n = b[size:], n-size
	}
}

// radiusVendorAttributes prints n bytes of attributes in newer words.
func (p *Printer) radiusVendorAttributes(b []byte, n int) {
	for n >= 2 {
		kind, size := u8(b, 0), int(u8(b, 1))
		p.printf("\n\t    Vendor Attribute: %d, length: %d", kind, size)
		if p.lacks("length", size, 2) {
			return
		}
		if size > n {
			p.refuse("length", size, ">", n)
			return
		}
		p.str(", value: ")
		p.radiusPrintable(b[2:], size-2)
		b, n = b[size:], n-size
	}
}

// radiusNumber prints an integer, by its name where it has one.
func (p *Printer) radiusNumber(kind uint8, b []byte, n int) {
	if n != 4 {
		p.radiusLengthNot(n, 4)
		return
	}
	if values := radiusAttributeTypes[kind].values; values != nil {
		v := uint32(0)
		if kind == radiusTunnelType || kind == radiusTunnelMedium {
			tag := u8(b, 0)
			p.radiusTag(tag, tag != 0)
			v = u24(b, 1)
		} else {
			v = u32(b, 0)
		}
		if name := strName(values, v); name != "" {
			p.str(name)
		} else {
			p.printf("#%d", v)
		}
		return
	}
	switch kind {
	case radiusTunnelPreference:
		tag := u8(b, 0)
		p.radiusTag(tag, tag != 0)
		p.uint(uint64(u24(b, 1)))
		return
	case radiusEgressVLANID: // RFC 4675 section 2.1
		p.radiusVLANTagged(u8(b, 0))
		p.uint(uint64(u24(b, 1)))
		return
	}
	v := u32(b, 0)
	switch {
	case kind == radiusFramedIPX && v == 0xfffffffe:
		p.str("NAS Select")
	case kind == radiusSessionTimeout, kind == radiusIdleTimeout, kind == radiusAcctDelay,
		kind == radiusAcctSessionTime, kind == radiusInterimInterval:
		p.radiusSeconds(v)
	case kind == radiusAppleTalkLink && v == 0:
		p.str("Unnumbered")
	case kind == radiusAppleTalkNetwork && v == 0:
		p.str("NAS assigned")
	default:
		p.uint(uint64(v))
	}
}

func (p *Printer) radiusSeconds(v uint32) {
	switch {
	case v < 60:
		p.printf("%02d secs", v)
	case v < 3600:
		p.printf("%02d:%02d min", v/60, v%60)
	default:
		p.printf("%02d:%02d:%02d hours", v/3600, v%3600/60, v%60)
	}
}
