package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// pairSource is a source whose packets come through a pair of sockets, each with
// its stamp in nanoseconds since 1970 in front.
type pairSource struct {
	ends  [2]int
	buf   []byte
	count capture.Stats

	// So many come first, stamped as said, or now, which have been read already. All but
	// the last are passed over; negative: without end.
	read int
	at   time.Time
}

// errUncounted is what is said of the counts of a source whose other end is gone.
var errUncounted = errors.New("there are no counts any more")

// withPairs has devices whose names begin with "pair" be such sources during a test.
func withPairs(t *testing.T, opened map[string]*pairSource) {
	before := sourceKinds
	t.Cleanup(func() { sourceKinds = before })
	sourceKinds = append(slices.Clone(before), sourceKind{
		among: func(all *Sources) *[]int { return &all.USB },
		is:    func(device string) bool { return len(device) > 4 && device[:4] == "pair" },
		list:  func() []Device { return []Device{{Name: "pair0", Description: "A pair of sockets"}} },
		open: func(d *device) (source, error) {
			d.link, d.links = capture.LinkUSB_LINUX_MMAPPED, []capture.LinkType{capture.LinkUSB_LINUX_MMAPPED}
			ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK, 0)
			if err != nil {
				return nil, err
			}
			opened[d.name] = &pairSource{ends: ends, buf: make([]byte, 1<<16)}
			return opened[d.name], nil
		},
	})
}

func (s *pairSource) start([]bpf.Instruction) (bool, error) { return true, nil }
func (s *pairSource) fd() int                               { return s.ends[0] }

func (s *pairSource) stats() (capture.Stats, error) {
	if s.ends[1] < 0 {
		return capture.Stats{}, errUncounted
	}
	return s.count, nil
}

func (s *pairSource) close() error { return errors.Join(unix.Close(s.ends[0]), s.hangUp()) }

func (s *pairSource) next(p *capture.Packet) (ok bool, err error) {
	if s.read != 0 {
		at := s.at
		if at.IsZero() {
			at = time.Now()
		}
		*p = capture.Packet{Time: capture.Timestamp{Sec: at.Unix(), Nsec: int64(at.Nanosecond())}}
		if s.read--; s.read == 0 {
			p.Data, p.Length = []byte("read"), 4
		}
		return true, nil
	}
	n, err := unix.Read(s.ends[0], s.buf)
	switch {
	case err == unix.EAGAIN:
		return false, nil
	case err != nil:
		return false, err
	case n < 8:
		return false, &Error{Reason: "The pair is gone"}
	}
	s.count.Received++
	at := int64(binary.BigEndian.Uint64(s.buf))
	*p = capture.Packet{Time: capture.Timestamp{Sec: at / 1e9, Nsec: at % 1e9}, Data: s.buf[8:n], Length: uint32(n - 8)}
	return true, nil
}

func (s *pairSource) send(t *testing.T, at time.Time, data string) {
	t.Helper()
	if _, err := unix.Write(s.ends[1], append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano())), data...)); err != nil {
		t.Fatal(err)
	}
}

func (s *pairSource) hangUp() error {
	fd := s.ends[1]
	s.ends[1] = -1
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}

