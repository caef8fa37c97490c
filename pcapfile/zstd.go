//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
)

// zstdFrame reads a Zstandard frame (RFC 8878 section 3.1.1). It gives nothing
// of a block, of 128 KiB at most, that is not whole.
type zstdFrame struct {
	blocks  zstdBlocks
	window  int64
	decoder *zstd.Decoder
	summed  bool // a checksum follows the blocks
	sum     xxh64
}

func newZstdFrame(in *bufio.Reader, window int64) member {
	return &zstdFrame{blocks: zstdBlocks{in: in}, window: window}
}

// Lengths in bytes, and bits of the frame header's descriptor, RFC 8878 section
// 3.1.1.
const (
	zstdShortestHeader = 6 // with the magic number
	zstdLongestHeader  = 18
	zstdBlockHeader    = 3

	zstdDictionaryBits = 3 << 0
	zstdChecksum       = 1 << 2
	zstdSingleSegment  = 1 << 5
)

func (f *zstdFrame) begin() error {
	h, err := f.blocks.in.Peek(zstdShortestHeader)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	length, _ := zstdHeader(h)
	if h, err = f.blocks.in.Peek(length); err != nil {
		return io.ErrUnexpectedEOF
	}
	_, window := zstdHeader(h)
	if window > uint64(f.window) {
		return &WindowError{Need: window, Limit: f.window}
	}
	f.summed = h[4]&zstdChecksum != 0
	f.sum.reset()
	f.blocks.start(h[:length])
	if f.decoder != nil {
		return f.decoder.Reset(&f.blocks)
	}
	f.decoder, err = zstd.NewReader(&f.blocks, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(max(uint64(f.window), zstd.MinWindowSize)))
	return err
}

// zstdHeader returns the length of the frame header that h, of at least
// zstdShortestHeader bytes, begins with; and how many bytes a decoder has to
// remember, if all of it is there.
func zstdHeader(h []byte) (length int, window uint64) {
	descriptor := h[4]
	single := descriptor&zstdSingleSegment != 0
	length = 5
	if !single {
		window = 1 << (10 + h[length]>>3)
		window += window / 8 * uint64(h[length]&7)
		length++
	}
	length += [4]int{0, 1, 2, 4}[descriptor&zstdDictionaryBits]
	sizeLen := [4]int{0, 2, 4, 8}[descriptor>>6]
	if single && sizeLen == 0 {
		sizeLen = 1
	}
	if single && length+sizeLen <= len(h) {
		window = contentSize(h[length : length+sizeLen])
	}
	return length + sizeLen, window
}

// contentSize reads the size of what the frame has compressed, section
// 3.1.1.1.4.
func contentSize(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b)) + 256
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	return math.MaxUint64
}

func (f *zstdFrame) Read(p []byte) (int, error) {
	n, err := f.decoder.Read(p)
	f.sum.write(p[:n])
	switch {
	case f.blocks.cut && err != nil:
		err = io.ErrUnexpectedEOF
	case err == io.EOF && f.summed:
		err = f.checkSum()
	}
	return n, err
}

// checkSum reads the checksum, and returns io.EOF if it is right.
func (f *zstdFrame) checkSum() error {
	want, err := readU32(f.blocks.in)
	if err != nil {
		return err
	}
	if want != uint32(f.sum.value()) {
		return errChecksum
	}
	return io.EOF
}

// zstdBlocks gives a frame's header and blocks, but no checksum: the decoder
// would keep the last block to itself if that is wrong.
type zstdBlocks struct {
	in   *bufio.Reader
	room [zstdLongestHeader]byte
	head []byte // what of the frame's header is still to be given
	left int    // bytes of the block that are still to be given
	last bool   // no block follows
	cut  bool   // the input ended too early
}

// start begins with the frame's header.
func (z *zstdBlocks) start(header []byte) {
	z.in.Discard(len(header))
	z.head = append(z.room[:0], header...)
	z.head[4] &^= zstdChecksum
	z.left, z.last, z.cut = 0, false, false
}

// Read implements io.Reader.
func (z *zstdBlocks) Read(p []byte) (int, error) {
	if len(z.head) > 0 {
		n := copy(p, z.head)
		z.head = z.head[n:]
		return n, nil
	}
	if z.left == 0 {
		if err := z.nextBlock(); err != nil {
			return 0, err
		}
	}
	n, err := z.in.Read(p[:min(len(p), z.left)])
	z.left -= n
	if err == io.EOF {
		z.cut = true
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// nextBlock goes on to the next block, section 3.1.1.2; io.EOF behind the last
// one.
func (z *zstdBlocks) nextBlock() error {
	if z.last {
		return io.EOF
	}
	h, _ := z.in.Peek(zstdBlockHeader)
	if len(h) < zstdBlockHeader {
		z.cut = true
		return io.ErrUnexpectedEOF
	}
	word := uint32(h[0]) | uint32(h[1])<<8 | uint32(h[2])<<16
	z.last = word&1 != 0
	z.left = int(word >> 3)
	if word>>1&3 == 1 { // one byte, repeated
		z.left = 1
	}
	z.left += zstdBlockHeader
	return nil
}
