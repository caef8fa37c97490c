//go:build notls || tapdump_small

package streams

import (
	"net"

	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Config is nothing in this build, which has no TLS.
type Config struct{}

// Server and Client fail.
func (Credentials) Server() (*Config, string, error) {
	return nil, "", features.TLS.Need("tls://")
}

func (Credentials) Client(string) (*Config, string, error) {
	return nil, "", features.TLS.Need("tls://")
}

func secureClient(net.Conn, *Config) secureConn { panic("there is no TLS") } // nor a Config
func secureServer(net.Conn, *Config) secureConn { panic("there is no TLS") }

func speaksOtherwise(error) bool { return false }

func trusted(err error, _ string) error { return syserr.Worded(err) }
