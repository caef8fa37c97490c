//go:build !tapdump_small

package pcapfile

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// lzma2 decompresses a sequence of LZMA2 chunks (The .xz File Format 1.2.1
// section 5.3.1; the chunks and LZMA itself as in Igor Pavlov's LZMA
// Specification of 2015 and the XZ Embedded sources' description of LZMA2). It
// gives all that can be told of a sequence that is cut off.
type lzma2 struct {
	in   *countedInput
	dict lzmaDict
	lzma lzmaState

	left       int // bytes of the chunk that are still to be given
	compressed bool
	needDict   bool // the next chunk has to reset the dictionary
	needProps  bool // the next compressed chunk has to set the properties
	ended      bool
	chunk      []byte // the compressed chunk
}

// Control bytes of chunks.
const (
	lzma2End        = 0
	lzma2RawReset   = 1
	lzma2Raw        = 2
	lzma2Compressed = 0x80
	lzma2ResetState = 0xa0
	lzma2SetProps   = 0xc0
	lzma2ResetDict  = 0xe0
)

var (
	errChunk  = errors.New("a chunk's header is not valid")
	errLZMA   = errors.New("compressed data that stand for nothing")
	errBeyond = errors.New("a reference to what was before the beginning")
)

// start begins a sequence for which the encoder had a dictionary of size bytes;
// limit is how many there may be.
func (l *lzma2) start(in *countedInput, size uint64, limit int64) {
	l.in = in
	l.dict.reset()
	l.dict.size, l.dict.claimed = int(min(size, uint64(limit), math.MaxInt)), size
	l.left, l.ended, l.needDict, l.needProps = 0, false, true, true
}

// Read implements io.Reader. At the end of the sequence it returns io.EOF. It
// does not wait for a chunk when it has something to give.
func (l *lzma2) Read(p []byte) (int, error) {
	for l.left == 0 {
		if l.ended {
			return 0, io.EOF
		}
		if err := l.nextChunk(); err != nil {
			return 0, err
		}
	}
	n := 0
	for n < len(p) && l.left > 0 {
		l.dict.makeRoom()
		start := l.dict.pos
		room := l.dict.buf[start : start+min(len(p)-n, l.left, len(l.dict.buf)-start)]
		var err error
		if l.compressed {
			err = l.lzma.decode(&l.dict, start+len(room))
		} else {
			var m int
			if m, err = io.ReadFull(l.in, room); err != nil {
				err = io.ErrUnexpectedEOF
			}
			l.dict.pos += m
		}
		m := copy(p[n:], l.dict.buf[start:l.dict.pos])
		l.dict.add(m)
		n += m
		l.left -= m
		if err == nil && l.left == 0 && l.compressed {
			err = l.lzma.finish()
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// nextChunk reads a chunk's header, and the chunk if it is compressed.
func (l *lzma2) nextChunk() error {
	control, err := l.in.ReadByte()
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if control == lzma2End {
		l.ended = true
		return nil
	}
	if control > lzma2Raw && control < lzma2Compressed {
		return errChunk
	}
	if control == lzma2RawReset || control >= lzma2ResetDict {
		l.dict.reset()
		l.needDict = false
		l.needProps = l.needProps || control == lzma2RawReset
	}
	if l.needDict {
		return errChunk
	}
	var head [4]byte
	if l.compressed = control >= lzma2Compressed; !l.compressed {
		if err := readWhole(l.in, head[:2]); err != nil {
			return err
		}
		l.left = int(binary.BigEndian.Uint16(head[:])) + 1
		return nil
	}
	if err := readWhole(l.in, head[:4]); err != nil {
		return err
	}
	l.left = int(control&0x1f)<<16 + int(binary.BigEndian.Uint16(head[:])) + 1
	if err := l.resetState(control); err != nil {
		return err
	}
	return l.readChunk(int(binary.BigEndian.Uint16(head[2:])) + 1)
}

// resetState does what a compressed chunk's control byte asks for.
func (l *lzma2) resetState(control byte) error {
	switch {
	case control >= lzma2SetProps:
		props, err := l.in.ReadByte()
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if !l.lzma.setProps(props) {
			return errChunk
		}
		l.needProps = false
	case l.needProps:
		return errChunk
	}
	if control >= lzma2ResetState {
		l.lzma.reset()
	}
	return nil
}

// readChunk reads a compressed chunk of length bytes, or what is left of it.
func (l *lzma2) readChunk(length int) error {
	if l.chunk == nil {
		l.chunk = make([]byte, 1<<16)
	}
	n, _ := io.ReadFull(l.in, l.chunk[:length])
	return l.lzma.start(l.chunk[:n], n < length)
}

// lzmaDict holds what was given last. It grows with it, up to the size.
type lzmaDict struct {
	buf     []byte // a ring once it is full
	pos     int    // where the next byte goes
	valid   int    // bytes before pos, around the ring
	total   uint64 // bytes since the reset
	size    int
	claimed uint64 // by the encoder
}

func (d *lzmaDict) reset() { d.pos, d.valid, d.total = 0, 0, 0 }

// makeRoom makes room for a byte at pos, at least.
func (d *lzmaDict) makeRoom() {
	const least = 64 << 10
	switch {
	case d.pos < min(len(d.buf), d.size):
	case len(d.buf) < d.size:
		buf := make([]byte, min(max(4*len(d.buf), least), d.size))
		copy(buf, d.buf)
		d.buf = buf
	default:
		d.pos = 0
	}
}

// add counts n bytes that were put before pos.
func (d *lzmaDict) add(n int) {
	d.total += uint64(n)
	d.valid = min(d.valid+n, len(d.buf))
}
