package compile

// protocol is the protocol qualifier of a primitive.
type protocol uint8

const (
	protoDefault protocol = iota
	protoLink
	protoIP
	protoARP
	protoRARP
	protoSCTP
	protoTCP
	protoUDP
	protoICMP
	protoIGMP
	protoIGRP
	protoATalk
	protoDECnet
	protoLAT
	protoSCA
	protoMOPRC
	protoMOPDL
	protoIPv6
	protoICMPv6
	protoAH
	protoESP
	protoPIM
	protoVRRP
	protoAARP
	protoISO
	protoESIS
	protoISIS
	protoCLNP
	protoSTP
	protoIPX
	protoNetBEUI
	protoISISL1
	protoISISL2
	protoISISIIH
	protoISISSNP
	protoISISCSNP
	protoISISPSNP
	protoISISLSP
	protoRadio
	protoCARP
)

var protocolNames = [...]string{
	protoDefault: "", protoLink: "link", protoIP: "ip", protoARP: "arp", protoRARP: "rarp",
	protoSCTP: "sctp", protoTCP: "tcp", protoUDP: "udp", protoICMP: "icmp", protoIGMP: "igmp",
	protoIGRP: "igrp", protoATalk: "atalk", protoDECnet: "decnet", protoLAT: "lat", protoSCA: "sca",
	protoMOPRC: "moprc", protoMOPDL: "mopdl", protoIPv6: "ip6", protoICMPv6: "icmp6", protoAH: "ah",
	protoESP: "esp", protoPIM: "pim", protoVRRP: "vrrp", protoAARP: "aarp", protoISO: "iso",
	protoESIS: "esis", protoISIS: "isis", protoCLNP: "clnp", protoSTP: "stp", protoIPX: "ipx",
	protoNetBEUI: "netbeui", protoISISL1: "l1", protoISISL2: "l2", protoISISIIH: "iih",
	protoISISSNP: "snp", protoISISCSNP: "csnp", protoISISPSNP: "psnp", protoISISLSP: "lsp",
	protoRadio: "radio", protoCARP: "carp",
}

func (p protocol) String() string { return protocolNames[p] }

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

// qualifiers stand before an address, or are taken over from the primitive to
// its left: `port 80 or 443`.
type qualifiers struct {
	proto protocol
	dir   direction
	typ   addressType
}

var noQualifiers = qualifiers{typ: typeNone}
