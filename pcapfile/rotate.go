package pcapfile

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// Classic says when a new file is begun, as tcpdump's -C, -G and -W do: it is
// looked at when a packet comes, and 0 stands for an option that is not given.
type Classic struct {
	Size    int64 // -C: bytes that a file exceeds before the next one is begun
	Seconds int64 // -G: for how long packets go to a file; names take strftime's conversions
	Files   int   // -W: with Size how many files are used in turn, with Seconds alone how many are written at all
}

// Series says when a new file is begun by plain rules that combine freely. The
// zero value of each means that it does not apply.
type Series struct {
	Size    int64         // bytes that a file does not exceed, unless one packet does
	Every   time.Duration // for how long packets go to a file, on the clock and not with the next packet
	Packets uint64        // that a file holds
	Align   bool          // Every ends at whole multiples of itself in local time, as on the hour

	KeepFiles int   // how many files remain; the oldest are removed
	KeepBytes int64 // how many bytes all files together hold; the oldest are removed

	MaxBytes int64 // after which writing ends
}

// rotates reports whether the series has more than one file.
func (s *Series) rotates() bool { return s.Size > 0 || s.Every > 0 || s.Packets > 0 }

func (s *Series) limitReached() error {
	return &LimitError{fmt.Sprintf("the limit of %d bytes is reached", s.MaxBytes)}
}

// Rules are how a Rotator proceeds. Only one of Classic and Series may be set.
type Rules struct {
	Classic  Classic
	Series   Series
	Location *time.Location // the zone of times in names; nil: time.Local
	// Command is run with the name of each file that is closed, the last one
	// included, at the lowest priority and beside the writing.
	Command string
	// Start starts Command on a file; nil means StartCommand.
	Start Start
	// Warn is called when Command or removing a file failed, from another goroutine.
	// nil: Close returns the first such error, if the writing had none; of commands
	// that fail after Close nobody learns.
	Warn func(error)
	// Create makes files of another format, in place of Format: nil means Create. One
	// that no packet went to is none: it is not kept, and Command is not run on it.
	Create func(name string) (File, error)
	// OnCall has files begin when Begin is called, and end when End is: none is there
	// before. They are named as those of a Series, but after the time that Begin is
	// given, and none takes the place of one that exists. What fails about one says
	// nothing about the next.
	OnCall bool
	// PacketTime has Series.Every, and the times in names, be those of packets and not
	// the clock's: for packets that were captured at another time. A packet that is
	// earlier than the one before goes to the file of that. With Align a file is called
	// after the beginning of its interval.
	PacketTime bool
	// Beside is what files are called after that are removed with the files: what is
	// behind the name; "": there are none.
	Beside string
}

// series reports whether files are named and kept as those of a series are.
func (r *Rules) series() bool { return r.Series.rotates() || r.OnCall }

// File is one of those that a Rotator writes one after another. Its methods are those
// of a Writer.
type File interface {
	Write(pkt *capture.Packet) error
	Size() int64
	Packets() uint64
	Flush() error
	Idle() error
	Close() error
}

// LimitError says that the rules allow no more packets: it ends the writing
// without anything having failed.
type LimitError struct{ text string }

func (e *LimitError) Error() string { return e.text }

// A Rotator writes packets to one file after another. Its methods may be called
// from several goroutines.
type Rotator struct {
	rules   Rules
	link    capture.LinkType
	format  Format
	namer   namer
	command *commands // nil: none
	now     func() time.Time

	mu      sync.Mutex
	w       File    // nil after Close, and with PacketTime before the first packet
	own     *Writer // w, if it is one of our formats; else nil
	name    string  // of the current file
	since   int64   // Classic: when the current interval began, Unix seconds
	periods int     // Classic: intervals that are over
	number  int     // Classic: of the current file within its interval
	next    time.Time
	timer   *time.Timer
	kept    []keptFile // Series: closed files that were not removed, oldest first
	bytes   int64      // of them, as stored
	packets uint64     // in closed files
	total   int64      // bytes in closed files, before compression
	err     error

	unsaid atomic.Pointer[error] // the first that Rules.Warn was not there for
}

type keptFile struct {
	name string
	size int64
}

