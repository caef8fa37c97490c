package recorder

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// Options are what a recorder is made with.
type Options struct {
	Before, After time.Duration // the window around what fires
	Cooldown      time.Duration // in which nothing fires after a window's end
	Incidents     int           // after which it is done; 0: never
	Size          int64         // of the ring, in bytes
	Dir           string        // where the ring is; "": in memory
	// Live says that packets come as they are captured: the clock goes on without
	// them, and nobody waits for a file to be written.
	Live bool
	// UnderWay, if it is not 0, says that packets come as they are captured elsewhere, and
	// so much later at most: when none comes, the clock goes on without them, too.
	UnderWay time.Duration
	// AnyLinkType says that files hold packets of any link type; else of Source's.
	AnyLinkType bool
	Comment     string         // for the section of each file
	Application string         // name and version of the program
	Location    *time.Location // of times that people are told
	// Lost, if it is not nil, counts the packets of an interface of the source that
	// were lost since it was last asked.
	Lost func(iface int) uint64
	Say  func(text string) // tells people a line, from any goroutine
	Wake func()            // has Idle be called soon, if packets are waited for; from any goroutine
}

// ErrDone says that the last of Options.Incidents is over.
var ErrDone = errors.New("the number of incidents is reached")

// Losses is what a recorder did not do.
type Losses struct {
	Cooled   uint64 // causes within Options.Cooldown
	Unheeded uint64 // causes that came while too many incidents were to be written
	Large    uint64 // packets that do not fit into the ring
	Unstored uint64 // packets that found no room in the ring
}

// MaxQueue is how many incidents wait to be written.
const MaxQueue = 64

// A Recorder keeps the last packets, and writes those around what fires. Packet, Follow,
// Idle, Tick and Close are for the goroutine that captures; Fire is for any.
type Recorder struct {
	options Options
	link    capture.LinkType // of files
	files   *pcapfile.Rotator
	packet  capture.Packet // a copy of the one at hand
	record  record         // of it
	said    capture.Annotation
	comment []byte

	mu     sync.Mutex
	room   sync.Cond // something has been written
	clock  clock
	ring   store
	known  interfaces
	queue  []*incident // to be written, oldest first
	open   []*incident // whose windows are open: of all but the last, some packets may still come
	pin    uint64      // position from which on the ring is needed
	note   string      // for the next packet
	early  []Cause     // that came when there was no time yet
	last   int64       // the end of the last window, so far
	alarm  *time.Timer // live, for when a window is over
	opened int         // windows
	ended  int         // of them
	closed bool
	gap    gap
	losses Losses
	failed []error

	unread  uint64 // bytes that came since the writer was woken
	wake    chan struct{}
	written chan struct{} // closed when the writer has ended
	entry   entry         // that is being written
	timer   *time.Timer   // of the writer
}

// gap is when packets found no room.
type gap struct {
	last    int64 // time
	packets uint64
}

// store is a ring. But for cursors, all is called with Recorder.mu held.
type store interface {
	// fits reports whether it can hold a packet at all.
	fits(pkt *capture.Packet) bool
	// append appends a packet that fits, for which the oldest go, but not those from
	// the position pin on: then it reports false.
	append(r *record, pin uint64) (bool, error)
	start(from int64) uint64             // position of a packet that is not of before a time; some before it may be
	position() uint64                    // behind the youngest packet
	oldest() (gone int64, lacks bool)    // the latest time of packets that are gone, if some are
	settle() error                       // has all before position be readable by a cursor
	cursor(at uint64, more more) *cursor // reads from a position on
	close() error
}

// record is a packet that goes into a ring.
type record struct {
	packet *capture.Packet
	time   int64  // the recorder's
	offset int64  // of it, from the packet's time stamp
	lost   uint64 // packets before it
}

// more returns up to which position can be read, not ok where nothing comes any more. It is
// told what has been.
type more func(at uint64) (limit uint64, ok bool)

