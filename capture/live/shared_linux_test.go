package live

import (
	"io"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestSharedLive: Stats, Wake and Interrupt may come from other goroutines while Next
// runs, Abandon too.
func TestSharedLive(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "rx0", Config{})
		mustStart(t, l, nil)
		s := newSender(t, "tx0")
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for range 50 {
					if _, err := l.Stats(); err != nil {
						t.Error(err)
					}
					l.Wake()
				}
			})
		}
		for n := range 100 {
			s.send(udpFrame(9, uint32(n), 20))
		}
		go func() {
			wg.Wait()
			waitReceived(t, l, 100)
			l.Interrupt()
		}()
		packets, woken := 0, 0
		for {
			var pkt capture.Packet
			err := l.Next(&pkt)
			if err == io.EOF {
				break
			}
			switch err {
			case nil:
				packets++
			case ErrWake:
				woken++
			default:
				t.Fatal(err)
			}
		}
		if packets != 100 || woken == 0 {
			t.Errorf("%d packets, woken %d times", packets, woken)
		}
		l.Abandon()
	})
}
