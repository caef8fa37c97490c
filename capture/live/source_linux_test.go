package live

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// pairSource is a source whose packets come through a pair of sockets, each with
// its stamp in nanoseconds since 1970 in front.
type pairSource struct {
	ends  [2]int
	buf   []byte
	count capture.Stats
}

// errUncounted is what is said of the counts of a source whose other end is gone.
var errUncounted = errors.New("there are no counts any more")

// withPairs has devices whose names begin with "pair" be such sources during a test.
func withPairs(t *testing.T, opened map[string]*pairSource) {
	before := sourceKinds
	t.Cleanup(func() { sourceKinds = before })
	sourceKinds = append(slices.Clone(before), sourceKind{
		name: "pair",
		is:   func(device string) bool { return len(device) > 4 && device[:4] == "pair" },
		list: func() []Device { return []Device{{Name: "pair0", Description: "A pair of sockets"}} },
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
	if all := l.Sources(); len(all["pair"]) != 1 || all["pair"][0] != pairs["pair0"].fd() || l.Sockets() != nil {
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
