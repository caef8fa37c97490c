package live

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// fakeBPF is a BPF device that yields what a test puts in.
type fakeBPF struct {
	mu                sync.Mutex
	reads             []fakeRead
	hasty             bool
	reading           func() // called before each read; nil: nothing
	received, dropped uint32
	countsFail        error
}

// fakeRead is what one read yields, and what it changes.
type fakeRead struct {
	data    []byte
	err     error
	dropped uint32
}

const fakeTimeout = time.Millisecond

func (f *fakeBPF) put(r fakeRead) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = append(f.reads, r)
}

func (f *fakeBPF) read(buf []byte) (int, error) {
	if f.reading != nil {
		f.reading()
	}
	for wait := true; ; wait = false {
		f.mu.Lock()
		if len(f.reads) > 0 {
			r := f.reads[0]
			f.reads = f.reads[1:]
			f.received++
			f.dropped += r.dropped
			f.mu.Unlock()
			return copy(buf, r.data), r.err
		}
		f.mu.Unlock()
		if !wait {
			return 0, nil
		}
		time.Sleep(fakeTimeout)
	}
}

func (f *fakeBPF) hasten() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hasty = true
	return nil
}

func (f *fakeBPF) counts() (received, dropped uint32, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.received, f.dropped, f.countsFail
}

var fakeLayout = bpfLayouts["freebsd"]

// packets makes a read of packets whose data are the seconds of their stamps.
func packets(secs ...uint64) fakeRead {
	var b []byte
	for _, s := range secs {
		b = appendBPF(b, &fakeLayout, s, 0, fmt.Sprint(s), 100, 0)
	}
	return fakeRead{data: b}
}

// fakeEngine is the engine of such a device.
type fakeEngine struct {
	*device
	bpfSource
}

func (e *fakeEngine) start([]bpf.RawInstruction) (bool, error) {
	e.reader.start(e.link, capture.DirUnknown)
	return true, nil
}

// fakeIfDropped is what each such device has lost by itself.
const fakeIfDropped = 3

func (e *fakeEngine) stats() (capture.Stats, error) {
	st, err := e.reader.count()
	st.IfDropped = fakeIfDropped
	return st, err
}

func (e *fakeEngine) close() error {
	e.abandon()
	e.reader.join()
	return nil
}

// openFake is Open of such a device.
func openFake(t *testing.T, d *fakeBPF, name string, link capture.LinkType) *Live {
	t.Helper()
	l := &Live{device: device{name: name, link: link, links: []capture.LinkType{link}, cfg: Config{SnapLen: 96, Timeout: fakeTimeout}}}
	e := &fakeEngine{&l.device, newBPFSource(newBPFReader(d, &fakeLayout, 4096))}
	e.reader.timeout = fakeTimeout
	l.engine = e
	p, err := e.newPoller(false)
	if err != nil {
		t.Fatal(err)
	}
	l.stream = newStream(p)
	t.Cleanup(func() { l.Close() })
	return l
}

