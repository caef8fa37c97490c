// ntp.go: Network Time Protocol (RFC 5905, RFC 1305, RFC 9327).

package printer

import (
	"time"

	"github.com/tapdump/tapdump/versions"
)

var (
	ntpChecks = versions.Since(versions.V5_0, "NTP", "a message that is too short is `(invalid)`; of one that is cut, a field that is not whole is left out",
		"`[length 47 < 48] (invalid)`; of one that is cut, the field's name is printed, and `NTP` stands before what has no first byte")
	ntpKissCodes = versions.Since(versions.V5_0, "NTP", "the reference id of stratum 0 is `(unspec)`", "a kiss code is printed: `RATE`")
	ntpFields    = versions.Since(versions.V5_0, "NTP", "`(28 more bytes after the header)`",
		"extension fields of version 4 (RFC 7822) are listed, with -vvv dumped: `Unique Identifier (0x0104), length 28`; a key is looked for behind them; `(5 more bytes after the header and extension fields)`")
)

const (
	ntpHeaderLen  = 48
	ntpControlLen = 12

	ntpModeControl  = 6
	ntpModeReserved = 7
)

var ntpModes = [8]string{
	"unspecified", "symmetric active", "symmetric passive", "Client", "Server", "Broadcast",
	"Control Message", "Reserved",
}

// ntpLeaps are the leap indicators, by their two bits.
var ntpLeaps = [4]string{"", "+1s", "-1s", "clock unsynchronized"}

// Where the fields of the header are.
const (
	ntpRootDelay      = 4
	ntpRootDispersion = 8
	ntpReferenceID    = 12
	ntpReferenceTime  = 16
	ntpOriginTime     = 24
	ntpReceiveTime    = 32
	ntpTransmitTime   = 40
)

func (p *Printer) ntp(b []byte, length int) {
	p.proto = "ntp"
	if p.follows(ntpChecks) {
		p.str("NTP")
		u8(b, 0)
	} else {
		u8(b, 0)
		p.str("NTP")
	}
	status := b[0]
	mode := status & 7
	p.printf("v%d, %s, length %d", status>>3&7, ntpModes[mode], length)
	if p.vflag == 0 {
		return
	}
	p.printf("\n\tLeap indicator: %s (%d)", ntpLeaps[status>>6], status&0xc0)
	ok := true
	switch mode {
	case ntpModeControl:
		ok = p.ntpControl(b, length)
	case ntpModeReserved:
	default:
		ok = p.ntpHeader(b, length)
	}
	if !ok {
		p.truncSince(ntpChecks)
	}
}

// ntpInvalid marks a message that is shorter than least, and reports whether what
// there is of it was captured.
func (p *Printer) ntpInvalid(b []byte, length, least int) bool {
	p.wrongSince(ntpChecks, "length", length, "<", least)
	p.invalid()
	return has(b, 0, length)
}

// ntpLabel prints the name of the field of n bytes at b[i] and reports whether it
// was captured.
func (p *Printer) ntpLabel(b []byte, i, n int, label string) bool {
	whole := has(b, i, n)
	if whole || p.follows(ntpChecks) {
		p.str(label)
	}
	return whole
}

