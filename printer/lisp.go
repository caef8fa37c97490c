// lisp.go: Locator/ID Separation Protocol, Map-Register and Map-Notify (RFC 6830).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	lispInvalid = versions.Since(versions.V5_0, "LISP",
		"`[\\|lisp]` for less than a header, records after authentication data that is longer than the packet, `(invalid)` for none", "`LISP [length 4 < 16] (invalid)`, `[authentication data length 20 > 4] (invalid)`, `[record count 0 == 0] (invalid)`")
	lispUnknown = versions.Since(versions.V5_0, "LISP", "`unknown-type-5`; nothing for an address family that is not known", "`LISP-unknown-type-5`; `[unsupported address family identifier 16387]`")
	lispCut     = versions.Since(versions.V5_0, "LISP", "nothing of a header that was cut; `(invalid)` for an identifier that was", "what was captured, then `[\\|lisp]`")
)

const (
	lispHeaderLen  = 16
	lispRecordLen  = 12
	lispLocatorLen = 8

	lispMapRegister = 3
	lispMapNotify   = 4
)

var lispTypes = []tok{
	{0, "LISP-Reserved"},
	{1, "LISP-Map-Request"},
	{2, "LISP-Map-Reply"},
	{lispMapRegister, "LISP-Map-Register"},
	{lispMapNotify, "LISP-Map-Notify"},
	{8, "LISP-Encapsulated-Control-Message"},
}

var lispRegisterFlags = []tok{
	{0x08000000, "P-Proxy-Map-Reply"},
	{0x04000000, "S-LISP-SEC-Capable"},
	{0x02000000, "I-xTR-ID-Present"},
	{0x01000000, "R-Build-For-RTR"},
	{0x00000100, "M-Want-Map-Notify"},
}

var lispNotifyFlags = []tok{
	{0x08000000, "I-xTR-ID-Present"},
	{0x04000000, "R-Build-For-RTR"},
}

var lispAuthTypes = []tok{{0, "None"}, {1, "SHA1"}, {2, "SHA256"}}

var lispActions = []string{"No-Action", "Natively-Forward", "Send-Map-Request", "Drop"}

var lispLocatorFlags = []tok{
	{0x0004, "Local-Locator"},
	{0x0002, "RLoc-Probed"},
	{0x0001, "Reachable"},
}

// lisp prints a control message. Those other than Map-Register and Map-Notify
// are only named.
func (p *Printer) lisp(b []byte, length int) {
	p.proto = "lisp"
	if !has(b, 0, lispHeaderLen) && !p.follows(lispCut) {
		p.truncMark()
		return
	}
	if p.follows(lispInvalid) && uint32(length) < lispHeaderLen {
		p.str("LISP")
		p.refuse("length", length, "<", lispHeaderLen)
		return
	}
	kind := p.lispType(b)
	withID := false // xTR-ID and Site-ID follow the records
	switch kind {
	case lispMapRegister:
		withID = b[0]&0x02 != 0
		p.lispFlags(lispRegisterFlags, b)
	case lispMapNotify:
		withID = b[0]&0x08 != 0
		p.lispFlags(lispNotifyFlags, b)
	default:
		need(b, 0, lispHeaderLen)
		return
	}
	authLen := int(u16(b, 14))
	records := int(b[3])
	if !p.lispAuthentication(b, records, authLen, length) {
		return
	}
	// Offsets wrap round like the 16 bits that count them.
	i := uint16(lispHeaderLen + authLen)
	for ; records > 0 && length > int(i); records-- {
		var ok bool
		if i, ok = p.lispRecord(b, i); !ok {
			return
		}
	}
	p.lispTrailer(at(b, int(i)), withID)
}

// lispType prints and returns the type of a message.
func (p *Printer) lispType(b []byte) uint8 {
	if len(b) == 0 {
		p.str("LISP") // is printed before anything is read, since 5.0
	}
	kind := u8(b, 0) >> 4
	if tokName(lispTypes, uint32(kind)) == "" && p.follows(lispUnknown) {
		p.str("LISP-")
	}
	p.printf("%s,", tokStr(lispTypes, "unknown-type-%d", kind))
	return kind
}

