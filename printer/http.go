// http.go: Hypertext Transfer Protocol (RFC 9112) and WebDAV (RFC 4918, RFC 3253).

package printer

// httpMethods are the methods of requests.
var httpMethods = []string{
	"GET", "PUT", "COPY", "HEAD", "LOCK", "MOVE", "POLL", "POST", "BCOPY", "BMOVE", "MKCOL", "TRACE",
	"LABEL", "MERGE", "DELETE", "SEARCH", "UNLOCK", "REPORT", "UPDATE", "NOTIFY", "BDELETE", "CONNECT",
	"OPTIONS", "CHECKIN", "PROPFIND", "CHECKOUT", "CCM_POST", "SUBSCRIBE", "PROPPATCH", "BPROPFIND",
	"BPROPPATCH", "UNCHECKOUT", "MKACTIVITY", "MKWORKSPACE", "UNSUBSCRIBE", "RPC_CONNECT",
	"VERSION-CONTROL", "BASELINE-CONTROL",
}

func (p *Printer) http(b []byte, length int) {
	p.proto = "http"
	p.textProtocol(b, length, httpMethods, true)
}
