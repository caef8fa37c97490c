package streams

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// lacksFamily reports whether an address cannot be listened on as this machine does
// not have it, or its family.
func lacksFamily(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EPROTONOSUPPORT)
}

// listenError adds what to do to the reason why an address cannot be listened on.
func listenError(err error) error {
	remedy := ""
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		remedy = "another program listens there: give another port, or end it (ss -ltnp shows which)"
	case errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM):
		remedy = fmt.Sprintf("give a port above 1023, such as %d; those below are for root", DefaultPort)
	case lacksFamily(err):
		remedy = "give an address that this machine has, or none for the loopback"
	default:
		return syserr.Worded(err)
	}
	return fmt.Errorf("%w: %s", syserr.Worded(err), remedy)
}

// handshakeError says why a handshake with a reader failed.
func handshakeError(err error) error {
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		return errors.New("it does not speak TLS (readers name tls://)")
	case errors.Is(err, io.EOF):
		return errors.New("it left before the TLS handshake was done (it may not trust the certificate)")
	}
	return fmt.Errorf("TLS: %w", trusted(err, ""))
}

// connectError says why no connection came about, and what to do.
func connectError(err error, a Address) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: nothing listens there: is the port right, and the server started?", syserr.Worded(err))
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return errors.New("what is there does not speak TLS: give tcp:// for a server without it")
	}
	if a.TLS && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
		return errors.New("the server closed the connection before TLS began: does it serve tcp://, or has it as many readers as it takes?")
	}
	return trusted(err, a.Host)
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

// lostReason is why a connection broke.
func lostReason(err error) error {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return errors.New("nothing came any more, and the other side does not answer")
	}
	return trusted(err, "")
}

// Explained reports whether an error of reading is what the other side said by TLS.
func Explained(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
