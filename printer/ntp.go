// ntp.go: Network Time Protocol (RFC 5905, RFC 1305, RFC 9327).

package printer

import "time"

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
	status := u8(b, 0)
	mode := status & 7
	p.printf("NTPv%d, %s, length %d", status>>3&7, ntpModes[mode], length)
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
		p.truncMark()
	}
}

// ntpInvalid marks a message that is too short, and reports whether what there
// is of it was captured.
func (p *Printer) ntpInvalid(b []byte, length int) bool {
	p.invalid()
	return has(b, 0, length)
}

// ntpHeader prints a message of the modes that tell the time (RFC 5905 section
// 7.3) and reports whether it was whole.
func (p *Printer) ntpHeader(b []byte, length int) bool {
	if length < ntpHeaderLen {
		return p.ntpInvalid(b, length)
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
		if !has(b, field.at, 4) {
			return false
		}
		p.str(field.label)
		p.ntpShort(u32(b, field.at))
	}
	if !has(b, ntpReferenceID, 4) {
		return false
	}
	p.str(", Reference-ID: ")
	switch stratum {
	case 0:
		p.str("(unspec)")
	case 1:
		p.safe(b[ntpReferenceID : ntpReferenceID+4])
	case 62: // of the reference implementation of RFC 1119
		p.printf("%s INFO_QUERY", ip4At(b, ntpReferenceID))
		return true
	case 63:
		p.printf("%s INFO_REPLY", ip4At(b, ntpReferenceID))
		return true
	default:
		p.printf("0x%08x", u32(b, ntpReferenceID))
	}
	return p.ntpTimes(b) && p.ntpTrailer(b, length)
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
		if !has(b, at, 8) {
			return false
		}
		p.str(label)
		p.ntpTime(b, at)
	}
	p.str("\n\t    Originator - Receive Timestamp:  ")
	p.ntpDifference(b, ntpOriginTime, ntpReceiveTime)
	p.str("\n\t    Originator - Transmit Timestamp: ")
	p.ntpDifference(b, ntpOriginTime, ntpTransmitTime)
	return true
}

// ntpTrailer prints what follows the header: by its length a key, a key and a
// digest, or something else.
func (p *Printer) ntpTrailer(b []byte, length int) bool {
	const key, digest = ntpHeaderLen, ntpHeaderLen + 4
	switch length {
	case ntpHeaderLen:
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
		p.printf("\n\t(%d more bytes after the header)", length-ntpHeaderLen)
	}
	return true
}

// ntpControl prints a control message (RFC 9327 section 2) and reports whether
// it was whole.
func (p *Printer) ntpControl(b []byte, length int) bool {
	if length < ntpControlLen {
		return p.ntpInvalid(b, length)
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
		return p.ntpInvalid(b, length)
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
