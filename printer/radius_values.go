package printer

import (
	"time"

	"github.com/tapdump/tapdump/internal/zone"
)

// radiusFixedValue prints a value whose size is known from its type.
func (p *Printer) radiusFixedValue(kind uint8, b []byte, n int) {
	want := int(radiusAttributeTypes[kind].size)
	switch {
	case kind == radiusARAPChallengeResponse && n > want && !p.follows(radiusChecks):
	case kind == radiusErrorCause && n != want && !p.follows(radiusChecks):
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
	switch {
	case n >= 2 && n <= 18:
	case !p.follows(radiusChecks):
		p.printf("ERROR: length %d not in range (2..18)", n)
		return
	case n < 2:
		p.refuse("length", n, "<", 2)
		return
	default:
		p.refuse("length", n, ">", 18)
		return
	}
	if !has(b, 0, n) && !p.follows(radiusEarly) {
		p.truncMark()
		return
	}
	if reserved := u8(b, 0); reserved != 0 && p.follows(radiusWords) {
		p.printf("[reserved-MBZ %d] ", reserved)
	}
	bits := u8(b, 1)
	if bits > 128 {
		p.radiusNetmaskTooLong(bits)
		return
	}
	var prefix addr6
	copy(prefix[:], bytesAt(b, 2, n-2))
	p.printf("%s/%d", prefix, bits)
	if int(bits) <= 8*(n-2) {
		return
	}
	if p.follows(radiusChecks) {
		p.refuse("inconsistent prefix length", int(bits), ">", 8*(n-2))
	} else {
		p.str(" (inconsistent prefix length)")
	}
}

// radiusHomeLinkPrefix prints the MIP6-Home-Link-Prefix (RFC 5447 section 4.2.4).
func (p *Printer) radiusHomeLinkPrefix(b []byte, n int) {
	if n != 17 {
		p.radiusLengthNot(n, 17)
		return
	}
	if !has(b, 0, n) && !p.follows(radiusEarly) {
		p.truncMark()
		return
	}
	bits := u8(b, 0)
	if bits > 128 {
		p.radiusNetmaskTooLong(bits)
		return
	}
	p.printf("%s/%d", ip6At(b, 1), bits)
}

func (p *Printer) radiusNetmaskTooLong(bits uint8) {
	if p.follows(radiusChecks) {
		p.refuse("prefix length", int(bits), ">", 128)
		return
	}
	p.printf("ERROR: netmask %d not in range (0..128)", bits)
}

// radiusOperatorName prints an Operator-Name (RFC 5580 section 4.1).
func (p *Printer) radiusOperatorName(value []byte, n int) {
	if n < 2 {
		p.radiusLengthBelow(n, 2)
		return
	}
	p.printf("[%s] ", tokStr(radiusNamespaces, "unknown namespace %d", u8(value, 0)))
	p.safeN(value[1:], n-1)
}

// radiusLocationInformation prints the Location-Information (RFC 5580 section 4.2).
func (p *Printer) radiusLocationInformation(value []byte, n int) {
	if n < 21 {
		p.radiusLengthBelow(n, 21)
		return
	}
	p.printf("index %d, code %s, entity %s, ", u16(value, 0),
		tokStr(radiusLocationCodes, "Unknown (%d)", u8(value, 2)), tokStr(radiusLocationEntities, "Unknown (%u)", u8(value, 3)))
	p.str("sighting time ")
	p.ntpTime(value, 4)
	p.str(", time to live ")
	p.ntpTime(value, 12)
	p.str(`, method "`)
	p.safeN(value[20:], n-20)
	p.char('"')
}

// radiusLocationData prints the Location-Data (RFC 5580 section 4.3). What its
// body means depends on another attribute.
func (p *Printer) radiusLocationData(value []byte, n int) {
	if n < 3 {
		p.radiusLengthBelow(n, 3)
		return
	}
	p.printf("index %d, location", u16(value, 0))
	p.hexASCIIDump("\n\t    ", value[2:], n-2)
}

// radiusLocationPolicy prints the Basic-Location-Policy-Rules (RFC 5580 section
// 4.4).
func (p *Printer) radiusLocationPolicy(value []byte, n int) {
	if n < 10 {
		p.radiusLengthBelow(n, 10)
		return
	}
	p.printf("flags [%s], ", bitStr(radiusPolicyFlags, "none", u16(value, 0)))
	p.str("retention expires ")
	p.ntpTime(value, 2)
	if n > 10 {
		p.str(`, note well "`)
		p.safeN(value[10:], n-10)
		p.char('"')
	}
}
