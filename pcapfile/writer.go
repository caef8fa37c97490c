package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/openfile"
	"github.com/tapdump/tapdump/versions"
)

// bufferSize is how many bytes of records are gathered before they are written.
const bufferSize = 256 << 10

// Format is how a file is written. The zero value is tcpdump's: pcap with
// microseconds, uncompressed, of packets of any length.
type Format struct {
	// SnapLen is the snapshot length that the file tells, in bytes; 0 stands for
	// the most that packets of the link type have.
	SnapLen int
	// Nano has time stamps be kept in nanoseconds. Otherwise a pcap file has
	// microseconds, and what is below is lost; pcapng has nanoseconds anyway.
	Nano bool
	// LinkTypeExt is that of Header.
	LinkTypeExt uint32
	Pcapng      bool
	Compression Compression
	// Like is the version whose libpcap knows which link types files can have.
	Like versions.Version
	// Delay is how long a packet may wait in the buffer: then what is gathered is
	// handed to the system, from another goroutine, be the program busy or idle.
	// 0: until the buffer is full. Fail is called, from that goroutine, when it
	// could not be written; the next call returns the error.
	Delay time.Duration
	Fail  func(error)
	// The rest is for pcapng alone, and may be left out. Interfaces lists the
	// interfaces of the packets' source; it may grow. Lost counts the packets of
	// one of them that were lost since it was last asked, which the next packet
	// tells. Stats gives the counts of one of them for the end of the file, if
	// they are known. Application is the name and version of the writing program.
	// Selective says that not all packets of the source go to this one file: of a
	// pcapng file that is followed some blocks and options are left out then, as
	// they ask to be.
	Interfaces  func() []capture.Interface
	Lost        func(iface int) uint64
	Stats       func(iface int) (capture.Stats, bool)
	Application string
	Comment     string
	Selective   bool
	// Secrets, if it is not nil, gives a TLS key log, whose lines go into the file:
	// all that it has, and later what it has got behind that. They stand in front
	// of all packets that are in the buffer then, so that Idle leaves these there
	// until Delay is over: programs write secrets down when they have begun to use them.
	Secrets func() []byte
	// Stop, if it is not nil, is closed when a file that cannot be opened, such
	// as a pipe that nobody reads, is not to be waited for any more.
	Stop <-chan struct{}

	// KeepTurn has a regular file be written to without a word to Go's scheduler, on
	// Linux. That wakes up a thread each time, which would otherwise watch over who waits
	// for the system: a fifth of what a capture takes that goes into a file. For programs
	// that have nothing to do meanwhile, since no other goroutine takes over.
	KeepTurn bool

	// Watch, if it is not nil, is called with the name of each file that Create opens and
	// that is not compressed, and returns who hears what goes into it; nil: nobody.
	Watch func(name string) Watcher

	followed // that a Rotator's files share
}

// A Writer writes packets to one file, in the machine's byte order. Its methods
// may be called from several goroutines.
//
// After an error, which names the file and the reason, all methods return that
// error. That of writing is a *WriteError, which goes on counting the packets.
type Writer struct {
	name  string
	tick  int64 // nanoseconds
	delay time.Duration
	told  func(error) // Format.Fail, or nil

	mu       sync.Mutex
	out      io.Writer
	squeezer *squeezer // between buf and out, or nil
	file     *os.File  // what Create opened, else nil
	head     Header    // of the file
	ng       *ngWriter // nil: pcap
	buf      []byte    // whole records (and headers), not written yet, or not flushed
	squeezed int       // bytes of buf that squeezer has
	buffered uint64    // packets in buf
	written  uint64    // packets handed to the system
	size     int64     // bytes accepted, before compression
	timer    *time.Timer
	armed    bool // timer is to hand over what is gathered
	err      error
	watcher  Watcher // nil: nobody
	followed
}

