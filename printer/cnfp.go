// cnfp.go: Cisco NetFlow export, versions 1, 5 and 6.

package printer

import "github.com/tapdump/tapdump/internal/ipproto"

const (
	cnfpHeaderLen1 = 16
	cnfpHeaderLen  = 24
	cnfpRecordLen1 = 48
	cnfpRecordLen  = 52
	cnfpTCPLetters = "FSRPAU"
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
	if !has(b, 0, headerLen) {
		p.truncMark()
		return
	}
	uptime := u32(b, 4)
	p.printf("NetFlow v%x, %d.%03d uptime, %d.%09d, ", version, uptime/1000, uptime%1000, u32(b, 8), u32(b, 12))
	if version != 1 {
		p.printf("#%d, ", u32(b, 16))
	}
	// The reference reads the count with the upper half of the uptime behind it.
	count := u32(b, 2)
	p.printf("%2d recs", count)
	for i := headerLen; count > 0; i, count = i+recordLen, count-1 {
		if !has(b, i, recordLen) {
			p.truncMark()
			return
		}
		p.cnfpRecord(b[i:i+recordLen], version)
	}
}

// cnfpRecord prints a flow. Versions 5 and 6 add AS numbers and prefix lengths,
// 6 also the encapsulation.
func (p *Printer) cnfpRecord(r []byte, version uint16) {
	start, last := u32(r, 24), u32(r, 28)
	p.printf("\n  started %d.%03d, last %d.%03d", start/1000, start%1000, last/1000, last%1000)
	proto, tos, tcpFlags := r[38], r[39], r[37]
	if version == 1 {
		tcpFlags = r[40]
	}
	p.str("\n    ")
	p.cnfpEndpoint(r[0:4], version, r[44], u16(r, 40), u16(r, 32))
	p.str("> ")
	p.cnfpEndpoint(r[4:8], version, r[45], u16(r, 42), u16(r, 34))
	p.str(">> ")
	p.out = appendIPv4(p.out, addr4(r[8:12]))
	p.str("\n    ")
	p.cnfpProtocol(proto)
	if proto == protoTCP {
		for i := range len(cnfpTCPLetters) {
			if tcpFlags>>i&1 != 0 {
				p.char(cnfpTCPLetters[i])
			}
		}
		if tcpFlags != 0 {
			p.char(' ')
		}
	}
	p.printf("tos %d, %d (%d octets) ", tos, u32(r, 16), u32(r, 20))
	if version == 6 {
		p.printf("(%d<>%d encaps)", r[46], r[47])
	}
}

// cnfpEndpoint prints address, prefix length, AS number and port.
func (p *Printer) cnfpEndpoint(addr []byte, version uint16, prefix uint8, as, port uint16) {
	p.out = appendIPv4(p.out, addr4(addr))
	if version != 1 {
		p.printf("/%d:%d", prefix, as)
	}
	p.printf(":%d ", port)
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
