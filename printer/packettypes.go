package printer

// What -T forces packets to be read as.
const (
	TypeNone PacketType = iota
	TypeVAT
	TypeWB
	TypeRPC
	TypeRTP
	TypeRTCP
	TypeSNMP
	TypeCNFP
	TypeTFTP
	TypeAODV
	TypeCARP
	TypeRADIUS
	TypeZMTP1
	TypeVXLAN
	TypePGM
	TypePGMZMTP1
	TypeLMP
	TypeRESP
	TypePTP
	TypeSOMEIP
	TypeDomain
	TypeQUIC
)

var packetTypeNames = []string{
	TypeVAT:      "vat",
	TypeWB:       "wb",
	TypeRPC:      "rpc",
	TypeRTP:      "rtp",
	TypeRTCP:     "rtcp",
	TypeSNMP:     "snmp",
	TypeCNFP:     "cnfp",
	TypeTFTP:     "tftp",
	TypeAODV:     "aodv",
	TypeCARP:     "carp",
	TypeRADIUS:   "radius",
	TypeZMTP1:    "zmtp1",
	TypeVXLAN:    "vxlan",
	TypePGM:      "pgm",
	TypePGMZMTP1: "pgm_zmtp1",
	TypeLMP:      "lmp",
	TypeRESP:     "resp",
	TypePTP:      "ptp",
	TypeSOMEIP:   "someip",
	TypeDomain:   "domain",
	TypeQUIC:     "quic",
}

// PacketTypeNames are the names of all types, as -T has them.
func PacketTypeNames() (names []string) {
	for _, s := range packetTypeNames {
		if s != "" {
			names = append(names, s)
		}
	}
	return names
}

// PacketTypeByName finds the type that -T calls name, in any case of letters.
func PacketTypeByName(name string) (PacketType, bool) {
	for i, s := range packetTypeNames {
		if s != "" && equalFoldASCII([]byte(name), s) {
			return PacketType(i), true
		}
	}
	return TypeNone, false
}
