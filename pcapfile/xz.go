//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"slices"
)

// xzStream reads an xz stream (The .xz File Format 1.2.1 section 2).
type xzStream struct {
	in     *bufio.Reader
	window int64
	flags  [2]byte
	block  xzBlock
	within bool // block has begun and not ended
	index  xzIndex
}

func newXZStream(in *bufio.Reader, window int64) member {
	return &xzStream{in: in, window: window}
}

// Lengths in bytes, numbers and bits, sections 1.2, 2.1, 3.1 and 5.3.1.
const (
	xzHeaderLen      = 12
	xzFooterLen      = 12
	xzMagicLen       = 6
	xzChecksumLen    = 4 // of headers
	xzLongestInteger = 9

	xzCheckMask      = 0x0f // of a stream's second flag byte
	xzIndexIndicator = 0    // in place of a block's length
	xzLZMA2          = 0x21
	xzLargestDict    = 40 // as it is coded: 4 GiB - 1

	xzFilterCount     = 0x03 // of a block's flags
	xzReservedFlags   = 0x3c
	xzHasCompressed   = 0x40
	xzHasUncompressed = 0x80
)

func (s *xzStream) begin() error {
	var h [xzHeaderLen]byte
	if err := readWhole(s.in, h[:]); err != nil {
		return err
	}
	if crc32.ChecksumIEEE(h[xzMagicLen:8]) != binary.LittleEndian.Uint32(h[8:]) {
		return errChecksum
	}
	s.flags = [2]byte(h[xzMagicLen:])
	if s.flags[0] != 0 || s.flags[1] > xzCheckMask {
		return errors.New("the header has flags that are not known")
	}
	s.within, s.index = false, newXZIndex()
	return nil
}

