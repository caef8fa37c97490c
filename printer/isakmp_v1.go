package printer

import "github.com/tapdump/tapdump/internal/ipproto"

// The payloads of version 1 (RFC 2408 section 3, RFC 2407 section 4.6). Each
// printer returns the index of the next payload, or isakmpEnd.

// isakmpAttribute is an attribute of a transform and the names of its values.
type isakmpAttribute struct {
	name   string
	values []string
}

var isakmpGroups = []string{
	1: "modp768", "modp1024", "EC2N 2^155", "EC2N 2^185", "modp1536", "iana-grp06", "iana-grp07", "iana-grp08",
	"iana-grp09", "iana-grp10", "iana-grp11", "iana-grp12", "iana-grp13", "modp2048", "modp3072", "modp4096",
	"modp6144", "modp8192",
}

// isakmpGroupAttrs are the groups that are named as values of attributes.
var isakmpGroupAttrs = isakmpGroups[:18]

// isakmpOakley are the attributes of IKE's own transforms (RFC 2409 appendix A).
var isakmpOakley = []isakmpAttribute{
	1:  {"enc", []string{1: "1des", "idea", "blowfish", "rc5", "3des", "cast", "aes"}},
	2:  {"hash", []string{1: "md5", "sha1", "tiger", "sha2-256", "sha2-384", "sha2-512"}},
	3:  {"auth", []string{1: "preshared", "dss", "rsa sig", "rsa enc", "rsa enc revised"}},
	4:  {"group desc", isakmpGroupAttrs},
	5:  {"group type", []string{1: "MODP", "ECP", "EC2N"}},
	6:  {name: "group prime"},
	7:  {name: "group gen1"},
	8:  {name: "group gen2"},
	9:  {name: "group curve A"},
	10: {name: "group curve B"},
	11: {"lifetype", []string{1: "sec", "kb"}},
	12: {name: "lifeduration"},
	13: {name: "prf"},
	14: {name: "keylen"},
	15: {name: "field"},
	16: {name: "order"},
}

// isakmpIPsec are the attributes of other transforms (RFC 2407 section 4.5).
var isakmpIPsec = []isakmpAttribute{
	1: {"lifetype", []string{1: "sec", "kb"}},
	2: {name: "life"},
	3: {"group desc", isakmpGroupAttrs},
	4: {"enc mode", []string{1: "tunnel", "transport"}},
	5: {"auth", []string{1: "hmac-md5", "hmac-sha1", "1des-mac", "keyed"}},
	6: {name: "keylen"},
	7: {name: "rounds"},
	8: {name: "dictsize"},
	9: {name: "privalg"},
}

// isakmpTransformIDs are the transforms of each protocol (RFC 2407 section 4.4).
var isakmpTransformIDs = [][]string{
	1: {1: "ike"},
	2: {1: "(reserved)", "md5", "sha", "1des", "sha2-256", "sha2-384", "sha2-512"},
	3: isakmpESP,
	4: {1: "oui", "deflate", "lzs"},
}

var isakmpESP = []string{
	1: "1des-iv64", "1des", "3des", "rc5", "idea", "cast", "blowfish", "3idea", "1des-iv32", "rc4", "null", "aes",
}

var isakmpCertTypes = []string{
	"none", "pkcs7", "pgp", "dns", "x509sign", "x509ke", "kerberos", "crl", "arl", "spki", "x509attr",
}

var isakmpIDTypes = []string{
	1: "IPv4", "FQDN", "user FQDN", "IPv4net", "IPv6", "IPv6net", "IPv4range", "IPv6range", "ASN1 DN", "ASN1 GN",
	"keyid",
}

const (
	isakmpIDIPv4      = 1
	isakmpIDFQDN      = 2
	isakmpIDUserFQDN  = 3
	isakmpIDIPv4Net   = 4
	isakmpIDIPv6      = 5
	isakmpIDIPv6Net   = 6
	isakmpIDIPv4Range = 7
	isakmpIDIPv6Range = 8
)

var isakmpErrors = []string{
	1: "INVALID-PAYLOAD-TYPE", "DOI-NOT-SUPPORTED", "SITUATION-NOT-SUPPORTED", "INVALID-COOKIE",
	"INVALID-MAJOR-VERSION", "INVALID-MINOR-VERSION", "INVALID-EXCHANGE-TYPE", "INVALID-FLAGS", "INVALID-MESSAGE-ID",
	"INVALID-PROTOCOL-ID", "INVALID-SPI", "INVALID-TRANSFORM-ID", "ATTRIBUTES-NOT-SUPPORTED", "NO-PROPOSAL-CHOSEN",
	"BAD-PROPOSAL-SYNTAX", "PAYLOAD-MALFORMED", "INVALID-KEY-INFORMATION", "INVALID-ID-INFORMATION",
	"INVALID-CERT-ENCODING", "INVALID-CERTIFICATE", "CERT-TYPE-UNSUPPORTED", "INVALID-CERT-AUTHORITY",
	"INVALID-HASH-INFORMATION", "AUTHENTICATION-FAILED", "INVALID-SIGNATURE", "ADDRESS-NOTIFICATION",
	"NOTIFY-SA-LIFETIME", "CERTIFICATE-UNAVAILABLE", "UNSUPPORTED-EXCHANGE-TYPE", "UNEQUAL-PAYLOAD-LENGTHS",
}

