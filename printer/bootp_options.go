// bootp_options.go: BOOTP vendor extensions and DHCP options (RFC 2132, IANA
// bootp-dhcp-parameters).

package printer

import "github.com/tapdump/tapdump/versions"

var bootpIPv6Only = versions.Since(versions.V5_0, "BOOTP", "option 108 is `Unknown`", "`IPv6-Only-Preferred (108), length 4: 300`")

// Options that are more than values of one kind.
const (
	bootpPad         = 0
	bootpNetBIOSNode = 46
	bootpOverload    = 52
	bootpMessageType = 53
	bootpParameters  = 55
	bootpClientID    = 61
	bootpUserClass   = 77
	bootpFQDN        = 81
	bootpAgent       = 82
	bootpIPv6OnlyTag = 108
	bootpRoutes      = 121
	bootpSZTP        = 143
	bootpRoutesMS    = 249
	bootpEnd         = 255
)

// bootpKind is how an option's data are printed.
type bootpKind uint8

const (
	bootpBySize bootpKind = iota // an unknown option
	bootpBytes
	bootpU16
	bootpU32
	bootpS32
	bootpBool
	bootpString
	bootpAddrs
	bootpPairs // of addresses
	bootpSpecial
)

var bootpOptions = [256]struct {
	kind bootpKind
	name string
}{
	bootpPad:         {bootpBytes, "PAD"},
	1:                {bootpAddrs, "Subnet-Mask"},
	2:                {bootpS32, "Time-Zone"},
	3:                {bootpAddrs, "Default-Gateway"},
	4:                {bootpAddrs, "Time-Server"},
	5:                {bootpAddrs, "IEN-Name-Server"},
	6:                {bootpAddrs, "Domain-Name-Server"},
	7:                {bootpAddrs, "LOG"},
	8:                {bootpAddrs, "CS"},
	9:                {bootpAddrs, "LPR-Server"},
	10:               {bootpAddrs, "IM"},
	11:               {bootpAddrs, "RL"},
	12:               {bootpString, "Hostname"},
	13:               {bootpU16, "BS"},
	14:               {bootpString, "DP"},
	15:               {bootpString, "Domain-Name"},
	16:               {bootpAddrs, "SS"},
	17:               {bootpString, "RP"},
	18:               {bootpString, "EP"},
	19:               {bootpBool, "IPF"},
	20:               {bootpBool, "SRT"},
	21:               {bootpPairs, "PF"},
	22:               {bootpU16, "RSZ"},
	23:               {bootpBytes, "TTL"},
	24:               {bootpU32, "MTU-Timeout"},
	25:               {bootpU16, "MTU-Table"},
	26:               {bootpU16, "MTU"},
	27:               {bootpBool, "LSN"},
	28:               {bootpAddrs, "BR"},
	29:               {bootpBool, "MD"},
	30:               {bootpBool, "MS"},
	31:               {bootpBool, "Router-Discovery"},
	32:               {bootpAddrs, "RSA"},
	33:               {bootpPairs, "Static-Route"},
	34:               {bootpBool, "UT"},
	35:               {bootpU32, "AT"},
	36:               {bootpBool, "IE"},
	37:               {bootpBytes, "TT"},
	38:               {bootpU32, "KI"},
	39:               {bootpBool, "KG"},
	40:               {bootpString, "YD"},
	41:               {bootpAddrs, "YS"},
	42:               {bootpAddrs, "NTP"},
	43:               {bootpBytes, "Vendor-Option"},
	44:               {bootpAddrs, "Netbios-Name-Server"},
	45:               {bootpAddrs, "WDD"},
	bootpNetBIOSNode: {bootpSpecial, "Netbios-Node"},
	47:               {bootpString, "Netbios-Scope"},
	48:               {bootpAddrs, "XFS"},
	49:               {bootpAddrs, "XDM"},
	50:               {bootpAddrs, "Requested-IP"},
	51:               {bootpU32, "Lease-Time"},
	bootpOverload:    {bootpSpecial, "OO"},
	bootpMessageType: {bootpBytes, "DHCP-Message"},
	54:               {bootpAddrs, "Server-ID"},
	bootpParameters:  {bootpBytes, "Parameter-Request"},
	56:               {bootpString, "MSG"},
	57:               {bootpU16, "MSZ"},
	58:               {bootpU32, "RN"},
	59:               {bootpU32, "RB"},
	60:               {bootpString, "Vendor-Class"},
	bootpClientID:    {bootpSpecial, "Client-ID"},
	64:               {bootpU16, "N+D"},
	65:               {bootpAddrs, "N+S"},
	66:               {bootpString, "TFTP"},
	67:               {bootpString, "BF"},
	68:               {bootpAddrs, "MH"},
	69:               {bootpAddrs, "SMTP"},
	70:               {bootpAddrs, "POP3"},
	71:               {bootpAddrs, "NNTP"},
	72:               {bootpAddrs, "WWW"},
	73:               {bootpAddrs, "FG"},
	74:               {bootpAddrs, "IRC"},
	75:               {bootpAddrs, "STS"},
	76:               {bootpAddrs, "STDA"},
	bootpUserClass:   {bootpSpecial, "User-Class"},
	78:               {bootpBytes, "SLP-DA"},
	79:               {bootpBytes, "SLP-SCOPE"},
	80:               {bootpString, "SLP-NA"},
	bootpFQDN:        {bootpSpecial, "FQDN"},
	bootpAgent:       {bootpSpecial, "Agent-Information"},
	83:               {bootpBytes, "ARMT"},
	88:               {bootpString, "TZSTR"},
	89:               {bootpBytes, "FQDNS"},
	90:               {bootpBytes, "AUTH"},
	91:               {bootpU32, "Last-Transaction-Time"},
	92:               {bootpAddrs, "Associated-IP"},
	93:               {bootpU16, "ARCH"},
	94:               {bootpBytes, "NDI"},
	95:               {bootpString, "LDAP"},
	97:               {bootpBytes, "GUID"},
	98:               {bootpString, "UAP"},
	100:              {bootpString, "POSIX-TZ"},
	101:              {bootpString, "TZ-Name"},
	112:              {bootpAddrs, "NI"},
	113:              {bootpString, "NITAG"},
	114:              {bootpString, "URL"},
	116:              {bootpBool, "Auto-Configure"},
	117:              {bootpU16, "NSSEARCH"},
	118:              {bootpAddrs, "SUBNET"},
	bootpRoutes:      {bootpSpecial, "Classless-Static-Route"},
	bootpSZTP:        {bootpSpecial, "SZTP-Redirect"},
	150:              {bootpAddrs, "TFTP-Server-Address"},
	161:              {bootpString, "MUD-URL"},
	bootpRoutesMS:    {bootpSpecial, "Classless-Static-Route-Microsoft"},
	bootpEnd:         {bootpBytes, "END"},
}

