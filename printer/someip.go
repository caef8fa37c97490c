// someip.go: SOME/IP, Scalable service-Oriented MiddlewarE over IP (AUTOSAR FO R19-11, PRS_SOMEIPProtocol).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	someipLine  = versions.Since(versions.V5_0, "SOME/IP", "an empty line stands behind a message", "there is none")
	someipShort = versions.Since(versions.V5_0, "SOME/IP", "a message that is too short is `(invalid)`", "`[length 15 < 16] (invalid)`")
)

var someipMessageTypes = []tok{
	{0x00, "REQUEST"},
	{0x01, "REQUEST_NO_RETURN"},
	{0x02, "NOTIFICATION"},
	{0x80, "RESPONSE"},
	{0x81, "ERROR"},
	{0x20, "TP_REQUEST"},
	{0x21, "TP_REQUEST_NO_RETURN"},
	{0x22, "TP_NOTIFICATION"},
	{0xa0, "TP_RESPONSE"},
	{0xa1, "TP_ERROR"},
}

var someipReturnCodes = []string{
	"E_OK", "E_NOT_OK", "E_UNKNOWN_SERVICE", "E_UNKNOWN_METHOD", "E_NOT_READY", "E_NOT_REACHABLE", "E_TIMEOUT",
	"E_WRONG_PROTOCOL_VERSION", "E_WRONG_INTERFACE_VERSION", "E_MALFORMED_MESSAGE", "E_WRONG_MESSAGE_TYPE",
	"E_E2E_REPEATED", "E_E2E_WRONG_SEQUENCE", "E_E2E", "E_E2E_NOT_AVAILABLE", "E_E2E_NO_NEW_DATA",
}

// someip prints the header of a message.
func (p *Printer) someip(b []byte, length int) {
	p.proto = "someip"
	p.str("SOMEIP")
	if length < 16 {
		p.wrongSince(someipShort, "length", length, "<", 16)
		p.invalid()
		return
	}
	id := u32(b, 0)
	word := "method"
	if id&0x8000 != 0 {
		word = "event"
	}
	p.printf(", service %d, %s %d", id>>16, word, id&0x7fff)
	p.printf(", len %d", u32(b, 4))
	request := u32(b, 8)
	p.printf(", client %d, session %d", request>>16, request&0xffff)
	p.printf(", pver %d", u8(b, 12))
	p.printf(", iver %d", u8(b, 13))
	p.printf(", msgtype %s", tokStr(someipMessageTypes, "Unknown", u8(b, 14)))
	code := strName(someipReturnCodes, u8(b, 15))
	if code == "" {
		code = "Unknown"
	}
	p.printf(", retcode %s", code)
	if !p.follows(someipLine) {
		p.char('\n')
	}
}
