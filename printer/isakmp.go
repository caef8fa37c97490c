// isakmp.go: the Internet Key Exchange, versions 1 (RFC 2407, 2408, 2409) and 2
// (RFC 7296), and ESP and IKE in UDP (RFC 3948).

package printer

const (
	isakmpHeaderLen  = 28
	isakmpPayloadLen = 4 // of the generic header of a payload

	isakmpEncrypted1 = 0x01
	isakmpCommit     = 0x02
	isakmpInitiator  = 0x08
	isakmpVersion    = 0x10
	isakmpResponse   = 0x20
)

// Payloads (RFC 2408 section 3.1, RFC 7296 section 3.2).
const (
	isakmpSA        = 1
	isakmpProposal  = 2
	isakmpTransform = 3
	isakmpKE        = 4
	isakmpID        = 5
	isakmpCert      = 6
	isakmpCertReq   = 7
	isakmpHash      = 8
	isakmpSig       = 9
	isakmpNonce     = 10
	isakmpNotify    = 11
	isakmpDelete    = 12
	isakmpVendor    = 13

	isakmp2SA        = 33
	isakmp2KE        = 34
	isakmp2IDi       = 35
	isakmp2IDr       = 36
	isakmp2Cert      = 37
	isakmp2CertReq   = 38
	isakmp2Auth      = 39
	isakmp2Nonce     = 40
	isakmp2Notify    = 41
	isakmp2Delete    = 42
	isakmp2Vendor    = 43
	isakmp2TSi       = 44
	isakmp2TSr       = 45
	isakmp2Encrypted = 46
	isakmp2Config    = 47
	isakmp2EAP       = 48
)

var isakmpPayloads = []string{
	"none", "sa", "p", "t", "ke", "id", "cert", "cr", "hash", "sig", "nonce", "n", "d", "vid",
	"pay14", "pay15", "pay16", "pay17", "pay18", "pay19", "pay20", "pay21", "pay22", "pay23",
	"pay24", "pay25", "pay26", "pay27", "pay28", "pay29", "pay30", "pay31", "pay32",
	"v2sa", "v2ke", "v2IDi", "v2IDr", "v2cert", "v2cr", "v2auth", "v2nonce", "v2n", "v2d", "v2vid",
	"v2TSi", "v2TSr", "v2e", "v2cp", "v2eap",
}

var isakmpExchanges = []string{
	0: "none", "base", "ident", "auth", "agg", "inf",
	32: "oakley-quick", "oakley-newgroup",
	34: "ikev2_init", "ikev2_auth", "child_sa", "inf2",
}

var isakmpProtocols = []string{1: "isakmp", "ipsec-ah", "ipsec-esp", "ipcomp"}

// isakmpCookiesMax is how many exchanges are remembered.
const isakmpCookiesMax = 20

// isakmpCookies are the exchanges whose first packet was seen: who began them
// can be told afterwards by the addresses.
type isakmpCookies struct {
	ring [isakmpCookiesMax]isakmpCookie
	next int
}

type isakmpCookie struct {
	initiator [8]byte
	version   int // of the addresses
	from, to  addr6
}

func (c *isakmpCookies) find(initiator [8]byte) *isakmpCookie {
	for i := range c.ring {
		if c.ring[i].initiator == initiator {
			return &c.ring[i]
		}
	}
	return nil
}

func (c *isakmpCookies) add(initiator [8]byte, ip ipHeader) {
	e := isakmpCookie{initiator: initiator}
	e.version, e.from = isakmpSource(ip)
	if e.version == 6 {
		e.to = ip6At(ip.b, 24)
	} else {
		dst := ip4At(ip.b, 16)
		copy(e.to[:], dst[:])
	}
	c.ring[c.next] = e
	c.next = (c.next + 1) % isakmpCookiesMax
}

// isakmpSource is the source address of an IP header; one of IPv4 is in the first
// bytes.
func isakmpSource(ip ipHeader) (version int, src addr6) {
	if ip.version == 6 {
		return 6, ip6At(ip.b, 8)
	}
	from := ip4At(ip.b, 12)
	copy(src[:], from[:])
	return 4, src
}

// isakmpMessage is the message whose payloads are printed, or the plain text of
// one of them.
type isakmpMessage struct {
	b          []byte // to the end of the capture
	version    int    // 1 or 2: whose chains of payloads
	fromBegin  bool   // sent by the initiator (IKEv2)
	spiI, spiR [8]byte
}

