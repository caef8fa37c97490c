// sunrpc.go: calls of Sun RPC's port mapper (RFC 5531, RFC 1833).

package printer

const (
	sunrpcCallLen = 32
	sunrpcVersion = 2
	sunrpcMapper  = 111 // the port mapper's port
)

const (
	sunrpcSet     = 1
	sunrpcUnset   = 2
	sunrpcGetPort = 3
	sunrpcCallIt  = 5
)

var sunrpcProcedures = []tok{
	{0, "null"},
	{sunrpcSet, "set"},
	{sunrpcUnset, "unset"},
	{sunrpcGetPort, "getport"},
	{4, "dump"},
	{sunrpcCallIt, "call"},
}

// sunrpc prints a call, with the transaction in the place of the source port.
func (p *Printer) sunrpc(b []byte, length int, ip ipHeader) {
	p.proto = "sunrpc"
	need(b, 0, sunrpcCallLen)
	p.ipSource(ip)
	p.printf(".0x%x > ", u32(b, 0))
	p.ipDestination(ip)
	if p.nflag {
		p.printf(".0x%x", sunrpcMapper)
	} else {
		p.str(".sunrpc")
	}
	p.printf(": %d", uint32(length))
	procedure := u32(b, 20)
	p.printf(" %s", tokStr(sunrpcProcedures, " proc #%d", procedure))
	if version := u32(b, 8); version != sunrpcVersion {
		p.printf(" [rpcver %d]", version)
	}
	switch procedure {
	case sunrpcSet, sunrpcUnset, sunrpcGetPort, sunrpcCallIt:
		p.char(' ')
		if !p.nflag {
			p.char('#')
		}
		p.printf("%d.%d", u32(b, 12), u32(b, 16))
	}
}
