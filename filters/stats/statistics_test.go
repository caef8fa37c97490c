package stats

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// TestSpan: from the earliest packet to the latest, in whatever order they come.
func TestSpan(t *testing.T) {
	s := NewStatistics(false)
	if got := s.Span(); got != (Span{}) {
		t.Errorf("without packets: %v", got)
	}
	var p header.Packet
	for _, c := range []struct {
		at, first, last capture.Timestamp
	}{
		{capture.Timestamp{Sec: 100, Nsec: 500}, capture.Timestamp{Sec: 100, Nsec: 500}, capture.Timestamp{Sec: 100, Nsec: 500}},
		{capture.Timestamp{Sec: 100, Nsec: 501}, capture.Timestamp{Sec: 100, Nsec: 500}, capture.Timestamp{Sec: 100, Nsec: 501}},
		{capture.Timestamp{Sec: 100, Nsec: 499}, capture.Timestamp{Sec: 100, Nsec: 499}, capture.Timestamp{Sec: 100, Nsec: 501}},
		{capture.Timestamp{Sec: 101, Nsec: 0}, capture.Timestamp{Sec: 100, Nsec: 499}, capture.Timestamp{Sec: 101, Nsec: 0}},
		{capture.Timestamp{Sec: 99, Nsec: 999}, capture.Timestamp{Sec: 99, Nsec: 999}, capture.Timestamp{Sec: 101, Nsec: 0}},
		{capture.Timestamp{Sec: 100, Nsec: 1}, capture.Timestamp{Sec: 99, Nsec: 999}, capture.Timestamp{Sec: 101, Nsec: 0}},
		{capture.Timestamp{Sec: -5, Nsec: 1}, capture.Timestamp{Sec: -5, Nsec: 1}, capture.Timestamp{Sec: 101, Nsec: 0}},
	} {
		s.AddOther(&capture.Packet{Time: c.at, Length: 1}, &p)
		want := Span{time.Unix(c.first.Sec, c.first.Nsec), time.Unix(c.last.Sec, c.last.Nsec)}
		if got := s.Span(); got != want {
			t.Errorf("after %v: %v, want %v", c.at, got, want)
		}
	}
	if got := s.SpanFrom(time.Time{}); got != s.Span() {
		t.Errorf("of a savefile: %v", got)
	}
	before := time.Now()
	if got := s.SpanFrom(time.Unix(7, 0)); !got.Begin.Equal(time.Unix(7, 0)) || got.End.Before(before) || got.End.After(time.Now()) {
		t.Errorf("of a live capture: %v", got)
	}
}

// TestHostLimit: hosts beyond the limit are counted in one number, those that are
// known go on.
func TestHostLimit(t *testing.T) {
	s := NewStatistics(true)
	if s.hostLimit != MaxHosts {
		t.Errorf("%d hosts are told apart, want %d", s.hostLimit, MaxHosts)
	}
	s.hostLimit = 3
	add := func(src, dst string) {
		spec := headertest.Spec{Src: src, Dst: dst, Protocol: 17, SrcPort: 7, DstPort: 8}
		pkt := spec.Packet(0, 0)
		s.Add(pkt, headertest.Decode(t, spec), Send)
	}
	add("10.0.0.1", "10.0.0.2")
	add("10.0.0.3", "10.0.0.4") // one too many
	add("10.0.0.5", "10.0.0.6") // two
	add("10.0.0.1", "10.0.0.3")
	if transfers, hosts := s.Unlisted(); transfers != 0 || hosts != 3 {
		t.Errorf("%d packets of transfers, %d of hosts are not listed", transfers, hosts)
	}
	for addr, want := range map[string]uint64{"10.0.0.1": 2, "10.0.0.2": 1, "10.0.0.3": 2} {
		if got := s.hosts[netip.MustParseAddr(addr)]; got == nil || got.packets != want || got.bytes != want*42 {
			t.Errorf("%s: %v, want %d packets", addr, got, want)
		}
	}
	if len(s.hosts) != 3 {
		t.Errorf("%d hosts", len(s.hosts))
	}
}

