package capture

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// wantInOrder checks that numbers 0 to n-1 came, each once and in order, with
// time stamps that never go back.
func wantInOrder(t *testing.T, got []Packet, n int) {
	t.Helper()
	if len(got) != n {
		t.Errorf("%d packets, want %d", len(got), n)
	}
	for i, p := range got {
		if number := frameNumber(p.Data[14:]); number != uint32(i) {
			t.Fatalf("packet %d of %d has number %d", i, len(got), number)
		}
		if i > 0 && p.Time.before(got[i-1].Time) {
			t.Fatalf("packet %d has time stamp %v, the one before %v", i, p.Time, got[i-1].Time)
		}
	}
}

func TestMergedDevices(t *testing.T) {
	for _, immediate := range []bool{false, true} {
		t.Run(fmt.Sprintf("immediate %v", immediate), func(t *testing.T) {
			inNamespace(t, func() {
				var parts []*Live
				var tx []*sender
				for i := 0; i < 3; i++ {
					a, b := fmt.Sprintf("tx%d", i), fmt.Sprintf("rx%d", i)
					veth(t, a, b)
					l := mustOpen(t, b, Config{Immediate: immediate, BufferSize: 32 << 20})
					mustStart(t, l, nil)
					parts = append(parts, l)
					tx = append(tx, newSender(t, a))
				}
				all, err := Merge(parts)
				if err != nil {
					t.Fatal(err)
				}
				// Device 0 has most packets, device 2 few.
				device := func(i int) int {
					switch {
					case i%100 == 0:
						return 2
					case i%7 == 0:
						return 1
					}
					return 0
				}
				const n = 20000
				go func() {
					for i := 0; i < n; i++ {
						tx[device(i)].send(udpFrame(1, uint32(i), 40))
						if i%4000 == 0 {
							time.Sleep(20 * time.Millisecond)
						}
					}
					waitReceived(t, all, n)
					all.Interrupt()
				}()
				got := collect(t, all)
				wantInOrder(t, got, n)
				for i, p := range got {
					if p.Interface != device(i) {
						t.Fatalf("packet %d comes from interface %d, want %d", i, p.Interface, device(i))
					}
				}
				if names := all.Interfaces(); len(names) != 3 || names[2].Name != "rx2" {
					t.Errorf("interfaces: %+v", names)
				}
				wantStats(t, all, Stats{Received: n})
			})
		})
	}
}

// One device says something, the other nothing: the one must not wait for the
// other for long.
func TestMergedSilentDevice(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		a, b := mustOpen(t, "rx0", Config{Immediate: true}), mustOpen(t, "lo", Config{Timeout: testenv.Patience})
		mustStart(t, a, nil)
		mustStart(t, b, nil)
		all, err := Merge([]*Live{b, a})
		if err != nil {
			t.Fatal(err)
		}
		newSender(t, "tx0").send(udpFrame(1, 0, 40))
		sent := time.Now()
		var p Packet
		if err := all.Next(&p); err != nil || p.Interface != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		if d := time.Since(sent); d > testenv.Patience/2 {
			t.Errorf("the packet came after %v, as if it had waited for the silent device", d)
		}
	})
}

func TestMergedDeviceGoesAway(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		veth(t, "tx1", "rx1")
		a, b := mustOpen(t, "rx0", Config{}), mustOpen(t, "rx1", Config{})
		mustStart(t, a, nil)
		mustStart(t, b, nil)
		all, err := Merge([]*Live{a, b})
		if err != nil {
			t.Fatal(err)
		}
		tx := []*sender{newSender(t, "tx0"), newSender(t, "tx1")}
		for i := uint32(0); i < 100; i++ {
			tx[i%2].send(udpFrame(1, i, 40))
		}
		waitReceived(t, all, 100)
		ip(t, "link del tx1")
		var p Packet
		for i := uint32(0); ; i++ {
			err := all.Next(&p)
			if err == nil && frameNumber(p.Data[14:]) == i {
				continue
			}
			if i != 100 || err == nil || err.Error() != "rx1: The interface disappeared" {
				t.Errorf("after %d packets of 100: %v", i, err)
			}
			break
		}
	})
}

func TestWorkersKeepOrder(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "rx0", Config{Workers: 4, Promiscuous: true, BufferSize: 32 << 20})
		mustStart(t, l, udpPort(t, 7777, MaxSnapLen))
		tx := newSender(t, "tx0")
		const n = 30000
		// Threads of several CPUs take turns, so that several rings get some.
		var turn sync.Mutex
		next := uint32(0)
		var done sync.WaitGroup
		for k := 0; k < 4; k++ {
			done.Add(1)
			go func() {
				defer done.Done()
				for {
					turn.Lock()
					if next == n {
						turn.Unlock()
						return
					}
					tx.send(udpFrame(7777, next, 40))
					if next%5 == 0 {
						tx.send(udpFrame(1, next, 40))
					}
					next++
					turn.Unlock()
				}
			}()
		}
		go func() {
			done.Wait()
			waitReceived(t, l, n)
			l.Interrupt()
		}()
		wantInOrder(t, collect(t, l), n)
		wantStats(t, l, Stats{Received: n})
	})
}
