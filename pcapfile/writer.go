package pcapfile

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/tapdump/tapdump/capture"
)

// bufferSize is how many bytes of records are gathered before they are written.
const bufferSize = 256 << 10

// A Writer writes packets to one pcap file, in the machine's byte order.
//
// After an error, which names the file, the reason and the packets affected,
// all methods return that error.
type Writer struct {
	name      string
	out       io.Writer
	file      *os.File // what Create opened, else nil
	tick      int64    // nanoseconds
	buf       []byte   // whole records (and the file header), not written yet
	buffered  uint64   // packets in buf
	written   uint64   // packets handed to the system
	size      int64    // bytes accepted
	headBytes int      // of the file header in buf
	err       error
}

// Create creates the named file, or empties it if it exists, and puts a file
// header into its buffer. "-" stands for the standard output.
func Create(name string, h Header) (*Writer, error) {
	if _, ok := savefileType(h.LinkType); !ok {
		return nil, unwritable(name, h.LinkType)
	}
	if name == "-" {
		return NewWriter(os.Stdout, "standard output", h)
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, reason(err))
	}
	w, err := NewWriter(f, name, h)
	if err != nil {
		return nil, err
	}
	w.file = f
	return w, nil
}

func unwritable(name string, l capture.LinkType) error {
	return fmt.Errorf("%s: link-layer type %d isn't supported in savefiles", name, uint32(l))
}

// NewWriter writes to out, which errors call by name. The Writer does not close
// it.
func NewWriter(out io.Writer, name string, h Header) (*Writer, error) {
	number, ok := savefileType(h.LinkType)
	if !ok {
		return nil, unwritable(name, h.LinkType)
	}
	w := &Writer{name: name, out: out, tick: 1000, buf: make([]byte, 0, bufferSize+capture.MaxSnapLen)}
	magic := uint32(magicMicro)
	if h.Nano {
		magic, w.tick = magicNano, 1
	}
	order := binary.NativeEndian
	b := order.AppendUint32(w.buf, magic)
	b = order.AppendUint16(b, versionMajor)
	b = order.AppendUint16(b, versionMinor)
	b = order.AppendUint64(b, 0) // formerly the time zone and the stamps' accuracy
	b = order.AppendUint32(b, uint32(h.SnapLen))
	w.buf = order.AppendUint32(b, number|h.LinkTypeExt)
	w.headBytes = fileHeaderLen
	w.size = fileHeaderLen
	return w, nil
}

// Write puts a packet into the buffer, and writes the buffer if it is full. Of
// the time stamp it keeps the lower 32 bits of the seconds, and microseconds if
// the file has no more.
func (w *Writer) Write(pkt *capture.Packet) error {
	if w.err != nil {
		return w.err
	}
	order := binary.NativeEndian
	b := order.AppendUint32(w.buf, uint32(pkt.Time.Sec))
	b = order.AppendUint32(b, uint32(pkt.Time.Nsec/w.tick))
	b = order.AppendUint32(b, uint32(len(pkt.Data)))
	b = order.AppendUint32(b, pkt.Length)
	w.buf = append(b, pkt.Data...)
	w.buffered++
	w.size += recordHeaderLen + int64(len(pkt.Data))
	if len(w.buf) >= bufferSize {
		return w.Flush()
	}
	return nil
}

// Size is the length in bytes that the file has once the buffer is written.
func (w *Writer) Size() int64 { return w.size }

// Packets is the number of packets taken so far.
func (w *Writer) Packets() uint64 { return w.written + w.buffered }

// Flush hands the buffer to the system.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	n, err := w.out.Write(w.buf)
	if err == nil && n < len(w.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.fail(n, err)
		return w.err
	}
	w.written += w.buffered
	w.buf, w.buffered, w.headBytes = w.buf[:0], 0, 0
	return nil
}

// Close writes the buffer and closes the file that Create opened.
func (w *Writer) Close() error {
	err := w.Flush()
	if w.file == nil {
		return err
	}
	f := w.file
	w.file = nil
	if cerr := f.Close(); cerr != nil && err == nil {
		// Some file systems report only here that data could not be stored.
		err = fmt.Errorf("%s: %s; some of the %d packets written to it may be lost",
			w.name, reason(cerr), w.written)
		w.err = err
	}
	return err
}

// fail notes that only n bytes of the buffer could be written, and cuts off the
// record that is not whole.
func (w *Writer) fail(n int, cause error) {
	whole, packets := w.wholeRecords(n)
	lost := w.buffered - packets
	w.written += packets
	note := ""
	if n > whole {
		if err := w.cut(int64(n - whole)); err != nil {
			note = "; its last packet is incomplete"
		}
	}
	w.err = fmt.Errorf("%s: %s: packets that could not be written: %d, packets in the file: %d%s",
		w.name, reason(cause), lost, w.written, note)
}

// wholeRecords is the length and the number of the records that lie entirely
// within the first n bytes of the buffer.
func (w *Writer) wholeRecords(n int) (size int, packets uint64) {
	if n < w.headBytes {
		return 0, 0
	}
	size = w.headBytes
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
