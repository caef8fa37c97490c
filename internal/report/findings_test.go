package report

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// sent is a packet of a test.
type sent struct {
	spec headertest.Spec
	ms   int64
	is   bool // the expression is to select it
}

// packets makes packets of what was sent, at their times.
func packets(all []sent) (made []*capture.Packet) {
	for _, s := range all {
		made = append(made, s.spec.Packet(1_000_000+s.ms/1000, s.ms%1000*1e6))
	}
	return made
}

// dnsMessage is a message with one question for a name of type A.
func dnsMessage(id uint16, flags uint16, name string) []byte {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = binary.BigEndian.AppendUint16(b, flags)
	b = append(b, 0, 1, 0, 0, 0, 0, 0, 0)
	for _, label := range strings.Split(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, 0, 1, 0, 1)
}

const (
	dnsAnswer = 0x8180
	dnsQuery  = 0x0100
)

var hosts4 = [2]string{"10.0.0.1", "10.0.0.2"}
var hosts6 = [2]string{"fd00::1", "fd00::2"}

// ask is a query of a client, reply what the server answers.
func ask(h [2]string, id uint16) headertest.Spec {
	return headertest.Spec{Src: h[0], Dst: h[1], Protocol: header.ProtocolUDP, SrcPort: 40000, DstPort: 53, Payload: dnsMessage(id, dnsQuery, "a.example")}
}

func reply(h [2]string, id, code uint16) headertest.Spec {
	return headertest.Spec{Src: h[1], Dst: h[0], Protocol: header.ProtocolUDP, SrcPort: 53, DstPort: 40000, Payload: dnsMessage(id, dnsAnswer|code, "a.example")}
}

// segment is one of TCP from a client's port to port 80, or back.
func segment(h [2]string, back bool, port uint16, flags uint8, seq, ack uint32, window uint16, length int) headertest.Spec {
	s := headertest.Spec{Src: h[0], Dst: h[1], Protocol: header.ProtocolTCP, SrcPort: port, DstPort: 80, Flags: flags, Seq: seq, Ack: ack, Window: window, Payload: make([]byte, length)}
	if back {
		s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	}
	return s
}

func tagged1(s headertest.Spec) headertest.Spec { s.VLAN = []uint16{7}; return s }
func taggedTwice(s headertest.Spec) headertest.Spec {
	s.VLAN = []uint16{7, 8}
	return s
}

// onEach are packets over IPv4, IPv6, and behind one tag and two.
func onEach(of func(h [2]string, i int) []sent) (all []sent) {
	ms := int64(0)
	for i, variant := range [...]struct {
		hosts [2]string
		tag   func(headertest.Spec) headertest.Spec
	}{
		{hosts4, nil}, {hosts6, nil}, {[2]string{"10.0.0.3", "10.0.0.4"}, tagged1}, {[2]string{"fd00::3", "fd00::4"}, taggedTwice},
	} {
		for _, s := range of(variant.hosts, i) {
			if variant.tag != nil {
				s.spec = variant.tag(s.spec)
			}
			s.ms += ms
			all = append(all, s)
		}
		ms += 400
	}
	return all
}

// storm is a connection of which n segments are sent twice, of 30.
func storm(n int) func(h [2]string, i int) []sent {
	return func(h [2]string, i int) (all []sent) {
		port := uint16(5000 + i)
		all = append(all,
			sent{segment(h, false, port, header.SYN, 100, 0, 1000, 0), 0, true},
			sent{segment(h, true, port, header.SYN|header.ACK, 200, 101, 1000, 0), 1, false},
			sent{segment(h, false, port, header.ACK, 101, 201, 1000, 0), 2, true})
		for k := range 30 {
			s := segment(h, false, port, header.ACK, 101+uint32(k)*10, 201, 1000, 10)
			all = append(all, sent{s, int64(3 + 5*k), true})
			if k < n {
				all = append(all, sent{s, int64(4 + 5*k), true})
			}
		}
		return all
	}
}

