package printer

import (
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
)

// madeTraffic is n packets of the generator, kept.
func madeTraffic(tb testing.TB, n int) []capture.Packet {
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

// BenchmarkProtocols prints the packets of testdata/packets, a protocol after the
// other: what all printers use, rather than what TCP uses.
func BenchmarkProtocols(b *testing.B) {
	var packets []capture.Packet
	for _, path := range packetFiles(b, "*") {
		packets = append(packets, loadPackets(b, path).packets...)
	}
	for _, flags := range []string{"-n", "-nv", "-nvvv -e"} {
		b.Run(flags, func(b *testing.B) {
			b.ReportAllocs()
			o := testOptions(b, flags)
			o.TimeFormat = 0
			p := New(o)
			var out []byte
			for i := 0; i < b.N; i++ {
				out = p.Print(out[:0], &packets[i%len(packets)])
			}
		})
	}
}

// BenchmarkTraffic prints made traffic with the usual flags.
func BenchmarkTraffic(b *testing.B) {
	packets := madeTraffic(b, 20000)
	for _, flags := range []string{"-n", "-nv", "-nvvv -e", "-nX", "-nA", "-nq"} {
		b.Run(flags, func(b *testing.B) {
			b.ReportAllocs()
			o := testOptions(b, flags)
			o.TimeFormat = 0
			p := New(o)
			var out []byte
			for i := 0; i < b.N; i++ {
				out = p.Print(out[:0], &packets[i%len(packets)])
			}
		})
	}
}
