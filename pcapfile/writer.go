package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tapdump/tapdump/capture"
)

// bufferSize is how many bytes of records are gathered before they are written.
const bufferSize = 256 << 10

// Format is how a file is written.
type Format struct {
	Header
	Pcapng      bool
	Compression Compression
	// The rest is for pcapng alone, and may be left out. Interfaces lists the
	// interfaces of the packets' source; it may grow. Lost counts the packets of
	// one of them that were lost since it was last asked, which the next packet
	// tells. Stats gives the counts of one of them for the end of the file, if
	// they are known. Application is the name and version of the writing program.
	Interfaces  func() []capture.Interface
	Lost        func(iface int) uint64
	Stats       func(iface int) (capture.Stats, bool)
	Application string
	Comment     string
}

// A Writer writes packets to one file, in the machine's byte order.
//
// After an error, which names the file, the reason and the packets affected,
// all methods return that error.
type Writer struct {
	name     string
	out      io.Writer
	squeezer compressor // between buf and out, or nil
	file     *os.File   // what Create opened, else nil
	tick     int64      // nanoseconds
	head     Header
	ng       *ngWriter // nil: pcap
	buf      []byte    // whole records (and headers), not written yet
	buffered uint64    // packets in buf
	written  uint64    // packets handed to the system
	size     int64     // bytes accepted, before compression
	err      error
}

// Create creates the named file, or empties it if it exists, and puts the
// file's header into its buffer. "-" stands for the standard output.
func Create(name string, f Format) (*Writer, error) {
	if _, ok := savefileType(f.LinkType); !ok {
		return nil, unwritable(name, f.LinkType)
	}
	if name == "-" {
		return NewWriter(os.Stdout, "standard output", f)
	}
	// Not for reading: a pipe whose reader goes away has to break.
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	w, err := NewWriter(file, name, f)
	if err != nil {
		file.Close() // empty: the other error is the one that counts
		return nil, err
	}
	w.file = file
	return w, nil
}

func unwritable(name string, l capture.LinkType) error {
	return fmt.Errorf("%s: link-layer type %d isn't supported in savefiles", name, uint32(l))
}

// NewWriter writes to out, which errors call by name. The Writer does not close
// it.
func NewWriter(out io.Writer, name string, f Format) (*Writer, error) {
	number, ok := savefileType(f.LinkType)
	if !ok {
		return nil, unwritable(name, f.LinkType)
	}
	w := &Writer{name: name, out: out, head: f.Header, tick: 1000, buf: make([]byte, 0, bufferSize+capture.MaxSnapLen)}
	if f.Compression != Uncompressed {
		squeezer, err := newCompressor(out, f.Compression)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		w.squeezer = squeezer
	}
	if f.Pcapng {
		w.ng = &ngWriter{format: f}
		w.buf = w.ng.appendSection(w.buf)
		w.buf = w.ng.appendInterfaces(w.buf)
	} else {
		if f.Nano {
			w.tick = 1
		}
		w.buf = appendFileHeader(w.buf, f.Header, number)
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

// Write puts a packet into the buffer, and writes the buffer if it is full. That
// a pcap file cannot hold packets of several link types is an error. Of
// the time stamp pcap keeps the lower 32 bits of the seconds, and microseconds
// if the file has no more; pcapng the lower 64 bits of the nanoseconds since
// 1970, which suffice to 2554.
func (w *Writer) Write(pkt *capture.Packet) error {
	if w.err != nil {
		return w.err
	}
	before := len(w.buf)
	if w.ng != nil {
		w.buf = w.ng.appendPacket(w.buf, pkt)
	} else {
		if err := w.fits(pkt); err != nil {
			return err
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
	if len(w.buf) >= bufferSize {
		return w.drain()
	}
	return nil
}

// recordSize is how many bytes Write adds for a packet, at least.
func (w *Writer) recordSize(pkt *capture.Packet) int64 {
	if w.ng == nil {
		return recordHeaderLen + int64(len(pkt.Data))
	}
	return blockHeadLen + enhancedPacketLen + int64(len(pkt.Data)+3)&^3 + blockTailLen
}

// Size is the length in bytes that the file has once the buffer is written, not
// counting compression.
func (w *Writer) Size() int64 { return w.size }

// Packets is the number of packets taken so far.
func (w *Writer) Packets() uint64 { return w.written + w.buffered }

// Flush hands everything to the system, so that all packets so far can be read
// from the file.
func (w *Writer) Flush() error {
	if err := w.drain(); err != nil || w.squeezer == nil {
		return err
	}
	if err := w.squeezer.Flush(); err != nil {
		w.failSqueezed(err)
	}
	return w.err
}

// drain writes the buffer, to the compressor if there is one.
func (w *Writer) drain() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	if w.squeezer != nil {
		if _, err := w.squeezer.Write(w.buf); err != nil {
			w.failSqueezed(err)
			return w.err
		}
	} else if n, err := w.out.Write(w.buf); err != nil {
		w.fail(n, err)
		return w.err
	}
	w.written += w.buffered
	w.buf, w.buffered = w.buf[:0], 0
	return nil
}

// Close writes the buffer and what ends the file, and closes it if Create
// opened it.
func (w *Writer) Close() error {
	if w.err == nil && w.ng != nil {
		w.buf = w.ng.appendStatistics(w.buf)
	}
	err := w.drain()
	if w.squeezer != nil {
		if cerr := w.squeezer.Close(); cerr != nil && err == nil {
			w.failSqueezed(cerr)
			err = w.err
		}
		w.squeezer = nil
	}
	if w.file == nil {
		return err
	}
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

// fail notes that only n bytes of the buffer could be written, and cuts off the
// record that is not whole.
func (w *Writer) fail(n int, cause error) {
	whole, packets := w.wholeRecords(n)
	w.buffered -= packets
	w.written += packets
	note := ""
	if n > whole {
		if err := w.cut(int64(n - whole)); err != nil {
			note = "; the last one is incomplete"
		}
	}
	w.err = fmt.Errorf("%s: %w: packets that could not be written: %d, packets in the file: %d%s",
		w.name, reason(cause), w.buffered, w.written, note)
}

// failSqueezed is fail for a compressed file, where nobody can tell how far the
// file can be read.
func (w *Writer) failSqueezed(cause error) {
	w.err = fmt.Errorf("%s: %w: some of %d packets could not be written",
		w.name, reason(cause), w.Packets())
}

// wholeRecords is the length and the number of the records that lie entirely
// within the first n bytes of the buffer.
func (w *Writer) wholeRecords(n int) (size int, packets uint64) {
	if w.ng != nil {
		return wholeBlocks(w.buf, n)
	}
	if w.size == int64(len(w.buf)) { // nothing was written before: the header is in it
		if n < fileHeaderLen {
			return 0, 0
		}
		size = fileHeaderLen
	}
	for size+recordHeaderLen <= n {
		end := size + recordHeaderLen + int(binary.NativeEndian.Uint32(w.buf[size+8:]))
		if end > n {
			break
		}
		size, packets = end, packets+1
	}
	return size, packets
}

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
