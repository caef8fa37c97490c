// arista.go: Arista Networks' vendor specific EtherType (Arista, "Overview of
// Arista timestamps").

package printer

import "time"

const aristaTimestamp = 1

var (
	aristaSubtypes   = []tok{{aristaTimestamp, "Timestamp"}}
	aristaTimescales = []tok{{0, "TAI"}, {1, "UTC"}}
	aristaFormats    = []tok{{aristaFormat64, "64-bit"}, {aristaFormat48, "48-bit"}}
	aristaHardware   = []tok{{0, "R/R2"}, {1, "R3"}}
)

const (
	aristaFormat64 = 1
	aristaFormat48 = 2
)

// arista prints the header at b and returns its length, or -1 when it is not
// known what follows.
func (p *Printer) arista(b []byte) int {
	p.proto = "arista"
	subtype := u16(b, 0)
	p.printf("SubType %s (0x%04x), ", tokStr(aristaSubtypes, "Unknown", subtype), subtype)
	if subtype != aristaTimestamp {
		return -1
	}
	timescale := u8(b, 2)
	p.printf("Timescale %s (%d), ", tokStr(aristaTimescales, "Unknown", timescale), timescale)
	format, hardware := u8(b, 3)>>4, u8(b, 3)&0xf
	p.printf("Format %s (%d), HwInfo %s (%d), Timestamp ",
		tokStr(aristaFormats, "Unknown", format), format,
		tokStr(aristaHardware, "Unknown", hardware), hardware)
	n := 4
	var nanoseconds uint32
	switch format {
	case aristaFormat64:
		seconds := u32(b, n)
		nanoseconds = u32(b, n+4)
		p.out = time.Unix(int64(seconds), 0).UTC().AppendFormat(p.out, "2006-01-02 15:04:05")
		n += 8
	case aristaFormat48:
		seconds := u16(b, n)
		nanoseconds = u32(b, n+2)
		p.uint(uint64(seconds))
		n += 6
	default:
		return -1
	}
	p.printf(".%09d", nanoseconds)
	if nanoseconds > 999999999 {
		p.str(" (invalid ns)")
	}
	p.str(": ")
	return n
}
