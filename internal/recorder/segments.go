package recorder

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// segments are a ring on disk: pcapng files one after the other, of which the oldest are
// removed. Positions count the bytes of all.
type segments struct {
	recorder *Recorder
	dir      string
	lock     *os.File // of dir
	size     int64    // of all, in bytes
	part     int64    // of one
	list     []*segment
	bytes    int64            // of those that are complete
	w        *pcapfile.Writer // of the last; nil: it is complete
	number   uint64           // of the last
	top      uint64           // position behind all
	lost     uint64           // before the packet at hand
	atHand   uint64           // 1 while a packet is written
	broken   bool             // it failed, and nothing has worked since
	retry    time.Time        // when to try again then
	gone     int64            // the latest time of packets that are gone
	lacks    bool             // some are gone
}

// segment is a file of a ring.
type segment struct {
	name        string
	base        uint64 // its position
	size        int64  // in bytes, so far
	stored      int64  // of these in the file, if it is complete
	first, last int64  // times
	offset      int64  // from time stamps to times
	complete    bool
}

func (s *segment) end() uint64 { return s.base + uint64(s.size) }

// maxPart is how large a segment becomes, in bytes, and minSegments into how many parts
// a small ring is divided; maxSegments bounds what is known of them.
const (
	maxPart     = 64 << 20
	minSegments = 16
	maxSegments = 4096
)

// errBroken says that a packet cannot be stored, for a reason that was told.
var errBroken = errors.New("the ring is broken")

// Packets are in a segment within writeDelay.
const writeDelay = 400 * time.Millisecond

// openSegments opens a ring on disk, with what is there already.
func openSegments(r *Recorder) (*segments, error) {
	o := &r.options
	d := &segments{recorder: r, dir: o.Dir, size: o.Size, part: min(maxPart, max(o.Size/minSegments, 4<<10))}
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return nil, named(d.dir, err)
	}
	var err error
	if d.lock, err = lockFolder(d.dir); err != nil {
		return nil, err
	}
	if err := d.recover(); err != nil {
		d.lock.Close()
		return nil, err
	}
	return d, nil
}

// named says which file or folder of the ring an error is about.
func named(name string, err error) error {
	return fmt.Errorf("--ring-dir: %s: %w", name, syserr.Worded(err))
}

// roomFor is about what a packet takes.
func roomFor(pkt *capture.Packet) int64 {
	n := int64(len(pkt.Data)) + 128
	if pkt.Annotation != nil {
		n += int64(len(pkt.Annotation.Comment))
	}
	return n
}

func (d *segments) fits(pkt *capture.Packet) bool { return roomFor(pkt) <= d.size/2 }

func (d *segments) append(r *record, pin uint64) (bool, error) {
	n := roomFor(r.packet)
	if d.w != nil {
		s := d.list[len(d.list)-1]
		if s.size+n > d.part && d.w.Packets() > 0 || s.offset != r.offset {
			if err := d.finish(); err != nil {
				d.missed(err)
				return false, d.fail(err)
			}
		}
	}
	if d.w == nil {
		if d.broken && time.Now().Before(d.retry) {
			return false, errBroken
		}
		if !d.makeRoom(max(n, d.part), pin) {
			return false, nil
		}
		if err := d.begin(r); err != nil {
			return false, d.fail(err)
		}
	}
	s := d.list[len(d.list)-1]
	d.lost, d.atHand = r.lost, 1
	err := d.w.Write(r.packet)
	if err != nil {
		err = d.fail(err)
	}
	if d.atHand = 0; err != nil {
		return false, err
	}
	s.size = d.w.Size()
	s.last = max(s.last, r.time)
	d.top = s.end()
	return true, nil
}

// fail gives up the present segment. Where the disk is full the ring becomes smaller, as the
// youngest packets are those that may be asked for; else another segment is tried later.
func (d *segments) fail(err error) error {
	if d.w != nil {
		d.missed(err)
		_ = d.finish() // it returns that error again
	}
	if (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)) && d.size > 2*d.part {
		fits := d.bytes
		if d.size <= fits {
			fits -= d.part
		}
		d.size = max(min(d.size, fits), 2*d.part)
		return fmt.Errorf("--ring-dir: %w; from now on the ring has %s", err, size(d.size))
	}
	d.retry = time.Now().Add(time.Second)
	if d.broken {
		return errBroken
	}
	d.broken = true
	return fmt.Errorf("--ring-dir: %w; the recorder goes on", err)
}

