//go:build !notls && !tapdump_small

package streams

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// speaksOtherwise reports whether the other side does not speak TLS.
func speaksOtherwise(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record)
}

// trusted is an error of a certificate in words that name what to do; others as they
// are.
func trusted(err error, host string) error {
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.As(err, &authority):
		return errors.New("the certificate of the other side is signed by nobody that is trusted here: name who signed it with --stream-ca FILE")
	case errors.As(err, &name):
		return fmt.Errorf("the certificate is for %s and not for %s: connect to a name that it has, or have it made for this one", namesOf(name.Certificate), host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		c := invalid.Cert
		if now := time.Now(); now.Before(c.NotBefore) {
			return fmt.Errorf("the certificate of the other side is valid from %s on: is the clock right?", c.NotBefore.Format(time.DateOnly))
		}
		return fmt.Errorf("the certificate of the other side expired on %s: renew it there", c.NotAfter.Format(time.DateOnly))
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return errors.New("the certificate of the other side is not made for this use: servers need serverAuth in it, clients clientAuth")
	}
	return alerted(err)
}

// The alerts of TLS that are about certificates (RFC 8446, section 6).
const (
	alertBadCertificate      = 42
	alertExpired             = 45
	alertUnknownAuthority    = 48
	alertProtocolVersion     = 70
	alertCertificateRequired = 116
)

// alerted adds what to do to a complaint of the other side. crypto/tls has its number in
// a type of its own, a byte.
func alerted(err error) error {
	var remote *net.OpError
	if !Explained(err) || !errors.As(err, &remote) {
		return syserr.Worded(err)
	}
	alert := reflect.ValueOf(remote.Err)
	if alert.Kind() != reflect.Uint8 {
		return syserr.Worded(err)
	}
	switch alert.Uint() {
	case alertCertificateRequired:
		return fmt.Errorf("%w: the server wants a certificate: give --stream-cert and --stream-key", err)
	case alertUnknownAuthority:
		return fmt.Errorf("%w: the other side does not trust who signed our certificate: its --stream-ca has to name it", err)
	case alertBadCertificate:
		return fmt.Errorf("%w: the other side does not accept our certificate: give one that its --stream-ca signed", err)
	case alertExpired:
		return fmt.Errorf("%w: renew the certificate of --stream-cert", err)
	case alertProtocolVersion:
		return fmt.Errorf("%w: the other side has no TLS 1.2 or later", err)
	}
	return err
}

// namesOf are the names and addresses that a certificate is for.
func namesOf(c *x509.Certificate) string {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no name (subjectAltName is missing)"
	}
	if len(names) > 5 {
		names = append(names[:5], "others")
	}
	return strings.Join(names, ", ")
}