// Rotate opens the first file of those that packets of a link type are written to
// by the given rules. How the files are called follows from name: with Classic as tcpdump calls them;
// with Series after strftime's conversions in it or, if there are none, with a
// number and the time put before its ending, like out_00001_20060102150405.pcap.
func Rotate(name string, link capture.LinkType, f Format, rules Rules) (*Rotator, error) {
	if rules.Classic != (Classic{}) && rules.Series != (Series{}) {
		return nil, errors.New("-C, -G and -W have rules of their own and cannot be used with --rotate-..., --keep-..., --align and --max-bytes")
	}
	if name == "-" && rules.series() {
		return nil, errors.New("the standard output is one file and cannot be rotated; name a file with -w")
	}
	return rotate(name, link, f, rules, time.Now)
}

// rotate is Rotate with a clock for tests.
func rotate(name string, link capture.LinkType, f Format, rules Rules, clock func() time.Time) (*Rotator, error) {
	if rules.Location == nil {
		rules.Location = time.Local
	}
	r := &Rotator{rules: rules, link: link, format: f, now: clock}
	r.format.omitted = new(omissions)
	r.namer = namer{pattern: name, free: rules.OnCall}
	if rules.Command != "" {
		r.command = &commands{command: rules.Command, start: StartCommand, warn: r.warn}
		if rules.Start != nil {
			r.command.start = rules.Start
		}
	}
	now := r.now()
	r.since = now.Unix()
	if rules.PacketTime || rules.OnCall {
		return r, nil
	}
	if err := r.open(now); err != nil {
		return nil, err
	}
	r.mu.Lock() // the timer may fire at once
	r.startTimer(now)
	r.mu.Unlock()
	return r, nil
}

// warn reports an error that does not end the writing.
func (r *Rotator) warn(err error) {
	if r.rules.Warn != nil {
		r.rules.Warn(err)
		return
	}
	r.unsaid.CompareAndSwap(nil, &err)
}

// Write writes a packet, to a new file if it is time for one. It returns a
// *LimitError, and does not write the packet, if the rules allow no more.
func (r *Rotator) Write(pkt *capture.Packet) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return countLost(r.err, 1)
	}
	if r.w == nil {
		r.err = r.openAt(pkt.Time.Time())
	}
	if r.err != nil {
		return countLost(r.err, 1)
	}
	if r.rules.Series != (Series{}) {
		r.err = r.turnSeries(pkt)
	} else if r.rules.Classic != (Classic{}) {
		r.err = r.turnClassic()
	}
	if r.err == nil {
		r.err = r.w.Write(pkt)
	} else {
		countLost(r.err, 1)
	}
	return r.err
}

// turnClassic begins a new file before a packet if -C or -G say so.
func (r *Rotator) turnClassic() error {
	c := &r.rules.Classic
	if c.Seconds > 0 {
		now := r.now()
		if now.Unix()-r.since >= c.Seconds {
			r.since = now.Unix()
			r.periods++
			if c.Size == 0 && c.Files > 0 && r.periods >= c.Files {
				if err := r.closeFile(); err != nil {
					return err
				}
				return &LimitError{fmt.Sprintf("Maximum file limit reached: %d", c.Files)}
			}
			r.number = 0
			if err := r.turn(now); err != nil {
				return err
			}
		}
	}
	if c.Size == 0 || r.w.Size() <= c.Size {
		return nil
	}
	r.number++
	if c.Files > 0 && r.number >= c.Files {
		r.number = 0
	}
	return r.turn(r.now())
}

// turnSeries begins a new file before a packet that does not go into the
// current one, and makes room for it.
func (r *Rotator) turnSeries(pkt *capture.Packet) error {
	s := &r.rules.Series
	if now := pkt.Time.Time(); r.rules.PacketTime && s.Every > 0 && !now.Before(r.next) {
		if err := r.closeFile(); err != nil {
			return err
		}
		if err := r.openAt(now); err != nil {
			return err
		}
	}
	n := r.recordSize(pkt)
	if s.MaxBytes > 0 && r.total+r.w.Size()+n > s.MaxBytes {
		return s.limitReached()
	}
	if r.w.Packets() > 0 && (s.Size > 0 && r.w.Size()+n > s.Size || s.Packets > 0 && r.w.Packets() >= s.Packets) {
		if err := r.turn(r.time(pkt)); err != nil {
			return err
		}
	}
	r.removeOldest(n)
	return nil
}

// recordSize is how many bytes a packet adds to the file, at least.
func (r *Rotator) recordSize(pkt *capture.Packet) int64 {
	if r.own == nil {
		return 1
	}
	return r.own.recordSize(pkt)
}

// time is what a file that begins with a packet is called after.
func (r *Rotator) time(pkt *capture.Packet) time.Time {
	if r.rules.PacketTime {
		return pkt.Time.Time()
	}
	return r.now()
}

