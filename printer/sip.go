// sip.go: Session Initiation Protocol (RFC 3261).

package printer

// sipMethods are the methods of requests.
var sipMethods = []string{
	"ACK", "BYE", "CANCEL", "DO", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "QAUTH",
	"REFER", "REGISTER", "SPRACK", "SUBSCRIBE", "UPDATE", "PUBLISH",
}

func (p *Printer) sip(b []byte, length int) {
	p.proto = "sip"
	p.textProtocol(b, length, sipMethods, true)
}