func (p *Printer) bootpOptionName(tag uint8) string {
	if tag == bootpIPv6OnlyTag && p.follows(bootpIPv6Only) {
		return "IPv6-Only-Preferred"
	}
	if s := bootpOptions[tag].name; s != "" {
		return s
	}
	return "Unknown"
}

var bootpMessageTypes = []tok{
	{1, "Discover"},
	{2, "Offer"},
	{3, "Request"},
	{4, "Decline"},
	{5, "ACK"},
	{6, "NACK"},
	{7, "Release"},
	{8, "Inform"},
	{10, "LeaseQuery"},
	{11, "LeaseUnassigned"},
	{12, "LeaseUnknown"},
	{13, "LeaseActive"},
}

var bootpOverloads = []tok{
	{1, "file"},
	{2, "sname"},
	{3, "file+sname"},
}

var bootpNetBIOSNodes = []tok{
	{1, "b-node"},
	{2, "p-node"},
	{4, "m-node"},
	{8, "h-node"},
}

// bootpHardwareTypes are of client identifiers (IANA arp-parameters).
var bootpHardwareTypes = []tok{
	{0x01, "ether"},
	{0x06, "ieee802"},
	{0x07, "arcnet"},
	{0x0f, "frelay"},
	{0x17, "strip"},
	{0x18, "ieee1394"},
}

// bootpAgentNames are the sub-options of relay agents that hold text.
var bootpAgentNames = []tok{
	{1, "Circuit-ID"},    // RFC 3046
	{2, "Remote-ID"},     // RFC 3046
	{6, "Subscriber-ID"}, // RFC 3993
}

// bootpOptionList prints the cookie at the start of b and the options behind it.
func (p *Printer) bootpOptionList(b []byte) {
	p.str("\n\t  Vendor-rfc1048 Extensions")
	p.printf("\n\t    Magic Cookie 0x%08x", u32(b, 0))
	for i := 4; i < len(b); {
		tag := b[i]
		i++
		if p.vflag < 3 {
			if tag == bootpPad {
				continue
			}
			if tag == bootpEnd {
				return
			}
		}
		n := 0
		if tag != bootpPad && tag != bootpEnd {
			n = int(u8(b, i))
			i++
		}
		p.printf("\n\t    %s (%d), length %d", p.bootpOptionName(tag), tag, n)
		if n > 0 {
			p.str(": ")
		}
		if tag == bootpPad {
			count := 1
			for ; i < len(b) && b[i] == bootpPad; i++ {
				count++
			}
			if count > 1 {
				p.printf(", occurs %d", count)
			}
		}
		if !has(b, i, n) {
			p.truncSince(ipCutEnds)
			return
		}
		if left := p.bootpOption(tag, b[i:i+n]); left > 0 {
			p.printf("\n\t  trailing data length %d", left)
		}
		i += n
	}
}

