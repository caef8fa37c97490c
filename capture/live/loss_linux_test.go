package live

import (
	"errors"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

func TestRingOverflow(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "rx0", Config{BufferSize: 1})
		mustStart(t, l, nil)
		tx := newSender(t, "tx0")
		const n = 3000
		for i := uint32(0); i < n; i++ {
			tx.send(udpFrame(1, i, 400))
		}
		waitReceived(t, l, n)
		l.Interrupt()
		got := collect(t, l)
		st, err := l.Stats()
		if err != nil || st.Received != n || uint64(len(got))+st.Dropped != n || st.Dropped == 0 {
			t.Errorf("%d captured, %+v, %v: want captured + dropped = received = %d", len(got), st, err, n)
		}
	})
}

func TestInterfaceGoesAway(t *testing.T) {
	for _, immediate := range []bool{false, true} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, "rx0", Config{Immediate: immediate})
			mustStart(t, l, udpPort(t, 1, capture.MaxSnapLen)) // not waitFlowing's
			tx := newSender(t, "tx0")
			for i := uint32(0); i < 10; i++ {
				tx.send(udpFrame(1, i, 40))
			}
			waitReceived(t, l, 10)
			ip(t, "link set rx0 down")
			ip(t, "link set rx0 up")
			waitFlowing(t, "tx0", "rx0")
			for i := uint32(10); i < 20; i++ {
				tx.send(udpFrame(1, i, 40))
			}
			waitReceived(t, l, 20)
			ip(t, "link del tx0")
			var p capture.Packet
			for i := uint32(0); ; i++ {
				err := l.Next(&p)
				if err == nil && frameNumber(p.Data[14:]) == i {
					continue
				}
				if i != 20 || err == nil || err.Error() != "The interface disappeared" {
					t.Errorf("after %d packets of 20: %v", i, err)
				}
				break
			}
		})
	}
}

// TestLost: behind a gap it is known how many packets are missing. Those of the
// next gap may be counted already.
func TestLost(t *testing.T) {
	nothing := errors.New("nothing there")
	for _, immediate := range []bool{false, true} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, "rx0", Config{BufferSize: 1, Immediate: immediate})
			mustStart(t, l, udpPort(t, 1, capture.MaxSnapLen))
			l.OnIdle(func() error { return nothing })
			tx := newSender(t, "tx0")
			number, next := uint32(0), uint32(0)
			missing, lost := uint64(0), uint64(0)
			deadline := time.Now().Add(testenv.Patience)
			// In the end one after the other, until one is not lost.
			for round := 0; round < 2 || next != number; round++ {
				if time.Now().After(deadline) {
					t.Fatalf("immediate %v: of %d packets, %d came or are told to be lost", immediate, number, next)
				}
				for range []int{2000, 1500, 1}[min(round, 2)] {
					tx.send(udpFrame(1, number, 400))
					number++
				}
				time.Sleep(3 * defaultTimeout) // for the kernel to hand over most blocks
				for {
					var p capture.Packet
					err := l.Next(&p)
					if err == nothing {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					gap, told := frameNumber(p.Data[14:])-next, l.Lost(0)
					missing += uint64(gap)
					lost += told
					if lost < missing || told > 0 && gap == 0 {
						t.Errorf("immediate %v: %d packets are missing before number %d, %d in all; Lost says %d, %d in all",
							immediate, gap, next+gap, missing, told, lost)
					}
					next += gap + 1
				}
			}
			if lost == 0 || lost != missing {
				t.Errorf("immediate %v: of %d packets %d are missing; Lost says %d", immediate, number, missing, lost)
			}
			wantStats(t, l, capture.Stats{Received: uint64(number), Dropped: lost})
		})
	}
}
