package streams

import (
	"context"
	"net"
)

// Credentials are files in PEM for TLS; "": none.
type Credentials struct {
	Cert string // our certificate, and those between it and its authority
	Key  string // its key
	CA   string // who signs the certificates of the other side
}

// secureConn is a connection with TLS.
type secureConn interface {
	net.Conn
	HandshakeContext(ctx context.Context) error
	NetConn() net.Conn
	CloseWrite() error
}
