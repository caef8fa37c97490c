package compile

// keyword is the token that the word s stands for where it is one of the
// language.
func keyword(s string) (tok token, ok bool) {
	switch s {
	case "src":
		return token{kind: tokenSrc}, true
	case "dst":
		return token{kind: tokenDst}, true
	case "and":
		return token{kind: tokenAnd}, true
	case "or":
		return token{kind: tokenOr}, true
	case "not":
		return token{kind: tokenNot}, true
	case "proto":
		return token{kind: tokenProto}, true
	case "protochain":
		return token{kind: tokenProtochain}, true
	case "gateway":
		return token{kind: tokenGateway}, true
	case "mask":
		return token{kind: tokenMask}, true
	case "broadcast":
		return token{kind: tokenBroadcast}, true
	case "multicast":
		return token{kind: tokenMulticast}, true
	case "len", "length":
		return token{kind: tokenLen}, true
	case "type":
		return token{kind: tokenWlanType}, true
	case "subtype":
		return token{kind: tokenWlanSubtype}, true
	case "dir", "direction":
		return token{kind: tokenWlanDir}, true
	}
	if t := addressTypeKeyword(s); t != typeNone {
		return token{kind: tokenAddress, num: uint32(t)}, true
	}
	if d := directionKeyword(s); d != dirDefault {
		return token{kind: tokenDirection, num: uint32(d)}, true
	}
	if p := protocolKeyword(s); p != qualDefault {
		return token{kind: tokenProtocol, proto: p}, true
	}
	if op := termKeyword(s); op != termNone {
		return token{kind: termTokenKind(op), num: uint32(op)}, true
	}
	if n, ok := constantKeyword(s); ok {
		return token{kind: tokenNumber, num: n}, true
	}
	return token{}, false
}

func termTokenKind(op termOp) tokenKind {
	switch {
	case op == termVPI || op == termVCI:
		return tokenATMField
	case termSIO <= op && op <= termHSLS:
		return tokenMTPField
	}
	return tokenTerm
}

func addressTypeKeyword(s string) addressType {
	switch s {
	case "host":
		return typeHost
	case "net":
		return typeNet
	case "port":
		return typePort
	case "portrange":
		return typePortRange
	}
	return typeNone
}

func directionKeyword(s string) direction {
	switch s {
	case "addr1", "address1":
		return dirAddr1
	case "addr2", "address2":
		return dirAddr2
	case "addr3", "address3":
		return dirAddr3
	case "addr4", "address4":
		return dirAddr4
	case "ra":
		return dirRA
	case "ta":
		return dirTA
	}
	return dirDefault
}

func protocolKeyword(s string) protocol {
	switch s {
	case "link", "ether", "ppp", "slip", "fddi", "tr", "wlan":
		return qualLink
	case "ip":
		return qualIP
	case "arp":
		return qualARP
	case "rarp":
		return qualRARP
	case "sctp":
		return qualSCTP
	case "tcp":
		return qualTCP
	case "udp":
		return qualUDP
	case "icmp":
		return qualICMP
	case "igmp":
		return qualIGMP
	case "igrp":
		return qualIGRP
	case "pim":
		return qualPIM
	case "vrrp":
		return qualVRRP
	case "carp":
		return qualCARP
	case "radio":
		return qualRadio
	case "ip6":
		return qualIPv6
	case "icmp6":
		return qualICMPv6
	case "ah":
		return qualAH
	case "esp":
		return qualESP
	}
	return protocolKeywordOld(s)
}

// protocolKeywordOld knows the protocols from before IP had won.
func protocolKeywordOld(s string) protocol {
	switch s {
	case "atalk":
		return qualATalk
	case "aarp":
		return qualAARP
	case "decnet":
		return qualDECnet
	case "lat":
		return qualLAT
	case "sca":
		return qualSCA
	case "moprc":
		return qualMOPRC
	case "mopdl":
		return qualMOPDL
	case "iso":
		return qualISO
	case "esis", "es-is":
		return qualESIS
	case "isis", "is-is":
		return qualISIS
	case "l1":
		return qualISISL1
	case "l2":
		return qualISISL2
	case "iih":
		return qualISISIIH
	case "lsp":
		return qualISISLSP
	case "snp":
		return qualISISSNP
	case "csnp":
		return qualISISCSNP
	case "psnp":
		return qualISISPSNP
	case "clnp":
		return qualCLNP
	case "stp":
		return qualSTP
	case "ipx":
		return qualIPX
	case "netbeui":
		return qualNetBEUI
	}
	return qualDefault
}

func termKeyword(s string) termOp {
	switch s {
	case "less":
		return termLess
	case "greater":
		return termGreater
	case "byte":
		return termByte
	case "inbound":
		return termInbound
	case "outbound":
		return termOutbound
	case "ifindex":
		return termIfindex
	case "vlan":
		return termVLAN
	case "mpls":
		return termMPLS
	case "pppoed":
		return termPPPoED
	case "pppoes":
		return termPPPoES
	case "geneve":
		return termGeneve
	case "llc":
		return termLLC
	case "on", "ifname":
		return termPFIfname
	case "rset", "ruleset":
		return termPFRuleset
	case "rnr", "rulenum":
		return termPFRule
	case "srnr", "subrulenum":
		return termPFSubrule
	case "reason":
		return termPFReason
	case "action":
		return termPFAction
	}
	if op := termKeywordATM(s); op != termNone {
		return op
	}
	return termKeywordSS7(s)
}

