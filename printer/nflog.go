// nflog.go: log of Linux netfilter: a header and attributes, one of which is
// the packet (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html).

package printer

import "github.com/tapdump/tapdump/versions"

var nflogLengths = versions.Since(versions.V5_0, "NFLOG", "`[\\|nflog]` for lengths that cannot be; -x dumps what is behind the part that was printed", "`[length 3 < 4] (invalid)`, `[size 0 < 4] (invalid)`, `[length 4 < 8] (invalid)`; -x dumps all behind the first header")

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
	checks := p.follows(nflogLengths)
	switch {
	case checks:
		if p.lacks("length", length, nflogHeaderLen) {
			return
		}
		need(b, 0, nflogHeaderLen)
	case !has(b, 0, nflogHeaderLen):
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
	if !ok && checks {
		p.nflogWrong(payload, left)
		return
	}
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
		n := nflogSize(le16(b, 0))
		if n < nflogTLVLen || n > len(b) {
			return b, length, false
		}
		if le16(b, 2) == nflogPayload {
			return b[nflogTLVLen:], length - nflogTLVLen, true
		}
		b, length = b[n:], length-n
	}
	return b, length, true
}

// nflogWrong prints what is wrong with the attribute at b where length bytes are
// left: it does not fit, is too short or is not all there.
func (p *Printer) nflogWrong(b []byte, length int) {
	if p.lacks("length", length, nflogTLVLen) {
		return
	}
	need(b, 0, nflogTLVLen)
	n := nflogSize(le16(b, 0))
	if !p.lacks("size", n, nflogTLVLen) && !p.lacks("length", length, n) {
		need(b, 0, n)
	}
}

// nflogSize is the length of an attribute with its padding, in 16 bits.
func nflogSize(n uint16) int { return int((n + 3) &^ 3) }

func (p *Printer) nflogHeader(b []byte, length int) {
	p.printf("version %d, resource ID %d", b[1], u16(b, 2))
	if family := b[0]; p.qflag == 0 {
		p.printf(", family %s (%d)", tokStr(nflogFamilies, "Unknown", family), family)
	} else {
		p.printf(", %s", tokStr(nflogFamilies, "Unknown NFLOG (0x%02x)", family))
	}
	p.printf(", length %d: ", uint32(length))
}