// Create creates the named file for packets of a link type, or empties it if it
// exists. "-" stands for the standard output. A pcapng file may have interfaces of
// other link types, too: see Format.Interfaces and Follow.
func Create(name string, link capture.LinkType, f Format) (*Writer, error) {
	if _, ok := savefileType(link, f.Like); !ok {
		return nil, unwritable(name, link)
	}
	if name == "-" {
		return NewWriter(os.Stdout, "standard output", link, f)
	}
	// Not for reading: a pipe whose reader goes away has to break.
	file, err := openfile.Open(f.Stop, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	var out io.Writer = file
	if f.KeepTurn {
		out = keepingTurn(file)
	}
	w, err := NewWriter(out, name, link, f)
	if err != nil {
		file.Close() // empty: the other error is the one that counts
		return nil, err
	}
	w.file = file
	if f.Watch != nil && f.Compression == Uncompressed {
		w.watcher = f.Watch(name)
		w.tellOther(0)
	}
	return w, nil
}

func unwritable(name string, l capture.LinkType) error {
	return fmt.Errorf("%s: link-layer type %d isn't supported in savefiles", name, uint32(l))
}

// NewWriter is Create, but writes to out, which errors call by name. The Writer does
// not close it.
func NewWriter(out io.Writer, name string, link capture.LinkType, f Format) (*Writer, error) {
	number, ok := savefileType(link, f.Like)
	if !ok {
		return nil, unwritable(name, link)
	}
	if f.SnapLen == 0 {
		f.SnapLen = int(maxSnapLen(link))
	}
	head := Header{LinkType: link, LinkTypeExt: f.LinkTypeExt, SnapLen: f.SnapLen, Nano: f.Nano}
	w := &Writer{
		name: name, out: out, head: head, tick: 1000, delay: f.Delay, told: f.Fail,
		buf: make([]byte, 0, bufferSize+capture.MaxSnapLen),
	}
	if f.Compression != Uncompressed {
		squeezer, err := newSqueezer(out, f.Compression)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		w.squeezer = squeezer
	}
	w.followed = f.followed
	if w.omitted == nil {
		w.omitted = new(omissions)
	}
	if f.Pcapng {
		w.ng = &ngWriter{format: f, link: link, source: w.source} // it begins when something is known of the source
	} else {
		if f.Nano {
			w.tick = 1
		}
		w.buf = appendFileHeader(w.buf, head, number)
	}
	w.size = int64(len(w.buf))
	return w, nil
}

// appendFileHeader appends a pcap file's header.
func appendFileHeader(b []byte, h Header, linkType uint32) []byte {
	order := binary.NativeEndian
	magic := uint32(magicMicro)
	if h.Nano {
		magic = magicNano
	}
	b = order.AppendUint32(b, magic)
	b = order.AppendUint16(b, versionMajor)
	b = order.AppendUint16(b, versionMinor)
	b = order.AppendUint64(b, 0) // formerly the time zone and the stamps' accuracy
	b = order.AppendUint32(b, uint32(h.SnapLen))
	return order.AppendUint32(b, linkType|h.LinkTypeExt)
}

// maxNanoSeconds is the last second whose nanoseconds since 1970 have 64 bits.
const maxNanoSeconds = math.MaxUint64/1_000_000_000 - 1

// Write puts a packet into the buffer, and writes the buffer if it is full. It is
// an error that a packet is not of the link type of the file or, with pcapng, of
// that of its interface, and that
// the format cannot hold a time: pcap has 32 bits of seconds, pcapng 64 bits of
// nanoseconds since 1970. Of the fraction pcap keeps microseconds if the file has
// no more.
func (w *Writer) Write(pkt *capture.Packet) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.lose(1)
	}
	w.begin()
	before := len(w.buf)
	if w.ng != nil {
		if uint64(pkt.Time.Sec) > maxNanoSeconds && !w.ng.copies(pkt) {
			return w.refuse("packet %d is of %s, and pcapng in nanoseconds holds times from 1970 to 2554", w.taken()+1, describeTime(pkt.Time.Sec))
		}
		if !w.ng.describes(&w.buf, pkt) {
			return w.refuse("packet %d is of link type %s, and its interface is not: list the interfaces of several by Format.Interfaces, or follow the files that they are in",
				w.taken()+1, pkt.LinkType)
		}
		w.buf = w.ng.appendPacket(w.buf, pkt)
	} else {
		if err := w.fits(pkt); err != nil {
			return err
		}
		if w.follows {
			w.omitted.addComments(pkt)
		}
		order := binary.NativeEndian
		b := order.AppendUint32(w.buf, uint32(pkt.Time.Sec))
		b = order.AppendUint32(b, uint32(pkt.Time.Nsec/w.tick))
		b = order.AppendUint32(b, uint32(len(pkt.Data)))
		b = order.AppendUint32(b, pkt.Length)
		w.buf = append(b, pkt.Data...)
	}
	w.buffered++
	w.size += int64(len(w.buf) - before)
	w.tellPacket(before, pkt)
	return w.gathered()
}

