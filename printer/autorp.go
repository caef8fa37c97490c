// autorp.go: Cisco Auto-RP, which announces rendezvous points of PIM.

package printer

const autorpHeaderLen = 8

func (p *Printer) autoRP(b []byte, length int) {
	p.proto = "cisco_autorp"
	if length < autorpHeaderLen {
		p.truncMark()
		return
	}
	p.str(" auto-rp ")
	switch kind := u8(b, 0); kind {
	case 0x11:
		p.str("candidate-advert")
	case 0x12:
		p.str("mapping")
	default:
		p.printf("type-0x%02x", kind)
	}
	points := u8(b, 1)
	p.str(" Hold ")
	if hold := u16(b, 2); hold != 0 {
		p.duration(uint32(hold))
	} else {
		p.str("FOREVER")
	}
	for i := autorpHeaderLen; points > 0; points-- {
		n := p.autorpPoint(at(b, i), length-i)
		if n == 0 {
			p.truncMark()
			return
		}
		i += n
	}
}

var autorpVersions = []string{" PIMv?", " PIMv1", " PIMv2", " PIMv1+2"}

// autorpPoint prints a rendezvous point with its groups and returns its length,
// or 0 when the message, of which left bytes remain, ends within.
func (p *Printer) autorpPoint(b []byte, left int) int {
	if left < 4 {
		return 0
	}
	p.printf(" RP %s", ip4At(b, 0))
	if left < 5 {
		return 0
	}
	versions := u8(b, 4)
	p.str(autorpVersions[versions&3])
	if versions&0xfc != 0 {
		p.printf(" [rsvd=0x%02x]", versions&0xfc)
	}
	if left < 6 {
		return 0
	}
	i := 6
	for n, between := u8(b, 5), byte(' '); n > 0; n, between = n-1, ',' {
		if left-i < 6 {
			return 0
		}
		bits := u8(b, i)
		negative := ""
		if bits&1 != 0 {
			negative = "!"
		}
		p.printf("%c%s%s/%d", between, negative, ip4At(b, i+2), u8(b, i+1))
		if bits&2 != 0 {
			p.str(" bidir")
		}
		if bits&0xfc != 0 {
			p.printf("[rsvd=0x%02x]", bits&0xfc)
		}
		i += 6
	}
	return i
}
