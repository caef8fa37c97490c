package live

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// TestBlockSize: blocks are larger only where packets may wait, and as far as many are left.
func TestBlockSize(t *testing.T) {
	for _, c := range []struct {
		size    int
		timeout time.Duration
		want    int
	}{
		{DefaultBuffer, defaultTimeout, 256 << 10},
		{64 << 20, 125 * time.Millisecond, 256 << 10},
		{DefaultBuffer, 250 * time.Millisecond, 512 << 10},
		{DefaultBuffer - 1, 250 * time.Millisecond, 256 << 10},
		{2 << 20, 250 * time.Millisecond, 256 << 10},
		{16 << 20, 250 * time.Millisecond, 1 << 20},
		{1 << 30, 250 * time.Millisecond, 1 << 20},
	} {
		if got := blockSizeFor(c.size, c.timeout); got != c.want {
			t.Errorf("a ring of %d bytes, held back for %v: blocks of %d bytes, want %d", c.size, c.timeout, got, c.want)
		}
	}
}

// TestLargerBlocks: a ring of such blocks yields each packet once, in order.
func TestLargerBlocks(t *testing.T) {
	f := newFakeRing(3)
	f.block = 2 * blockSize
	f.mem = make([]byte, f.count*f.block)
	want := int64(0)
	for range 4 {
		if !f.handOver(1e18+want, 1e18+want+1) {
			t.Fatal("no room")
		}
		for range 2 {
			var p capture.Packet
			if ok, err := f.next(&p); !ok || err != nil {
				t.Fatalf("packet %d: %t, %v", want, ok, err)
			}
			if got := int64(binary.BigEndian.Uint64(p.Data)) - 1e18; got != want {
				t.Fatalf("packet %d, want %d", got, want)
			}
			want++
		}
	}
}
