package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// WriteError says that packets could not be written. It is the error of a
// Writer from then on, and counts the packets that come after all the same.
type WriteError struct {
	Name    string // of the file
	Err     error  // the system's
	Lost    uint64 // packets that could not be written
	Written uint64 // packets that can be read from the file
	note    string
}

func (e *WriteError) Error() string {
	return fmt.Sprintf("%s: %v: packets that could not be written: %d, packets in the file: %d%s",
		e.Name, reason(e.Err), e.Lost, e.Written, e.note)
}

func (e *WriteError) Unwrap() error { return e.Err }

// countLost adds packets to those that could not be written, if it was that
// which failed.
func countLost(err error, packets uint64) error {
	var failed *WriteError
	if errors.As(err, &failed) {
		failed.Lost += packets
	}
	return err
}

// lose is what becomes of packets after an error.
func (w *Writer) lose(packets uint64) error { return countLost(w.err, packets) }

// fail notes that of the buffer only n bytes can be read from the file, and cuts
// off a record that is not whole.
func (w *Writer) fail(n int, cause error) error {
	whole, packets := w.wholeRecords(n)
	e := &WriteError{Name: w.name, Err: cause, Lost: w.buffered - packets, Written: w.written + packets}
	if n > whole && w.squeezer == nil {
		if err := w.cut(int64(n - whole)); err != nil {
			e.note = "; the last one is incomplete"
		}
	}
	w.written, w.buffered = e.Written, e.Lost
	w.err = e
	return e
}

// describeTime words a time, given in seconds since 1970.
func describeTime(sec int64) string {
	const first, last = -62135596800, 253402300799 // of the years 1 to 9999
	if sec < first || sec > last {
		return fmt.Sprintf("%d seconds after 1970", sec)
	}
	return time.Unix(sec, 0).UTC().Format("2006-01-02 15:04:05 UTC")
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