var (
	isakmpIPsecErrors = []string{"RESERVED"}
	isakmpStatuses    = []string{"CONNECTED"}
	isakmpIPsecStatus = []string{"RESPONDER-LIFETIME", "REPLAY-STATUS", "INITIAL-CONTACT"}
)

// Where the ranges of notifications begin (RFC 2408 section 3.14.1).
const (
	isakmpDOIErrors  = 8192
	isakmpStatusBase = 16384
	isakmpDOIStatus  = 24576
	isakmpPrivate    = 32768

	isakmpLifetime = isakmpDOIStatus
	isakmpReplay   = isakmpDOIStatus + 1
)

var isakmpSituations = []tok{{1, "identity"}, {2, "secrecy"}, {4, "integrity"}}

func (p *Printer) isakmpSecurity(m *isakmpMessage, i, depth int) int {
	p.str("sa:")
	if !has(m.b, i, 12) {
		return p.isakmpCut(isakmpSA)
	}
	doi, situation := u32(m.b, i+4), u32(m.b, i+8)
	if doi != 1 {
		p.printf(" doi=%d situation=%d", doi, situation)
		return i + 12
	}
	p.str(" doi=ipsec situation=")
	between := ""
	for _, s := range isakmpSituations {
		if situation&s.v != 0 {
			p.str(between)
			p.str(s.s)
			between = "+"
		}
	}
	first := i + 12
	if situation != 1 {
		// tcpdump shows the domain of interpretation once more here
		p.printf(" ident=%d", doi)
		first += 4
	}
	if !has(m.b, first, isakmpPayloadLen) {
		return p.isakmpCut(isakmpSA)
	}
	inner := *m
	inner.version = 1
	return p.isakmpChain(&inner, isakmpProposal, first, 0, depth)
}

func (p *Printer) isakmpPropose(m *isakmpMessage, i, depth int) int {
	p.str("p:")
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmpProposal)
	}
	proto, spiLen := m.b[i+5], int(m.b[i+6])
	p.printf(" #%d protoid=", m.b[i+4])
	p.isakmpName(isakmpProtocols, int(proto))
	p.printf(" transform=%d", m.b[i+7])
	if spiLen > 0 {
		p.str(" spi=")
		if !p.isakmpHex(m, i+8, spiLen) {
			return p.isakmpCut(isakmpProposal)
		}
	}
	if !has(m.b, i+8+spiLen, isakmpPayloadLen) {
		return p.isakmpCut(isakmpProposal)
	}
	inner := *m
	inner.version = 1
	return p.isakmpChain(&inner, isakmpTransform, i+8+spiLen, proto, depth)
}

func (p *Printer) isakmpTransforms(m *isakmpMessage, i, n int, proto uint8) int {
	p.str("t:")
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmpTransform)
	}
	p.printf(" #%d id=", m.b[i+4])
	var attributes []isakmpAttribute
	switch {
	case proto == 0 || int(proto) >= len(isakmpTransformIDs):
		p.uint(uint64(m.b[i+5]))
	default:
		p.isakmpName(isakmpTransformIDs[proto], int(m.b[i+5]))
		attributes = isakmpIPsec
		if proto == 1 {
			attributes = isakmpOakley
		}
	}
	p.char(' ')
	return p.isakmpTransformEnd(m, i+8, i+n, attributes)
}

// isakmpTransformEnd prints the attributes of a transform from m.b[i] to end.
func (p *Printer) isakmpTransformEnd(m *isakmpMessage, i, end int, attributes []isakmpAttribute) int {
	for i < len(m.b) && i < end {
		if i = p.isakmpDataAttribute(m, i, end, attributes); i == isakmpEnd {
			return p.isakmpCut(isakmpTransform)
		}
	}
	if len(m.b) < end {
		p.str("...")
	}
	return i
}

