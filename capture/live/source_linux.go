package live

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// source is where packets come from that do not come from a packet socket.
//
// One goroutine uses it at a time, but that stats may be called at any time until
// close.
type source interface {
	// start lets packets in. inKernel is false when the caller has to filter.
	start(filter []bpf.Instruction) (inKernel bool, err error)
	// fd ends a wait for packets when it can be read from, or has an error.
	fd() int
	// next fills p with the next packet and does not wait; ok is false when there is
	// none yet. p.Data is valid until the next call, and nil of what is passed over, as
	// a filter does not accept it: of it counts the stamp, if it has one. Each call
	// passes over one, since others may follow without end. An error ends the capture.
	next(p *capture.Packet) (ok bool, err error)
	// stats counts packets since start.
	stats() (capture.Stats, error)
	close() error
}

// sourceKind is a row of the table of sources.
type sourceKind struct {
	is    func(device string) bool        // whether a device is of that kind
	open  func(d *device) (source, error) // finds out what comes from it: d.link, d.links
	list  func() (devices []Device)       // what there is to capture from, in libpcap's order and words
	among func(all *Sources) *[]int       // those of that kind

	snapLen  int  // when none is asked for; 0: MaxSnapLen
	directed bool // one direction can be asked for
	late     bool // packets are stamped when they are read
}

// sourceOf is the kind of a device; nil: it is a network interface.
func sourceOf(device string) *sourceKind {
	if i := slices.IndexFunc(sourceKinds, func(k sourceKind) bool { return k.is(device) }); i >= 0 {
		return &sourceKinds[i]
	}
	return nil
}

// sourceEngine has the packets of a source.
type sourceEngine struct {
	*device
	source
	kind   *sourceKind
	poller *ringPoller
	number int // of Interfaces
	queue  sourceQueue

	busy    bool         // more may wait, as its turn ended before they did
	counted bool         // since no more packets waited
	why     error        // no more packets come; nil: they may
	ending  error        // why, once those that have come are taken
	stopped atomic.Int64 // when the end was asked for, in nanoseconds since 1970; 0: not yet
	ended   bool         // what is asked for from now on came after it
	drainAt time.Time    // when what came before it has been taken; zero: nobody asked

	mu     sync.Mutex // guards the rest, which stats reads
	closed bool
	told   uint64        // lost packets that the caller knows of
	final  capture.Stats // as last counted
}

// defaultSnapLen is the snapshot length of a device when none is asked for.
func defaultSnapLen(device string) int {
	if kind := sourceOf(device); kind != nil && kind.snapLen > 0 {
		return kind.snapLen
	}
	return capture.MaxSnapLen
}

func openSource(d *device, kind *sourceKind) (engine, error) {
	if !hasSources {
		return nil, &Error{Device: d.name, Reason: captureNotSupp, Err: ErrNotSupported}
	}
	if d.cfg.Nanoseconds {
		return nil, &Error{Device: d.name, Reason: "Can't set nanosecond time stamp precision: That device doesn't support that time stamp precision"}
	}
	if d.cfg.TimestampType != capture.TimestampHost {
		d.useHostTimestamps()
	}
	src, err := kind.open(d)
	if err != nil {
		return nil, err
	}
	if d.cfg.Direction != capture.DirUnknown && !kind.directed {
		return nil, errors.Join(&Error{Device: d.name, Reason: "pcap_setdirection() failed: Setting direction is not supported on this device"}, src.close())
	}
	if d.cfg.Workers > 1 {
		d.warn(d.name + ": its packets cannot be shared among workers; one reads them all")
	}
	return &sourceEngine{device: d, source: src, kind: kind}, nil
}

func (e *sourceEngine) newPoller(merging bool) (poller, error) { return pollerFor(e.name, merging) }

func (e *sourceEngine) attach(p poller, number int, _ func(name string) (int, bool)) error {
	e.poller, e.number = p.(*ringPoller), number
	if err := e.poller.watch(e.fd()); err != nil {
		return &Error{Device: e.name, Reason: "can't wait for packets: " + syserr.Text(err), Err: err}
	}
	e.poller.sources = append(e.poller.sources, e.fd())
	return nil
}