// TestServices: packets count for the lower port of their protocol, and those
// without ports for none.
func TestServices(t *testing.T) {
	s := NewStatistics(true)
	for _, c := range []struct {
		protocol uint8
		src, dst uint16
	}{{6, 0, 80}, {6, 80, 5000}, {6, 5000, 80}, {17, 53, 65535}, {17, 65535, 65535}, {1, 0, 0}} {
		spec := headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: c.protocol, SrcPort: c.src, DstPort: c.dst}
		s.Add(spec.Packet(0, 0), headertest.Decode(t, spec), Send)
	}
	var got []string
	for proto, all := range s.services {
		for port, c := range all {
			if c.packets > 0 {
				got = append(got, fmt.Sprintf("%d/%d: %d, %d", proto, port, c.packets, c.bytes))
			}
		}
	}
	if want := []string{"0/0: 1, 54", "0/80: 2, 108", "1/53: 1, 42", "1/65535: 1, 42"}; !slices.Equal(got, want) {
		t.Errorf("services %q, want %q", got, want)
	}
}

// TestProtocols: the row of the hierarchy that a packet counts for.
func TestProtocols(t *testing.T) {
	for _, c := range []struct {
		version, protocol  uint8
		network, transport string
	}{
		{4, 6, "IPv4", "TCP"}, {4, 17, "IPv4", "UDP"}, {4, 1, "IPv4", "ICMP"}, {4, 58, "IPv4", "other"}, {4, 47, "IPv4", "other"},
		{6, 6, "IPv6", "TCP"}, {6, 17, "IPv6", "UDP"}, {6, 58, "IPv6", "ICMP"}, {6, 1, "IPv6", "other"}, {6, 132, "IPv6", "other"},
		{0, 6, "other", "other"}, {5, 17, "other", "other"},
	} {
		network, transport := kindNames(protocolOf(&header.Packet{Version: c.version, Protocol: c.protocol}))
		if network != c.network || transport != c.transport {
			t.Errorf("protocol %d of IP version %d: %s %s", c.protocol, c.version, network, transport)
		}
	}
}

// TestRateIntervals: which interval a packet counts for, before and after they
// have become wider.
func TestRateIntervals(t *testing.T) {
	var r rate
	add := func(ms int64) { r.add(capture.Timestamp{Sec: 1000 + ms/1000, Nsec: ms % 1000 * 1e6}, 7) }
	check := func(when string, width time.Duration, n int, packets map[int]uint64) {
		t.Helper()
		if r.width != int64(width) || r.n != n {
			t.Errorf("%s: %d intervals of %v, want %d of %v", when, r.n, time.Duration(r.width), n, width)
		}
		for i, got := range r.tallies {
			if want := packets[i]; got != (tally{want, 7 * want}) {
				t.Errorf("%s: interval %d has %v, want %d packets", when, i, got, want)
			}
		}
	}
	add(0)
	check("first", time.Millisecond, 1, map[int]uint64{0: 1})
	add(5)
	add(5)
	add(2)
	check("in order or not", time.Millisecond, 6, map[int]uint64{0: 1, 2: 1, 5: 2})
	add(63)
	check("the last that fits", time.Millisecond, 64, map[int]uint64{0: 1, 2: 1, 5: 2, 63: 1})
	add(64)
	check("twice as wide", 2*time.Millisecond, 33, map[int]uint64{0: 1, 1: 1, 2: 2, 31: 1, 32: 1})
	add(-20)
	check("before the first", 2*time.Millisecond, 33, map[int]uint64{0: 2, 1: 1, 2: 2, 31: 1, 32: 1})
	add(1023)
	check("far on", 16*time.Millisecond, 64, map[int]uint64{0: 5, 3: 1, 4: 1, 63: 1})
}