// openAt begins a file, and its interval, at the time of a packet.
func (r *Rotator) openAt(now time.Time) error {
	s := &r.rules.Series
	now = now.In(r.rules.Location)
	if s.Every > 0 {
		if r.next = nextTurn(now, s.Every, s.Align); s.Align {
			now = r.next.Add(-s.Every)
		}
	}
	return r.open(now)
}

// turn closes the current file and begins the next one.
func (r *Rotator) turn(now time.Time) error {
	if err := r.closeFile(); err != nil {
		return err
	}
	return r.open(now)
}

// open begins a file.
func (r *Rotator) open(now time.Time) error {
	name, err := r.nextName(now)
	if err != nil {
		return err
	}
	w, own, err := r.create(name)
	if err == nil && r.name != "" {
		// Whatever ends the program, the file is one that can be read.
		if err = w.Flush(); err != nil {
			w.Close() // it returns that error again
		}
	}
	if err != nil {
		if r.name == "" || r.rules.OnCall {
			return err
		}
		return fmt.Errorf("%w: packets in the files before: %d; the following ones are lost", err, r.packets)
	}
	r.w, r.own, r.name = w, own, name
	for i := range r.kept {
		if r.kept[i].name == name { // overwritten
			r.bytes -= r.kept[i].size
			r.kept = append(r.kept[:i], r.kept[i+1:]...)
			break
		}
	}
	r.removeOldest(0)
	return nil
}

func (r *Rotator) create(name string) (File, *Writer, error) {
	if r.rules.Create != nil {
		w, err := r.rules.Create(name)
		return w, nil, err
	}
	w, err := Create(name, r.link, r.format)
	if err != nil {
		return nil, nil, err
	}
	return w, w, nil
}

func (r *Rotator) nextName(now time.Time) (string, error) {
	if r.rules.series() {
		return r.namer.next(now.In(r.rules.Location))
	}
	c := &r.rules.Classic
	return r.namer.classic(time.Unix(r.since, 0).In(r.rules.Location), c, r.number)
}

// closeFile closes the current file and has the command run on it.
func (r *Rotator) closeFile() error {
	w := r.w
	r.w, r.own = nil, nil
	err := w.Close()
	r.packets += w.Packets()
	r.total += w.Size()
	if err == nil && r.rules.Create != nil && w.Packets() == 0 {
		return nil
	}
	if r.rules.series() {
		size := w.Size()
		if info, err := os.Stat(r.name); err == nil {
			size = info.Size()
		}
		r.kept = append(r.kept, keptFile{r.name, size})
		r.bytes += size
	}
	if err != nil {
		return err
	}
	if r.command != nil {
		r.command.run(r.name)
	}
	return nil
}

// removeOldest removes files until the rest, the current one and more bytes in
// it are within what is to be kept.
func (r *Rotator) removeOldest(more int64) {
	s := &r.rules.Series
	for len(r.kept) > 0 && (s.KeepFiles > 0 && len(r.kept) >= s.KeepFiles ||
		s.KeepBytes > 0 && r.bytes+r.w.Size()+more > s.KeepBytes) {
		oldest := r.kept[0]
		r.kept = r.kept[1:]
		r.bytes -= oldest.size
		if err := removeFile(oldest.name); err != nil {
			r.warn(fmt.Errorf("removing %s, to keep no more than asked for: %w", oldest.name, reason(err)))
		}
		r.removeBeside(oldest.name)
	}
}

// removeBeside removes what is called after a file, if it is there.
func (r *Rotator) removeBeside(name string) {
	if r.rules.Beside == "" {
		return
	}
	name += r.rules.Beside
	if _, err := os.Lstat(name); err != nil {
		return
	}
	if err := os.Remove(name); err != nil {
		r.warn(fmt.Errorf("removing %s: %w", name, reason(err)))
	}
}

// removeFile removes a file, or what a compressing command made of it.
func removeFile(name string) error {
	// Removing what is not there asks the system to remove a folder, too, which the
	// caller may not be allowed.
	_, err := os.Lstat(name)
	if !errors.Is(err, os.ErrNotExist) {
		return os.Remove(name)
	}
	for _, suffix := range []string{".gz", ".zst", ".lz4", ".xz", ".bz2"} {
		if _, err := os.Lstat(name + suffix); err == nil {
			return os.Remove(name + suffix)
		}
	}
	return err
}

// maxTimer is the longest that the clock is not looked at: it may be set.
const maxTimer = time.Minute

