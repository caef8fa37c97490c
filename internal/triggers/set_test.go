package triggers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/traffic"
)

// setOf makes a set of what a user writes.
func setOf(t testing.TB, cfg Config, what ...string) *Set {
	t.Helper()
	var all []Trigger
	for _, w := range what {
		one, err := Parse(w, facts)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	s, err := New(all, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// told are firings as text.
func told(all []Firing) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "%d.%09d %t %s: %s\n", f.Time.Sec, f.Time.Nsec, f.Packet, f.Rule, f.Reason)
	}
	return b.String()
}

// judged is what fires by packets, one after the other, and at the end.
func judged(s *Set, packets ...*capture.Packet) string {
	var b strings.Builder
	for _, pkt := range packets {
		b.WriteString(told(s.Packet(pkt)))
	}
	b.WriteString(told(s.End()))
	return b.String()
}

func is(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("fired:\n%swant:\n%s", got, want)
	}
}

var (
	web  = headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: header.ProtocolTCP, SrcPort: 5000, DstPort: 80, Payload: []byte("GET /secret HTTP/1.1\r\n\r\n")}
	name = headertest.Spec{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: header.ProtocolUDP, SrcPort: 5001, DstPort: 53, Payload: []byte("example")}
)

// TestPackets: what fires by a packet says which, and what was asked of it.
func TestPackets(t *testing.T) {
	s := setOf(t, Config{}, "udp port 53", "find:sec[a-z]+", "find:EXAMPLE", "condition:port=80; ttl>1", "condition:flags!=SYN", "arp")
	is(t, judged(s, web.Packet(1, 5), name.Packet(2, 0), capture.NewPacket(capture.LinkEN10MB, append(make([]byte, 12), 8, 6, 0, 1))),
		`1.000000005 true find:sec[a-z]+: "secret" in TCP 10.0.0.1:5000 > 10.0.0.2:80
1.000000005 true condition:port=80; ttl>1: port=80, ttl=64 in TCP 10.0.0.1:5000 > 10.0.0.2:80
1.000000005 true condition:flags!=SYN: flags!=SYN in TCP 10.0.0.1:5000 > 10.0.0.2:80
2.000000000 true udp port 53: UDP [2001:db8::1]:5001 > [2001:db8::2]:53
2.000000000 true find:EXAMPLE: "example" in UDP [2001:db8::1]:5001 > [2001:db8::2]:53
0.000000000 true arp: a packet of 16 bytes
`)
}

// TestLivePackets: what the kernel knows of a packet beside its bytes counts.
func TestLivePackets(t *testing.T) {
	s := setOf(t, Config{Live: true}, "vlan 7 and udp", "inbound", "outbound", "udp port 53")
	tagged := name.Packet(1, 0)
	tagged.Data = slices.Concat(tagged.Data[:12], []byte{0x81, 0, 0, 7}, tagged.Data[12:])
	tagged.Length += 4
	tagged.Added = 4
	tagged.Direction = capture.DirOut
	received := name.Packet(2, 0)
	received.Direction = capture.DirIn
	ends := ": UDP [2001:db8::1]:5001 > [2001:db8::2]:53\n"
	is(t, judged(s, tagged, received), "1.000000000 true vlan 7 and udp"+ends+"1.000000000 true outbound"+ends+
		"1.000000000 true udp port 53"+ends+ // the kernel sees a tag beside the packet
		"2.000000000 true inbound"+ends+"2.000000000 true udp port 53"+ends)
}

// TestLinkTypes: an expression is compiled for each link type; one for which it is not
// valid is told.
func TestLinkTypes(t *testing.T) {
	ether, raw := web.Packet(1, 0), web.Packet(2, 0)
	raw.LinkType, raw.Data, raw.Length = capture.LinkRAW, raw.Data[14:], raw.Length-14
	links := []capture.LinkType{capture.LinkRAW, capture.LinkEN10MB}
	s := setOf(t, Config{Links: links}, "tcp port 80", "ether src 2:0:0:0:0:1 or tcp")
	got := judged(s, raw, ether)
	if n := strings.Count(got, "tcp port 80: TCP"); n != 2 {
		t.Errorf("fired:\n%s", got)
	}
	if strings.Contains(got, "2.000000000 true ether") || !strings.Contains(got, "1.000000000 true ether") {
		t.Errorf("fired:\n%s", got)
	}
	if errs := s.Unusable(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "--trigger ether src 2:0:0:0:0:1 or tcp: ") {
		t.Errorf("unusable: %v", errs)
	}
	if _, err := New([]Trigger{{Rule: "wlan type mgt", Kind: Filter, Text: "wlan type mgt"}}, Config{Links: links}); err == nil {
		t.Error("an expression for none of the link types is no error")
	}
}

// known are facts of every packet.
type known struct{ rtt time.Duration }

