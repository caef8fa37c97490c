package index

import (
	"bytes"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
)

// BenchmarkWriter is of packets as a copy has them: in a buffer that was just written.
func BenchmarkWriter(b *testing.B) {
	const n = 50_000
	g := traffic.New(1, n)
	var data []byte
	var packets []capture.Packet
	for range n {
		var p capture.Packet
		if err := g.Next(&p); err != nil {
			b.Fatal(err)
		}
		data = append(data, p.Data...)
		packets = append(packets, p)
	}
	at := 0
	for i := range packets {
		p := &packets[i]
		p.Data = data[at : at+len(p.Data)]
		at += len(p.Data)
	}
	var size, blocks int
	for _, with := range []string{"copy", "index"} {
		b.Run(with, func(b *testing.B) {
			buffer := make([]byte, 256<<10)
			for b.Loop() {
				var out bytes.Buffer
				w := NewWriter(&out)
				used := len(buffer)
				for i := range packets {
					p := packets[i]
					if used+len(p.Data) > len(buffer) {
						used = 0
						for j := i; j < len(packets) && used+len(packets[j].Data) <= len(buffer); j++ {
							used += copy(buffer[used:], packets[j].Data)
						}
						used = 0
					}
					p.Data = buffer[used : used+len(p.Data)]
					used += len(p.Data)
					if with == "index" {
						w.Packet(&p, len(p.Data)+16)
					}
				}
				w.end()
				w.flush(0)
				w.close([32]byte{})
				size, blocks = out.Len(), int(w.blocks)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/packet")
			if blocks > 0 {
				b.ReportMetric(100*float64(size)/float64(len(data)+16*n), "%")
				b.ReportMetric(float64(size)/float64(blocks), "bytes/block")
			}
		})
	}
}
