package apps

import (
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture/header"
)

// Protocol is the number of a row of protocols; 0 is none.
type Protocol uint8

// The protocols, in the order in which content is held against them: those first
// that are certain after a few bytes.
const (
	protocolNone Protocol = iota
	protocolHTTP
	protocolDNS

	protocolCount
)

// verdict is what the begin of a stream says about its protocol.
type verdict uint8

const (
	no    verdict = iota
	maybe         // more bytes decide
	yes
)

// protocol is a row: what there is to know of one.
type protocol struct {
	name    string   // as --app, conditions and records have it
	meaning string   // the name in full
	ports   []uint16 // where servers usually are, or both ends

	// begins says whether a segment begins with a message of this protocol. It may
	// look at the ports, but claims nothing by them alone. nil: not over TCP.
	begins func(t *talk, b []byte) verdict
	// read reads the message that b begins with, and returns how many bytes it has,
	// which may be more than are there: the rest is passed over. 0: more are
	// needed; then t.cut says that none will come. Else opaque or strange.
	read func(t *talk, b []byte) int
	// datagram reads a datagram, and reports whether it is of this protocol. It
	// says and keeps nothing of what is not. nil: not over UDP.
	datagram func(t *talk, b []byte) bool

	late     bool // begins is looked at however late in a stream that is not known
	follows  bool // it may follow another protocol in a stream (STARTTLS)
	upgrades bool // another may follow it
	sticky   bool // what was a conversation of it does not become one of another
}

// protocols are all rows.
var protocols = [protocolCount]protocol{
	protocolNone: {name: ""},
	protocolHTTP: {name: "http", meaning: "Hypertext Transfer Protocol, version 1", ports: []uint16{80, 8080, 8000, 3128},
		begins: httpBegins, read: httpRead, late: true, upgrades: true},
	protocolDNS: {name: "dns", meaning: "Domain Name System, mDNS and LLMNR among it", ports: []uint16{53, 5353, 5355},
		begins: dnsBegins, read: dnsRead, datagram: dnsDatagram},
}

// likely reports whether a packet goes to or comes from one of the ports.
func (row *protocol) likely(p *header.Packet) bool {
	return slices.Contains(row.ports, uint16(p.SrcPort)) || slices.Contains(row.ports, uint16(p.DstPort))
}

// likely reports whether the packet goes to or comes from one of the usual ports of a
// protocol.
func (t *talk) likely(app Protocol) bool { return t.d.rows[app].likely(t.p) }

// Name is what --app, conditions and records call a protocol; "" for none.
func (p Protocol) Name() string { return protocols[p].name }

// ByName is the protocol of a name.
func ByName(name string) (Protocol, bool) {
	for i := protocolNone + 1; i < protocolCount; i++ {
		if strings.EqualFold(protocols[i].name, name) {
			return i, true
		}
	}
	return 0, false
}

// Names are those of all protocols, in the order of the alphabet.
func Names() []string {
	var all []string
	for i := protocolNone + 1; i < protocolCount; i++ {
		all = append(all, protocols[i].name)
	}
	slices.Sort(all)
	return all
}

// Set is a set of protocols.
type Set [(protocolCount + 63) / 64]uint64

// Add adds a protocol.
func (s *Set) Add(p Protocol) { s[p/64] |= 1 << (p % 64) }

// Has reports whether a protocol is in the set.
func (s *Set) Has(p Protocol) bool { return s[p/64]&(1<<(p%64)) != 0 }
