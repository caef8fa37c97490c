package records

import "sync"

// proto is the number of a row of protos.
type proto uint8

// The protocols that are walked into, or have columns.
const (
	protoNone proto = iota
	protoEthernet
	protoEtherType
	protoIPv4
	protoIPv6
	protoTCP
	protoUDP
	protoICMP
	protoICMPv6
	protoARP
	protoVLAN
	protoQinQ
	protoMPLS
	protoData
	protoLLC
	protoSNAP
	protoPPP
	protoPPPoE
	protoGRE
	protoVXLAN
	protoGENEVE
	protoGTP
	protoTeredo
	protoHopByHop
	protoRouting
	protoFragment
	protoDestination
	protoAH
	protoESP
	protoSLL
	protoNull
	protoRaw
	protoCHDLC
	protoFrameRelay
	protoRadiotap
	protoWLANRadio
	protoWLAN
	protoPPPHDLC
	protoERSPAN
	protoPIM
	protoIPoIB
	protoSLARP
	protoCDP
	protoVTP
	protoDTP
	protoUDLD
	protoSTP
	protoIPX
	protoOSI
	protoCLNP
	protoESIS
	protoISIS
	protoISISHello
	protoISISLSP
	protoISISCSNP
	protoISISPSNP
	protoSlow
	protoLACP
	protoIGMP

	firstLeaf // protocols from here on are not looked into
)

// protoRow is what there is to know of a protocol: what tshark calls it in
// frame.protocols, and the numbers by which it is recognised where content does not
// say it.
type protoRow struct {
	name      string
	etherType []uint16
	ip        []uint8
	udp, tcp  []uint16 // ports
}

