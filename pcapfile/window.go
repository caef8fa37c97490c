package pcapfile

import (
	"cmp"
	"io"
)

// blockSize is how much is read at once. It fits into a core's second-level
// cache, so that records are found where read has just put them.
const blockSize = 256 << 10

// maxEmptyReads is how often an input may give neither data nor an error.
const maxEmptyReads = 100

// window is the part of the input that is in memory.
type window struct {
	src      io.Reader
	block    int        // bytes to read at once; 0: blockSize
	large    bool       // src is worth reading ahead once there is more to read
	ahead    *readAhead // reads src instead, if not nil
	borrowed bool       // buf is a block of ahead
	buf      []byte
	pos, end int    // buf[pos:end] is not consumed yet
	err      error  // why the input gives no more, io.EOF included
	had      int64  // bytes that the input has given
	moving   func() // called before buf[:pos] is given up, or nil

	idle func() error  // called before waiting for ahead, or nil
	wake chan struct{} // has idle called while waiting
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

// offset is how many bytes of the input are consumed.
func (w *window) offset() int64 { return w.had - int64(w.end-w.pos) }

// skip consumes n of the bytes that want returned.
func (w *window) skip(n int) { w.pos += n }

func (w *window) fill(n int) {
	if w.moving != nil && w.err == nil {
		w.moving()
	}
	if w.large {
		w.large, w.ahead = false, startReadAhead(w.src)
	}
	for w.end-w.pos < n && w.err == nil {
		if w.ahead != nil {
			w.takeBlock(n)
		} else {
			w.read(n)
		}
	}
}

// read reads into the room behind the data.
func (w *window) read(n int) {
	w.makeRoom(n, 1)
	for range maxEmptyReads {
		m, err := w.src.Read(w.buf[w.end:])
		w.end += m
		w.had += int64(m)
		w.err = err
		if m > 0 || err != nil {
			return
		}
	}
	w.err = io.ErrNoProgress
}

// makeRoom moves what is not consumed to the front, and enlarges the buffer if
// there are less than free bytes behind it, for a record of n bytes. It only
// doubles the buffer each time, so that memory follows what is there and not
// what a header claims.
func (w *window) makeRoom(n, free int) {
	if w.pos > 0 && !w.borrowed {
		w.end = copy(w.buf, w.buf[w.pos:w.end])
		w.pos = 0
	}
	if len(w.buf)-w.end >= free && !w.borrowed {
		return
	}
	left := w.end - w.pos
	buf := make([]byte, max(cmp.Or(w.block, blockSize), left+free, min(n, 2*left)))
	copy(buf, w.buf[w.pos:w.end])
	w.giveBack()
	w.buf, w.pos, w.end = buf, 0, left
}

// takeBlock goes on to the next block that was read ahead, with what is not
// consumed copied before its data.
func (w *window) takeBlock(n int) {
	next := w.nextBlock()
	w.err = next.err
	w.had += int64(next.n)
	left := w.end - w.pos
	if left <= headRoom {
		start := headRoom - left
		copy(next.buf[start:], w.buf[w.pos:w.end])
		w.giveBack()
		w.buf, w.pos, w.end, w.borrowed = next.buf, start, headRoom+next.n, true
		return
	}
	// A record too long for that: gather it in a buffer of our own.
	w.makeRoom(n, next.n)
	w.end += copy(w.buf[w.end:], next.buf[headRoom:headRoom+next.n])
	w.ahead.free <- next.buf
}

// nextBlock waits for a block that is read ahead.
func (w *window) nextBlock() aheadBlock {
	select {
	case next := <-w.ahead.full:
		return next
	default:
	}
	for {
		if w.idle != nil {
			if err := w.idle(); err != nil {
				return aheadBlock{buf: make([]byte, headRoom), err: err}
			}
		}
		select {
		case next := <-w.ahead.full:
			return next
		case <-w.wake:
		}
	}
}

// giveBack returns the buffer to be read into again, if it was a block.
func (w *window) giveBack() {
	if w.borrowed {
		w.ahead.free <- w.buf
		w.borrowed = false
	}
}
