package parquetfile

import (
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/traffic"
)

// counting is a writer that counts bytes.
type counting int64

func (c *counting) Write(b []byte) (int, error) {
	*c += counting(len(b))
	return len(b), nil
}

// BenchmarkPackets writes the basic columns of packets: time and bytes a packet.
func BenchmarkPackets(b *testing.B) {
	if !Available {
		b.Skip(ErrLeftOut)
	}
	var columns []*records.Column[records.Packet]
	for _, c := range records.PacketColumns() {
		if c.Group == "basic" {
			columns = append(columns, c)
		}
	}
	var pkts []capture.Packet
	g := traffic.New(1, 20_000)
	for pkt := (capture.Packet{}); g.Next(&pkt) == nil; {
		pkt.Data = append([]byte(nil), pkt.Data...)
		pkts = append(pkts, pkt)
	}
	var out counting
	w, err := NewWriter(&out, "", columns)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var r records.Packet
	for i := 0; b.Loop(); i++ {
		r.Begin(uint64(i+1), &pkts[i%len(pkts)])
		if err := w.Add(&r); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(nil); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(out)/float64(b.N), "bytes/packet")
}