// cursor reads packets of a ring, one after the other.
type cursor struct {
	next  func(e *entry) (bool, error) // false: there are no more
	at    func() uint64                // what is before it is not needed any more
	close func()
}

// New makes a recorder of packets of a source.
func New(src capture.Source, o Options) (*Recorder, error) {
	r := &Recorder{options: o, link: src.LinkType(), pin: math.MaxUint64, wake: make(chan struct{}, 1), written: make(chan struct{})}
	r.room.L = &r.mu
	r.clock.live = o.Live
	r.known.follow(src)
	if o.Dir != "" {
		d, err := openSegments(r)
		if err != nil {
			return nil, err
		}
		r.ring = d
		return r, nil
	}
	const page = 4096
	if o.Size > math.MaxInt-page {
		return nil, fmt.Errorf("--ring %s is more than this machine has addresses for", size(o.Size))
	}
	buf, err := allocate(int((o.Size + page - 1) &^ (page - 1)))
	if err != nil {
		return nil, fmt.Errorf("--ring %s: %w", size(o.Size), syserr.Worded(err))
	}
	r.ring = &memory{newRing(buf), r}
	return r, nil
}

// Interfaces are those of packets, as they are numbered in files.
func (r *Recorder) Interfaces() []capture.Interface {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known.list
}

// Number is the number that the source gives an interface of files, if it has it.
func (r *Recorder) Number(iface int) (n int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n = slices.Index(r.known.numbers, iface)
	return n, n >= 0
}

// Lost counts the packets that were lost before the one that is written to a file.
func (r *Recorder) Lost(int) uint64 { return r.entry.lost }

// Begin has what fires be written to files from now on.
func (r *Recorder) Begin(files *pcapfile.Rotator) {
	r.files = files
	go r.write()
}

// Follow has packets come from another source.
func (r *Recorder) Follow(src capture.Source) {
	r.mu.Lock()
	r.known.follow(src)
	r.mu.Unlock()
}

// Packet takes a packet, which may have fired, or something in the time before it. It
// returns ErrDone, and does not take it, if it comes after the last window.
func (r *Recorder) Packet(pkt *capture.Packet, causes []Cause) error {
	p := &r.packet
	*p = *pkt
	var lost uint64
	if r.options.Lost != nil {
		lost = r.options.Lost(pkt.Interface)
	}
	lost += r.remarks(pkt)
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.clock.at(pkt.Time)
	for i := range causes {
		if !causes[i].Packet { // it was before the packet
			r.fireBetween(causes[i], min(nanoseconds(causes[i].Time)+r.clock.offset, t))
		}
	}
	r.endBefore(t)
	if r.done() {
		return ErrDone
	}
	for _, c := range r.early {
		c.Time = pkt.Time
		r.fireBetween(c, t)
	}
	r.early = nil
	for i := range causes {
		if causes[i].Packet && r.fire(causes[i], t) {
			r.mark("trigger: " + causes[i].String())
		}
	}
	if r.note != "" {
		r.mark("trigger before this packet: " + r.note)
		r.note = ""
	}
	if len(r.comment) > 0 || r.said.Owned {
		r.said.Comment = r.comment
		p.Annotation = &r.said
	}
	p.Interface = r.known.number(pkt)
	r.record = record{p, t, r.clock.offset, lost}
	r.keep(&r.record)
	return nil
}

// remarks gathers what is known of a packet, and counts packets that the file which it
// comes from says were lost.
func (r *Recorder) remarks(pkt *capture.Packet) (lost uint64) {
	r.said.Owned = false
	r.comment = r.comment[:0]
	if from, ok := pkt.Origin.(*pcapfile.Reader); ok {
		r.said.Comment = r.comment
		lost = from.Remarks(&r.said)
		r.comment = r.said.Comment
	}
	if a := pkt.Annotation; a != nil {
		if len(a.Comment) > 0 {
			r.mark(string(a.Comment))
		}
		if a.Owned {
			r.said.Process, r.said.Thread, r.said.Owned = a.Process, a.Thread, true
		}
	}
	return lost
}

