package viewer

import (
	"net/netip"
	"sync"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/internal/names"
)

// builtInNames finds the names of services and protocols that are built in: there are no
// files of a system here, and nobody is asked.
var builtInNames = sync.OnceValue(func() *compile.Names {
	r := names.New(names.Options{})
	return &compile.Names{
		Hosts: func(name string) []netip.Addr {
			addr, err := netip.ParseAddr(name)
			if err != nil {
				return nil
			}
			return []netip.Addr{addr}
		},
		Port: func(name, protocol string) (uint16, bool) {
			port, in, ok := r.Port(name)
			want := names.TCP
			if protocol == "udp" {
				want = names.UDP
			}
			return port, ok && in&want != 0
		},
		Protocol: func(name string) (uint8, bool) {
			n, ok := r.IPProto(name)
			return uint8(n), ok && n <= 255
		},
	}
})
