package apps

// DNS: RFC 1035; mDNS: RFC 6762; LLMNR: RFC 4795; SVCB and HTTPS: RFC 9460. Lines have
// what they say already, so that there are only fields here, and what addresses are
// called.

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture/header"
)

const (
	dnsHeaderLen = 12
	dnsClassIN   = 1
	// dnsRecordsMax is how many records of a message are looked at.
	dnsRecordsMax = 256
	// dnsAliasesMax is how many aliases of a name are followed.
	dnsAliasesMax = 8
	// dnsJumpsMax is how many pointers a name may have.
	dnsJumpsMax = 64
	// dnsPortNetBIOS is where messages look like those of DNS and are others
	// (RFC 1002, section 4.2).
	dnsPortNetBIOS = 137
	// dnsPortMulticast is where all hear what is said, or might (RFC 6762).
	dnsPortMulticast = 5353
)

// Types of records.
const (
	dnsTypeA     = 1
	dnsTypeNS    = 2
	dnsTypeCNAME = 5
	dnsTypePTR   = 12
	dnsTypeMX    = 15
	dnsTypeAAAA  = 28
	dnsTypeSRV   = 33
	dnsTypeSVCB  = 64
	dnsTypeHTTPS = 65
	dnsTypeANY   = 255
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
	if len(b) < dnsHeaderLen || !dnsHeader(b) {
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
	var name dnsName
	at := name.read(b, dnsHeaderLen)
	if at <= dnsHeaderLen+1 || len(b) < at+4 || binary.BigEndian.Uint16(b[at+2:]) != dnsClassIN ||
		dnsTypeName(binary.BigEndian.Uint16(b[at:])) == "" {
		return false
	}
	at += 4
	records := 0
	for i := 6; i < dnsHeaderLen; i += 2 {
		records += int(binary.BigEndian.Uint16(b[i:]))
	}
	for ; records > 0; records-- {
		var r dnsRecord
		if at = r.read(b, at); at < 0 {
			return false
		}
	}
	return at == len(b)
}

// dnsName is a name as text, without the dot at its end; that of the root is ".".
type dnsName struct {
	data [nameMax]byte
	n    int
}

func (x *dnsName) text() []byte { return x.data[:x.n] }

// is reports whether two names are the same; letters may be of any size.
func (x *dnsName) is(y *dnsName) bool { return bytes.EqualFold(x.text(), y.text()) }

// read reads the name at at of a message, and returns where it ends there; -1: there is
// none. Pointers lead to parts that other names have in common with it (RFC 1035,
// section 4.1.4).
func (x *dnsName) read(message []byte, at int) int {
	end, jumps := -1, 0
	for x.n = 0; at < len(message); {
		n := int(message[at])
		switch {
		case n == 0:
			if x.n == 0 {
				x.data[0], x.n = '.', 1
			}
			if end < 0 {
				end = at + 1
			}
			return end
		case n >= 0xc0:
			if jumps++; at+2 > len(message) || jumps > dnsJumpsMax {
				return -1
			}
			if end < 0 {
				end = at + 2
			}
			at = int(binary.BigEndian.Uint16(message[at:]) & 0x3fff)
			continue
		case n >= 0x40 || at+1+n > len(message) || x.n+1+n > len(x.data):
			return -1
		}
		if x.n > 0 {
			x.data[x.n] = '.'
			x.n++
		}
		x.n += copy(x.data[x.n:], message[at+1:at+1+n])
		at += 1 + n
	}
	return -1
}

// dnsRecord is a record of an answer.
type dnsRecord struct {
	owner    dnsName
	kind     uint16
	lifetime time.Duration
	from, to int // its data, in the message
}

// read reads the record at at of a message, and returns where it ends; -1: there is none.
func (r *dnsRecord) read(message []byte, at int) int {
	at = r.owner.read(message, at)
	if at < 0 || at+10 > len(message) {
		return -1
	}
	// It is used once at least, also where it says farewell (RFC 6762, section 10.1);
	// what is negative is no time (RFC 2181, section 8).
	ttl := int32(binary.BigEndian.Uint32(message[at+4:]))
	r.kind, r.lifetime = binary.BigEndian.Uint16(message[at:]), time.Duration(max(ttl, 1))*time.Second
	r.from = at + 10
	r.to = r.from + int(binary.BigEndian.Uint16(message[at+8:]))
	if r.to > len(message) {
		return -1
	}
	return r.to
}

// address is that of an A or AAAA record.
func (r *dnsRecord) address(message []byte) (a netip.Addr, ok bool) {
	if r.kind == dnsTypeA && r.to-r.from == 4 || r.kind == dnsTypeAAAA && r.to-r.from == 16 {
		return netip.AddrFromSlice(message[r.from:r.to])
	}
	return a, false
}

// dnsMessage says what a message asks for or answers. It is false where that is none.
func dnsMessage(t *talk, b []byte) bool {
	if len(b) < dnsHeaderLen {
		return false
	}
	var names dnsNames
	var name dnsName
	questions, at := int(binary.BigEndian.Uint16(b[4:])), dnsHeaderLen
	if questions > 0 && !t.cut {
		if next := name.read(b, at); next < 0 || next+4 > len(b) {
			return false
		}
	}
	dnsSaid(t, b)
	for i := range questions {
		next := name.read(b, at)
		if next < 0 || next+4 > len(b) {
			return true // the rest was cut, or is wrong
		}
		kind := binary.BigEndian.Uint16(b[next:])
		t.set(FieldDNSQName, name.text())
		t.setString(FieldDNSQType, dnsType(kind))
		t.setNumber(FieldDNSTypeNumber, int64(kind))
		if i == 0 {
			names.ask(&name, kind)
		}
		at = next + 4
	}
	if b[2]&0x80 != 0 {
		t.isServer()
		dnsAnswers(t, b, at, &names)
	}
	return true
}

// dnsSaid sets the fields of the header.
func dnsSaid(t *talk, b []byte) {
	t.setNumber(FieldDNSID, int64(binary.BigEndian.Uint16(b)))
	if b[2]&0x80 != 0 {
		t.setString(FieldDNSRCode, dnsRCode(b[3]&15))
		t.setNumber(FieldDNSRCodeNumber, int64(b[3]&15))
	}
}

// dnsRCode is the name of a response code (IANA, "DNS RCODEs").
func dnsRCode(code byte) string {
	names := [...]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
		"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI"}
	if int(code) < len(names) {
		return names[code]
	}
	return "RCODE" + strconv.Itoa(int(code))
}