func (known) Decoded() []byte { return []byte("inflated text") }
func (k known) Fact(fact, n int) ([]byte, int64, bool) {
	switch {
	case n > 1:
	case fact == 0 && n == 0:
		return nil, 3, true
	case fact == 1 && n == 0:
		return nil, int64(k.rtt), true
	case fact == 2:
		return [][]byte{[]byte("first.example"), []byte("www.example")}[n], 0, true
	case fact == 3 && n == 0:
		return nil, 404, true
	}
	return nil, 0, false
}

// TestFacts: conditions on facts say the value that fulfils them.
func TestFacts(t *testing.T) {
	s := setOf(t, Config{Facts: known{312 * time.Millisecond}}, "condition:tcp=retransmission", "condition:rtt>200ms; sni=WWW.*; status=404", "condition:rtt>1s",
		"condition:sni!=x", "find:inflated")
	ends := " in TCP 10.0.0.1:5000 > 10.0.0.2:80\n"
	is(t, judged(s, web.Packet(1, 0)), "1.000000000 true condition:tcp=retransmission: tcp=retransmission+zero_window"+ends+
		`1.000000000 true condition:rtt>200ms; sni=WWW.*; status=404: rtt=312ms, sni="www.example", status=404`+ends+
		"1.000000000 true condition:sni!=x: sni!=x"+ends+
		`1.000000000 true find:inflated: "inflated" decoded`+ends)
}

// TestFindInStream: a text that two segments have is found where streams are searched.
func TestFindInStream(t *testing.T) {
	a, b := web, web
	a.Payload, b.Payload = []byte("GET /sec"), []byte("ret")
	a.Seq, b.Seq = 100, 108
	for _, stream := range []bool{false, true} {
		got := judged(setOf(t, Config{Stream: stream}, "find:secret"), a.Packet(1, 0), b.Packet(2, 0))
		if (strings.HasPrefix(got, "2.0")) != stream {
			t.Errorf("in streams %t, fired: %q", stream, got)
		}
	}
}

// at are packets, n each millisecond, in some milliseconds of a second.
func at(sec, from, to, n int) (all []*capture.Packet) {
	for ms := from; ms < to; ms++ {
		for i := range n {
			all = append(all, web.Packet(int64(sec), int64(ms*1e6+i)))
		}
	}
	return all
}

// TestRate: a rate fires where it crosses the limit, and not again before it was well on
// the other side for a second.
func TestRate(t *testing.T) {
	var packets []*capture.Packet
	for sec := range 3 {
		packets = append(packets, at(100+sec, 0, 1000, 4)...) // 4000 a second
	}
	for sec := 3; sec < 6; sec++ {
		packets = append(packets, at(100+sec, 0, 1000, 6)...) // 6000
	}
	packets = append(packets, at(106, 0, 1000, 5)...) // 5000: not well below
	packets = append(packets, at(107, 0, 1000, 6)...)
	packets = append(packets, at(108, 0, 1000, 1)...)
	packets = append(packets, at(109, 0, 50, 120)...)
	is(t, judged(setOf(t, Config{}, "rate>5000/s"), packets...), "103.600000000 false rate>5000/s: rate 5,200/s\n109.049000119 false rate>5000/s: rate 6,900/s\n")
	is(t, judged(setOf(t, Config{}, "rate<2kpackets/s"), packets...), "108.900000000 false rate<2kpackets/s: rate 1,500/s\n")
	bits := fmt.Sprintf("rate>%dbit/s", 5000*8*packets[0].Length)
	if got := judged(setOf(t, Config{}, bits), packets...); !strings.HasPrefix(got, "103.600000000 false "+bits+": rate 3.2 Mbit/s\n") {
		t.Errorf("fired: %s", got)
	}
	if got := judged(setOf(t, Config{}, "rate>300kbyte/s"), packets...); !strings.Contains(got, "kbyte/s\n") {
		t.Errorf("fired: %s", got)
	}
}

// TestRateOfAnotherCapture: what comes after the clock was set back is measured anew, and
// gaps and times that cannot be are no trouble.
func TestRateOfAnotherCapture(t *testing.T) {
	s := setOf(t, Config{}, "rate>500/s", "rate<1/s")
	var packets []*capture.Packet
	for i := range int64(100) {
		packets = append(packets, at(int(1000-10*i), 0, 40, 1)...)
	}
	is(t, judged(s, packets...), "")
	is(t, judged(setOf(t, Config{}, "rate<1/s"), web.Packet(100, 0), web.Packet(102, 0), web.Packet(102, 5e8), web.Packet(130, 0)),
		"101.100000000 false rate<1/s: rate 0/s\n103.600000000 false rate<1/s: rate 0/s\n")
	s = setOf(t, Config{}, "rate<1/s", "silence:100h")
	is(t, judged(s, web.Packet(1, 0), web.Packet(1, 1e8), web.Packet(1<<40, 0)),
		"2.200000000 false rate<1/s: rate 0/s\n360001.100000000 false silence:100h: no packet for 1281023h53m36.9s\n")
	for _, sec := range []int64{-1 << 63, 1<<63 - 1, 0, -5} {
		for _, nsec := range []int64{-1 << 63, 1<<63 - 1, 5} {
			s.Packet(web.Packet(sec, nsec))
		}
	}
}