// WriteAll is Write for several packets, and returns how many were taken before one
// was not, with that one's error.
func (w *Writer) WriteAll(pkts []capture.Packet) (n int, err error) {
	for n < len(pkts) {
		w.mu.Lock()
		n += w.appendPlain(pkts[n:])
		w.mu.Unlock()
		if n == len(pkts) {
			break
		}
		// What is not plain, or fills the buffer.
		if err := w.Write(&pkts[n]); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// appendPlain puts packets into the buffer of a plain pcap file, as long as that is all
// there is to do for one, and returns how many.
func (w *Writer) appendPlain(pkts []capture.Packet) (n int) {
	if w.err != nil || w.ng != nil || w.watcher != nil || w.follows || w.delay > 0 && !w.armed || w.squeezer != nil {
		return 0
	}
	order := binary.NativeEndian
	b, nano := w.buf, w.tick == 1
	for ; n < len(pkts); n++ {
		pkt := &pkts[n]
		before, size := len(b), len(pkt.Data)
		after := before + recordHeaderLen + size
		if after >= bufferSize || pkt.LinkType != w.head.LinkType || uint64(pkt.Time.Sec) > math.MaxUint32 || size > w.head.SnapLen {
			break
		}
		fraction := pkt.Time.Nsec
		if !nano {
			fraction /= 1000
		}
		b = b[:after]
		head := b[before : before+recordHeaderLen : after]
		order.PutUint32(head[0:], uint32(pkt.Time.Sec))
		order.PutUint32(head[4:], uint32(fraction))
		order.PutUint32(head[8:], uint32(size))
		order.PutUint32(head[12:], pkt.Length)
		copy(b[before+recordHeaderLen:], pkt.Data)
	}
	w.size += int64(len(b) - len(w.buf))
	w.buffered += uint64(n)
	w.buf = b
	return n
}

// begin puts what a pcapng file begins with into the buffer, if that was not done
// yet.
func (w *Writer) begin() {
	if w.ng != nil && !w.ng.begun && w.err == nil {
		before := len(w.buf)
		w.buf = w.ng.appendBeginning(w.buf)
		w.size += int64(len(w.buf) - before)
		w.tellOther(before)
	}
}

// gathered is called when the buffer has got more: it is written if it is full,
// or will be in time.
func (w *Writer) gathered() error {
	switch {
	case len(w.buf)-w.squeezed >= bufferSize:
		if w.squeezer != nil && len(w.buf) < maxUnflushed {
			return w.squeeze()
		}
		return w.drain()
	case w.delay > 0 && !w.armed:
		w.armed = true
		if w.timer == nil {
			w.timer = time.AfterFunc(w.delay, w.handOver)
		} else {
			w.timer.Reset(w.delay)
		}
	}
	return nil
}

// handOver writes what has waited for Delay.
func (w *Writer) handOver() {
	w.mu.Lock()
	w.armed = false
	failed := w.err == nil && w.drain() != nil
	err := w.err
	w.mu.Unlock()
	if failed && w.told != nil {
		w.told(err)
	}
}

// recordSize is how many bytes Write adds for a packet, at least.
func (w *Writer) recordSize(pkt *capture.Packet) int64 {
	if w.ng == nil {
		return recordHeaderLen + int64(len(pkt.Data))
	}
	if r, ok := pkt.Origin.(*Reader); ok && r.ng != nil && w.source != nil {
		return int64(blockHeadLen + len(r.passage.packet.body) + blockTailLen)
	}
	return blockHeadLen + enhancedPacketLen + int64(len(pkt.Data)+3)&^3 + blockTailLen
}

// Size is the length in bytes that the file has once the buffer is written, not
// counting compression.
func (w *Writer) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	return w.size
}

// Packets is the number of packets taken so far.
func (w *Writer) Packets() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.taken()
}

