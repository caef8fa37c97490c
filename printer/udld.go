// udld.go: Cisco UniDirectional Link Detection (RFC 5171).

package printer

import "github.com/tapdump/tapdump/versions"

var udldName = versions.Since(versions.V5_0, "UDLD", "`(invalid)` alone, or nothing", "`UDLD (invalid)`, `UDLD [\\|udld]`")

const (
	udldDeviceID        = 1
	udldPortID          = 2
	udldEcho            = 3
	udldMessageInterval = 4
	udldTimeoutInterval = 5
	udldDeviceName      = 6
	udldSequence        = 7
)

const udldHeaderLen = 4

var (
	udldTLVs = []tok{
		{udldDeviceID, "Device-ID TLV"},
		{udldPortID, "Port-ID TLV"},
		{udldEcho, "Echo TLV"},
		{udldMessageInterval, "Message Interval TLV"},
		{udldTimeoutInterval, "Timeout Interval TLV"},
		{udldDeviceName, "Device Name TLV"},
		{udldSequence, "Sequence Number TLV"},
	}
	udldOpcodes = []tok{
		{0, "Reserved"},
		{1, "Probe message"},
		{2, "Echo message"},
		{3, "Flush message"},
	}
	udldFlags = []tok{
		{0x01, "RT"},
		{0x02, "RSY"},
		{0x04, "MBZ-2"},
		{0x08, "MBZ-3"},
		{0x10, "MBZ-4"},
		{0x20, "MBZ-5"},
		{0x40, "MBZ-6"},
		{0x80, "MBZ-7"},
	}
)

func (p *Printer) udld(b []byte, length int) {
	p.proto = "udld"
	name := p.named(udldName, "UDLD")
	if length < udldHeaderLen {
		p.udldInvalid(b, length)
		return
	}
	first, flags := u8(b, 0), u8(b, 1)
	version, opcode := first>>5, first&0x1f
	p.printf("%sv%d, Code %s (%x), Flags [%s] (0x%02x), length %d", name, version,
		tokStr(udldOpcodes, "Reserved", opcode), opcode, bitStr(udldFlags, "none", flags), flags, uint32(length))
	if p.vflag == 0 {
		need(b, 0, length)
		return
	}
	p.printf("\n\tChecksum 0x%04x (unverified)", u16(b, 2))
	for i := udldHeaderLen; i < length; {
		if length-i < 4 {
			p.udldInvalid(at(b, i), length-i)
			return
		}
		kind, n := u16(b, i), int(u16(b, i+2))
		i += 4
		p.printf("\n\t%s (0x%04x) TLV, length %d", tokStr(udldTLVs, "Unknown", kind), kind, n)
		n -= 4
		if n <= 0 || n > length-i || !p.udldTLV(kind, at(b, i), n) {
			p.udldInvalid(at(b, i), length-i)
			return
		}
		i += n
	}
}

// udldTLV prints the value of a TLV and reports whether it has the right
// length.
func (p *Printer) udldTLV(kind uint16, value []byte, n int) bool {
	switch kind {
	case udldDeviceID, udldPortID, udldDeviceName:
		p.str(", ")
		p.safePadded(value, n)
	case udldEcho:
		p.str(", ")
		p.safeN(value, n)
	case udldMessageInterval, udldTimeoutInterval:
		if n != 1 {
			return false
		}
		p.printf(", %ds", u8(value, 0))
	case udldSequence:
		if n != 4 {
			return false
		}
		p.printf(", %d", u32(value, 0))
	default:
		need(value, 0, n)
	}
	return true
}

// udldInvalid ends a malformed packet; what is left of it must be captured.
func (p *Printer) udldInvalid(b []byte, left int) {
	p.invalid()
	need(b, 0, left)
}
