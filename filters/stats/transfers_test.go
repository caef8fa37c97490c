package stats

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
)

func TestDirection(t *testing.T) {
	h := NewHosts([]netip.Addr{netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("fe80::1%eth0")})
	for _, c := range []struct {
		src, dst string
		want     Direction
	}{
		{"203.0.113.5", "10.0.0.1", Send},
		{"10.0.0.1", "203.0.113.5", Receive},
		{"fe80::1", "fe80::2", Send},
		{"203.0.113.5", "203.0.113.5", Send},
		{"8.8.8.8", "10.0.2.15", Receive},
		{"10.0.2.15", "8.8.8.8", Send},
		{"8.8.8.8", "9.9.9.9", Unknown},
		{"fd00::1", "2001:db8::1", Send},
		{"2001:db8::1", "2001:db8::2", Unknown},
		{"10.0.2.15", "192.168.1.1", Send}, // from the higher port
	} {
		p := headertest.Decode(t, headertest.Spec{Src: c.src, Dst: c.dst, SrcPort: 4000, DstPort: 80})
		if got, _ := h.Direction(p); got != c.want {
			t.Errorf("%s > %s: %d, want %d", c.src, c.dst, got, c.want)
		}
	}
}

// TestClient: between two private hosts, and between two that are not, the
// client's end is the local one, whichever port it has.
func TestClient(t *testing.T) {
	type seen struct {
		back         bool // from the second host
		sport, dport int
		protocol     int
		flags, icmp  uint8
		want         Direction // Send: from the first host, which is the client
	}
	const s, r = Send, Receive
	for _, test := range []struct {
		name    string
		packets []seen
	}{
		{"the higher port", []seen{{false, 5000, 80, 6, header.ACK, 0, s}, {true, 80, 5000, 6, header.ACK, 0, r}, {false, 5000, 80, 6, 0, 0, s}}},
		{"SYN from the higher port", []seen{{false, 5000, 80, 6, header.SYN, 0, s}, {true, 80, 5000, 6, header.SYN | header.ACK, 0, r}, {false, 5000, 80, 6, 0, 0, s}}},
		{"SYN from the lower port", []seen{{false, 20, 5000, 6, header.SYN, 0, s}, {true, 5000, 20, 6, header.SYN | header.ACK, 0, r},
			{true, 5000, 20, 6, header.ACK, 0, r}, {false, 20, 5000, 6, header.ACK, 0, s}}},
		{"only the answer to SYN", []seen{{true, 5000, 20, 6, header.SYN | header.ACK, 0, r}, {false, 20, 5000, 6, header.ACK, 0, s}}},
		{"a later SYN the other way", []seen{{false, 20, 5000, 6, header.SYN, 0, s}, {true, 5000, 20, 6, header.SYN, 0, s}, {true, 5000, 20, 6, 0, 0, s}, {false, 20, 5000, 6, 0, 0, r}}},
		{"equal ports", []seen{{true, 179, 179, 6, header.SYN, 0, s}, {false, 179, 179, 6, header.SYN | header.ACK, 0, r}, {true, 179, 179, 6, 0, 0, s}}},
		{"UDP", []seen{{true, 53, 4000, 17, 0, 0, r}, {false, 4000, 53, 17, 0, 0, s}}},
		{"ping", []seen{{false, 0, 0, 1, 0, 8, s}, {true, 0, 0, 1, 0, 0, r}, {true, 0, 0, 1, 0, 8, s}, {false, 0, 0, 1, 0, 0, r}}},
		{"unreachable", []seen{{true, 0, 0, 1, 0, 3, r}, {false, 0, 0, 1, 0, 3, r}}},
	} {
		for _, hosts := range [][2]string{{"10.0.0.1", "192.168.1.1"}, {"8.8.8.8", "9.9.9.9"}, {"fd00::1", "fe80::2"}} {
			h := NewHosts(nil)
			stats := NewStatistics(false)
			for i, c := range test.packets {
				spec := headertest.Spec{Src: hosts[0], Dst: hosts[1], SrcPort: uint16(c.sport), DstPort: uint16(c.dport), Protocol: uint8(c.protocol), Flags: c.flags, Type: c.icmp}
				if c.back {
					spec.Src, spec.Dst = spec.Dst, spec.Src
				}
				if hosts[0] == "fd00::1" && c.protocol == 1 {
					spec.Protocol, spec.Type = 58, map[uint8]uint8{8: 128, 0: 129, 3: 1}[c.icmp]
				}
				p := headertest.Decode(t, spec)
				d, way := h.Direction(p)
				if way != c.want || d != way && hosts[0] != "8.8.8.8" || d != Unknown && hosts[0] == "8.8.8.8" {
					t.Errorf("%s, %s: packet %d goes %d, shown as %d; want %d", test.name, hosts[0], i, way, d, c.want)
				}
				stats.Add(spec.Packet(0, 0), p, way)
			}
			if n := stats.transfers.n; n != 1 && !strings.HasPrefix(test.name, "a later") && test.name != "ping" && test.name != "unreachable" {
				t.Errorf("%s, %s: %d transfers", test.name, hosts[0], n)
			}
		}
	}
}

