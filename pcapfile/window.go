package pcapfile

import (
	"io"
)

// blockSize is how much is read at once. It fits into a core's second-level
// cache, so that records are found where read has just put them.
const blockSize = 256 << 10

// window is the part of the input that is in memory.
type window struct {
	src      io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] is not consumed yet
	err      error // why src gives no more, io.EOF included
}

// want returns what follows at the current position: n bytes or more, or fewer
// where the input ends, and then w.err says how. The bytes are valid until the
// next call; they may be changed.
func (w *window) want(n int) []byte {
	if w.end-w.pos < n {
		w.fill(n)
	}
	return w.buf[w.pos:w.end]
}

// skip consumes n of the bytes that want returned.
func (w *window) skip(n int) { w.pos += n }

func (w *window) fill(n int) {
	empty := 0
	for w.end-w.pos < n && w.err == nil {
		w.makeRoom(n)
		m, err := w.src.Read(w.buf[w.end:])
		w.end += m
		w.err = err
		if m > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil {
			w.err = io.ErrNoProgress
		}
	}
}

// makeRoom moves what is not consumed to the front, and enlarges a full buffer
// for a record of n bytes. It only doubles it each time, so that memory follows
// what is there and not what a header claims.
func (w *window) makeRoom(n int) {
	if w.pos > 0 {
		w.end = copy(w.buf, w.buf[w.pos:w.end])
		w.pos = 0
	}
	if w.end < len(w.buf) {
		return
	}
	size := max(blockSize, min(n, 2*len(w.buf)))
	buf := make([]byte, size)
	copy(buf, w.buf[:w.end])
	w.buf = buf
}
