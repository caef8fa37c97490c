package records

import (
	"math/rand/v2"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
)

// TestKeys: records with the same key have the same text, and a key comes with a text;
// in packets that are damaged, and of other link types, too.
func TestKeys(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := make(map[string]map[Key]string)
	keyed := 0
	var r Packet
	g := traffic.New(3, 30_000)
	for pkt := (capture.Packet{}); g.Next(&pkt) == nil; {
		switch random.IntN(4) {
		case 0:
			pkt.Data = pkt.Data[:random.IntN(len(pkt.Data)+1)]
		case 1:
			pkt.Data[random.IntN(min(60, len(pkt.Data)))] = byte(random.Uint32())
		case 2:
			pkt.LinkType, pkt.Data = capture.LinkRAW, pkt.Data[min(14, len(pkt.Data)):]
		}
		r.Begin(1, &pkt)
		for _, c := range PacketColumns() {
			if c.Key == nil {
				continue
			}
			k, ok := c.Key(&r)
			if !ok {
				continue
			}
			text, has := c.Text(nil, &r)
			if !has {
				t.Fatalf("%s of % x has a key and no text", c.Name, pkt.Data)
			}
			if texts[c.Name] == nil {
				texts[c.Name] = make(map[Key]string)
			}
			if before, known := texts[c.Name][k]; known && before != string(text) {
				t.Fatalf("%s: key %x stands for %q and %q", c.Name, k, before, text)
			}
			texts[c.Name][k] = string(text)
			keyed++
		}
	}
	if keyed < 50_000 {
		t.Errorf("only %d keys", keyed)
	}
}