// bootpOption prints an option's data and returns how many bytes are too many.
func (p *Printer) bootpOption(tag uint8, data []byte) (left int) {
	n := len(data)
	switch {
	case tag == bootpMessageType && n == 1:
		p.printf("%s", tokStr(bootpMessageTypes, "Unknown (%d)", data[0]))
		return 0
	case tag == bootpParameters:
		p.bootpParameters(data)
		return 0
	case tag == bootpIPv6OnlyTag && p.follows(bootpIPv6Only):
		p.bootpIPv6Only(data)
		return 0
	}
	kind := bootpOptions[tag].kind
	if kind == bootpBySize {
		kind = bootpU32
		if n&1 != 0 {
			kind = bootpBytes
		} else if n&2 != 0 {
			kind = bootpU16
		}
	}
	switch kind {
	case bootpString:
		p.bootpQuoted(data)
	case bootpPairs:
		p.bootpPairs(data)
	case bootpBool:
		p.bootpBool(data)
	case bootpSpecial:
		return p.bootpSpecial(tag, data)
	default:
		return p.bootpValues(kind, data)
	}
	return 0
}

func (p *Printer) bootpQuoted(text []byte) {
	p.char('"')
	p.safe(text)
	p.char('"')
}

// bootpValues prints values of the same size and returns how many bytes remain.
func (p *Printer) bootpValues(kind bootpKind, data []byte) int {
	size, between := 4, byte(',')
	switch kind {
	case bootpBytes:
		size, between = 1, '.'
	case bootpU16:
		size = 2
	}
	first := true
	for ; len(data) >= size; data = data[size:] {
		if !first {
			p.char(between)
		}
		first = false
		switch kind {
		case bootpBytes:
			p.uint(uint64(data[0]))
		case bootpU16:
			p.uint(uint64(u16(data, 0)))
		case bootpU32:
			p.uint(uint64(u32(data, 0)))
		case bootpS32:
			p.int(int64(int32(u32(data, 0))))
		case bootpAddrs:
			p.appendAddr4(ip4At(data, 0))
		}
	}
	return len(data)
}

func (p *Printer) bootpPairs(data []byte) {
	if len(data) == 0 || len(data)%8 != 0 {
		if len(data) == 0 {
			p.char(' ')
		}
		p.str("[length != N x 8 bytes]")
		return
	}
	for i := 0; i < len(data); i += 8 {
		if i > 0 {
			p.char(',')
		}
		p.printf("(%s:%s)", ip4At(data, i), ip4At(data, i+4))
	}
}

func (p *Printer) bootpBool(data []byte) {
	if len(data) != 1 {
		p.bootpBad("[length != 1 byte]")
		return
	}
	switch v := data[0]; v {
	case 0:
		p.char('N')
	case 1:
		p.char('Y')
	default:
		p.printf("%d?", v)
	}
}

func (p *Printer) bootpBad(why string) {
	p.str(why)
	p.invalid()
}

// bootpParameters prints the options that a client asks for, four a line.
func (p *Printer) bootpParameters(tags []byte) {
	for i, tag := range tags {
		if i%4 == 0 {
			p.str("\n\t      ")
		} else {
			p.str(", ")
		}
		p.printf("%s (%d)", p.bootpOptionName(tag), tag)
	}
}

// bootpIPv6Only prints for how many seconds IPv4 is not needed (RFC 8925 section 3).
func (p *Printer) bootpIPv6Only(data []byte) {
	if len(data) != 4 {
		p.bootpBad("[length != 4 bytes]")
		return
	}
	p.uint(uint64(u32(data, 0)))
}

// bootpSpecial prints options with a structure of their own and returns how many
// bytes remain.
func (p *Printer) bootpSpecial(tag uint8, data []byte) int {
	switch tag {
	case bootpNetBIOSNode:
		return p.bootpEnum(bootpNetBIOSNodes, data)
	case bootpOverload:
		return p.bootpEnum(bootpOverloads, data)
	case bootpFQDN:
		p.bootpFQDN(data)
	case bootpClientID:
		p.bootpClientID(data)
	case bootpAgent:
		return p.bootpAgent(data)
	case bootpRoutes, bootpRoutesMS:
		p.bootpRoutes(data)
	case bootpUserClass:
		p.bootpUserClass(data)
	case bootpSZTP:
		return p.bootpSZTP(data)
	}
	return 0
}

