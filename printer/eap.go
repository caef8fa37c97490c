// eap.go: Extensible Authentication Protocol (RFC 3748; EAP-TLS RFC 5216,
// EAP-TTLS RFC 5281, EAP-FAST RFC 4851, EAP-SIM RFC 4186, EAP-AKA RFC 4187) and
// its carrier on LANs, EAPOL (IEEE Std 802.1X).

package printer

import "github.com/tapdump/tapdump/versions"

var eapChecks = versions.Since(versions.V5_0, "EAP",
	"`(too short for EAP header)`, `(too short for EAP Notification request/response)` and the like; EAPOL that is cut is not printed, and without a message has the mark `[\\|eap]`",
	"`[len 3 < 4] (invalid)`, before a fragment is thought of; EAPOL without a message is `(invalid)`")

const (
	eapRequest  = 1
	eapResponse = 2

	eapTypeIdentity     = 1
	eapTypeNotification = 2
	eapTypeNak          = 3
	eapTypeTLS          = 13
	eapTypeSIM          = 18
	eapTypeTTLS         = 21
	eapTypeAKA          = 23
	eapTypeFAST         = 43
)

const (
	eapolHeaderLen = 4
	eapolPacket    = 0

	eapTLSVersion   = 0x07
	eapTLSHasLength = 0x80
)

var (
	eapolTypes = []tok{
		{eapolPacket, "EAP packet"},
		{1, "EAPOL start"},
		{2, "EAPOL logoff"},
		{3, "EAPOL key"},
		{4, "Encapsulated ASF alert"},
	}
	eapCodes = []tok{
		{eapRequest, "Request"},
		{eapResponse, "Response"},
		{3, "Success"},
		{4, "Failure"},
	}
	eapTypes = []tok{
		{0, "No proposed"},
		{eapTypeIdentity, "Identity"},
		{eapTypeNotification, "Notification"},
		{eapTypeNak, "Nak"},
		{4, "MD5-challenge"},
		{5, "OTP"},
		{6, "GTC"},
		{eapTypeTLS, "TLS"},
		{eapTypeSIM, "SIM"},
		{eapTypeTTLS, "TTLS"},
		{eapTypeAKA, "AKA"},
		{eapTypeFAST, "FAST"},
		{254, "Expanded types"},
		{255, "Experimental"},
	}
	eapTLSFlags = []tok{
		{eapTLSHasLength, "L bit"},
		{0x40, "More fragments bit"},
		{0x20, "Start bit"},
	}
	eapAKASubtypes = []tok{
		{1, "Challenge"},
		{2, "Auth reject"},
		{4, "Sync failure"},
		{5, "Identity"},
		{10, "Start"},
		{11, "Challenge"},
		{12, "Notification"},
		{13, "Reauth"},
		{14, "Client error"},
	}
)

func (p *Printer) eapol(b []byte) {
	p.proto = "eap"
	if !has(b, 0, eapolHeaderLen) {
		p.truncSince(eapChecks)
		return
	}
	kind, n := u8(b, 1), u16(b, 2)
	p.printf("%s (%d) v%d, len %d", tokStr(eapolTypes, "unknown", kind), kind, u8(b, 0), n)
	if p.vflag == 0 || kind != eapolPacket {
		return
	}
	if n == 0 {
		p.invalidSince(eapChecks)
		return
	}
	p.str(", ")
	p.eap(b[eapolHeaderLen:], int(n))
}

func (p *Printer) eap(b []byte, length int) {
	p.proto = "eap"
	code, n := u8(b, 0), int(u16(b, 2))
	if p.follows(eapChecks) && p.lacks("len", n, 4) {
		return
	}
	if n != length {
		// parts of a message may come in packets of their own without a
		// header, as in RADIUS attributes
		p.str("EAP fragment?")
		return
	}
	p.printf("%s (%d), id %d, len %d", tokStr(eapCodes, "unknown", code), code, u8(b, 1), n)
	if n < 4 {
		p.str(" (too short for EAP header)")
		return
	}
	if !has(b, 0, n) {
		p.truncSince(eapChecks)
		return
	}
	if code != eapRequest && code != eapResponse {
		return
	}
	if n < 5 {
		p.eapShort(n, 5, "", "")
		return
	}
	kind := b[4]
	p.printf("\n\t\t Type %s (%d)", tokStr(eapTypes, "unknown", kind), kind)
	p.eapTypeData(kind, b[5:n])
}

// eapShort says that a message of n bytes is shorter than least, what its kind and
// contents ask for.
func (p *Printer) eapShort(n, least int, what, contents string) {
	if p.follows(eapChecks) {
		p.refuse("len", n, "<", least)
		return
	}
	p.printf(" (too short for EAP %srequest/response%s)", what, contents)
}

// eapTypeData prints what follows the type of a request or response.
func (p *Printer) eapTypeData(kind uint8, data []byte) {
	what := ""
	switch kind {
	case eapTypeIdentity:
		if len(data) > 0 {
			p.str(", Identity: ")
			p.safePadded(data, len(data))
		}
		return
	case eapTypeNotification:
		what = "Notification "
	case eapTypeNak:
		what = "Legacy NAK "
	case eapTypeTLS, eapTypeTTLS:
		what = "TLS/TTLS "
	case eapTypeFAST:
		what = "FAST "
	case eapTypeSIM, eapTypeAKA:
		what = "SIM/AKA "
	default:
		return
	}
	if len(data) == 0 {
		p.eapShort(5, 6, what, "")
		return
	}
	switch kind {
	case eapTypeNotification:
		p.str(", Notification: ")
		p.safePadded(data, len(data))
	case eapTypeNak:
		p.eapNak(data)
	case eapTypeSIM, eapTypeAKA:
		p.printf(" subtype [%s] 0x%02x", tokStr(eapAKASubtypes, "unknown", data[0]), data[0])
	default:
		p.eapTLS(kind, what, data)
	}
}

// eapNak prints the types that the peer would rather use.
func (p *Printer) eapNak(data []byte) {
	for i, kind := range data {
		if i > 0 {
			p.char(',')
		}
		p.printf(" %s (%d)", tokStr(eapTypes, "unknown", kind), kind)
	}
}

// eapTLS prints the flags of the methods that carry TLS.
func (p *Printer) eapTLS(kind uint8, what string, data []byte) {
	flags := data[0]
	if kind != eapTypeTLS {
		p.printf(" %sv%d", tokStr(eapTypes, "", kind), flags&eapTLSVersion)
	}
	p.printf(" flags [%s] 0x%02x", bitStr(eapTLSFlags, "none", flags), flags)
	if flags&eapTLSHasLength == 0 {
		return
	}
	if len(data) < 5 {
		p.eapShort(5+len(data), 10, what, " with length")
		return
	}
	p.printf(", len %d", u32(data, 1))
}
