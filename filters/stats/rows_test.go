package stats

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/headertest"
)

// TestBest: the heap keeps what sorting all would put first.
func TestBest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, most := range []int{0, 1, 2, 7, 100} {
		for _, o := range []Order{ByBytes, ByPackets, ByRate, ByName} {
			var all []candidate
			for i := range 60 {
				c := candidate{n: uint32(i)}
				c.packets, c.bytes, c.recent = r.Uint64N(9), r.Uint64N(9), r.Uint64N(9)
				all = append(all, c)
			}
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			b := ordered(o, most, func(a, b *candidate) int { return cmp.Compare(a.n, b.n) })
			for _, c := range all {
				b.offer(c)
			}
			got := b.rows(new(marks), func(c *candidate) string { return fmt.Sprint(c.n) })
			slices.SortFunc(all, func(x, y candidate) int {
				by := [...]int{
					ByBytes:   cmp.Compare(y.bytes, x.bytes),
					ByPackets: cmp.Compare(y.packets, x.packets),
					ByRate:    cmp.Compare(y.recent, x.recent),
					ByName:    0,
				}
				return cmp.Or(by[o], cmp.Compare(x.n, y.n))
			})
			if len(got) != min(most, len(all)) {
				t.Fatalf("%d rows of %d, at most %d", len(got), len(all), most)
			}
			for i, row := range got {
				if row.Name != fmt.Sprint(all[i].n) {
					t.Errorf("order %d, %d rows: row %d is %s, want %d", o, most, i, row.Name, all[i].n)
				}
			}
		}
	}
}

// TestRows: rows are those of the page, with rates of what came between two marks.
func TestRows(t *testing.T) {
	s := NewStatistics(true)
	add := func(src string, protocol uint8, port uint16, n int) {
		for range n {
			spec := headertest.Spec{Src: src, Dst: "10.0.0.9", Protocol: protocol, SrcPort: 40000, DstPort: port, Payload: make([]byte, 100)}
			s.Add(spec.Packet(1735943676, 0), headertest.Decode(t, spec), Send)
		}
	}
	at := time.Unix(1000, 0)
	add("10.0.0.1", 17, 53, 3)
	s.Mark(at)
	hosts, all := s.HostRows(ByBytes, 10)
	if all != 2 || hosts[0].Rate != 0 {
		t.Errorf("%d hosts, %+v: there was no time yet", all, hosts)
	}
	add("10.0.0.2", 6, 80, 2)
	s.Mark(at.Add(2 * time.Second))
	length := func(protocol uint8) uint64 {
		spec := headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.9", Protocol: protocol, SrcPort: 40000, DstPort: 53, Payload: make([]byte, 100)}
		return uint64(spec.Packet(0, 0).Length)
	}
	tcp, udp := 2*length(6), 3*length(17)
	row := func(name string, packets, bytes, recent uint64) Row {
		return Row{name, 1, packets, bytes, float64(recent) / 2}
	}
	deep := func(r Row) Row { r.Level = 2; return r }
	check := func(what string, got, want []Row) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("protocols", s.ProtocolRows(nil), []Row{row("IPv4", 5, tcp+udp, tcp), deep(row("TCP", 2, tcp, tcp)), deep(row("UDP", 3, udp, 0))})
	hosts, _ = s.HostRows(ByRate, 2)
	check("hosts by rate", hosts, []Row{row("10.0.0.2", 2, tcp, tcp), row("10.0.0.9", 5, tcp+udp, tcp)})
	hosts, _ = s.HostRows(ByName, 10)
	check("hosts by name", hosts, []Row{row("10.0.0.1", 3, udp, 0), row("10.0.0.2", 2, tcp, tcp), row("10.0.0.9", 5, tcp+udp, tcp)})
	services, _ := s.ServiceRows(ByPackets, 10)
	check("services", services, []Row{row("UDP 53", 3, udp, 0), row("TCP 80", 2, tcp, tcp)})
	talks, n := s.ConversationRows(ByBytes, 1)
	check("conversations", talks, []Row{row("UDP 10.0.0.1:40000 10.0.0.9:53", 3, 300, 0)})
	if total := s.TotalRow(); n != 2 || total != (Row{Packets: 5, Bytes: tcp + udp, Rate: float64(tcp) / 2}) || s.PacketRate() != 1 {
		t.Errorf("%d conversations, in total %+v, %g packets a second", n, total, s.PacketRate())
	}
	packets, bytes, interval := s.OverTime(nil, nil)
	if !slices.Equal(packets, []uint64{5}) || !slices.Equal(bytes, []uint64{tcp + udp}) || interval != time.Millisecond {
		t.Errorf("over time %d packets, %d bytes, each %s", packets, bytes, interval)
	}
	s.All = true
	s.Restart()
	hosts, all = s.HostRows(ByBytes, 10)
	if total := s.TotalRow(); total != (Row{}) || all != 0 || len(hosts) != 0 || !s.All {
		t.Errorf("after a restart %+v, %d hosts", total, all)
	}
	add("10.0.0.1", 17, 53, 1)
	if hosts, _ = s.HostRows(ByBytes, 10); len(hosts) != 2 {
		t.Errorf("after a restart nothing is counted: %+v", hosts)
	}
}

// TestConversationNames: ends as addresses and ports, where there are any.
func TestConversationNames(t *testing.T) {
	for _, c := range []struct {
		local, remote string
		protocol      uint8
		ports         [2]uint16
		want          string
	}{
		{"2001:db8::1", "2001:db8::2", 6, [2]uint16{1, 2}, "TCP [2001:db8::1]:1 [2001:db8::2]:2"},
		{"10.0.0.1", "10.0.0.2", 1, [2]uint16{}, "ICMP 10.0.0.1 10.0.0.2"},
		{"2001:db8::1", "2001:db8::2", 58, [2]uint16{}, "ICMP 2001:db8::1 2001:db8::2"},
	} {
		e := endpoints{protocol: c.protocol, version: 6, localPort: c.ports[0], remotePort: c.ports[1]}
		local, remote := netip.MustParseAddr(c.local), netip.MustParseAddr(c.remote)
		if local.Is4() {
			e.version = 4
		}
		putAddr(&e.local, local)
		putAddr(&e.remote, remote)
		if got := e.name(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
