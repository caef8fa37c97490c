// domain_records.go: DNS resource records (IANA dns-parameters) and the options
// of EDNS (RFC 6891).

package printer

// Types that are decoded.
const (
	domainA     = 1
	domainNS    = 2
	domainCNAME = 5
	domainSOA   = 6
	domainPTR   = 12
	domainMX    = 15
	domainTXT   = 16
	domainAAAA  = 28
	domainSRV   = 33
	domainA6    = 38
	domainDNAME = 39
	domainOPT   = 41
	domainTSIG  = 250
	domainURI   = 256

	domainIN = 1 // the class that is not shown
)

// domainTypes are the types below the query types.
var domainTypes = []string{
	1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL",
	11: "WKS", 12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB",
	19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP", 23: "NSAP_PTR", 24: "SIG", 25: "KEY", 26: "PX",
	27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID", 32: "NIMLOC", 33: "SRV", 34: "ATMA",
	35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL",
	43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 49: "DHCID",
	50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY",
	58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD",
	64: "SVCB", 65: "HTTPS", 99: "SPF", 100: "UINFO", 101: "UID", 102: "GID", 103: "UNSPEC",
	104: "NID", 105: "L32", 106: "L64", 107: "LP", 108: "EUI48", 109: "EUI64",
}

var domainTypesHigh = []tok{
	{249, "TKEY"},
	{domainTSIG, "TSIG"},
	{251, "IXFR"},
	{252, "AXFR"},
	{253, "MAILB"},
	{254, "MAILA"},
	{255, "ANY"},
	{domainURI, "URI"},
	{257, "CAA"},
	{258, "AVC"},
	{259, "DOA"},
	{260, "AMTRELAY"},
	{32768, "TA"},
	{32769, "DLV"},
}

var domainClasses = []tok{
	{domainIN, "IN"},
	{3, "CHAOS"},
	{4, "HS"},
	{255, "ANY"},
}

// domainType appends the name of a type.
func (p *Printer) domainType(t uint16) {
	if s := strName(domainTypes, t); s != "" {
		p.str(s)
		return
	}
	p.tok(domainTypesHigh, "Type%d", uint32(t))
}

// domainClass appends the name of a class, unless it is IN, after a blank.
func (p *Printer) domainClass(class uint16) {
	if class != domainIN {
		p.char(' ')
		p.tok(domainClasses, "(Class %d)", uint32(class))
	}
}

// domainRecord prints the record at m.b[i] and returns the index behind it, or
// -1. A record without its fixed part counts as the last one.
func (p *Printer) domainRecord(m *domainMessage, i int) int {
	b := m.b
	if p.vflag > 0 {
		p.char(' ')
		if i = p.domainName(b, i, 0); i < 0 {
			return -1
		}
	} else {
		i = domainSkipName(b, i)
	}
	if !has(b, i, 10) {
		return len(b)
	}
	kind, class := u16(b, i), u16(b, i+2)
	flush := m.multicast && class&0x8000 != 0
	if m.multicast {
		class &^= 0x8000
	}
	if kind != domainOPT {
		p.domainClass(class)
	}
	if flush {
		p.str(" (Cache flush)")
	}
	if kind != domainOPT && p.vflag > 2 {
		p.str(" [")
		p.duration(u32(b, i+4))
		p.char(']')
	}
	p.char(' ')
	p.domainType(kind)
	flags := u16(b, i+6) // OPT has them in the lower half of the TTL
	n := int(u16(b, i+8))
	i += 10
	if !has(b, i, n) {
		return -1
	}
	if kind == domainOPT {
		if !p.domainOptions(b, i, i+n, class, flags) {
			return -1
		}
	} else if !p.domainData(b, i, n, kind) {
		return -1
	}
	return i + n
}