func (w *Writer) taken() uint64 { return w.written + w.buffered }

// Flush hands everything to the system, so that all packets so far can be read
// from the file.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.drain()
}

// Idle says that no packet is waiting. It is Flush but for a compressed file,
// which would grow with every small block, and one with secrets: there Delay alone
// decides.
func (w *Writer) Idle() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.squeezer != nil || w.ng != nil && w.ng.format.Secrets != nil && w.delay > 0 {
		return w.err
	}
	return w.drain()
}

// drain writes the buffer.
func (w *Writer) drain() error {
	w.begin()
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	w.insertSecrets()
	if w.squeezer != nil {
		if err := w.squeeze(); err != nil {
			return err
		}
		if err := w.squeezer.flush(w.buf); err != nil {
			return w.fail(min(w.squeezer.readable(), len(w.buf)), err)
		}
	} else if n, err := w.out.Write(w.buf); err != nil {
		return w.fail(n, err)
	} else if w.watcher != nil {
		w.watcher.Written(w.buf)
	}
	w.written += w.buffered
	w.buf, w.squeezed, w.buffered = w.buf[:0], 0, 0
	if w.ng != nil {
		w.ng.packetsAt = 0
	}
	return nil
}

// squeeze compresses what the buffer has, and writes what that fills.
func (w *Writer) squeeze() error {
	w.insertSecrets()
	if err := w.squeezer.write(w.buf[w.squeezed:]); err != nil {
		return w.fail(min(w.squeezer.readable(), len(w.buf)), err)
	}
	w.squeezed = len(w.buf)
	return nil
}

// Close writes the buffer and what ends the file, and closes it if Create
// opened it.
func (w *Writer) Close() (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.begin()
	if w.err == nil && w.ng != nil {
		w.insertSecrets()
		before := len(w.buf)
		w.buf = w.ng.appendStatistics(w.buf)
		w.tellOther(before)
	}
	err = w.drain()
	if w.squeezer != nil {
		if cerr := w.squeezer.close(); cerr != nil && err == nil {
			w.err = &WriteError{Name: w.name, Err: cerr, Written: w.written, note: "; the end of the compressed stream is missing"}
			err = w.err
		}
		w.squeezer = nil
	}
	if w.file == nil {
		return err
	}
	defer func() { w.endWatching(err) }()
	file := w.file
	w.file = nil
	if info, serr := file.Stat(); serr == nil && err == nil && removed(info) {
		err = fmt.Errorf("%s: the file was removed while it was written: packets that are lost: %d", w.name, w.written)
	}
	if cerr := file.Close(); cerr != nil && err == nil {
		// Some file systems report only here that data could not be stored.
		err = fmt.Errorf("%s: %w: some of its %d packets may be lost", w.name, reason(cerr), w.written)
	}
	if err == nil {
		w.err = errClosed
	}
	return err
}

var errClosed = errors.New("the file is closed already")

// cut shortens the file by n bytes at its current position.
func (w *Writer) cut(n int64) error {
	if w.file == nil {
		return os.ErrInvalid
	}
	at, err := w.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	return w.file.Truncate(at - n)
}
