package traffic

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestSame: a seed makes the same packets for ever, since benchmarks are
// compared over years. A change of the generator on purpose changes this sum.
func TestSame(t *testing.T) {
	const want = "c5b41d1ef2fae10623dce4d661c0278175f00507fb6f4d943c955bc0b76583e0"
	h := sha256.New()
	const packets = 100_000
	g := New(1, packets)
	var pkt capture.Packet
	n, last := 0, capture.Timestamp{}
	for {
		err := g.Next(&pkt)
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(pkt.Data) < minFrame || len(pkt.Data) > 1522 || pkt.Length != uint32(len(pkt.Data)) {
			t.Fatalf("packet %d has %d bytes, length %d: want %d to 1522", n, len(pkt.Data), pkt.Length, minFrame)
		}
		if pkt.Time.Sec < last.Sec || pkt.Time.Sec == last.Sec && pkt.Time.Nsec <= last.Nsec {
			t.Fatalf("packet %d is not later than the one before", n)
		}
		last = pkt.Time
		h.Write(pkt.Data)
		n++
	}
	if n != packets {
		t.Errorf("%d packets, want %d", n, packets)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the packets are others: sha256 %s, want %s", got, want)
	}
}

// TestShares: every kind of conversation has its share.
func TestShares(t *testing.T) {
	sum := 0
	for _, k := range kinds {
		sum += k.share
	}
	if sum != totalShare {
		t.Errorf("the shares of kinds add up to %d, want %d", sum, totalShare)
	}
}
