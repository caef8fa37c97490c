package pcapfile

import (
	"io"
	"sync"
)

// headRoom is the space before the data of a block that is read ahead: for a
// record that began in the block before.
const headRoom = 64 << 10

// readAhead reads the next blocks of an input while the current one is worked
// on. It pays where a second core is idle: reading is a third of the time that
// copying a file takes, and most of it for a compressed one.
type readAhead struct {
	full chan aheadBlock
	free chan []byte // of headRoom+blockSize bytes each
	quit chan struct{}
	once sync.Once
}

// aheadBlock is a block that was read, or the error that ended the reading.
type aheadBlock struct {
	buf []byte
	n   int // bytes behind headRoom
	err error
}

func startReadAhead(src io.Reader) *readAhead {
	const blocks = 3
	a := &readAhead{
		full: make(chan aheadBlock, blocks),
		free: make(chan []byte, blocks),
		quit: make(chan struct{}),
	}
	for range blocks {
		a.free <- make([]byte, headRoom+blockSize)
	}
	go a.read(src)
	return a
}

func (a *readAhead) read(src io.Reader) {
	for {
		var b aheadBlock
		select {
		case b.buf = <-a.free:
			b.buf = b.buf[:cap(b.buf)]
			if len(b.buf) < headRoom+blockSize {
				b.buf = make([]byte, headRoom+blockSize)
			}
		case <-a.quit:
			return
		}
		for tries := 0; b.n == 0 && b.err == nil; tries++ {
			if tries == maxEmptyReads {
				b.err = io.ErrNoProgress
				break
			}
			b.n, b.err = src.Read(b.buf[headRoom:])
		}
		a.full <- b // as many places as blocks: never blocks
		if b.err != nil {
			return
		}
	}
}

// stop ends the reading after the current read.
func (a *readAhead) stop() { a.once.Do(func() { close(a.quit) }) }
