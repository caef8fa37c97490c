// dhcp6_options.go: DHCPv6 options (IANA dhcpv6-parameters).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	dhcp6Vendor = versions.Since(versions.V5_0, "DHCPv6", "options 16 and 17 are names alone",
		"`vendor-class enterprise 9 (len 3 data abc)`, `vendor-specific-info enterprise 9 (code 1 len 2 data 0102)`")
	dhcp6Identifiers = versions.Since(versions.V5_0, "DHCPv6", "of an identifier ten bytes and `...`, `Remote-ID 9 0102...`",
		"`...` where there are more, with `-vv` all of them, `Remote-ID enterprise 9 0102`")
	dhcp6TextsTwice = versions.Since(versions.V5_0, "DHCPv6", "in a list of texts, one that is longer than the option is `?`", "`? ?`")
)

// Options that are decoded.
const (
	dhcp6ClientID      = 1
	dhcp6ServerID      = 2
	dhcp6IANA          = 3
	dhcp6IATA          = 4
	dhcp6IAAddr        = 5
	dhcp6ORO           = 6
	dhcp6Preference    = 7
	dhcp6ElapsedTime   = 8
	dhcp6RelayMsg      = 9
	dhcp6Auth          = 11
	dhcp6StatusCode    = 13
	dhcp6UserClass     = 15
	dhcp6VendorClass   = 16
	dhcp6VendorOptions = 17
	dhcp6InterfaceID   = 18
	dhcp6ReconfMsg     = 19
	dhcp6SIPDomains    = 21
	dhcp6SIPServers    = 22
	dhcp6DNSServers    = 23
	dhcp6DomainList    = 24
	dhcp6IAPD          = 25
	dhcp6IAPrefix      = 26
	dhcp6NISServers    = 27
	dhcp6NISPServers   = 28
	dhcp6SNTPServers   = 31
	dhcp6Lifetime      = 32
	dhcp6BCMCSServers  = 34
	dhcp6RemoteID      = 37
	dhcp6SubscriberID  = 38
	dhcp6PANAAgent     = 40
	dhcp6POSIXTimezone = 41
	dhcp6TZDBTimezone  = 42
	dhcp6ERO           = 43
	dhcp6LQQuery       = 44
	dhcp6ClientData    = 45
	dhcp6CltTime       = 46
	dhcp6LQRelayData   = 47
	dhcp6LQClientLink  = 48
	dhcp6NTPServer     = 56
	dhcp6BootfileURL   = 59
	dhcp6AFTRName      = 64
	dhcp6MUDURL        = 112
	dhcp6SZTPRedirect  = 136
)

var dhcp6OptionNames = []string{
	dhcp6ClientID:      "client-ID",
	dhcp6ServerID:      "server-ID",
	dhcp6IANA:          "IA_NA",
	dhcp6IATA:          "IA_TA",
	dhcp6IAAddr:        "IA_ADDR",
	dhcp6ORO:           "option-request",
	dhcp6Preference:    "preference",
	dhcp6ElapsedTime:   "elapsed-time",
	dhcp6RelayMsg:      "relay-message",
	dhcp6Auth:          "authentication",
	12:                 "server-unicast",
	dhcp6StatusCode:    "status-code",
	14:                 "rapid-commit",
	dhcp6UserClass:     "user-class",
	16:                 "vendor-class",
	17:                 "vendor-specific-info",
	dhcp6InterfaceID:   "interface-ID",
	dhcp6ReconfMsg:     "reconfigure-message",
	20:                 "reconfigure-accept",
	dhcp6SIPDomains:    "SIP-servers-domain",
	dhcp6SIPServers:    "SIP-servers-address",
	dhcp6DNSServers:    "DNS-server",
	dhcp6DomainList:    "DNS-search-list",
	dhcp6IAPD:          "IA_PD",
	dhcp6IAPrefix:      "IA_PD-prefix",
	dhcp6NISServers:    "NIS-server",
	dhcp6NISPServers:   "NIS+-server",
	29:                 "NIS-domain-name",
	30:                 "NIS+-domain-name",
	dhcp6SNTPServers:   "SNTP-servers",
	dhcp6Lifetime:      "lifetime",
	33:                 "BCMCS-domain-name",
	dhcp6BCMCSServers:  "BCMCS-server",
	36:                 "Geoconf-Civic",
	dhcp6RemoteID:      "Remote-ID",
	dhcp6SubscriberID:  "Subscriber-ID",
	39:                 "Client-FQDN",
	dhcp6PANAAgent:     "PANA-agent",
	dhcp6POSIXTimezone: "POSIX-timezone",
	dhcp6TZDBTimezone:  "POSIX-tz-database",
	dhcp6ERO:           "Echo-request-option",
	dhcp6LQQuery:       "Lease-query",
	dhcp6ClientData:    "LQ-client-data",
	dhcp6CltTime:       "Clt-time",
	dhcp6LQRelayData:   "LQ-relay-data",
	dhcp6LQClientLink:  "LQ-client-link",
	dhcp6NTPServer:     "NTP-server",
	dhcp6BootfileURL:   "Bootfile-URL",
	dhcp6AFTRName:      "AFTR-Name",
	dhcp6MUDURL:        "MUD-URL",
	dhcp6SZTPRedirect:  "SZTP-redirect",
}

