package recorder

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestRing: whatever goes round, the ring has the last packets, unchanged, and finds the
// first of a time as looking at all does.
func TestRing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{4 << 10, 64 << 10, 100_000 &^ 7, 1 << 20} {
		g := newRing(make([]byte, size))
		var all []*capture.Packet // that went in
		now := int64(0)
		for range 6000 {
			now += rng.Int64N(1000) - 100 // out of order now and then
			p := capture.NewPacket(capture.LinkEN10MB, bytes.Repeat([]byte{byte(now)}, rng.IntN(min(size/3, 9000))))
			p.Time = capture.Timestamp{Nsec: now}
			if rng.IntN(10) == 0 {
				p.Annotation = &capture.Annotation{Comment: fmt.Appendf(nil, "at %d", now), Owned: true, Process: uint32(now), Thread: 7}
			}
			if !g.fits(p) {
				continue
			}
			if !g.append(p, now, uint64(now&3), math.MaxUint64) {
				t.Fatal("there is no room")
			}
			all = append(all, p)
			if rng.IntN(20) > 0 {
				continue
			}
			from := now - rng.Int64N(2_000_000)
			held := checkRing(t, g, all)
			want := slices.IndexFunc(held, func(p *capture.Packet) bool { return p.Time.Nsec >= from })
			if want < 0 {
				want = len(held)
			}
			at, n := g.start(from), 0
			for pos := g.tail; pos != at; pos = g.after(pos) {
				if g.timeAt(pos) != math.MinInt64 {
					n++
				}
				if pos >= g.head {
					t.Fatalf("%d is no position of a record", at)
				}
			}
			if n != want {
				t.Fatalf("of %d packets in %d bytes number %d is the first of %d, want %d", len(held), size, n, from, want)
			}
		}
	}
}

// checkRing checks that the ring has the last of all packets, and returns these.
func checkRing(t *testing.T, g *ring, all []*capture.Packet) (held []*capture.Packet) {
	t.Helper()
	var got []entry
	for at := g.tail; at < g.head; {
		var e entry
		next, ok := g.read(at, &e)
		if at = next; ok {
			if e.packet.Annotation != nil {
				a := *e.packet.Annotation
				e.packet.Annotation = &a
			}
			got = append(got, e)
		}
	}
	held = all[len(all)-len(got):]
	for i, p := range held {
		e := &got[i]
		if e.time != p.Time.Nsec || e.lost != uint64(p.Time.Nsec&3) || e.packet.Time != p.Time || !bytes.Equal(e.packet.Data, p.Data) || e.packet.Length != p.Length ||
			(e.packet.Annotation == nil) != (p.Annotation == nil) {
			t.Fatalf("number %d of %d is %+v, want %+v", i, len(held), e.packet, p)
		}
		if a, want := e.packet.Annotation, p.Annotation; a != nil &&
			(!bytes.Equal(a.Comment, want.Comment) || a.Process != want.Process || a.Thread != want.Thread || a.Owned != want.Owned) {
			t.Fatalf("the annotation is %+v, want %+v", a, want)
		}
	}
	if len(got) == 0 || len(got) < len(all) && !g.lacks {
		t.Fatalf("it has %d packets of %d, and says that it lacks some: %t", len(got), len(all), g.lacks)
	}
	return held
}

// TestPinned: nothing is overwritten that is read.
func TestPinned(t *testing.T) {
	g := newRing(make([]byte, 4<<10))
	p := at(1, 60)
	for range 1000 {
		g.append(p, 1, 0, math.MaxUint64)
	}
	pin := g.start(0)
	before := bytes.Clone(g.buf)
	n := 0
	for n < 1000 && g.append(at(int64(n), 60), 2, 0, pin) {
		n++
	}
	if n > 1 || n == 1 && bytes.Equal(before, g.buf) {
		t.Errorf("%d packets went in where the oldest is read", n)
	}
	if next := g.after(g.after(pin)); !g.append(p, 2, 0, next) {
		t.Error("there is no room though some was read")
	}
}

