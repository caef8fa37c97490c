// nflog.go: log of Linux netfilter: a header and attributes, one of which is
// the packet (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).

package printer

const (
	nflogHeaderLen = 4
	nflogTLVLen    = 4
	nflogPayload   = 9 // type of the attribute with the packet
	nflogIPv4      = 2
	nflogIPv6      = 10
)

var nflogFamilies = []tok{
	{nflogIPv4, "IPv4"},
	{nflogIPv6, "IPv6"},
}

func (p *Printer) nflogLink(b []byte, length int) {
	p.proto = "nflog"
	if !has(b, 0, nflogHeaderLen) {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	p.llHdrLen += nflogHeaderLen
	if version := b[1]; version != 0 {
		p.printf("version %d (unknown)", version)
		return
	}
	if p.eflag {
		p.nflogHeader(b, length)
	}
	payload, left, ok := nflogFind(b[nflogHeaderLen:], length-nflogHeaderLen)
	n := len(b) - nflogHeaderLen - len(payload)
	if !ok {
		p.truncMark()
		p.llHdrLen += n
		return
	}
	switch b[0] {
	case nflogIPv4:
		p.ip4(payload, left)
	case nflogIPv6:
		p.ip6(payload, left)
	default:
		if !p.eflag {
			p.nflogHeader(b, left+nflogHeaderLen)
		}
		p.defaultDump(payload, len(payload))
	}
	p.llHdrLen += n
}

// nflogFind skips attributes up to the value of the one with the packet, or to
// the end. It reports whether all that it skipped was captured and well-formed;
// if not, left is what is left. Types and lengths are in the order of the
// capturing host, which is taken to be least significant byte first.
func nflogFind(b []byte, length int) (payload []byte, left int, ok bool) {
	for length > 0 {
		if !has(b, 0, nflogTLVLen) {
			return b, length, false
		}
		n := (int(le16(b, 0)) + 3) &^ 3
		if n < nflogTLVLen || n > 0xffff || n > len(b) {
			return b, length, false
		}
		if le16(b, 2) == nflogPayload {
			return b[nflogTLVLen:], length - nflogTLVLen, true
		}
		b, length = b[n:], length-n
	}
	return b, length, true
}

func (p *Printer) nflogHeader(b []byte, length int) {
	p.printf("version %d, resource ID %d", b[1], u16(b, 2))
	if family := b[0]; p.qflag == 0 {
		p.printf(", family %s (%d)", tokStr(nflogFamilies, "Unknown", family), family)
	} else {
		p.printf(", %s", tokStr(nflogFamilies, "Unknown NFLOG (0x%02x)", family))
	}
	p.printf(", length %d: ", uint32(length))
}
