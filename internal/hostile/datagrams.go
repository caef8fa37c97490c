package hostile

import (
	"encoding/binary"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// Types and classes of DNS records (RFC 1035, 2782, 3596).
const (
	dnsA     = 1
	dnsCNAME = 5
	dnsPTR   = 12
	dnsMX    = 15
	dnsTXT   = 16
	dnsSRV   = 33

	dnsResponse  = 0x8180
	dnsNameError = 3
)

// message is a DNS message with a question and, if there are data, one record
// of the question's name.
func message(id, flags uint16, name []byte, qtype uint16, data []byte) []byte {
	answers := uint16(0)
	if data != nil {
		answers = 1
	}
	var b []byte
	for _, v := range []uint16{id, flags, 1, answers, 0, 0} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	b = append(b, name...)
	b = binary.BigEndian.AppendUint16(b, qtype)
	b = append(b, 0, 1)
	if data == nil {
		return b
	}
	b = append(b, 0xc0, 12)
	b = binary.BigEndian.AppendUint16(b, qtype)
	b = append(b, 0, 1, 0, 0, 1, 0x2c)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

// characters is a text as the strings of a TXT record: each of at most 255 bytes.
func characters(text string) []byte {
	text = text[:min(len(text), 255)]
	return append([]byte{byte(len(text))}, text...)
}

// A datagram is a payload of UDP, which goes from the client unless it is an
// answer.
type datagram struct {
	client, server uint16
	answer         bool
	payload        []byte
}

// datagrams are what a text says in UDP: in names, which the server has an
// address for, or has not.
func (t Text) datagrams(number int, address [4]byte) []datagram {
	name, id, port := t.labels(), uint16(number), uint16(20000+number)
	missing := append([]byte("\x02no"), name...)
	ask := func(at uint16, name []byte, qtype uint16, flags uint16, data []byte) []datagram {
		return []datagram{
			{port + at, 53, false, message(id+at, 0x0100, name, qtype, nil)},
			{port + at, 53, true, message(id+at, dnsResponse|flags, name, qtype, data)},
		}
	}
	var d []datagram
	d = append(d, ask(0, name, dnsA, 0, address[:])...)
	d = append(d, ask(100, missing, dnsA, dnsNameError, nil)...)
	d = append(d, ask(200, name, dnsCNAME, 0, missing)...)
	d = append(d, ask(300, []byte("\x011\x010\x07in-addr\x04arpa\x00"), dnsPTR, 0, name)...)
	d = append(d, ask(400, name, dnsTXT, 0, characters(t.Text))...)
	d = append(d, ask(500, name, dnsMX, 0, append([]byte{0, 10}, name...))...)
	d = append(d, ask(600, name, dnsSRV, 0, append([]byte{0, 0, 0, 0, 1, 187}, name...))...)
	return append(d,
		datagram{5353, 5353, false, message(0, 0x8400, name, dnsTXT, characters(t.Text))},
		datagram{port, 5355, false, message(id, 0, name, dnsA, nil)},
		datagram{137, 137, false, t.netbios(id)},
		datagram{68, 67, false, t.dhcp(number)},
		datagram{port, 69, false, []byte("\x00\x01" + t.line() + "\x00octet\x00")},
		datagram{port, 161, false, t.snmp()},
		datagram{port, 514, false, []byte("<13>Nov 14 22:13:20 " + t.Text + " su: " + t.Text)},
		datagram{5060, 5060, false, t.sip()},
		datagram{port, 1900, false, []byte("M-SEARCH * HTTP/1.1\r\nHOST: " + t.line() + "\r\nST: " + t.line() + "\r\n\r\n")},
		datagram{port, 1812, false, t.radius(number)},
	)
}

// netbios asks for a name of NetBIOS (RFC 1002, section 4.2.12): sixteen bytes,
// each as two letters.
func (t Text) netbios(id uint16) []byte {
	name := append([]byte(t.cut(15)), "               "...)[:15]
	b := []byte{32}
	for _, c := range append(name, 0) {
		b = append(b, 'A'+c>>4, 'A'+c&15)
	}
	return message(id, 0x0110, append(b, 0), 32, nil)
}

// dhcp is a request (RFC 2131) with the options in which clients say who they
// are (RFC 2132, 4702).
func (t Text) dhcp(number int) []byte {
	b := make([]byte, 236)
	copy(b, []byte{1, 1, 6, 0, 0, 0, 0, byte(number)})
	copy(b[28:], []byte{2, 0, 0, 0, 1, byte(number)})
	copy(b[44:108], t.cut(63)) // server's name
	copy(b[108:236], t.cut(127))
	b = append(b, 0x63, 0x82, 0x53, 0x63, 53, 1, 3)
	for _, option := range []byte{12, 15, 60, 66, 67, 77, 81} {
		value := t.cut(200)
		if option == 81 {
			value = "\x00\x00\x00" + value
		}
		if value != "" {
			b = append(append(b, option, byte(len(value))), value...)
		}
	}
	return append(b, 255)
}

// snmp is a GetRequest (RFC 1157) of a community that has the text as its name.
func (t Text) snmp() []byte {
	community := t.cut(60)
	get := []byte{0xa0, 0x0e, 2, 1, 1, 2, 1, 0, 2, 1, 0, 0x30, 3, 0x30, 1, 0}
	b := append([]byte{2, 1, 0, 4, byte(len(community))}, community...)
	b = append(b, get...)
	return append([]byte{0x30, byte(len(b))}, b...)
}

// radius is an Access-Request (RFC 2865) of a user.
func (t Text) radius(number int) []byte {
	b := append([]byte{1, byte(number), 0, 0}, make([]byte, 16)...)
	for _, attribute := range []byte{1, 30, 32} {
		value := t.cut(200)
		b = append(append(b, attribute, byte(2+len(value))), value...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// sip is a request (RFC 3261).
func (t Text) sip() []byte {
	s := t.line()
	return []byte("INVITE sip:" + s + "@example.com SIP/2.0\r\nVia: SIP/2.0/UDP " + s + "\r\nFrom: \"" + s + "\" <sip:" + s +
		"@example.com>;tag=1\r\nTo: <sip:" + s + ">\r\nCall-ID: " + s + "\r\nCSeq: 1 INVITE\r\nUser-Agent: " + s +
		"\r\nSubject: " + s + "\r\nContent-Length: 0\r\n\r\n")
}

// udp are the frames of datagrams between a client and a server.
func udp(client, server string, d datagram) []byte {
	s := headertest.Spec{Src: client, Dst: server, Protocol: header.ProtocolUDP, SrcPort: d.client, DstPort: d.server, Payload: d.payload}
	if d.answer {
		s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	}
	return s.Bytes()
}
