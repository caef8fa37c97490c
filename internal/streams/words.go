package streams

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

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
	switch {
	case speaksOtherwise(err):
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
	if speaksOtherwise(err) {
		return errors.New("what is there does not speak TLS: give tcp:// for a server without it")
	}
	if a.TLS && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) {
		return errors.New("the server closed the connection before TLS began: does it serve tcp://, or has it as many readers as it takes?")
	}
	return trusted(err, a.Host)
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
