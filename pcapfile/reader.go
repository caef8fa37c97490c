package pcapfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"os"
	"runtime"
	"slices"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// A Reader reads the packets of one savefile. It is for one goroutine, but for Wake,
// which may be called from any.
type Reader struct {
	in         window
	file       io.Closer     // nil where the caller's to close
	stream     *decompressor // nil: the input is not compressed
	head       Header
	swapped    bool // the file's byte order is not the machine's
	pcap       pcapFormat
	ng         *section // nil: the file is a pcap file
	interfaces fileInterfaces
	passage    passage
	waiter     waiter // what is read, if it may keep us waiting
	secrets    func(kind uint32, secrets []byte)
	processes  func(o *capture.Owner)
	like       versions.Version
	times      times
	passed     func(n int64) // nil: nobody wants to know
	err        error         // ends the reading, io.EOF included
}

var _ capture.Source = (*Reader)(nil)

// ReadOptions are how a savefile is read. The zero value is Open's. Its methods may
// be called from several goroutines.
type ReadOptions struct {
	// Window is how far back compressed input may refer, in bytes, and so about
	// how much memory decompressing takes; DefaultWindow if it is 0.
	Window int64
	// Interfaces, if not nil, is where the file's interfaces are listed, behind
	// those of others: packets of several files can go into one then.
	Interfaces *Interfaces
	// Like is the version whose libpcap words errors of files; the zero value's is
	// libpcap 1.10.6.
	Like versions.Version
	// Secrets, if not nil, is called with each block of decryption secrets of a
	// pcapng file when the reading comes to it, which may be before the first call
	// of Next: kind is SecretsTLS or another type of draft-ietf-opsawg-pcapng,
	// section 4.7; secrets are valid until the function returns.
	Secrets func(kind uint32, secrets []byte)
	// Processes, if not nil, is called with what a pcapng file says of a process, when it
	// is read. The owner is the caller's.
	Processes func(o *capture.Owner)

	// Convert, if not nil, is asked by Open what to read in place of a regular file, as
	// that has packets in another format; nil: the file. The Reader closes the file.
	Convert func(f *os.File, size int64) (io.Reader, error)

	// Parts, if not nil, says which parts of a regular file that is not compressed are
	// read behind its header; nil: all. It is called once the header was read, and may
	// use ReadAt of the file alone.
	Parts func(f *os.File, size int64, head Header, pcapng bool) ([]Extent, error)

	// Within, if not nil, says which packets are read, by their time. It is called with
	// the time of the file's first packet that has one, and its error ends the reading.
	// Packets without a time are read only if the span has no end at all. Of a pcap file
	// of 16 MiB or more that samples show to be ordered by time, not compressed, what is
	// before the span is not read, nor is what is behind it (docs/time.md).
	Within func(first capture.Timestamp) (Span, error)
	// Stop, if not nil, is asked now and then while packets are sorted out by their
	// time: true ends the reading as the end of the file does.
	Stop func() bool

	// Passed, if not nil, is called each time some of the input was read, with how many
	// bytes: of the file, compressed or not, those of parts that are left out included. It
	// may be called from several goroutines. What Convert returns is not counted.
	Passed func(n int64)

	block     int       // bytes to read at once, and not ahead; 0: as it is fastest
	bisecting bisecting // 0: usualBisecting
}

// Kind is what has to be known of packets to filter them: see capture.Packet.
type Kind struct {
	LinkType capture.LinkType
	Swapped  bool
}

// Open opens the named savefile, "-" for the standard input, and reads its
// header. The error is worded as libpcap's pcap_open_offline does: it names the file if
// that cannot be opened, and does not where its header is wrong.
func Open(name string) (*Reader, error) { return ReadOptions{}.Open(name) }

// NewReader reads a savefile's header from src. The Reader may read more of src
// than it gives out as packets. Close does not close src, but ends the reading
// ahead of a compressed one.
func NewReader(src io.Reader) (*Reader, error) { return ReadOptions{}.NewReader(src) }

