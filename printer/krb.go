// krb.go: Kerberos 4 (Athena Technical Plan, section E.2.1). Version 5 is only named.

package printer

// Message types of version 4. The lowest bit of the field says that numbers are
// sent least significant byte first.
const (
	krbKDCRequest  = 1 << 1
	krbKDCReply    = 2 << 1
	krbApplRequest = 3 << 1
	krbErrorReply  = 5 << 1
)

var krbTypes = []tok{
	{krbKDCRequest, "KDC_REQUEST"},
	{krbKDCReply, "KDC_REPLY"},
	{krbApplRequest, "APPL_REQUEST"},
	{4 << 1, "APPL_REQUEST_MUTUAL"},
	{krbErrorReply, "ERR_REPLY"},
	{6 << 1, "PRIVATE"},
	{7 << 1, "SAFE"},
	{8 << 1, "APPL_ERR"},
	{63 << 1, "DIE"},
}

var krbErrors = []tok{
	{0, "OK"},
	{1, "NAME_EXP"},
	{2, "SERVICE_EXP"},
	{3, "AUTH_EXP"},
	{4, "PKT_VER"},
	{5, "NAME_MAST_KEY_VER"},
	{6, "SERV_MAST_KEY_VER"},
	{7, "BYTE_ORDER"},
	{8, "PRINCIPAL_UNKNOWN"},
	{9, "PRINCIPAL_NOT_UNIQUE"},
	{10, "NULL_KEY"},
}

func (p *Printer) krb(b []byte) {
	p.proto = "kerberos"
	p.str("kerberos")
	switch version := u8(b, 0); version {
	case 1, 2, 3:
		p.printf(" v%d", version)
	case 4:
		p.str(" v4")
		p.krb4(b)
	case 106, 107: // the first byte of a version 5 message in ASN.1
		p.str(" v5")
	}
}

func (p *Printer) krb4(b []byte) {
	kind := u8(b, 1)
	little := kind&1 != 0
	kind &^= 1
	order := "be"
	if little {
		order = "le"
	}
	p.printf(" %s %s: ", order, tokStr(krbTypes, "", kind))
	number := func(i int) uint16 {
		if little {
			return le16(b, i)
		}
		return u16(b, i)
	}
	i, ok := 0, true
	if kind == krbKDCRequest || kind == krbKDCReply || kind == krbErrorReply {
		if i, ok = p.krbPrincipal(b, 2); !ok {
			return
		}
	}
	switch kind {
	case krbKDCRequest:
		i += 4 // time
		p.printf(" %dmin ", int(u8(b, i))*5)
		if i, ok = p.krbString(b, i+1); ok {
			p.char('.')
			_, ok = p.krbString(b, i)
		}
	case krbApplRequest:
		p.printf("v%d ", u8(b, 2))
		if i, ok = p.krbString(b, 3); ok {
			p.printf(" (%d)", u8(b, i))
			p.printf(" (%d)", u8(b, i+1))
		}
	case krbKDCReply:
		i += 10 // time, number of tickets, expiry, key version
		p.printf(" (%d)", number(i))
	case krbErrorReply:
		i += 4 // time
		p.printf(" %s ", tokStr(krbErrors, "", number(i)))
		_, ok = p.krbString(b, i+4)
	default:
		p.str("(unknown)")
	}
	if !ok {
		p.truncMark()
	}
}

// krbPrincipal prints name, instance and realm at b[i] and returns the index of
// what follows.
func (p *Printer) krbPrincipal(b []byte, i int) (next int, ok bool) {
	for _, end := range [...]string{".", "@", ""} {
		if i, ok = p.krbString(b, i); !ok {
			p.truncMark()
			return 0, false
		}
		p.str(end)
	}
	return i, true
}

// krbString prints the zero-terminated text at b[i] and returns the index of
// what follows it, or false when the terminator was not captured.
func (p *Printer) krbString(b []byte, i int) (next int, ok bool) {
	rest := at(b, i)
	n := p.safeZ(rest, len(rest))
	return i + n, n > 0
}
