package records

import (
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/printer"
)

// madePackets are n packets of the generator, kept.
func madePackets(tb testing.TB, n int) []capture.Packet {
	tb.Helper()
	src := traffic.New(1, n)
	packets := make([]capture.Packet, 0, n)
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		kept := pkt
		kept.Data = append([]byte(nil), pkt.Data...)
		packets = append(packets, kept)
	}
	return packets
}

// ofGroups are the columns of groups.
func ofGroups(groups ...string) (columns []*Column[Packet]) {
	for _, c := range PacketColumns() {
		for _, g := range groups {
			if c.Group == g {
				columns = append(columns, c)
			}
		}
	}
	return columns
}

func named(names ...string) (columns []*Column[Packet]) {
	for _, name := range names {
		columns = append(columns, ByName(name))
	}
	return columns
}

// encodings are what is measured, and must not allocate.
var encodings = []struct {
	name    string
	columns []*Column[Packet]
	text    bool
	encoder func(columns []*Column[Packet]) func(b []byte, p *Packet) []byte
}{
	{"json/basic", ofGroups("basic"), false, asJSON},
	{"json/basic+text", ofGroups("basic", "text"), true, asJSON},
	{"json/headers", headerColumns(), false, asJSON},
	{"tsv/8", named("timestamp", "src_addr", "dst_addr", "src_port", "dst_port", "ip_protocol", "tcp_flags", "original_length"), false, asTabs},
	{"tsv/8 of tshark", named("frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "ip.proto", "tcp.flags", "frame.len"), false, asTabs},
	{"csv/8", named("timestamp", "src_addr", "dst_addr", "src_port", "dst_port", "ip_protocol", "tcp_flags", "original_length"), false, asCommas},
}

func asJSON(columns []*Column[Packet]) func(b []byte, p *Packet) []byte {
	return NewJSON(columns).Append
}

func asTabs(columns []*Column[Packet]) func(b []byte, p *Packet) []byte {
	return func(b []byte, p *Packet) []byte { return AppendSeparated(b, columns, p, Tab) }
}

func asCommas(columns []*Column[Packet]) func(b []byte, p *Packet) []byte {
	return func(b []byte, p *Packet) []byte { return AppendSeparated(b, columns, p, Comma) }
}

func BenchmarkPackets(b *testing.B) {
	packets := madePackets(b, 1000) // in the caches, as those are that were just read
	for _, e := range encodings {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			appended := e.encoder(e.columns)
			lines := printer.New(printer.Options{TimeFormat: 1})
			var p Packet
			var out, line []byte
			total := 0
			for i := 0; i < b.N; i++ {
				pkt := &packets[i%len(packets)]
				p.Begin(uint64(i+1), pkt)
				if e.text {
					line = lines.Print(line[:0], pkt)
					p.Line = line[:len(line)-1]
				}
				out = appended(out[:0], &p)
				total += len(out)
			}
			b.ReportMetric(float64(total)/float64(b.N), "bytes/packet")
		})
	}
}

// TestNoAllocations: a record allocates nothing, whatever its columns.
func TestNoAllocations(t *testing.T) {
	packets := madePackets(t, 2000)
	m := newMaker()
	out := make([]byte, 0, 1<<16)
	all := append(append([]*Column[Packet]{}, PacketColumns()...), Aliases()...)
	var records []Packet
	for i := range packets {
		records = append(records, *m.make(uint64(i+1), &packets[i]))
		records[i].Said, records[i].TCP, records[i].UDP = nil, nil, nil // the maker's
	}
	for name, encoder := range map[string]func(columns []*Column[Packet]) func(b []byte, p *Packet) []byte{
		"JSON": asJSON, "tabs": asTabs, "commas": asCommas,
	} {
		encode := encoder(all)
		n := testing.AllocsPerRun(3, func() {
			for i := range records {
				records[i].walked, records[i].known = false, false
				out = encode(out[:0], &records[i])
			}
		})
		if n > 0 {
			t.Errorf("%s: %v allocations for %d records", name, n, len(records))
		}
	}
}
