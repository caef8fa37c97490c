package header

import "encoding/binary"

// IPv4 is a header of RFC 791, at least 20 bytes.
type IPv4 []byte

// HeaderLength is the length with options in bytes, as the header says.
func (h IPv4) HeaderLength() int { return int(h[0]&15) * 4 }

// TotalLength is the length of header and data in bytes.
func (h IPv4) TotalLength() int { return int(binary.BigEndian.Uint16(h[2:])) }

// Identification is common to the fragments of a packet.
func (h IPv4) Identification() uint16 { return binary.BigEndian.Uint16(h[4:]) }

// FragmentOffset is in units of eight bytes.
func (h IPv4) FragmentOffset() int { return int(binary.BigEndian.Uint16(h[6:]) & 0x1fff) }

// TTL is the time to live in hops.
func (h IPv4) TTL() uint8 { return h[8] }

// Protocol is the number of the protocol above.
func (h IPv4) Protocol() uint8 { return h[9] }

// Checksum is that of the header.
func (h IPv4) Checksum() uint16 { return binary.BigEndian.Uint16(h[10:]) }

// sumsUp reports whether the header was captured whole and its checksum is right
// (RFC 1071).
func (h IPv4) sumsUp() bool {
	n := h.HeaderLength()
	if n < 20 || n > len(h) {
		return false
	}
	sum := uint32(0)
	for i := 0; i < n; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(h[i:]))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return sum == 0xffff
}

// IPv6 is a header of RFC 8200, at least 40 bytes.
type IPv6 []byte

// TrafficClass is the class of service (RFC 2474) and the congestion bits.
func (h IPv6) TrafficClass() uint8 { return h[0]<<4 | h[1]>>4 }

// FlowLabel has 20 bits.
func (h IPv6) FlowLabel() uint32 { return binary.BigEndian.Uint32(h) & 0xfffff }

// PayloadLength is the length of all that follows the header, in bytes.
func (h IPv6) PayloadLength() int { return int(binary.BigEndian.Uint16(h[4:])) }

// NextHeader is an extension header or the protocol above.
func (h IPv6) NextHeader() uint8 { return h[6] }

// HopLimit is the time to live in hops.
func (h IPv6) HopLimit() uint8 { return h[7] }

// TTL is the time to live or the hop limit.
func (p *Packet) TTL() uint8 {
	if p.Version == 4 {
		return IPv4(p.IP).TTL()
	}
	return IPv6(p.IP).HopLimit()
}

// TCP flags (RFC 9293, section 3.1), in the order of their bits.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// FlagNames are the names of the TCP flags from the lowest bit on.
var FlagNames = [8]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}

// TCP is a header of RFC 9293, at least 20 bytes; options may be cut.
type TCP []byte

// Sequence is the number of the first byte of payload, or of SYN or FIN.
func (h TCP) Sequence() uint32 { return binary.BigEndian.Uint32(h[4:]) }

// Acknowledgement is the number of the next byte awaited.
func (h TCP) Acknowledgement() uint32 { return binary.BigEndian.Uint32(h[8:]) }

// HeaderLength is the length with options in bytes, as the header says.
func (h TCP) HeaderLength() int { return int(h[12]>>4) * 4 }

// Flags are the eight bits FIN to CWR.
func (h TCP) Flags() uint8 { return h[13] }

// Window is as it stands in the header, unscaled.
func (h TCP) Window() uint16 { return binary.BigEndian.Uint16(h[14:]) }

// Checksum covers a pseudo header too.
func (h TCP) Checksum() uint16 { return binary.BigEndian.Uint16(h[16:]) }

// UrgentPointer counts from Sequence.
func (h TCP) UrgentPointer() uint16 { return binary.BigEndian.Uint16(h[18:]) }

// TCP option kinds (IANA).
const (
	OptionEnd           = 0
	OptionNop           = 1
	OptionMSS           = 2
	OptionWindowScale   = 3
	OptionSACKPermitted = 4
	OptionSACK          = 5
	OptionTimestamps    = 8
)

// Options walks the options of a TCP header.
type Options struct {
	rest  []byte
	Kind  uint8
	Value []byte // without kind and length
}

// Options begins before the first option.
func (h TCP) Options() Options { return Options{rest: h[20:]} }

// Next goes to the next option. It is false at the end of the list, and where
// the rest was cut or makes no sense.
func (o *Options) Next() bool {
	if len(o.rest) == 0 || o.rest[0] == OptionEnd {
		return false
	}
	o.Kind, o.Value = o.rest[0], nil
	if o.Kind == OptionNop {
		o.rest = o.rest[1:]
		return true
	}
	if len(o.rest) < 2 || o.rest[1] < 2 || int(o.rest[1]) > len(o.rest) {
		return false
	}
	o.Value, o.rest = o.rest[2:o.rest[1]], o.rest[o.rest[1]:]
	return true
}

// Number is the value of an option of one to four bytes. ok is false for other
// lengths.
func (o *Options) Number() (n uint32, ok bool) {
	for _, c := range o.Value {
		n = n<<8 | uint32(c)
	}
	return n, len(o.Value) >= 1 && len(o.Value) <= 4
}

// UDP is a header of RFC 768, 8 bytes.
type UDP []byte

// Length is that of header and payload in bytes.
func (h UDP) Length() uint16 { return binary.BigEndian.Uint16(h[4:]) }

// Checksum covers a pseudo header too; 0 means none over IPv4.
func (h UDP) Checksum() uint16 { return binary.BigEndian.Uint16(h[6:]) }

// ICMP is what all messages of RFC 792 and RFC 4443 begin with, 4 bytes.
type ICMP []byte

// Type is the kind of message.
func (h ICMP) Type() uint8 { return h[0] }

// Code refines Type.
func (h ICMP) Code() uint8 { return h[1] }

// Checksum covers the whole message.
func (h ICMP) Checksum() uint16 { return binary.BigEndian.Uint16(h[2:]) }
