//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Flags of a gzip member's header, RFC 1952 section 2.3.1; and its lengths in bytes.
const (
	gzipHeaderSum = 1 << 1
	gzipExtra     = 1 << 2
	gzipName      = 1 << 3
	gzipComment   = 1 << 4
	gzipReserved  = 7 << 5

	gzipHeaderLen   = 10
	gzipTrailerLen  = 8
	gzipLongestText = 512 // of a name or comment, with the zero behind it
)

// gzipMark is what members that we write have behind the ten bytes that all have: the
// length of their extra field, which has a subfield TD of twelve bytes. None is in what
// is compressed but by chance.
var gzipMark = []byte("\x10\x00TD\x0c\x00\x00member\xf7\x9e\x35\xc1\x00")

// gzipMember reads a member of gzip (RFC 1952), which refers back 32 KiB at
// most and has a header of less than 70 KiB.
type gzipMember struct {
	in     *bufio.Reader
	stream inflater
	given  []byte // what the stream has given, and was not asked for yet
	err    error  // what comes behind that
	sum    uint32
	size   uint32
}

func newGzipMember(in *bufio.Reader, _ int64) member { return &gzipMember{in: in} }

func (m *gzipMember) begin() error {
	m.given, m.err, m.sum, m.size = nil, nil, 0, 0
	if err := m.header(); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	m.sum = 0
	m.stream.start(m.in)
	return nil
}

// header reads what comes before what is compressed.
func (m *gzipMember) header() error {
	h, err := m.take(gzipHeaderLen)
	if err != nil {
		return err
	}
	if string(h[:3]) != "\x1f\x8b\x08" {
		return gzip.ErrHeader
	}
	flags := h[3]
	if flags&gzipExtra != 0 {
		if h, err = m.take(2); err != nil {
			return err
		}
		for left := int(binary.LittleEndian.Uint16(h)); left > 0; left -= len(h) {
			if h, err = m.take(min(left, gzipLongestText)); err != nil {
				return err
			}
		}
	}
	for _, flag := range []byte{gzipName, gzipComment} {
		if flags&flag == 0 {
			continue
		}
		for n, c := 0, byte(1); c != 0; n++ {
			if n == gzipLongestText {
				return gzip.ErrHeader
			}
			if h, err = m.take(1); err != nil {
				return err
			}
			c = h[0]
		}
	}
	if flags&gzipHeaderSum != 0 {
		want := uint16(m.sum)
		if h, err = m.take(2); err != nil {
			return err
		}
		if binary.LittleEndian.Uint16(h) != want {
			return gzip.ErrHeader
		}
	}
	if flags&gzipReserved != 0 {
		return gzip.ErrHeader
	}
	return nil
}

// take reads n bytes, which are valid until the next call, and sums them up.
func (m *gzipMember) take(n int) ([]byte, error) {
	b, err := m.in.Peek(n)
	if err != nil {
		m.in.Discard(len(b))
		return nil, err
	}
	m.in.Discard(n)
	m.sum = crc32.Update(m.sum, crc32.IEEETable, b)
	return b, nil
}

func (m *gzipMember) Read(p []byte) (n int, err error) {
	for len(m.given) == 0 && m.err == nil {
		m.given, m.err = m.next()
	}
	n = copy(p, m.given)
	if m.given = m.given[n:]; len(m.given) == 0 {
		err = m.err
	}
	return n, err
}

// next returns what follows, valid until the next call, with or without an error.
func (m *gzipMember) next() ([]byte, error) {
	b, err := m.stream.next()
	m.sum = crc32.Update(m.sum, crc32.IEEETable, b)
	m.size += uint32(len(b))
	if err == io.EOF {
		err = m.trailer()
	}
	return b, err
}

// trailer reads the checksum and the length, and returns io.EOF if they are right.
func (m *gzipMember) trailer() error {
	b, err := m.in.Peek(gzipTrailerLen)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	sum, size := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	m.in.Discard(gzipTrailerLen)
	if sum != m.sum || size != m.size {
		return gzip.ErrChecksum
	}
	return io.EOF
}