// sampleStatistics is a conversation with data both ways, and others.
func sampleStatistics(t testing.TB, top bool) *Statistics {
	s := NewStatistics(top)
	s.Location = time.UTC
	hosts := NewHosts(nil)
	add := func(n int64, spec headertest.Spec) uint64 {
		pkt := spec.Packet(1735943675, n*100_000_000)
		var p header.Packet
		if !header.Decode(pkt, &p) {
			t.Fatalf("%+v cannot be decoded", spec)
		}
		_, way := hosts.Direction(&p)
		return s.Add(pkt, &p, way)
	}
	out := headertest.Spec{Src: "10.0.2.15", Dst: "103.102.166.224", Protocol: 6, SrcPort: 50396, DstPort: 80}
	in := headertest.Spec{Src: out.Dst, Dst: out.Src, Protocol: 6, SrcPort: 80, DstPort: 50396}
	data := func(s headertest.Spec, n int) headertest.Spec { s.Payload = make([]byte, n); return s }
	for i, spec := range []headertest.Spec{out, in, out, data(out, 77), in, data(in, 500), data(in, 442), out, data(out, 5)} {
		number := add(int64(i), spec)
		if want := []uint64{1, 1, 2, 3, 2, 3, 4, 4, 5}[i]; number != want {
			t.Errorf("packet %d has passage number %d, want %d", i, number, want)
		}
	}
	second := out
	second.SrcPort = 50397
	add(9, data(second, 1))
	add(10, headertest.Spec{Src: "10.0.2.9", Dst: "103.102.166.224", Protocol: 6, SrcPort: 50396, DstPort: 443})
	add(11, headertest.Spec{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: 17, SrcPort: 53, DstPort: 4000, Payload: []byte("ab")})
	add(12, headertest.Spec{Src: "2001:db8::2", Dst: "2001:db8::1", Protocol: 17, SrcPort: 4000, DstPort: 53, Payload: []byte("abc")})
	add(13, headertest.Spec{Src: "10.0.2.15", Dst: "8.8.8.8", Protocol: 1, Payload: []byte("ping")})
	add(14, headertest.Spec{Src: "fe80::1", Dst: "ff02::1", Protocol: 58})
	for _, spec := range []headertest.Spec{
		{Src: "10.0.2.15", Dst: "8.8.8.8", Protocol: 47},
		{Src: "10.0.2.15", Dst: "8.8.8.8", Protocol: 17, Fragment: 100, Payload: make([]byte, 40)},
		{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: 132},
		{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: 17, Extensions: []uint8{44}, Fragment: 100, Payload: make([]byte, 40)},
		{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: 1},
	} {
		pkt := spec.Packet(1735943680, 0)
		var p header.Packet
		if header.Decode(pkt, &p) {
			t.Fatalf("%+v is decoded", spec)
		}
		s.AddOther(pkt, &p)
	}
	s.AddOther(&capture.Packet{Time: capture.Timestamp{Sec: 1735943680}, Data: make([]byte, 60), Length: 60}, &header.Packet{})
	return s
}

