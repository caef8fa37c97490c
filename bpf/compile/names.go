package compile

import (
	"net/netip"
	"strconv"
)

// Names looks up names in expressions. A nil function knows no names.
type Names struct {
	// Hosts returns the addresses of a host; of an IPv6 address in text, that.
	Hosts func(name string) []netip.Addr
	// Network returns the number of a network, without trailing zeros: 10 for
	// 10.0.0.0.
	Network func(name string) (uint32, bool)
	// Port returns the port of a service of protocol "tcp" or "udp".
	Port func(name, protocol string) (uint16, bool)
	// Protocol returns the number of a protocol above IP.
	Protocol func(name string) (uint8, bool)
	// MAC returns the MAC address of a host.
	MAC func(name string) ([6]byte, bool)
}

func (n *Names) hosts(name string) []netip.Addr {
	if n.Hosts == nil {
		return nil
	}
	return n.Hosts(name)
}

func (n *Names) network(name string) (uint32, bool) {
	if n.Network == nil {
		return 0, false
	}
	return n.Network(name)
}

func (n *Names) port(name, protocol string) (uint16, bool) {
	if p, ok := servicePort(name); ok {
		return p, true
	}
	if n.Port == nil {
		return 0, false
	}
	return n.Port(name, protocol)
}

func (n *Names) protocol(name string) (uint8, bool) {
	if n.Protocol == nil {
		return 0, false
	}
	return n.Protocol(name)
}

func (n *Names) mac(name string) ([6]byte, bool) {
	if n.MAC == nil {
		return [6]byte{}, false
	}
	return n.MAC(name)
}

// servicePort is a port given as a decimal number where a name may stand; the
// resolver of the C library takes that, too, and drops what exceeds 16 bits.
func servicePort(s string) (port uint16, ok bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint16(n), err == nil
}
