// vrrp.go: Virtual Router Redundancy Protocol, versions 2 (RFC 3768) and 3 (RFC 9568).

package printer

const vrrpAdvertisement = 1

const vrrpAuthSimple = 1

var vrrpAuthTypes = []tok{
	{0, "none"},
	{vrrpAuthSimple, "simple"},
	{2, "ah"},
}

// vrrp prints a message. Version 3 runs over both versions of IP and counts its
// interval in hundredths of a second.
func (p *Printer) vrrp(b []byte, length int, ip ipHeader) {
	p.proto = "vrrp"
	p.str("VRRP")
	version, kind := u8(b, 0)>>4, u8(b, 0)&0x0f
	p.printf("v%d, ", version)
	if kind == vrrpAdvertisement {
		p.str("Advertisement")
	} else {
		p.printf("unknown type (%d)", kind)
	}
	if ip.ttl != 255 {
		p.printf(", (ttl %d)", ip.ttl)
	}
	if version < 2 || version > 3 || kind != vrrpAdvertisement {
		return
	}
	p.printf(", vrid %d, prio %d", u8(b, 1), u8(b, 2))
	auth := uint8(0)
	if version == 2 {
		auth = u8(b, 4)
		p.printf(", authtype %s", tokStr(vrrpAuthTypes, "", auth))
		p.printf(", intvl %ds, length %d", u8(b, 5), uint32(length))
	} else {
		p.printf(", intvl %dcs, length %d", u16(b, 4)&0x0fff, uint32(length))
	}
	if p.vflag > 0 {
		p.vrrpVerbose(b, length, ip, version, auth)
	}
}

func (p *Printer) vrrpVerbose(b []byte, length int, ip ipHeader, version, auth uint8) {
	addrs := int(u8(b, 3))
	if has(b, 0, length) {
		wrong := false
		if version == 2 {
			wrong = checksum(b[:length]) != 0
		} else {
			wrong = p.pseudoChecksum(ip, b, length, length, protoVRRP) != 0
		}
		if wrong {
			p.printf(", (bad vrrp cksum %x)", u16(b, 6))
		}
	}
	p.str(", addrs")
	if addrs > 1 {
		p.printf("(%d)", addrs)
	}
	p.char(':')
	i := 8
	for n, between := 0, byte(' '); n < addrs; n, between = n+1, ',' {
		if ip.version == 4 {
			p.printf("%c%s", between, ip4At(b, i))
			i += 4
		} else {
			p.printf("%c%s", between, ip6At(b, i))
			i += 16
		}
	}
	if version == 2 && auth == vrrpAuthSimple {
		p.str(` auth "`)
		p.safePadded(at(b, i), 8)
		p.char('"')
	}
}