// Open is the function Open, with options.
func (o ReadOptions) Open(name string) (*Reader, error) {
	if name == "-" {
		return o.NewReader(os.Stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && o.Convert != nil {
		src, err := o.Convert(f, info.Size())
		if err != nil {
			f.Close() // which was only read
			return nil, fmt.Errorf("%s: %w", name, reason(err))
		}
		if src != nil {
			r := &Reader{in: window{src: src}, file: f}
			o.Passed = nil
			if err := r.begin(o); err != nil {
				return nil, err
			}
			return r, nil
		}
	}
	r := &Reader{in: window{src: f, block: o.block}, file: f}
	if err := r.begin(o); err != nil {
		return nil, err
	}
	if err != nil || !info.Mode().IsRegular() || r.stream != nil {
		return r, nil
	}
	size, err := r.selectParts(o, f, info.Size())
	if err != nil {
		r.Close() // which was only read
		return nil, err
	}
	r.in.large = size > 4*blockSize && o.block == 0 && runtime.GOMAXPROCS(0) > 1
	return r, nil
}

// NewReader is the function NewReader, with options.
func (o ReadOptions) NewReader(src io.Reader) (*Reader, error) {
	r := new(Reader)
	if err := r.reopen(o, src); err != nil {
		return nil, err
	}
	return r, nil
}

// reopen reads a file from its beginning. If it was read before, its interfaces
// keep their places.
func (r *Reader) reopen(o ReadOptions, src io.Reader) error {
	*r = Reader{in: window{src: src, block: o.block}, interfaces: r.interfaces, passage: r.reopenedPassage(), times: r.times}
	return r.begin(o)
}

// begin reads what comes before the first packet, and closes the Reader again
// if that does not work.
func (r *Reader) begin(o ReadOptions) error {
	if r.interfaces.known == nil {
		r.interfaces = newFileInterfaces(o.Interfaces)
	}
	r.secrets, r.processes, r.like = o.Secrets, o.Processes, o.Like
	r.times.within, r.times.stop = o.Within, o.Stop
	r.waiter, _ = r.in.src.(waiter)
	if r.passed = o.Passed; r.passed != nil {
		r.in.src = &metered{r.in.src, r.passed}
	}
	r.decompress(o)
	err := r.open()
	var stream *StreamError
	if errors.As(err, &stream) { // libpcap knows of no compressed files
		err = fmt.Errorf("%w: %w", errUnknownFormat, stream)
	}
	if err != nil {
		r.Close() // of a file that was only read: its error has no meaning
	}
	return err
}

// decompress puts a decompressor before the input if that is compressed.
func (r *Reader) decompress(o ReadOptions) {
	begin := r.in.want(longestMagic)
	d := newDecompressor(bytes.Clone(begin), r.in.src, cmp.Or(o.block, 64<<10), cmp.Or(o.Window, DefaultWindow))
	if d == nil {
		return
	}
	r.stream = d
	r.in = window{src: d, block: o.block}
	if o.block == 0 {
		r.in.ahead = r.decompressAhead(o, d)
	}
}

// open reads what comes before the first record or packet block.
func (r *Reader) open() error {
	b := r.in.want(4)
	if len(b) < 4 {
		return r.truncated("truncated dump file; tried to read %d file header bytes, only got %d", 4, len(b))
	}
	magic := binary.NativeEndian.Uint32(b)
	if magic == blockSection {
		return r.openPcapng()
	}
	if !isPcapMagic(magic) {
		r.swapped = true
		magic = bits.ReverseBytes32(magic)
	}
	if !isPcapMagic(magic) {
		return errUnknownFormat
	}
	return r.openPcap(magic)
}

func isPcapMagic(m uint32) bool {
	return m == magicMicro || m == magicNano || m == magicKuznetzov
}

var errUnknownFormat = errors.New("unknown file format")

// Header is what the file says about all its packets. For pcapng that is the
// first interface's link type, the largest snapshot length and the finest time
// stamps of the interfaces so far: those at the front when nothing was read yet.
func (r *Reader) Header() Header { return r.head }

// Swapped reports whether the file, or the section of it that is being read, was
// written in the other byte order than this machine's. Filters on fields in host
// byte order depend on it.
func (r *Reader) Swapped() bool { return r.swapped }

// LinkType is the link type of all packets in the file, but for a pcapng file
// with several interfaces: then the first one's.
func (r *Reader) LinkType() capture.LinkType { return r.head.LinkType }

// SnapLen is the largest snapshot length in the file so far, in bytes.
func (r *Reader) SnapLen() int { return r.head.SnapLen }

// Interfaces lists the interfaces seen so far, without repeating one that
// several sections describe alike, behind those that ReadOptions brought. A pcap
// file has one, without a name.
func (r *Reader) Interfaces() []capture.Interface { return r.interfaces.all.list }

// MayGrow reports whether the file may name further interfaces, as pcapng can
// between any two packets.
func (r *Reader) MayGrow() bool { return r.ng != nil }

// Kinds are those of the packets of the file's interfaces seen so far, in the
// order of their first interfaces.
func (r *Reader) Kinds() []Kind {
	if r.ng == nil {
		return []Kind{{r.head.LinkType, r.swapped}}
	}
	var kinds []Kind
	seen := make(map[capture.LinkType]bool)
	for _, i := range slices.Sorted(maps.Values(r.interfaces.known)) {
		if l := r.interfaces.all.list[i].LinkType; !seen[l] {
			seen[l] = true
			kinds = append(kinds, Kind{l, r.swapped})
		}
	}
	return kinds
}

// Next fills pkt with the next packet. It returns io.EOF at the end of the
// file. Any other error is worded as libpcap does, and stays.
func (r *Reader) Next(pkt *capture.Packet) error {
	if r.err != nil {
		return r.err
	}
	if r.ng != nil {
		r.err = r.nextPcapng(pkt)
		return r.err
	}
	for keep := false; r.err == nil && !keep; {
		if r.err = r.nextPcap(pkt); r.err == nil {
			keep, r.err = r.times.keeps(pkt, true)
		}
	}
	return r.err
}

// Close closes the file that Open opened.
func (r *Reader) Close() error {
	r.err = os.ErrClosed
	if r.in.ahead != nil {
		r.in.ahead.stop()
	}
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}

// Warnings are remarks on a file that was read to its end, worded to follow its
// name.
func (r *Reader) Warnings() []string {
	if r.stream == nil || r.in.err != io.EOF || !r.stream.rubbish {
		return nil
	}
	return []string{fmt.Sprintf("what follows the %s stream is no part of it, and was ignored", r.stream.format.name)}
}

// truncated says why the input ended too early: the given words at its end, the
// system's or the decompressor's if it could not be read.
func (r *Reader) truncated(format string, wanted, got int) error {
	if r.in.err != io.EOF && r.in.err != io.ErrUnexpectedEOF {
		return r.unreadable()
	}
	return fmt.Errorf(format, wanted, got)
}

func (r *Reader) unreadable() error {
	var stream *StreamError
	if errors.As(r.in.err, &stream) || r.in.err == errUnknownFormat {
		return r.in.err
	}
	return fmt.Errorf("error reading dump file: %w", reason(r.in.err))
}

func (r *Reader) u16(b []byte) uint16 {
	v := binary.NativeEndian.Uint16(b)
	if r.swapped {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (r *Reader) u32(b []byte) uint32 {
	v := binary.NativeEndian.Uint32(b)
	if r.swapped {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (r *Reader) u64(b []byte) uint64 {
	v := binary.NativeEndian.Uint64(b)
	if r.swapped {
		v = bits.ReverseBytes64(v)
	}
	return v
}