// sourceTurn is how many packets in a row a source may pass over before others have
// their turn: other devices, and whoever ends the capture.
const sourceTurn = 1024

func (e *sourceEngine) next(p *capture.Packet) (ok bool, err error) {
	e.busy = false
	if e.why != nil || e.ended {
		return false, nil
	}
	for range sourceTurn {
		if ok, e.why = e.source.next(p); !ok || e.why != nil {
			e.why = cmp.Or(e.why, e.ending)
			e.recount()
			return false, nil
		}
		e.counted = false
		if p.Data != nil {
			break
		}
	}
	passedOver := p.Data == nil
	if passedOver && e.kind.late {
		now := time.Now()
		p.Time = capture.Timestamp{Sec: now.Unix(), Nsec: int64(now.Nanosecond())}
	}
	if stopped := e.stopped.Load(); stopped != 0 && e.isLater(p, stopped) {
		e.ended, e.why = true, e.ending
		return false, nil
	}
	if passedOver {
		e.busy = true
		e.poller.rouse() // the descriptor does not tell of what has been read already
		return false, nil
	}
	p.LinkType, p.Interface = e.link, e.number
	return true, nil
}

// end ends it, for a reason in words, once what has come is taken.
func (e *sourceEngine) end(reason string) {
	e.ending = &Error{Reason: cmp.Or(reason, interfaceGone)}
	e.interrupt()
	e.poller.rouse()
}

// isLater reports whether a packet came after the end was asked for. Packets may
// never cease.
func (e *sourceEngine) isLater(p *capture.Packet, stopped int64) bool {
	if e.kind.late {
		return nanoseconds(p.Time) > stopped+int64(sourceDrain)
	}
	return nanoseconds(p.Time) > stopped || time.Now().UnixNano() > stopped+int64(sourceDrain)
}

func (e *sourceEngine) lanes() int { return 1 }

func (e *sourceEngine) queues() ([]queue, error) {
	e.queue.engine = e
	return []queue{&e.queue}, nil
}

func (e *sourceEngine) failure() error {
	if e.why == nil {
		return nil
	}
	var named *Error
	if !errors.As(e.why, &named) {
		return &Error{Device: e.name, Reason: syserr.Text(e.why), Err: e.why}
	}
	return e.why
}

// recount asks for the counts once no more packets wait.
func (e *sourceEngine) recount() {
	if !e.counted {
		_, _ = e.stats() // what cannot be told now is told later
		e.counted = true
	}
}

func (e *sourceEngine) lost() (n uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.final.Dropped > e.told {
		n, e.told = e.final.Dropped-e.told, e.final.Dropped
	}
	return n
}

func (e *sourceEngine) interrupt() { e.stopped.CompareAndSwap(0, time.Now().UnixNano()) }

func (e *sourceEngine) abandon() {}

// sourceDrain bounds for how long packets are taken after the end was asked for,
// where their stamps do not tell: a slow machine takes that long for what waits.
const sourceDrain = time.Second

// drained is asked when next has found no packet.
func (e *sourceEngine) drained() (bool, error) {
	now := time.Now()
	if e.drainAt.IsZero() {
		e.drainAt = now.Add(minLateness)
	}
	return e.ended || e.why != nil || !e.busy && now.After(e.drainAt), nil
}

func (e *sourceEngine) stats() (capture.Stats, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return e.final, nil
	}
	st, err := e.source.stats()
	if err == nil {
		e.final = st
	}
	return st, err
}

// sockets are none of the kind from which anything may be asked of a packet socket.
func (e *sourceEngine) sockets() []int { return nil }

func (e *sourceEngine) join(all *Sources) {
	those := e.kind.among(all)
	*those = append(*those, e.fd())
}

func (e *sourceEngine) release() error {
	e.poller.sources = slices.DeleteFunc(e.poller.sources, func(fd int) bool { return fd == e.fd() })
	return e.close()
}

func (e *sourceEngine) close() error {
	_, _ = e.stats() // of a device that is gone what was counted last stays
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	return e.source.close()
}
