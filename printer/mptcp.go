// mptcp.go: the option of Multipath TCP (RFC 6824 section 3, RFC 8684 section
// 3).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	mptcpReset = versions.Since(versions.V4_99, "MPTCP", "`tcprst` is `unknown`", "`tcprst flags [T] reason Lack of resources`")
	mptcpFlags = versions.Since(versions.V4_99, "MPTCP", "`capable v1 {0x1,0x2}`", "`capable v1 flags [H] {0x1,0x2,data_len=3}`, also with 24 bytes")
)

// Subtypes of the option.
const (
	mptcpCapable = iota
	mptcpJoin
	mptcpDSS
	mptcpAddAddr
	mptcpRemoveAddr
	mptcpPriority
	mptcpFail
	mptcpFastClose
	mptcpTCPReset
)

var mptcpSubtypes = [16]string{
	mptcpCapable:    "capable",
	mptcpJoin:       "join",
	mptcpDSS:        "dss",
	mptcpAddAddr:    "add-addr",
	mptcpRemoveAddr: "rem-addr",
	mptcpPriority:   "prio",
	mptcpFail:       "fail",
	mptcpFastClose:  "fast-close",
	mptcpTCPReset:   "tcprst",
}

// mptcpChecksumRequired is flag A of MP_CAPABLE.
const mptcpChecksumRequired = 0x80

var mptcpCapableFlags = []tok{
	{mptcpChecksumRequired, "A"},
	{0x40, "B"},
	{0x20, "C"},
	{0x10, "D"},
	{0x08, "E"},
	{0x04, "F"},
	{0x02, "G"},
	{0x01, "H"},
}

var mptcpResetFlags = []tok{
	{0x08, "U"},
	{0x04, "V"},
	{0x02, "W"},
	{0x01, "T"},
}

// mptcpResetReasons are those of RFC 8684 section 3.6.
var mptcpResetReasons = []tok{
	{0, "Unspecified error"},
	{1, "MPTCP-specific error"},
	{2, "Lack of resources"},
	{3, "Administratively prohibited"},
	{4, "Too much outstanding data"},
	{5, "Unacceptable performance"},
	{6, "Middlebox interference"},
}

// mptcpAddressForms are the low four bits of ADD_ADDR: the IP version in version
// 0 of the protocol, the echo flag in version 1.
var mptcpAddressForms = []tok{
	{6, "v0-ip6"},
	{4, "v0-ip4"},
	{1, "v1-echo"},
	{0, "v1"},
}

// mptcp prints the option b of length bytes, kind and length included, of a
// segment with the given control bits. It reports whether the option is well
// formed.
func (p *Printer) mptcp(b []byte, length int, tcpFlags uint8) bool {
	p.proto = "mptcp"
	if length < 3 {
		return false
	}
	subtype := u8(b, 2) >> 4
	p.printf(" %d ", length)
	if name := mptcpSubtypes[subtype]; name != "" && (subtype != mptcpTCPReset || p.follows(mptcpReset)) {
		p.str(name)
	} else {
		p.str("unknown")
	}
	switch subtype {
	case mptcpCapable:
		return p.mptcpCapable(b, length, tcpFlags)
	case mptcpJoin:
		return p.mptcpJoin(b, length, tcpFlags)
	case mptcpDSS:
		return p.mptcpDSS(b, length, tcpFlags)
	case mptcpAddAddr:
		return p.mptcpAddAddr(b, length)
	case mptcpRemoveAddr:
		return p.mptcpRemoveAddr(b, length)
	case mptcpPriority:
		return p.mptcpPriority(b, length)
	case mptcpFail:
		if length != 12 {
			return false
		}
		p.printf(" seq %d", u64(b, 4))
	case mptcpFastClose:
		if length != 12 {
			return false
		}
		p.printf(" key 0x%x", u64(b, 4))
	case mptcpTCPReset:
		return !p.follows(mptcpReset) || p.mptcpTCPReset(b, length)
	}
	return true
}

// mptcpTCPReset prints why a subflow is reset (RFC 8684 section 3.6).
func (p *Printer) mptcpTCPReset(b []byte, length int) bool {
	if length != 4 {
		return false
	}
	p.printf(" flags [%s]", bitStrSep(mptcpResetFlags, "none", "", u8(b, 2)))
	p.printf(" reason %s", tokStr(mptcpResetReasons, "unknown (0x%02x)", u8(b, 3)))
	return true
}

