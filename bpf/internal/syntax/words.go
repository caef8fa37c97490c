package syntax

import "sync"

// Word is a row of the table of the language's words. The lexer, the names in
// String, the suggestions for what is misspelt, the samples of the tests and the
// list in docs/bpf.md are made of it.
type Word struct {
	Text    string
	Aliases []string // other spellings
	token   token
	Sample  string // an expression that has it
	Needs   string // the link type, as option -y has it, on which the sample compiles; "" for Ethernet
	near    near
}

// near says when a misspelt word is taken for a word of the language.
type near uint8

const (
	common near = iota // first, in the order of the table
	rare               // after a common one that is as near, and if it is not too short
	newer              // like common; no keyword, since a host or a port may have the name. From libpcap 1.11
)

// minRare is how many letters a rare word has to have: of the shorter ones some
// are near anything.
const minRare = 5

// The kinds of rows.
func plain(kind tokenKind) token  { return token{kind: kind} }
func proto(p Protocol) token      { return token{kind: tokenProtocol, proto: p} }
func dir(d Direction) token       { return token{kind: tokenDirection, num: uint32(d)} }
func address(t AddressType) token { return token{kind: tokenAddress, num: uint32(t)} }
func term(op TermOp) token        { return token{kind: tokenTerm, num: uint32(op)} }
func atmField(op TermOp) token    { return token{kind: tokenATMField, num: uint32(op)} }
func mtpField(op TermOp) token    { return token{kind: tokenMTPField, num: uint32(op)} }
func number(n uint32) token       { return token{kind: tokenNumber, num: n} } // an offset in a header, or a value