func (p *Printer) dhcp6OptionName(kind uint16) {
	if s := strName(dhcp6OptionNames, kind); s != "" {
		p.str(s)
		return
	}
	p.printf("opt_%d", kind)
}

// dhcp6Statuses are status codes (RFC 8415 section 21.13, RFC 5007 section
// 4.1.3).
var dhcp6Statuses = []tok{
	{0, "Success"},
	{1, "UnspecFail"},
	{2, "NoAddrsAvail"},
	{3, "NoBinding"},
	{4, "NotOnLink"},
	{5, "UseMulticast"},
	{6, "NoPrefixAvail"},
	{7, "UnknownQueryType"},
	{8, "MalformedQuery"},
	{9, "NotConfigured"},
	{10, "NotAllowed"},
}

// dhcp6Options prints the options from b[i] to b[end]; behind end b may go on.
func (p *Printer) dhcp6Options(b []byte, i, end int) {
	for i < end {
		if end-i < 4 || !has(b, i, 4) {
			p.truncMark()
			return
		}
		kind, n := u16(b, i), int(u16(b, i+2))
		if i += 4; end-i < n {
			p.truncMark()
			return
		}
		p.str(" (")
		p.dhcp6OptionName(kind)
		if !has(b, i, n) || !p.dhcp6Option(b, i, n, kind) {
			p.truncMark()
			return
		}
		p.char(')')
		i += n
	}
}

// dhcp6Option prints the n bytes of an option's data at b[i], all of which were
// captured. It reports whether the options behind it can be found.
func (p *Printer) dhcp6Option(b []byte, i, n int, kind uint16) bool {
	data := b[i : i+n]
	if least, most := p.dhcp6Size(kind); n < least || n > most {
		p.str(" ?")
		return true
	}
	switch kind {
	case dhcp6ClientID, dhcp6ServerID:
		p.dhcp6DUID(data)
	case dhcp6IANA, dhcp6IAPD:
		p.printf(" IAID:%d T1:%d T2:%d", u32(data, 0), u32(data, 4), u32(data, 8))
		p.dhcp6Options(b, i+12, i+n)
	case dhcp6IATA:
		p.printf(" IAID:%d", u32(data, 0))
		p.dhcp6Options(b, i+4, i+n)
	case dhcp6IAAddr:
		p.printf(" %s pltime:%d vltime:%d", ip6At(data, 0), u32(data, 16), u32(data, 20))
		p.dhcp6Options(b, i+24, i+n)
	case dhcp6IAPrefix:
		p.printf(" %s/%d pltime:%d vltime:%d", ip6At(data, 9), data[8], u32(data, 0), u32(data, 4))
		p.dhcp6Options(b, i+25, i+n)
	case dhcp6ClientData:
		p.dhcp6Options(b, i, i+n)
	case dhcp6LQQuery:
		p.dhcp6Query(data)
		p.dhcp6Options(b, i+17, i+n)
	case dhcp6RelayMsg:
		p.str(" (") // one of the two brackets stays open
		p.dhcp6(data[:n:n], n)
	case dhcp6SIPDomains, dhcp6DomainList:
		return p.dhcp6Domains(b, i, n)
	case dhcp6NTPServer:
		return p.dhcp6NTP(b, i, n)
	default:
		p.dhcp6Value(data, kind)
	}
	return true
}