// TestSilence: a savefile's silence is between its packets, and said once.
func TestSilence(t *testing.T) {
	s := setOf(t, Config{}, "silence:10s")
	is(t, judged(s, web.Packet(100, 0), web.Packet(109, 9e8), web.Packet(120, 5e8), web.Packet(121, 0), web.Packet(200, 0)),
		"119.900000000 false silence:10s: no packet for 10.6s\n131.000000000 false silence:10s: no packet for 1m19s\n")
	// Packets a little out of order are no silence.
	is(t, judged(setOf(t, Config{}, "silence:1s"), web.Packet(100, 9e8), web.Packet(100, 0), web.Packet(101, 5e8)), "")
}

// TestTick: of a live capture the clock says what does not come.
func TestTick(t *testing.T) {
	s := setOf(t, Config{Live: true}, "silence:2s", "rate<100/s", "rate>100/s")
	now := time.Unix(1000, 0)
	var got strings.Builder
	pass := func(d time.Duration, packets int) {
		for end := now.Add(d); now.Before(end); now = now.Add(100 * time.Millisecond) {
			for range packets {
				got.WriteString(told(s.Packet(web.Packet(now.Unix(), int64(now.Nanosecond())))))
			}
			got.WriteString(told(s.Tick(now)))
		}
	}
	pass(3*time.Second, 0)
	is(t, got.String(), "1001.100000000 false rate<100/s: rate 0/s\n1002.000000000 false silence:2s: no packet for 2s\n")
	got.Reset()
	pass(3*time.Second, 20)
	is(t, got.String(), "1003.600000000 false rate>100/s: rate 120/s\n")
	got.Reset()
	pass(10*time.Second, 0)
	is(t, got.String(), "1006.600000000 false rate<100/s: rate 80/s\n1007.900000000 false silence:2s: no packet for 2s\n")
	got.Reset()
	pass(time.Second, 20)
	pass(time.Second, 0)
	if strings.Contains(got.String(), "silence") {
		t.Errorf("fired:\n%s", &got)
	}
}

// TestLost: a counter that rises fires, each time it does.
func TestLost(t *testing.T) {
	s := setOf(t, Config{Live: true}, "drops")
	now := time.Unix(7, 0)
	var got strings.Builder
	for _, st := range []capture.Stats{{}, {Received: 5}, {Dropped: 1}, {Dropped: 1}, {Dropped: 1300}, {Dropped: 1301, IfDropped: 2}, {IfDropped: 3}} {
		got.WriteString(told(s.Lost(st, now)))
	}
	is(t, got.String(), `7.000000000 false drops: 1 packet dropped by the kernel
7.000000000 false drops: 1,299 packets dropped by the kernel
7.000000000 false drops: 1 packet dropped by the kernel, 2 packets dropped by the interface
7.000000000 false drops: 1 packet dropped by the interface
`)
}

// every are triggers of all kinds that packets are judged by; none fires for what is
// generated.
var every = []string{"tcp port 1 and host 192.0.2.77", "find:no such text", "condition:port=1; ttl>300000", "rate>1gpackets/s", "silence:1h"}

func generated(n int) (packets []*capture.Packet) {
	g := traffic.New(1, n)
	var pkt capture.Packet
	for g.Next(&pkt) == nil {
		one := pkt
		one.Data = slices.Clone(pkt.Data)
		packets = append(packets, &one)
	}
	return packets
}

// TestNoAllocation: packets cost none, also where a trigger fires for each of a flow.
func TestNoAllocation(t *testing.T) {
	packets := generated(2000)
	s := setOf(t, Config{}, append(slices.Clone(every[:2]), every[3:]...)...)
	once := func() {
		for _, pkt := range packets {
			s.Packet(pkt)
		}
	}
	once() // what is searched learns its states
	if n := testing.AllocsPerRun(5, once); n > 0 {
		t.Errorf("%v allocations for %d packets", n, len(packets))
	}
	s = setOf(t, Config{}, "tcp", "condition:port=80", "find:secret")
	pkt := web.Packet(1, 0)
	s.Packet(pkt)
	if n := testing.AllocsPerRun(100, func() {
		if len(s.Packet(pkt)) != 3 {
			t.Error("it does not fire")
		}
	}); n > 4 { // hits are found for people
		t.Errorf("%v allocations where a packet fires again", n)
	}
}

// BenchmarkPacket: what one trigger costs a packet, and all of them.
func BenchmarkPacket(b *testing.B) {
	packets := generated(10000)
	for _, c := range []struct {
		name string
		what []string
	}{{"nothing", nil}, {"filter", every[:1]}, {"find", every[1:2]}, {"rate", every[3:4]}} {
		b.Run(c.name, func(b *testing.B) {
			s := setOf(b, Config{}, c.what...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Packet(packets[i%len(packets)])
			}
		})
	}
}
