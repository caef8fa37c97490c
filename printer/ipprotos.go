package printer

// IP protocol numbers (IANA protocol-numbers) that are dispatched or named.
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoIGMP        = 2
	protoIPv4        = 4
	protoTCP         = 6
	protoEGP         = 8
	protoIGRP        = 9
	protoUDP         = 17
	protoDCCP        = 33
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoRSVP        = 46
	protoGRE         = 47
	protoESP         = 50
	protoAH          = 51
	protoMobile      = 55
	protoICMPv6      = 58
	protoNone        = 59
	protoDstOpts     = 60
	protoMobilityOld = 62
	protoND          = 77
	protoEIGRP       = 88
	protoOSPF        = 89
	protoPIM         = 103
	protoIPComp      = 108
	protoVRRP        = 112
	protoPGM         = 113
	protoSCTP        = 132
	protoMobility    = 135
	protoEthernet    = 143
)

var ipProtoNames = []tok{
	{protoHopByHop, "HBH"},
	{protoICMP, "ICMP"},
	{protoIGMP, "IGMP"},
	{protoIPv4, "IPIP"},
	{protoTCP, "TCP"},
	{protoEGP, "EGP"},
	{protoIGRP, "IGRP"},
	{protoUDP, "UDP"},
	{protoDCCP, "DCCP"},
	{protoIPv6, "IPv6"},
	{protoRouting, "Routing"},
	{protoFragment, "Fragment"},
	{protoRSVP, "RSVP"},
	{protoGRE, "GRE"},
	{protoESP, "ESP"},
	{protoAH, "AH"},
	{protoMobile, "Mobile IP"},
	{protoICMPv6, "ICMPv6"},
	{protoDstOpts, "DSTOPT"},
	{protoMobilityOld, "Mobile IP (old)"},
	{protoEIGRP, "EIGRP"},
	{protoOSPF, "OSPF"},
	{protoPIM, "PIM"},
	{protoIPComp, "Compressed IP"},
	{protoVRRP, "VRRP"},
	{protoPGM, "PGM"},
	{protoSCTP, "SCTP"},
	{protoMobility, "Mobility"},
	{protoEthernet, "Ethernet"},
}

// ipHeader is what transport protocols see of the IP header in front of them.
type ipHeader struct {
	b        []byte // from the IP header's first byte on, as far as captured
	version  int    // 4 or 6
	fragment bool   // the packet is a fragment
	ttl      uint8  // or hop limit
}

// ipProto prints the payload of an IP packet by its protocol number.
func (p *Printer) ipProto(proto uint8, b []byte, length int, ip ipHeader) {
	for proto == protoAH {
		if !has(b, 0, 1) {
			p.proto = "ah"
			p.truncMark()
			return
		}
		proto = b[0]
		n := p.ah(b)
		if n <= 0 {
			return
		}
		b = at(b, n)
		length -= n
	}
	switch proto {
	case protoTCP:
		p.tcp(b, length, ip)
	case protoUDP:
		p.udp(b, length, ip)
	case protoICMP:
		if p.requireIP(4, proto, ip) {
			p.icmp(b, length, ip)
		}
	case protoICMPv6:
		if p.requireIP(6, proto, ip) {
			p.icmp6(b, length, ip)
		}
	case protoIGMP:
		if p.requireIP(4, proto, ip) {
			p.igmp(b, length)
		}
	case protoESP:
		p.esp(b, length, ip)
	case protoIPComp:
		p.ipcomp(b)
	case protoSCTP:
		p.sctp(b, length, ip)
	case protoDCCP:
		p.dccp(b, length, ip)
	case protoIGRP:
		p.igrp(b, length)
	case protoEIGRP:
		p.eigrp(b, length)
	case protoND:
		p.printf(" nd %d", uint32(length))
	case protoEGP:
		p.egp(b, length)
	case protoOSPF:
		if ip.version == 6 {
			p.ospf6(b, length)
		} else {
			p.ospf(b, length, ip)
		}
	case protoIPv4:
		p.ip4(b, length)
	case protoIPv6:
		p.ip6(b, length)
	case protoRSVP:
		p.rsvp(b, length)
	case protoGRE:
		p.gre(b, length)
	case protoMobile:
		p.mobile(b, length)
	case protoPIM:
		p.pim(b, length, ip)
	case protoVRRP:
		if p.opts.Type == TypeCARP {
			p.carp(b, length, ip)
		} else {
			p.vrrp(b, length, ip)
		}
	case protoPGM:
		p.pgm(b, length, ip)
	case protoEthernet:
		if p.requireIP(6, proto, ip) {
			p.ether(b, length)
		}
	case protoNone:
		p.str("no next header")
	default:
		p.ipProtoFallback(proto)
		p.printf(" %d", uint32(length))
	}
}