// isakmpDataAttribute prints an attribute with a value of two bytes or with a
// length (RFC 2408 section 3.3).
func (p *Printer) isakmpDataAttribute(m *isakmpMessage, i, end int, attributes []isakmpAttribute) int {
	short := u8(m.b, i)&0x80 != 0
	n := 4
	if !short {
		n += int(u16(m.b, i+2))
	}
	if end < i+n {
		p.str("[|attr]")
		return end + 1
	}
	p.char('(')
	kind := int(u16(m.b, i) & 0x7fff)
	var a isakmpAttribute
	if kind < len(attributes) {
		a = attributes[kind]
	}
	if a.name != "" {
		p.printf("type=%s ", a.name)
	} else {
		p.printf("type=#%d ", kind)
	}
	ok := true
	switch {
	case !short:
		p.printf("len=%d value=", n-4)
		ok = p.isakmpHex(m, i+4, n-4)
	default:
		p.str("value=")
		if name := isakmpValue(m, i+2, a.values); name != "" {
			p.str(name)
		} else {
			ok = p.isakmpHex(m, i+2, 2)
		}
	}
	p.char(')')
	if !ok {
		return isakmpEnd
	}
	return i + n
}

// isakmpValue is the name of the value at m.b[i], or "".
func isakmpValue(m *isakmpMessage, i int, values []string) string {
	if values == nil {
		return ""
	}
	return strName(values, u16(m.b, i))
}

// isakmpOpaque prints a payload that is only data.
func (p *Printer) isakmpOpaque(m *isakmpMessage, kind uint8, i, n int) int {
	p.isakmpName(isakmpPayloads, int(kind))
	p.char(':')
	if kind == isakmpKE {
		p.str(" key")
	}
	p.printf(" len=%d", n-isakmpPayloadLen)
	return p.isakmpRest(m, kind, i, n)
}

// isakmpRest prints a payload's data when very much is asked for.
func (p *Printer) isakmpRest(m *isakmpMessage, kind uint8, i, n int) int {
	if p.vflag > 2 && n > isakmpPayloadLen {
		p.char(' ')
		if !p.isakmpHex(m, i+isakmpPayloadLen, n-isakmpPayloadLen) {
			return p.isakmpCut(kind)
		}
	}
	return i + n
}

func (p *Printer) isakmpCertificate(m *isakmpMessage, kind uint8, i, n int) int {
	p.isakmpName(isakmpPayloads, int(kind))
	p.char(':')
	if !has(m.b, i, 6) {
		return p.isakmpCut(kind)
	}
	p.printf(" len=%d type=", n-isakmpPayloadLen)
	p.isakmpName(isakmpCertTypes, int(m.b[i+4]))
	return p.isakmpRest(m, kind, i, n)
}

func (p *Printer) isakmpNonces(m *isakmpMessage, i, n int) int {
	p.printf("nonce: n len=%d", n-isakmpPayloadLen)
	if p.vflag == 2 {
		p.char(' ')
		if !p.isakmpSome(m, i+isakmpPayloadLen) {
			return p.isakmpCut(isakmpNonce)
		}
	}
	return p.isakmpRest(m, isakmpNonce, i, n)
}

// isakmpIdentity prints an identification (RFC 2407 section 4.6.2).
func (p *Printer) isakmpIdentity(m *isakmpMessage, i, n int) int {
	p.str("id:")
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmpID)
	}
	kind, proto := m.b[i+4], m.b[i+5]
	p.str(" idtype=")
	p.isakmpName(isakmpIDTypes, int(kind))
	name := ""
	// protocol 0 stands for any
	if !p.nflag && proto != 0 {
		name = ipproto.Names[proto]
	}
	if name != "" {
		p.printf(" protoid=%s", name)
	} else {
		p.printf(" protoid=%d", proto)
	}
	p.printf(" port=%d", u16(m.b, i+6))
	size := n - 8
	if size <= 0 {
		return i + n
	}
	if !has(m.b, i+8, size) {
		return p.isakmpCut(isakmpID)
	}
	p.printf(" len=%d", size)
	if !p.isakmpIdentityData(kind, m.b[i+8:i+n]) && p.vflag > 2 {
		p.char(' ')
		p.isakmpHex(m, i+8, size)
	}
	return i + n
}

