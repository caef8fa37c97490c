package apps

// DNS: RFC 1035; mDNS: RFC 6762; LLMNR: RFC 4795; SVCB and HTTPS: RFC 9460. Lines have
// what they say already, so that there are only fields here, and what addresses are
// called.

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tapdump/tapdump/capture/header"
)

const (
	// dnsRecordsMax is how many records of a message are looked at.
	dnsRecordsMax = 128
	// dnsAliasesMax is how many aliases of a name are followed.
	dnsAliasesMax = 16
	// dnsPortNetBIOS is where messages look like those of DNS and are others
	// (RFC 1002, section 4.2).
	dnsPortNetBIOS = 137
	// dnsPortMulticast is where all hear what is said, or might (RFC 6762).
	dnsPortMulticast = 5353
)

// dnsBegins: over TCP a message has its length in front (RFC 1035, section 4.2.2).
func dnsBegins(t *talk, b []byte) verdict {
	if !t.likely(protocolDNS) {
		return no
	}
	if len(b) < 14 {
		return maybe
	}
	if binary.BigEndian.Uint16(b) < 12 || !dnsHeader(b[2:]) {
		return no
	}
	return yes
}

// dnsHeader reports whether b may begin with the header of a message: a known
// operation, and few questions.
func dnsHeader(b []byte) bool {
	opcode := b[2] >> 3 & 15
	return opcode != 3 && opcode <= 6 && b[3]&0x40 == 0 && binary.BigEndian.Uint16(b[4:]) <= 32
}

func dnsRead(t *talk, b []byte) int {
	if len(b) < 2 {
		return 0
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if n > len(b) && !t.cut {
		return 0
	}
	if !dnsMessage(t, b[2:min(n, len(b))]) {
		return strange
	}
	return n
}

// dnsDatagram: on other ports than its own a message has to be one to its last byte.
func dnsDatagram(t *talk, b []byte) bool {
	if len(b) < 12 || !dnsHeader(b) {
		return false
	}
	return (t.likely(protocolDNS) || dnsCertain(t, b)) && dnsMessage(t, b)
}

// dnsCertain reports whether b is a message by its content alone: one question of
// class IN for a known type, and records that end where the datagram does.
func dnsCertain(t *talk, b []byte) bool {
	lower, higher := t.p.Ports()
	if b[2]&0x78 != 0 || binary.BigEndian.Uint16(b[4:]) != 1 || t.cut ||
		lower == dnsPortNetBIOS || higher == dnsPortNetBIOS {
		return false
	}
	at := dnsSkipName(b, 12)
	if at < 0 || at <= 13 || len(b) < at+4 || binary.BigEndian.Uint16(b[at+2:]) != 1 {
		return false
	}
	if _, known := dnsTypeName(dnsmessage.Type(binary.BigEndian.Uint16(b[at:]))); !known {
		return false
	}
	at += 4
	records := 0
	for i := 6; i < 12; i += 2 {
		records += int(binary.BigEndian.Uint16(b[i:]))
	}
	for ; records > 0; records-- {
		if at = dnsSkipName(b, at); at < 0 || len(b) < at+10 {
			return false
		}
		at += 10 + int(binary.BigEndian.Uint16(b[at+8:]))
	}
	return at == len(b)
}

// dnsSkipName is where the name at at ends; -1: there is none.
func dnsSkipName(b []byte, at int) int {
	for at < len(b) {
		n := int(b[at])
		switch {
		case n == 0:
			return at + 1
		case n >= 0xc0:
			return at + 2
		case n >= 0x40:
			return -1
		}
		at += 1 + n
	}
	return -1
}

// dnsMessage says what a message asks for or answers. It is false where that is none.
func dnsMessage(t *talk, b []byte) bool {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil {
		return false
	}
	var names dnsNames
	questions := 0
	for ; questions < 32; questions++ {
		q, err := p.Question()
		if err == dnsmessage.ErrSectionDone {
			break
		}
		if err != nil {
			return questions > 0
		}
		if questions == 0 {
			dnsSaid(t, &h)
			names.ask(&q)
		}
		t.set(FieldDNSQName, dnsName(&q.Name))
		t.setString(FieldDNSQType, dnsType(q.Type))
	}
	if questions == 0 {
		dnsSaid(t, &h)
	}
	if h.Response {
		t.isServer()
		dnsAnswers(t, &p, &names)
	}
	return true
}

// dnsSaid sets the fields of the header.
func dnsSaid(t *talk, h *dnsmessage.Header) {
	t.setNumber(FieldDNSID, int64(h.ID))
	if h.Response {
		t.setString(FieldDNSRCode, dnsRCode(h.RCode))
	}
}

// dnsRCode is the name of a response code (IANA, "DNS RCODEs").
func dnsRCode(c dnsmessage.RCode) string {
	names := [...]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
		"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI"}
	if int(c) < len(names) {
		return names[c]
	}
	return "RCODE" + strconv.Itoa(int(c))
}