func termKeywordATM(s string) termOp {
	switch s {
	case "lane":
		return termLANE
	case "metac":
		return termMetaC
	case "bcc":
		return termBCC
	case "oam":
		return termOAM
	case "oamf4":
		return termOAMF4
	case "oamf4ec":
		return termOAMF4EC
	case "oamf4sc":
		return termOAMF4SC
	case "sc":
		return termSC
	case "ilmic":
		return termILMIC
	case "connectmsg":
		return termConnectMsg
	case "metaconnect":
		return termMetaConnect
	case "vpi":
		return termVPI
	case "vci":
		return termVCI
	}
	return termNone
}

func termKeywordSS7(s string) termOp {
	switch s {
	case "fisu":
		return termFISU
	case "lssu", "lsu":
		return termLSSU
	case "msu":
		return termMSU
	case "hfisu":
		return termHFISU
	case "hlssu":
		return termHLSSU
	case "hmsu":
		return termHMSU
	case "sio":
		return termSIO
	case "opc":
		return termOPC
	case "dpc":
		return termDPC
	case "sls":
		return termSLS
	case "hsio":
		return termHSIO
	case "hopc":
		return termHOPC
	case "hdpc":
		return termHDPC
	case "hsls":
		return termHSLS
	}
	return termNone
}

// constantKeyword knows offsets of header fields and their values.
func constantKeyword(s string) (n uint32, ok bool) {
	switch {
	case len(s) > 5 && s[:5] == "icmp6":
		return constantICMPv6(s)
	case len(s) > 4 && s[:4] == "icmp":
		return constantICMP(s)
	case len(s) > 3 && s[:3] == "tcp":
		return constantTCP(s)
	}
	return 0, false
}

func constantICMP(s string) (n uint32, ok bool) {
	switch s {
	case "icmptype":
		return 0, true
	case "icmpcode":
		return 1, true
	case "icmp-echoreply":
		return 0, true
	case "icmp-unreach":
		return 3, true
	case "icmp-sourcequench":
		return 4, true
	case "icmp-redirect":
		return 5, true
	case "icmp-echo":
		return 8, true
	case "icmp-routeradvert":
		return 9, true
	case "icmp-routersolicit":
		return 10, true
	case "icmp-timxceed":
		return 11, true
	case "icmp-paramprob":
		return 12, true
	case "icmp-tstamp":
		return 13, true
	case "icmp-tstampreply":
		return 14, true
	case "icmp-ireq":
		return 15, true
	case "icmp-ireqreply":
		return 16, true
	case "icmp-maskreq":
		return 17, true
	case "icmp-maskreply":
		return 18, true
	}
	return 0, false
}

func constantICMPv6(s string) (n uint32, ok bool) {
	switch s {
	case "icmp6type":
		return 0, true
	case "icmp6code":
		return 1, true
	case "icmp6-destinationunreach":
		return 1, true
	case "icmp6-packettoobig":
		return 2, true
	case "icmp6-timeexceeded":
		return 3, true
	case "icmp6-parameterproblem":
		return 4, true
	case "icmp6-echo":
		return 128, true
	case "icmp6-echoreply":
		return 129, true
	case "icmp6-multicastlistenerquery":
		return 130, true
	case "icmp6-multicastlistenerreportv1":
		return 131, true
	case "icmp6-multicastlistenerdone":
		return 132, true
	case "icmp6-routersolicit":
		return 133, true
	case "icmp6-routeradvert":
		return 134, true
	case "icmp6-neighborsolicit":
		return 135, true
	case "icmp6-neighboradvert":
		return 136, true
	case "icmp6-redirect":
		return 137, true
	case "icmp6-routerrenum":
		return 138, true
	case "icmp6-nodeinformationquery":
		return 139, true
	case "icmp6-nodeinformationresponse":
		return 140, true
	case "icmp6-ineighbordiscoverysolicit":
		return 141, true
	case "icmp6-ineighbordiscoveryadvert":
		return 142, true
	case "icmp6-multicastlistenerreportv2":
		return 143, true
	case "icmp6-homeagentdiscoveryrequest":
		return 144, true
	case "icmp6-homeagentdiscoveryreply":
		return 145, true
	case "icmp6-mobileprefixsolicit":
		return 146, true
	case "icmp6-mobileprefixadvert":
		return 147, true
	case "icmp6-certpathsolicit":
		return 148, true
	case "icmp6-certpathadvert":
		return 149, true
	case "icmp6-multicastrouteradvert":
		return 151, true
	case "icmp6-multicastroutersolicit":
		return 152, true
	case "icmp6-multicastrouterterm":
		return 153, true
	}
	return 0, false
}

func constantTCP(s string) (n uint32, ok bool) {
	switch s {
	case "tcpflags":
		return 13, true
	case "tcp-fin":
		return 0x01, true
	case "tcp-syn":
		return 0x02, true
	case "tcp-rst":
		return 0x04, true
	case "tcp-push":
		return 0x08, true
	case "tcp-ack":
		return 0x10, true
	case "tcp-urg":
		return 0x20, true
	case "tcp-ece":
		return 0x40, true
	case "tcp-cwr":
		return 0x80, true
	}
	return 0, false
}