// TestAppendScaled: numbers take at most five characters, rounded.
func TestAppendScaled(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 99.4: "99", 999: "999", 999.4: "999", 999.5: "1.0k", 1000: "1.0k", 1049: "1.0k", 1051: "1.1k", 99949: "99.9k", 99950: "100k",
		100000: "100k", 999499: "999k", 999500: "1.0M", 1e6: "1.0M", 1e9: "1.0G", 1e12: "1.0T", 1e15: "1.0P", 1e18: "1.0E", 9.2e18: "9.2E", math.MaxUint64: "18.4E",
		1e22: "10000E",
	} {
		if got := string(appendScaled(nil, v)); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}

// TestSparkline: eight heights, of the highest rate.
func TestSparkline(t *testing.T) {
	s := NewStatistics(true)
	packets := func(t tally) uint64 { return t.packets }
	all := make([]tally, 17)
	for i := range all {
		all[i].packets = uint64(i)
	}
	s.rate.width = int64(2 * time.Millisecond)
	if got, want := string(s.appendSparkline([]byte("x"), "rate", all, packets)), "xrate        ▁▁▂▂▃▃▄▄▅▅▆▆▇▇█ max 8.0k\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.rate.width = 0
	if got, want := string(s.appendSparkline(nil, "rate", nil, packets)), "rate      \n"; got != want {
		t.Errorf("without packets %q, want %q", got, want)
	}
}

// TestBars: a bar is as long as the share of all bytes, in eighths.
func TestBars(t *testing.T) {
	s := NewStatistics(true)
	s.bytes = 128
	for bytes, want := range map[uint64]string{0: "", 1: "▏", 2: "▎", 3: "▍", 4: "▌", 5: "▋", 6: "▊", 7: "▉", 8: "█", 9: "█▏", 127: strings.Repeat("█", 15) + "▉", 128: strings.Repeat("█", 16)} {
		line := fmt.Sprintf("    name%35s%8d%8d  %s\n", "", 1, bytes, want)
		if got := string(s.appendBar(nil, "name", 2, tally{1, bytes})); got != line {
			t.Errorf("%q, want %q", got, line)
		}
	}
	if got := string(s.appendBar(nil, "name", 1, tally{})); strings.Contains(got, "█") {
		t.Error(got)
	}
}

// TestLargest: the rows with most bytes, at most ten; of equals those whose
// address or name comes first.
func TestLargest(t *testing.T) {
	var rows []named
	for i := range 12 {
		rows = append(rows, named{addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), tally: tally{1, uint64(i / 2)}})
	}
	var got []byte
	for _, r := range largest(rows) {
		got = append(got, r.addr.As4()[3])
	}
	if want := []byte{10, 11, 8, 9, 6, 7, 4, 5, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("hosts %d, want %d", got, want)
	}
	rows = []named{{service: "UDP 53", tally: tally{1, 5}}, {service: "TCP 53", tally: tally{9, 5}}, {service: "TCP 80", tally: tally{1, 6}}}
	if got := largest(rows); len(got) != 3 || got[0].service != "TCP 80" || got[1].service != "TCP 53" {
		t.Errorf("services %v", got)
	}
}

// TestTopPage: the page says how many lines it has, behind what was there.
func TestTopPage(t *testing.T) {
	s := sampleStatistics(t, true)
	page, lines := s.AppendTop([]byte("a line\nand another\n"))
	if got := strings.Count(string(page), "\n") - 2; got != lines || !strings.HasPrefix(string(page), "a line\nand another\nPackets ") {
		t.Errorf("%d lines, not %d:\n%s", got, lines, page)
	}
	for i := range 100 {
		spec := headertest.Spec{Src: fmt.Sprintf("10.0.1.%d", i), Dst: "10.0.0.2", Protocol: 17, SrcPort: uint16(i), DstPort: 1000}
		s.Add(spec.Packet(1735943676, 0), headertest.Decode(t, spec), Send)
	}
	if _, lines := s.AppendTop(nil); lines > 40 {
		t.Errorf("a page of %d lines", lines)
	}
}