// dhcp6Size is the least and the most that an option has to have.
func (p *Printer) dhcp6Size(kind uint16) (least, most int) {
	switch kind {
	case dhcp6Preference, dhcp6ReconfMsg:
		return 1, 1
	case dhcp6ElapsedTime:
		return 2, 2
	case dhcp6Lifetime, dhcp6CltTime:
		return 4, 4
	case dhcp6ClientID, dhcp6ServerID, dhcp6StatusCode:
		least = 2
	case dhcp6AFTRName:
		least = 3
	case dhcp6IATA, dhcp6RemoteID, dhcp6NTPServer:
		least = 4
	case dhcp6POSIXTimezone, dhcp6TZDBTimezone, dhcp6MUDURL:
		least = 5
	case dhcp6VendorClass, dhcp6VendorOptions:
		if p.follows(dhcp6Vendor) {
			least = 4
		}
	case dhcp6Auth:
		least = 11
	case dhcp6IANA, dhcp6IAPD:
		least = 12
	case dhcp6LQRelayData:
		least = 16
	case dhcp6LQQuery:
		least = 17
	case dhcp6IAAddr:
		least = 24
	case dhcp6IAPrefix:
		least = 25
	}
	return least, 0xffff
}

// dhcp6Value prints the data of options that hold no others.
func (p *Printer) dhcp6Value(data []byte, kind uint16) {
	switch kind {
	case dhcp6ORO, dhcp6ERO:
		p.dhcp6Requests(data)
	case dhcp6Preference:
		p.printf(" %d", data[0])
	case dhcp6ElapsedTime:
		p.printf(" %d", u16(data, 0))
	case dhcp6Lifetime, dhcp6CltTime:
		p.printf(" %d", u32(data, 0))
	case dhcp6Auth:
		p.dhcp6Auth(data)
	case dhcp6InterfaceID, dhcp6SubscriberID:
		p.char(' ')
		p.dhcp6Opaque(data)
	case dhcp6RemoteID:
		if p.follows(dhcp6Identifiers) {
			p.str(" enterprise")
		}
		p.printf(" %d ", u32(data, 0))
		p.dhcp6Opaque(data[4:])
	case dhcp6LQRelayData:
		p.printf(" %s ", ip6At(data, 0))
		p.dhcp6Opaque(data[16:])
	case dhcp6ReconfMsg:
		switch kind := data[0]; kind {
		case dhcp6Renew:
			p.str(" for renew")
		case dhcp6InfoRequest:
			p.str(" for inf-req")
		default:
			p.printf(" for ???(%02x)", kind)
		}
	case dhcp6SIPServers, dhcp6DNSServers, dhcp6SNTPServers, dhcp6NISServers, dhcp6NISPServers,
		dhcp6BCMCSServers, dhcp6PANAAgent, dhcp6LQClientLink:
		p.dhcp6Addresses(data)
	case dhcp6StatusCode:
		if code := u16(data, 0); code > 255 {
			p.str(" INVALID code")
		} else {
			p.printf(" %s", tokStr(dhcp6Statuses, "code%d", code))
		}
	case dhcp6AFTRName:
		p.dhcp6Tunnel(data)
	case dhcp6POSIXTimezone, dhcp6TZDBTimezone, dhcp6MUDURL:
		p.char(' ')
		p.safePadded(data, len(data))
	case dhcp6BootfileURL:
		p.char(' ')
		p.safe(data)
	case dhcp6SZTPRedirect, dhcp6UserClass:
		p.dhcp6Texts(data)
	case dhcp6VendorClass:
		if p.follows(dhcp6Vendor) {
			p.dhcp6VendorClass(data)
		}
	case dhcp6VendorOptions:
		if p.follows(dhcp6Vendor) {
			p.dhcp6VendorOptions(data)
		}
	}
}

