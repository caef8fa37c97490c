//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gzipMember reads a member of gzip (RFC 1952), which refers back 32 KiB at
// most and has a header of less than 70 KiB.
type gzipMember struct {
	in     *bufio.Reader
	reader gzip.Reader
}

func newGzipMember(in *bufio.Reader, _ int64) member { return &gzipMember{in: in} }

func (m *gzipMember) begin() error {
	err := m.reader.Reset(m.in)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF // within the header
	}
	m.reader.Multistream(false)
	return err
}

func (m *gzipMember) Read(p []byte) (int, error) { return m.reader.Read(p) }
