package pcapfile

import (
	"io"

	"github.com/tapdump/tapdump/capture"
)

// minRun is how many bytes of records are written straight from the input's
// block; fewer go through the Writer's buffer, so as not to make a system call
// for a handful of packets.
const minRun = 64 << 10

// Copy writes those packets of r to w that choose wants written, until it wants
// no more or r ends. Its error is r's, as of Next, or w's, as of Write. If both
// files have the same format, consecutive packets are written as one piece.
func Copy(w *Writer, r *Reader, choose func(*capture.Packet) (write, more bool)) error {
	if w.takesRecordsOf(r) {
		return copyRecords(w, r, choose)
	}
	var pkt capture.Packet
	for more := true; more; {
		if err := r.Next(&pkt); err != nil {
			return endOfInput(err)
		}
		var write bool
		if write, more = choose(&pkt); write {
			if err := w.Write(&pkt); err != nil {
				return err
			}
		}
	}
	return nil
}

// endOfInput is nil for the end of the file, which is no failure.
func endOfInput(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// takesRecordsOf reports whether Write makes of each packet of r the very bytes
// that it has in r's file, unless it is cut to the snapshot length.
func (w *Writer) takesRecordsOf(r *Reader) bool {
	return w.ng == nil && r.ng == nil && !r.swapped && w.tick == r.pcap.unit &&
		r.pcap.recordHeader == recordHeaderLen && r.pcap.lengths == capturedFirst &&
		r.head.LinkType != capture.LinkUSB_LINUX_MMAPPED // lengths are mended
}

// copyRecords is Copy for files of the same format.
func copyRecords(w *Writer, r *Reader, choose func(*capture.Packet) (write, more bool)) (err error) {
	in := &r.in
	var run struct {
		start, end int // in.buf[start:end] are records to write
		packets    uint64
	}
	var failed error
	flush := func() {
		if run.packets > 0 {
			failed = w.writeRecords(in.buf[run.start:run.end], run.packets)
		}
		run.packets = 0
	}
	in.moving = flush
	defer func() {
		in.moving = nil
		if flush(); failed != nil {
			err = failed
		}
	}()

	var pkt capture.Packet
	for more := true; more && failed == nil; {
		if err := r.Next(&pkt); err != nil {
			return endOfInput(err)
		}
		var write bool
		write, more = choose(&pkt)
		size := recordHeaderLen + len(pkt.Data)
		cut := cap(pkt.Data) > len(pkt.Data)
		if !write || cut || run.packets > 0 && in.pos-size != run.end { // what is between was sorted out by its time
			flush()
		}
		switch {
		case !write:
		case cut: // Write tells of it
			if err := w.Write(&pkt); err != nil {
				return err
			}
		case run.packets == 0:
			run.start, run.end, run.packets = in.pos-size, in.pos, 1
		default:
			run.end = in.pos
			run.packets++
		}
		if write && !cut && w.watcher != nil {
			w.watcher.Packet(&pkt, size)
		}
	}
	return nil
}

// writeRecords writes whole records of n packets.
func (w *Writer) writeRecords(b []byte, n uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.lose(n)
	}
	w.size += int64(len(b))
	if len(b) < minRun || w.squeezer != nil {
		w.buf = append(w.buf, b...)
		w.buffered += n
		return w.gathered()
	}
	if err := w.drain(); err != nil {
		return w.lose(n)
	}
	own := w.buf
	w.buf, w.buffered = b, n
	err := w.drain()
	w.buf = own[:0]
	return err
}
