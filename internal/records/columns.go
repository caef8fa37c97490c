package records

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Needs are what a record has to have for columns to find their values.
type Needs uint8

// What columns of packets need.
const (
	NeedsTCP   Needs = 1 << iota // Packet.TCP
	NeedsUDP                     // Packet.UDP
	NeedsApps                    // Packet.Said
	NeedsLine                    // Packet.Line
	NeedsOwner                   // Packet.Owner
	NeedsDrop                    // Packet.Drop
)

// NeedsOf are the needs of several columns.
func NeedsOf[T any](columns []*Column[T]) (n Needs) {
	for _, c := range columns {
		n |= c.Needs
	}
	return n
}

// tsharkGroup is the group of Aliases.
const tsharkGroup = "tshark"

type packetColumn = Column[Packet]

// PacketColumns are the columns of packets, in the order of groups. Nobody changes
// what it returns. It is made when it is asked for, as other tables here: most runs of the
// program write no records.
var PacketColumns = sync.OnceValue(func() []*packetColumn {
	return slices.Concat(headerColumns(), appColumns(), ownerColumns(), contentColumns())
})

// ofTCP is a column of its TCP header.
func ofTCP(find func(h header.TCP) (uint64, bool)) func(p *Packet) (uint64, bool) {
	return func(p *Packet) (uint64, bool) {
		if h := p.tcp(); h != nil {
			return find(h)
		}
		return 0, false
	}
}

// option finds the number in a TCP option, from a byte of its value on.
func option(h header.TCP, kind uint8, length, from, to int) (uint64, bool) {
	if len(h) == 20 {
		return 0, false
	}
	for o := h.Options(); o.Next(); {
		if o.Kind == kind && len(o.Value) == length {
			n := uint64(0)
			for _, c := range o.Value[from:to] {
				n = n<<8 | uint64(c)
			}
			return n, true
		}
	}
	return 0, false
}

// appGroups are the groups of fields of applications, in their order, by what the
// names of the fields begin with.
var appGroups = [...]struct{ prefix, group string }{
	{"dns_", "dns"}, {"tls_", "tls"}, {"ja", "tls"}, {"quic_", "quic"}, {"http_", "http"}, {"ssh_", "ssh"},
	{"dhcp_", "dhcp"}, {"ntp_", "ntp"}, {"sip_", "sip"},
}

// appColumns are what applications say, of the table of their fields.
func appColumns() (all []*packetColumn) {
	if !features.HasRecords {
		return nil
	}
	for _, g := range appGroups {
		for i := range apps.FieldCount {
			f := &apps.Fields[i]
			if f.Exact || !hasPrefix(f.Name, g.prefix) {
				continue
			}
			c := &packetColumn{Name: f.Name, Group: g.group, Kind: Text, Meaning: f.Meaning, Alias: f.Alias, Needs: NeedsApps}
			switch {
			case f.Number:
				c.Kind = Number
				c.Number = func(p *Packet) (uint64, bool) {
					if p.Said == nil {
						return 0, false
					}
					_, n, ok := p.Said.Value(i, 0)
					return uint64(n), ok && n >= 0
				}
			case f.Several:
				c.Kind = List
				c.Item = func(b []byte, p *Packet, n int) ([]byte, bool) { return p.said(b, i, n) }
			default:
				c.Text = func(b []byte, p *Packet) ([]byte, bool) { return p.said(b, i, 0) }
			}
			all = append(all, c)
		}
	}
	return all
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

// said appends a value of a field of text.
func (p *Packet) said(b []byte, f apps.Field, n int) ([]byte, bool) {
	if p.Said == nil {
		return b, false
	}
	text, _, ok := p.Said.Value(f, n)
	return append(b, text...), ok
}

// time is the time stamp in nanoseconds; false where it is beyond what these can say.
func (p *Packet) time() (uint64, bool) {
	const last = 9_000_000_000 // seconds, in the year 2255
	t := p.Pkt.Time
	return uint64(t.Sec*1e9 + t.Nsec), t.Sec >= -last && t.Sec <= last
}

// icmp is a byte of the header of ICMP in the innermost packet.
func (p *Packet) icmp(at int) (uint64, bool) {
	n := p.net()
	if n == nil || len(n.transport) <= at || n.later ||
		n.protocol != header.ProtocolICMP && n.protocol != header.ProtocolICMPv6 {
		return 0, false
	}
	return uint64(n.transport[at]), true
}

// fragment is where the data of a packet lies in the whole one, in bytes.
func (n *network) fragment() (offset int, more, ok bool) {
	switch {
	case n.version == 4:
		return header.IPv4(n.ip).FragmentOffset() * 8, n.ip[6]&0x20 != 0, true
	case n.extension != nil:
		word := binary.BigEndian.Uint16(n.extension[2:])
		return int(word &^ 7), word&1 != 0, true
	}
	return 0, false, false
}

// mark appends the n-th mark of a segment.
func (p *Packet) mark(b []byte, n int) ([]byte, bool) {
	if p.TCP == nil || p.TCP.Marks == 0 {
		return b, false
	}
	for _, m := range tcpanalysis.Table() {
		if p.TCP.Marks&m.Bit == 0 {
			continue
		}
		if n == 0 {
			return append(b, m.Name...), true
		}
		n--
	}
	return b, false
}

// protocols appends the names of the layers.
func (p *Packet) protocols(b []byte) ([]byte, bool) {
	f := p.layers()
	if f.n == 0 {
		return b, false
	}
	b = append(b, protos[f.layers[0].proto].name...)
	for i := range f.layers[1:f.n] {
		b = chained[f.layers[i+1].proto].append(b)
	}
	return b, true
}

// chained are the names of protocols with a colon.
var chained = func() (all [len(protos)]chunk) {
	for i := range all {
		all[i] = newChunk(":" + protos[i].name)
	}
	return all
}()

// flagNames are the names of the flags in each byte of them.
var flagNames = sync.OnceValue(func() *[256]string {
	all := new([256]string)
	order := [...]int{4, 3, 1, 0, 2, 5, 6, 7} // ACK first, then PSH
	for i := range all {
		for _, bit := range order {
			if i>>bit&1 == 0 {
				continue
			}
			if all[i] != "" {
				all[i] += ","
			}
			all[i] += header.FlagNames[bit]
		}
	}
	return all
})

// appendARP appends an IPv4 address of ARP (RFC 826).
func appendARP(b, h []byte, target bool) ([]byte, bool) {
	if h == nil || binary.BigEndian.Uint16(h[2:]) != header.EtherTypeIPv4 || h[5] != 4 {
		return b, false
	}
	at := 8 + int(h[4])
	if target {
		at += 4 + int(h[4])
	}
	if at+4 > len(h) {
		return b, false
	}
	return appendIPv4(b, [4]byte(h[at:])), true
}

// ByName is the column of a name, one of tshark's included; nil if there is none.
func ByName(name string) *Column[Packet] {
	if c := Find(PacketColumns(), name); c != nil {
		return c
	}
	return Find(Aliases(), name)
}
