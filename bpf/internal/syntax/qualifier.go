package syntax

// Protocol is the protocol qualifier of a primitive.
type Protocol uint8

const (
	QualDefault Protocol = iota
	QualLink
	QualIP
	QualARP
	QualRARP
	QualSCTP
	QualTCP
	QualUDP
	QualICMP
	QualIGMP
	QualIGRP
	QualATalk
	QualDECnet
	QualLAT
	QualSCA
	QualMOPRC
	QualMOPDL
	QualIPv6
	QualICMPv6
	QualAH
	QualESP
	QualPIM
	QualVRRP
	QualAARP
	QualISO
	QualESIS
	QualISIS
	QualCLNP
	QualSTP
	QualIPX
	QualNetBEUI
	QualISISL1
	QualISISL2
	QualISISIIH
	QualISISSNP
	QualISISCSNP
	QualISISPSNP
	QualISISLSP
	QualRadio
	QualCARP
)

// hasPorts tells protocols that may qualify a port.
func (p Protocol) hasPorts() bool { return p == QualTCP || p == QualUDP || p == QualSCTP }

// Direction is the direction qualifier of a primitive.
type Direction uint8

const (
	DirDefault Direction = iota // either
	DirSrc
	DirDst
	DirEither
	DirBoth
	DirAddr1
	DirAddr2
	DirAddr3
	DirAddr4
	DirRA
	DirTA
)

var directionNames = [...]string{
	DirDefault: "src or dst", DirSrc: "src", DirDst: "dst", DirEither: "src or dst", DirBoth: "src and dst",
	DirAddr1: "addr1", DirAddr2: "addr2", DirAddr3: "addr3", DirAddr4: "addr4", DirRA: "ra", DirTA: "ta",
}

func (d Direction) String() string { return directionNames[d] }

// AddressType says what the address of a primitive stands for.
type AddressType uint8

const (
	TypeDefault AddressType = iota // host
	TypeHost
	TypeNet
	TypePort
	TypePortRange
	TypeGateway
	TypeProto
	TypeProtochain
	TypeNone // the address follows something that has no address
)

var addressTypeNames = [...]string{
	TypeDefault: "host", TypeHost: "host", TypeNet: "net", TypePort: "port", TypePortRange: "portrange",
	TypeGateway: "gateway", TypeProto: "proto", TypeProtochain: "protochain", TypeNone: "",
}

func (t AddressType) String() string { return addressTypeNames[t] }

func (t AddressType) isPort() bool { return t == TypePort || t == TypePortRange }

// Qualifiers stand before an address, or are taken over from the primitive to
// its left: `port 80 or 443`.
type Qualifiers struct {
	Proto Protocol
	Dir   Direction
	Typ   AddressType
}

var noQualifiers = Qualifiers{Typ: TypeNone}
