package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/internal/openfile"
	"github.com/tapdump/tapdump/internal/syserr"
)

// recordFile is a file that records are written to, or the standard output. It is
// written in a goroutine of its own, so that a slow one does not hold the others back.
type recordFile struct {
	name   string
	quotes bool   // what is between quotes may have ends of lines: CSV
	buf    []byte // whole records
	n      uint64 // how many

	full    chan recordChunk
	empty   chan []byte
	done    chan struct{}
	closed  bool
	patient bool // it has been said that the file is slow
	warn    func(string)
	failed  func() // called when writing has failed

	w       io.Writer
	err     atomic.Pointer[RecordError]
	written uint64 // by the goroutine
}

// recordChunk is what is handed over to be written. With written it is nothing, but
// that is closed once what came before is written.
type recordChunk struct {
	data    []byte
	n       uint64
	written chan struct{}
}

const (
	// recordBuffer is how much is gathered before it is handed over, unless no packet
	// waits: that wakes a goroutine, which costs as much as some records.
	recordBuffer = 256 << 10
	// recordChunks is how many buffers wait to be written: with them memory stays
	// below 6 MiB.
	recordChunks = 16
	// recordPatience is how long all else waits for a file before that is said.
	recordPatience = 2 * time.Second
)

// RecordError says that records could not be written.
type RecordError struct {
	Name    string // of the file
	Err     error  // the system's
	Written uint64 // records in the file
	Lost    atomic.Uint64
	note    string
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("%s: %s: records that could not be written: %d, records in the file: %d%s",
		e.Name, syserr.Reason(e.Err), e.Lost.Load(), e.Written, e.note)
}

func (e *RecordError) Unwrap() error { return e.Err }

// openRecordFile opens a file for records, which may be a pipe; "-" is the standard
// output.
func (s *session) openRecordFile(name string, quotes bool) (*recordFile, error) {
	f := &recordFile{
		name: name, quotes: quotes, warn: s.warn, failed: s.events.wake,
		full: make(chan recordChunk, recordChunks), empty: make(chan []byte, recordChunks+2), done: make(chan struct{}),
		buf: make([]byte, 0, recordBuffer+recordBuffer/8),
	}
	if name == "-" {
		f.name, f.w = standardOutput, s.out.w
	} else {
		file, err := openfile.Open(s.events.stopped, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, syserr.Worded(err))
		}
		f.w = file
	}
	go f.run()
	return f, nil
}

// run writes what it is handed, until full is closed. After an error it counts.
func (f *recordFile) run() {
	defer close(f.done)
	for c := range f.full {
		if c.written != nil {
			close(c.written)
			continue
		}
		if e := f.err.Load(); e != nil {
			e.Lost.Add(c.n)
		} else if n, err := f.w.Write(c.data); err != nil {
			f.fail(c, n, err)
		} else {
			f.written += c.n
		}
		select {
		case f.empty <- c.data[:0]:
		default:
		}
	}
}

// fail notes that of a chunk only n bytes were written, and cuts off a record that is
// not whole.
func (f *recordFile) fail(c recordChunk, n int, cause error) {
	e := &RecordError{Name: f.name, Err: cause}
	whole, records, quoted := 0, uint64(0), false
	for i, b := range c.data[:n] {
		switch {
		case b == '"' && f.quotes:
			quoted = !quoted
		case b == '\n' && !quoted:
			whole, records = i+1, records+1
		}
	}
	if n > whole && !f.cut(n-whole) {
		e.note = "; the last one is incomplete"
	}
	records = min(records, c.n) // there may be a line of names
	f.written += records
	e.Written = f.written
	e.Lost.Store(c.n - records)
	f.err.Store(e)
	f.failed()
}

// cut takes the last n bytes off the file again, and reports whether it could.
func (f *recordFile) cut(n int) bool {
	file, ok := f.w.(*os.File)
	if !ok {
		return false
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil || file.Truncate(at-int64(n)) != nil {
		return false
	}
	_, err = file.Seek(at-int64(n), io.SeekStart)
	return err == nil
}

// took is called behind each record.
func (f *recordFile) took() error {
	f.n++
	if len(f.buf) >= recordBuffer {
		return f.flush()
	}
	return nil
}

// flush hands on what was gathered. The error is the first of writing, soon after it
// occurred.
func (f *recordFile) flush() error {
	if len(f.buf) > 0 {
		f.buf, f.n = f.hand(f.buf, f.n), 0
	}
	return f.failure()
}

// hand has n records written, and returns room for others.
func (f *recordFile) hand(data []byte, n uint64) (room []byte) {
	f.queue(recordChunk{data: data, n: n})
	select {
	case room = <-f.empty:
	default:
		room = make([]byte, 0, cap(data))
	}
	return room
}

func (f *recordFile) queue(c recordChunk) {
	select {
	case f.full <- c:
		return
	default:
	}
	if !f.patient {
		timer := time.NewTimer(recordPatience)
		defer timer.Stop()
		select {
		case f.full <- c:
			return
		case <-timer.C:
		}
		f.patient = true
		f.warn(f.name + " takes records slowly: all else waits for it")
	}
	f.full <- c
}

// drain returns when all records so far are written.
func (f *recordFile) drain() error {
	if f.closed {
		return f.failure()
	}
	_ = f.flush() // its error is the same as the one below
	written := make(chan struct{})
	f.full <- recordChunk{written: written}
	<-written
	return f.failure()
}

// failure is the error of writing so far. That nobody reads the standard output any
// more is none.
func (f *recordFile) failure() error {
	e := f.err.Load()
	switch {
	case e == nil:
		return nil
	case f.name == standardOutput && errors.Is(e.Err, syscall.EPIPE):
		return errReaderGone
	}
	return e
}

// close writes what is left.
func (f *recordFile) close() error {
	if f.closed {
		return f.failure()
	}
	_ = f.flush() // its error is the same as the one below
	f.closed = true
	close(f.full)
	<-f.done
	if f.name == standardOutput {
		return f.failure()
	}
	err := f.w.(*os.File).Close()
	if e := f.failure(); e != nil || err == nil {
		return e
	}
	return fmt.Errorf("%s: %w", f.name, syserr.Worded(err))
}
