package printer

// HNCP values with prefixes, names and DHCP options inside.

// hncpPrefix prints the prefix that v begins with and returns its length in
// bytes; prefixIllegal when it is longer than an address, prefixShort when it
// does not fit. IPv4 prefixes are mapped into IPv6.
func (p *Printer) hncpPrefix(v []byte) int {
	if v[0] >= 96 && len(v) >= 13 {
		var a addr6
		copy(a[:12], v[1:13])
		if a.isMapped() {
			return p.hncpPrefix4(v)
		}
	}
	a, bits, n := prefix6At(v, 0, len(v))
	if n < 0 {
		return n
	}
	p.appendAddr6(a)
	p.printf("/%d", bits)
	return n
}

func (p *Printer) hncpPrefix4(v []byte) int {
	bits := int(v[0]) - 96
	n := (bits + 7) / 8
	switch {
	case bits > 32:
		return prefixIllegal
	case len(v)-1 < n+12:
		return prefixShort
	}
	var a addr4
	prefixBits(a[:], v, 13, bits)
	p.appendAddr4(a)
	p.printf("/%d", bits)
	return 1 + 12 + n
}

// hncpPadded is n rounded up to the alignment of TLVs.
func hncpPadded(n int) int { return (n + 3) &^ 3 }

func (p *Printer) hncpDelegatedPrefix(v []byte, depth int) {
	if len(v) < 9+(int(v[8])+7)/8 {
		p.invalid()
		return
	}
	p.str(" VLSO: ")
	p.hncpInterval(u32(v, 0))
	p.str(" PLSO: ")
	p.hncpInterval(u32(v, 4))
	p.str(" Prefix: ")
	if n := p.hncpPrefix(v[8:]); p.hncpPrefixGood(n) {
		p.hncpNested(v, 8+hncpPadded(n), depth)
	}
}

// hncpPrefixGood reports whether a prefix was printed; if not, it complains.
func (p *Printer) hncpPrefixGood(n int) bool {
	switch {
	case n == prefixIllegal:
		p.str("(length is invalid)")
	case n < 0:
		p.invalid()
	}
	return n >= 0
}

// hncpPolicy prints what a prefix may be used for (RFC 7788 section 10.4).
func (p *Printer) hncpPolicy(v []byte) {
	p.str(" type: ")
	switch kind := v[0]; {
	case kind == 0:
		if len(v) != 1 {
			p.invalid()
			return
		}
		p.str("Internet connectivity")
	case kind <= 128:
		p.str("Dest-Prefix: ")
		p.hncpPrefixGood(p.hncpPrefix(v))
	case kind == 129:
		p.str("DNS domain: ")
		p.hncpDNSName(v[1:])
	case kind == 130:
		p.str("Opaque UTF-8: ")
		p.safePadded(v[1:], len(v)-1)
	case kind == 131:
		if len(v) != 1 {
			p.invalid()
			return
		}
		p.str("Restrictive assignment")
	default:
		p.printf("Unknown (%d)", kind)
	}
}

func (p *Printer) hncpAssignedPrefix(v []byte, depth int) {
	if len(v) < 6+(int(v[5])+7)/8 {
		p.invalid()
		return
	}
	p.printf(" EPID: %08x Prty: %d Prefix: ", u32(v, 0), v[4]&0xf)
	n := p.hncpPrefix(v[5:])
	if n < 0 {
		p.invalid()
		return
	}
	p.hncpNested(v, hncpPadded(5+n), depth)
}

// hncpZone prints a delegated zone with its flags (RFC 7788 section 10.6).
func (p *Printer) hncpZone(v []byte, depth int) {
	p.str(" IP-Address: ")
	p.hncpAddress(v)
	p.char(' ')
	for _, f := range [...]struct{ bit, letter byte }{{4, 'l'}, {2, 'b'}, {1, 's'}} {
		if v[16]&f.bit != 0 {
			p.char(f.letter)
		} else {
			p.char('-')
		}
	}
	p.char(' ')
	n := p.hncpDNSName(v[17:])
	if n < 0 {
		p.invalid()
		return
	}
	p.hncpNested(v, hncpPadded(17+n), depth)
}

func (p *Printer) hncpNodeNameTLV(v []byte, depth int) {
	n := int(v[16])
	if len(v) < 17+n {
		p.invalid()
		return
	}
	p.str(" IP-Address: ")
	p.hncpAddress(v)
	p.str(" Name: ")
	if n < 64 {
		p.char('"')
		p.safePadded(v[17:], n)
		p.char('"')
	} else {
		p.invalid()
	}
	p.hncpNested(v, hncpPadded(17+n), depth)
}

// hncpDNSName prints an uncompressed name and returns its length, or -1 when it
// does not end.
func (p *Printer) hncpDNSName(v []byte) int {
	for i := 0; i < len(v); {
		n := int(v[i])
		i++
		if n == 0 {
			return i
		}
		if i > 1 {
			p.char('.')
		}
		if i+n > len(v) {
			p.safePadded(v[i:], len(v)-i)
			break
		}
		p.safePadded(v[i:], n)
		i += n
	}
	p.str("[|DNS]")
	return -1
}

var hncpDHCPv4Names = []tok{{6, "DNS-server"}, {42, "NTP-server"}, {119, "DNS-search"}}

// hncpDHCPv4Options prints DHCP options (RFC 2132), a line each, and reports
// whether they make sense.
func (p *Printer) hncpDHCPv4Options(v []byte, depth int) bool {
	for i := 0; i < len(v); {
		if i+2 > len(v) {
			return false
		}
		kind, n := v[i], int(v[i+1])
		p.hncpLine(depth)
		p.printf("%s (%d)", tokStr(hncpDHCPv4Names, "Unknown", kind), n+2)
		i += 2
		if i+n > len(v) {
			return false
		}
		value := v[i : i+n]
		switch kind {
		case 6, 42:
			if n < 4 || n%4 != 0 {
				return false
			}
			for j := 0; j < n; j += 4 {
				p.printf(" %s", ip4At(value, j))
			}
		case 119:
			if !p.hncpSearchList(v, i, n) {
				return false
			}
		}
		i += n
	}
	return true
}

var hncpDHCPv6Names = []tok{{23, "DNS-server"}, {24, "DNS-search-list"}, {31, "SNTP-servers"}}

// hncpDHCPv6Options does the same for DHCPv6 options (RFC 3646, RFC 4075).
func (p *Printer) hncpDHCPv6Options(v []byte, depth int) bool {
	for i := 0; i < len(v); {
		if i+4 > len(v) {
			return false
		}
		kind, n := u16(v, i), int(u16(v, i+2))
		p.hncpLine(depth)
		p.printf("%s (%d)", tokStr(hncpDHCPv6Names, "Unknown", kind), n+4)
		i += 4
		if i+n > len(v) {
			return false
		}
		switch kind {
		case 23, 31:
			if n%16 != 0 {
				p.invalid()
				return false
			}
			for j := 0; j < n; j += 16 {
				p.printf(" %s", ip6At(v, i+j))
			}
		case 24:
			if !p.hncpSearchList(v, i, n) {
				return false
			}
		}
		i += n
	}
	return true
}

// hncpSearchList prints the domain names in the n bytes at v[i]. Pointers in
// them count from behind the list, as in the reference.
func (p *Printer) hncpSearchList(v []byte, i, n int) bool {
	whole := v[:cap(v)]
	for end := i + n; i < end; {
		p.char(' ')
		if i = p.domainName(whole, i, end); i < 0 {
			return false
		}
	}
	return true
}
