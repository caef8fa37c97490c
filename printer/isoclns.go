// isoclns.go: OSI network layer protocols, told apart by their first byte (ISO/IEC TR 9577).

package printer

// isoclns prints a packet that starts with its network layer protocol
// identifier.
func (p *Printer) isoclns(b []byte, length int) {
	p.proto = "isoclns"
	nlpid := u8(b, 0)
	comma := ", "
	if p.eflag {
		p.printf("OSI NLPID %s (0x%02x): ", tokStr(nlpidNames, "Unknown", nlpid), nlpid)
		comma = ""
	}
	switch nlpid {
	case nlpidCLNP:
		if !p.clnp(b, length) {
			p.unknownData(b, "\n\t", length)
		}
	case nlpidESIS:
		p.esis(b, length)
	case nlpidISIS:
		if !p.isis(b, length) {
			p.unknownData(b, "\n\t", length)
		}
	case nlpidNull:
		p.printf("%slength: %d", comma, uint32(length))
	case nlpidQ933:
		p.q933(b[1:], length-1)
	case nlpidIPv4:
		p.ip4(b[1:], length-1)
	case nlpidIPv6:
		p.ip6(b[1:], length-1)
	case nlpidPPP:
		p.ppp(b[1:], length-1)
	default:
		if !p.eflag {
			p.printf("OSI NLPID 0x%02x unknown", nlpid)
		}
		p.printf("%slength: %d", comma, uint32(length))
		if length > 1 {
			p.unknownData(b, "\n\t", length)
		}
	}
}

// isoclnsChecksum prints whether the checksum in the two bytes at offset is
// right for b[:length] (ISO 8473-1 annex C). Zero stands for none.
func (p *Printer) isoclnsChecksum(b []byte, is uint16, offset, length int) {
	if is == 0 || !has(b, offset, 2) || offset > length || !has(b, 0, length) {
		p.str(" (unverified)")
		return
	}
	if should := osiChecksum(b, offset, length); should != is {
		p.printf(" (incorrect should be 0x%04x)", should)
		return
	}
	p.str(" (correct)")
}

// isoclnsProtocols prints the network layer protocols in the first n bytes of b.
func (p *Printer) isoclnsProtocols(b []byte, n int) {
	for i := range n {
		nlpid := u8(b, i)
		p.printf("%s (0x%02x)", tokStr(nlpidNames, "unknown", nlpid), nlpid)
		if i < n-1 {
			p.str(", ")
		}
	}
}
