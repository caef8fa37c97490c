package traffic

import (
	"encoding/binary"
	"strings"
)

// question is a DNS question (RFC 1035) with its number.
type question struct {
	id    uint16
	name  string
	qtype uint16
	edns  bool
}

// Types of DNS records.
const (
	dnsA     = 1
	dnsCNAME = 5
	dnsSOA   = 6
	dnsPTR   = 12
	dnsMX    = 15
	dnsTXT   = 16
	dnsAAAA  = 28
	dnsSRV   = 33
	dnsOPT   = 41
	dnsHTTPS = 65
)

func (g *Generator) newQuestion() question {
	q := question{id: uint16(g.rng.next()), name: g.siteName(), edns: g.rng.chance(60)}
	q.qtype = [...]uint16{dnsA, dnsA, dnsA, dnsAAAA, dnsAAAA, dnsPTR, dnsMX, dnsTXT, dnsSRV, dnsHTTPS}[g.rng.below(10)]
	switch q.qtype {
	case dnsPTR:
		q.name = "7.2.0.192.in-addr.arpa"
	case dnsSRV:
		q.name = "_ldap._tcp.example.com"
	case dnsMX, dnsTXT:
		q.name = "example.com"
	}
	return q
}

func appendName(b []byte, name string) []byte {
	for label := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0)
}

// message begins a DNS message: header, question.
func (q *question) message(flags uint16, answers, authorities int) []byte {
	additional := uint16(0)
	if q.edns {
		additional = 1
	}
	var b []byte
	for _, v := range [...]uint16{q.id, flags, 1, uint16(answers), uint16(authorities), additional} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	b = appendName(b, q.name)
	b = binary.BigEndian.AppendUint16(b, q.qtype)
	return binary.BigEndian.AppendUint16(b, 1)
}

// end appends the OPT record of EDNS (RFC 6891).
func (q *question) end(b []byte) []byte {
	if !q.edns {
		return b
	}
	b = append(b, 0)
	b = binary.BigEndian.AppendUint16(b, dnsOPT)
	b = binary.BigEndian.AppendUint16(b, 1232)
	b = binary.BigEndian.AppendUint32(b, 0)
	return binary.BigEndian.AppendUint16(b, 0)
}

func (q *question) query() []byte {
	const recursionDesired = 0x0100
	return q.end(q.message(recursionDesired, 0, 0))
}

// record appends a resource record whose name is that of the question.
func record(b []byte, rtype uint16, ttl uint32, data []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, 0xc00c)
	b = binary.BigEndian.AppendUint16(b, rtype)
	b = binary.BigEndian.AppendUint16(b, 1)
	b = binary.BigEndian.AppendUint32(b, ttl)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

func (q *question) answer(g *Generator) []byte {
	const response, nameError = 0x8180, 3
	if g.rng.chance(10) {
		soa := appendName(appendName(nil, "ns.example.com"), "hostmaster.example.com")
		for _, v := range [...]uint32{2024010101, 7200, 3600, 1209600, 300} {
			soa = binary.BigEndian.AppendUint32(soa, v)
		}
		return q.end(record(q.message(response|nameError, 0, 1), dnsSOA, 300, soa))
	}
	ttl := uint32(30 + g.rng.below(7200))
	switch q.qtype {
	case dnsA, dnsAAAA:
		return q.end(q.addresses(g, response, ttl))
	case dnsPTR:
		return q.end(record(q.message(response, 1, 0), dnsPTR, ttl, appendName(nil, "host7.example.com")))
	case dnsMX:
		return q.end(record(q.message(response, 1, 0), dnsMX, ttl, appendName([]byte{0, 10}, "mail.example.com")))
	case dnsTXT:
		text := "v=spf1 ip4:192.0.2.0/24 -all"
		return q.end(record(q.message(response, 1, 0), dnsTXT, ttl, append([]byte{byte(len(text))}, text...)))
	case dnsSRV:
		return q.end(record(q.message(response, 1, 0), dnsSRV, ttl, appendName([]byte{0, 0, 0, 100, 1, 0x85}, "dc1.example.com")))
	}
	return q.end(q.message(response, 0, 0))
}

// addresses is an answer with up to four of them, perhaps behind an alias.
func (q *question) addresses(g *Generator, flags uint16, ttl uint32) []byte {
	n, alias := 1+g.rng.below(4), 0
	if g.rng.chance(30) {
		alias = 1
	}
	b := q.message(flags, n+alias, 0)
	if alias > 0 {
		b = record(b, dnsCNAME, ttl, appendName(nil, "edge.example.net"))
	}
	for range n {
		h := remoteHost(1 + g.rng.below(remoteHosts))
		if q.qtype == dnsA {
			b = record(b, dnsA, ttl, h.ip4[:])
		} else {
			b = record(b, dnsAAAA, ttl, h.ip6[:])
		}
	}
	return b
}

// dnsFlow is a question and its answer, or a question to all neighbours.
type dnsFlow struct {
	path
	question
	port  uint16
	asked bool
}

func openDNS(g *Generator) flow {
	d := &dnsFlow{path: g.newPath(), question: g.newQuestion(), port: uint16(32768 + g.rng.below(28000))}
	d.ends[1] = remoteHost(1 + g.rng.below(2))
	return d
}

func (d *dnsFlow) step(g *Generator) bool {
	if !d.asked {
		d.asked = true
		g.frame.add(d.query())
		g.sendUDP(&d.path, 0, d.port, 53)
		return !g.rng.chance(3)
	}
	g.frame.add(d.answer(g))
	g.sendUDP(&d.path, 1, 53, d.port)
	return false
}