// dhcp6VendorClass prints a vendor's description of a client (RFC 8415 section
// 21.16).
func (p *Printer) dhcp6VendorClass(data []byte) {
	p.printf(" enterprise %d", u32(data, 0))
	for data = data[4:]; len(data) >= 2; {
		n := int(u16(data, 0))
		p.printf(" (len %d", n)
		data = data[2:]
		if n > len(data) {
			p.str(" ?")
			break
		}
		if n > 0 {
			p.str(" data ")
			p.safe(data[:n])
		}
		data = data[n:]
		p.char(')')
	}
	if len(data) > 0 {
		p.str(" ?")
	}
}

// dhcp6VendorOptions prints a vendor's options (RFC 8415 section 21.17).
func (p *Printer) dhcp6VendorOptions(data []byte) {
	p.printf(" enterprise %d", u32(data, 0))
	for data = data[4:]; len(data) >= 4; {
		n := int(u16(data, 2))
		p.printf(" (code %d len %d", u16(data, 0), n)
		data = data[4:]
		if n > len(data) {
			p.str(" ?")
			break
		}
		if n > 0 {
			p.str(" data ")
			p.dhcp6Opaque(data[:n])
		}
		data = data[n:]
		p.char(')')
	}
	if len(data) > 0 {
		p.str(" ?")
	}
}

// dhcp6DUID prints a DHCP unique identifier (RFC 8415 section 11, RFC 6355).
func (p *Printer) dhcp6DUID(data []byte) {
	n := len(data)
	switch kind := u16(data, 0); {
	case kind == 1 && n >= 8:
		p.printf(" hwaddr/time type %d time %d ", u16(data, 2), u32(data, 4))
		p.dhcp6Hex(data[8:])
	case kind == 2 && n >= 6:
		p.printf(" enterprise %d ", u32(data, 2))
		p.dhcp6Hex(data[6:])
	case kind == 3 && n >= 4:
		p.printf(" hwaddr type %d ", u16(data, 2))
		p.dhcp6Hex(data[4:])
	case kind == 4 && n == 18:
		p.str(" uuid ")
		p.dhcp6Hex(data[2:])
	case kind == 4:
		p.str(" uuid  ?")
	case kind >= 1 && kind <= 3:
		p.str(" ?")
	default:
		p.printf(" type %d", kind)
	}
}

func (p *Printer) dhcp6Hex(data []byte) {
	for _, c := range data {
		p.hex(uint64(c), 2)
	}
}

// dhcp6Opaque prints the first ten bytes of an identifier whose encoding is not
// known, with -vv all of them.
func (p *Printer) dhcp6Opaque(data []byte) {
	if p.follows(dhcp6Identifiers) && (p.vflag > 1 || len(data) <= 10) {
		p.dhcp6Hex(data)
		return
	}
	p.dhcp6Hex(limit(data, 10))
	p.str("...")
}

func (p *Printer) dhcp6Requests(data []byte) {
	if len(data)%2 != 0 {
		p.str(" ?")
		return
	}
	for i := 0; i < len(data); i += 2 {
		p.char(' ')
		p.dhcp6OptionName(u16(data, i))
	}
}

func (p *Printer) dhcp6Addresses(data []byte) {
	if len(data)%16 != 0 {
		p.str(" ?")
		return
	}
	for i := 0; i < len(data); i += 16 {
		p.printf(" %s", ip6At(data, i))
	}
}

// dhcp6Query prints a leasequery's subject (RFC 5007 section 4.1.2.1).
func (p *Printer) dhcp6Query(data []byte) {
	switch kind := data[0]; kind {
	case 1:
		p.str(" by-address")
	case 2:
		p.str(" by-clientID")
	default:
		p.printf(" type_%d", kind)
	}
	p.printf(" %s", ip6At(data, 1))
}