// ntpHeader prints a message of the modes that tell the time (RFC 5905 section
// 7.3) and reports whether it was whole.
func (p *Printer) ntpHeader(b []byte, length int) bool {
	if length < ntpHeaderLen {
		return p.ntpInvalid(b, length, ntpHeaderLen)
	}
	stratum := u8(b, 1)
	p.printf(", Stratum %d (%s)", stratum, ntpStratum(stratum))
	poll := int8(u8(b, 2))
	p.printf(", poll %d", poll)
	switch {
	case poll <= -32 || poll >= 32:
	case poll >= 0:
		p.printf(" (%ds)", uint32(1)<<poll)
	default:
		p.printf(" (1/%ds)", uint32(1)<<-poll)
	}
	p.printf(", precision %d", int8(u8(b, 3)))
	for _, field := range [...]struct {
		at    int
		label string
	}{{ntpRootDelay, "\n\tRoot Delay: "}, {ntpRootDispersion, ", Root dispersion: "}} {
		if !p.ntpLabel(b, field.at, 4, field.label) {
			return false
		}
		p.ntpShort(u32(b, field.at))
	}
	if !p.ntpLabel(b, ntpReferenceID, 4, ", Reference-ID: ") && !p.follows(ntpChecks) {
		return false
	}
	switch stratum {
	case 0:
		if first := u8(b, ntpReferenceID); first >= ' ' && first <= '~' && p.follows(ntpKissCodes) {
			p.safeN(b[ntpReferenceID:], 4)
			break
		}
		p.str("(unspec)")
		need(b, ntpReferenceID, 4)
	case 1:
		p.safeN(b[ntpReferenceID:], 4)
	case 62: // of the reference implementation of RFC 1119
		p.printf("%s INFO_QUERY", ip4At(b, ntpReferenceID))
		return true
	case 63:
		p.printf("%s INFO_REPLY", ip4At(b, ntpReferenceID))
		return true
	default:
		p.printf("0x%08x", u32(b, ntpReferenceID))
	}
	return p.ntpTimes(b) && p.ntpTrailer(b, length, p.ntpExtensions(b, length))
}

func ntpStratum(stratum uint8) string {
	switch {
	case stratum == 0:
		return "unspecified"
	case stratum == 1:
		return "primary reference"
	case stratum <= 15:
		return "secondary reference"
	}
	return "reserved"
}

// ntpTimes prints the four times and what they tell about the way.
func (p *Printer) ntpTimes(b []byte) bool {
	for i, label := range [...]string{
		"\n\t  Reference Timestamp:  ", "\n\t  Origin Timestamp:     ",
		"\n\t  Receive Timestamp:    ", "\n\t  Transmit Timestamp:   ",
	} {
		at := ntpReferenceTime + 8*i
		if !p.ntpLabel(b, at, 8, label) {
			return false
		}
		p.ntpTime(b, at)
	}
	p.str("\n\t    Originator - Receive Timestamp:  ")
	p.ntpDifference(b, ntpOriginTime, ntpReceiveTime)
	p.str("\n\t    Originator - Transmit Timestamp: ")
	p.ntpDifference(b, ntpOriginTime, ntpTransmitTime)
	return true
}

// ntpTrailer prints what follows the header and its extension fields, at b[key]: by
// its length a key, a key and a digest, or something else.
func (p *Printer) ntpTrailer(b []byte, length, key int) bool {
	digest := key + 4
	switch length {
	case key:
	case digest, digest + 16, digest + 20:
		p.printf("\n\tKey id: %d", u32(b, key))
		if length == digest {
			return true
		}
		if !has(b, digest, length-digest) {
			return false
		}
		p.str("\n\tAuthentication: ")
		for _, c := range b[digest:length] {
			p.hex(uint64(c), 2)
		}
	default:
		p.printf("\n\t(%d more bytes after the header", length-key)
		if p.follows(ntpFields) {
			p.str(" and extension fields")
		}
		p.char(')')
	}
	return true
}

// The last extension field of a message has at least this many bytes, so that it is
// not taken for a key and its digest (RFC 7822 section 3).
const ntpLastFieldMin = 28

var ntpFieldTypes = []tok{
	{0x0104, "Unique Identifier"},
	{0x0204, "NTS Cookie"},
	{0x0304, "NTS Cookie Placeholder"},
	{0x0404, "NTS Authenticator and Encrypted Extension Fields"},
	{0x2005, "Checksum Complement"},
}

