package cli

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"

	"github.com/tapdump/tapdump/internal/names"
)

// newTestCommand is newCommand on a machine that is the same wherever the tests
// run: it has one address and two interfaces, no databases and no name server.
func newTestCommand(program string, stdin io.Reader, stdout, stderr io.Writer) *command {
	c := newCommand(program, stdin, stdout, stderr)
	c.host.addresses = func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("2001:db8::15")} }
	c.host.interfaceName = func(index uint32) string { return map[uint32]string{1: "lo", 2: "eth0"}[index] }
	c.host.names.Files = names.Files{}
	c.host.names.DNS = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no network in this test")
	}}
	return c
}
