package live

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// TestLiveStates: what comes too early, too late or twice is an error that says
// so, or does nothing.
func TestLiveStates(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		var p capture.Packet
		l := mustOpen(t, "rx0", Config{})
		if err := l.Next(&p); err != ErrNotStarted {
			t.Errorf("Next before Start: %v", err)
		}
		if st, err := l.Stats(); err != nil || st != (capture.Stats{}) {
			t.Errorf("Stats before Start: %+v, %v", st, err)
		}
		if st, err := l.InterfaceStats(0); err == nil {
			t.Errorf("InterfaceStats before Start: %+v", st)
		}
		if _, err := Merge([]*Live{l}); err != ErrNotStarted {
			t.Errorf("Merge before Start: %v", err)
		}
		if d := l.Interfaces(); len(d) != 1 || d[0].Name != "rx0" {
			t.Errorf("Interfaces before Start: %+v", d)
		}
		l.Interrupt() // it ends as soon as it begins
		mustStart(t, l, nil)
		if err := l.Next(&p); err != io.EOF {
			t.Errorf("Next after Interrupt before Start: %v", err)
		}
		if _, err := l.Start(nil); err != ErrStarted {
			t.Errorf("a second Start: %v", err)
		}
		if err := l.Add(mustOpen(t, "lo", Config{})); err != ErrNotStarted {
			t.Errorf("Add of one that is not started: %v", err)
		}
		if _, err := Merge([]*Live{l}); err != ErrRead {
			t.Errorf("Merge of one that has been read: %v", err)
		}
		for _, i := range []int{-1, 1, 7} {
			if _, err := l.InterfaceStats(i); err != ErrNoCounts || l.Lost(i) != 0 {
				t.Errorf("number %d of one interface: %v, %d lost", i, err, l.Lost(i))
			}
		}
		newSender(t, "tx0").send(udpFrame(1, 0, 10)) // the filter counts it no more
		for range 2 {
			if err := l.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if err := l.Next(&p); err != io.EOF {
			t.Errorf("Next after Close: %v", err)
		}
		if _, err := l.Start(nil); err != ErrClosed {
			t.Errorf("Start after Close: %v", err)
		}
		if _, err := Merge([]*Live{l}); err != ErrClosed {
			t.Errorf("Merge after Close: %v", err)
		}
		if err := l.Add(l); err != io.EOF {
			t.Errorf("Add after Close: %v", err)
		}
		l.Interrupt()
		l.Abandon()
		l.Wake()
		if l.Lost(0) != 0 {
			t.Error("Lost after Close")
		}
		if d := l.Interfaces(); len(d) != 1 || d[0].Name != "rx0" {
			t.Errorf("Interfaces after Close: %+v", d)
		}
	})
}

