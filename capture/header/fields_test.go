package header_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestFields reads each field of headers whose bytes all differ, and of their
// complements.
func TestFields(t *testing.T) {
	b := make([]byte, 60)
	for i := range b {
		b[i] = byte(0xa3 + 5*i)
	}
	testFields(t, b)
	for i := range b {
		b[i] = ^b[i]
	}
	testFields(t, b)
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"} {
		if bit := [...]int{header.FIN, header.SYN, header.RST, header.PSH, header.ACK, header.URG, header.ECE, header.CWR}[i]; bit != 1<<i || header.FlagNames[i] != name {
			t.Errorf("flag %d: %s, bit %#x", i, header.FlagNames[i], bit)
		}
	}
}

func testFields(t *testing.T, b []byte) {
	t.Helper()
	at := func(n int) int { return int(binary.BigEndian.Uint16(b[n:])) }
	at4 := func(n int) int { return int(binary.BigEndian.Uint32(b[n:])) }
	ip4, ip6, tcp, udp, icmp := header.IPv4(b), header.IPv6(b), header.TCP(b), header.UDP(b), header.ICMP(b)
	for _, f := range []struct {
		name      string
		got, want int
	}{
		{"IPv4 HeaderLength", ip4.HeaderLength(), 4 * int(b[0]&15)},
		{"IPv4 TotalLength", ip4.TotalLength(), at(2)},
		{"IPv4 Identification", int(ip4.Identification()), at(4)},
		{"IPv4 FragmentOffset", ip4.FragmentOffset(), at(6) & 0x1fff},
		{"IPv4 TTL", int(ip4.TTL()), int(b[8])},
		{"IPv4 Protocol", int(ip4.Protocol()), int(b[9])},
		{"IPv4 Checksum", int(ip4.Checksum()), at(10)},
		{"IPv6 TrafficClass", int(ip6.TrafficClass()), at(0) >> 4 & 0xff},
		{"IPv6 FlowLabel", int(ip6.FlowLabel()), at4(0) & 0xfffff},
		{"IPv6 PayloadLength", ip6.PayloadLength(), at(4)},
		{"IPv6 NextHeader", int(ip6.NextHeader()), int(b[6])},
		{"IPv6 HopLimit", int(ip6.HopLimit()), int(b[7])},
		{"TCP Sequence", int(tcp.Sequence()), at4(4)},
		{"TCP Acknowledgement", int(tcp.Acknowledgement()), at4(8)},
		{"TCP HeaderLength", tcp.HeaderLength(), 4 * int(b[12]>>4)},
		{"TCP Flags", int(tcp.Flags()), int(b[13])},
		{"TCP Window", int(tcp.Window()), at(14)},
		{"TCP Checksum", int(tcp.Checksum()), at(16)},
		{"TCP UrgentPointer", int(tcp.UrgentPointer()), at(18)},
		{"UDP Length", int(udp.Length()), at(4)},
		{"UDP Checksum", int(udp.Checksum()), at(6)},
		{"ICMP Type", int(icmp.Type()), int(b[0])},
		{"ICMP Code", int(icmp.Code()), int(b[1])},
		{"ICMP Checksum", int(icmp.Checksum()), at(2)},
		{"TTL over IPv4", int((&header.Packet{Version: 4, IP: b}).TTL()), int(b[8])},
		{"TTL over IPv6", int((&header.Packet{Version: 6, IP: b}).TTL()), int(b[7])},
	} {
		if f.got != f.want || f.want == 0 {
			t.Errorf("%s: %#x, want %#x", f.name, f.got, f.want)
		}
	}
}

func TestOptions(t *testing.T) {
	type option struct {
		kind  uint8
		value string
	}
	for _, c := range []struct {
		options string
		want    []option
	}{
		{"", nil},
		{"\x00\x02\x04\x05\xb4", nil},
		{"\x01\x01\x02\x04\x05\xb4\x03\x03\x07\x00\x01", []option{{1, ""}, {1, ""}, {2, "\x05\xb4"}, {3, "\x07"}}},
		{"\x04\x02\x08", []option{{4, ""}}},     // a kind without length
		{"\x04\x02\x08\x01", []option{{4, ""}}}, // a length that its own bytes do not fit into
		{"\x04\x02\x08\x03", []option{{4, ""}}}, // cut
		{"\x08\x04ab", []option{{8, "ab"}}},     // to the last byte
		{"\x05\x0aabcdefgh\x01", []option{{5, "abcdefgh"}, {1, ""}}},
	} {
		var got []option
		for o := header.TCP(append(make([]byte, 20), c.options...)).Options(); o.Next(); {
			got = append(got, option{o.Kind, string(o.Value)})
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("% x: %q, want %q", c.options, got, c.want)
		}
	}
	for _, c := range []struct {
		value string
		want  uint32
		ok    bool
	}{{"", 0, false}, {"\x07", 7, true}, {"\x05\xb4", 0x5b4, true}, {"\x01\x02\x03\x04", 0x1020304, true}, {"\x01\x02\x03\x04\x05", 0, false}} {
		o := header.Options{Value: []byte(c.value)}
		if n, ok := o.Number(); ok != c.ok || ok && n != c.want {
			t.Errorf("Number of % x: %#x, %v", c.value, n, ok)
		}
	}
}

func TestNames(t *testing.T) {
	want := map[uint8]string{1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
	extensions := []uint8{0, 43, 44, 51, 60, 135, 139, 140}
	for n := range 256 {
		if got := header.ProtocolName(uint8(n)); got != want[uint8(n)] {
			t.Errorf("protocol %d is %q, want %q", n, got, want[uint8(n)])
		}
		if got := header.IsExtension(uint8(n)); got != slices.Contains(extensions, uint8(n)) {
			t.Errorf("%d is an extension header: %v", n, got)
		}
		p := header.Packet{Protocol: uint8(n), SrcPort: 80, DstPort: 7}
		if p.ICMP() != (n == 1 || n == 58) {
			t.Errorf("protocol %d is ICMP: %v", n, p.ICMP())
		}
		if lower, higher := p.Ports(); lower != 7 || higher != 80 {
			t.Errorf("ports %d, %d", lower, higher)
		}
	}
	for _, c := range []struct {
		addr string
		port int32
		want string
	}{
		{"192.0.2.1", 80, "192.0.2.1:80"},
		{"192.0.2.1", 0, "192.0.2.1:0"},
		{"192.0.2.1", header.NoPort, "192.0.2.1"},
		{"2001:db8::1", 65535, "[2001:db8::1]:65535"},
		{"2001:db8::1", header.NoPort, "2001:db8::1"},
		{"::ffff:192.0.2.1", 1, "[::ffff:192.0.2.1]:1"},
	} {
		if got := string(header.AppendEndpoint([]byte("to "), netip.MustParseAddr(c.addr), c.port)); got != "to "+c.want {
			t.Errorf("%s, %d: %q", c.addr, c.port, got)
		}
	}
}