// startFakes starts a capture of such devices, merged if there are several.
func startFakes(t *testing.T, devices ...*fakeBPF) *Live {
	t.Helper()
	parts := make([]*Live, len(devices))
	for i, d := range devices {
		parts[i] = openFake(t, d, fmt.Sprint("dev", i), capture.LinkType(100+i))
		if inKernel, err := parts[i].Start(nil); err != nil || !inKernel {
			t.Fatal(inKernel, err)
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	l, err := Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// expect reads packets and then the error.
func expect(t *testing.T, s *Live, want error, secs ...int64) {
	t.Helper()
	var p capture.Packet
	for _, sec := range secs {
		if err := s.Next(&p); err != nil {
			t.Fatalf("waiting for %d: %v", sec, err)
		}
		if p.Time.Sec != sec || string(p.Data) != fmt.Sprint(sec) || p.Length != 100 {
			t.Fatalf("got %+v (%s), want %d", p, p.Data, sec)
		}
		if p.LinkType != capture.LinkType(100+p.Interface) {
			t.Fatalf("%d: link type %d of interface %d", sec, p.LinkType, p.Interface)
		}
	}
	if err := s.Next(&p); !errors.Is(err, want) {
		t.Fatalf("after the last packet: %v, want %v", err, want)
	}
}

// TestBPFDrain has what two kernel buffers hold be read after Interrupt, and no
// more of a link that is never quiet.
func TestBPFDrain(t *testing.T) {
	d := &fakeBPF{}
	s := openFake(t, d, "dev", 100)
	for i := uint64(1); i <= 10; i++ {
		d.put(packets(i))
	}
	s.Interrupt()
	if _, err := s.Start(nil); err != nil {
		t.Fatal(err)
	}
	expect(t, s, io.EOF, 1, 2)
	if !d.hasty {
		t.Error("the device was not told to hand over what it has")
	}
	expect(t, s, io.EOF) // and so it stays
}

// TestBPFBuffersReused reads far more than the buffers hold.
func TestBPFBuffersReused(t *testing.T) {
	d := &fakeBPF{}
	s := startFakes(t, d)
	var want []int64
	for i := uint64(1); i <= 300; i += 3 {
		d.put(packets(i, i+1, i+2))
		want = append(want, int64(i), int64(i)+1, int64(i)+2)
	}
	for _, sec := range want {
		var p capture.Packet
		if err := s.Next(&p); err != nil || p.Time.Sec != sec || string(p.Data) != fmt.Sprint(sec) {
			t.Fatalf("got %+v, %v; want %d", p, err, sec)
		}
	}
	s.Interrupt()
	expect(t, s, io.EOF)
}

func TestBPFMerge(t *testing.T) {
	a, b := &fakeBPF{}, &fakeBPF{}
	a.put(packets(1, 4, 5))
	a.put(packets(8))
	s := startFakes(t, a, b)
	var p capture.Packet
	if err := s.Next(&p); err != nil || p.Time.Sec != 1 {
		t.Fatalf("got %+v, %v", p, err)
	}
	b.put(packets(2, 3, 6, 7))
	b.put(packets(9, 10))
	// Stamps long past are from before any read that found nothing, so no packet
	// waits, and all come with the interface they are from.
	seen := map[int64]int{}
	for range 9 {
		if err := s.Next(&p); err != nil {
			t.Fatal(err)
		}
		seen[p.Time.Sec] = p.Interface
	}
	for sec, iface := range map[int64]int{2: 1, 3: 1, 4: 0, 5: 0, 6: 1, 7: 1, 8: 0, 9: 1, 10: 1} {
		if got, ok := seen[sec]; !ok || got != iface {
			t.Errorf("packet %d: interface %d, %v", sec, got, ok)
		}
	}
	s.Interrupt()
	expect(t, s, io.EOF)
}

// TestBPFMergeOrder has two devices whose packets are there before anything is
// asked for, with stamps that no empty read can have seen.
func TestBPFMergeOrder(t *testing.T) {
	const future = 5000000000
	a, b := &fakeBPF{}, &fakeBPF{}
	a.put(packets(future+1, future+4, future+5))
	b.put(packets(future+2, future+3))
	b.put(packets(future + 6))
	s := startFakes(t, a, b)
	for i := int64(1); i <= 4; i++ {
		var p capture.Packet
		if err := s.Next(&p); err != nil || p.Time.Sec != future+i {
			t.Fatalf("got %+v, %v; want %d", p, err, i)
		}
	}
	s.Interrupt()
	expect(t, s, io.EOF, future+5, future+6)
}

// TestBPFMergePatience: a packet of one device does not wait for ever for a
// device whose clock is behind.
func TestBPFMergePatience(t *testing.T) {
	a, b := &fakeBPF{}, &fakeBPF{}
	a.put(packets(5000000000))
	s := startFakes(t, a, b)
	began := time.Now()
	var p capture.Packet
	if err := s.Next(&p); err != nil || p.Time.Sec != 5000000000 {
		t.Fatalf("got %+v, %v", p, err)
	}
	if waited := time.Since(began); waited < s.stream.merge.patience/2 {
		t.Errorf("it waited for %v only", waited)
	}
}

// TestBPFBound: what is known of packets that are still to come.
func TestBPFBound(t *testing.T) {
	src := newBPFSource(newBPFReader(&fakeBPF{}, &fakeLayout, 4096))
	src.reader.link, src.number, src.poller = 77, 4, newBPFPoller(true)
	want := func(what string, front, bound int64) {
		t.Helper()
		if src.front() != front || src.bound() != bound {
			t.Errorf("%s: first %d, none before %d; want %d, %d", what, src.front(), src.bound(), front, bound)
		}
	}
	want("nothing", math.MaxInt64, 0)
	src.receive(bpfBlock{since: time.Unix(0, 5)})
	if n, err := src.take(); n != 0 || err != nil {
		t.Errorf("%d packets, %v", n, err)
	}
	want("an empty read", math.MaxInt64, 5)
	src.receive(bpfBlock{data: packets(7, 9).data})
	src.receive(bpfBlock{since: time.Unix(8, 0)})
	if n, _ := src.take(); n != 1 {
		t.Errorf("%d packets", n)
	}
	if n, _ := src.take(); n != 0 {
		t.Errorf("%d packets more", n)
	}
	want("two packets", 7e9, math.MaxInt64)
	var got capture.Packet
	if ok, err := src.load(&got); !ok || err != nil || got.Direction != capture.DirUnknown || got.Interface != 4 || got.LinkType != 77 {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	src.reader.direction = capture.DirIn // the system leaves out the others
	src.drop()
	want("one packet", 9e9, math.MaxInt64)
	if src.load(&got); got.Direction != capture.DirIn {
		t.Errorf("direction %d", got.Direction)
	}
	src.drop()
	want("no packet, and an empty read of before", math.MaxInt64, 9e9)
	src.receive(bpfBlock{err: io.EOF})
	want("the end", math.MaxInt64, math.MaxInt64)
	if done, err := src.drained(); !done || err != nil || src.failure() != nil {
		t.Errorf("the end: %v, %v, %v", done, err, src.failure())
	}
}

// TestBPFLost has drops be told with the first packet behind the gap: in the
// third block, as the system's two buffers were full when it dropped.
func TestBPFLost(t *testing.T) {
	d := &fakeBPF{}
	for i := uint64(1); i <= 4; i++ {
		r := packets(i)
		if i == 1 {
			r.dropped = 7
		}
		d.put(r)
	}
	s := startFakes(t, d)
	for i, want := range []uint64{0, 0, 7, 0} {
		var p capture.Packet
		if err := s.Next(&p); err != nil {
			t.Fatal(err)
		}
		if got := s.Lost(0); got != want {
			t.Errorf("packet %d: %d lost, want %d", i+1, got, want)
		}
	}
}

// TestBPFCounts has the system's counters begin again.
func TestBPFCounts(t *testing.T) {
	d := &fakeBPF{received: 99, dropped: 99}
	r := newBPFReader(d, &fakeLayout, 4096)
	if st, err := r.count(); err != nil || st != (capture.Stats{}) {
		t.Errorf("before the start: %+v, %v", st, err)
	}
	r.started = true
	for _, step := range [][2]uint32{{0xfffffff0, 5}, {16, 6}} {
		d.received, d.dropped = step[0], step[1]
		if _, err := r.count(); err != nil {
			t.Fatal(err)
		}
	}
	if st, _ := r.count(); st.Received != 1<<32+16 || st.Dropped != 6 {
		t.Errorf("got %+v", st)
	}
	d.countsFail = errors.New("no")
	if _, err := r.count(); err == nil {
		t.Error("no error of a device that does not tell")
	}
	r.noteGone(&Error{Reason: interfaceGone})
	if st, err := r.count(); err != nil || st.Dropped != 6 {
		t.Errorf("of a device that is gone: %+v, %v", st, err)
	}
}

// TestBPFGone: what was received from a device is kept when it goes, and others
// go on.
func TestBPFGone(t *testing.T) {
	gone := &Error{Reason: interfaceGone}
	d := &fakeBPF{}
	d.put(packets(1, 2))
	d.put(fakeRead{err: gone})
	expect(t, startFakes(t, d), gone, 1, 2)

	a, b := &fakeBPF{}, &fakeBPF{}
	a.put(packets(1))
	a.put(fakeRead{err: gone})
	b.put(packets(2, 3))
	s := startFakes(t, a, b)
	var p capture.Packet
	var e *Error
	for n := 0; ; n++ {
		if err := s.Next(&p); err != nil {
			if !errors.As(err, &e) || e.Reason != interfaceGone || e.Device != "dev0" || !e.GoesOn {
				t.Errorf("after %d packets: %v", n, err)
			}
			break
		}
	}
	// The other device goes on, to its end.
	b.put(packets(4))
	for p.Time.Sec < 4 {
		if err := s.Next(&p); err != nil {
			t.Fatal(err)
		}
	}
	b.put(fakeRead{err: gone})
	if err := s.Next(&p); !errors.As(err, &e) || e.Device != "dev1" || e.GoesOn {
		t.Errorf("at the end: %v", err)
	}
	expect(t, s, io.EOF)
}

// TestBPFDamaged: a damaged buffer ends the capture with an error.
func TestBPFDamaged(t *testing.T) {
	d := &fakeBPF{}
	r := packets(1, 2)
	r.data = r.data[:len(r.data)-1]
	d.put(r)
	s := startFakes(t, d)
	var p capture.Packet
	if err := s.Next(&p); err != nil || p.Time.Sec != 1 {
		t.Fatalf("got %+v, %v", p, err)
	}
	if err := s.Next(&p); err == nil || errors.Is(err, io.EOF) {
		t.Fatalf("got %v", err)
	}

	a, b := &fakeBPF{}, &fakeBPF{}
	a.put(r)
	a.put(packets(5))
	b.put(packets(7, 8, 9))
	s = startFakes(t, a, b)
	failed, seen := 0, map[int64]bool{}
	for !seen[9] || failed == 0 {
		if err := s.Next(&p); err == nil {
			seen[p.Time.Sec] = true
		} else if failed++; failed > 1 || errors.Is(err, io.EOF) {
			t.Fatalf("with another device: %v, %v", seen, err)
		}
	}
	if !seen[1] || seen[5] || !seen[7] || !seen[8] {
		t.Errorf("with another device: %v", seen)
	}
}

func TestBPFWakeIdleAbandon(t *testing.T) {
	d := &fakeBPF{}
	s := startFakes(t, d)
	var p capture.Packet
	s.Wake()
	s.Wake() // once is enough
	if err := s.Next(&p); err != ErrWake {
		t.Fatalf("got %v", err)
	}
	full := errors.New("no space")
	s.OnIdle(func() error { return full })
	if err := s.Next(&p); err != full {
		t.Fatalf("got %v", err)
	}
	s.OnIdle(func() error { s.Wake(); return nil })
	if err := s.Next(&p); err != ErrWake {
		t.Fatalf("got %v", err)
	}
	s.OnIdle(nil)
	time.AfterFunc(5*time.Millisecond, s.Abandon)
	if err := s.Next(&p); err != io.EOF {
		t.Fatalf("got %v", err)
	}
}

// TestCloseTogether: the readers of all devices are told to end before the first is
// waited for, so that closing many takes no longer than closing one.
func TestCloseTogether(t *testing.T) {
	var ends [2]<-chan struct{}
	known, begun := make(chan struct{}), make(chan struct{}, len(ends))
	devices := make([]*fakeBPF, len(ends))
	for i := range devices {
		devices[i] = &fakeBPF{reading: func() {
			begun <- struct{}{}
			<-known
			for _, end := range ends {
				<-end
			}
		}}
	}
	l := startFakes(t, devices...)
	for i, e := range l.engines() {
		ends[i] = e.(*fakeEngine).reader.left
	}
	close(known)
	for range ends {
		<-begun
	}
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(testenv.Patience):
		for _, e := range l.engines() {
			e.abandon()
		}
		t.Error("the first device is waited for before the second is told")
	}
}