// A source is captured from like an interface; its packets wait for no others, and
// those from before the end come.
func TestSource(t *testing.T) {
	pairs := map[string]*pairSource{}
	withPairs(t, pairs)
	devices, err := Devices()
	if err != nil || !slices.ContainsFunc(devices, func(d Device) bool { return d.Name == "pair0" && d.Pseudo }) {
		t.Errorf("devices %+v, %v", devices, err)
	}
	l := mustOpen(t, "pair0", Config{Workers: 2})
	mustStart(t, l, nil)
	if w := l.Warnings(); len(w) != 1 {
		t.Errorf("warnings with two workers: %q", w)
	}
	if all := l.Sources().USB; len(all) != 1 || all[0] != pairs["pair0"].fd() || l.Sockets() != nil {
		t.Errorf("sources %v, sockets %v", all, l.Sockets())
	}
	now := time.Now()
	for i := range 3 {
		pairs["pair0"].send(t, now.Add(time.Duration(i)), string(rune('a'+i)))
	}
	l.Interrupt()
	pairs["pair0"].send(t, now.Add(time.Hour), "too late")
	got := collect(t, l)
	if len(got) != 3 || string(got[2].Data) != "c" || got[0].LinkType != capture.LinkUSB_LINUX_MMAPPED {
		t.Errorf("packets %+v", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if st, err := l.Stats(); err != nil || st.Received != 4 {
		t.Errorf("at the end: %+v, %v", st, err)
	}
}

// Why a source ends is told once its packets are.
func TestSourceFails(t *testing.T) {
	pairs := map[string]*pairSource{}
	withPairs(t, pairs)
	l := mustOpen(t, "pair0", Config{})
	mustStart(t, l, nil)
	pairs["pair0"].send(t, time.Now(), "last")
	pairs["pair0"].hangUp()
	var p capture.Packet
	if err := l.Next(&p); err != nil || string(p.Data) != "last" {
		t.Errorf("first %q, %v", p.Data, err)
	}
	var e *Error
	if err := l.Next(&p); !errors.As(err, &e) || e.Reason != "The pair is gone" {
		t.Errorf("then %v", err)
	}
}

// Packets of sources and of interfaces come in the order of their stamps, also when
// more wait than there is room for.
func TestSourcesMerged(t *testing.T) {
	inNamespace(t, func() {
		pairs := map[string]*pairSource{}
		withPairs(t, pairs)
		veth(t, "tx0", "rx0")
		tx := newSender(t, "tx0")
		var parts []*Live
		for _, device := range []string{"pair0", "rx0", "pair1"} {
			l := mustOpen(t, device, Config{})
			mustStart(t, l, nil)
			parts = append(parts, l)
		}
		all, err := Merge(parts)
		if err != nil {
			t.Fatal(err)
		}
		const n = 3000
		go func() {
			for i := range n {
				switch i % 3 {
				case 0:
					pairs["pair0"].send(t, time.Now(), "x")
				case 1:
					tx.send(udpFrame(1, uint32(i), 40))
				case 2:
					pairs["pair1"].send(t, time.Now(), "y")
				}
				time.Sleep(10 * time.Microsecond)
			}
			all.Interrupt()
		}()
		var p capture.Packet
		var last capture.Timestamp
		count := map[int]int{}
		for {
			err := all.Next(&p)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Time.Before(last) {
				t.Errorf("packet with stamp %v behind %v", p.Time, last)
			}
			last = p.Time
			count[p.Interface]++
		}
		if count[0] != n/3 || count[1] != n/3 || count[2] != n/3 {
			t.Errorf("packets of each: %v", count)
		}
	})
}

// One of several sources that goes leaves the others, also where it cannot be counted
// any more.
func TestSourceDeparts(t *testing.T) {
	pairs := map[string]*pairSource{}
	withPairs(t, pairs)
	var parts []*Live
	for _, device := range []string{"pair0", "pair1"} {
		l := mustOpen(t, device, Config{})
		mustStart(t, l, nil)
		parts = append(parts, l)
	}
	all, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	pairs["pair0"].send(t, time.Now(), "first")
	pairs["pair0"].hangUp()
	var p capture.Packet
	if err := all.Next(&p); err != nil || string(p.Data) != "first" {
		t.Fatalf("first %q, %v", p.Data, err)
	}
	var e *Error
	if err := all.Next(&p); !errors.As(err, &e) || !e.GoesOn || e.Device != "pair0" {
		t.Fatalf("then %v", err)
	}
	pairs["pair1"].send(t, time.Now(), "second")
	if err := all.Next(&p); err != nil || string(p.Data) != "second" {
		t.Fatalf("then %q, %v", p.Data, err)
	}
}

// openPairs has captures of such sources run.
func openPairs(t *testing.T, names ...string) (parts []*Live, pairs map[string]*pairSource) {
	t.Helper()
	pairs = map[string]*pairSource{}
	withPairs(t, pairs)
	for _, device := range names {
		l := mustOpen(t, device, Config{})
		mustStart(t, l, nil)
		parts = append(parts, l)
	}
	return parts, pairs
}

// nextSoon is Next, which has to return.
func nextSoon(t *testing.T, l *Live, p *capture.Packet) (err error) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); err = l.Next(p) }()
	select {
	case <-done:
	case <-time.After(testenv.Patience):
		t.Fatal("others have no turn")
	}
	return err
}

// many is more than a turn.
const many = 3*sourceTurn + 1

// What a source has read is taken though its descriptor does not tell, however many
// packets it passes over before, also once the end was asked for.
func TestSourcePassesOver(t *testing.T) {
	parts, pairs := openPairs(t, "pair0")
	pairs["pair0"].read = many
	var p capture.Packet
	if err := nextSoon(t, parts[0], &p); err != nil || string(p.Data) != "read" {
		t.Fatalf("%q, %v", p.Data, err)
	}
	e := parts[0].engine.(*sourceEngine)
	pairs["pair0"].read, pairs["pair0"].at = many, time.Now()
	e.interrupt()
	for ok := false; !ok; {
		e.drainAt = time.Now().Add(-time.Hour)
		if done, err := e.drained(); e.busy && (done || err != nil) || e.ended {
			t.Fatalf("ended with %d packets left: %t, %v", pairs["pair0"].read, done, err)
		}
		e.stopped.Store(time.Now().UnixNano()) // how long it takes does not matter
		ok, _ = e.next(&p)
	}
}