// missed counts the packets of the present segment that an error says are lost, but for one
// that is at hand, which is counted by who has it.
func (d *segments) missed(err error) {
	var failed *pcapfile.WriteError
	if !errors.As(err, &failed) {
		return
	}
	d.recorder.miss(d.list[len(d.list)-1].last, failed.Lost-min(failed.Lost, d.atHand))
}

// makeRoom removes the oldest segments until there is room for n bytes, but none from the
// position pin on: then it reports false.
func (d *segments) makeRoom(n int64, pin uint64) bool {
	for len(d.list) > 0 && (d.bytes+n > d.size || len(d.list) >= maxSegments) {
		s := d.list[0]
		if s.end() > pin {
			return false
		}
		if err := os.Remove(s.name); err != nil && !os.IsNotExist(err) {
			d.recorder.failed = append(d.recorder.failed, named(s.name, err))
		}
		d.list = d.list[1:]
		d.bytes -= s.stored
		if !d.lacks || s.last > d.gone {
			d.lacks, d.gone = true, s.last
		}
	}
	return true
}

// begin begins a segment, of which a packet is the first.
func (d *segments) begin(r *record) error {
	d.number++
	name := filepath.Join(d.dir, segmentName(d.number, r.packet.Time.Time()))
	w, err := pcapfile.Create(name, r.packet.LinkType, pcapfile.Format{
		Pcapng:      true,
		SnapLen:     d.recorder.known.source.SnapLen(),
		Delay:       writeDelay,
		Interfaces:  func() []capture.Interface { return d.recorder.known.list },
		Lost:        func(int) uint64 { return d.lost },
		Application: d.recorder.options.Application,
		Comment:     "a segment of a ring",
	})
	if err != nil {
		return err
	}
	s := &segment{name: name, base: d.top, first: r.time, last: r.time, offset: r.offset}
	s.size = w.Size()
	d.top = s.end()
	d.list, d.w = append(d.list, s), w
	return nil
}

// finish ends the present segment.
func (d *segments) finish() error {
	s := d.list[len(d.list)-1]
	err := d.w.Close()
	s.size, s.stored, s.complete = max(s.size, d.w.Size()), d.w.Size(), true
	d.top, d.w = s.end(), nil
	if err == nil {
		d.broken = false
	} else if info, serr := os.Stat(s.name); serr == nil {
		s.stored = info.Size() // what could not be written is not there
	}
	d.bytes += s.stored
	return err
}

func (d *segments) start(from int64) uint64 {
	for _, s := range d.list {
		if s.last >= from {
			return s.base
		}
	}
	if d.w != nil {
		return d.list[len(d.list)-1].base
	}
	return d.top
}

func (d *segments) position() uint64 { return d.top }

func (d *segments) oldest() (gone int64, lacks bool) { return d.gone, d.lacks }

func (d *segments) settle() error {
	if d.w == nil {
		return nil
	}
	if err := d.w.Flush(); err != nil {
		return d.fail(err)
	}
	return nil
}

func (d *segments) close() error {
	var err error
	if d.w != nil {
		err = d.finish()
	}
	if cerr := d.lock.Close(); err == nil {
		err = cerr
	}
	return err
}

// segmentCursor reads segments, one after the other.
type segmentCursor struct {
	ring  *segments
	more  more
	limit uint64 // up to which position can be read
	over  bool   // nothing comes any more

	segment segment // a copy of the present one
	file    *os.File
	reader  *pcapfile.Reader
	done    uint64 // bytes of it that were read
	next    uint64 // position of the next one
	numbers []int  // of its interfaces
}

func (d *segments) cursor(at uint64, more more) *cursor {
	c := &segmentCursor{ring: d, more: more, limit: at, next: at}
	return &cursor{next: c.nextPacket, at: func() uint64 { return c.segment.base }, close: c.close}
}