func (s *xzStream) Read(p []byte) (int, error) {
	for {
		if !s.within {
			if err := s.nextBlock(); err != nil {
				return 0, err
			}
		}
		n, err := s.block.read(p)
		if err == io.EOF {
			s.within = false
			s.index.add(s.block.unpadded(), s.block.given)
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// nextBlock begins the next block, or reads what ends the stream: then it
// returns io.EOF.
func (s *xzStream) nextBlock() error {
	first, err := s.in.Peek(1)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if first[0] == xzIndexIndicator {
		return s.end()
	}
	header := make([]byte, 4*(int(first[0])+1))
	if err := readWhole(s.in, header); err != nil {
		return err
	}
	if err := s.block.parse(header); err != nil {
		return err
	}
	s.within = true
	s.block.start(s.in, s.flags[1], s.window)
	return nil
}

// end reads the index and the footer.
func (s *xzStream) end() error {
	size, err := s.index.check(s.in)
	if err != nil {
		return err
	}
	var f [xzFooterLen]byte
	if err := readWhole(s.in, f[:]); err != nil {
		return err
	}
	switch {
	case crc32.ChecksumIEEE(f[4:10]) != binary.LittleEndian.Uint32(f[:]):
		return errChecksum
	case (uint64(binary.LittleEndian.Uint32(f[4:]))+1)*4 != size, [2]byte(f[8:]) != s.flags, string(f[10:]) != "YZ":
		return errors.New("the footer contradicts what is before it")
	}
	return io.EOF
}

// xzBlock reads a block, section 3.
type xzBlock struct {
	compressed, uncompressed uint64 // bytes, if the header says so, else xzUnknown
	dict                     uint64 // bytes
	headerLen                int

	in    countedInput
	lzma2 lzma2
	given uint64
	check []byte // as it is in the file
	sum   hash.Hash
}

const xzUnknown = 1<<64 - 1

// parse reads the block's header, section 3.1.
func (b *xzBlock) parse(h []byte) error {
	rest := h[:len(h)-xzChecksumLen]
	if crc32.ChecksumIEEE(rest) != binary.LittleEndian.Uint32(h[len(rest):]) {
		return errChecksum
	}
	b.headerLen = len(h)
	flags := rest[1]
	if flags&xzReservedFlags != 0 {
		return errors.New("a block's header has flags that are not known")
	}
	in := bytes.NewReader(rest[2:])
	b.compressed, b.uncompressed = xzUnknown, xzUnknown
	var err error
	if flags&xzHasCompressed != 0 {
		b.compressed, err = xzInteger(in)
	}
	if err == nil && flags&xzHasUncompressed != 0 {
		b.uncompressed, err = xzInteger(in)
	}
	if err != nil {
		return err
	}
	return b.parseFilters(in, int(flags&xzFilterCount)+1)
}

// parseFilters takes the one filter that is known, section 5.3.1.
func (b *xzBlock) parseFilters(in *bytes.Reader, n int) error {
	id, err := xzInteger(in)
	if err != nil {
		return err
	}
	if n != 1 || id != xzLZMA2 {
		return errors.New("it was compressed with another filter than LZMA2")
	}
	size, err := xzInteger(in)
	if err != nil {
		return err
	}
	bits, err := in.ReadByte()
	if err != nil || size != 1 || bits > xzLargestDict {
		return errors.New("a block's header has properties of LZMA2 that are not valid")
	}
	if b.dict = 1<<32 - 1; bits < xzLargestDict {
		b.dict = (2 | uint64(bits&1)) << (bits/2 + 11)
	}
	for in.Len() > 0 {
		if padding, _ := in.ReadByte(); padding != 0 {
			return errors.New("a block's header is longer than what is in it")
		}
	}
	return nil
}

// start begins reading the block, behind its header.
func (b *xzBlock) start(in *bufio.Reader, check byte, window int64) {
	b.given = 0
	b.check = make([]byte, [xzCheckMask + 1]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[check])
	switch check {
	case 1:
		b.sum = crc32.NewIEEE()
	case 4:
		b.sum = crc64.New(crc64.MakeTable(crc64.ECMA))
	case 10:
		b.sum = sha256.New()
	default: // none, or one that is not known
		b.sum = nil
	}
	b.in = countedInput{in: in}
	b.lzma2.start(&b.in, b.dict, window)
}

func (b *xzBlock) read(p []byte) (int, error) {
	n, err := b.lzma2.Read(p)
	b.given += uint64(n)
	if b.sum != nil {
		b.sum.Write(p[:n])
	}
	if b.given > b.uncompressed {
		return n, errXZSize
	}
	if err == io.EOF {
		err = b.end()
	}
	return n, err
}

var errXZSize = errors.New("a block is not as long as its header says")

// end reads what is behind the block's data. It returns io.EOF if that is as it
// should be.
func (b *xzBlock) end() error {
	length := b.in.n
	if b.uncompressed != xzUnknown && b.given != b.uncompressed || b.compressed != xzUnknown && length != b.compressed {
		return errXZSize
	}
	tail := make([]byte, int(-length&3)+len(b.check))
	if err := readWhole(b.in.in, tail); err != nil {
		return err
	}
	padding := len(tail) - copy(b.check, tail[-length&3:])
	if !allZero(tail[:padding]) {
		return errors.New("the padding of a block is not zero")
	}
	if b.sum == nil {
		return io.EOF
	}
	sum := b.sum.Sum(nil)
	if len(sum) < sha256.Size {
		slices.Reverse(sum) // a cyclic redundancy check, little-endian
	}
	if !bytes.Equal(sum, b.check) {
		return errChecksum
	}
	return io.EOF
}

// unpadded is what the index says of the block's length in the file.
func (b *xzBlock) unpadded() uint64 { return uint64(b.headerLen+len(b.check)) + b.in.n }

func allZero(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }

// xzIndex is what the index at the end has to say (section 4). Of the records it
// keeps a checksum: there may be many.
type xzIndex struct {
	records uint64
	sum     hash.Hash64
}

func newXZIndex() xzIndex { return xzIndex{sum: crc64.New(crc64.MakeTable(crc64.ECMA))} }

// add adds a record for a block.
func (x *xzIndex) add(unpadded, uncompressed uint64) {
	x.records++
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], unpadded)
	binary.LittleEndian.PutUint64(b[8:], uncompressed)
	x.sum.Write(b[:])
}

// check reads the index and compares. It returns its length in bytes.
func (x *xzIndex) check(in *bufio.Reader) (size uint64, err error) {
	counted := &countedInput{in: in, sum: crc32.NewIEEE()}
	counted.ReadByte() // the indicator
	records, err := xzInteger(counted)
	if err != nil {
		return 0, err
	}
	got := newXZIndex()
	for got.records < min(records, x.records) {
		unpadded, err := xzInteger(counted)
		if err != nil {
			return 0, err
		}
		uncompressed, err := xzInteger(counted)
		if err != nil {
			return 0, err
		}
		got.add(unpadded, uncompressed)
	}
	if records != x.records || got.sum.Sum64() != x.sum.Sum64() {
		return 0, errors.New("the index contradicts what is before it")
	}
	tail := make([]byte, -counted.n&3)
	if _, err := io.ReadFull(counted, tail); err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	sum := counted.sum.Sum32()
	var word [xzChecksumLen]byte
	if err := readWhole(counted, word[:]); err != nil {
		return 0, err
	}
	if !allZero(tail) || binary.LittleEndian.Uint32(word[:]) != sum {
		return 0, errChecksum
	}
	return counted.n, nil
}

// xzInteger reads an integer, section 1.2.
func xzInteger(in io.ByteReader) (v uint64, err error) {
	for i := range xzLongestInteger {
		b, err := in.ReadByte()
		if err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			if b == 0 && i > 0 {
				break
			}
			return v, nil
		}
	}
	return 0, errors.New("an integer is too long")
}

// countedInput counts what is read, and keeps a checksum of it.
type countedInput struct {
	in  *bufio.Reader
	n   uint64
	sum hash.Hash32 // nil: none
}

func (c *countedInput) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += uint64(n)
	if c.sum != nil {
		c.sum.Write(p[:n])
	}
	return n, err
}

// ReadByte implements io.ByteReader.
func (c *countedInput) ReadByte() (byte, error) {
	b, err := c.in.ReadByte()
	if err != nil {
		return 0, err
	}
	c.n++
	if c.sum != nil {
		c.sum.Write([]byte{b})
	}
	return b, nil
}
