// bootp.go: Bootstrap Protocol (RFC 951) and Dynamic Host Configuration Protocol
// (RFC 2131).

package printer

import "github.com/tapdump/tapdump/versions"

var bootpUnterminated = versions.Since(versions.V5_0, "BOOTP", "a name without a zero byte: `\"[\\|bootp]`", "`\" (invalid)`, and `[\\|bootp]` where it is cut")

// Where the fields are (RFC 951 section 3, RFC 2131 section 2).
const (
	bootpXID       = 4
	bootpSecs      = 8
	bootpFlagsAt   = 10
	bootpAddresses = 12 // client, your, server, gateway
	bootpHardware  = 28
	bootpName      = 44
	bootpNameLen   = 64
	bootpFile      = 108
	bootpFileLen   = 128
	bootpVendor    = 236

	bootpRequest  = 1
	bootpEthernet = 1 // hardware type

	bootpCookieOptions = 0x63825363 // RFC 2131 section 3
	bootpCookieCMU     = 0x434d5500 // "CMU"
)

var bootpOps = []tok{
	{bootpRequest, "Request"},
	{2, "Reply"},
}

var bootpFlags = []tok{{0x8000, "Broadcast"}}

var bootpAddressLabels = [4]string{
	"\n\t  Client-IP ", "\n\t  Your-IP ", "\n\t  Server-IP ", "\n\t  Gateway-IP ",
}

func (p *Printer) bootp(b []byte, length int) {
	p.proto = "bootp"
	op := u8(b, 0)
	p.printf("BOOTP/DHCP, %s", tokStr(bootpOps, "unknown (0x%02x)", op))
	hardware, size := u8(b, 1), u8(b, 2)
	ethernet := hardware == bootpEthernet && size == 6
	if ethernet && op == bootpRequest {
		p.printf(" from %s", macAt(b, bootpHardware))
	}
	p.printf(", length %d", length)
	if p.vflag == 0 {
		return
	}
	if !has(b, bootpSecs, 2) {
		p.truncSince(ipCutEnds)
		return
	}
	p.bootpHeader(b, ethernet)
	if !p.bootpText("\n\t  sname \"", b, bootpName, bootpNameLen) ||
		!p.bootpText("\n\t  file \"", b, bootpFile, bootpFileLen) {
		return
	}
	if !has(b, bootpVendor, 4) {
		p.truncSince(ipCutEnds)
		return
	}
	switch cookie := u32(b, bootpVendor); cookie {
	case bootpCookieOptions:
		p.bootpOptionList(b[bootpVendor:])
	case bootpCookieCMU:
		p.bootpCMU(b[bootpVendor:])
	case 0:
	default:
		p.printf("\n\t  Vendor-#0x%x", cookie)
	}
}

// bootpHeader prints the fields up to the hardware address that are not usual.
func (p *Printer) bootpHeader(b []byte, ethernet bool) {
	if kind := b[1]; kind != bootpEthernet {
		p.printf(", htype %d", kind)
	}
	if !ethernet {
		p.printf(", hlen %d", b[2])
	}
	if hops := b[3]; hops != 0 {
		p.printf(", hops %d", hops)
	}
	if xid := u32(b, bootpXID); xid != 0 {
		p.printf(", xid 0x%x", xid)
	}
	if secs := u16(b, bootpSecs); secs != 0 {
		p.printf(", secs %d", secs)
	}
	flags := u16(b, bootpFlagsAt)
	p.printf(", Flags [%s]", bitStr(bootpFlags, "none", flags))
	if p.vflag > 1 {
		p.printf(" (0x%04x)", flags)
	}
	for i, label := range bootpAddressLabels {
		if a := ip4At(b, bootpAddresses+4*i); a != (addr4{}) {
			p.str(label)
			p.appendAddr4(a)
		}
	}
	if ethernet {
		p.printf("\n\t  Client-Ethernet-Address %s", macAt(b, bootpHardware))
	}
}

// bootpText prints a field of zero-terminated text unless it is empty, and
// reports whether it was whole; if not, it says so.
func (p *Printer) bootpText(label string, b []byte, i, n int) bool {
	if u8(b, i) == 0 {
		return true
	}
	p.str(label)
	if p.safeZ(b[i:], n) > 0 {
		p.char('"')
		return true
	}
	if !p.follows(bootpUnterminated) {
		p.char('"')
		p.truncMark()
		return false
	}
	need(b, i, n)
	p.char('"')
	p.invalid()
	return false
}

var bootpCMUFields = []struct {
	at    int
	label string
}{{12, " DG:"}, {8, " SM:"}, {16, " NS1:"}, {20, " NS2:"}, {24, " IEN1:"}, {28, " IEN2:"}, {32, " TS1:"}, {36, " TS2:"}}

// bootpCMU prints the vendor area of Carnegie Mellon's clients.
func (p *Printer) bootpCMU(b []byte) {
	p.str(" vend-cmu")
	if !has(b, 4, 4) {
		p.truncSince(ipCutEnds)
		return
	}
	flags := b[4]
	if flags&^1 != 0 {
		p.printf(" F:0x%x", flags)
	}
	for _, f := range bootpCMUFields {
		if !has(b, f.at, 4) {
			p.truncSince(ipCutEnds)
			return
		}
		a := ip4At(b, f.at)
		if a == (addr4{}) {
			continue
		}
		if f.at == 8 && flags&1 == 0 { // the mask is there, but not said to be valid
			p.str(" SM*:")
		} else {
			p.str(f.label)
		}
		p.appendAddr4(a)
	}
}