// dhcp6Domains prints uncompressed names. Pointers count from the option's end:
// there is none that is right.
func (p *Printer) dhcp6Domains(b []byte, i, n int) bool {
	for end := i + n; i < end; {
		p.char(' ')
		if i = p.domainName(b, i, end); i < 0 {
			return false
		}
	}
	return true
}

// dhcp6NTP prints time servers (RFC 5908 section 4).
func (p *Printer) dhcp6NTP(b []byte, i, n int) bool {
	for end := i + n; i < end-4; {
		kind, size := u16(b, i), int(u16(b, i+2))
		if i += 4; size > end-i {
			return false
		}
		p.printf(" subopt:%d", kind)
		switch {
		case (kind == 1 || kind == 2) && size == 16: // server, multicast
			p.printf(" %s", ip6At(b, i))
		case kind == 3: // name
			p.char(' ')
			if p.domainName(b, i, i+size) < 0 {
				return false
			}
		default:
			p.str(" ?")
		}
		i += size
	}
	return true
}

// dhcp6Tunnel prints a name without compression (RFC 6334 section 3).
func (p *Printer) dhcp6Tunnel(data []byte) {
	p.char(' ')
	for len(data) > 0 && data[0] != 0 {
		n := int(data[0])
		if n >= len(data)-1 {
			p.str(" ?")
			return
		}
		p.safePadded(data[1:], n)
		data = data[1+n:]
		if data[0] != 0 {
			p.char('.')
		}
	}
}

// dhcp6Texts prints texts with their lengths in front.
func (p *Printer) dhcp6Texts(data []byte) {
	p.char(' ')
	for first := true; len(data) >= 2; first = false {
		if !first {
			p.char(',')
		}
		n := int(u16(data, 0))
		if n > len(data)-2 {
			if p.follows(dhcp6TextsTwice) {
				p.str(" ?")
			}
			break
		}
		p.safe(data[2 : 2+n])
		data = data[2+n:]
	}
	if len(data) > 0 {
		p.str(" ?")
	}
}

const (
	dhcp6Delayed     = 2
	dhcp6Reconfigure = 3
)

// dhcp6Auth prints an authentication option (RFC 8415 section 20, the delayed
// protocol RFC 3315 section 21.4).
func (p *Printer) dhcp6Auth(data []byte) {
	proto := data[0]
	switch proto {
	case dhcp6Delayed:
		p.str(" proto: delayed")
	case dhcp6Reconfigure:
		p.str(" proto: reconfigure")
	default:
		p.printf(" proto: %d", proto)
	}
	if data[1] == 1 {
		p.str(", alg: HMAC-MD5")
	} else {
		p.printf(", alg: %d", data[1])
	}
	if data[2] == 0 {
		p.str(", RDM: mono")
	} else {
		p.printf(", RDM: %d", data[2])
	}
	p.str(", RD:")
	for i := 3; i < 11; i += 2 {
		p.printf(" %04x", u16(data, i))
	}
	info := data[11:]
	switch {
	case proto == dhcp6Delayed && len(info) == 0:
	case proto == dhcp6Delayed && len(info) >= 20:
		realm := info[:len(info)-20]
		if len(realm) > 0 {
			p.str(", realm: ")
			p.dhcp6Hex(realm)
		}
		info = info[len(realm):]
		p.printf(", key ID: %08x, HMAC-MD5:", u32(info, 0))
		p.dhcp6Words(info[4:])
	case proto == dhcp6Reconfigure && len(info) == 17:
		switch info[0] {
		case 1:
			p.str(" reconfig-key")
		case 2:
			p.str(" type: HMAC-MD5")
		default:
			p.str(" type: ??")
		}
		p.str(" value:")
		p.dhcp6Words(info[1:])
	default:
		p.str(" ??")
	}
}

func (p *Printer) dhcp6Words(data []byte) {
	for i := 0; i < len(data); i += 4 {
		p.printf(" %08x", u32(data, i))
	}
}
