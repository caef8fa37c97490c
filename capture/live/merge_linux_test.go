package live

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// wantInOrder checks that numbers 0 to n-1 came, each once, in the order of their
// stamps but for those that late counts, and that these stamps are in the order in
// which they were sent.
func wantInOrder(t *testing.T, got []capture.Packet, n int, late Late) {
	t.Helper()
	if len(got) != n {
		t.Errorf("%d packets, want %d", len(got), n)
	}
	var behind uint64
	latest := capture.Timestamp{}
	for _, p := range got {
		if p.Time.Before(latest) {
			behind++
		} else {
			latest = p.Time
		}
	}
	if behind != late.Packets {
		t.Errorf("%d packets are behind later ones, %d counted as that", behind, late.Packets)
	}
	slices.SortStableFunc(got, func(a, b capture.Packet) int { return cmp.Compare(nanoseconds(a.Time), nanoseconds(b.Time)) })
	for i, p := range got {
		if number := frameNumber(p.Data[14:]); number != uint32(i) {
			at := slices.IndexFunc(got, func(p capture.Packet) bool { return frameNumber(p.Data[14:]) == uint32(i) })
			t.Fatalf("by its stamp packet %d of %d has number %d, stamped %v, the one before %v; its own place is %d; %+v",
				i, len(got), number, p.Time, got[max(i-1, 0)].Time, at, late)
		}
	}
}

// unlessLate has do capture again while packets of it came too late to be put in
// order: a processor may stand still for longer than any packet waits.
func unlessLate(t *testing.T, do func() Late) {
	t.Helper()
	for attempt := 1; ; attempt++ {
		late := do()
		if late == (Late{}) || t.Failed() {
			return
		}
		if attempt == 5 {
			t.Fatalf("packets came too late in each of %d captures: %+v", attempt, late)
		}
		t.Logf("capture %d: late: %+v", attempt, late)
	}
}

// awaitStamps waits until the network stack stamps packets when they arrive, which
// it begins some time after it is asked to.
func awaitStamps(t *testing.T) {
	t.Helper()
	veth(t, "stamps0", "stamps1")
	l := mustOpen(t, "stamps1", Config{Immediate: true})
	defer l.Close()
	mustStart(t, l, nil)
	tx := newSender(t, "stamps0")
	r := l.engine.(*ringEngine).rings[0]
	testenv.WaitFor(t, "packets are stamped when they arrive", func() bool {
		tx.send(udpFrame(1, 0, 40))
		var p capture.Packet
		if err := l.Next(&p); err != nil {
			t.Fatal(err)
		}
		return r.frameHeader(r.frameOffset(r.index)).Status&unix.TP_STATUS_TS_SOFTWARE != 0
	})
}

func TestMergedDevices(t *testing.T) {
	for _, immediate := range []bool{false, true} {
		t.Run(fmt.Sprintf("immediate %v", immediate), func(t *testing.T) {
			unlessLate(t, func() (late Late) {
				inNamespace(t, func() { late = mergedDevices(t, immediate) })
				return late
			})
		})
	}
}

func mergedDevices(t *testing.T, immediate bool) Late {
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
	awaitStamps(t)
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
	wantInOrder(t, got, n, all.Late())
	for i, p := range got {
		if p.Interface != device(i) {
			t.Fatalf("packet %d comes from interface %d, want %d", i, p.Interface, device(i))
		}
	}
	if names := all.Interfaces(); len(names) != 3 || names[2].Name != "rx2" {
		t.Errorf("interfaces: %+v", names)
	}
	wantStats(t, all, capture.Stats{Received: n})
	return all.Late()
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
		var p capture.Packet
		if err := all.Next(&p); err != nil || p.Interface != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		if d := time.Since(sent); d > testenv.Patience/2 {
			t.Errorf("the packet came after %v, as if it had waited for the silent device", d)
		}
	})
}

