//go:build !noebpf && !tapdump_small

package probes

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestSockets: what this process sends over UDP, and connects over TCP, is told, with both
// ends, over IPv4 and IPv6.
func TestSockets(t *testing.T) {
	testenv.NeedsLoopback(t)
	s, err := OpenSockets()
	if err != nil {
		t.Skipf("needs programs in the kernel: %v", err)
	}
	defer s.Close()
	want := make(map[netip.AddrPort]uint8) // by the local end
	for _, c := range []struct {
		network, address string
		protocol         uint8
	}{
		{"udp", "127.0.0.1:0", unix.IPPROTO_UDP}, {"udp", "[::1]:0", unix.IPPROTO_UDP},
		{"tcp", "127.0.0.1:0", unix.IPPROTO_TCP}, {"tcp", "[::1]:0", unix.IPPROTO_TCP},
	} {
		var address string
		if c.network == "udp" {
			l, err := net.ListenPacket("udp", c.address)
			if err != nil {
				t.Logf("%s: %v", c.address, err)
				continue
			}
			defer l.Close()
			address = l.LocalAddr().String()
		} else {
			l, err := net.Listen("tcp", c.address)
			if err != nil {
				t.Logf("%s: %v", c.address, err)
				continue
			}
			defer l.Close()
			address = l.Addr().String()
		}
		conn, err := net.Dial(c.network, address)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte("x"))
		local := netip.MustParseAddrPort(conn.LocalAddr().String())
		want[netip.AddrPortFrom(local.Addr().Unmap(), local.Port())] = c.protocol
		conn.Close()
	}
	network, err := ownNetwork()
	if err != nil {
		t.Fatal(err)
	}
	testenv.WaitFor(t, "all are told", func() bool {
		var u Use
		for s.Next(&u) {
			if int(u.Process) != os.Getpid() || u.Namespace != network || want[u.Local] != u.Protocol {
				continue
			}
			if u.Remote.Addr() != u.Local.Addr() || u.Remote.Port() == 0 || int(u.User) != os.Getuid() || u.Thread == 0 {
				t.Errorf("%+v", u)
			}
			delete(want, u.Local)
		}
		return len(want) == 0
	})
}

// TestSymbols: an address is in the function that begins before it.
func TestSymbols(t *testing.T) {
	s := symbols{from: []uint64{100, 200}, names: []string{"one", "two"}}
	for at, want := range map[uint64]string{0: "0x0", 99: "0x63", 101: "one", 200: "one", 201: "two"} {
		if got := s.name(at); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
	r := reasons{names: []string{"", "", "NOT_SPECIFIED"}}
	if got := strings.Join([]string{r.name(2), r.name(1), r.name(0x20003)}, " "); got != "NOT_SPECIFIED 0x1 0x20003" {
		t.Error(got)
	}
}