// TestICMPTypes: every type that asks or answers (RFC 792, 950, 1256; RFC 4443,
// 4861); others go by their addresses.
func TestICMPTypes(t *testing.T) {
	for _, c := range []struct {
		src, dst      string
		protocol      uint8
		asks, answers []uint8
	}{
		{"192.0.2.1", "192.0.2.2", 1, []uint8{8, 10, 13, 15, 17}, []uint8{0, 3, 4, 5, 9, 11, 12, 14, 16, 18}},
		{"2001:db8::1", "2001:db8::2", 58, []uint8{128, 133, 135, 139}, []uint8{0, 1, 2, 3, 4, 100, 127, 129, 134, 136, 137, 140}},
	} {
		for kind := range 256 {
			k := uint8(kind)
			want := Unknown
			switch {
			case slices.Contains(c.asks, k):
				want = Send
			case slices.Contains(c.answers, k), c.protocol == 58 && k < 128:
				want = Receive
			}
			forth := headertest.Decode(t, headertest.Spec{Src: c.src, Dst: c.dst, Protocol: c.protocol, Type: k})
			back := headertest.Decode(t, headertest.Spec{Src: c.dst, Dst: c.src, Protocol: c.protocol, Type: k})
			if got := orientICMP(forth); got != want {
				t.Errorf("protocol %d, type %d: %d, want %d", c.protocol, kind, got, want)
			}
			first, second := want, want
			if want == Unknown {
				first, second = Send, Receive // the lower address is the client
			}
			if got1, got2 := orient(forth), orient(back); got1 != first || got2 != second {
				t.Errorf("protocol %d, type %d: %d and back %d, want %d and %d", c.protocol, kind, got1, got2, first, second)
			}
		}
	}
}

// TestPrivate: the blocks that are not routed, and their neighbours.
func TestPrivate(t *testing.T) {
	for addr, want := range map[string]bool{
		"10.0.0.0": true, "10.255.255.255": true, "11.0.0.0": false, "172.16.0.1": true, "172.31.255.1": true, "172.32.0.1": false, "192.168.3.4": true, "192.169.0.1": false,
		"169.254.7.7": true, "127.0.0.1": true, "fc00::1": true, "fdff::1": true, "fe80::1": true, "febf::1": true, "::1": true, "2001:db8::1": false, "ff02::1": false, "224.0.0.1": false,
	} {
		if got := isPrivate(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is private: %t", addr, got)
		}
	}
}

// TestBegins: packets with SYN begin connections, answers included.
func TestBegins(t *testing.T) {
	for _, c := range []struct {
		protocol, flags uint8
		want            bool
	}{{6, header.SYN, true}, {6, header.SYN | header.ACK, true}, {6, header.ACK, false}, {6, 0xff &^ header.SYN, false}, {17, header.SYN, false}} {
		p := headertest.Decode(t, headertest.Spec{Protocol: c.protocol, SrcPort: 1, DstPort: 2, Flags: c.flags, Payload: make([]byte, 20)})
		if got := Begins(p); got != c.want {
			t.Errorf("protocol %d with flags %#x begins a connection: %t", c.protocol, c.flags, got)
		}
	}
}

