// cnfp.go: Cisco NetFlow export, versions 1, 5 and 6.

package printer

import (
	"github.com/tapdump/tapdump/internal/ipproto"
	"github.com/tapdump/tapdump/versions"
)

const (
	cnfpHeaderLen1 = 16
	cnfpHeaderLen  = 24
	cnfpRecordLen1 = 48
	cnfpRecordLen  = 52
	cnfpTCPLetters = "FSRPAU"
)

var (
	cnfpFlagsAsTCP = versions.Since(versions.V4_99, "NetFlow", "TCP flags without ECE and CWR, ACK as `A`", "the letters of TCP, ACK as `.`")
	cnfpFields     = versions.Since(versions.V5_0, "NetFlow", "nothing of a header or flow that was cut; a blank behind `octets)`", "the fields before the cut; no blank")
)

func (p *Printer) cnfp(b []byte) {
	p.proto = "cnfp"
	version := u16(b, 0)
	headerLen, recordLen := cnfpHeaderLen, cnfpRecordLen
	switch version {
	case 1:
		headerLen, recordLen = cnfpHeaderLen1, cnfpRecordLen1
	case 5, 6:
	default:
		p.printf("NetFlow v%x", version)
		return
	}
	if !p.follows(cnfpFields) {
		need(b, 0, headerLen)
	}
	// The reference reads the count with the upper half of the uptime behind it.
	count, uptime := u32(b, 2), u32(b, 4)
	p.printf("NetFlow v%x, %d.%03d uptime, %d.%09d, ", version, uptime/1000, uptime%1000, u32(b, 8), u32(b, 12))
	if version != 1 {
		p.printf("#%d, ", u32(b, 16))
	}
	need(b, 0, headerLen)
	p.printf("%2d recs", count)
	for i := headerLen; count > 0; i, count = i+recordLen, count-1 {
		if !p.follows(cnfpFields) {
			need(b, i, recordLen)
		}
		p.cnfpRecord(b[i:], version)
		need(b, i, recordLen)
	}
}

// cnfpRecord prints a flow. Versions 5 and 6 add AS numbers and prefix lengths,
// 6 also the encapsulation.
func (p *Printer) cnfpRecord(r []byte, version uint16) {
	start, last := u32(r, 24), u32(r, 28)
	p.printf("\n  started %d.%03d, last %d.%03d", start/1000, start%1000, last/1000, last%1000)
	p.cnfpEndpoint("\n    ", r, version, 0)
	p.cnfpEndpoint("> ", r, version, 1)
	p.str(">> ")
	p.out = appendIPv4(p.out, addr4(r[8:12]))
	p.str("\n    ")
	proto := u8(r, 38)
	p.cnfpProtocol(proto)
	if proto == protoTCP {
		p.cnfpTCPFlags(r, version)
	}
	if version == 6 {
		need(r, 0, 48)
	}
	p.printf("tos %d, %d (%d octets)", u8(r, 39), u32(r, 16), u32(r, 20))
	switch {
	case version == 6:
		p.printf(" (%d<>%d encaps)", r[46], r[47])
	case !p.follows(cnfpFields):
		p.char(' ')
	}
}

// cnfpEndpoint prints address, prefix length, AS number and port of a flow's
// source (0) or destination (1) behind a text.
func (p *Printer) cnfpEndpoint(before string, r []byte, version uint16, which int) {
	port := u16(r, 32+2*which)
	if version != 1 {
		need(r, 0, 45+which)
	}
	p.str(before)
	p.out = appendIPv4(p.out, addr4(r[4*which:]))
	if version != 1 {
		p.printf("/%d:%d", r[44+which], u16(r, 40+2*which))
	}
	p.printf(":%d ", port)
}

func (p *Printer) cnfpTCPFlags(r []byte, version uint16) {
	i, letters := 37, cnfpTCPLetters
	if version == 1 {
		i = 40
	}
	if p.follows(cnfpFlagsAsTCP) {
		letters = tcpFlagLetters
	}
	flags := u8(r, i)
	for i := range len(letters) {
		if flags>>i&1 != 0 {
			p.char(letters[i])
		}
	}
	if flags != 0 {
		p.char(' ')
	}
}

func (p *Printer) cnfpProtocol(proto uint8) {
	if !p.nflag {
		if s := ipproto.Names[proto]; s != "" {
			p.str(s)
			p.char(' ')
			return
		}
	}
	p.printf("%d ", proto)
}
