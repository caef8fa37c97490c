package traffic

import (
	"bytes"
	"encoding/binary"
)

// Packets one by one, for tests that say what stands in them.

// Ends are where a packet comes from and goes to: the last byte of addresses in 10.0.0.0/24,
// and ports.
type Ends struct {
	From, To         byte
	FromPort, ToPort uint16
}

// Back is the other direction.
func (e Ends) Back() Ends { return Ends{e.To, e.From, e.ToPort, e.FromPort} }

// Segment is a frame with a TCP segment in IPv4; flags are those of its header. It has no
// checksums.
func Segment(e Ends, seq uint32, flags byte, payload []byte) []byte {
	h := binary.BigEndian.AppendUint32(e.ports(), seq)
	h = append(h, 0, 0, 0, 1, 0x50, flags, 4, 0, 0, 0, 0, 0)
	return e.frame(protoTCP, append(h, payload...))
}

// Datagram is a frame with UDP in IPv4. It has no checksums.
func Datagram(e Ends, payload []byte) []byte {
	h := binary.BigEndian.AppendUint16(e.ports(), uint16(8+len(payload)))
	return e.frame(protoUDP, append(append(h, 0, 0), payload...))
}

func (e Ends) ports() []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, e.FromPort), e.ToPort)
}

func (e Ends) frame(protocol byte, payload []byte) []byte {
	b := []byte{2, 0, 0, 0, 0, e.To, 2, 0, 0, 0, 0, e.From, 8, 0}
	b = append(b, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, e.From, 10, 0, 0, e.To)
	binary.BigEndian.PutUint16(b[16:], uint16(20+len(payload)))
	return append(b, payload...)
}

// Question is a DNS query for the address of a name.
func Question(name string) []byte {
	q := question{id: 0x0102, name: name, qtype: dnsA}
	return q.query()
}

// ClientHello is a TLS record of some 400 bytes in which a client asks for a server.
func ClientHello(name string) []byte {
	extensions := serverName(name)
	const padding = 300
	extensions = binary.BigEndian.AppendUint16(append(extensions, 0, 21), padding) // RFC 7685
	extensions = append(extensions, make([]byte, padding)...)
	head := append([]byte{3, 3}, bytes.Repeat([]byte{7}, 32)...)
	head = append(head, 0, 0, 2, 0x13, 1, 1, 0)
	head = binary.BigEndian.AppendUint16(head, uint16(len(extensions)))
	return tlsRecord(22, 1, append(head, extensions...), 0)
}