// requireIP reports whether the packet is of the IP version that proto is
// defined for, and says so when it is not.
func (p *Printer) requireIP(version int, proto uint8, ip ipHeader) bool {
	if ip.version == version {
		return true
	}
	p.printf("[%s requires IPv%d]", tokStr(ipProtoNames, "unknown", proto), version)
	p.invalid()
	return false
}

// ipProtoFallback names a protocol that is not decoded.
func (p *Printer) ipProtoFallback(proto uint8) {
	if !p.nflag {
		if s := strName(ipProtoKeywords, proto); s != "" {
			p.char(' ')
			p.str(s)
			return
		}
	}
	p.printf(" ip-proto-%d", proto)
}

// ipProtoKeywords are the keywords of the IANA protocol-numbers registry, by
// number.
var ipProtoKeywords = []string{
	0:   "hopopt",
	1:   "icmp",
	2:   "igmp",
	3:   "ggp",
	4:   "ipencap",
	5:   "st",
	6:   "tcp",
	7:   "cbt",
	8:   "egp",
	9:   "igp",
	10:  "bbn-rcc-mon",
	11:  "nvp-ii",
	12:  "pup",
	13:  "argus",
	14:  "emcon",
	15:  "xnet",
	16:  "chaos",
	17:  "udp",
	18:  "mux",
	19:  "dcn-meas",
	20:  "hmp",
	21:  "prm",
	22:  "xns-idp",
	23:  "trunk-1",
	24:  "trunk-2",
	25:  "leaf-1",
	26:  "leaf-2",
	27:  "rdp",
	28:  "irtp",
	29:  "iso-tp4",
	30:  "netblt",
	31:  "mfe-nsp",
	32:  "merit-inp",
	33:  "dccp",
	34:  "3pc",
	35:  "idpr",
	36:  "xtp",
	37:  "ddp",
	38:  "idpr-cmtp",
	39:  "tp++",
	40:  "il",
	41:  "ipv6",
	42:  "sdrp",
	43:  "ipv6-route",
	44:  "ipv6-frag",
	45:  "idrp",
	46:  "rsvp",
	47:  "gre",
	48:  "dsr",
	49:  "bna",
	50:  "esp",
	51:  "ah",
	52:  "i-nlsp",
	53:  "swipe",
	54:  "narp",
	55:  "mobile",
	56:  "tlsp",
	57:  "skip",
	58:  "ipv6-icmp",
	59:  "ipv6-nonxt",
	60:  "ipv6-opts",
	62:  "cftp",
	64:  "sat-expak",
	65:  "kryptolan",
	66:  "rvd",
	67:  "ippc",
	69:  "sat-mon",
	70:  "visa",
	71:  "ipcv",
	72:  "cpnx",
	73:  "rspf",
	74:  "wsn",
	75:  "pvp",
	76:  "br-sat-mon",
	77:  "sun-nd",
	78:  "wb-mon",
	79:  "wb-expak",
	80:  "iso-ip",
	81:  "vmtp",
	82:  "secure-vmtp",
	83:  "vines",
	84:  "ttp",
	85:  "nsfnet-igp",
	86:  "dgp",
	87:  "tcf",
	88:  "eigrp",
	89:  "ospf",
	90:  "sprite-rpc",
	91:  "larp",
	92:  "mtp",
	93:  "ax.25",
	94:  "ipip",
	95:  "micp",
	96:  "scc-sp",
	97:  "etherip",
	98:  "encap",
	100: "gmtp",
	101: "ifmp",
	102: "pnni",
	103: "pim",
	104: "aris",
	105: "scps",
	106: "qnx",
	107: "a/n",
	108: "ipcomp",
	109: "snp",
	110: "compaq-peer",
	111: "ipx-in-ip",
	112: "vrrp",
	113: "pgm",
	115: "l2tp",
	116: "ddx",
	117: "iatp",
	118: "stp",
	119: "srp",
	120: "uti",
	121: "smp",
	122: "sm",
	123: "ptp",
	124: "isis",
	125: "fire",
	126: "crtp",
	127: "crudp",
	128: "sscopmce",
	129: "iplt",
	130: "sps",
	131: "pipe",
	132: "sctp",
	133: "fc",
	134: "rsvp-e2e-ignore",
	135: "mobility-header",
	136: "udplite",
	137: "mpls-in-ip",
	138: "manet",
	139: "hip",
	140: "shim6",
	141: "wesp",
	142: "rohc",
	253: "exptest-253",
	254: "exptest-254",
	255: "reserved",
}
