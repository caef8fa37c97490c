package filters

import (
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// TestSharedConditions: goroutines share conditions, and decode at the same time.
func TestSharedConditions(t *testing.T) {
	conditions, err := ParseConditions("port=80,443; ttl<65; flags=SYN")
	if err != nil {
		t.Fatal(err)
	}
	data := []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0xc0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var p header.Packet
			for range 100 {
				if !header.Decode(capture.NewPacket(capture.LinkRAW, data), &p) || !conditions.Match(&p) {
					t.Error("a packet does not match")
				}
			}
		})
	}
	wg.Wait()
}