// Words are all words of the language. What may follow `llc`, `type`, `subtype`,
// `dir`, `reason` and `action` is no word elsewhere: see parser_terms.go.
var Words = []Word{
	{"port", nil, address(TypePort), "port 80", "", common},
	{"host", nil, address(TypeHost), "host 192.0.2.1", "", common},
	{"net", nil, address(TypeNet), "net 10.0.0.0/8", "", common},
	{"proto", nil, plain(tokenProto), "ip proto 50", "", common},
	{"portrange", nil, address(TypePortRange), "tcp portrange 80-90", "", common},
	{"src", nil, plain(tokenSrc), "src host 192.0.2.1", "", common},
	{"dst", nil, plain(tokenDst), "dst net 10.0.0.0/8", "", common},
	{"and", nil, plain(tokenAnd), "tcp and port 80", "", common},
	{"or", nil, plain(tokenOr), "tcp or udp", "", common},
	{"not", nil, plain(tokenNot), "not tcp", "", common},
	{"tcp", nil, proto(QualTCP), "tcp", "", common},
	{"udp", nil, proto(QualUDP), "udp", "", common},
	{"icmp", nil, proto(QualICMP), "icmp", "", common},
	{"icmp6", nil, proto(QualICMPv6), "icmp6", "", common},
	{"ip", nil, proto(QualIP), "ip", "", common},
	{"ip6", nil, proto(QualIPv6), "ip6", "", common},
	{"arp", nil, proto(QualARP), "arp", "", common},
	{"rarp", nil, proto(QualRARP), "rarp", "", common},
	{"ether", nil, proto(QualLink), "ether host 02:00:00:00:00:01", "", common},
	{"vlan", nil, term(TermVLAN), "vlan 5 and ip", "", common},
	{"mpls", nil, term(TermMPLS), "mpls 7", "", common},
	{"sctp", nil, proto(QualSCTP), "sctp", "", common},
	{"igmp", nil, proto(QualIGMP), "igmp", "", common},
	{"broadcast", nil, plain(tokenBroadcast), "ether broadcast", "", common},
	{"multicast", nil, plain(tokenMulticast), "ip multicast", "", common},
	{"greater", nil, term(TermGreater), "greater 100", "", common},
	{"less", nil, term(TermLess), "less 100", "", common},
	{"gateway", nil, plain(tokenGateway), `gateway \four`, "", common},
	{"protochain", nil, plain(tokenProtochain), "ip6 protochain 6", "", common},
	{"inbound", nil, term(TermInbound), "inbound", "LINUX_SLL", common},
	{"outbound", nil, term(TermOutbound), "outbound", "LINUX_SLL", common},
	{"wlan", nil, proto(QualLink), "wlan addr4 02:00:00:00:00:01", "IEEE802_11", common},
	{"type", nil, plain(tokenWlanType), "type mgt subtype beacon", "IEEE802_11", common},
	{"subtype", nil, plain(tokenWlanSubtype), "subtype beacon", "IEEE802_11", common},
	{"dir", []string{"direction"}, plain(tokenWlanDir), "dir fromds", "IEEE802_11", common},
	{"llc", nil, term(TermLLC), "llc u", "", common},
	{"stp", nil, proto(QualSTP), "stp", "", common},
	{"isis", []string{"is-is"}, proto(QualISIS), "isis", "", common},
	{"len", []string{"length"}, plain(tokenLen), "len - ip[2:2] * 2 >= 100 / (3 | 4)", "", common},
	{"geneve", nil, term(TermGeneve), "geneve 5 and udp", "", common},
	{"vxlan", nil, term(TermVXLAN), "vxlan and arp", "", newer},
	{"pppoes", nil, term(TermPPPoES), "pppoes 5 and tcp", "", common},
	{"pppoed", nil, term(TermPPPoED), "pppoed", "", common},
	{"link", []string{"ppp", "slip", "fddi", "tr"}, proto(QualLink), "link[0] & 1 != 0", "", common},
	{"mask", nil, plain(tokenMask), "net 10.1 mask 255.255.0.0", "", common},
	{"ifname", []string{"on"}, term(TermPFIfname), "ifname em0", "PFLOG", common},
	{"vrrp", nil, proto(QualVRRP), "vrrp", "", common},
	{"carp", nil, proto(QualCARP), "carp", "", common},
	{"pim", nil, proto(QualPIM), "pim", "", common},
	{"ah", nil, proto(QualAH), "ah", "", common},
	{"esp", nil, proto(QualESP), "esp", "", common},

	// Offsets of fields of TCP, ICMP and ICMPv6, and their values.
	{"tcpflags", nil, number(13), "tcp[tcpflags] & 7 != 0", "", common},
	{"tcp-syn", nil, number(0x02), "tcp[tcpflags] & tcp-syn != 0", "", common},
	{"tcp-ack", nil, number(0x10), "tcp[tcpflags] & tcp-ack != 0", "", common},
	{"tcp-fin", nil, number(0x01), "tcp[tcpflags] & tcp-fin != 0", "", common},
	{"tcp-rst", nil, number(0x04), "tcp[tcpflags] & tcp-rst != 0", "", common},
	{"tcp-push", nil, number(0x08), "tcp[tcpflags] & tcp-push != 0", "", common},
	{"tcp-urg", nil, number(0x20), "tcp[tcpflags] & tcp-urg != 0", "", common},
	{"icmptype", nil, number(0), "icmp[icmptype] = 8", "", common},
	{"icmpcode", nil, number(1), "icmp[icmpcode] = 1", "", common},
	{"icmp6type", nil, number(0), "icmp6[icmp6type] = 128", "", common},
	{"icmp6code", nil, number(1), "icmp6[icmp6code] = 1", "", common},
	{"icmp-echo", nil, number(8), "icmp[icmptype] = icmp-echo", "", common},
	{"icmp-echoreply", nil, number(0), "icmp[icmptype] = icmp-echoreply", "", common},
	{"icmp-unreach", nil, number(3), "icmp[icmptype] = icmp-unreach", "", common},
	{"tcp-ece", nil, number(0x40), "tcp[tcpflags] & tcp-ece != 0", "", rare},
	{"tcp-cwr", nil, number(0x80), "tcp[tcpflags] & tcp-cwr != 0", "", rare},
	{"icmp-sourcequench", nil, number(4), "icmp[icmptype] = icmp-sourcequench", "", rare},
	{"icmp-redirect", nil, number(5), "icmp[icmptype] = icmp-redirect", "", rare},
	{"icmp-routeradvert", nil, number(9), "icmp[icmptype] = icmp-routeradvert", "", rare},
	{"icmp-routersolicit", nil, number(10), "icmp[icmptype] = icmp-routersolicit", "", rare},
	{"icmp-timxceed", nil, number(11), "icmp[icmptype] = icmp-timxceed", "", rare},
	{"icmp-paramprob", nil, number(12), "icmp[icmptype] = icmp-paramprob", "", rare},
	{"icmp-tstamp", nil, number(13), "icmp[icmptype] = icmp-tstamp", "", rare},
	{"icmp-tstampreply", nil, number(14), "icmp[icmptype] = icmp-tstampreply", "", rare},
	{"icmp-ireq", nil, number(15), "icmp[icmptype] = icmp-ireq", "", rare},
	{"icmp-ireqreply", nil, number(16), "icmp[icmptype] = icmp-ireqreply", "", rare},
	{"icmp-maskreq", nil, number(17), "icmp[icmptype] = icmp-maskreq", "", rare},
	{"icmp-maskreply", nil, number(18), "icmp[icmptype] = icmp-maskreply", "", rare},
	{"icmp6-destinationunreach", nil, number(1), "icmp6[icmp6type] = icmp6-destinationunreach", "", rare},
	{"icmp6-packettoobig", nil, number(2), "icmp6[icmp6type] = icmp6-packettoobig", "", rare},
	{"icmp6-timeexceeded", nil, number(3), "icmp6[icmp6type] = icmp6-timeexceeded", "", rare},
	{"icmp6-parameterproblem", nil, number(4), "icmp6[icmp6type] = icmp6-parameterproblem", "", rare},
	{"icmp6-echo", nil, number(128), "icmp6[icmp6type] = icmp6-echo", "", rare},
	{"icmp6-echoreply", nil, number(129), "icmp6[icmp6type] = icmp6-echoreply", "", rare},
	{"icmp6-multicastlistenerquery", nil, number(130), "icmp6[icmp6type] = icmp6-multicastlistenerquery", "", rare},
	{"icmp6-multicastlistenerreportv1", nil, number(131), "icmp6[icmp6type] = icmp6-multicastlistenerreportv1", "", rare},
	{"icmp6-multicastlistenerdone", nil, number(132), "icmp6[icmp6type] = icmp6-multicastlistenerdone", "", rare},
	{"icmp6-routersolicit", nil, number(133), "icmp6[icmp6type] = icmp6-routersolicit", "", rare},
	{"icmp6-routeradvert", nil, number(134), "icmp6[icmp6type] = icmp6-routeradvert", "", rare},
	{"icmp6-neighborsolicit", nil, number(135), "icmp6[icmp6type] = icmp6-neighborsolicit", "", rare},
	{"icmp6-neighboradvert", nil, number(136), "icmp6[icmp6type] = icmp6-neighboradvert", "", rare},
	{"icmp6-redirect", nil, number(137), "icmp6[icmp6type] = icmp6-redirect", "", rare},
	{"icmp6-routerrenum", nil, number(138), "icmp6[icmp6type] = icmp6-routerrenum", "", rare},
	{"icmp6-nodeinformationquery", nil, number(139), "icmp6[icmp6type] = icmp6-nodeinformationquery", "", rare},
	{"icmp6-nodeinformationresponse", nil, number(140), "icmp6[icmp6type] = icmp6-nodeinformationresponse", "", rare},
	{"icmp6-ineighbordiscoverysolicit", nil, number(141), "icmp6[icmp6type] = icmp6-ineighbordiscoverysolicit", "", rare},
	{"icmp6-ineighbordiscoveryadvert", nil, number(142), "icmp6[icmp6type] = icmp6-ineighbordiscoveryadvert", "", rare},
	{"icmp6-multicastlistenerreportv2", nil, number(143), "icmp6[icmp6type] = icmp6-multicastlistenerreportv2", "", rare},
	{"icmp6-homeagentdiscoveryrequest", nil, number(144), "icmp6[icmp6type] = icmp6-homeagentdiscoveryrequest", "", rare},
	{"icmp6-homeagentdiscoveryreply", nil, number(145), "icmp6[icmp6type] = icmp6-homeagentdiscoveryreply", "", rare},
	{"icmp6-mobileprefixsolicit", nil, number(146), "icmp6[icmp6type] = icmp6-mobileprefixsolicit", "", rare},
	{"icmp6-mobileprefixadvert", nil, number(147), "icmp6[icmp6type] = icmp6-mobileprefixadvert", "", rare},
	{"icmp6-certpathsolicit", nil, number(148), "icmp6[icmp6type] = icmp6-certpathsolicit", "", rare},
	{"icmp6-certpathadvert", nil, number(149), "icmp6[icmp6type] = icmp6-certpathadvert", "", rare},
	{"icmp6-multicastrouteradvert", nil, number(151), "icmp6[icmp6type] = icmp6-multicastrouteradvert", "", rare},
	{"icmp6-multicastroutersolicit", nil, number(152), "icmp6[icmp6type] = icmp6-multicastroutersolicit", "", rare},
	{"icmp6-multicastrouterterm", nil, number(153), "icmp6[icmp6type] = icmp6-multicastrouterterm", "", rare},

	{"byte", nil, term(TermByte), "byte 0 | 5", "", rare},
	{"ifindex", nil, term(TermIfindex), "ifindex 3", "LINUX_SLL2", rare},

	// Protocols on IP, and those from before IP had won.
	{"igrp", nil, proto(QualIGRP), "igrp", "", rare},
	{"atalk", nil, proto(QualATalk), "atalk", "", rare},
	{"aarp", nil, proto(QualAARP), "aarp", "", rare},
	{"decnet", nil, proto(QualDECnet), "decnet host 1.2", "", rare},
	{"lat", nil, proto(QualLAT), "lat", "", rare},
	{"sca", nil, proto(QualSCA), "sca", "", rare},
	{"moprc", nil, proto(QualMOPRC), "moprc", "", rare},
	{"mopdl", nil, proto(QualMOPDL), "mopdl", "", rare},
	{"iso", nil, proto(QualISO), "iso", "", rare},
	{"esis", []string{"es-is"}, proto(QualESIS), "esis", "", rare},
	{"l1", nil, proto(QualISISL1), "l1", "", rare},
	{"l2", nil, proto(QualISISL2), "l2", "", rare},
	{"iih", nil, proto(QualISISIIH), "iih", "", rare},
	{"lsp", nil, proto(QualISISLSP), "lsp", "", rare},
	{"snp", nil, proto(QualISISSNP), "snp", "", rare},
	{"csnp", nil, proto(QualISISCSNP), "csnp", "", rare},
	{"psnp", nil, proto(QualISISPSNP), "psnp", "", rare},
	{"clnp", nil, proto(QualCLNP), "clnp", "", rare},
	{"ipx", nil, proto(QualIPX), "ipx", "", rare},
	{"netbeui", nil, proto(QualNetBEUI), "netbeui", "", rare},

	// IEEE 802.11.
	{"radio", nil, proto(QualRadio), "radio[2:2] = 1", "IEEE802_11_RADIO", rare},
	{"addr1", []string{"address1"}, dir(DirAddr1), "wlan addr1 02:00:00:00:00:01", "IEEE802_11", rare},
	{"addr2", []string{"address2"}, dir(DirAddr2), "wlan addr2 02:00:00:00:00:01", "IEEE802_11", rare},
	{"addr3", []string{"address3"}, dir(DirAddr3), "wlan addr3 02:00:00:00:00:01", "IEEE802_11", rare},
	{"addr4", []string{"address4"}, dir(DirAddr4), "wlan addr4 02:00:00:00:00:01", "IEEE802_11", rare},
	{"ra", nil, dir(DirRA), "wlan ra 02:00:00:00:00:01", "IEEE802_11", rare},
	{"ta", nil, dir(DirTA), "wlan ta 02:00:00:00:00:01", "IEEE802_11", rare},

	// OpenBSD's packet filter.
	{"ruleset", []string{"rset"}, term(TermPFRuleset), "ruleset authpf", "PFLOG", rare},
	{"rulenum", []string{"rnr"}, term(TermPFRule), "rulenum 5", "PFLOG", rare},
	{"subrulenum", []string{"srnr"}, term(TermPFSubrule), "subrulenum 5", "PFLOG", rare},
	{"reason", nil, term(TermPFReason), "reason short", "PFLOG", rare},
	{"action", nil, term(TermPFAction), "action block", "PFLOG", rare},

	// ATM.
	{"lane", nil, term(TermLANE), "lane", "SUNATM", rare},
	{"metac", nil, term(TermMetaC), "metac", "SUNATM", rare},
	{"bcc", nil, term(TermBCC), "bcc", "SUNATM", rare},
	{"oam", nil, term(TermOAM), "oam", "SUNATM", rare},
	{"oamf4", nil, term(TermOAMF4), "oamf4", "SUNATM", rare},
	{"oamf4ec", nil, term(TermOAMF4EC), "oamf4ec", "SUNATM", rare},
	{"oamf4sc", nil, term(TermOAMF4SC), "oamf4sc", "SUNATM", rare},
	{"sc", nil, term(TermSC), "sc", "SUNATM", rare},
	{"ilmic", nil, term(TermILMIC), "ilmic", "SUNATM", rare},
	{"connectmsg", nil, term(TermConnectMsg), "connectmsg", "SUNATM", rare},
	{"metaconnect", nil, term(TermMetaConnect), "metaconnect", "SUNATM", rare},
	{"vpi", nil, atmField(TermVPI), "vpi 3", "SUNATM", rare},
	{"vci", nil, atmField(TermVCI), "vci (1 or 2)", "SUNATM", rare},

	// Signalling System No. 7.
	{"fisu", nil, term(TermFISU), "fisu", "MTP2", rare},
	{"lssu", []string{"lsu"}, term(TermLSSU), "lssu", "MTP2", rare},
	{"msu", nil, term(TermMSU), "msu", "MTP2", rare},
	{"hfisu", nil, term(TermHFISU), "hfisu", "MTP2", rare},
	{"hlssu", nil, term(TermHLSSU), "hlssu", "MTP2", rare},
	{"hmsu", nil, term(TermHMSU), "hmsu", "MTP2", rare},
	{"sio", nil, mtpField(TermSIO), "sio > 3", "MTP2", rare},
	{"opc", nil, mtpField(TermOPC), "opc 5", "MTP2", rare},
	{"dpc", nil, mtpField(TermDPC), "dpc 5", "MTP2", rare},
	{"sls", nil, mtpField(TermSLS), "sls 5", "MTP2", rare},
	{"hsio", nil, mtpField(TermHSIO), "hsio 3", "MTP2", rare},
	{"hopc", nil, mtpField(TermHOPC), "hopc 5", "MTP2", rare},
	{"hdpc", nil, mtpField(TermHDPC), "hdpc 5", "MTP2", rare},
	{"hsls", nil, mtpField(TermHSLS), "hsls 5", "MTP2", rare},
}

