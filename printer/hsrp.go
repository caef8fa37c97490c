// hsrp.go: Cisco Hot Standby Router Protocol, version 1 (RFC 2281).

package printer

import "github.com/tapdump/tapdump/versions"

var hsrpOpcodes = []string{"hello", "coup", "resign"}

var hsrpStates = []tok{
	{0, "initial"},
	{1, "learn"},
	{2, "listen"},
	{4, "speak"},
	{8, "standby"},
	{16, "active"},
}

var hsrpNameFirst = versions.Since(versions.V5_0, "HSRP", "`[\\|hsrp]` where no byte of it was captured", "`HSRP [\\|hsrp]`")

// hsrp prints a message (RFC 2281 section 5.1).
func (p *Printer) hsrp(b []byte, length int) {
	p.proto = "hsrp"
	label := "HSRPv"
	if p.follows(hsrpNameFirst) {
		p.str("HSRP")
		label = "v"
	}
	version := u8(b, 0)
	p.printf("%s%d", label, version)
	if version != 0 {
		return
	}
	p.char('-')
	if op := u8(b, 1); int(op) < len(hsrpOpcodes) {
		p.printf("%s ", hsrpOpcodes[op])
	} else {
		p.printf("unknown (%d) ", op)
	}
	p.printf("%d: ", uint32(length))
	p.printf("state=%s ", tokStr(hsrpStates, "Unknown (%d)", u8(b, 2)))
	p.printf("group=%d ", u8(b, 6))
	if reserved := u8(b, 7); reserved != 0 {
		p.printf("[reserved=%d!] ", reserved)
	}
	p.printf("addr=%s", ip4At(b, 16))
	if p.vflag == 0 {
		return
	}
	p.str(" hellotime=")
	p.duration(uint32(u8(b, 3)))
	p.str(" holdtime=")
	p.duration(uint32(u8(b, 4)))
	p.printf(" priority=%d", u8(b, 5))
	p.str(` auth="`)
	p.safePadded(at(b, 8), 8)
	p.char('"')
}
