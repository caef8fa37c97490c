// igrp.go: Cisco Interior Gateway Routing Protocol.

package printer

const (
	igrpHeaderLen = 12
	igrpEntryLen  = 14
	igrpMetricMax = 0xffffff
)

var igrpOpcodes = []tok{{1, "update"}, {2, "request"}}

func (p *Printer) igrp(b []byte, length int) {
	p.proto = "igrp"
	p.str("igrp:")
	// how many entries are in this network, in this system, outside of it
	interior, system, exterior := u16(b, 4), u16(b, 6), u16(b, 8)
	first := u8(b, 0)
	p.printf(" %s V%d edit=%d AS=%d (%d/%d/%d)", tokStr(igrpOpcodes, "op-#%d", first&0x0f), first>>4,
		u8(b, 1), u16(b, 2), interior, system, exterior)
	sum := u16(b, 10)
	if p.vflag > 0 {
		p.printf(" checksum=0x%04x", sum)
	}
	i, left := igrpHeaderLen, uint32(length)-igrpHeaderLen
	for ; left >= igrpEntryLen; i, left = i+igrpEntryLen, left-igrpEntryLen {
		n := bytesAt(b, i, 3)
		switch {
		case interior > 0:
			p.printf(" *.%d.%d.%d", n[0], n[1], n[2])
			interior--
		case system > 0:
			p.printf(" %d.%d.%d.0", n[0], n[1], n[2])
			system--
		case exterior > 0:
			p.printf(" X%d.%d.%d.0", n[0], n[1], n[2])
			exterior--
		default:
			p.printf(" [extra bytes %d]", left)
			p.invalid()
			return
		}
		p.igrpMetrics(at(b, i))
	}
	if interior|system|exterior != 0 || left != 0 {
		p.invalid()
	}
}

// igrpMetrics prints what an entry says of the way: the delay, in units of 10
// microseconds, and the inverse bandwidth, in units of 10 Gb/s, make the metric.
func (p *Printer) igrpMetrics(b []byte) {
	delay, inverse := u24(b, 3), u24(b, 6)
	bandwidth := uint32(0)
	if inverse != 0 {
		bandwidth = 10000000 / inverse
	}
	p.printf(" d=%d b=%d r=%d l=%d M=%d mtu=%d in %d hops", 10*delay, bandwidth, u8(b, 11), u8(b, 12),
		min(inverse+delay, igrpMetricMax), u16(b, 9), u8(b, 13))
}