// bootpEnum prints a value by its name.
func (p *Printer) bootpEnum(names []tok, data []byte) int {
	if len(data) < 1 {
		p.bootpBad("[length < 1 byte]")
		return 0
	}
	p.printf("%s", tokStr(names, "", data[0]))
	return len(data) - 1
}

// bootpFQDN prints the client's name (RFC 4702 section 2).
func (p *Printer) bootpFQDN(data []byte) {
	if len(data) < 3 {
		p.bootpBad("[length < 3 bytes]")
		return
	}
	flags := data[0]
	if flags&0xf0 != 0 {
		p.printf("[MBZ nibble 0x%x != 0] ", flags>>4)
		p.invalid()
	}
	if flags&0x0f != 0 {
		p.char('[')
		for i, letter := range [...]byte{'S', 'O', 'E', 'N'} {
			if flags&(1<<i) != 0 {
				p.char(letter)
			}
		}
		p.str("] ")
	}
	if data[1] != 0 || data[2] != 0 { // response codes, no longer used
		p.printf("%d/%d ", data[1], data[2])
	}
	p.bootpQuoted(data[3:])
}

// bootpClientID prints a client identifier (RFC 2132 section 9.14).
func (p *Printer) bootpClientID(data []byte) {
	if len(data) < 1 {
		p.bootpBad("[length < 1 byte]")
		return
	}
	kind, id := data[0], data[1:]
	if kind == 0 {
		p.bootpQuoted(id)
		return
	}
	p.printf("%s ", tokStr(bootpHardwareTypes, "hardware-type %d,", kind))
	p.out = appendColons(p.out, id)
}

// bootpAgent prints what relay agents add (RFC 3046 section 2.0).
func (p *Printer) bootpAgent(data []byte) int {
	for len(data) >= 2 {
		kind, n := data[0], int(data[1])
		data = data[2:]
		name := tokName(bootpAgentNames, uint32(kind))
		if name == "" {
			p.printf("\n\t      Unknown SubOption %d, length %d: ", kind, n)
		} else {
			p.printf("\n\t      %s SubOption %d, length %d: ", name, kind, n)
		}
		switch {
		case n > len(data):
			p.str("length goes past end of option")
			return 0
		case name == "":
			p.unknownData(data, "\n\t\t", n)
		default:
			p.safe(data[:n])
		}
		data = data[n:]
	}
	return len(data)
}

// bootpRoutes prints routes with as much of the destination as its prefix length
// needs (RFC 3442).
func (p *Printer) bootpRoutes(data []byte) {
	if len(data) < 5 {
		p.bootpBad("[length < 5 bytes]")
		return
	}
	for first := true; len(data) > 0; first = false {
		if !first {
			p.char(',')
		}
		width := int(data[0])
		data = data[1:]
		if width > 32 {
			p.printf("[Mask width (%d) > 32]", width)
			p.invalid()
			return
		}
		octets := (width + 7) / 8
		if len(data) < octets+4 {
			p.printf("[Remaining length (%d) < %d bytes]", len(data), octets+4)
			p.invalid()
			return
		}
		p.char('(')
		if width == 0 {
			p.str("default")
		} else {
			var a addr4
			copy(a[:], data[:octets])
			p.out = appendIPv4(p.out, a)
			p.printf("/%d", width)
		}
		p.printf(":%s)", ip4At(data, octets))
		data = data[octets+4:]
	}
}

// bootpUserClass prints the instances of a user class (RFC 3004 section 4).
func (p *Printer) bootpUserClass(data []byte) {
	if len(data) < 2 {
		p.bootpBad("[length < 2 bytes]")
		return
	}
	for i := 1; len(data) > 0; i++ {
		n := int(data[0])
		data = data[1:]
		p.printf("\n\t      instance#%d: ", i)
		if n == 0 {
			p.bootpBad("[suboption length == 0]")
			return
		}
		if len(data) < n {
			p.printf("[length %d < suboption length %d", len(data), n)
			p.invalid()
			return
		}
		p.bootpQuoted(data[:n])
		p.printf(", length %d", n)
		data = data[n:]
	}
}

// bootpSZTP prints the locations of bootstrap servers (RFC 8572 section 8.3).
func (p *Printer) bootpSZTP(data []byte) int {
	for len(data) >= 2 {
		n := int(u16(data, 0))
		data = data[2:]
		p.printf("\n\t\t    length %d: ", n)
		if len(data) < n {
			p.str("length goes past end of option")
			return 0
		}
		p.bootpQuoted(data[:n])
		data = data[n:]
	}
	if len(data) > 0 {
		p.bootpBad("[length < 2 bytes]")
	}
	return len(data)
}