// One of several devices goes: that is said once, behind all its packets, and the
// others go on; the counts stay. The last one ends the capture.
func TestMergedDeviceGoesAway(t *testing.T) {
	for _, cfg := range []Config{{}, {Immediate: true}, {Workers: 2}} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			veth(t, "tx1", "rx1")
			a, b := mustOpen(t, "rx0", cfg), mustOpen(t, "rx1", cfg)
			mustStart(t, a, udpPort(t, 1, capture.MaxSnapLen)) // not waitFlowing's
			mustStart(t, b, udpPort(t, 1, capture.MaxSnapLen))
			all, err := Merge([]*Live{a, b})
			if err != nil {
				t.Fatal(err)
			}
			tx := []*sender{newSender(t, "tx0"), newSender(t, "tx1")}
			var p capture.Packet
			next := uint32(0)
			expect := func(n uint32, err *Error) {
				t.Helper()
				for ; next < n; next++ {
					if err := all.Next(&p); err != nil || frameNumber(p.Data[14:]) != next {
						t.Fatalf("packet %d: number %d, %v", next, frameNumber(p.Data[14:]), err)
					}
				}
				var e *Error
				if got := all.Next(&p); !errors.As(got, &e) || *e != *err {
					t.Fatalf("after %d packets: %v, want %v", n, got, err)
				}
			}
			for i := range uint32(100) {
				tx[i%2].send(udpFrame(1, i, 40))
			}
			ip(t, "link del tx1")
			expect(100, &Error{Device: "rx1", Reason: "The interface disappeared", GoesOn: true})
			for i := range uint32(50) {
				tx[0].send(udpFrame(1, 100+i, 40))
			}
			ip(t, "link del tx0")
			expect(150, &Error{Device: "rx0", Reason: "The interface disappeared"})
			if err := all.Next(&p); err != io.EOF {
				t.Errorf("at the end: %v", err)
			}
			wantStats(t, all, capture.Stats{Received: 150})
			for i, n := range []uint64{100, 50} {
				if st, err := all.InterfaceStats(i); err != nil || st.Received != n {
					t.Errorf("interface %d: %+v, %v; want %d received", i, st, err, n)
				}
			}
		})
	}
}

// A capture that waits for devices goes on when all are gone, and takes up what
// is added, of another link type too, under a new number.
func TestMergedAwaits(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		start := func(device string) *Live {
			l := mustOpen(t, device, Config{})
			mustStart(t, l, nil)
			return l
		}
		all, err := Merge([]*Live{start("rx0")})
		if err != nil {
			t.Fatal(err)
		}
		all.Await()
		idle := errors.New("idle")
		ip(t, "link del tx0")
		var p capture.Packet
		var e *Error
		if err := all.Next(&p); !errors.As(err, &e) || e.Device != "rx0" || !e.GoesOn {
			t.Fatalf("rx0 is gone: %v", err)
		}
		all.OnIdle(func() error { return idle })
		if err := all.Next(&p); err != idle {
			t.Fatalf("without any device: %v", err)
		}
		all.OnIdle(nil)
		veth(t, "tx0", "rx0")
		for i, device := range []string{"rx0", "any"} {
			if err := all.Add(start(device)); err != nil {
				t.Fatal(err)
			}
			newSender(t, "tx0").send(udpFrame(1, uint32(i), 40))
		}
		all.Interrupt()
		got := collect(t, all)
		names := make([]string, len(got))
		links := make([]capture.LinkType, len(got))
		d := all.Interfaces()
		for i, p := range got {
			names[i], links[i] = d[p.Interface].Name, d[p.Interface].LinkType
			if links[i] != p.LinkType {
				t.Errorf("packet %d has link type %v, its interface %v", i, p.LinkType, links[i])
			}
		}
		slices.Sort(names)
		if len(d) != 5 || d[0].Name != "rx0" || d[1].Name != "rx0" || d[2].Name != "any" || !slices.Equal(names, []string{"rx0", "rx0", "rx0", "tx0"}) {
			t.Errorf("interfaces %+v; packets of %q", d, names)
		}
	})
}

func TestWorkersKeepOrder(t *testing.T) {
	for _, cfg := range []Config{{Workers: 4}, {Workers: 2}, {Workers: 3, Immediate: true}} {
		cfg.Promiscuous, cfg.BufferSize = true, 32<<20
		t.Run(fmt.Sprintf("%d workers, immediate %v", cfg.Workers, cfg.Immediate), func(t *testing.T) {
			unlessLate(t, func() (late Late) {
				inNamespace(t, func() { late = workersKeepOrder(t, cfg) })
				return late
			})
		})
	}
}

func workersKeepOrder(t *testing.T, cfg Config) Late {
	veth(t, "tx0", "rx0")
	l := mustOpen(t, "rx0", cfg)
	mustStart(t, l, udpPort(t, 7777, capture.MaxSnapLen))
	awaitStamps(t)
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
				// Several a turn: a thread waits long for its own where all processors are busy.
				for range min(20, n-next) {
					tx.send(udpFrame(7777, next, 40))
					if next%5 == 0 {
						tx.send(udpFrame(1, next, 40))
					}
					next++
				}
				turn.Unlock()
			}
		}()
	}
	go func() {
		done.Wait()
		waitReceived(t, l, n)
		l.Interrupt()
	}()
	wantInOrder(t, collect(t, l), n, l.Late())
	wantStats(t, l, capture.Stats{Received: n})
	return l.Late()
}
