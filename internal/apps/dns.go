package apps

// DNS: RFC 1035; mDNS: RFC 6762; LLMNR: RFC 4795. Lines have what they say already, so
// that there are only fields here, and what addresses are called.

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tapdump/tapdump/capture/header"
)

// dnsRecordsMax is how many answers of a message are looked at.
const dnsRecordsMax = 128

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
// operation, and no more than one question.
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

func dnsDatagram(t *talk, b []byte) bool {
	return t.likely(protocolDNS) && len(b) >= 12 && dnsHeader(b) && dnsMessage(t, b)
}

// dnsMessage says what a message asks for or answers. It is false where that is none.
func dnsMessage(t *talk, b []byte) bool {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil {
		return false
	}
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
			t.setNumber(FieldDNSID, int64(h.ID))
			if h.Response {
				t.setString(FieldDNSRCode, dnsRCode(h.RCode))
			}
		}
		t.set(FieldDNSQName, dnsName(&q.Name))
		t.setString(FieldDNSQType, strings.TrimPrefix(q.Type.String(), "Type"))
	}
	if questions == 0 {
		t.setNumber(FieldDNSID, int64(h.ID))
	}
	if h.Response {
		t.isServer()
		dnsAnswers(t, &p)
	}
	return true
}

func dnsRCode(c dnsmessage.RCode) string {
	switch c {
	case dnsmessage.RCodeSuccess:
		return "NOERROR"
	case dnsmessage.RCodeFormatError:
		return "FORMERR"
	case dnsmessage.RCodeServerFailure:
		return "SERVFAIL"
	case dnsmessage.RCodeNameError:
		return "NXDOMAIN"
	case dnsmessage.RCodeNotImplemented:
		return "NOTIMP"
	case dnsmessage.RCodeRefused:
		return "REFUSED"
	}
	return strings.TrimPrefix(c.String(), "RCode")
}

// dnsName is a name without the dot at its end.
func dnsName(n *dnsmessage.Name) []byte {
	b := n.Data[:n.Length]
	if len(b) > 1 && b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// dnsAnswers says which addresses and names the answers have. An address is called
// what was asked for, or what mDNS announces, not what an alias led to.
func dnsAnswers(t *talk, p *dnsmessage.Parser) {
	var asked []byte
	if name, _, ok := t.d.said.Value(FieldDNSQName, 0); ok {
		asked = name
	}
	for range dnsRecordsMax {
		h, err := p.AnswerHeader()
		if err != nil {
			return
		}
		name := asked
		if len(name) == 0 {
			name = dnsName(&h.Name)
		}
		var a netip.Addr
		switch h.Type {
		case dnsmessage.TypeA:
			r, err := p.AResource()
			if err != nil {
				return
			}
			a = netip.AddrFrom4(r.A)
		case dnsmessage.TypeAAAA:
			r, err := p.AAAAResource()
			if err != nil {
				return
			}
			a = netip.AddrFrom16(r.AAAA)
		case dnsmessage.TypeCNAME:
			r, err := p.CNAMEResource()
			if err != nil {
				return
			}
			t.set(FieldDNSAnswers, dnsName(&r.CNAME))
			continue
		default:
			if p.SkipAnswer() != nil {
				return
			}
			continue
		}
		t.setString(FieldDNSAnswers, a.String())
		t.learn(a, name, time.Duration(h.TTL)*time.Second)
	}
}

// learn takes note that an address is called name for the one who asked.
func (t *talk) learn(a netip.Addr, name []byte, lifetime time.Duration) {
	if t.d.learn == nil || len(name) == 0 {
		return
	}
	asker := t.p.Dst
	if asker.IsMulticast() {
		asker = netip.Addr{}
	}
	t.d.learn(Lesson{Address: a, Name: name, Lifetime: lifetime, Asker: asker})
}

// learnServer takes note that the server of the conversation is called name, as its
// client asks for.
func (t *talk) learnServer(name []byte) {
	if t.d.learn == nil || len(name) == 0 || t.p.Protocol != header.ProtocolTCP && t.p.Protocol != header.ProtocolUDP {
		return
	}
	t.d.learn(Lesson{Address: t.p.Dst, Name: name, Asker: t.p.Src})
}
