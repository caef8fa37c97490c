// rpkirtr.go: the Resource Public Key Infrastructure to Router protocol, version
// 0 (RFC 6810).

package printer

const (
	rpkirtrHeaderLen = 8

	rpkirtrSerialNotify  = 0
	rpkirtrSerialQuery   = 1
	rpkirtrResetQuery    = 2
	rpkirtrCacheResponse = 3
	rpkirtrIPv4Prefix    = 4
	rpkirtrIPv6Prefix    = 6
	rpkirtrEndOfData     = 7
	rpkirtrCacheReset    = 8
	rpkirtrErrorReport   = 10
)

var rpkirtrTypes = []tok{
	{rpkirtrSerialNotify, "Serial Notify"},
	{rpkirtrSerialQuery, "Serial Query"},
	{rpkirtrResetQuery, "Reset Query"},
	{rpkirtrCacheResponse, "Cache Response"},
	{rpkirtrIPv4Prefix, "IPV4 Prefix"},
	{rpkirtrIPv6Prefix, "IPV6 Prefix"},
	{rpkirtrEndOfData, "End of Data"},
	{rpkirtrCacheReset, "Cache Reset"},
	{rpkirtrErrorReport, "Error Report"},
}

var rpkirtrErrors = []tok{
	{0, "Corrupt Data"},
	{1, "Internal Error"},
	{2, "No Data Available"},
	{3, "Invalid Request"},
	{4, "Unsupported Protocol Version"},
	{5, "Unsupported PDU Type"},
	{6, "Withdrawal of Unknown Record"},
	{7, "Duplicate Announcement Received"},
}

// rpkiRTR prints the protocol data units of a TCP segment.
func (p *Printer) rpkiRTR(b []byte, length int) {
	p.proto = "rpki_rtr"
	if p.vflag == 0 {
		p.str(", RPKI-RTR")
		return
	}
	for left := uint32(length); left > 0; {
		n := p.rpkirtrPDU(b, left, false)
		b, left = at(b, int(n)), left-n
	}
}

// rpkirtrPDU prints a unit of at most length bytes (RFC 6810 section 5), or one
// that an error report holds, and returns its size.
func (p *Printer) rpkirtrPDU(b []byte, length uint32, inReport bool) uint32 {
	if length < rpkirtrHeaderLen {
		p.printf("(%d bytes is too few to decode)", length)
		return p.rpkirtrInvalid(b, length)
	}
	version := u8(b, 0)
	if version != 0 {
		// where a unit of another version ends is not known
		p.printf("\n\tRPKI-RTRv%d (unknown)", version)
		return length
	}
	kind, size := u8(b, 1), u32(b, 4)
	p.printf("\n\tRPKI-RTRv0, %s PDU (%d), length: %d", tokStr(rpkirtrTypes, "Unknown", kind), kind, size)
	if size < rpkirtrHeaderLen || size > length {
		return p.rpkirtrInvalid(b, length)
	}
	indent := "\n\t  "
	if inReport {
		indent = "\n\t    "
	}
	known, ok := true, true
	switch kind {
	case rpkirtrSerialNotify, rpkirtrSerialQuery, rpkirtrEndOfData:
		if ok = size == 12; ok {
			p.printf("%sSession ID: 0x%04x, Serial: %d", indent, u16(b, 2), u32(b, 8))
		}
	case rpkirtrResetQuery, rpkirtrCacheReset:
		ok = size == rpkirtrHeaderLen
	case rpkirtrCacheResponse:
		if ok = size == rpkirtrHeaderLen; ok {
			p.printf("%sSession ID: 0x%04x", indent, u16(b, 2))
		}
	case rpkirtrIPv4Prefix:
		if ok = size == 20; ok {
			p.printf("%sIPv4 Prefix %s/%d-%d, origin-as %d, flags 0x%02x",
				indent, ip4At(b, 12), u8(b, 9), u8(b, 10), u32(b, 16), u8(b, 8))
		}
	case rpkirtrIPv6Prefix:
		if ok = size == 32; ok {
			p.printf("%sIPv6 Prefix %s/%d-%d, origin-as %d, flags 0x%02x",
				indent, ip6At(b, 12), u8(b, 9), u8(b, 10), u32(b, 28), u8(b, 8))
		}
	case rpkirtrErrorReport:
		ok = p.rpkirtrReport(b, size, indent, inReport)
	default:
		need(b, 0, int(size))
		known = false
	}
	if !ok {
		return p.rpkirtrInvalid(b, length)
	}
	if p.vflag > 1 || !known {
		p.unknownData(b, "\n\t  ", asInt(size))
	}
	return size
}

func (p *Printer) rpkirtrInvalid(b []byte, length uint32) uint32 {
	p.invalid()
	need(b, 0, int(length))
	return length
}

// rpkirtrReport prints an error report (RFC 6810 section 5.10), with the unit
// it is about unless it is itself in one. It reports whether its lengths agree.
func (p *Printer) rpkirtrReport(b []byte, size uint32, indent string, inReport bool) bool {
	// the sums wrap around as 32-bit numbers
	end := uint32(rpkirtrHeaderLen) + 4
	if size < end {
		return false
	}
	inner, code := u32(b, 8), u16(b, 2)
	p.printf("%sError code: %s (%d), Encapsulated PDU length: %d",
		indent, tokStr(rpkirtrErrors, "Unknown", code), code, inner)
	if inner > 0 {
		if size < end+inner {
			return false
		}
		if inReport {
			need(b, 0, int(end+inner))
		} else {
			p.str("\n\t    -----encapsulated PDU-----")
			p.rpkirtrPDU(at(b, int(end)), inner, true)
		}
		end += inner
	}
	if size < end+4 {
		return false
	}
	text := u32(b, int(end))
	end += 4
	if text > 0 {
		if size < end+text {
			return false
		}
		p.printf("%sError text: ", indent)
		p.safeN(at(b, int(end)), asInt(text))
	}
	return true
}
