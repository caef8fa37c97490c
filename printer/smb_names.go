// smb_names.go: NetBIOS names (RFC 1001 section 14, RFC 1002 section 4.1) and the
// times of SMB (MS-CIFS section 2.2.1.4).

package printer

import (
	"strconv"
	"time"

	"github.com/tapdump/tapdump/internal/zone"
	"github.com/tapdump/tapdump/versions"
)

const (
	smbNameLen     = 15 // and a byte for the type
	smbNamePointer = 0xc0
)

// smbNameTypes are what a name stands for: its last byte.
var smbNameTypes = []tok{
	{0x00, "Workstation"},
	{0x03, "Client?"},
	{0x1b, "Domain Controller"},
	{0x1d, "Master Browser"},
	{0x1e, "Browser Server"},
	{0x20, "Server"},
}

func (p *Printer) smbNameType(kind uint8) {
	p.printf(" NameType=0x%02X (%s)", kind, tokStr(smbNameTypes, "Unknown", kind))
}

// smbPlainName prints a name that is not encoded and returns its length.
func (p *Printer) smbPlainName(m *smbMessage, i int) int {
	kind := u8(m.b, i+smbNameLen)
	p.smbPadded(m.b[i:i+smbNameLen], smbNameLen)
	p.smbNameType(kind)
	return smbNameLen + 1
}

// smbEncodedName prints a name whose half bytes are letters from A to P, and
// returns how long it is with its scope.
func (p *Printer) smbEncodedName(m *smbMessage, i, end int) (int, bool) {
	at, ok := smbNameStart(m.b, i, end)
	if !ok {
		return 0, false
	}
	var text [smbNameLen * 2]byte
	name, kind, ok := smbDecodeName(&text, m.b, at, end)
	if !ok {
		return 0, false
	}
	n, ok := smbNameSize(m.b, i, end)
	if !ok {
		return 0, false
	}
	p.smbPadded(name[:min(len(name), smbNameLen)], smbNameLen)
	p.smbNameType(kind)
	return n, true
}

// smbNameStart is where a name is that may be a pointer to elsewhere.
func smbNameStart(b []byte, i, end int) (int, bool) {
	if i >= end {
		return 0, false
	}
	if u8(b, i)&smbNamePointer != smbNamePointer {
		return i, true
	}
	if !has(b, i, 2) || i+1 >= end {
		return 0, false
	}
	to := int(u16(b, i) & 0x3fff)
	return to, to != 0 && to < end && has(b, to, 1)
}

// smbDecodeName decodes the first label of a name. A label that is none is decoded
// as far as it goes, and has type 0. It fails when the label was cut, or when the
// type has its highest bit set.
func smbDecodeName(text *[smbNameLen * 2]byte, b []byte, i, end int) (name []byte, kind uint8, ok bool) {
	if i >= end {
		return nil, 0, false
	}
	n := int(u8(b, i)) / 2
	i++
	if n == 0 || n > len(text) {
		return nil, 0, true
	}
	for j := range n {
		if !has(b, i, 2) || i+1 >= end {
			return nil, 0, false
		}
		high, low := b[i]-'A', b[i+1]-'A'
		if high > 15 || low > 15 {
			return text[:j], 0, true
		}
		text[j] = high<<4 | low
		i += 2
	}
	kind = text[n-1]
	return text[:n], kind, kind < 0x80
}

// smbNameSize is how many bytes a name takes: its labels, or a pointer to them.
func smbNameSize(b []byte, i, end int) (int, bool) {
	if i >= end {
		return 0, false
	}
	if u8(b, i)&smbNamePointer == smbNamePointer {
		return 2, true
	}
	from := i
	for u8(b, i) != 0 {
		if i >= end {
			return 0, false
		}
		i += int(b[i]) + 1
		if !has(b, i, 1) {
			return 0, false
		}
	}
	return i - from + 1, true
}

// smbNTEpoch is how many seconds lie between the beginnings of the times of NT, 1601,
// and of Unix, 1970.
const smbNTEpoch = 11644473600

var smbNTSeconds = versions.Since(versions.V5_0, "SMB", "times of NT as dates, a few seconds off", "the number of 100 ns is taken for seconds: a year that is far away, or `[localtime() or gmtime() couldn't convert the date and time]`")

// smbTime prints a time in one of its three forms and returns how many bytes it
// takes.
func (p *Printer) smbTime(m *smbMessage, i, form int) (int, bool) {
	const ofNT = 3
	if form == ofNT {
		if !has(m.b, i, 8) {
			return 0, false
		}
		if p.follows(smbNTSeconds) {
			p.smbPrintTime(int64(le64(m.b, i)) + smbNTEpoch)
		} else {
			p.smbPrintTime(smbNTTime(m.b, i))
		}
		return 8, true
	}
	v := le32(m.b, i)
	if v == 0xffffffff {
		v = 0
	}
	if form == 2 {
		v = v<<16 | v>>16
	}
	p.smbPrintTime(p.smbDOSTime(v))
	return 4, true
}

// smbPrintTime prints a time. The C library has 32 bits for the years since 1900,
// and shows years in 32 bits; tcpdump leaves 25 characters for all.
func (p *Printer) smbPrintTime(seconds int64) {
	if seconds == 0 {
		p.str("NULL\n")
		return
	}
	t := time.Unix(seconds, 0).In(p.opts.Location)
	year := smbYear(t)
	if since := year - 1900; since != int64(int32(since)) {
		p.str("[localtime() or gmtime() couldn't convert the date and time]\n")
		return
	}
	start := len(p.out)
	p.out = strconv.AppendInt(p.out, int64(int32(year)), 10)
	p.out = zone.AppendFormat(p.out, t, "-01-02 15:04:05")
	if len(p.out)-start > 25 {
		p.out = append(p.out[:start], "[nd_format_time() buffer is too small]"...)
	}
	p.char('\n')
}

// smbYear is the year of a time, which need not fit an int: the calendar repeats
// after 400 years.
func smbYear(t time.Time) int64 {
	_, offset := t.Zone()
	local := t.Unix() + int64(offset)
	n := local / timeCalendarCycle
	if local%timeCalendarCycle < 0 {
		n--
	}
	return n*400 + int64(time.Unix(local-n*timeCalendarCycle, 0).UTC().Year())
}

// smbDOSTime is a time of bit fields, the date in the upper half, in the local
// zone without daylight saving. 0 is none.
func (p *Printer) smbDOSTime(v uint32) int64 {
	if v == 0 {
		return 0
	}
	year, month, day := int(v>>25)+1980, time.Month(v>>21&15), int(v>>16&31)
	hour, minute, second := int(v>>11&31), int(v>>5&63), int(v&31)*2
	t := time.Date(year, month, day, hour, minute, second, 0, p.opts.Location)
	for months := 3; t.IsDST() && months < 12; months += 3 {
		if other := t.AddDate(0, months, 0); !other.IsDST() {
			_, summer := t.Zone()
			_, winter := other.Zone()
			return t.Unix() + int64(summer-winter)
		}
	}
	return t.Unix()
}

// smbNTTime is the number of seconds since 1970 of a time in units of 100 ns since
// 1601, from its upper five bytes; 0 for what is before. It is off by what
// tcpdump's own arithmetic is.
func smbNTTime(b []byte, i int) int64 {
	const unit = 1e-7 * (1 << 24)
	const toUnix = -369*365.25*24*60*60 + 3*24*60*60 + 6*60*60 + 2
	seconds := float64((float64(le32(b, i+4))*256+float64(u8(b, i+3)))*unit) + toUnix
	if seconds < 0 {
		return 0
	}
	return int64(seconds)
}