// dnsType is a type of record as text; those without a name are TYPE and their number
// (RFC 3597, section 5).
func dnsType(kind uint16) string {
	if name := dnsTypeName(kind); name != "" {
		return name
	}
	return "TYPE" + strconv.Itoa(int(kind))
}

func dnsTypeName(kind uint16) string {
	for i := range dnsTypes {
		if dnsTypes[i].number == kind {
			return dnsTypes[i].name
		}
	}
	return ""
}

// dnsTypes are the types of records that are asked for (IANA, "Resource Record (RR)
// TYPEs"), the usual ones first.
var dnsTypes = [...]struct {
	number uint16
	name   string
}{
	{dnsTypeA, "A"}, {dnsTypeAAAA, "AAAA"}, {dnsTypeHTTPS, "HTTPS"}, {dnsTypePTR, "PTR"}, {dnsTypeSRV, "SRV"},
	{16, "TXT"}, {dnsTypeNS, "NS"}, {dnsTypeCNAME, "CNAME"}, {6, "SOA"}, {11, "WKS"}, {13, "HINFO"}, {14, "MINFO"},
	{dnsTypeMX, "MX"}, {29, "LOC"}, {35, "NAPTR"}, {39, "DNAME"}, {41, "OPT"}, {43, "DS"}, {44, "SSHFP"}, {46, "RRSIG"},
	{47, "NSEC"}, {48, "DNSKEY"}, {50, "NSEC3"}, {51, "NSEC3PARAM"}, {52, "TLSA"}, {59, "CDS"}, {61, "OPENPGPKEY"},
	{dnsTypeSVCB, "SVCB"}, {251, "IXFR"}, {252, "AXFR"}, {dnsTypeANY, "ANY"}, {256, "URI"}, {257, "CAA"},
}

// dnsNames are the name whose addresses were asked for, and its aliases.
type dnsNames struct {
	some    bool // one was
	asked   dnsName
	aliases [dnsAliasesMax]dnsName
	n       int
}

// ask takes note of the question, if it is one for addresses.
func (x *dnsNames) ask(name *dnsName, kind uint16) {
	switch kind {
	case dnsTypeA, dnsTypeAAAA, dnsTypeHTTPS, dnsTypeANY:
		x.some, x.asked = true, *name
	}
}

// alias takes note that owner is another name of target.
func (x *dnsNames) alias(owner, target *dnsName) {
	if x.n < len(x.aliases) && x.leads(owner) {
		x.aliases[x.n] = *target
		x.n++
	}
}

