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

// protocols are all rows.
var protocols = [protocolCount]protocol{
	protocolNone: {name: ""},
	protocolTLS: {name: "tls", meaning: "Transport Layer Security", ports: []uint16{443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 6697, 8443},
		begins: tlsBegins, read: tlsRead, late: true, follows: true},
	protocolDTLS: {name: "dtls", meaning: "Datagram Transport Layer Security", ports: []uint16{443, 853, 2055, 4433, 5349, 5684},
		datagram: dtlsDatagram},
	protocolQUIC: {name: "quic", meaning: "QUIC, versions 1 and 2 and the last drafts", ports: []uint16{443, 853, 8443},
		datagram: quicDatagram, sticky: true},
	protocolHTTP: {name: "http", meaning: "Hypertext Transfer Protocol, version 1", ports: []uint16{80, 8080, 8000, 3128},
		begins: httpBegins, read: httpRead, late: true, upgrades: true},
	protocolWebSocket: {name: "websocket", meaning: "WebSocket, after an upgrade of HTTP",
		begins: wsBegins, read: wsRead, late: true},
	protocolHTTP2: {name: "http2", meaning: "Hypertext Transfer Protocol, version 2",
		begins: h2Begins, read: h2Read, late: true},
	protocolGRPC: {name: "grpc", meaning: "gRPC calls, over HTTP/2",
		begins: grpcBegins, read: h2Read},
	protocolSSH: {name: "ssh", meaning: "Secure Shell", ports: []uint16{22},
		begins: sshBegins, read: sshRead},
	protocolPostgreSQL: {name: "postgresql", meaning: "PostgreSQL", ports: []uint16{5432},
		begins: postgresqlBegins, read: postgresqlRead, upgrades: true},
	protocolMySQL: {name: "mysql", meaning: "MySQL and MariaDB", ports: []uint16{3306},
		begins: mysqlBegins, read: mysqlRead, upgrades: true},
	protocolRedis: {name: "redis", meaning: "Redis", ports: []uint16{6379},
		begins: redisBegins, read: redisRead},
	protocolMongoDB: {name: "mongodb", meaning: "MongoDB", ports: []uint16{27017},
		begins: mongodbBegins, read: mongodbRead},
	protocolMemcached: {name: "memcached", meaning: "Memcached", ports: []uint16{11211},
		begins: memcachedBegins, read: memcachedRead, datagram: memcachedDatagram},
	protocolLDAP: {name: "ldap", meaning: "Lightweight Directory Access Protocol", ports: []uint16{389, 3268},
		begins: ldapBegins, read: ldapRead, datagram: ldapDatagram, upgrades: true},
	protocolMQTT: {name: "mqtt", meaning: "MQTT 3.1.1 and 5", ports: []uint16{1883},
		begins: mqttBegins, read: mqttRead},
	protocolAMQP: {name: "amqp", meaning: "Advanced Message Queuing Protocol 0-9-1 and 1.0", ports: []uint16{5672},
		begins: amqpBegins, read: amqpRead, upgrades: true},
	protocolKafka: {name: "kafka", meaning: "Apache Kafka", ports: []uint16{9092},
		begins: kafkaBegins, read: kafkaRead},
	protocolNATS: {name: "nats", meaning: "NATS", ports: []uint16{4222},
		begins: natsBegins, read: natsRead, late: true, upgrades: true},
	protocolModbus: {name: "modbus", meaning: "Modbus over TCP", ports: []uint16{502},
		begins: modbusBegins, read: modbusRead},
	protocolDNP3: {name: "dnp3", meaning: "Distributed Network Protocol 3", ports: []uint16{20000},
		begins: dnp3Begins, read: dnp3Read, datagram: dnp3Datagram},
	protocolS7: {name: "s7", meaning: "S7 communication", ports: []uint16{102},
		begins: s7Begins, read: s7Read},
	protocolOPCUA: {name: "opcua", meaning: "OPC Unified Architecture, binary", ports: []uint16{4840},
		begins: opcuaBegins, read: opcuaRead},
	protocolENIP: {name: "enip", meaning: "EtherNet/IP and CIP", ports: []uint16{44818, 2222},
		begins: enipBegins, read: enipRead, datagram: enipDatagram},
	protocolNVMe: {name: "nvme", meaning: "NVMe over TCP", ports: []uint16{4420, 8009},
		begins: nvmeBegins, read: nvmeRead},
	protocolISCSI: {name: "iscsi", meaning: "iSCSI", ports: []uint16{3260},
		begins: iscsiBegins, read: iscsiRead},
	protocolRoCE: {name: "rocev2", meaning: "RDMA over Converged Ethernet, version 2", ports: []uint16{4791},
		datagram: roceDatagram},
	protocolDNS: {name: "dns", meaning: "Domain Name System, mDNS and LLMNR among it", ports: []uint16{53, 5353, 5355},
		begins: dnsBegins, read: dnsRead, datagram: dnsDatagram},
	protocolWireGuard: {name: "wireguard", meaning: "WireGuard", ports: []uint16{51820}, datagram: wireguardDatagram, late: true},
	protocolSTUN: {name: "stun", meaning: "Session Traversal Utilities for NAT, TURN among it", ports: []uint16{3478, 3479, 19302},
		begins: stunBegins, read: stunRead, datagram: stunDatagram, late: true, media: true},
	protocolSIP: {name: "sip", meaning: "Session Initiation Protocol", ports: []uint16{5060},
		begins: sipBegins, read: sipRead, datagram: sipDatagram, late: true},
	protocolRTCP:     {name: "rtcp", meaning: "RTP Control Protocol, where SDP or STUN announced it", datagram: rtcpDatagram, media: true},
	protocolRTP:      {name: "rtp", meaning: "Real-time Transport Protocol, where SDP or STUN announced it", datagram: rtpDatagram, media: true},
	protocolGTPU:     {name: "gtpu", meaning: "GPRS Tunnelling Protocol, user plane", ports: []uint16{2152}, datagram: gtpuDatagram},
	protocolGTPC:     {name: "gtpc", meaning: "GPRS Tunnelling Protocol, control plane, versions 1 and 2", ports: []uint16{2123}, datagram: gtpcDatagram},
	protocolPFCP:     {name: "pfcp", meaning: "Packet Forwarding Control Protocol", ports: []uint16{8805}, datagram: pfcpDatagram},
	protocolDiameter: {name: "diameter", meaning: "Diameter", ports: []uint16{3868}, begins: diameterBegins, read: diameterRead, late: true},
	protocolNetFlow:  {name: "netflow", meaning: "NetFlow, versions 5, 7 and 9", ports: []uint16{2055, 9995, 9996}, datagram: netflowDatagram},
	protocolIPFIX: {name: "ipfix", meaning: "IP Flow Information Export", ports: []uint16{4739},
		begins: ipfixBegins, read: ipfixRead, datagram: ipfixDatagram},
	protocolCoAP: {name: "coap", meaning: "Constrained Application Protocol", ports: []uint16{5683},
		begins: coapBegins, read: coapRead, datagram: coapDatagram},
	protocolDHCP:   {name: "dhcp", meaning: "Dynamic Host Configuration Protocol", ports: []uint16{67, 68}, datagram: dhcpDatagram},
	protocolDHCPv6: {name: "dhcpv6", meaning: "Dynamic Host Configuration Protocol for IPv6", ports: []uint16{546, 547}, datagram: dhcpv6Datagram},
	protocolNTP:    {name: "ntp", meaning: "Network Time Protocol", ports: []uint16{123}, datagram: ntpDatagram},
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
