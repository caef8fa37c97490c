// oam.go: operation and maintenance cells of ATM (ITU-T I.610).

package printer

import "github.com/tapdump/tapdump/versions"

var oamBytes = versions.Since(versions.V5_0, "ATM OAM", "identifiers in words that begin one byte late", "identifiers byte by byte")

// Bytes of header error control behind a cell's header: some link layers leave
// them out.
const (
	oamNoHEC = 0
	oamHEC   = 1
)

const (
	oamFault       = 1
	oamPerformance = 2
	oamActivation  = 8

	oamFaultAIS      = oamFault << 4
	oamFaultRDI      = oamFault<<4 | 1
	oamFaultLoopback = oamFault<<4 | 8
)

const (
	oamHeaderLen   = 4
	oamPayloadLen  = 48
	oamFunctionLen = 45 // what stands between the types and the checksum
)

var (
	oamFlows = []tok{
		{atmVCIOAMSegment, "OAM F4 (segment)"},
		{atmVCIOAMEnd, "OAM F4 (end)"},
	}
	oamPayloadTypes = [...]string{
		"user data, uncongested, SDU 0",
		"user data, uncongested, SDU 1",
		"user data, congested, SDU 0",
		"user data, congested, SDU 1",
		"VCC OAM F5 flow segment",
		"VCC OAM F5 flow end-to-end",
		"Traffic Control and resource Mgmt",
		"Unknown",
	}
	oamCellTypes = []tok{
		{oamFault, "Fault Management"},
		{oamPerformance, "Performance Management"},
		{oamActivation, "activate/deactivate"},
		{15, "System Management"},
	}
	oamFaults = []tok{
		{0, "AIS"},
		{1, "RDI"},
		{4, "Continuity Check"},
		{8, "Loopback"},
	}
	oamPerformances = []tok{
		{0, "Forward Monitoring"},
		{1, "Backward Reporting"},
		{2, "Monitoring and Reporting"},
	}
	oamActivations = []tok{
		{0, "Performance Monitoring"},
		{1, "Continuity Check"},
	}
	oamLoopbackIndicators = [2]string{"Reply", "Request"}
)

// oam prints a cell, whose header is followed by hec bytes of error control.
func (p *Printer) oam(b []byte, length, hec int) {
	p.proto = "oam"
	// tcpdump skips the error control in front of the header
	header, types := u32(b, hec), u8(b, hec+oamHeaderLen)
	vci := header >> 4 & 0xffff
	p.printf("%s, vpi %d, vci %d, payload [ %s ], clp %d, length %d", tokStr(oamFlows, "OAM F5", vci),
		header>>20&0xff, vci, oamPayloadTypes[header>>1&7], header&1, uint32(length))
	if p.vflag == 0 {
		return
	}
	cell, function := types>>4, types&15
	p.printf("\n\tcell-type %s (%d)", tokStr(oamCellTypes, "unknown", cell), cell)
	switch cell {
	case oamFault:
		p.printf(", func-type %s (%d)", tokStr(oamFaults, "none", function), function)
	case oamPerformance:
		p.printf(", func-type %s (%d)", tokStr(oamPerformances, "none", function), function)
	case oamActivation:
		p.printf(", func-type %s (%d)", tokStr(oamActivations, "none", function), function)
	default:
		p.printf(", func-type unknown (%d)", function)
	}
	payload := b[hec+oamHeaderLen:]
	switch types {
	case oamFaultLoopback:
		need(payload, 1, oamFunctionLen)
		p.printf("\n\tLoopback-Indicator %s, Correlation-Tag 0x%08x",
			oamLoopbackIndicators[payload[1]&1], u32(payload, 2))
		p.oamID("\n\tLocation-ID ", payload, 6, 12)
		p.oamID("\n\tSource-ID   ", payload, 18, 12)
	case oamFaultAIS, oamFaultRDI:
		need(payload, 1, oamFunctionLen)
		p.printf("\n\tFailure-type 0x%02x", payload[1])
		p.oamID("\n\tLocation-ID ", payload, 2, 16)
	}
	sum, verdict := u16(payload, oamPayloadLen-2)&0x3ff, "correct"
	if oamCRC10(payload[:oamPayloadLen]) != 0 {
		verdict = "incorrect"
	}
	p.printf("\n\tcksum 0x%03x (%s)", sum, verdict)
}

// oamID prints an identifier of n bytes at b[i] as tcpdump does: until 5.0 in words
// that begin one byte late.
func (p *Printer) oamID(label string, b []byte, i, n int) {
	p.str(label)
	if p.follows(oamBytes) {
		for j, c := range b[i : i+n] {
			if j > 0 {
				p.char(' ')
			}
			p.hex(uint64(c), 2)
		}
		return
	}
	for j := i + 1; j < i+n; j += 2 {
		p.printf("%04x ", u16(b, j))
	}
}

// oamCRC10 is the remainder of a payload with its checksum (I.610 section 7.1,
// generator x^10+x^9+x^5+x^4+x+1): 0 when that is right.
func oamCRC10(b []byte) uint16 {
	const generator = 0x633
	var r uint16
	for _, c := range b {
		for bit := 7; bit >= 0; bit-- {
			r = r<<1 | uint16(c>>bit&1)
			if r&0x400 != 0 {
				r ^= generator
			}
		}
	}
	return r
}