// startTimer arranges for the next turn on the clock.
func (r *Rotator) startTimer(now time.Time) {
	s := &r.rules.Series
	if s.Every <= 0 {
		return
	}
	r.next = nextTurn(now, s.Every, s.Align)
	r.timer = time.AfterFunc(min(r.next.Sub(now), maxTimer), r.tick)
}

// nextTurn is when an interval that begins now ends.
func nextTurn(now time.Time, every time.Duration, align bool) time.Time {
	if !align {
		return now.Add(every)
	}
	_, offset := now.Zone()
	local := now.UnixNano() + int64(offset)*1e9
	// Round strips the monotonic clock: it is the wall clock that is meant.
	return now.Round(0).Add(every - time.Duration(local%int64(every)))
}

// tick begins a new file if it is time for one.
func (r *Rotator) tick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || r.w == nil {
		return
	}
	now := r.now()
	if !now.Before(r.next) {
		s := &r.rules.Series
		if r.next = r.next.Add(s.Every); s.Align || r.next.Before(now) {
			r.next = nextTurn(now, s.Every, s.Align)
		}
		if r.err = r.turn(now); r.err != nil {
			if r.format.Fail != nil {
				go r.format.Fail(r.err)
			}
			return
		}
	}
	r.timer.Reset(min(r.next.Sub(now), maxTimer))
}

// Flush hands everything to the system, so that all packets so far can be read
// from the files.
func (r *Rotator) Flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && r.w != nil {
		r.err = r.w.Flush()
	}
	return r.err
}

// Idle says that no packet is waiting, as Writer.Idle.
func (r *Rotator) Idle() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && r.w != nil {
		r.err = r.w.Idle()
	}
	return r.err
}

// Follow is Writer.Follow: each of the files begins with the description of the
// section, its interfaces, names and secrets so far.
func (r *Rotator) Follow(readers ...*Reader) {
	r.mu.Lock()
	if r.err == nil && r.own != nil {
		r.own.beginSection(readers)
		r.format.followed = r.own.followed
	}
	r.mu.Unlock()
	for _, from := range readers {
		from.follow(r)
	}
}

// takeBlock implements follower.
func (r *Rotator) takeBlock(from *Reader, b *block) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil && r.own != nil && b != nil && b.kind != blockSection && b.kind != blockInterface {
		r.err = r.turnForBlock(int64(blockHeadLen + len(b.body) + blockTailLen))
	}
	if r.err == nil && r.own != nil {
		r.own.takeBlock(from, b)
	}
}

// turnForBlock makes room for a block of n bytes as turnSeries does for a packet.
func (r *Rotator) turnForBlock(n int64) error {
	s := &r.rules.Series
	switch {
	case s.MaxBytes > 0 && r.total+r.w.Size()+n > s.MaxBytes:
		return s.limitReached()
	case s.Size > 0 && r.w.Packets() > 0 && r.w.Size()+n > s.Size:
		return r.turn(r.now())
	}
	return nil
}

// OmittedBlocks is Writer.OmittedBlocks, for all files.
func (r *Rotator) OmittedBlocks() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.format.omitted.String()
}

// Packets is the number of packets taken so far.
func (r *Rotator) Packets() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.w == nil {
		return r.packets
	}
	return r.packets + r.w.Packets()
}

// Close closes the current file. It returns the error that ended the writing,
// unless that was a *LimitError; see also Rules.Warn. The command may go on: see Wait.
func (r *Rotator) Close() error {
	r.mu.Lock()
	if r.timer != nil {
		r.timer.Stop()
	}
	var limit *LimitError
	if errors.As(r.err, &limit) {
		r.err = nil
	}
	if r.w != nil {
		if err := r.closeFile(); r.err == nil {
			r.err = err
		}
	}
	err := r.err
	if r.err == nil {
		r.err = errClosed
	}
	r.mu.Unlock()
	if err == errClosed {
		return nil
	}
	if unsaid := r.unsaid.Swap(nil); err == nil && unsaid != nil {
		return *unsaid
	}
	return err
}

// Busy is the number of files that the command has still to do.
func (r *Rotator) Busy() int {
	if r.command == nil {
		return 0
	}
	return r.command.busy()
}

// Wait, after Close, returns when the command has run on all files or when
// leave is closed, whatever comes first, with the number of files that it is
// still at work on. It finishes them also when this process ends.
func (r *Rotator) Wait(leave <-chan struct{}) int {
	if r.command == nil {
		return 0
	}
	return r.command.wait(leave)
}
