package compile

import (
	"encoding/binary"
	"net/netip"
)

// KeyKind says what a key is a value of.
type KeyKind uint8

// Kinds of keys. A value is one of any header of a packet that has it, of the source
// or of the destination.
const (
	KeyIPv4      KeyKind = iota // an address or network, in IPv4, ARP or RARP
	KeyIPv6                     // an address or network
	KeyMAC                      // an Ethernet address
	KeyPort                     // of TCP, UDP or SCTP
	KeyProtocol                 // number of an IP protocol
	KeyEtherType                // what a link layer carries; of link types without it, that of IPv4 and IPv6
	KeyVLAN                     // identifier of a tag
)

// Key is one value of a packet.
type Key struct {
	Kind KeyKind
	Bits uint8  // of a network; all of them for an address
	High uint64 // the upper half of an IPv6 address
	Low  uint64 // the rest
}

// address4 is the key of the network of the first bits of an IPv4 address.
func address4(addr uint32, bits int) Key {
	return Key{Kind: KeyIPv4, Bits: uint8(bits), Low: uint64(addr) >> (32 - bits) << (32 - bits)}
}

// address6 is the key of the network of the first bits of an IPv6 address.
func address6(addr netip.Addr, bits int) Key {
	p, _ := addr.Prefix(bits) // bits are 128 at most
	a := p.Addr().As16()
	return Key{Kind: KeyIPv6, Bits: uint8(bits), High: binary.BigEndian.Uint64(a[:8]), Low: binary.BigEndian.Uint64(a[8:])}
}

// hardware is the key of a MAC address of six bytes.
func hardware(mac []byte) Key {
	n := uint64(0)
	for _, b := range mac {
		n = n<<8 | uint64(b)
	}
	return Key{Kind: KeyMAC, Low: n}
}

// NumberKey is the key of a value of the kinds that are numbers.
func NumberKey(kind KeyKind, n uint32) Key { return Key{Kind: kind, Low: uint64(n)} }

// DemandOp says how a demand is made.
type DemandOp uint8

// Ways in which demands are made.
const (
	DemandAny     DemandOp = iota // every packet may pass
	DemandNothing                 // none passes
	DemandHas                     // one that passes has Key
	DemandAll                     // of Parts
	DemandSome                    // of Parts
)

// Demand is what a packet must have to pass, as far as that can be told from values of its
// headers. It is wider than the expression that it is made of: what is not understood
// demands nothing. It does not change once it is made.
type Demand struct {
	Op    DemandOp
	Key   Key
	Parts []*Demand
}

var (
	whatever   = &Demand{Op: DemandAny}
	impossible = &Demand{Op: DemandNothing}
)

// Whatever demands nothing.
func Whatever() *Demand { return whatever }

// never is what no packet has.
func never() *Demand { return impossible }

// demandFor demands a key.
func demandFor(k Key) *Demand { return &Demand{Op: DemandHas, Key: k} }

// allOf demands what all parts do.
func allOf(parts ...*Demand) *Demand {
	return joinDemands(DemandAll, DemandAny, DemandNothing, whatever, parts)
}

// SomeOf demands what one of the parts does.
func SomeOf(parts ...*Demand) *Demand {
	return joinDemands(DemandSome, DemandNothing, DemandAny, impossible, parts)
}

// joinDemands leaves out the parts that change nothing; one decides alone.
func joinDemands(op, idle, deciding DemandOp, none *Demand, parts []*Demand) *Demand {
	var kept []*Demand
	for _, p := range parts {
		switch p.Op {
		case idle:
		case deciding:
			return p
		default:
			kept = append(kept, p)
		}
	}
	switch len(kept) {
	case 0:
		return none
	case 1:
		return kept[0]
	}
	return &Demand{Op: op, Parts: kept}
}
