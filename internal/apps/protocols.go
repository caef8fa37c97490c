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
	protocolTLS
	protocolDTLS
	protocolQUIC
	protocolHTTP
	protocolWebSocket
	protocolHTTP2
	protocolGRPC
	protocolSSH
	protocolOPCUA
	protocolPostgreSQL
	protocolMySQL
	protocolRedis
	protocolMongoDB
	protocolMemcached
	protocolLDAP
	protocolMQTT
	protocolAMQP
	protocolKafka
	protocolNATS
	protocolModbus
	protocolENIP
	protocolNVMe
	protocolISCSI
	protocolRoCE
	protocolDNP3
	protocolS7
	protocolDNS
	protocolWireGuard
	protocolSTUN
	protocolSIP
	protocolRTCP
	protocolRTP
	protocolGTPU
	protocolGTPC
	protocolPFCP
	protocolDiameter
	protocolNetFlow
	protocolIPFIX
	protocolCoAP
	protocolDHCP
	protocolDHCPv6
	protocolNTP

	protocolCount
)

// verdict is what the begin of a stream says about its protocol.
type verdict uint8

const (
	no    verdict = iota
	maybe         // more bytes decide
	yes
)

// yesIf is yes where ok, maybeIf is maybe; else they are no.
func yesIf(ok bool) verdict {
	if ok {
		return yes
	}
	return no
}

func maybeIf(ok bool) verdict {
	if ok {
		return maybe
	}
	return no
}

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

	late     bool // it is looked for however late in a conversation that is not known
	follows  bool // it may follow another protocol in a stream (STARTTLS)
	upgrades bool // another may follow it
	sticky   bool // what was a conversation of it does not become one of another
	media    bool // it is likely where media are expected, too
}

// likely reports whether a packet goes to or comes from one of the ports.
func (row *protocol) likely(p *header.Packet) bool {
	return slices.Contains(row.ports, uint16(p.SrcPort)) || slices.Contains(row.ports, uint16(p.DstPort))
}

// likely reports whether the packet goes to or comes from where a protocol is usual:
// one of its ports, or where media are expected.
func (t *talk) likely(app Protocol) bool {
	row := &t.d.rows[app]
	return row.likely(t.p) || row.media && t.expectsMedia()
}

// toPort reports whether the packet goes to one of the usual ports of a protocol.
func (t *talk) toPort(app Protocol) bool {
	return slices.Contains(t.d.rows[app].ports, uint16(t.p.DstPort))
}

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

// String lists the names, "all" for all.
func (s Set) String() string {
	var names []string
	for i := protocolNone + 1; i < protocolCount; i++ {
		if s.Has(i) {
			names = append(names, protocols[i].name)
		}
	}
	if len(names) == int(protocolCount)-1 {
		return "all"
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// Add adds a protocol.
func (s *Set) Add(p Protocol) { s[p/64] |= 1 << (p % 64) }

// Has reports whether a protocol is in the set.
func (s *Set) Has(p Protocol) bool { return s[p/64]&(1<<(p%64)) != 0 }