// findingTests: what is found, and what is not.
var findingTests = []struct {
	name  string
	id    string // of the finding; "": nothing is to be found
	count uint64
	sent  []sent
}{
	{"a name that is not there", "dns-nxdomain", 4, onEach(func(h [2]string, i int) []sent {
		return []sent{{ask(h, 1), 0, false}, {reply(h, 1, 3), 1, true}, {ask(h, 2), 2, false}, {reply(h, 2, 0), 3, false}}
	})},
	{"a server that fails", "dns-servfail", 4, onEach(func(h [2]string, i int) []sent {
		return []sent{{ask(h, 1), 0, false}, {reply(h, 1, 2), 1, true}}
	})},
	{"a server that refuses", "dns-refused", 4, onEach(func(h [2]string, i int) []sent {
		return []sent{{ask(h, 1), 0, false}, {reply(h, 1, 5), 1, true}}
	})},
	{"a server that does not understand", "dns-error", 8, onEach(func(h [2]string, i int) []sent {
		return []sent{{ask(h, 1), 0, false}, {reply(h, 1, 1), 1, true}, {ask(h, 2), 0, false}, {reply(h, 2, 9), 1, true}}
	})},
	{"answers", "", 0, onEach(func(h [2]string, i int) []sent {
		return []sent{{ask(h, 1), 0, false}, {reply(h, 1, 0), 1, false}}
	})},
	{"queries without an answer", "dns-no-answer", 4, append(onEach(func(h [2]string, i int) []sent {
		return []sent{{ask(h, 1), 0, true}, {ask(h, 2), 1, false}, {reply(h, 2, 0), 2, false}, {ask(h, 1), 2, true}}
	}), spread(hosts4, 2000, 7000)...)},
	{"queries whose answers may still come", "", 0, onEach(func(h [2]string, i int) []sent {
		return []sent{{ask(h, 1), 0, false}}
	})},
	{"an answer that comes late", "dns-no-answer", 1, append(append([]sent{{ask(hosts4, 1), 0, true}}, spread(hosts4, 100, 6000)...), sent{reply(hosts4, 1, 0), 6000, false})},
	{"connections that are refused", "tcp-refused", 4, onEach(func(h [2]string, i int) []sent {
		return []sent{{segment(h, false, 5000, header.SYN, 7, 0, 100, 0), 0, false}, {segment(h, true, 5000, header.RST|header.ACK, 0, 8, 0, 0), 1, true}}
	})},
	{"connections that are reset", "tcp-reset", 8, onEach(func(h [2]string, i int) []sent {
		return []sent{
			{segment(h, false, 5000, header.SYN, 7, 0, 100, 0), 0, false}, {segment(h, true, 5000, header.SYN|header.ACK, 70, 8, 100, 0), 1, false},
			{segment(h, false, 5000, header.ACK, 8, 71, 100, 0), 2, false}, {segment(h, true, 5000, header.RST, 71, 0, 0, 0), 3, true},
			{segment(h, true, 5000, header.RST|header.ACK, 71, 8, 0, 0), 3, true},
		}
	})},
	{"no answer to SYN", "tcp-unanswered", 4, onEach(func(h [2]string, i int) []sent {
		return []sent{
			{segment(h, false, 5000, header.SYN, 7, 0, 100, 0), 0, true}, {segment(h, false, 5000, header.SYN, 7, 0, 100, 0), 300, true},
			{segment(h, false, 6000, header.SYN, 7, 0, 100, 0), 0, false}, {segment(h, true, 6000, header.SYN|header.ACK, 70, 8, 100, 0), 1, false},
		}
	})},
	{"slow handshakes", "tcp-slow-handshake", 4, onEach(func(h [2]string, i int) []sent {
		return []sent{
			{segment(h, false, 5000, header.SYN, 7, 0, 100, 0), 0, true}, {segment(h, true, 5000, header.SYN|header.ACK, 70, 8, 100, 0), 250, true},
			{segment(h, false, 5000, header.ACK, 8, 71, 100, 0), 251, false},
			{segment(h, false, 6000, header.SYN, 7, 0, 100, 0), 260, false}, {segment(h, true, 6000, header.SYN|header.ACK, 70, 8, 100, 0), 270, false},
			{segment(h, false, 6000, header.ACK, 8, 71, 100, 0), 271, false},
		}
	})},
	{"much that is sent again", "tcp-retransmissions", 4, onEach(storm(12))},
	{"some that is sent again", "", 0, onEach(storm(9))},
	{"no room", "tcp-zero-window", 4, onEach(func(h [2]string, i int) []sent {
		return []sent{{segment(h, false, 5000, header.ACK, 7, 7, 0, 0), 0, true}, {segment(h, false, 5000, header.ACK, 7, 7, 1, 0), 1, false},
			{segment(h, false, 5001, header.FIN|header.ACK, 7, 7, 0, 0), 2, false}}
	})},
	{"unreachable", "icmp-unreachable", 2, []sent{
		{headertest.Spec{Src: hosts4[0], Dst: hosts4[1], Protocol: header.ProtocolICMP, Type: 3, Code: 1, Payload: make([]byte, 28)}, 0, true},
		{headertest.Spec{Src: hosts6[0], Dst: hosts6[1], Protocol: header.ProtocolICMPv6, Type: 1, Code: 4, Payload: make([]byte, 28)}, 0, true},
		{headertest.Spec{Src: hosts4[0], Dst: hosts4[1], Protocol: header.ProtocolICMP, Type: 8}, 1, false},
		{headertest.Spec{Src: hosts6[0], Dst: hosts6[1], Protocol: header.ProtocolICMPv6, Type: 128}, 1, false},
	}},
	{"out of hops", "icmp-exceeded", 2, []sent{
		{headertest.Spec{Src: hosts4[0], Dst: hosts4[1], Protocol: header.ProtocolICMP, Type: 11, Payload: make([]byte, 28)}, 0, true},
		{headertest.Spec{Src: hosts6[0], Dst: hosts6[1], Protocol: header.ProtocolICMPv6, Type: 3, Payload: make([]byte, 28)}, 0, true},
		{headertest.Spec{Src: hosts6[0], Dst: hosts6[1], Protocol: header.ProtocolICMPv6, Type: 129}, 1, false},
	}},
}

