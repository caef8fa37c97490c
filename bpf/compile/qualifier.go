package compile

// protocol is the protocol qualifier of a primitive.
type protocol uint8

const (
	qualDefault protocol = iota
	qualLink
	qualIP
	qualARP
	qualRARP
	qualSCTP
	qualTCP
	qualUDP
	qualICMP
	qualIGMP
	qualIGRP
	qualATalk
	qualDECnet
	qualLAT
	qualSCA
	qualMOPRC
	qualMOPDL
	qualIPv6
	qualICMPv6
	qualAH
	qualESP
	qualPIM
	qualVRRP
	qualAARP
	qualISO
	qualESIS
	qualISIS
	qualCLNP
	qualSTP
	qualIPX
	qualNetBEUI
	qualISISL1
	qualISISL2
	qualISISIIH
	qualISISSNP
	qualISISCSNP
	qualISISPSNP
	qualISISLSP
	qualRadio
	qualCARP
)

var protocolNames = [...]string{
	qualDefault: "", qualLink: "link", qualIP: "ip", qualARP: "arp", qualRARP: "rarp",
	qualSCTP: "sctp", qualTCP: "tcp", qualUDP: "udp", qualICMP: "icmp", qualIGMP: "igmp",
	qualIGRP: "igrp", qualATalk: "atalk", qualDECnet: "decnet", qualLAT: "lat", qualSCA: "sca",
	qualMOPRC: "moprc", qualMOPDL: "mopdl", qualIPv6: "ip6", qualICMPv6: "icmp6", qualAH: "ah",
	qualESP: "esp", qualPIM: "pim", qualVRRP: "vrrp", qualAARP: "aarp", qualISO: "iso",
	qualESIS: "esis", qualISIS: "isis", qualCLNP: "clnp", qualSTP: "stp", qualIPX: "ipx",
	qualNetBEUI: "netbeui", qualISISL1: "l1", qualISISL2: "l2", qualISISIIH: "iih",
	qualISISSNP: "snp", qualISISCSNP: "csnp", qualISISPSNP: "psnp", qualISISLSP: "lsp",
	qualRadio: "radio", qualCARP: "carp",
}

func (p protocol) String() string { return protocolNames[p] }

// hasPorts tells protocols that may qualify a port.
func (p protocol) hasPorts() bool { return p == qualTCP || p == qualUDP || p == qualSCTP }

// direction is the direction qualifier of a primitive.
type direction uint8

const (
	dirDefault direction = iota // either
	dirSrc
	dirDst
	dirEither
	dirBoth
	dirAddr1
	dirAddr2
	dirAddr3
	dirAddr4
	dirRA
	dirTA
)

var directionNames = [...]string{
	dirDefault: "src or dst", dirSrc: "src", dirDst: "dst", dirEither: "src or dst", dirBoth: "src and dst",
	dirAddr1: "addr1", dirAddr2: "addr2", dirAddr3: "addr3", dirAddr4: "addr4", dirRA: "ra", dirTA: "ta",
}

func (d direction) String() string { return directionNames[d] }

// addressType says what the address of a primitive stands for.
type addressType uint8

const (
	typeDefault addressType = iota // host
	typeHost
	typeNet
	typePort
	typePortRange
	typeGateway
	typeProto
	typeProtochain
	typeNone // the address follows something that has no address
)

var addressTypeNames = [...]string{
	typeDefault: "host", typeHost: "host", typeNet: "net", typePort: "port", typePortRange: "portrange",
	typeGateway: "gateway", typeProto: "proto", typeProtochain: "protochain", typeNone: "",
}

func (t addressType) String() string { return addressTypeNames[t] }

func (t addressType) isPort() bool { return t == typePort || t == typePortRange }

// qualifiers stand before an address, or are taken over from the primitive to
// its left: `port 80 or 443`.
type qualifiers struct {
	proto protocol
	dir   direction
	typ   addressType
}

var noQualifiers = qualifiers{typ: typeNone}
