package header

import "encoding/binary"

// IPv4 is a header of RFC 791, at least 20 bytes.
type IPv4 []byte

// HeaderLength is the length with options in bytes, as the header says: 0 to 60, of
// which less than 20 is wrong.
func (h IPv4) HeaderLength() int { return int(h[0]&15) * 4 }

// TotalLength is the length of header and data in bytes; 0 where the sender leaves
// it to its network card (segmentation offload).
func (h IPv4) TotalLength() int { return int(binary.BigEndian.Uint16(h[2:])) }

// Identification is common to the fragments of a packet.
func (h IPv4) Identification() uint16 { return binary.BigEndian.Uint16(h[4:]) }

// FragmentOffset is where the data lies in the unfragmented packet, in units of
// eight bytes.
func (h IPv4) FragmentOffset() int { return int(binary.BigEndian.Uint16(h[6:]) & 0x1fff) }

// TTL is the time to live in hops.
func (h IPv4) TTL() uint8 { return h[8] }

// Protocol is the number of the protocol above (IANA).
func (h IPv4) Protocol() uint8 { return h[9] }

// Checksum is that of the header (RFC 1071), as it stands there.
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

// TrafficClass is the class of service in the upper six bits (RFC 2474) and the
// congestion bits below (RFC 3168).
func (h IPv6) TrafficClass() uint8 { return h[0]<<4 | h[1]>>4 }

// FlowLabel is a number of 20 bits (RFC 6437).
func (h IPv6) FlowLabel() uint32 { return binary.BigEndian.Uint32(h) & 0xfffff }

// PayloadLength is the length of all that follows the 40 bytes of the header,
// extension headers included, in bytes; 0 for a jumbogram (RFC 2675).
func (h IPv6) PayloadLength() int { return int(binary.BigEndian.Uint16(h[4:])) }

// NextHeader is the number of the first extension header or of the protocol above
// (IANA).
func (h IPv6) NextHeader() uint8 { return h[6] }

// HopLimit is what IPv4 calls the time to live, in hops.
func (h IPv6) HopLimit() uint8 { return h[7] }

// TTL is the time to live of IPv4 or the hop limit of IPv6, in hops.
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

// HeaderLength is the length with options in bytes, as the header says: 0 to 60, of
// which less than 20 is wrong.
func (h TCP) HeaderLength() int { return int(h[12]>>4) * 4 }

// Flags are the eight bits FIN to CWR.
func (h TCP) Flags() uint8 { return h[13] }

// Window is in bytes as it stands in the header, unscaled (RFC 7323, section 2).
func (h TCP) Window() uint16 { return binary.BigEndian.Uint16(h[14:]) }

// Checksum covers a pseudo header too (RFC 9293, section 3.1).
func (h TCP) Checksum() uint16 { return binary.BigEndian.Uint16(h[16:]) }

// UrgentPointer is in bytes from Sequence on (RFC 9293, section 3.8.5).
func (h TCP) UrgentPointer() uint16 { return binary.BigEndian.Uint16(h[18:]) }

// Kinds of TCP options (IANA; RFC 9293, 7323, 2018).
const (
	OptionEnd           = 0
	OptionNop           = 1
	OptionMSS           = 2
	OptionWindowScale   = 3
	OptionSACKPermitted = 4
	OptionSACK          = 5
	OptionTimestamps    = 8
)

// Options walks the options of a TCP header. It is a place in them, and for one
// goroutine:
//
//	for o := header.TCP(p.Transport).Options(); o.Next(); {
//		fmt.Println(o.Kind, o.Value)
//	}
type Options struct {
	rest  []byte
	Kind  uint8  // of the option that Next went to
	Value []byte // its bytes without kind and length, a slice of the header
}

// Options begins before the first option.
func (h TCP) Options() Options { return Options{rest: h[20:]} }

// Next goes to the next option, OptionNop included, and reports whether there is
// one: not at the end of the list, nor where the rest was cut or contradicts
// itself.
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

// Number is the value of an option of one to four bytes, read as a big-endian
// number. ok is false for other lengths.
func (o *Options) Number() (n uint32, ok bool) {
	for _, c := range o.Value {
		n = n<<8 | uint32(c)
	}
	return n, len(o.Value) >= 1 && len(o.Value) <= 4
}

// UDP is a header of RFC 768, at least 8 bytes.
type UDP []byte

// Length is that of header and payload in bytes.
func (h UDP) Length() uint16 { return binary.BigEndian.Uint16(h[4:]) }

// Checksum covers a pseudo header too; 0 means none over IPv4.
func (h UDP) Checksum() uint16 { return binary.BigEndian.Uint16(h[6:]) }

// ICMP is what all messages of ICMP (RFC 792) and ICMPv6 (RFC 4443) begin with, at
// least 4 bytes.
type ICMP []byte

// Type is the kind of message (IANA; ICMP and ICMPv6 have lists of their own).
func (h ICMP) Type() uint8 { return h[0] }

// Code refines Type.
func (h ICMP) Code() uint8 { return h[1] }

// Checksum covers the whole message, with ICMPv6 a pseudo header too (RFC 4443,
// section 2.3).
func (h ICMP) Checksum() uint16 { return binary.BigEndian.Uint16(h[2:]) }