// domainData prints the n bytes of record data at b[i] and reports whether they
// make sense. Fields may reach beyond the n bytes.
func (p *Printer) domainData(b []byte, i, n int, kind uint16) bool {
	switch kind {
	case domainA:
		if !has(b, i, 4) {
			return false
		}
		p.char(' ')
		p.out = appendIPv4(p.out, ip4At(b, i))
	case domainAAAA:
		if !has(b, i, 16) {
			return false
		}
		p.char(' ')
		p.out = appendIPv6(p.out, ip6At(b, i))
	case domainNS, domainCNAME, domainPTR, domainDNAME:
		p.char(' ')
		return p.domainName(b, i, 0) >= 0
	case domainSOA:
		return p.vflag == 0 || p.domainStartOfAuthority(b, i)
	case domainMX:
		p.char(' ')
		if !has(b, i, 2) || p.domainName(b, i+2, 0) < 0 {
			return false
		}
		p.printf(" %d", u16(b, i))
	case domainTXT:
		return p.domainStrings(b, i, i+n)
	case domainSRV:
		p.char(' ')
		if !has(b, i, 6) || p.domainName(b, i+6, 0) < 0 {
			return false
		}
		p.printf(":%d %d %d", u16(b, i+4), u16(b, i), u16(b, i+2))
	case domainA6:
		return p.domainAddress6(b, i)
	case domainURI:
		if n < 4 {
			p.printf(" len %d is too short (< 4)", n)
			break
		}
		p.printf(" %d %d ", u16(b, i), u16(b, i+2))
		p.safe(b[i+4 : i+n])
	case domainTSIG:
		return p.vflag == 0 || p.domainSignature(b, i)
	}
	return true
}

func (p *Printer) domainStartOfAuthority(b []byte, i int) bool {
	for range 2 { // server and mailbox
		p.char(' ')
		if i = p.domainName(b, i, 0); i < 0 {
			return false
		}
	}
	if !has(b, i, 20) {
		return false
	}
	for n := 0; n < 20; n += 4 { // serial, refresh, retry, expire, minimum
		p.printf(" %d", u32(b, i+n))
	}
	return true
}

// domainStrings prints the character strings from b[i] to b[end].
func (p *Printer) domainStrings(b []byte, i, end int) bool {
	for i < end {
		p.str(" \"")
		if !has(b, i, 1) {
			return false
		}
		n := int(b[i])
		if i++; p.safeLimited(b[i:], n) {
			return false
		}
		i += n
		p.char('"')
	}
	return true
}

// domainAddress6 prints A6 data: a prefix length, the end of an address and the
// name that has the prefix (RFC 2874 section 3.1).
func (p *Printer) domainAddress6(b []byte, i int) bool {
	if !has(b, i, 1) {
		return false
	}
	bits := int(b[i])
	if bits > 128 {
		p.printf(" %d(bad plen)", bits)
		return true
	}
	first := bits / 8
	if bits < 128 {
		var a addr6
		copy(a[first:], bytesAt(b, i+1, 16-first))
		p.printf(" %d ", bits)
		p.out = appendIPv6(p.out, a)
	}
	if bits == 0 {
		return true
	}
	p.char(' ')
	return p.domainName(b, i+17-first, 0) >= 0
}

// domainSignature prints a transaction signature (RFC 8945 section 4.2).
func (p *Printer) domainSignature(b []byte, i int) bool {
	p.char(' ')
	if i = p.domainName(b, i, 0); i < 0 {
		return false
	}
	i += 6 // the time
	for n, label := range [...]string{" fudge=", " maclen=", " origid=", " error=", " otherlen="} {
		if !has(b, i, 2) {
			return false
		}
		v := u16(b, i)
		p.str(label)
		p.uint(uint64(v))
		if i += 2; n == 1 {
			i += int(v)
		}
	}
	return true
}

// EDNS options (IANA dns-parameters, DNS EDNS0 Option Codes).
const (
	domainOptNSID      = 3
	domainOptDAU       = 5
	domainOptDHU       = 6
	domainOptN3U       = 7
	domainOptSubnet    = 8
	domainOptExpire    = 9
	domainOptCookie    = 10
	domainOptKeepalive = 11
	domainOptPadding   = 12
	domainOptChain     = 13
	domainOptKeyTag    = 14
)

var domainOptionNames = []tok{
	{1, "LLQ"},
	{2, "UL"},
	{domainOptNSID, "NSID"},
	{domainOptDAU, "DAU"},
	{domainOptDHU, "DHU"},
	{domainOptN3U, "N3U"},
	{domainOptSubnet, "ECS"},
	{domainOptExpire, "EXPIRE"},
	{domainOptCookie, "COOKIE"},
	{domainOptKeepalive, "KEEPALIVE"},
	{domainOptPadding, "PADDING"},
	{domainOptChain, "CHAIN"},
	{domainOptKeyTag, "KEY-TAG"},
	{16, "CLIENT-TAG"},
	{17, "SERVER-TAG"},
}

// domainAlgorithms are DNSSEC signing algorithms (IANA dns-sec-alg-numbers).
var domainAlgorithms = []tok{
	{0, "DELETE"},
	{1, "RSAMD5"},
	{2, "DH"},
	{3, "DS"},
	{5, "RSASHA1"},
	{6, "DSA-NSEC3-SHA1"},
	{7, "RSASHA1-NSEC3-SHA1"},
	{8, "RSASHA256"},
	{10, "RSASHA512"},
	{12, "ECC-GOST"},
	{13, "ECDSAP256SHA256"},
	{14, "ECDSAP384SHA384"},
	{15, "ED25519"},
	{16, "ED448"},
	{252, "INDIRECT"},
	{253, "PRIVATEDNS"},
	{254, "PRIVATEOID"},
}