// protos are all protocols; those from firstLeaf on have no constants.
var protos = [...]protoRow{
	protoNone:        {},
	protoEthernet:    {name: "eth"},
	protoEtherType:   {name: "ethertype"},
	protoIPv4:        {name: "ip"},
	protoIPv6:        {name: "ipv6"},
	protoTCP:         {name: "tcp"},
	protoUDP:         {name: "udp"},
	protoICMP:        {name: "icmp"},
	protoICMPv6:      {name: "icmpv6"},
	protoARP:         {name: "arp"},
	protoVLAN:        {name: "vlan"},
	protoQinQ:        {name: "ieee8021ad"},
	protoMPLS:        {name: "mpls"},
	protoData:        {name: "data"},
	protoLLC:         {name: "llc"},
	protoSNAP:        {name: "snap"},
	protoPPP:         {name: "ppp"},
	protoPPPoE:       {name: "pppoes"},
	protoGRE:         {name: "gre"},
	protoVXLAN:       {name: "vxlan"},
	protoGENEVE:      {name: "geneve"},
	protoGTP:         {name: "gtp"},
	protoTeredo:      {name: "teredo"},
	protoHopByHop:    {name: "ipv6.hopopts"},
	protoRouting:     {name: "ipv6.routing"},
	protoFragment:    {name: "ipv6.fraghdr"},
	protoDestination: {name: "ipv6.dstopts"},
	protoAH:          {name: "ah"},
	protoESP:         {name: "esp"},
	protoSLL:         {name: "sll"},
	protoNull:        {name: "null"},
	protoRaw:         {name: "raw"},
	protoCHDLC:       {name: "chdlc"},
	protoFrameRelay:  {name: "fr"},
	protoRadiotap:    {name: "radiotap"},
	protoWLANRadio:   {name: "wlan_radio"},
	protoWLAN:        {name: "wlan"},
	protoPPPHDLC:     {name: "ppp"},
	protoERSPAN:      {name: "erspan"},
	protoPIM:         {name: "pim"},
	protoIPoIB:       {name: "ipoib"},
	protoSLARP:       {name: "slarp"},
	protoCDP:         {name: "cdp"},
	protoVTP:         {name: "vtp"},
	protoDTP:         {name: "dtp"},
	protoUDLD:        {name: "udld"},
	protoSTP:         {name: "stp"},
	protoIPX:         {name: "ipx", etherType: []uint16{0x8137}},
	protoOSI:         {name: "osi"},
	protoCLNP:        {name: "clnp"},
	protoESIS:        {name: "esis"},
	protoISIS:        {name: "isis"},
	protoISISHello:   {name: "isis.hello"},
	protoISISLSP:     {name: "isis.lsp"},
	protoISISCSNP:    {name: "isis.csnp"},
	protoISISPSNP:    {name: "isis.psnp"},
	protoSlow:        {name: "slow"},
	protoLACP:        {name: "lacp"},
	protoIGMP:        {name: "igmp"},

	firstLeaf: {name: "aoe", etherType: []uint16{0x88a2}},
	{name: "lldp", etherType: []uint16{0x88cc}},
	{name: "dec_dna", etherType: []uint16{0x6003}},
	{name: "eapol", etherType: []uint16{0x888e}},
	{name: "rarp", etherType: []uint16{0x8035}},
	{name: "aarp", etherType: []uint16{0x80f3}},
	{name: "pppoed", etherType: []uint16{0x8863}},
	{name: "ptp", etherType: []uint16{0x88f7}, udp: []uint16{319, 320}},
	{name: "cfm", etherType: []uint16{0x8902}},
	{name: "macsec", etherType: []uint16{0x88e5}},
	{name: "mpcp", etherType: []uint16{0x8808}},
	{name: "ddp", etherType: []uint16{0x809b}},
	{name: "loop", etherType: []uint16{0x9000}},
	{name: "wol", etherType: []uint16{0x0842}},
	{name: "batadv", etherType: []uint16{0x4305}},
	{name: "tipc", etherType: []uint16{0x88ca}},
	{name: "pn_rt", etherType: []uint16{0x8892}},
	{name: "ecatf", etherType: []uint16{0x88a4}},
	{name: "goose", etherType: []uint16{0x88b8}},
	{name: "sv", etherType: []uint16{0x88ba}},
	{name: "nsh", etherType: []uint16{0x894f}},
	{name: "fcoe", etherType: []uint16{0x8906}},
	{name: "gnw", etherType: []uint16{0x8947}},
	{name: "ggp", ip: []uint8{3}},
	{name: "egp", ip: []uint8{8}},
	{name: "igrp", ip: []uint8{9}},
	{name: "dccp", ip: []uint8{33}},
	{name: "rsvp", ip: []uint8{46}},
	{name: "eigrp", ip: []uint8{88}},
	{name: "ospf", ip: []uint8{89}},
	{name: "ipcomp", ip: []uint8{108}},
	{name: "vrrp", ip: []uint8{112}},
	{name: "pgm", ip: []uint8{113}},
	{name: "l2tp", ip: []uint8{115}, udp: []uint16{1701}},
	{name: "sctp", ip: []uint8{132}},
	{name: "mipv6", ip: []uint8{135}},
	{name: "udplite", ip: []uint8{136}},
	{name: "hip", ip: []uint8{139}},
	{name: "shim6", ip: []uint8{140}},
	{name: "etherip", ip: []uint8{97}},

	{name: "echo", udp: []uint16{7}, tcp: []uint16{7}},
	{name: "ftp", tcp: []uint16{21}},
	{name: "ftp-data", tcp: []uint16{20}},
	{name: "ssh", tcp: []uint16{22}},
	{name: "telnet", tcp: []uint16{23}},
	{name: "smtp", tcp: []uint16{25, 587}},
	{name: "time", udp: []uint16{37}, tcp: []uint16{37}},
	{name: "tacacs", udp: []uint16{49}},
	{name: "tacplus", tcp: []uint16{49}},
	{name: "dns", udp: []uint16{53}, tcp: []uint16{53}},
	{name: "dhcp", udp: []uint16{67, 68}},
	{name: "tftp", udp: []uint16{69}},
	{name: "http", tcp: []uint16{80, 3128, 3132, 5985, 8080, 8088, 11371, 1900, 2869, 2710, 591}},
	{name: "kerberos", udp: []uint16{88}, tcp: []uint16{88}},
	{name: "pop", tcp: []uint16{110}},
	{name: "portmap", udp: []uint16{111}},
	{name: "nntp", tcp: []uint16{119}},
	{name: "ntp", udp: []uint16{123}, tcp: []uint16{123}},
	{name: "nbns", udp: []uint16{137}},
	{name: "nbdgm", udp: []uint16{138}},
	{name: "nbss", tcp: []uint16{139, 445}},
	{name: "imap", tcp: []uint16{143}},
	{name: "snmp", udp: []uint16{161, 162}, tcp: []uint16{161, 162}},
	{name: "bgp", tcp: []uint16{179}},
	{name: "ldap", tcp: []uint16{389, 3268}},
	{name: "cldap", udp: []uint16{389}},
	{name: "svrloc", udp: []uint16{427}, tcp: []uint16{427}},
	{name: "tls", tcp: []uint16{443, 465, 636, 993, 995, 989, 990, 992, 5061}},
	{name: "auto_rp", udp: []uint16{496}},
	{name: "isakmp", udp: []uint16{500}, tcp: []uint16{500}},
	{name: "rip", udp: []uint16{520}},
	{name: "ripng", udp: []uint16{521}},
	{name: "syslog", udp: []uint16{514}},
	{name: "dhcpv6", udp: []uint16{546, 547}},
	{name: "rtsp", tcp: []uint16{554, 8554}},
	{name: "ldp", udp: []uint16{646}, tcp: []uint16{646}},
	{name: "olsr", udp: []uint16{698}},
	{name: "msdp", tcp: []uint16{639}},
	{name: "aodv", udp: []uint16{654}},
	{name: "lmp", udp: []uint16{701}},
	{name: "hsrp", udp: []uint16{1985, 2029}},
	{name: "krb4", udp: []uint16{750}},
	{name: "wccp", udp: []uint16{2048}},
	{name: "radius", udp: []uint16{1645, 1646, 1812, 1813, 3799}},
	{name: "ssdp", udp: []uint16{1900}},
	{name: "mqtt", tcp: []uint16{1883}},
	{name: "pptp", tcp: []uint16{1723}},
	{name: "nfs", tcp: []uint16{2049}},
	{name: "gtp", udp: []uint16{2123, 3386}},
	{name: "mysql", tcp: []uint16{3306}},
	{name: "rdpudp", udp: []uint16{3389}},
	{name: "tpkt", tcp: []uint16{102, 3389}},
	{name: "bfd", udp: []uint16{3784, 4784, 6784}},
	{name: "bfd_echo", udp: []uint16{3785}},
	{name: "mpls-echo", udp: []uint16{3503}},
	{name: "diameter", tcp: []uint16{3868}},
	{name: "udpencap", udp: []uint16{4500}},
	{name: "lisp", udp: []uint16{4342}},
	{name: "lisp-data", udp: []uint16{4341}},
	{name: "sip", udp: []uint16{5060}, tcp: []uint16{5060}},
	{name: "xmpp", tcp: []uint16{5222, 5269, 5275}},
	{name: "mdns", udp: []uint16{5353}},
	{name: "llmnr", udp: []uint16{5355}},
	{name: "pgsql", tcp: []uint16{5432}},
	{name: "amqp", tcp: []uint16{5672}},
	{name: "coap", udp: []uint16{5683}},
	{name: "capwap", udp: []uint16{5246}},
	{name: "capwap.data", udp: []uint16{5247}},
	{name: "resp", tcp: []uint16{6379}},
	{name: "sflow", udp: []uint16{6343}},
	{name: "openflow", tcp: []uint16{6633, 6653}},
	{name: "babel", udp: []uint16{6696}},
	{name: "rx", udp: []uint16{7000, 7001, 7002, 7003, 7004, 7005, 7008, 7009, 7021, 7101}},
	{name: "rpkirtr", tcp: []uint16{323, 324}},
	{name: "dnp3", udp: []uint16{20000}, tcp: []uint16{20000}},
	{name: "mbtcp", tcp: []uint16{502}},
	{name: "enip", udp: []uint16{2222, 44818}, tcp: []uint16{44818}},
	{name: "memcache", tcp: []uint16{11211}, udp: []uint16{11211}},
	{name: "wg", udp: []uint16{51820}},
	{name: "cflow", udp: []uint16{2055, 9996, 4739}},
	{name: "pfcp", udp: []uint16{8805}},
	{name: "mongo", tcp: []uint16{27017}},
	{name: "kafka", tcp: []uint16{9092}},
	{name: "nats", tcp: []uint16{4222}},
	{name: "someip", udp: []uint16{30490, 30491, 30501}},
	{name: "vqp", udp: []uint16{1589}},
	{name: "msnlb", udp: []uint16{2504}},
	{name: "iscsi", tcp: []uint16{3260, 860}},
	{name: "opcua", tcp: []uint16{4840}},
	{name: "nvme-tcp", tcp: []uint16{4420}},
	{name: "infiniband", udp: []uint16{4791}},
	{name: "tipc", udp: []uint16{6118}},
	{name: "irc", tcp: []uint16{6667, 57000}},
	{name: "stun", udp: []uint16{3478}, tcp: []uint16{3478}},
}

// index finds protocols by numbers. It is made once, of protos.
type index struct {
	etherType, udp, tcp map[uint16]proto
	ip                  [256]proto
}

var byNumber = sync.OnceValue(newIndex)

func newIndex() *index {
	x := &index{map[uint16]proto{}, map[uint16]proto{}, map[uint16]proto{}, [256]proto{}}
	for i := range protos {
		p, row := proto(i), &protos[i]
		for _, n := range row.etherType {
			x.etherType[n] = p
		}
		for _, n := range row.udp {
			x.udp[n] = p
		}
		for _, n := range row.tcp {
			x.tcp[n] = p
		}
		for _, n := range row.ip {
			x.ip[n] = p
		}
	}
	return x
}
