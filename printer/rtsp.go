// rtsp.go: Real Time Streaming Protocol (RFC 2326).

package printer

// rtspMethods are the methods of requests.
var rtspMethods = []string{
	"DESCRIBE", "ANNOUNCE", "GET_PARAMETER", "OPTIONS", "PAUSE", "PLAY", "RECORD", "REDIRECT", "SETUP",
	"SET_PARAMETER", "TEARDOWN",
}

func (p *Printer) rtsp(b []byte, length int) {
	p.proto = "rtsp"
	p.textProtocol(b, length, rtspMethods, true)
}