// isakmpNATT prints what is sent through address translators: IKE behind four
// zero bytes, ESP, or a byte that keeps the translation alive (RFC 3948 section
// 2).
func (p *Printer) isakmpNATT(b []byte, length int, ip ipHeader) {
	p.proto = "isakmp_rfc3948"
	if length == 1 && u8(b, 0) == 0xff {
		p.str("isakmp-nat-keep-alive")
		return
	}
	if length < 4 {
		p.truncMark()
		return
	}
	if u32(b, 0) == 0 {
		p.str("NONESP-encap: ")
		p.isakmp(b[4:], length-4, ip)
		return
	}
	p.str("UDP-encap: ")
	p.esp(b, length, ip)
}

// isakmp prints a message (RFC 2408 section 3.1).
func (p *Printer) isakmp(b []byte, length int, ip ipHeader) {
	p.proto = "isakmp"
	p.espSecrets()
	if len(b) < isakmpHeaderLen {
		p.truncMark()
		return
	}
	p.str("isakmp")
	major, minor := int(b[17]>>4), b[17]&0xf
	if p.vflag > 0 {
		p.printf(" %d.%d msgid %08x", major, minor, u32(b, 20))
	}
	if p.vflag > 1 {
		p.printf(" cookie %016x->%016x", u64(b, 0), u64(b, 8))
	}
	p.char(':')
	if major != 1 && major != 2 {
		return
	}
	m := isakmpMessage{
		b: b, version: major, spiI: [8]byte(b[:8]), spiR: [8]byte(b[8:16]),
	}
	flags := b[19]
	if major == 1 {
		p.isakmpPhase(&m, ip)
	} else if u32(b, 20) == 0 {
		p.str(" parent_sa")
	} else {
		p.str(" child_sa ")
	}
	p.char(' ')
	p.isakmpName(isakmpExchanges, int(b[18]))
	p.isakmpFlags(&m, flags)
	if p.vflag == 0 {
		return
	}
	p.char(':')
	if first := b[16]; flags&isakmpEncrypted1 != 0 {
		p.str(" [encrypted ")
		p.isakmpName(isakmpPayloads, int(first))
		p.char(']')
	} else {
		p.isakmpChain(&m, first, isakmpHeaderLen, 0, 0)
	}
	if size := u32(b, 24); size != uint32(length) {
		p.printf(" (len mismatch: isakmp %d/ip %d)", size, uint32(length))
	}
}

// isakmpPhase prints the phase of IKEv1 and which side is speaking, as far as it
// is known.
func (p *Printer) isakmpPhase(m *isakmpMessage, ip ipHeader) {
	if u32(m.b, 20) == 0 {
		p.str(" phase 1")
	} else {
		p.str(" phase 2/others")
	}
	p.inOrder()
	cookies := &p.conv.isakmp
	known := cookies.find(m.spiI)
	if known == nil {
		if m.spiR == [8]byte{} {
			p.str(" I")
			cookies.add(m.spiI, ip)
		} else {
			p.str(" ?")
		}
		return
	}
	version, src := isakmpSource(ip)
	switch {
	case known.version == version && known.from == src:
		p.str(" I")
	case known.version == version && known.to == src:
		p.str(" R")
	default:
		p.str(" ?")
	}
}

func (p *Printer) isakmpFlags(m *isakmpMessage, flags uint8) {
	m.fromBegin = flags&isakmpInitiator != 0
	if flags == 0 {
		return
	}
	table := isakmpFlagLetters
	if m.version == 2 {
		table = isakmpFlagLetters2
	}
	p.char('[')
	for _, f := range table {
		if uint32(flags)&f.v != 0 {
			p.str(f.s)
		}
	}
	p.char(']')
}

var (
	isakmpFlagLetters  = []tok{{isakmpEncrypted1, "E"}, {isakmpCommit, "C"}}
	isakmpFlagLetters2 = []tok{{isakmpInitiator, "I"}, {isakmpVersion, "V"}, {isakmpResponse, "R"}}
)

// isakmpName prints the name of v in table, or its number.
func (p *Printer) isakmpName(table []string, v int) {
	if s := strName(table, v); s != "" {
		p.str(s)
		return
	}
	p.printf("#%d", v)
}

// isakmpEnd is what printers of payloads return when nothing can follow.
const isakmpEnd = -1

