package header_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

var inside = headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: header.ProtocolTCP, SrcPort: 1025, DstPort: 80, Payload: []byte("inner")}

// bare is a packet from its IP header on.
func bare(s headertest.Spec) []byte {
	s.Link = capture.LinkRAW
	return s.Bytes()
}

// wrap is an IP packet around b, which h precedes; with a port it is UDP.
func wrap(protocol uint8, port uint16, h string, b []byte) []byte {
	b = append([]byte(h), b...)
	if protocol == header.ProtocolUDP {
		return bare(headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: protocol, SrcPort: 50000, DstPort: port, Payload: b})
	}
	outer := bare(headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolUDP, Payload: nil})[:20]
	outer[9] = protocol
	binary.BigEndian.PutUint16(outer[2:], uint16(20+len(b)))
	return append(outer, b...)
}

func TestInnermost(t *testing.T) {
	ip, inside6 := bare(inside), inside
	inside6.Src, inside6.Dst = "2001:db8::1", "2001:db8::2"
	teredo := inside
	teredo.Src, teredo.Dst = "2001:0:102:304::1", "2001:db8::2"
	ip6, frame := bare(inside6), inside.Bytes()
	tagged := inside
	tagged.VLAN = []uint16{5}
	fragment := inside
	fragment.Fragment = 9
	const udp = header.ProtocolUDP
	deep := ip
	for range header.MaxTunnels + 1 {
		deep = wrap(4, 0, "", deep)
	}
	for _, c := range []struct {
		name    string
		packet  []byte
		tunnels string
		src     string // of what is described; "": nothing
	}{
		{"no tunnel", ip, "", "10.0.0.1"},
		{"IP in IP", wrap(4, 0, "", ip), "ip", "10.0.0.1"},
		{"IPv6 in IPv4", wrap(41, 0, "", ip6), "ip", "2001:db8::1"},
		{"IPv6 where IPv4 is said", wrap(4, 0, "", ip6), "", ""},
		{"GRE", wrap(47, 0, "\x00\x00\x08\x00", ip), "gre", "10.0.0.1"},
		{"GRE, all options", wrap(47, 0, "\xb0\x00\x86\xddcccckkkkssss", ip6), "gre", "2001:db8::1"},
		{"GRE with routing", wrap(47, 0, "\x40\x00\x08\x00cccc\x00\x00\x00\x00", ip), "", ""},
		{"GRE, another version", wrap(47, 0, "\x00\x02\x08\x00", ip), "", ""},
		{"GRE with Ethernet", wrap(47, 0, "\x20\x00\x65\x58\x00\x00\x01\x00", frame), "gre", "10.0.0.1"},
		{"GRE with a tagged frame", wrap(47, 0, "\x00\x00\x65\x58", tagged.Bytes()), "gre", "10.0.0.1"},
		{"GRE with MPLS", wrap(47, 0, "\x00\x00\x88\x47\x00\x01\x01\x40", ip), "gre", "10.0.0.1"},
		{"PPTP", wrap(47, 0, "\x30\x81\x88\x0b\x00\x20\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\xff\x03\x00\x21", ip), "gre", "10.0.0.1"},
		{"ERSPAN I", wrap(47, 0, "\x00\x00\x88\xbe", frame), "erspan", "10.0.0.1"},
		{"ERSPAN II", wrap(47, 0, "\x10\x00\x88\xbe\x00\x00\x00\x01\x10\x00\x00\x00\x00\x00\x00\x00", frame), "erspan", "10.0.0.1"},
		{"ERSPAN III", wrap(47, 0, "\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", frame), "erspan", "10.0.0.1"},
		{"ERSPAN III with a subheader", wrap(47, 0, "\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01subheadr", frame), "erspan", "10.0.0.1"},
		{"VXLAN", wrap(udp, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00", frame), "vxlan", "10.0.0.1"},
		{"VXLAN with a policy, Linux's port", wrap(udp, 8472, "\x88\x00\x00\x07\x00\x00\x01\x00", frame), "vxlan", "10.0.0.1"},
		{"VXLAN without the flag", wrap(udp, 4789, "\x00\x00\x00\x00\x00\x00\x01\x00", frame), "", "192.0.2.1"},
		{"VXLAN on another port", wrap(udp, 4000, "\x08\x00\x00\x00\x00\x00\x01\x00", frame), "", "192.0.2.1"},
		{"VXLAN with something else", wrap(udp, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00", []byte(strings.Repeat("x", 60))), "", "192.0.2.1"},
		{"VXLAN with a fragment", wrap(udp, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00", fragment.Bytes()), "", "192.0.2.1"},
		{"VXLAN that claims more than there is", wrap(udp, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00", frame[:len(frame)-1]), "", "192.0.2.1"},
		{"VXLAN-GPE", wrap(udp, 4790, "\x0c\x00\x00\x01\x00\x00\x01\x00", ip), "vxlan", "10.0.0.1"},
		{"VXLAN-GPE, Ethernet", wrap(udp, 4790, "\x0c\x00\x00\x03\x00\x00\x01\x00", frame), "vxlan", "10.0.0.1"},
		{"GENEVE", wrap(udp, 6081, "\x01\x00\x65\x58\x00\x00\x01\x00opti", frame), "geneve", "10.0.0.1"},
		{"GENEVE with IPv6", wrap(udp, 6081, "\x00\x00\x86\xdd\x00\x00\x01\x00", ip6), "geneve", "2001:db8::1"},
		{"GENEVE, another version", wrap(udp, 6081, "\x40\x00\x65\x58\x00\x00\x01\x00", frame), "", "192.0.2.1"},
		{"GTP", wrap(udp, 2152, "\x30\xff\x00\x2d\x00\x00\x00\x01", ip), "gtp", "10.0.0.1"},
		{"GTP with extensions", wrap(udp, 2152, "\x34\xff\x00\x35\x00\x00\x00\x01\x00\x00\x00\x85\x01\x10\x09\x85\x01\x10\x09\x00", ip), "gtp", "10.0.0.1"},
		{"GTP with an extension of no length", wrap(udp, 2152, "\x34\xff\x00\x35\x00\x00\x00\x01\x00\x00\x00\x85\x00\x10\x09\x00", ip), "", "192.0.2.1"},
		{"GTP echo", wrap(udp, 2152, "\x30\x01\x00\x00\x00\x00\x00\x01", ip), "", "192.0.2.1"},
		{"Teredo", wrap(udp, 3544, "", bare(teredo)), "teredo", "2001:0:102:304::1"},
		{"Teredo with indicators", wrap(udp, 3544, "\x00\x01\x00\x00noncenon\x00\x00\x00origin", bare(teredo)), "teredo", "2001:0:102:304::1"},
		{"Teredo's port, other addresses", wrap(udp, 3544, "", ip6), "", "192.0.2.1"},
		{"VXLAN in GRE in IP", wrap(4, 0, "", wrap(47, 0, "\x00\x00\x08\x00", wrap(udp, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00", frame))), "ip,gre,vxlan", "10.0.0.1"},
		{"IP in GRE with nothing that can be described", wrap(udp, 6081, "\x00\x00\x08\x00\x00\x00\x01\x00", wrap(4, 0, "", []byte("x"))), "", "192.0.2.1"},
		{"too deep", deep, "", ""},
	} {
		for _, link := range []capture.LinkType{capture.LinkRAW, capture.LinkEN10MB} {
			b := c.packet
			if link == capture.LinkEN10MB {
				b = append([]byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00"), b...)
			}
			var p header.Packet
			tunnels, ok := header.Innermost(capture.NewPacket(link, b), &p)
			if tunnels.String() != c.tunnels || ok != (c.src != "") {
				t.Errorf("%s: %q %v, want %q", c.name, tunnels, ok, c.tunnels)
				continue
			}
			if !ok {
				continue
			}
			if p.Src.String() != c.src {
				t.Errorf("%s: from %v, want %s", c.name, p.Src, c.src)
			}
			if c.tunnels != "" {
				if string(p.Payload) != "inner" || p.Length != 5 || p.DstPort != 80 {
					t.Errorf("%s: %+v", c.name, p)
				}
				if last := tunnels.At(tunnels.Len() - 1).String(); !strings.HasSuffix(c.tunnels, last) {
					t.Errorf("%s: the innermost tunnel is %s", c.name, last)
				}
			}
			if &p.All[0] != &b[p.Offset] {
				t.Errorf("%s: the IP header is not at %d", c.name, p.Offset)
			}
		}
	}
}

// TestInnermostIsDecode: without a tunnel both say the same, of whole packets and
// of cut ones.
func TestInnermostIsDecode(t *testing.T) {
	_, raw, _ := headertest.Made(2000)
	for _, pkt := range raw {
		for n := 0; n <= len(pkt.Data); n += 7 {
			cut := *pkt
			cut.Data = pkt.Data[:n]
			var p, q header.Packet
			ok := header.Decode(&cut, &p)
			tunnels, same := header.Innermost(&cut, &q)
			if tunnels.Len() != 0 {
				continue
			}
			if ok != same || p.Version != q.Version || p.Src != q.Src || p.Protocol != q.Protocol || ok && (p.Offset != q.Offset || p.Length != q.Length || p.DstPort != q.DstPort || len(p.Payload) != len(q.Payload)) {
				t.Fatalf("%x:\n%+v %v\n%+v %v", cut.Data, p, ok, q, same)
			}
		}
	}
}

func TestInnermostAllocations(t *testing.T) {
	pkt := capture.NewPacket(capture.LinkRAW, wrap(header.ProtocolUDP, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00", inside.Bytes()))
	var p header.Packet
	if n := testing.AllocsPerRun(100, func() { header.Innermost(pkt, &p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestFragment(t *testing.T) {
	first6 := headertest.Spec{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: header.ProtocolTCP, Extensions: []uint8{0, 44, 60}}
	more := first6.Packet(0, 0)
	more.Data[14+40+8+3] |= 1
	first4 := inside.Packet(0, 0)
	first4.Data[14+6] = 0x20
	for _, c := range []struct {
		name string
		pkt  *capture.Packet
		want bool
	}{
		{"IPv4", inside.Packet(0, 0), false},
		{"IPv4, more come", first4, true},
		{"IPv6, all in one", first6.Packet(0, 0), false},
		{"IPv6, more come", more, true},
	} {
		var p header.Packet
		if !header.Decode(c.pkt, &p) || p.Fragment() != c.want {
			t.Errorf("%s: Fragment is not %v", c.name, c.want)
		}
	}
}

func FuzzInnermost(f *testing.F) {
	f.Add(wrap(header.ProtocolUDP, 4789, "\x08\x00\x00\x00\x00\x00\x01\x00", inside.Bytes()))
	f.Add(wrap(47, 0, "\x10\x00\x22\xeb\x00\x00\x00\x01\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", inside.Bytes()))
	f.Add(wrap(header.ProtocolUDP, 2152, "\x34\xff\x00\x35\x00\x00\x00\x01\x00\x00\x00\x85\x01\x10\x09\x85\x01\x10\x09\x00", wrap(4, 0, "", bare(inside))))
	f.Fuzz(func(t *testing.T, b []byte) {
		pkt := capture.NewPacket(capture.LinkRAW, b)
		var p header.Packet
		if tunnels, ok := header.Innermost(pkt, &p); ok {
			p.Fragment()
			if p.Offset < 0 || p.Offset >= len(b) || tunnels.Len() > header.MaxTunnels || p.Length < len(p.Payload) {
				t.Errorf("%v %+v", tunnels, p)
			}
		} else if tunnels.Len() != 0 {
			t.Errorf("%v around nothing", tunnels)
		}
	})
}
