package header_test

import (
	"bytes"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/traffic"
)

func TestDecode(t *testing.T) {
	tcp := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 6, SrcPort: 1025, DstPort: 80, Payload: []byte("abc")}
	tcp6 := tcp
	tcp6.Src, tcp6.Dst = "2001:db8::1", "2001:db8::2"
	with := func(s headertest.Spec, change func(*headertest.Spec)) headertest.Spec {
		change(&s)
		return s
	}
	long := bytes.Repeat([]byte("x"), 0x800-40) // a total length like a type
	for _, c := range []struct {
		name string
		spec headertest.Spec
		ip   int // bytes of IP header; 0: not to be decoded
		data string
	}{
		{"Ethernet", tcp, 20, "abc"},
		{"IPv6", tcp6, 40, "abc"},
		{"one tag", with(tcp, func(s *headertest.Spec) { s.VLAN = []uint16{5} }), 20, "abc"},
		{"two tags", with(tcp6, func(s *headertest.Spec) { s.VLAN = []uint16{5, 6} }), 40, "abc"},
		{"cooked", with(tcp, func(s *headertest.Spec) { s.Link = capture.LinkLINUX_SLL }), 20, "abc"},
		{"cooked v2 with tag", with(tcp6, func(s *headertest.Spec) { s.Link = capture.LinkLINUX_SLL2; s.VLAN = []uint16{1} }), 40, "abc"},
		{"cooked, hidden tag", with(tcp, func(s *headertest.Spec) {
			s.Link, s.HideTags, s.VLAN = capture.LinkLINUX_SLL, true, []uint16{100, 5}
		}), 20, "abc"},
		{"cooked v2, hidden tag", with(tcp, func(s *headertest.Spec) {
			s.Link, s.HideTags, s.VLAN = capture.LinkLINUX_SLL2, true, []uint16{100, 5}
		}), 20, "abc"},
		{"cooked v2, hidden tags, IPv6", with(tcp6, func(s *headertest.Spec) {
			s.Link, s.HideTags, s.VLAN = capture.LinkLINUX_SLL2, true, []uint16{100, 7, 5}
		}), 40, "abc"},
		{"cooked v2, one tag, which is gone", with(tcp6, func(s *headertest.Spec) {
			s.Link, s.HideTags, s.VLAN = capture.LinkLINUX_SLL2, true, []uint16{100}
		}), 40, "abc"},
		{"hidden tag like an IPv4 header", with(tcp, func(s *headertest.Spec) {
			s.Link, s.HideTags, s.VLAN = capture.LinkLINUX_SLL2, true, []uint16{100, 0x4500}
		}), 20, "abc"},
		{"hidden tag like an IPv6 header", with(tcp6, func(s *headertest.Spec) {
			s.Link, s.HideTags, s.VLAN = capture.LinkLINUX_SLL2, true, []uint16{100, 0x6000}
		}), 40, "abc"},
		{"IPv4 header like a hidden tag", with(tcp, func(s *headertest.Spec) {
			s.Link, s.ID, s.Payload = capture.LinkLINUX_SLL2, 0x4511, long
		}), 20, string(long)},
		{"raw", with(tcp6, func(s *headertest.Spec) { s.Link = capture.LinkRAW }), 40, "abc"},
		{"padding is no data", with(tcp, func(s *headertest.Spec) { s.Payload, s.Padding = nil, 6 }), 20, ""},
		{"extension headers", with(tcp6, func(s *headertest.Spec) { s.Extensions = []uint8{0, 60, 43} }), 64, "abc"},
		{"first fragment", with(tcp6, func(s *headertest.Spec) { s.Extensions = []uint8{44} }), 48, "abc"},
		{"later fragment", with(tcp6, func(s *headertest.Spec) { s.Extensions = []uint8{44}; s.Fragment = 9 }), 0, ""},
		{"later fragment, IPv4", with(tcp, func(s *headertest.Spec) { s.Fragment = 9 }), 0, ""},
		{"UDP", with(tcp, func(s *headertest.Spec) { s.Protocol = 17 }), 20, "abc"},
		{"ICMP has no payload", with(tcp, func(s *headertest.Spec) { s.Protocol = 1 }), 20, ""},
		{"ICMPv6", with(tcp6, func(s *headertest.Spec) { s.Protocol = 58 }), 40, ""},
	} {
		pkt := c.spec.Packet(0, 0)
		var p header.Packet
		if ok := header.Decode(pkt, &p); ok != (c.ip > 0) {
			t.Errorf("%s: decoded %t", c.name, ok)
			continue
		}
		if c.ip == 0 {
			continue
		}
		if len(p.IP) != c.ip || string(p.Payload) != c.data || p.Length != len(c.data) {
			t.Errorf("%s: IP header of %d bytes, payload %q of %d; want %d, %q", c.name, len(p.IP), p.Payload, p.Length, c.ip, c.data)
		}
		if string(p.All) != string(pkt.Data[p.Offset:p.Offset+len(p.All)]) {
			t.Errorf("%s: Offset %d is not where All begins", c.name, p.Offset)
		}
		// Cut anywhere, it is either the same headers or not decoded at all.
		for n := range pkt.Data {
			cut := *pkt
			cut.Data = pkt.Data[:n]
			var q header.Packet
			if header.Decode(&cut, &q) && (len(q.IP) != len(p.IP) || q.Length != p.Length || q.SrcPort != p.SrcPort) {
				t.Errorf("%s cut to %d bytes: IP header of %d bytes, %d bytes of payload, port %d", c.name, n, len(q.IP), q.Length, q.SrcPort)
			}
		}
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	src := traffic.New(1, 2000)
	var packets []capture.Packet
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		pkt.Data = append([]byte(nil), pkt.Data...)
		packets = append(packets, pkt)
	}
	var p header.Packet
	decoded := 0
	if n := testing.AllocsPerRun(1, func() {
		for i := range packets {
			if header.Decode(&packets[i], &p) {
				decoded++
			}
		}
	}); n > 0 {
		t.Errorf("%v allocations for %d packets", n, len(packets))
	}
	if decoded < len(packets) {
		t.Errorf("only %d of 2*%d packets were decoded", decoded, len(packets))
	}
}