// mark adds to the comment of the packet at hand.
func (r *Recorder) mark(text string) {
	if len(r.comment) > 0 {
		r.comment = append(r.comment, '\n')
	}
	r.comment = append(r.comment, text...)
}

// keep puts a packet into the ring. Where there is no room as files are written too
// slowly, it waits, or live lets the packet go.
func (r *Recorder) keep(rec *record) {
	n := &r.known.lost[rec.packet.Interface]
	rec.lost += *n
	if !r.ring.fits(rec.packet) {
		r.losses.Large++
		*n = rec.lost + 1
		return
	}
	for {
		ok, err := r.ring.append(rec, r.pin)
		if err != nil && err != errBroken {
			r.failed = append(r.failed, err)
		}
		if ok {
			*n = 0
			break
		}
		if r.options.Live || err != nil {
			r.miss(rec.time, 1)
			*n = rec.lost + 1
			return
		}
		r.rouse()
		r.room.Wait()
	}
	if len(r.queue) > 0 {
		if r.unread += uint64(len(rec.packet.Data)) + recordHeader; r.unread > wakeBytes {
			r.rouse()
		}
	}
}

// wakeBytes is how much is gathered before the writer is woken; in time it wakes by
// itself.
const wakeBytes = 256 << 10

// rouse wakes the writer.
func (r *Recorder) rouse() {
	r.unread = 0
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// miss counts packets that found no room, up to a time.
func (r *Recorder) miss(t int64, packets uint64) {
	if packets == 0 {
		return
	}
	r.losses.Unstored += packets
	r.gap.last = max(r.gap.last, t)
	r.gap.packets += packets
	for _, in := range r.open {
		in.missing += packets
	}
}

// Fire has something fire that is no packet; its time, if it has none, is now.
func (r *Recorder) Fire(c Cause) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.done() {
		return
	}
	if !r.clock.begun && !r.options.Live {
		if len(r.early) < MaxQueue {
			r.early = append(r.early, c)
		}
		return
	}
	now := time.Now()
	t := r.clock.now(now)
	switch {
	case c.Time == (capture.Timestamp{}):
		c.Time = r.clock.stamp(t)
	case r.options.Live: // it may be known a while later only
		if ago := now.UnixNano() - nanoseconds(c.Time); ago > 0 && ago < busyGrace {
			t -= ago
		}
	}
	r.fireBetween(c, t)
}

// fireBetween is fire for what is no packet: the next one says so.
func (r *Recorder) fireBetween(c Cause, t int64) {
	if !r.fire(c, t) || len(r.note) > maxText {
		return
	}
	if r.note != "" {
		r.note += "; "
	}
	r.note += c.String()
}

// fire opens a window, or has the one that is open last longer. It reports false if neither
// is done.
func (r *Recorder) fire(c Cause, t int64) bool {
	after, before := int64(r.options.After), int64(r.options.Before)
	if n := len(r.open); n > 0 && t <= r.last {
		in := r.open[n-1]
		in.to = max(in.to, t+after)
		in.again(c)
		r.last = in.to
		r.setAlarm()
		return true
	}
	switch {
	case r.options.Cooldown > 0 && r.opened > 0 && t <= r.last+int64(r.options.Cooldown):
		r.losses.Cooled++
		return false
	case r.options.Incidents > 0 && r.opened >= r.options.Incidents:
		return false
	}
	if len(r.queue) >= MaxQueue {
		if r.options.Live || r.closed {
			r.losses.Unheeded++
			return false
		}
		r.rouse()
		r.room.Wait()
		return r.fire(c, t)
	}
	in := &incident{cause: c, from: t - before, to: t + after, oldest: t}
	if gone, lacks := r.ring.oldest(); lacks && gone >= in.from {
		in.lacks, in.short = true, max(t-gone, 0)
	}
	if r.gap.packets > 0 && r.gap.last >= in.from {
		in.missing = r.gap.packets
	} else {
		r.gap = gap{}
	}
	in.at = r.ring.start(in.from)
	r.open, r.queue = append(r.open, in), append(r.queue, in)
	r.last = in.to
	r.opened++
	r.setAlarm()
	r.repin()
	r.rouse()
	return true
}

