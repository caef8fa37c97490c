// radius.go: RADIUS (RFC 2865, 2866, 5176) and its attributes.

package printer

import (
	"time"

	"github.com/tapdump/tapdump/internal/zone"
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
	if !has(b, 0, radiusHeaderLen) {
		p.truncMark()
		return
	}
	n := int(u16(b, 2))
	if n < radiusHeaderLen {
		p.truncMark()
		return
	}
	n = min(n, length)
	code, id := tokStr(radiusCodes, "Unknown Command", b[0]), b[1]
	if p.vflag == 0 {
		p.printf("RADIUS, %s (%d), id: 0x%02x length: %d", code, b[0], id, n)
		return
	}
	p.printf("RADIUS, length: %d\n\t%s (%d), id: 0x%02x, Authenticator: ", n, code, b[0], id)
	for _, c := range b[4:radiusHeaderLen] {
		p.hex(uint64(c), 2)
	}
	p.radiusAttributes(b[radiusHeaderLen:], n-radiusHeaderLen)
}

// radiusAttributes prints length bytes of attributes (RFC 2865 section 5).
func (p *Printer) radiusAttributes(b []byte, length int) {
	for length > 0 {
		if length < 2 || !has(b, 0, 2) {
			p.truncMark()
			return
		}
		kind, n := b[0], int(b[1])
		name := radiusAttributeName(kind)
		p.printf("\n\t  %s Attribute (%d), length: %d", name, kind, n)
		if n < 2 {
			p.str(" (bogus, must be >= 2)")
			return
		}
		if n > length {
			p.str(" (bogus, goes past end of packet)")
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
	if !has(b, 0, n) {
		p.truncMark()
		return
	}
	value := b[:n]
	switch radiusAttributeTypes[kind].form {
	case radiusText:
		p.radiusString(kind, b, value)
	case radiusOperator:
		p.radiusOperatorName(value)
	case radiusLocation:
		p.radiusLocationInformation(value)
	case radiusLocationBody:
		p.radiusLocationData(value)
	case radiusPolicy:
		p.radiusLocationPolicy(value)
	}
}

func (p *Printer) radiusLengthNot(n, want int) { p.printf("ERROR: length %d != %d", n, want) }

func (p *Printer) radiusLengthBelow(n, least int) { p.printf("ERROR: length %d < %d", n, least) }

func (p *Printer) radiusPrintable(value []byte) {
	for _, c := range value {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		p.char(c)
	}
}

// radiusString prints text up to a zero byte, behind what some attributes have in
// front of it. An EAP message reads on from b.
func (p *Printer) radiusString(kind uint8, b, value []byte) {
	switch kind {
	case radiusTunnelPassword: // RFC 2868 section 3.5
		if len(value) < 3 {
			p.truncMark()
			return
		}
		p.radiusTag(value[0], value[0] != 0 && value[0] <= radiusTagMax)
		p.printf("Salt %d ", u16(value, 1))
		value = value[3:]
	case radiusTunnelClientEndpoint, radiusTunnelServerEndpoint, radiusTunnelPrivateGroup,
		radiusTunnelAssignment, radiusTunnelClientAuth, radiusTunnelServerAuth:
		if value[0] <= radiusTagMax {
			p.radiusTag(value[0], value[0] != 0)
			value = value[1:]
		}
	case radiusEgressVLANName: // RFC 4675 section 2.3
		p.radiusVLANTagged(value[0])
		value = value[1:]
	case radiusEAPMessage:
		p.eap(b, len(value))
		return
	}
	for i, c := range value {
		if c == 0 {
			value = value[:i]
			break
		}
	}
	p.radiusPrintable(value)
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
		p.truncMark()
		return
	}
	vendor := u32(b, 0)
	p.printf("Vendor: %s (%d)", tokStr(enterpriseNames, "Unknown", vendor), vendor)
	b, n = b[4:], n-4
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
		p.radiusPrintable(b[2:size])
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

// radiusFixedValue prints a value whose size is known from its type.
func (p *Printer) radiusFixedValue(kind uint8, b []byte, n int) {
	want := int(radiusAttributeTypes[kind].size)
	switch {
	case kind == radiusARAPChallengeResponse && n > want:
	case kind == radiusErrorCause && n != want:
		p.printf("Error: length %d != %d", n, want)
		return
	case n != want:
		p.radiusLengthNot(n, want)
		return
	}
	switch kind {
	case radiusFramedIP, radiusLoginIP:
		switch u32(b, 0) {
		case 0xffffffff:
			p.str("User Selected")
		case 0xfffffffe:
			p.str("NAS Select")
		default:
			p.appendAddr4(ip4At(b, 0))
		}
	case radiusNASIP, radiusFramedNetmask:
		p.appendAddr4(ip4At(b, 0))
	case radiusNASIPv6, radiusLoginIPv6:
		p.appendAddr6(ip6At(b, 0))
	case radiusEventTimestamp:
		seconds := int64(u32(b, 0))
		p.out = zone.AppendFormat(p.out, time.Unix(seconds, 0).In(p.opts.Location), time.ANSIC)
	case radiusMobileFeatures:
		p.str("[")
		p.radiusFeatures(u64(b, 0))
		p.str("]")
	case radiusARAPPassword:
		p.str("User_challenge (")
		p.radiusHex(b, 0, 8)
		p.str(") User_resp(")
		p.radiusHex(b, 8, 8)
		p.str(")")
	case radiusARAPFeatures:
		p.radiusARAPFeatureList(b)
	case radiusARAPChallengeResponse:
		p.radiusHex(b, 0, 8)
	case radiusErrorCause: // RFC 5176 section 3.5
		v := u32(b, 0)
		p.printf("Error cause %d: %s", v, tokStr(radiusErrorCauses, "Error-Cause %d not known", v))
	}
}

// radiusARAPFeatureList prints the ARAP-Features (RFC 2869 section 5.5).
func (p *Printer) radiusARAPFeatureList(b []byte) {
	if u8(b, 0) != 0 {
		p.str("User can change password")
	} else {
		p.str("User cannot change password")
	}
	p.printf(", Min password length: %d", u8(b, 1))
	p.str(", created at: ")
	p.radiusHex(b, 2, 4)
	p.str(", expires in: ")
	p.radiusHex(b, 6, 4)
	p.str(", Current Time: ")
	p.radiusHex(b, 10, 4)
}

// radiusHex prints n bytes at b[i] in upper-case hexadecimal.
func (p *Printer) radiusHex(b []byte, i, n int) {
	for ; n > 0; n-- {
		p.printf("%02X", u8(b, i))
		i++
	}
}

// radiusFeatures prints the MIP6-Feature-Vector (RFC 5447 section 4.2.5).
func (p *Printer) radiusFeatures(v uint64) {
	between := ""
	for i := range radiusFeatureNames {
		f := &radiusFeatureNames[i]
		if v&(1<<f.bit) != 0 {
			p.str(between)
			p.str(f.name)
			between = ", "
		}
	}
}

// radiusPrefix6 prints an IPv6 prefix (RFC 3162 section 2.3).
func (p *Printer) radiusPrefix6(b []byte, n int) {
	if n < 2 || n > 18 {
		p.printf("ERROR: length %d not in range (2..18)", n)
		return
	}
	if !has(b, 0, n) {
		p.truncMark()
		return
	}
	bits := b[1]
	if bits > 128 {
		p.radiusNetmaskTooLong(bits)
		return
	}
	var prefix addr6
	copy(prefix[:], b[2:n])
	p.printf("%s/%d", prefix, bits)
	if int(bits) > 8*(n-2) {
		p.str(" (inconsistent prefix length)")
	}
}

// radiusHomeLinkPrefix prints the MIP6-Home-Link-Prefix (RFC 5447 section 4.2.4).
func (p *Printer) radiusHomeLinkPrefix(b []byte, n int) {
	if n != 17 {
		p.radiusLengthNot(n, 17)
		return
	}
	if !has(b, 0, n) {
		p.truncMark()
		return
	}
	if b[0] > 128 {
		p.radiusNetmaskTooLong(b[0])
		return
	}
	p.printf("%s/%d", ip6At(b, 1), b[0])
}

func (p *Printer) radiusNetmaskTooLong(bits uint8) {
	p.printf("ERROR: netmask %d not in range (0..128)", bits)
}

// radiusOperatorName prints an Operator-Name (RFC 5580 section 4.1).
func (p *Printer) radiusOperatorName(value []byte) {
	if len(value) < 2 {
		p.radiusLengthBelow(len(value), 2)
		return
	}
	p.printf("[%s] ", tokStr(radiusNamespaces, "unknown namespace %d", value[0]))
	p.safe(value[1:])
}

// radiusLocationInformation prints the Location-Information (RFC 5580 section 4.2).
func (p *Printer) radiusLocationInformation(value []byte) {
	if len(value) < 21 {
		p.radiusLengthBelow(len(value), 21)
		return
	}
	p.printf("index %d, code %s, entity %s, ", u16(value, 0),
		tokStr(radiusLocationCodes, "Unknown (%d)", value[2]), tokStr(radiusLocationEntities, "Unknown (%u)", value[3]))
	p.str("sighting time ")
	p.ntpTime(value, 4)
	p.str(", time to live ")
	p.ntpTime(value, 12)
	p.str(`, method "`)
	p.safe(value[20:])
	p.char('"')
}

// radiusLocationData prints the Location-Data (RFC 5580 section 4.3). What its
// body means depends on another attribute.
func (p *Printer) radiusLocationData(value []byte) {
	if len(value) < 3 {
		p.radiusLengthBelow(len(value), 3)
		return
	}
	p.printf("index %d, location", u16(value, 0))
	p.hexASCIIDump("\n\t    ", value[2:], len(value)-2)
}

// radiusLocationPolicy prints the Basic-Location-Policy-Rules (RFC 5580 section
// 4.4).
func (p *Printer) radiusLocationPolicy(value []byte) {
	if len(value) < 10 {
		p.radiusLengthBelow(len(value), 10)
		return
	}
	p.printf("flags [%s], ", bitStr(radiusPolicyFlags, "none", u16(value, 0)))
	p.str("retention expires ")
	p.ntpTime(value, 2)
	if len(value) > 10 {
		p.str(`, note well "`)
		p.safe(value[10:])
		p.char('"')
	}
}
