//go:build !notls && !tapdump_small

package streams

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// Config is what is needed to speak TLS.
type Config = tls.Config

func secureClient(raw net.Conn, c *Config) secureConn { return tls.Client(raw, c) }
func secureServer(raw net.Conn, c *Config) secureConn { return tls.Server(raw, c) }

// Server makes what a server of tls:// needs of them: a certificate and its key, and
// an authority if readers have to show certificates of their own. The remark is about
// a certificate that readers will refuse; "": none.
func (c Credentials) Server() (config *Config, remark string, err error) {
	config = &Config{MinVersion: tls.VersionTLS12}
	if err := c.load(config); err != nil {
		return nil, "", err
	}
	if c.CA != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		if config.ClientCAs, err = readPool(c.CA); err != nil {
			return nil, "", err
		}
	}
	return config, c.remark(config), nil
}

// Client makes what a reader of tls:// needs of them, which may be nothing: the
// system's authorities are asked then, and no certificate is shown. host is who the
// server has to be.
func (c Credentials) Client(host string) (config *Config, remark string, err error) {
	config = &Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if host == "" {
		config.ServerName = "localhost"
	}
	if c.Cert != "" {
		if err := c.load(config); err != nil {
			return nil, "", err
		}
	}
	if c.CA != "" {
		config.RootCAs, err = readPool(c.CA)
	} else if config.RootCAs, err = x509.SystemCertPool(); err != nil {
		// Now, as in the sandbox they cannot be read.
		err = fmt.Errorf("the system's certificates cannot be read: %w: name who signed the server's with --stream-ca FILE", syserr.Worded(err))
	}
	return config, c.remark(config), err
}

// load reads the certificate and its key.
func (c Credentials) load(config *Config) error {
	for _, file := range [...]struct{ option, name string }{{"--stream-cert ", c.Cert}, {"--stream-key ", c.Key}} {
		if _, err := os.ReadFile(file.name); err != nil {
			return fmt.Errorf("%s%s: %w", file.option, file.name, syserr.Worded(err))
		}
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return fmt.Errorf("--stream-cert %s, --stream-key %s: %w: a certificate and its key without a passphrase are awaited, in PEM", c.Cert, c.Key, err)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}

// remark is what is wrong with the time of our certificate.
func (c Credentials) remark(config *Config) string {
	if len(config.Certificates) == 0 || config.Certificates[0].Leaf == nil {
		return ""
	}
	leaf := config.Certificates[0].Leaf
	switch now := time.Now(); {
	case now.After(leaf.NotAfter):
		return fmt.Sprintf("--stream-cert %s: it expired on %s, and the other side will refuse it: renew it", c.Cert, leaf.NotAfter.Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return fmt.Sprintf("--stream-cert %s: it is valid from %s on, and the other side will refuse it: is the clock right?", c.Cert, leaf.NotBefore.Format(time.DateOnly))
	}
	return ""
}

// readPool reads certificates of authorities.
func readPool(name string) (*x509.CertPool, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--stream-ca %s: %w", name, syserr.Worded(err))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("--stream-ca " + name + ": it has no certificate in PEM")
	}
	return pool, nil
}