// wordTable is Words for looking words up.
type wordTable struct {
	keywords map[string]token
	newer    map[string]token // of libpcap 1.11, no keywords
}

// wordNames is Words for people.
type wordNames struct {
	terms     map[TermOp]string
	protocols map[Protocol]string
	near      []string // that a misspelling is held against
	common    int      // how many of these are common
}

var wordsByText = sync.OnceValue(func() *wordTable {
	t := &wordTable{keywords: make(map[string]token, len(Words)+len(Words)/4), newer: make(map[string]token)}
	for i := range Words {
		w := &Words[i]
		if w.near == newer {
			t.newer[w.Text] = w.token
		} else {
			t.keywords[w.Text] = w.token
		}
		for _, alias := range w.Aliases {
			t.keywords[alias] = w.token
		}
	}
	return t
})

var wordsByMeaning = sync.OnceValue(func() *wordNames {
	t := &wordNames{terms: make(map[TermOp]string), protocols: make(map[Protocol]string)}
	for _, w := range Words {
		switch w.token.kind {
		case tokenTerm, tokenATMField, tokenMTPField:
			t.terms[TermOp(w.token.num)] = w.Text
		case tokenBroadcast:
			t.terms[TermBroadcast] = w.Text
		case tokenMulticast:
			t.terms[TermMulticast] = w.Text
		case tokenProtocol:
			t.protocols[w.token.proto] = w.Text // of the link layer's the last one, `link`
		}
		if w.near != rare {
			t.near = append(t.near, w.Text)
		}
	}
	t.common = len(t.near)
	for _, w := range Words {
		for i, s := range append([]string{w.Text}, w.Aliases...) {
			if len(s) >= minRare && (i > 0 || w.near == rare) {
				t.near = append(t.near, s)
			}
		}
	}
	return t
})

// keyword is the token that the word s stands for where it is one of the
// language.
func keyword(s string) (tok token, ok bool) {
	tok, ok = wordsByText().keywords[s]
	return tok, ok
}

// newerKeyword is the same for what stands for a term with libpcap 1.11 only,
// and only where a term may begin.
func newerKeyword(s string) (tok token, ok bool) {
	tok, ok = wordsByText().newer[s]
	return tok, ok
}

// ProtocolByWord is the protocol that the word s stands for, QualDefault for
// none.
func ProtocolByWord(s string) Protocol {
	tok, _ := keyword(s)
	return tok.proto
}

func (op TermOp) String() string { return wordsByMeaning().terms[op] }

func (p Protocol) String() string { return wordsByMeaning().protocols[p] }