func (p *Printer) lispFlags(table []tok, b []byte) {
	if p.vflag > 0 {
		p.printf(" flags [%s],", bitStr(table, "none", u32(b, 0)))
	}
}

// lispAuthentication prints the number of records and the authentication data. It
// reports whether there are records to print.
func (p *Printer) lispAuthentication(b []byte, records, authLen, length int) bool {
	if p.vflag > 0 {
		p.printf("\n    %d record(s), Authentication %s,", records, tokStr(lispAuthTypes, "unknown-type", u16(b, 12)))
	} else {
		p.printf(" %d record(s),", records)
	}
	if most := length - lispHeaderLen; authLen > most && p.follows(lispInvalid) {
		p.refuse("authentication data length", authLen, ">", most)
		return false
	}
	if p.vflag > 0 {
		p.hexDump("\n    Authentication-Data: ", at(b, lispHeaderLen), authLen)
	}
	switch {
	case records > 0:
		return true
	case p.follows(lispInvalid):
		p.refuse("record count", records, "==", 0)
	default:
		p.invalid()
	}
	return false
}

// lispRecord prints the mapping record at b[i] and returns the index of what
// follows, or false when the message cannot be followed any further.
func (p *Printer) lispRecord(b []byte, i uint16) (uint16, bool) {
	r := at(b, int(i))
	if !has(r, 0, lispRecordLen) {
		p.truncSince(lispCut)
		return 0, false
	}
	p.char('\n')
	i += lispRecordLen
	if p.vflag > 0 {
		p.printf("      Record TTL %d,", u32(r, 0))
		if r[6]>>4&1 != 0 {
			p.str(" Authoritative,")
		} else {
			p.str(" Non-Authoritative,")
		}
		action := strName(lispActions, r[6]>>5)
		if action == "" {
			action = "unknown"
		}
		p.printf(" %s, Map Version: %d,", action, u16(r, 8)&0x0fff)
	}
	switch family := u16(r, 10); family {
	case afIPv4:
		p.printf(" EID %s/%d,", ip4At(b, int(i)), r[5])
		i += 4
	case afIPv6:
		p.printf(" EID %s/%d,", ip6At(b, int(i)), r[5])
		i += 16
	default:
		if p.follows(lispUnknown) {
			p.printf(" [unsupported address family identifier %d]", family)
		}
		return 0, false
	}
	p.printf(" %d locator(s)", r[4])
	for range r[4] {
		var ok bool
		if i, ok = p.lispLocator(b, i); !ok {
			return 0, false
		}
	}
	return i, true
}

// lispLocator does the same for a locator.
func (p *Printer) lispLocator(b []byte, i uint16) (uint16, bool) {
	l := at(b, int(i))
	if !has(l, 0, lispLocatorLen) {
		p.truncSince(lispCut)
		return 0, false
	}
	i += lispLocatorLen
	if p.vflag > 0 {
		p.str("\n       ")
	}
	size := 0
	switch u16(l, 6) {
	case afIPv4:
		size = 4
	case afIPv6:
		size = 16
	}
	if !has(b, int(i), size) {
		p.truncSince(lispCut)
		return 0, false
	}
	switch size {
	case 4:
		p.printf(" LOC %s", ip4At(b, int(i)))
	case 16:
		p.printf(" LOC %s", ip6At(b, int(i)))
	}
	if p.vflag > 0 {
		p.printf("\n          Priority/Weight %d/%d, Multicast Priority/Weight %d/%d,", l[0], l[1], l[2], l[3])
		p.printf(" flags [%s],", bitStr(lispLocatorFlags, "none", u16(l, 4)))
	}
	return i + uint16(size), true
}

// lispTrailer prints what follows the records.
func (p *Printer) lispTrailer(b []byte, withID bool) {
	if withID {
		if !has(b, 0, 24) && !p.follows(lispCut) {
			p.invalid()
			return
		}
		p.hexDump("\n    xTR-ID: ", b, 16)
		p.printf("\n    SITE-ID: %d", u64(b, 16))
		return
	}
	if len(b) > 0 {
		p.hexDump("\n    Data: ", b, len(b))
	}
}