func TestStatisticsGolden(t *testing.T) {
	for _, c := range []struct {
		name  string
		group Grouping
		all   bool
		write func(s *Statistics, w io.Writer) error
	}{
		{"text", Ungrouped, false, func(s *Statistics, w io.Writer) error { return s.WriteText(w, s.Span()) }},
		{"text-service", ByService, true, func(s *Statistics, w io.Writer) error { return s.WriteText(w, s.Span()) }},
		{"text-addresses", ByAddresses, false, func(s *Statistics, w io.Writer) error { return s.WriteText(w, s.Span()) }},
		{"json", Ungrouped, false, func(s *Statistics, w io.Writer) error { return s.WriteJSON(w, s.Span()) }},
		{"json-service", ByService, true, func(s *Statistics, w io.Writer) error { return s.WriteJSON(w, s.Span()) }},
		{"csv", Ungrouped, false, func(s *Statistics, w io.Writer) error { return s.WriteCSV(w, s.Span()) }},
		{"csv-addresses", ByAddresses, false, func(s *Statistics, w io.Writer) error { return s.WriteCSV(w, s.Span()) }},
		{"top", Ungrouped, false, func(s *Statistics, w io.Writer) error {
			page, _ := s.AppendTop(nil)
			_, err := w.Write(page)
			return err
		}},
	} {
		s := sampleStatistics(t, c.name == "top")
		s.Grouping, s.All = c.group, c.all
		var b strings.Builder
		if err := c.write(s, &b); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		testenv.Golden(t, filepath.Join("testdata", c.name+".golden"), []byte(got))
		switch {
		case strings.HasPrefix(c.name, "json"):
			var v map[string]any
			if err := json.Unmarshal([]byte(got), &v); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		case strings.HasPrefix(c.name, "csv"):
			if _, err := csv.NewReader(strings.NewReader(got)).ReadAll(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// TestEmptyStatistics: without packets there are no times.
func TestEmptyStatistics(t *testing.T) {
	s := NewStatistics(true)
	s.Location = time.UTC
	var b strings.Builder
	if err := s.WriteText(&b, s.Span()); err != nil || !strings.Contains(b.String(), "Begin time:     -\n") {
		t.Errorf("%v, %s", err, &b)
	}
	b.Reset()
	var v map[string]any
	if err := s.WriteJSON(&b, s.Span()); err != nil || json.Unmarshal([]byte(b.String()), &v) != nil || v["begin"] != nil {
		t.Errorf("%v, %s", err, &b)
	}
	s.AppendTop(nil)
}

// TestRate: intervals widen as time goes on, and nothing is lost.
func TestRate(t *testing.T) {
	var r rate
	for _, ms := range []int64{0, 1, 63, 64, 1000, -5, 1 << 40, 5} {
		r.add(capture.Timestamp{Sec: ms / 1000, Nsec: ms % 1000 * 1e6}, 10)
	}
	sum := tally{}
	for _, x := range r.tallies[:r.n] {
		sum.packets += x.packets
		sum.bytes += x.bytes
	}
	if sum != (tally{8, 80}) || r.n > rateIntervals {
		t.Errorf("%v in %d intervals", sum, r.n)
	}
}

// manyTransfers counts packets of n transfers.
func manyTransfers(n int) *Statistics {
	s := NewStatistics(false)
	s.Location = time.UTC
	p := header.Packet{Protocol: header.ProtocolTCP, Version: 6, Length: 5, DstPort: 443}
	pkt := capture.Packet{Length: 100}
	remote := [16]byte{0x20, 1, 0x0d, 0xb8}
	p.Src = netip.MustParseAddr("fd00::1")
	for i := range n {
		h := uint32(i) * 2654435761 // no order
		remote[12], remote[13], remote[14], remote[15] = byte(h>>24), byte(h>>16), byte(h>>8), byte(h)
		p.Dst, p.SrcPort = netip.AddrFrom16(remote), int32(h>>7&0xffff)
		s.Add(&pkt, &p, Send)
	}
	return s
}

// TestMillionTransfers: all that is ever allocated for them stays under 512 MiB,
// sorted and written too; BenchmarkSortMillion has how long that takes.
func TestMillionTransfers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second and 200 MB")
	}
	allocated := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.TotalAlloc
	}
	const n = 1_000_000
	before := allocated()
	s := manyTransfers(n)
	counted := allocated()
	keys := s.transfers.sorted(Ungrouped)
	sorted := allocated()
	s.Grouping = ByService
	if err := s.WriteText(io.Discard, s.Span()); err != nil {
		t.Fatal(err)
	}
	written := allocated()
	t.Logf("%d transfers: %d MiB counted, %d MiB sorted, %d MiB written", len(keys), (counted-before)>>20, (sorted-counted)>>20, (written-sorted)>>20)
	if len(keys) != n || written-before > 512<<20 {
		t.Errorf("%d transfers took %d MiB; the bound is 512 MiB", len(keys), (written-before)>>20)
	}
}

// TestTooManyTransfers are counted in one number.
func TestTooManyTransfers(t *testing.T) {
	s := sampleStatistics(t, false)
	s.transfers.limit = s.transfers.n
	p := headertest.Decode(t, headertest.Spec{SrcPort: 7, DstPort: 8})
	for range 10 {
		if n := s.Add(&capture.Packet{}, p, Send); n != 0 {
			t.Errorf("passage number %d", n)
		}
	}
	var b strings.Builder
	if err := s.WriteText(&b, s.Span()); err != nil || !strings.HasSuffix(b.String(), "\nNot listed:     10 packets of transfers after the first 6\n") {
		t.Errorf("%v, %s", err, &b)
	}
}
