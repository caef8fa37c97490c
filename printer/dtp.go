// dtp.go: Cisco Dynamic Trunking Protocol (US patent 6,445,715).

package printer

import "github.com/tapdump/tapdump/versions"

var dtpName = versions.Since(versions.V5_0, "DTP", "`[zero packet length] (invalid)`", "`DTP[zero packet length] (invalid)`, `DTP [\\|dtp]`")

const (
	dtpDomain   = 1
	dtpStatus   = 2
	dtpType     = 3
	dtpNeighbor = 4
)

var dtpTLVs = []tok{
	{dtpDomain, "Domain"},
	{dtpStatus, "Status"},
	{dtpType, "DTP type"},
	{dtpNeighbor, "Neighbor"},
}

func (p *Printer) dtp(b []byte, length int) {
	p.proto = "dtp"
	name := p.named(dtpName, "DTP")
	if length < 1 {
		p.str("[zero packet length]")
		p.invalid()
		return
	}
	p.printf("%sv%d, length %d", name, u8(b, 0), uint32(length))
	if p.vflag == 0 {
		return
	}
	for i := 1; i < length; {
		left := length - i
		tlv := at(b, i)
		if left < 4 {
			p.printf("[%d bytes remaining]", left)
			p.dtpInvalid(tlv, left)
			return
		}
		kind, n := u16(tlv, 0), int(u16(tlv, 2))
		if kind == 0 {
			// padding that some switches send
			return
		}
		p.printf("\n\t%s (0x%04x) TLV, length %d", tokStr(dtpTLVs, "Unknown", kind), kind, n)
		if n < 4 || n > left {
			p.printf("[TLV length %d]", n)
			p.dtpInvalid(tlv, left)
			return
		}
		if !p.dtpTLV(kind, tlv, n) {
			p.dtpInvalid(tlv, left)
			return
		}
		i += n
	}
}

// dtpTLV prints the value of a TLV of n bytes and reports whether it has the
// right length.
func (p *Printer) dtpTLV(kind uint16, tlv []byte, n int) bool {
	switch kind {
	case dtpDomain:
		p.str(", ")
		p.safePadded(tlv[4:], n-4)
	case dtpStatus, dtpType:
		if n != 5 {
			return false
		}
		p.printf(", 0x%x", u8(tlv, 4))
	case dtpNeighbor:
		if n != 10 {
			return false
		}
		p.printf(", %s", macAt(tlv, 4))
	default:
		need(tlv, 0, n)
	}
	return true
}

// dtpInvalid ends a malformed packet; what is left of it must be captured.
func (p *Printer) dtpInvalid(b []byte, left int) {
	p.invalid()
	need(b, 0, left)
}