// FuzzDecode: no packet makes Decode fail, and what it returns fits together.
func FuzzDecode(f *testing.F) {
	for _, link := range []capture.LinkType{capture.LinkEN10MB, capture.LinkLINUX_SLL2, capture.LinkRAW} {
		spec := headertest.Spec{Link: link, Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: 6, Options: []byte{2, 4, 5, 0xb4}, Extensions: []uint8{0}}
		f.Add(uint32(link), uint32(0), spec.Bytes())
	}
	for _, link := range []capture.LinkType{0, 8, 9, 10, 50, 51, 104, 105, 107, 109, 117, 119, 122, 127, 138, 163, 219} {
		f.Add(uint32(link), uint32(7), make([]byte, 200))
	}
	f.Fuzz(func(t *testing.T, link, more uint32, data []byte) {
		var p header.Packet
		pkt := capture.Packet{LinkType: capture.LinkType(link), Data: data, Length: uint32(len(data)) + more%1000}
		if !header.Decode(&pkt, &p) {
			return
		}
		if len(p.IP)+len(p.Transport)+len(p.Payload) != len(p.All) {
			t.Errorf("%d+%d+%d bytes are not %d", len(p.IP), len(p.Transport), len(p.Payload), len(p.All))
		}
		if p.Length < len(p.Payload) {
			t.Errorf("%d bytes of payload captured, %d on the wire", len(p.Payload), p.Length)
		}
		if p.Protocol == header.ProtocolTCP {
			for o := header.TCP(p.Transport).Options(); o.Next(); {
				o.Number()
			}
		}
		_ = p.TTL()
	})
}