// TestClock: the recorder's time goes on though the clock is set.
func TestClock(t *testing.T) {
	const s = int64(time.Second)
	repeat := func(t int64, n int) []int64 { return slices.Repeat([]int64{t}, n) }
	for name, c := range map[string]struct {
		stamps []int64
		want   []int64
	}{
		"in order":     {[]int64{0, s, 5 * s}, []int64{0, s, 5 * s}},
		"out of order": {[]int64{5 * s, 4*s + 1, 6 * s}, []int64{5 * s, 4*s + 1, 6 * s}},
		"one late":     {[]int64{50 * s, 4 * s, 51 * s}, []int64{50 * s, 50 * s, 51 * s}},
		"set back": {slices.Concat([]int64{50 * s}, repeat(4*s, persistent), []int64{5 * s}),
			slices.Concat(repeat(50*s, persistent+1), []int64{51 * s})},
	} {
		var clock clock
		var got []int64
		for _, ns := range c.stamps {
			got = append(got, clock.at(capture.Timestamp{Sec: ns / s, Nsec: ns % s}))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	live := clock{live: true}
	begin := time.Now()
	live.at(capture.Timestamp{Sec: begin.Unix(), Nsec: int64(begin.Nanosecond())})
	later := live.at(capture.Timestamp{Sec: begin.Unix() + 3600, Nsec: int64(begin.Nanosecond())})
	if passed := later - begin.UnixNano(); passed > int64(testenv.Patience) {
		t.Errorf("when the clock is set forward by an hour, %s have passed", time.Duration(passed))
	}
	if got := nanoseconds(live.stamp(later)) - begin.UnixNano(); got != 3600*s {
		t.Errorf("then time stamps are later by %s", time.Duration(got))
	}
	// Time stamps of another clock.
	other := clock{live: true}
	other.at(capture.Timestamp{Sec: 1000})
	if now := other.now(time.Now()); now < 1000*s || now > 1000*s+int64(testenv.Patience) {
		t.Errorf("it is %d, %d with time stamps of another clock", now, 1000*s)
	}
	for _, sec := range []int64{math.MaxInt64, math.MinInt64} {
		if ns := nanoseconds(capture.Timestamp{Sec: sec}); (ns < 0) != (sec < 0) {
			t.Errorf("%d seconds are %d ns", sec, ns)
		}
	}
}

// TestMarks: a file says why it was written, and its packets which of them fired, what was
// known of them before, and what was lost.
func TestMarks(t *testing.T) {
	rings(t, func(t *testing.T, o Options) {
		o.Before, o.After, o.Comment = 10*time.Second, 5*time.Second, "of mine"
		o.Lost = func(iface int) uint64 { return uint64(iface) * 3 }
		b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
		p := at(1000, 60)
		p.Annotation = &capture.Annotation{Comment: []byte("mine"), Process: 4711, Thread: 2, Owned: true}
		p.Interface, p.Direction, p.Reception = 1, capture.DirIn, capture.ReceivedMulticast
		b.Packet(p, []Cause{{Rule: "port 53", Reason: "seen", Time: p.Time, Packet: true}})
		b.Fire(Cause{Rule: "signal"})
		b.Packet(at(1100, 60), nil)
		b.Packet(at(1200, 60), []Cause{{Rule: "a", Packet: true}, {Rule: "b", Reason: strings.Repeat("ü", maxText), Packet: true}})
		b.stop()
		name := filepath.Join(b.dir, "000001.pcapng")
		got := packets(t, name)
		if len(got) != 3 {
			t.Fatalf("%d packets, want 3", len(got))
		}
		for i, want := range []string{"mine\ntrigger: port 53: seen", "trigger before this packet: signal", "trigger: a\ntrigger: b: üü"} {
			if c := string(got[i].Annotation.Comment); !strings.HasPrefix(c, want) {
				t.Errorf("the comment of packet %d is %q, want %q", i+1, c, want)
			}
		}
		first := got[0]
		if a := first.Annotation; !a.Owned || a.Process != 4711 || a.Thread != 2 || first.Interface != 1 || first.Direction != capture.DirIn || first.Reception != capture.ReceivedMulticast {
			t.Errorf("the first packet is %+v with %+v", first, a)
		}
		r, err := pcapfile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var pkt capture.Packet
		var a capture.Annotation
		if err := r.Next(&pkt); err != nil || r.Remarks(&a) != 3 {
			t.Errorf("before it were lost %d, %v; want 3", r.Remarks(&a), err)
		}
		if got := r.Interfaces(); !slices.Equal(got, ethernet.interfaces) {
			t.Errorf("interfaces are %v", got)
		}
		want := "of mine\nincident at 1970-01-01T00:00:01Z\ntrigger: port 53: seen\nwindow: 10s before, 5s after; what fires later is said at its packet"
		if c := sectionComment(t, name); c != want {
			t.Errorf("the section says %q, want %q", c, want)
		}
		if want := "incident at 1970-01-01 00:00:01.000000: port 53: seen: " + name + ": 3 packets, from 0.000 s after to 0.200 s after; " +
			"it fired 3 more times, also signal, a, b; the run ended before the 5s after it"; b.said[len(b.said)-1] != want {
			t.Errorf("it says %q, want %q", b.said, want)
		}
	})
}

// TestShortage: what the ring does not hold is said.
func TestShortage(t *testing.T) {
	rings(t, func(t *testing.T, o Options) {
		o.Before, o.After, o.Size = 10*time.Second, time.Second, 64<<10
		b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
		b.feed(1000, 50_000, 10, 40_000)
		b.stop()
		name := filepath.Join(b.dir, "000040.pcapng")
		all := times(t, name)
		if len(all) == 0 || all[0] < 31_000 || all[len(all)-1] != 41_000 || len(all) != len(span(all[0], 41_000, 10)) {
			t.Fatalf("the packets are %d", all)
		}
		short := fmt.Sprintf("the ring (64k) reached back %.3f s of 10s", float64(40_000-all[0]+10)/1000)
		if said := b.said[len(b.said)-1]; !strings.HasSuffix(said, "; "+short) {
			t.Errorf("it says %q, want %q", said, short)
		}
		if c := sectionComment(t, name); !strings.HasSuffix(c, "\n"+short+": older packets had been overwritten") {
			t.Errorf("the section says %q, want %q", c, short)
		}
	})
}

// sectionComment is that of a savefile's header.
func sectionComment(t *testing.T, name string) string {
	t.Helper()
	b := readFile(t, name)
	const at = 24 + 4 // behind the header of the block and of the option
	n := int(order.Uint16(b[at-2:]))
	return string(b[at : at+n])
}

// TestLarge: a packet that does not fit does no harm, and is counted as lost.
func TestLarge(t *testing.T) {
	rings(t, func(t *testing.T, o Options) {
		o.Before, o.After, o.Size = 10*time.Second, time.Second, 64<<10
		b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
		b.Packet(at(1000, 60), nil)
		b.Packet(at(1001, 60_000), nil)
		b.Packet(at(1002, 20_000), []Cause{{Rule: "x", Time: at(1002, 60).Time, Packet: true}})
		b.stop()
		if got, want := b.contents(), fmt.Sprint(map[string][]int64{"000001.pcapng": {1000, 1002}}); fmt.Sprint(got) != want || b.Losses().Large != 1 {
			t.Errorf("files are %v, %d packets too large", got, b.Losses().Large)
		}
	})
}

// TestNoRoom: live nobody waits for a file that is written too slowly; the packets for
// which there is no room are counted, and said.
func TestNoRoom(t *testing.T) {
	rings(t, func(t *testing.T, o Options) {
		o.Before, o.After, o.Live, o.Size = time.Hour, time.Hour, true, 256<<10
		b := prepareBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
		now := time.Now().UnixMilli()
		b.Packet(at(now, 60), []Cause{{Rule: "first", Time: at(now, 60).Time, Packet: true}})
		const n = 10_000
		for i := int64(1); i <= n; i++ {
			b.Packet(at(now+i/100, 60), nil)
		}
		missing := b.Losses().Unstored
		if missing == 0 || missing == n {
			t.Errorf("of %d packets %d found no room", n, missing)
		}
		b.Begin(b.files)
		testenv.WaitFor(t, "room", func() bool {
			b.Packet(at(now+200, 60), nil)
			before := missing
			missing = b.Losses().Unstored
			return missing == before
		})
		b.stop()
		if want := fmt.Sprintf("; %d packets are missing, which found no room in the ring", missing); !strings.Contains(b.said[len(b.said)-1], want) {
			t.Errorf("it says %q, want %q", b.said, want)
		}
		if got := packets(t, filepath.Join(b.dir, time.UnixMilli(now).UTC().Format("150405")+".pcapng")); uint64(len(got)) < n-missing {
			t.Errorf("the file has %d packets, want %d at least", len(got), n-missing)
		}
	})
}

// TestFiresEarly: what fires before the first packet of a file does so with that.
func TestFiresEarly(t *testing.T) {
	b := newBench(t, Options{Before: time.Second, After: time.Second}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	b.Fire(Cause{Rule: "signal"})
	b.feed(50_000, 60_000, 100)
	b.stop()
	if got, want := b.contents(), fmt.Sprint(map[string][]int64{"000050.pcapng": span(50_000, 51_000, 100)}); fmt.Sprint(got) != want {
		t.Errorf("files are %v, want %v", got, want)
	}
}

// TestInterfaces: interfaces of an earlier run have numbers of their own in files, and those
// of the source are known by theirs.
func TestInterfaces(t *testing.T) {
	needsDisk(t)
	dir := t.TempDir()
	b := newBench(t, Options{Before: time.Hour, After: time.Second, Dir: dir}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	b.feed(1000, 2000, 100)
	b.stop()
	other := &source{[]capture.Interface{{Name: "c", LinkType: capture.LinkEN10MB, SnapLen: 262144}}}
	c := newBench(t, Options{Before: time.Hour, After: time.Second, Dir: dir}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	c.Follow(other)
	c.feed(3000, 5000, 100, 3000)
	c.stop()
	var got []string
	r, err := pcapfile.Open(filepath.Join(c.dir, "000003.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			t.Fatal(err)
		}
		if name := r.Interfaces()[pkt.Interface].Name; len(got) == 0 || got[len(got)-1] != name {
			got = append(got, name)
		}
	}
	if strings.Join(got, " ") != "a c" {
		t.Errorf("packets are of %q, one behind the other", got)
	}
	if n, ok := c.Number(2); n != 0 || !ok {
		t.Errorf("the third interface is number %d of the source, %t", n, ok)
	}
	if _, ok := c.Number(0); ok {
		t.Error("the first interface is one of the source")
	}
}

// TestFails: that a file cannot be written is told, and says nothing about the next.
func TestFails(t *testing.T) {
	b := newBench(t, Options{Before: time.Second, After: time.Second}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	away := b.dir + "-away"
	if err := os.Rename(b.dir, away); err != nil {
		t.Fatal(err)
	}
	b.feed(1000, 10_000, 100, 5000)
	var failed []error
	testenv.WaitFor(t, "a failure", func() bool {
		failed = append(failed, b.Failures()...)
		return len(failed) > 0
	})
	if text := failed[0].Error(); !strings.HasPrefix(text, "incident at 1970-01-01 00:00:05.000000 (test: 5000): ") || len(failed) > 1 {
		t.Errorf("it complains of %v", failed)
	}
	if err := os.Rename(away, b.dir); err != nil {
		t.Fatal(err)
	}
	b.feed(10_100, 30_000, 100, 20_000)
	b.stop()
	if got, want := b.contents(), fmt.Sprint(map[string][]int64{"000020.pcapng": span(19_000, 21_000, 100)}); fmt.Sprint(got) != want {
		t.Errorf("files are %v, want %v", got, want)
	}
}

// TestFailsOnce: that the last file cannot be made is told once.
func TestFailsOnce(t *testing.T) {
	b := newBench(t, Options{Before: time.Second, After: time.Second}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	if err := os.Remove(b.dir); err != nil {
		t.Fatal(err)
	}
	b.feed(1000, 10_000, 100, 5000)
	b.Close()
	if failed := b.Failures(); len(failed) != 1 {
		t.Errorf("it complains of %v", failed)
	}
	if err := b.files.Close(); err != nil {
		t.Errorf("it says once more: %v", err)
	}
}

// TestFiresBetween: what comes after is written, too, if all that was before is older than
// the window.
func TestFiresBetween(t *testing.T) {
	rings(t, func(t *testing.T, o Options) {
		o.Before, o.After, o.Live = time.Millisecond, time.Hour, true
		b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
		now := time.Now().UnixMilli()
		b.Packet(at(now-500, 60), nil)
		time.Sleep(2 * time.Millisecond)
		b.Fire(Cause{Rule: "signal"})
		later := time.Now().UnixMilli() + 1
		b.Packet(at(later, 60), nil)
		b.stop()
		for name, got := range b.contents() {
			if !slices.Equal(got, []int64{later}) {
				t.Errorf("%s has %d, want %d; it says %q", name, got, later, b.said)
			}
		}
		if len(b.said) != 1 {
			t.Errorf("it says %q", b.said)
		}
	})
}

// TestEndsByClock: live a window ends though no packet comes.
func TestEndsByClock(t *testing.T) {
	b := newBench(t, Options{Before: time.Second, After: time.Millisecond, Live: true, Incidents: 1}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	b.Fire(Cause{Rule: "signal"})
	testenv.WaitFor(t, "the end of the window", func() bool { return b.Idle() == ErrDone })
	b.Fire(Cause{Rule: "signal"})
	b.stop()
	if len(b.said) != 1 || !strings.HasSuffix(b.said[0], ": no packets came") {
		t.Errorf("it says %q", b.said)
	}
}

// TestKnownLate: live a window is around what happened, and not around when that is known.
func TestKnownLate(t *testing.T) {
	b := newBench(t, Options{Before: 100 * time.Millisecond, After: 50 * time.Millisecond, Live: true}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	now := time.Now().Truncate(time.Millisecond)
	ms := now.UnixMilli()
	for _, ago := range []int64{700, 580, 500, 460, 300, 0} {
		b.Packet(at(ms-ago, 60), nil)
	}
	fired := now.Add(-500 * time.Millisecond)
	b.Fire(Cause{Rule: "late", Time: capture.Timestamp{Sec: fired.Unix(), Nsec: int64(fired.Nanosecond())}})
	b.stop()
	for name, got := range b.contents() {
		if want := []int64{ms - 580, ms - 500, ms - 460}; !slices.Equal(got, want) {
			t.Errorf("%s has %d, want %d", name, got, want)
		}
	}
	if len(b.said) != 1 || !strings.Contains(b.said[0], ": 3 packets, from 0.080 s before to 0.040 s after") {
		t.Errorf("it says %q", b.said)
	}
}

// TestEndsBehindStream: a window of a stream ends though no further packet comes, by the time
// that has passed since the last one, whatever that packet's time stamp is.
func TestEndsBehindStream(t *testing.T) {
	o := Options{Before: time.Second, After: 30 * time.Millisecond, UnderWay: 20 * time.Millisecond, Incidents: 1}
	b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	woken := make(chan struct{}, 100)
	b.options.Wake = func() { woken <- struct{}{} }
	b.feed(1000, 1020, 10, 1000)
	for b.Idle() != ErrDone {
		select {
		case <-woken:
		case <-time.After(time.Minute):
			t.Fatal("nobody looks when the window is over")
		}
	}
	b.stop()
	if got, want := b.contents(), fmt.Sprint(map[string][]int64{"000001.pcapng": {1000, 1010, 1020}}); fmt.Sprint(got) != want {
		t.Errorf("files are %v, want %v", got, want)
	}
	if len(b.said) != 1 || strings.Contains(b.said[0], "the run ended") {
		t.Errorf("it says %q", b.said)
	}
}

// TestNoAllocations: packets go round without any.
func TestNoAllocations(t *testing.T) {
	rings(t, func(t *testing.T, o Options) {
		o.Before, o.After = time.Second, time.Second
		b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
		p, ms := at(1000, 1000), int64(1000)
		most := 0.01
		if o.Dir != "" {
			most = 1 // a file now and then
		}
		if n := testing.AllocsPerRun(20_000, func() {
			ms++
			p.Time = capture.Timestamp{Sec: ms / 1000, Nsec: ms % 1000 * 1e6}
			b.Packet(p, nil)
		}); n > most {
			t.Errorf("%g allocations a packet", n)
		}
		b.stop()
	})
}

func BenchmarkPacket(b *testing.B) {
	for _, size := range []int{100, 1400} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r, err := New(ethernet, Options{Before: time.Second, After: time.Second, Size: 64 << 20, Live: true})
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			p, ns := at(1000, size), time.Now().UnixNano()
			b.SetBytes(int64(size))
			for b.Loop() {
				ns += 5000
				p.Time = capture.Timestamp{Sec: ns / 1e9, Nsec: ns % 1e9}
				r.Packet(p, nil)
			}
		})
	}
}