// spread are packets that say nothing, one each 400 ms, for there to be no gap.
func spread(h [2]string, from, to int64) (all []sent) {
	for ms := from; ms <= to; ms += 200 {
		all = append(all, sent{headertest.Spec{Src: h[0], Dst: h[1], Protocol: header.ProtocolUDP, SrcPort: 9, DstPort: 9}, ms, false})
	}
	return all
}

// TestFindings: what is wrong is found, nothing else is, and the expression of a finding
// selects its packets and no others.
func TestFindings(t *testing.T) {
	for _, test := range findingTests {
		t.Run(test.name, func(t *testing.T) {
			made := packets(test.sent)
			r := NewAlone()
			for _, pkt := range made {
				r.AddPacket(pkt)
			}
			found := r.found(&About{File: "a.pcap"}, 8)
			if test.id == "" {
				if len(found) > 0 {
					t.Errorf("found %s", found[0].sentence())
				}
				return
			}
			if len(found) != 1 || found[0].id != test.id || found[0].count != test.count {
				for _, f := range found {
					t.Errorf("found %s %d: %s", f.id, f.count, f.sentence())
				}
				t.Fatalf("want %s, %d alone", test.id, test.count)
			}
			f := found[0]
			m, err := compile.NewMatcher(f.expression, capture.LinkEN10MB, compile.Options{})
			if err != nil {
				t.Fatalf("%s: %v", f.expression, err)
			}
			for i, pkt := range made {
				if got := m.Match(pkt); got != test.sent[i].is {
					t.Errorf("packet %d (%+v): selected %t by\n%s", i, test.sent[i].spec, got, f.expression)
				}
			}
			if !strings.HasPrefix(f.command, "tapdump -r a.pcap ") || !strings.HasSuffix(f.command, Quoted(f.expression)) {
				t.Errorf("command %s", f.command)
			}
			for _, c := range f.cases {
				if c.filter == "" {
					continue
				}
				if _, err := compile.NewMatcher(c.filter, capture.LinkEN10MB, compile.Options{}); err != nil {
					t.Errorf("%s: %v", c.filter, err)
				}
			}
		})
	}
}

// TestEveryKindIsTested: no kind is left out above or below.
func TestEveryKindIsTested(t *testing.T) {
	tested := map[string]bool{"arp-conflict": true, "clock-back": true, "gap": true}
	for _, test := range findingTests {
		tested[test.id] = true
	}
	for _, k := range kinds {
		if !tested[k.id] {
			t.Errorf("nothing asks for %s", k.id)
		}
	}
}

// arp is a reply that claims an address for a station.
func arp(station byte, last byte, tags ...uint16) *capture.Packet {
	b := []byte{255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, station}
	for _, tag := range tags {
		b = binary.BigEndian.AppendUint16(append(b, 0x81, 0), tag)
	}
	b = append(b, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, station, 10, 0, 0, last, 0, 0, 0, 0, 0, 0, 10, 0, 0, 9)
	return capture.NewPacket(capture.LinkEN10MB, b)
}

