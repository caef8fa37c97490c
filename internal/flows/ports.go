package flows

import (
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/records"
	"sync"
)

// Ports of which Zeek thinks that servers have them (likely_server_ports): those for
// which its analyzers are registered.
var (
	serverTCP = [...]uint16{21, 22, 25, 53, 80, 81, 88, 102, 110, 143, 389, 443, 445, 502, 514, 563, 585, 587, 614, 631, 636,
		989, 990, 992, 993, 995, 1080, 1434, 1883, 3128, 3268, 3269, 3306, 3389, 5060, 5223, 5432, 5900, 6379, 6666, 6667, 6668, 6669,
		8000, 8080, 8888, 139, 20000}
	serverUDP = [...]uint16{53, 67, 68, 69, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4011, 4789, 5060,
		5072, 5353, 5355, 6081, 20000}

	likelyTCP, likelyUDP = setOf(serverTCP[:]), setOf(serverUDP[:])
)

type ports [1 << 16 / 64]uint64

func setOf(list []uint16) *ports {
	s := new(ports)
	for _, p := range list {
		s[p/64] |= 1 << (p % 64)
	}
	return s
}

func (s *ports) has(p int32) bool { return p >= 0 && s[p/64]&(1<<(p%64)) != 0 }

// begunByOther reports whether the first packet of a flow comes from the end that
// has not begun it, as its ports show: from a server, to what is none. A SYN comes
// from who begins.
func begunByOther(p *header.Packet) bool {
	if p.Version == 4 && p.Dst.As4() == [4]byte{255, 255, 255, 255} {
		return false
	}
	switch p.Protocol {
	case header.ProtocolTCP:
		flags := header.TCP(p.Transport).Flags() & (header.SYN | header.ACK)
		if flags == header.SYN || !likelyTCP.has(p.SrcPort) {
			return false
		}
		if likelyTCP.has(p.DstPort) {
			return flags&header.SYN == 0 && p.SrcPort < p.DstPort
		}
		return true
	case header.ProtocolUDP:
		return likelyUDP.has(p.SrcPort) && !likelyUDP.has(p.DstPort)
	}
	return false
}

// vlanColumn finds the number of the outermost tag.
var vlanColumn = columnOf("vlan_id")

// columnOf finds a column of packets when it is first asked for.
func columnOf(name string) func() *records.Column[records.Packet] {
	return sync.OnceValue(func() *records.Column[records.Packet] { return records.Find(records.PacketColumns(), name) })
}

// vlanID is that number, -1 without a tag.
func vlanID(r *records.Packet) int16 {
	if n, ok := vlanColumn().Number(r); ok {
		return int16(n)
	}
	return -1
}