// leads reports whether the name that was asked for is owner, or led to it.
func (x *dnsNames) leads(owner *dnsName) bool {
	if !x.some {
		return false
	}
	if owner.is(&x.asked) {
		return true
	}
	for i := range x.aliases[:x.n] {
		if owner.is(&x.aliases[i]) {
			return true
		}
	}
	return false
}

// of is what an address of owner is called: what was asked for, not what an alias led
// to; owner itself where something else was asked for, or nothing as in mDNS.
func (x *dnsNames) of(owner *dnsName) []byte {
	if x.leads(owner) {
		return x.asked.text()
	}
	return owner.text()
}

// dnsAnswers says which addresses and names the answers have, which are at at of the
// message. Addresses of the names in them come along with them (RFC 2782, RFC 6763,
// section 12).
func dnsAnswers(t *talk, b []byte, at int, names *dnsNames) {
	answers := int(binary.BigEndian.Uint16(b[6:]))
	additional := answers + int(binary.BigEndian.Uint16(b[8:]))
	end := additional + int(binary.BigEndian.Uint16(b[10:]))
	var r dnsRecord
	for i := range min(end, dnsRecordsMax) {
		if at = r.read(b, at); at < 0 {
			return
		}
		switch a, ok := r.address(b); {
		case i < answers && ok:
			dnsSetAddress(t, a)
			dnsSetExact(t, a)
			t.learn(a, names.of(&r.owner), r.lifetime)
		case i < answers:
			dnsAnswer(t, b[:r.to], &r, names)
		case i >= additional && ok:
			dnsSetExact(t, a)
			t.learn(a, names.of(&r.owner), r.lifetime)
		}
	}
}

// dnsAnswer says the name that an answer has, where it has one. b ends with the record.
func dnsAnswer(t *talk, b []byte, r *dnsRecord, names *dnsNames) {
	at := r.from
	switch r.kind {
	case dnsTypeCNAME, dnsTypePTR, dnsTypeNS:
	case dnsTypeMX:
		at += 2 // preference
	case dnsTypeSRV:
		at += 6 // priority, weight, port
	case dnsTypeSVCB, dnsTypeHTTPS:
		dnsService(t, b, r, names)
		return
	default:
		return
	}
	var target dnsName
	if target.read(b, at) < 0 {
		return
	}
	t.set(FieldDNSAnswers, target.text())
	if r.kind == dnsTypeCNAME {
		t.set(FieldDNSCName, target.text())
		names.alias(&r.owner, &target)
	}
}

// dnsService says what an SVCB or HTTPS record has: its target, and addresses of it as
// hints (RFC 9460, sections 2 and 7.3). The root as target is the owner.
func dnsService(t *talk, b []byte, r *dnsRecord, names *dnsNames) {
	var target dnsName
	at := target.read(b, r.from+2)
	if at < 0 {
		return
	}
	owner := &r.owner
	if string(target.text()) != "." {
		t.set(FieldDNSAnswers, target.text())
		owner = &target
		names.alias(&r.owner, owner)
	}
	for b = b[at:]; len(b) >= 4; {
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return
		}
		const ipv4hint, ipv6hint = 4, 6
		size := 0
		switch binary.BigEndian.Uint16(b) {
		case ipv4hint:
			size = 4
		case ipv6hint:
			size = 16
		}
		for hints := b[4:n]; size > 0 && len(hints) >= size; hints = hints[size:] {
			a, _ := netip.AddrFromSlice(hints[:size])
			dnsSetAddress(t, a)
			t.learn(a, names.of(owner), r.lifetime)
		}
		b = b[n:]
	}
}

func dnsSetAddress(t *talk, a netip.Addr) {
	var scratch [64]byte
	t.set(FieldDNSAnswers, a.AppendTo(scratch[:0]))
}

// dnsSetExact sets the fields of addresses, in whatever section they stand.
func dnsSetExact(t *talk, a netip.Addr) {
	var scratch [64]byte
	if a.Is4() {
		t.set(FieldDNSA, a.AppendTo(scratch[:0]))
	} else {
		t.set(FieldDNSAAAA, a.AppendTo(scratch[:0]))
	}
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
// client asks for. A relay is called nothing by what it passes on.
func (t *talk) learnServer(name []byte) {
	if t.d.learn == nil || len(name) == 0 || t.media == relayed || t.p.Protocol != header.ProtocolTCP && t.p.Protocol != header.ProtocolUDP {
		return
	}
	t.d.learn(Lesson{Address: t.p.Dst, Name: name, Asker: t.p.Src})
}