// Others do not come before what is stamped before and still to be read.
func TestSourcePassesOverMerged(t *testing.T) {
	parts, pairs := openPairs(t, "pair0", "pair1")
	all, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Minute)
	pairs["pair1"].send(t, before.Add(time.Second), "second")
	pairs["pair0"].read, pairs["pair0"].at = many, before
	var p capture.Packet
	for _, want := range []string{"read", "second"} {
		if err := nextSoon(t, all, &p); err != nil || string(p.Data) != want {
			t.Errorf("%q, %v; want %q", p.Data, err, want)
		}
	}
}

// One that passes over packets without end lets others have their turn, and ends.
func TestSourceFlood(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("stamped late: %t", late), func(t *testing.T) {
			parts, pairs := openPairs(t, "pair0", "pair1")
			parts[0].engine.(*sourceEngine).kind.late = late
			pairs["pair0"].read = -1
			if late {
				pairs["pair0"].at = time.Unix(0, 0) // as good as none
			}
			all, err := Merge(parts)
			if err != nil {
				t.Fatal(err)
			}
			var p capture.Packet
			all.Wake()
			if err := nextSoon(t, all, &p); err != ErrWake {
				t.Errorf("woken: %v", err)
			}
			pairs["pair1"].send(t, time.Now(), "other")
			if err := nextSoon(t, all, &p); err != nil || string(p.Data) != "other" {
				t.Errorf("%q, %v", p.Data, err)
			}
			parts[0].End("It is over")
			var e *Error
			if err := nextSoon(t, all, &p); !errors.As(err, &e) || e.Device != "pair0" || !e.GoesOn || e.Reason != "It is over" {
				t.Errorf("ended: %v", err)
			}
			all.Interrupt()
			if err := nextSoon(t, all, &p); err != io.EOF {
				t.Errorf("then %v", err)
			}
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		parts, pairs := openPairs(t, "pair0")
		pairs["pair0"].read = -1
		parts[0].Interrupt()
		if err := nextSoon(t, parts[0], new(capture.Packet)); err != io.EOF {
			t.Error(err)
		}
	})
}

// skipping is next without what is passed over.
func skipping(s source, p *capture.Packet) (ok bool, err error) {
	for {
		if ok, err = s.next(p); !ok || err != nil || p.Data != nil {
			return ok, err
		}
	}
}

// mustRejectAll starts a source with a filter that accepts nothing.
func mustRejectAll(t *testing.T, s source) {
	t.Helper()
	if inside, err := s.start([]bpf.Instruction{{Op: bpf.RET | bpf.K}}); !inside || err != nil {
		t.Fatal(inside, err)
	}
}

// mustPassOver has a source pass over n packets, one a call.
func mustPassOver(t *testing.T, s source, n int) {
	t.Helper()
	for i := range n {
		p := capture.Packet{Data: []byte("before")}
		if ok, err := s.next(&p); !ok || err != nil || p.Data != nil {
			t.Fatalf("packet %d: %t, %q, %v", i, ok, p.Data, err)
		}
	}
}

func mustHaveNone(t *testing.T, s source) {
	t.Helper()
	if ok, err := s.next(new(capture.Packet)); ok || err != nil {
		t.Fatal(ok, err)
	}
}

// What waits has a bound, and memory is used again.
func TestSourceQueue(t *testing.T) {
	pair := &pairSource{buf: make([]byte, 1<<16)}
	var err error
	if pair.ends, err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK, 0); err != nil {
		t.Fatal(err)
	}
	defer pair.close()
	e := &sourceEngine{device: &device{}, source: pair}
	q := &sourceQueue{engine: e}
	data, now := string(make([]byte, 60000)), time.Now()
	var taken, given int
	for range 400 {
		pair.send(t, now.Add(time.Duration(taken)), data)
		n, err := q.take()
		if err != nil {
			t.Fatal(err)
		}
		taken += n
		if q.crowded() {
			for range 50 {
				q.drop()
				given++
			}
		}
		if len(q.items)-q.from != taken-given {
			t.Fatalf("%d wait, %d taken, %d given", len(q.items)-q.from, taken, given)
		}
	}
	if taken != 400 || given == 0 || cap(q.halves[0].data) > 2*sourceHalfSize || cap(q.halves[1].data) > 2*sourceHalfSize {
		t.Errorf("%d taken, %d given, memory of %d and %d bytes", taken, given, cap(q.halves[0].data), cap(q.halves[1].data))
	}
}