// domainDigests are the digests of delegation signers (IANA ds-rr-types).
var domainDigests = []tok{
	{1, "SHA-1"},
	{2, "SHA-256"},
	{3, "GOST_R_34.11-94"},
	{4, "SHA-384"},
}

// domainHashes are the hashes of NSEC3 (IANA dnssec-nsec3-parameters).
var domainHashes = []tok{{1, "SHA-1"}}

// domainOptions prints an OPT record, whose data go from b[i] to b[end].
func (p *Printer) domainOptions(b []byte, i, end int, size, flags uint16) bool {
	p.str(" UDPsize=")
	p.uint(uint64(size))
	if flags&0x8000 != 0 {
		p.str(" DO")
	}
	if i == end {
		return true
	}
	p.str(" [")
	for {
		if i = p.domainOption(b, i); i < 0 {
			return false
		}
		if i >= end {
			break
		}
		p.char(',')
	}
	p.char(']')
	return true
}

// domainOption prints the option at b[i] and returns the index behind it, or -1.
func (p *Printer) domainOption(b []byte, i int) int {
	if !has(b, i, 2) {
		return -1
	}
	code := u16(b, i)
	p.tok(domainOptionNames, "Opt%d", uint32(code))
	if !has(b, i+2, 2) {
		return -1
	}
	n := int(u16(b, i+2))
	i += 4
	if !has(b, i, n) {
		return -1
	}
	if n == 0 {
		return i
	}
	p.char(' ')
	if code == domainOptChain {
		// pointers count from the option's end: there is none that is right
		p.domainName(b, i, i+n)
	} else {
		p.domainOptionData(code, b[i:i+n])
	}
	return i + n
}

func (p *Printer) domainOptionData(code uint16, data []byte) {
	n := len(data)
	switch code {
	case domainOptSubnet:
		p.domainSubnet(data)
	case domainOptCookie:
		if n < 8 || n > 8 && n < 16 || n > 40 {
			p.invalid()
			return
		}
		p.domainHex(data[:8])
		if n > 8 { // the server's part
			p.char(' ')
			p.domainHex(data[8:])
		}
	case domainOptKeepalive:
		if n != 2 {
			p.invalid()
			return
		}
		p.printf("%.1f sec", float64(u16(data, 0))/10)
	case domainOptExpire:
		if n != 4 {
			p.invalid()
			return
		}
		p.printf("%d sec", u32(data, 0))
	case domainOptPadding:
		p.printf("(%d)", n)
	case domainOptKeyTag:
		if n%2 != 0 {
			p.invalid()
			return
		}
		for i := 0; i < n; i += 2 {
			if i > 0 {
				p.char(' ')
			}
			p.uint(uint64(u16(data, i)))
		}
	case domainOptDAU:
		p.domainUnderstood(domainAlgorithms, data)
	case domainOptDHU:
		p.domainUnderstood(domainDigests, data)
	case domainOptN3U:
		p.domainUnderstood(domainHashes, data)
	default:
		p.domainHex(data)
	}
}

func (p *Printer) domainHex(b []byte) {
	for _, c := range b {
		p.hex(uint64(c), 2)
	}
}

// domainUnderstood prints the algorithms that a resolver understands (RFC 6975).
func (p *Printer) domainUnderstood(names []tok, data []byte) {
	for i, c := range data {
		if i > 0 {
			p.char(' ')
		}
		p.tok(names, "Alg_%d", uint32(c))
	}
}

// domainSubnet prints the client's network (RFC 7871 section 6).
func (p *Printer) domainSubnet(data []byte) {
	if len(data) < 4 {
		p.invalid()
		return
	}
	family, source, scope := u16(data, 0), int(data[2]), int(data[3])
	size := 0
	switch family {
	case 1:
		size = 4
	case 2:
		size = 16
	}
	address := data[4:]
	if len(address) > size || size == 0 || source > 8*size || scope > 8*size || (source+7)/8 != len(address) {
		p.invalid()
		return
	}
	var a addr6
	copy(a[:], address)
	if size == 4 {
		p.out = appendIPv4(p.out, addr4(a[:4]))
	} else {
		p.out = appendIPv6(p.out, a)
	}
	p.printf("/%d/%d", source, scope)
}