// ntpExtensions prints the extension fields of version 4 (RFC 7822 section 3) and
// returns where they end.
func (p *Printer) ntpExtensions(b []byte, length int) int {
	i := ntpHeaderLen
	if !p.follows(ntpFields) || b[0]>>3&7 != 4 {
		return i
	}
	for length-i >= ntpLastFieldMin {
		kind, n := u16(b, i), int(u16(b, i+2))
		if n < 4 || n%4 != 0 || n > length-i {
			p.invalid()
			break
		}
		if i == ntpHeaderLen {
			p.str("\n\tExtension fields:")
		}
		p.printf("\n\t  %s (0x%04x), length %d", tokStr(ntpFieldTypes, "Unknown type", kind), kind, n)
		if p.vflag > 2 {
			p.hexDump("\n\t    ", b[i+4:], n-4)
		}
		need(b, i, n)
		i += n
	}
	return i
}

// ntpControl prints a control message (RFC 9327 section 2) and reports whether
// it was whole.
func (p *Printer) ntpControl(b []byte, length int) bool {
	if length < ntpControlLen {
		return p.ntpInvalid(b, length, ntpControlLen)
	}
	control := u8(b, 1)
	kind, result, more := "Request", "OK", "Last"
	if control&0x80 != 0 {
		kind = "Response"
	}
	if control&0x40 != 0 {
		result = "Error"
	}
	if control&0x20 != 0 {
		more = "More"
	}
	p.printf(", %s, %s, %s, OpCode=%d\n", kind, result, more, control&0x1f)
	p.printf("\tSequence=%d", u16(b, 2))
	p.printf(", Status=%#x", u16(b, 4))
	p.printf(", Assoc.=%d", u16(b, 6))
	p.printf(", Offset=%d", u16(b, 8))
	count := int(u16(b, 10))
	p.printf(", Count=%d", count)
	if ntpControlLen+count > length {
		return p.ntpInvalid(b, length, ntpControlLen+count)
	}
	if count > 0 {
		if !has(b, ntpControlLen, count) {
			return false
		}
		p.str("\n\tTO-BE-DONE: data not interpreted")
	}
	return true
}

// ntpShort appends a number of the short format: 16 bits before the point and 16
// behind it (RFC 5905 section 6).
func (p *Printer) ntpShort(v uint32) {
	p.printf("%d.%06d", v>>16, uint32(float64(v&0xffff)/65536*1e6))
}

// ntpSeconds appends a number of seconds with its fraction in units of 2^-32.
func (p *Printer) ntpSeconds(seconds, fraction uint32) {
	p.printf("%d.%09d", seconds, uint32(float64(fraction)/(1<<32)*1e9))
}

// ntpTime appends the timestamp at b[i]: seconds since 1900, or since 2036 when
// the top bit is clear (RFC 4330 section 3), and the date.
func (p *Printer) ntpTime(b []byte, i int) { p.ntpTimeFormat(b, i, "2006-01-02T15:04:05Z") }

// ntpTimeFormat is ntpTime with the date in another layout of package time.
func (p *Printer) ntpTimeFormat(b []byte, i int, layout string) {
	v := u64(b, i)
	seconds := uint32(v >> 32)
	p.ntpSeconds(seconds, uint32(v))
	if seconds == 0 {
		return
	}
	const era0, era1 = -2208988800, 2085978496 // in seconds since 1970
	unix := int64(seconds) + era0
	if seconds&0x80000000 == 0 {
		unix = int64(seconds) + era1
	}
	p.str(" (")
	p.out = time.Unix(unix, 0).UTC().AppendFormat(p.out, layout)
	p.char(')')
}

// ntpDifference appends the timestamp at b[later] less the one at b[earlier], or
// the former as it is when the latter is zero.
func (p *Printer) ntpDifference(b []byte, earlier, later int) {
	from, to := u64(b, earlier), u64(b, later)
	if from == 0 {
		p.ntpTime(b, later)
		return
	}
	if to > from {
		p.char('+')
		to -= from
	} else {
		p.char('-')
		to = from - to
	}
	p.ntpSeconds(uint32(to>>32), uint32(to))
}
