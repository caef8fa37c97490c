// carp.go: Common Address Redundancy Protocol (OpenBSD carp(4)), which shares protocol 112 with VRRP.

package printer

// carp prints an advertisement. ip.ttl is 255 on the link that it was sent on.
func (p *Printer) carp(b []byte, length int, ip ipHeader) {
	p.proto = "carp"
	p.str("CARP")
	version, kind := u8(b, 0)>>4, u8(b, 0)&0x0f
	word := "unknown"
	if kind == 1 {
		word = "advertise"
	}
	p.printf("v%d-%s %d: ", version, word, uint32(length))
	if ip.ttl != 255 {
		p.printf("[ttl=%d!] ", ip.ttl)
	}
	if version != 2 || kind != 1 {
		return
	}
	p.printf("vhid=%d advbase=%d advskew=%d authlen=%d ", u8(b, 1), u8(b, 5), u8(b, 2), u8(b, 3))
	if p.vflag > 0 && has(b, 0, length) && checksum(b[:length]) != 0 {
		p.printf(" (bad carp cksum %x!)", u16(b, 6))
	}
	p.printf("counter=%d", u64(b, 8))
}
