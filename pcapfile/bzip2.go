//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"io"
)

// bzip2Stream reads a bzip2 stream and those that follow it directly. It refers
// back 900 kB at most, and gives nothing of a block that is not whole.
type bzip2Stream struct {
	in     lastBytes
	reader io.Reader
}

func newBzip2Stream(in *bufio.Reader, _ int64) member {
	return &bzip2Stream{in: lastBytes{in: in}}
}

func (s *bzip2Stream) begin() error {
	s.in.held, s.in.padding = 0, 0
	s.reader = bzip2.NewReader(&s.in)
	return nil
}

// errOtherStream is what compress/bzip2 says of two bytes behind a stream that
// do not begin another one.
const errOtherStream = bzip2.StructuralError("bad magic value in continuation file")

func (s *bzip2Stream) Read(p []byte) (int, error) {
	n, err := s.reader.Read(p)
	switch {
	case errors.Is(err, errOtherStream):
		err = io.EOF
	case s.in.padding > 0 && err != nil:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// lastBytes gives what in holds, but keeps the last two bytes in it, which
// compress/bzip2 reads behind a stream to see whether another one begins there.
// Where the input ends it pads it with two bytes, so that they are always there.
type lastBytes struct {
	in      *bufio.Reader
	held    int // bytes given out that are still in in, and padding
	padding int // bytes given out behind the end
}

const behindStream = 2

// ReadByte implements io.ByteReader.
func (l *lastBytes) ReadByte() (byte, error) {
	if l.held == behindStream {
		if l.held > l.padding {
			l.in.Discard(1)
		}
		l.held--
	}
	l.held++
	b, err := l.in.Peek(l.held)
	if err == nil {
		return b[l.held-1], nil
	}
	if l.padding == behindStream {
		return 0, io.ErrUnexpectedEOF
	}
	l.padding++
	return 0, nil
}

// Read implements io.Reader, which compress/bzip2 does not use.
func (l *lastBytes) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := l.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}