func (p *Printer) mptcpCapable(b []byte, length int, tcpFlags uint8) bool {
	opening := tcpFlags&tcpSYN != 0 && (length == 4 || length == 12)
	third := tcpFlags&(tcpSYN|tcpACK) == tcpACK && (length == 20 || length == 22 || length == 24 && p.follows(mptcpFlags))
	if !opening && !third {
		return false
	}
	version := u8(b, 2) & 15
	if version > 1 {
		p.printf(" Unknown Version (%d)", version)
		return true
	}
	p.printf(" v%d", version)
	flags := u8(b, 3)
	if p.follows(mptcpFlags) {
		p.printf(" flags [%s]", bitStrSep(mptcpCapableFlags, "none", "", flags))
	}
	if flags&mptcpChecksumRequired != 0 {
		p.str(" csum")
	}
	if length == 4 {
		return true
	}
	p.printf(" {0x%x", u64(b, 4))
	if third {
		p.printf(",0x%x", u64(b, 12))
		// behind the checksum's flag the last two bytes are a checksum (RFC 8684 section 3.1)
		if p.follows(mptcpFlags) && (length == 24 || length == 22 && flags&mptcpChecksumRequired == 0) {
			p.printf(",data_len=%d", u16(b, 20))
		}
	}
	p.char('}')
	return true
}

func (p *Printer) mptcpJoin(b []byte, length int, tcpFlags uint8) bool {
	switch {
	case length == 12 && tcpFlags&tcpSYN != 0,
		length == 16 && tcpFlags&(tcpSYN|tcpACK) == tcpSYN|tcpACK:
		if u8(b, 2)&1 != 0 {
			p.str(" backup")
		}
		p.printf(" id %d", u8(b, 3))
		if length == 12 {
			p.printf(" token 0x%x nonce 0x%x", u32(b, 4), u32(b, 8))
		} else {
			p.printf(" hmac 0x%x nonce 0x%x", u64(b, 4), u32(b, 12))
		}
		return true
	case length == 24 && tcpFlags&tcpACK != 0:
		p.str(" hmac 0x")
		for _, c := range bytesAt(b, 4, 20) {
			p.hex(uint64(c), 2)
		}
		return true
	}
	return false
}

// mptcpDSS prints a data sequence signal (RFC 8684 section 3.3).
func (p *Printer) mptcpDSS(b []byte, length int, tcpFlags uint8) bool {
	const (
		ack, ack8 = 0x01, 0x02
		seq, seq8 = 0x04, 0x08
		fin       = 0x10
	)
	if length < 4 || tcpFlags&tcpSYN != 0 {
		return false
	}
	flags := u8(b, 3)
	if flags&fin != 0 {
		p.str(" fin")
	}
	i := 4
	if flags&ack != 0 {
		p.str(" ack ")
		if i = p.mptcpNumber(b, i, length, flags&ack8 != 0); i == 0 {
			return false
		}
	}
	if flags&seq != 0 {
		p.str(" seq ")
		if i = p.mptcpNumber(b, i, length, flags&seq8 != 0); i == 0 {
			return false
		}
		if length-i < 4 {
			return false
		}
		p.printf(" subseq %d", u32(b, i))
		if i += 4; length-i < 2 {
			return false
		}
		p.printf(" len %d", u16(b, i))
		if i += 2; length-i >= 2 { // only when it was negotiated
			p.printf(" csum 0x%x", u16(b, i))
			i += 2
		}
	}
	return i == length
}

// mptcpNumber prints the number of 4 or 8 bytes at b[i] and returns the index
// behind it, or 0 when the option is too short for it.
func (p *Printer) mptcpNumber(b []byte, i, length int, long bool) int {
	switch {
	case long && length-i >= 8:
		p.uint(u64(b, i))
		return i + 8
	case !long && length-i >= 4:
		p.uint(uint64(u32(b, i)))
		return i + 4
	}
	return 0
}

func (p *Printer) mptcpAddAddr(b []byte, length int) bool {
	size := 4
	switch length {
	case 8, 10, 16, 18:
	case 20, 22, 28, 30:
		size = 16
	default:
		return false
	}
	p.printf(" %s", tokStr(mptcpAddressForms, "[bad version/echo]", u8(b, 2)&15))
	p.printf(" id %d", u8(b, 3))
	if size == 4 {
		p.printf(" %s", ip4At(b, 4))
	} else {
		p.printf(" %s", ip6At(b, 4))
	}
	i := 4 + size
	if (length-i)%8 == 2 {
		p.printf(":%d", u16(b, i))
		i += 2
	}
	if length-i == 8 {
		p.printf(" hmac 0x%x", u64(b, i))
	}
	return true
}

func (p *Printer) mptcpRemoveAddr(b []byte, length int) bool {
	if length < 4 {
		return false
	}
	p.str(" id")
	for i := 3; i < length; i++ {
		p.printf(" %d", u8(b, i))
	}
	return true
}

func (p *Printer) mptcpPriority(b []byte, length int) bool {
	if length != 3 && length != 4 {
		return false
	}
	if u8(b, 2)&1 != 0 {
		p.str(" backup")
	} else {
		p.str(" non-backup")
	}
	if length == 4 {
		p.printf(" id %d", u8(b, 3))
	}
	return true
}