// setAlarm has somebody look when the last window is over: no packet may come then.
func (r *Recorder) setAlarm() {
	if r.options.Live {
		r.wakeAfter(r.last - r.clock.now(time.Now()) + idleGrace)
	}
}

// wakeAfter has Idle be called after some nanoseconds.
func (r *Recorder) wakeAfter(ns int64) {
	wait := time.Duration(ns) + 10*time.Millisecond
	if r.alarm == nil {
		r.alarm = time.AfterFunc(wait, r.options.Wake)
	} else {
		r.alarm.Reset(wait)
	}
}

// endBefore ends the windows that are over at a time, of which all packets have come.
func (r *Recorder) endBefore(t int64) {
	for len(r.open) > 0 && t > r.open[0].to {
		r.end(false)
	}
}

// end ends the first window that is open.
func (r *Recorder) end(cut bool) {
	in := r.open[0]
	in.ended, in.end, in.cut = true, r.ring.position(), cut
	if r.open = slices.Delete(r.open, 0, 1); len(r.open) == 0 {
		r.note = ""
	}
	r.ended++
	r.rouse()
}

// done reports whether the last window is over.
func (r *Recorder) done() bool { return r.options.Incidents > 0 && r.ended >= r.options.Incidents }

// repin finds from which position on the ring is needed.
func (r *Recorder) repin() {
	r.pin = math.MaxUint64
	for _, in := range r.queue {
		r.pin = min(r.pin, in.at)
	}
}

// A window ends by the clock when packets of it may not come any more: they are handed over
// within a quarter of a second, and where other packets keep us busy within more.
const (
	idleGrace = int64(400 * time.Millisecond)
	busyGrace = int64(3 * time.Second)
)

// Idle says that no packet is waiting. It returns ErrDone after the last window.
func (r *Recorder) Idle() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.clock.sample(now)
	if late := r.options.UnderWay; late > 0 {
		t := r.clock.estimate(now) - int64(late)
		r.endBefore(t)
		if len(r.open) > 0 {
			r.wakeAfter(r.open[0].to - t)
		}
	}
	return r.look(now, idleGrace)
}

// Tick is called about once a second. It returns ErrDone after the last window.
func (r *Recorder) Tick() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.look(time.Now(), busyGrace)
}

// look ends windows that are over by the clock.
func (r *Recorder) look(now time.Time, grace int64) error {
	if r.options.Live {
		r.endBefore(r.clock.now(now) - grace)
	}
	if r.done() {
		return ErrDone
	}
	return nil
}

// Failures are what went wrong since it was last asked: with files, and with the ring.
func (r *Recorder) Failures() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	failed := r.failed
	r.failed = nil
	return failed
}

// Losses counts what was not done.
func (r *Recorder) Losses() Losses {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.losses
}

// Close ends the window that is open, and returns when all files are written. What went
// wrong is among Failures.
func (r *Recorder) Close() {
	r.mu.Lock()
	if r.alarm != nil {
		r.alarm.Stop()
	}
	for len(r.open) > 0 {
		r.end(!r.options.Live || r.clock.now(time.Now()) <= r.open[0].to)
	}
	r.closed = true
	r.rouse()
	r.mu.Unlock()
	if r.files != nil {
		<-r.written
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ring.close(); err != nil {
		r.failed = append(r.failed, err)
	}
}