// isakmpIdentityData prints an identity and reports whether its type is one of
// those that are decoded.
func (p *Printer) isakmpIdentityData(kind uint8, data []byte) bool {
	var least int
	switch kind {
	case isakmpIDIPv4:
		least = 4
	case isakmpIDIPv4Net, isakmpIDIPv4Range:
		least = 8
	case isakmpIDIPv6:
		least = 16
	case isakmpIDIPv6Net, isakmpIDIPv6Range:
		least = 32
	case isakmpIDFQDN, isakmpIDUserFQDN:
	default:
		return false
	}
	if len(data) < least {
		p.printf(" [bad: < %d]", least)
		return true
	}
	p.char(' ')
	switch kind {
	case isakmpIDFQDN, isakmpIDUserFQDN:
		p.safe(data)
	case isakmpIDIPv4:
		p.appendAddr4(ip4At(data, 0))
	case isakmpIDIPv4Net:
		p.printf("%s/%d.%d.%d.%d", ip4At(data, 0), data[4], data[5], data[6], data[7])
	case isakmpIDIPv4Range:
		p.printf("%s-%s", ip4At(data, 0), ip4At(data, 4))
	case isakmpIDIPv6:
		p.appendAddr6(ip6At(data, 0))
	case isakmpIDIPv6Net:
		p.printf("%s/0x%016x%016x", ip6At(data, 0), u64(data, 16), u64(data, 24))
	case isakmpIDIPv6Range:
		p.printf("%s-%s", ip6At(data, 0), ip6At(data, 16))
	}
	return true
}

// isakmpNotification prints a notification (RFC 2408 section 3.14).
func (p *Printer) isakmpNotification(m *isakmpMessage, i, n int) int {
	p.str("n:")
	if !has(m.b, i, 12) {
		return p.isakmpCut(isakmpNotify)
	}
	doi, proto, spiLen, kind := u32(m.b, i+4), m.b[i+8], int(m.b[i+9]), int(u16(m.b, i+10))
	ipsec := doi == 1
	if ipsec {
		p.str(" doi=ipsec proto=")
		p.isakmpName(isakmpProtocols, int(proto))
	} else {
		p.printf(" doi=%d proto=%d", doi, proto)
	}
	p.str(" type=")
	switch {
	case kind < isakmpDOIErrors:
		p.isakmpName(isakmpErrors, kind)
	case kind < isakmpStatusBase && ipsec:
		p.isakmpName(isakmpIPsecErrors, kind-isakmpDOIErrors)
	case kind >= isakmpStatusBase && kind < isakmpDOIStatus:
		p.isakmpName(isakmpStatuses, kind-isakmpStatusBase)
	case kind >= isakmpDOIStatus && kind < isakmpPrivate && ipsec:
		p.isakmpName(isakmpIPsecStatus, kind-isakmpDOIStatus)
	default:
		p.printf("#%d", kind)
	}
	if spiLen > 0 {
		p.str(" spi=")
		if !p.isakmpHex(m, i+12, spiLen) {
			return p.isakmpCut(isakmpNotify)
		}
	}
	data := i + 12 + spiLen
	if !ipsec {
		return data
	}
	if data < len(m.b) && !p.isakmpNotifyData(m, kind, data, i+n) {
		return p.isakmpCut(isakmpNotify)
	}
	return i + n
}

// isakmpNotifyData prints the data of a notification from m.b[i] to end, or, of
// those without a form of their own, what follows up to the end of the message.
func (p *Printer) isakmpNotifyData(m *isakmpMessage, kind, i, end int) bool {
	switch {
	case kind == isakmpLifetime:
		p.str(" attrs=(")
		for i < len(m.b) && i < end && i != isakmpEnd {
			i = p.isakmpDataAttribute(m, i, end, isakmpOakley)
		}
		p.char(')')
		return i != isakmpEnd
	case kind == isakmpReplay:
		p.str(" status=(")
		able := "dis"
		if u32(m.b, i) != 0 {
			able = "en"
		}
		p.printf("replay detection %sabled)", able)
		return true
	case p.vflag > 3:
		p.str(" data=(")
		p.isakmpHex(m, i, len(m.b)-i)
		p.char(')')
		return true
	}
	return p.isakmpSome(m, i)
}

// isakmpDeletion prints the SPIs that are deleted (RFC 2408 section 3.15).
func (p *Printer) isakmpDeletion(m *isakmpMessage, i int) int {
	p.str("d:")
	if !has(m.b, i, 12) {
		return p.isakmpCut(isakmpDelete)
	}
	doi, proto, spiLen, count := u32(m.b, i+4), m.b[i+8], int(m.b[i+9]), int(u16(m.b, i+10))
	if doi == 1 {
		p.str(" doi=ipsec proto=")
		p.isakmpName(isakmpProtocols, int(proto))
	} else {
		p.printf(" doi=%d proto=%d", doi, proto)
	}
	p.printf(" spilen=%d nspi=%d", spiLen, count)
	i += 12
	if spiLen == 0 {
		return i
	}
	p.str(" spi=")
	for k := range count {
		if k > 0 {
			p.char(',')
		}
		if !p.isakmpHex(m, i, spiLen) {
			return p.isakmpCut(isakmpDelete)
		}
		i += spiLen
	}
	return i
}
