//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// compressor is what the libraries' writers have in common.
type compressor interface {
	io.WriteCloser
	Flush() error
	Reset(w io.Writer)
}

// squeezer compresses, and knows what can be read of a stream that is cut. flush
// ends a block: everything before can be read then, whatever becomes of the rest.
type squeezer struct {
	compressor
	kind    Compression
	out     io.Writer
	made    bytes.Buffer // what the compressor has made since the last flush
	written int          // bytes of it that out has taken
	begun   bool         // flushed once: the stream's header is not in made any more
	history []byte       // the end of what was compressed before that, for Gzip
	member  int          // bytes in the member that has begun
	whole   bool         // a member has ended, and no other begun
}

// Sizes of blocks, in bytes. Zstandard's is what the library takes with little
// memory and a window of this size; nothing can be read of a block that is cut.
const (
	deflateWindow = 32 << 10 // RFC 1951, section 2
	zstdWindow    = 1 << 20
	zstdBlock     = 64 << 10
	lz4Block      = 256 << 10

	// leastMember is what a member of gzip has to hold to end with a flush. They are
	// decompressed side by side; smaller ones would make files larger. With maxUnflushed
	// and a packet they stay below memberMost. Of Zstandard there is one frame, for
	// Wireshark up to 4.0 takes another one for damage.
	leastMember = 3 << 19
)

// newSqueezer returns a squeezer that keeps to one thread and a few megabytes.
func newSqueezer(out io.Writer, kind Compression) (*squeezer, error) {
	s := &squeezer{kind: kind, out: out}
	var err error
	s.compressor, err = compressorTo(&s.made, kind)
	return s, err
}

func compressorTo(out io.Writer, c Compression) (compressor, error) {
	switch c {
	case Gzip:
		w, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
		if err == nil {
			restart(w, out)
		}
		return w, err
	case Zstd:
		return zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(zstdWindow))
	case LZ4:
		w := lz4.NewWriter(out)
		err := w.Apply(lz4.BlockSizeOption(lz4.Block256Kb), lz4.ConcurrencyOption(1))
		return w, err
	}
	return nil, fmt.Errorf("compression %d is unknown", c)
}

// restart has c begin another member.
func restart(c compressor, out io.Writer) {
	c.Reset(out)
	if w, ok := c.(*gzip.Writer); ok {
		w.Extra = gzipMark[2:]
	}
}

// write compresses b, and writes what comes out.
func (s *squeezer) write(b []byte) error {
	s.whole = false
	if _, err := s.compressor.Write(b); err != nil {
		return err
	}
	return s.pass()
}

// pass writes what the compressor has made. The stream's header waits for its
// first block: a file with nothing but a header is refused by those who read it.
func (s *squeezer) pass() error {
	if made := s.made.Bytes(); !s.begun && s.written == 0 && len(made) <= s.headerLen(made) {
		return nil
	}
	n, err := s.out.Write(s.made.Bytes()[s.written:])
	s.written += n
	return err
}

// flush ends a block and writes it. plain is what was compressed since the last
// flush.
func (s *squeezer) flush(plain []byte) error {
	s.member += len(plain)
	end := s.member >= leastMember && s.kind == Gzip
	if end {
		if err := s.compressor.Close(); err != nil {
			return err
		}
	} else if err := s.compressor.Flush(); err != nil {
		return err
	}
	if err := s.pass(); err != nil {
		return err
	}
	s.made.Reset()
	s.written, s.begun = 0, true
	if end {
		s.member, s.begun, s.history, s.whole = 0, false, s.history[:0], true
		restart(s.compressor, &s.made)
		return nil
	}
	if s.kind == Gzip {
		if len(plain) < deflateWindow {
			keep := min(len(s.history), deflateWindow-len(plain))
			s.history = append(s.history[:0], s.history[len(s.history)-keep:]...)
		} else {
			s.history, plain = s.history[:0], plain[len(plain)-deflateWindow:]
		}
		s.history = append(s.history, plain...)
	}
	return nil
}

// close writes what ends the stream, after a flush.
func (s *squeezer) close() error {
	if s.whole {
		return nil
	}
	if err := s.compressor.Close(); err != nil {
		return err
	}
	return s.pass()
}

// readable is how many bytes can be read of those that were compressed since the
// last flush, after writing has failed.
func (s *squeezer) readable() int {
	taken := s.made.Bytes()[:s.written]
	if !s.begun {
		taken = taken[min(s.headerLen(taken), len(taken)):]
	}
	switch s.kind {
	case Gzip:
		var f inflater
		f.start(bufio.NewReader(bytes.NewReader(taken)))
		f.preset(s.history)
		n := 0
		for err := error(nil); err == nil; { // it ends with the error that it is cut
			var b []byte
			b, err = f.next()
			n += len(b)
		}
		return n
	case Zstd:
		return zstdReadable(taken)
	}
	return lz4Readable(taken)
}

// headerLen is the length of what precedes the first block of the stream that
// begins with b.
func (s *squeezer) headerLen(b []byte) int {
	switch s.kind {
	case Gzip:
		return gzipHeaderLen + len(gzipMark)
	case Zstd:
		if len(b) < zstdShortestHeader {
			return zstdShortestHeader
		}
		n, _ := zstdHeader(b)
		return n
	}
	return lz4ShortestHeader
}

// zstdReadable is how many bytes at most the whole blocks at the front of b hold:
// the last one may hold less.
func zstdReadable(b []byte) (n int) {
	for len(b) >= zstdBlockHeader {
		word := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		size := zstdBlockHeader + int(word>>3)
		if word>>1&3 == 1 { // one byte, repeated
			size = zstdBlockHeader + 1
		}
		if size > len(b) {
			break
		}
		n, b = n+zstdBlock, b[size:]
	}
	return n
}

// lz4Readable is how many bytes can be read of blocks of which the last is cut.
func lz4Readable(b []byte) (n int) {
	for len(b) > 4 {
		length := binary.LittleEndian.Uint32(b)
		block := b[4:min(len(b), 4+int(length&^lz4Stored))]
		n += len(lz4Partial(make([]byte, 0, lz4Block), block, length&lz4Stored != 0))
		b = b[4+len(block):]
	}
	return n
}