// TestARPConflicts: an address of two stations is one, also behind tags; probes, which
// claim nothing, are none.
func TestARPConflicts(t *testing.T) {
	all := []*capture.Packet{arp(1, 5), arp(1, 5), arp(2, 6), arp(3, 5, 7), arp(4, 7), arp(1, 5)}
	probe := arp(9, 0)
	copy(probe.Data[28:], []byte{0, 0, 0, 0})
	all = append(all, probe, probe)
	want := []bool{true, true, false, true, false, true, false, false}
	r := NewAlone()
	for _, pkt := range all {
		r.AddPacket(pkt)
	}
	found := r.found(&About{}, 8)
	if len(found) != 1 || found[0].id != "arp-conflict" || found[0].count != 1 {
		t.Fatalf("%+v", found)
	}
	m, err := compile.NewMatcher(found[0].expression, capture.LinkEN10MB, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, pkt := range all {
		if got := m.Match(pkt); got != want[i] {
			t.Errorf("packet %d: selected %t by %s", i, got, found[0].expression)
		}
	}
	if says := found[0].cases[0].says; says != "02:00:00:00:00:01 and 02:00:00:00:00:03" {
		t.Error(says)
	}
}

// TestClock: gaps and steps back, and neither where packets come as usual.
func TestClock(t *testing.T) {
	spec := headertest.Spec{Src: hosts4[0], Dst: hosts4[1], Protocol: header.ProtocolUDP, SrcPort: 9, DstPort: 9}
	for _, test := range []struct {
		name string
		ms   []int64
		ids  string
	}{
		{"as usual", []int64{0, 500, 900, 1500, 2400}, ""},
		{"a gap", []int64{0, 500, 2000, 2500}, "gap"},
		{"a step back", []int64{3000, 3500, 2400, 2500, 3600}, "clock-back"},
		{"a small step back", []int64{3000, 3500, 2600, 3600}, ""},
		{"both", []int64{0, 100, 5000, 100, 5100}, "clock-back gap"},
	} {
		r := NewAlone()
		for _, ms := range test.ms {
			r.AddPacket(spec.Packet(1_000_000+ms/1000, ms%1000*1e6))
		}
		var ids []string
		for _, f := range r.found(&About{}, 8) {
			ids = append(ids, f.id)
		}
		if got := strings.Join(ids, " "); got != test.ids {
			t.Errorf("%s: found %q, want %q", test.name, got, test.ids)
		}
	}
}

// TestHiddenPackets: what no expression finds is said.
func TestHiddenPackets(t *testing.T) {
	r := NewAlone()
	spec := reply(hosts6, 1, 3)
	spec.Extensions = []uint8{60}
	r.AddPacket(spec.Packet(1, 0))
	found := r.found(&About{}, 8)
	if len(found) != 1 || found[0].hidden != 1 || found[0].expression != "" {
		t.Errorf("%+v", found)
	}
}

// TestCommandsWithin: the command selects what the finding counts of what has passed a
// filter, whatever that says, and is not shown where it cannot be as it is.
func TestCommandsWithin(t *testing.T) {
	const e = "icmp[0] = 3"
	for _, c := range []struct{ file, within, want string }{
		{"a.pcap", "", "tapdump -r a.pcap '" + e + "'"},
		{"a.pcap", " \n", "tapdump -r a.pcap '" + e + "'"},
		{"a.pcap", "tcp\n\tor icmp\r\n", "tapdump -r a.pcap '(" + e + ") and (tcp or icmp)'"},
		{"a b.pcap", "vlan 7", "tapdump -r 'a b.pcap' -w - 'vlan 7' | tapdump -r - '" + e + "'"},
		{"", "not mpls", "tapdump -r FILE -w - 'not mpls' | tapdump -r - '" + e + "'"},
		{"a.pcap", "host " + strings.Repeat("a", commandLength), ""},
		{"a.pcap", "host \u202e", ""},
	} {
		f := finding{kindRow: &kinds[icmpUnreachable], expression: e}
		f.finish(&About{File: c.file, Within: c.within})
		if f.command != c.want {
			t.Errorf("within %.40q: %s; want %s", c.within, f.command, c.want)
		}
	}
}

// TestTimesOfAnyYear: no times make the intervals more, or end the program.
func TestTimesOfAnyYear(t *testing.T) {
	spec := headertest.Spec{Src: hosts4[0], Dst: hosts4[1], Protocol: header.ProtocolUDP, SrcPort: 9, DstPort: 9}
	times := []int64{1, math.MaxInt64, math.MinInt64, 1 << 32, 0, -1 << 31, -1 << 32, math.MaxInt64, 1<<32 - 1}
	for i := range times {
		r := NewAlone()
		for k := range times {
			r.AddPacket(spec.Packet(times[(i+k*(i+1))%len(times)], 999_999_999))
		}
		if n := r.over.n; n > bins {
			t.Errorf("%d intervals", n)
		}
		sum := uint64(0)
		for _, b := range r.over.bins {
			sum += b.packets
		}
		if sum != uint64(len(times)) {
			t.Errorf("%d packets in intervals", sum)
		}
		written(t, r.Report, About{})
	}
}