// isakmpCut marks a payload that is cut short.
func (p *Printer) isakmpCut(kind uint8) int {
	p.str(" [|")
	p.isakmpName(isakmpPayloads, int(kind))
	p.char(']')
	return isakmpEnd
}

// isakmpHex prints n bytes at m.b[i] and reports whether they were there.
func (p *Printer) isakmpHex(m *isakmpMessage, i, n int) bool {
	if !has(m.b, i, n) {
		return false
	}
	for _, c := range m.b[i : i+n] {
		p.hex(uint64(c), 2)
	}
	return true
}

// isakmpSome prints the first ten and the last twenty bytes from m.b[i] to the
// end of the message.
func (p *Printer) isakmpSome(m *isakmpMessage, i int) bool {
	n := 10
	if left := len(m.b) - i; left >= 0 {
		n = min(n, left)
	}
	tail := max(len(m.b)-20, i+n)
	p.str(" data=(")
	if !p.isakmpHex(m, i, n) {
		return false
	}
	p.str("...")
	if !p.isakmpHex(m, tail, len(m.b)-tail) {
		return false
	}
	p.char(')')
	return true
}

// isakmpChain prints the payloads from m.b[i] on, the first of the given kind.
// proto is the protocol of the proposal that they are in. It returns the index
// behind them, or isakmpEnd.
func (p *Printer) isakmpChain(m *isakmpMessage, kind uint8, i int, proto uint8, depth int) int {
	for kind != 0 {
		if !has(m.b, i, isakmpPayloadLen) || !has(m.b, i, int(u16(m.b, i+2))) {
			return p.isakmpCut(kind)
		}
		p.isakmpOpen(depth + 1)
		next := p.isakmpPayload(m, kind, i, int(u16(m.b, i+2)), proto, depth+1)
		p.char(')')
		if next == isakmpEnd {
			return isakmpEnd
		}
		kind, i = u8(m.b, i), next
	}
	return i
}

// isakmpOpen starts the line of a payload.
func (p *Printer) isakmpOpen(depth int) {
	p.char('\n')
	for range depth {
		p.str("    ")
	}
	p.char('(')
}

// isakmpPayload prints the payload of n bytes at m.b[i] and returns the index of
// the next, or isakmpEnd. Payloads of both versions may appear in both.
func (p *Printer) isakmpPayload(m *isakmpMessage, kind uint8, i, n int, proto uint8, depth int) int {
	if n <= isakmpPayloadLen {
		return isakmpEnd
	}
	switch kind {
	case isakmpSA:
		return p.isakmpSecurity(m, i, depth)
	case isakmpProposal:
		return p.isakmpPropose(m, i, depth)
	case isakmpTransform:
		return p.isakmpTransforms(m, i, n, proto)
	case isakmpKE, isakmpHash, isakmpSig, isakmpVendor:
		return p.isakmpOpaque(m, kind, i, n)
	case isakmpCert, isakmpCertReq:
		return p.isakmpCertificate(m, kind, i, n)
	case isakmpID:
		return p.isakmpIdentity(m, i, n)
	case isakmpNonce:
		return p.isakmpNonces(m, i, n)
	case isakmpNotify:
		return p.isakmpNotification(m, i, n)
	case isakmpDelete:
		return p.isakmpDeletion(m, i)
	case isakmp2SA:
		return p.isakmp2Security(m, i, depth)
	case isakmp2KE:
		return p.isakmp2Key(m, i, n)
	case isakmp2IDi, isakmp2IDr:
		return p.isakmp2Identity(m, kind, i, n)
	case isakmp2Cert, isakmp2CertReq, isakmp2Delete, isakmp2TSi, isakmp2TSr, isakmp2Config, isakmp2EAP:
		return p.isakmp2Opaque(m, kind, i, n)
	case isakmp2Auth:
		return p.isakmp2Authentication(m, i, n)
	case isakmp2Nonce:
		return p.isakmp2Nonces(m, i, n)
	case isakmp2Notify:
		return p.isakmp2Notification(m, i, n)
	case isakmp2Vendor:
		return p.isakmp2VendorID(m, i, n)
	case isakmp2Encrypted:
		if m.version == 2 {
			p.isakmp2Decrypt(m, i, n, depth)
			return isakmpEnd
		}
	}
	p.isakmpName(isakmpPayloads, int(kind))
	return i + n
}