// nextPacket is the next packet that can be read. A segment that is damaged ends where it is.
func (c *segmentCursor) nextPacket(e *entry) (bool, error) {
	for {
		if c.reader == nil {
			if ok, err := c.open(); !ok {
				return false, err
			}
			if c.reader == nil {
				continue
			}
		}
		err := c.reader.Next(&e.packet)
		if err == nil {
			e.time = nanoseconds(e.packet.Time) + c.segment.offset
			e.lost = c.reader.Remarks(&e.annotation)
			e.packet.Origin, e.packet.Interface = nil, c.number(&e.packet)
			if len(e.annotation.Comment) > 0 || e.annotation.Owned {
				e.packet.Annotation = &e.annotation
			} else {
				e.packet.Annotation = nil
			}
			return true, nil
		}
		if err != io.EOF {
			c.fail(err)
		}
		c.close()
		if c.over {
			return false, nil
		}
		if c.next == math.MaxUint64 {
			c.next = c.segment.base + 1
		}
	}
}

// number is that of a packet's interface in incidents.
func (c *segmentCursor) number(pkt *capture.Packet) int {
	if n := len(c.numbers); pkt.Interface >= n {
		r := c.ring.recorder
		r.mu.Lock()
		for _, d := range c.reader.Interfaces()[n:] {
			c.numbers = append(c.numbers, r.known.place(d))
		}
		r.mu.Unlock()
	}
	return c.numbers[pkt.Interface]
}

// fail says that a segment cannot be read.
func (c *segmentCursor) fail(err error) {
	r := c.ring.recorder
	r.mu.Lock()
	r.failed = append(r.failed, fmt.Errorf("--ring-dir: %s: %w; what follows in it is in no incident", c.segment.name, err))
	r.mu.Unlock()
}

// open opens the next segment, waiting for it. It reports false where none comes.
func (c *segmentCursor) open() (bool, error) {
	for !c.take() {
		var ok bool
		if c.limit, ok = c.more(max(c.next, c.limit)); !ok {
			return false, nil
		}
	}
	var err error
	if c.file, err = os.Open(c.segment.name); err != nil {
		c.fail(syserr.Worded(err))
		return true, nil
	}
	c.reader, err = pcapfile.NewReader(c)
	if err != nil {
		c.reader = nil
		if !c.empty() {
			c.fail(err)
		}
		c.close()
	}
	return true, nil
}

// take takes the segment that is next, if it is there.
func (c *segmentCursor) take() bool {
	r := c.ring.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range c.ring.list {
		if s.base >= c.next && s.base < c.limit {
			c.segment, c.done, c.numbers = *s, 0, c.numbers[:0]
			c.next = math.MaxUint64 // known when it is complete
			if s.complete {
				c.next = s.end()
			}
			return true
		}
	}
	return false
}

// Read implements io.Reader: it reads the present segment, and waits where that grows.
func (c *segmentCursor) Read(b []byte) (int, error) {
	for {
		at := c.segment.base + c.done
		end := min(c.limit, c.next)
		if at < end {
			n, err := c.file.ReadAt(b[:min(uint64(len(b)), end-at)], int64(c.done))
			c.done += uint64(n)
			if n > 0 {
				err = nil
			}
			return n, err
		}
		c.grow()
		if c.next != math.MaxUint64 && at >= c.next {
			return 0, io.EOF
		}
		var ok bool
		if c.limit, ok = c.more(at); !ok {
			c.over = true
			return 0, io.EOF
		}
		c.grow()
	}
}

// grow looks whether the present segment is complete by now.
func (c *segmentCursor) grow() {
	r := c.ring.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range c.ring.list {
		if s.base == c.segment.base && s.complete {
			c.next = s.end()
		}
	}
}

// empty reports whether nothing of the present segment could be written, which was said.
func (c *segmentCursor) empty() bool {
	r := c.ring.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(c.ring.list, func(s *segment) bool { return s.base == c.segment.base && s.complete && s.stored == 0 })
}

// close closes the present segment.
func (c *segmentCursor) close() {
	if c.file != nil {
		c.file.Close() // which was only read
	}
	c.file, c.reader = nil, nil
}