// TestMergeStates does so for captures that are merged.
func TestMergeStates(t *testing.T) {
	for _, parts := range [][]*Live{nil, {}, {nil}} {
		if l, err := Merge(parts); err != ErrNoParts || l != nil {
			t.Errorf("Merge(%v): %v, %v", parts, l, err)
		}
	}
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		start := func(device string) *Live {
			l := mustOpen(t, device, Config{})
			mustStart(t, l, nil)
			return l
		}
		a, b, other := start("rx0"), start("lo"), start("tx0")
		if _, err := Merge([]*Live{a, b, a}); err != ErrMerged {
			t.Errorf("one twice: %v", err)
		}
		if err := a.Add(b); err != ErrStarted {
			t.Errorf("Add to one that is not merged: %v", err)
		}
		all, err := Merge([]*Live{a, b})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		if err := a.Next(&p); err != ErrMerged {
			t.Errorf("Next of a part: %v", err)
		}
		if _, err := a.Start(nil); err != ErrMerged {
			t.Errorf("Start of a part: %v", err)
		}
		for _, again := range []*Live{a, all} {
			if _, err := Merge([]*Live{again}); err != ErrMerged {
				t.Errorf("Merge of a part, or of merged ones: %v", err)
			}
			if err := all.Add(again); err != ErrMerged {
				t.Errorf("Add of a part, or of merged ones: %v", err)
			}
		}
		if err := all.Add(other); err != nil {
			t.Errorf("Add: %v", err)
		}
		if d := all.Interfaces(); len(d) != 3 || d[2].Name != "tx0" {
			t.Errorf("interfaces: %+v", d)
		}
		newSender(t, "tx0").send(udpFrame(1, 0, 10))
		all.Interrupt()
		if got := collect(t, all); len(got) != 2 {
			t.Errorf("%d packets, want one that goes and comes", len(got))
		}
		if err := b.Close(); err != nil { // closes all
			t.Error(err)
		}
		wantStats(t, all, capture.Stats{Received: 2})
		for i, want := range []uint64{1, 0, 1} {
			if st, err := all.InterfaceStats(i); err != nil || st.Received != want {
				t.Errorf("interface %d: %+v, %v; want %d received", i, st, err, want)
			}
		}
		if err := errors.Join(all.Close(), a.Close()); err != nil {
			t.Error(err)
		}
		if err := all.Next(&p); err != io.EOF {
			t.Errorf("Next after Close: %v", err)
		}

		one, err := Merge([]*Live{start("rx0")})
		if err != nil {
			t.Fatal(err)
		}
		newSender(t, "tx0").send(udpFrame(1, 7, 10))
		one.Interrupt()
		if got := collect(t, one); len(got) != 1 || frameNumber(got[0].Data[14:]) != 7 {
			t.Errorf("one alone: %d packets", len(got))
		}
		one.Close()
	})
}

// holds counts the descriptors of this process and the rings in its memory.
func holds(t *testing.T) (descriptors, rings int) {
	t.Helper()
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return len(dir), strings.Count(string(maps), "socket:")
}

// TestCloseLeavesNothing: after Close there is no descriptor and no ring left, of
// any kind of capture, however far it came; nor of a device that has gone from
// among others.
func TestCloseLeavesNothing(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		veth(t, "tx1", "rx1")
		opened := func(device string, cfg Config) *Live {
			l, err := Open(device, cfg)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		started := func(device string, cfg Config) *Live {
			l := opened(device, cfg)
			mustStart(t, l, nil)
			return l
		}
		merged := func(parts ...*Live) *Live {
			l, err := Merge(parts)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		var p capture.Packet
		for name, use := range map[string]func() *Live{
			"opened":         func() *Live { return opened("rx0", Config{}) },
			"started":        func() *Live { return started("any", Config{}) },
			"immediate":      func() *Live { return started("rx0", Config{Immediate: true}) },
			"workers":        func() *Live { return started("rx0", Config{Workers: 3}) },
			"workers opened": func() *Live { return opened("rx0", Config{Workers: 3}) },
			"merged":         func() *Live { return merged(started("rx0", Config{Workers: 2}), started("any", Config{})) },
			"failed": func() *Live {
				for _, device := range []string{"nothing", "nflog:none"} {
					if _, err := Open(device, Config{Workers: 2}); err == nil {
						t.Errorf("%s was opened", device)
					}
				}
				if _, err := Merge([]*Live{nil}); err == nil {
					t.Error("nothing was merged")
				}
				return opened("lo", Config{})
			},
			"gone": func() *Live {
				l := merged(started("rx0", Config{}), started("rx1", Config{Workers: 2}))
				ip(t, "link del tx1")
				var e *Error
				if err := l.Next(&p); !errors.As(err, &e) || !e.GoesOn || e.Device != "rx1" {
					t.Errorf("rx1 is gone: %v", err)
				}
				if _, rings := holds(t); rings != 1 {
					t.Errorf("%d rings when rx1 is gone, want 1", rings)
				}
				return l
			},
		} {
			descriptors, rings := holds(t)
			if err := use().Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			// What ip and others had open may take a moment to go.
			for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
				d, r := holds(t)
				if d == descriptors && r == rings {
					break
				}
				if time.Now().After(end) {
					t.Errorf("%s: %d descriptors and %d rings after Close, %d and %d before", name, d, r, descriptors, rings)
					break
				}
			}
		}
	})
}