// TestForgotten: of more connections from lower ports than are remembered, those
// forgotten are counted.
func TestForgotten(t *testing.T) {
	h := NewHosts(nil)
	p := headertest.Decode(t, headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", SrcPort: 20, DstPort: 5000, Flags: header.SYN})
	for i := range MaxServers + 5 {
		p.Src = netip.AddrFrom4([4]byte{10, byte(1 + i>>16), byte(i >> 8), byte(i)})
		if _, way := h.Direction(p); way != Send {
			t.Fatalf("connection %d goes %d", i, way)
		}
	}
	if got := h.Forgotten(); got != 5 {
		t.Errorf("%d connections are forgotten, want 5", got)
	}
}

// TestEnds: both ends of a packet, the local one first.
func TestEnds(t *testing.T) {
	a, b := End{netip.MustParseAddr("10.0.0.1"), 4000}, End{netip.MustParseAddr("10.0.0.2"), 80}
	p := headertest.Decode(t, headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", SrcPort: 4000, DstPort: 80})
	for way, want := range map[Direction][2]End{Send: {a, b}, Unknown: {a, b}, Receive: {b, a}} {
		if local, remote := Ends(p, way); local != want[0] || remote != want[1] {
			t.Errorf("way %d: %v, %v", way, local, remote)
		}
	}
}

// TestOrder: rows come by protocol name, IP version, local and remote end; each
// grouping puts together what it says, whichever end has the lower port.
func TestOrder(t *testing.T) {
	specs := []headertest.Spec{
		{Src: "10.0.0.1", Dst: "10.0.0.9", Protocol: 1, Type: 8},
		{Src: "10.0.0.2", Dst: "10.0.0.9", Protocol: 1, Type: 8},
		{Src: "fd00::1", Dst: "fd00::9", Protocol: 58, Type: 128},
		{Src: "10.0.0.1", Dst: "10.0.0.9", Protocol: 6, SrcPort: 80, DstPort: 300},
		{Src: "10.0.0.1", Dst: "10.0.0.9", Protocol: 6, SrcPort: 300, DstPort: 80},
		{Src: "10.0.0.1", Dst: "10.0.0.9", Protocol: 6, SrcPort: 300, DstPort: 81},
		{Src: "10.0.0.1", Dst: "10.0.0.9", Protocol: 6, SrcPort: 301, DstPort: 80},
		{Src: "10.0.0.1", Dst: "10.0.1.9", Protocol: 6, SrcPort: 5, DstPort: 80},
		{Src: "10.0.0.2", Dst: "10.0.0.9", Protocol: 6, SrcPort: 5, DstPort: 80},
		{Src: "fd00::1", Dst: "fd00::9", Protocol: 6, SrcPort: 5, DstPort: 80},
		{Src: "10.0.0.1", Dst: "10.0.0.9", Protocol: 17, SrcPort: 5, DstPort: 80},
	}
	s := NewStatistics(false)
	for _, spec := range slices.Backward(specs) {
		s.Add(spec.Packet(0, 0), headertest.Decode(t, spec), Send)
	}
	for g, want := range map[Grouping]string{
		Ungrouped: `1 10.0.0.1 -1 10.0.0.9 -1 -1 x1
1 10.0.0.2 -1 10.0.0.9 -1 -1 x1
58 fd00::1 -1 fd00::9 -1 -1 x1
6 10.0.0.1 5 10.0.1.9 80 -1 x1
6 10.0.0.1 80 10.0.0.9 300 -1 x1
6 10.0.0.1 300 10.0.0.9 80 -1 x1
6 10.0.0.1 300 10.0.0.9 81 -1 x1
6 10.0.0.1 301 10.0.0.9 80 -1 x1
6 10.0.0.2 5 10.0.0.9 80 -1 x1
6 fd00::1 5 fd00::9 80 -1 x1
17 10.0.0.1 5 10.0.0.9 80 -1 x1
`,
		ByService: `1 10.0.0.1 10.0.0.9 -1 x1
1 10.0.0.2 10.0.0.9 -1 x1
58 fd00::1 fd00::9 -1 x1
6 10.0.0.1 10.0.0.9 80 x3
6 10.0.0.1 10.0.0.9 81 x1
6 10.0.0.1 10.0.1.9 5 x1
6 10.0.0.2 10.0.0.9 5 x1
6 fd00::1 fd00::9 5 x1
17 10.0.0.1 10.0.0.9 5 x1
`,
		ByAddresses: `1 10.0.0.1 10.0.0.9 -1 x1
1 10.0.0.2 10.0.0.9 -1 x1
58 fd00::1 fd00::9 -1 x1
6 10.0.0.1 10.0.0.9 -1 x4
6 10.0.0.1 10.0.1.9 -1 x1
6 10.0.0.2 10.0.0.9 -1 x1
6 fd00::1 fd00::9 -1 x1
17 10.0.0.1 10.0.0.9 -1 x1
`,
	} {
		var got strings.Builder
		s.transfers.each(g, func(r *row) {
			local, remote := r.ports()
			if g == Ungrouped {
				fmt.Fprintln(&got, r.protocol, r.addr(&r.local), local, r.addr(&r.remote), remote, r.port, fmt.Sprint("x", r.group))
			} else {
				fmt.Fprintln(&got, r.protocol, r.addr(&r.local), r.addr(&r.remote), r.port, fmt.Sprint("x", r.group))
			}
			if r.ways[0].packets != r.group || r.ways[1].packets != 0 {
				t.Errorf("grouping %d: %v has %v", g, r.endpoints, r.ways)
			}
		})
		if got.String() != want {
			t.Errorf("grouping %d:\n%swant\n%s", g, &got, want)
		}
	}
}

// TestGrow: transfers are found again, however many came after them.
func TestGrow(t *testing.T) {
	s := NewStatistics(false)
	const n = 5 * chunk
	spec := headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", SrcPort: 1, DstPort: 2}
	p, pkt := headertest.Decode(t, spec), spec.Packet(0, 0)
	for round := uint64(1); round <= 2; round++ {
		for i := range n {
			p.SrcPort, p.Version = int32(i%65536), uint8(4)
			p.Dst = netip.AddrFrom4([4]byte{10, 1, byte(i >> 16), byte(i >> 8)})
			if got := s.Add(pkt, p, Send); got != round {
				t.Fatalf("transfer %d has passage number %d, want %d", i, got, round)
			}
		}
		if s.transfers.n != n || 2*s.transfers.n >= len(s.transfers.slots) {
			t.Errorf("round %d: %d transfers in %d slots", round, s.transfers.n, len(s.transfers.slots))
		}
	}
}

// TestSortKeys compares the order of keys, which are made of packed bytes, with
// that of the fields one after the other.
func TestSortKeys(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 9))
	rank := map[uint8]int{1: 0, 58: 1, 6: 2, 17: 3}
	var all []endpoints
	for range 400 {
		e := endpoints{protocol: [...]uint8{1, 58, 6, 17}[rnd.IntN(4)], version: [...]uint8{4, 6}[rnd.IntN(2)]}
		e.local[[...]int{0, 7, 14, 15}[rnd.IntN(4)]] = byte(rnd.Uint32())
		e.remote[[...]int{0, 1, 7, 15}[rnd.IntN(4)]] = byte(rnd.Uint32())
		e.localPort, e.remotePort = uint16(rnd.Uint32())>>rnd.IntN(16), uint16(rnd.Uint32())>>rnd.IntN(16)
		all = append(all, e)
	}
	for _, g := range []Grouping{Ungrouped, ByService, ByAddresses} {
		for range 20_000 {
			a, b := all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]
			if rnd.IntN(2) == 0 { // alike but for one field
				c := a
				switch rnd.IntN(5) {
				case 0:
					c.local = b.local
				case 1:
					c.remote = b.remote
				case 2:
					c.localPort = b.localPort
				case 3:
					c.remotePort = b.remotePort
				case 4:
					c.version = b.version
				}
				b = c
			}
			want := cmp.Or(cmp.Compare(rank[a.protocol], rank[b.protocol]), cmp.Compare(a.version, b.version), bytes.Compare(a.local[:], b.local[:]))
			if g == Ungrouped {
				want = cmp.Or(want, cmp.Compare(a.localPort, b.localPort), bytes.Compare(a.remote[:], b.remote[:]), cmp.Compare(a.remotePort, b.remotePort))
			} else if want = cmp.Or(want, bytes.Compare(a.remote[:], b.remote[:])); g == ByService {
				want = cmp.Or(want, cmp.Compare(min(a.localPort, a.remotePort), min(b.localPort, b.remotePort)))
			}
			var x, y sortKey
			x.fill(&a, g)
			y.fill(&b, g)
			if got := slices.Compare(x.words[:], y.words[:]); got != want {
				t.Fatalf("grouping %d: %+v is compared with %+v as %d, want %d", g, a, b, got, want)
			}
		}
	}
}