// dnsTypeName is the name of a type of record (IANA, "Resource Record (RR) TYPEs"), of
// those that are asked for today.
func dnsTypeName(t dnsmessage.Type) (name string, known bool) {
	for i := range dnsTypes {
		if dnsTypes[i].number == t {
			return dnsTypes[i].name, true
		}
	}
	return strings.CutPrefix(t.String(), "Type")
}

// dnsTypes are the types that package dnsmessage has no or another name for.
var dnsTypes = [...]struct {
	number dnsmessage.Type
	name   string
}{
	{29, "LOC"}, {35, "NAPTR"}, {39, "DNAME"}, {43, "DS"}, {44, "SSHFP"}, {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"},
	{50, "NSEC3"}, {51, "NSEC3PARAM"}, {52, "TLSA"}, {59, "CDS"}, {61, "OPENPGPKEY"}, {251, "IXFR"}, {255, "ANY"},
	{256, "URI"}, {257, "CAA"},
}

// dnsType is a type as text; those without a name are TYPE and their number (RFC 3597,
// section 5).
func dnsType(t dnsmessage.Type) string {
	if name, known := dnsTypeName(t); known {
		return name
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// dnsName is a name without the dot at its end.
func dnsName(n *dnsmessage.Name) []byte {
	b := n.Data[:n.Length]
	if len(b) > 1 && b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// dnsNames are the name that was asked for, and its aliases.
type dnsNames struct {
	asked   dnsmessage.Name
	aliases [dnsAliasesMax]dnsmessage.Name
	n       int
}

// ask takes note of the question, if it is one for addresses.
func (x *dnsNames) ask(q *dnsmessage.Question) {
	switch q.Type {
	case dnsmessage.TypeA, dnsmessage.TypeAAAA, dnsmessage.TypeHTTPS, dnsmessage.TypeALL:
		x.asked = q.Name
	}
}

// alias takes note that owner is another name of target.
func (x *dnsNames) alias(owner, target *dnsmessage.Name) {
	if x.n < len(x.aliases) && x.leads(owner) {
		x.aliases[x.n] = *target
		x.n++
	}
}

// leads reports whether the name that was asked for is owner, or led to it.
func (x *dnsNames) leads(owner *dnsmessage.Name) bool {
	if x.asked.Length == 0 {
		return false
	}
	if bytes.EqualFold(dnsName(owner), dnsName(&x.asked)) {
		return true
	}
	for i := range x.aliases[:x.n] {
		if bytes.EqualFold(dnsName(owner), dnsName(&x.aliases[i])) {
			return true
		}
	}
	return false
}

// of is what an address of owner is called: what was asked for, not what an alias led
// to; owner itself where something else was asked for, or nothing as in mDNS.
func (x *dnsNames) of(owner *dnsmessage.Name) []byte {
	if x.leads(owner) {
		return dnsName(&x.asked)
	}
	return dnsName(owner)
}

// dnsAnswers says which addresses and names the answers have. Addresses of the names
// in them come along with them (RFC 2782, RFC 6763, section 12).
func dnsAnswers(t *talk, p *dnsmessage.Parser, names *dnsNames) {
	for range dnsRecordsMax {
		h, err := p.AnswerHeader()
		if err == dnsmessage.ErrSectionDone {
			break
		}
		if err != nil || !dnsAnswer(t, p, &h, names) {
			return
		}
	}
	if p.SkipAllAnswers() != nil || p.SkipAllAuthorities() != nil {
		return
	}
	for range dnsRecordsMax {
		h, err := p.AdditionalHeader()
		if err != nil {
			return
		}
		if h.Type != dnsmessage.TypeA && h.Type != dnsmessage.TypeAAAA {
			if p.SkipAdditional() != nil {
				return
			}
			continue
		}
		a, ok := dnsAddress(p, &h)
		if !ok {
			return
		}
		t.learn(a, names.of(&h.Name), dnsLifetime(&h))
	}
}

// dnsAnswer says an answer, and reports whether others can be read after it.
func dnsAnswer(t *talk, p *dnsmessage.Parser, h *dnsmessage.ResourceHeader, names *dnsNames) bool {
	var target dnsmessage.Name
	var err error
	switch h.Type {
	case dnsmessage.TypeA, dnsmessage.TypeAAAA:
		a, ok := dnsAddress(p, h)
		if !ok {
			return false
		}
		dnsSetAddress(t, a)
		t.learn(a, names.of(&h.Name), dnsLifetime(h))
		return true
	case dnsmessage.TypeCNAME:
		var r dnsmessage.CNAMEResource
		r, err = p.CNAMEResource()
		target = r.CNAME
		names.alias(&h.Name, &target)
	case dnsmessage.TypePTR:
		var r dnsmessage.PTRResource
		r, err = p.PTRResource()
		target = r.PTR
	case dnsmessage.TypeNS:
		var r dnsmessage.NSResource
		r, err = p.NSResource()
		target = r.NS
	case dnsmessage.TypeMX:
		var r dnsmessage.MXResource
		r, err = p.MXResource()
		target = r.MX
	case dnsmessage.TypeSRV:
		var r dnsmessage.SRVResource
		r, err = p.SRVResource()
		target = r.Target
	case dnsmessage.TypeSVCB, dnsmessage.TypeHTTPS:
		return dnsService(t, p, h, names)
	default:
		return p.SkipAnswer() == nil
	}
	if err != nil {
		return false
	}
	t.set(FieldDNSAnswers, dnsName(&target))
	return true
}

// dnsService says what an SVCB or HTTPS record has: its target, and addresses of it as
// hints (RFC 9460, sections 2 and 7.3). A target of "." is the owner.
func dnsService(t *talk, p *dnsmessage.Parser, h *dnsmessage.ResourceHeader, names *dnsNames) bool {
	var r dnsmessage.SVCBResource
	var err error
	if h.Type == dnsmessage.TypeHTTPS {
		var https dnsmessage.HTTPSResource
		https, err = p.HTTPSResource()
		r = https.SVCBResource
	} else {
		r, err = p.SVCBResource()
	}
	if err != nil {
		return false
	}
	owner := &h.Name
	if r.Target.Length > 1 {
		t.set(FieldDNSAnswers, dnsName(&r.Target))
		owner = &r.Target
		names.alias(&h.Name, owner)
	}
	const ipv4hint, ipv6hint = 4, 6
	for _, param := range r.Params {
		size := 0
		switch param.Key {
		case ipv4hint:
			size = 4
		case ipv6hint:
			size = 16
		default:
			continue
		}
		for b := param.Value; len(b) >= size; b = b[size:] {
			a, _ := netip.AddrFromSlice(b[:size])
			dnsSetAddress(t, a)
			t.learn(a, names.of(owner), dnsLifetime(h))
		}
	}
	return true
}

// dnsAddress reads an A or AAAA record.
func dnsAddress(p *dnsmessage.Parser, h *dnsmessage.ResourceHeader) (a netip.Addr, ok bool) {
	if h.Type == dnsmessage.TypeA {
		r, err := p.AResource()
		return netip.AddrFrom4(r.A), err == nil
	}
	r, err := p.AAAAResource()
	return netip.AddrFrom16(r.AAAA), err == nil
}

func dnsSetAddress(t *talk, a netip.Addr) {
	var scratch [64]byte
	t.set(FieldDNSAnswers, a.AppendTo(scratch[:0]))
}

// dnsLifetime is how long a record is valid: it is used once at least, also where it
// says farewell (RFC 6762, section 10.1), and a negative one is none (RFC 2181,
// section 8).
func dnsLifetime(h *dnsmessage.ResourceHeader) time.Duration {
	ttl := h.TTL
	if ttl == 0 || ttl > 1<<31-1 {
		ttl = 1
	}
	return time.Duration(ttl) * time.Second
}

// learn takes note that an address is called name for the one who asked.
func (t *talk) learn(a netip.Addr, name []byte, lifetime time.Duration) {
	if t.d.learn == nil || len(name) == 0 || a.IsUnspecified() {
		return
	}
	// The copy keeps the name, which may be of a stack, from being allocated.
	t.d.lesson = append(t.d.lesson[:0], name...)
	asker := t.p.Dst
	if asker.IsMulticast() || t.p.SrcPort == dnsPortMulticast {
		asker = netip.Addr{}
	}
	t.d.learn(Lesson{Address: a, Name: t.d.lesson, Lifetime: lifetime, Asker: asker})
}

// learnServer takes note that the server of the conversation is called name, as its
// client asks for.
func (t *talk) learnServer(name []byte) {
	if t.d.learn == nil || len(name) == 0 || t.p.Protocol != header.ProtocolTCP && t.p.Protocol != header.ProtocolUDP {
		return
	}
	t.d.learn(Lesson{Address: t.p.Dst, Name: name, Asker: t.p.Src})
}
