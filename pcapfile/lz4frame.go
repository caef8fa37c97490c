//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/pierrec/lz4/v4"
)

// lz4Frame reads an LZ4 frame. It gives each block as soon as it is there, and of
// the block in which a file was cut off what can be told.
type lz4Frame struct {
	in      *bufio.Reader
	flags   byte
	content uint64 // bytes, if flags say that they are known
	sum     xxh32
	read    uint64 // bytes of content so far
	block   []byte // as it is in the file
	out     []byte // the last of the content before the block, and what is in it
	given   int    // bytes at the front of out that were read
	failed  error  // what comes behind out
}

const (
	lz4FlagsAt        = 4 // in the header, with the magic number
	lz4SizesAt        = 5
	lz4ShortestHeader = 7
	lz4Version        = 1 << 6
	lz4VersionBits    = 3 << 6
	lz4ReservedSizes  = 0x8f
)

func newLZ4Frame(in *bufio.Reader, _ int64) member { return &lz4Frame{in: in} }

func (f *lz4Frame) begin() error {
	h, err := f.in.Peek(lz4ShortestHeader)
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	f.flags = h[lz4FlagsAt]
	length := lz4ShortestHeader
	if f.flags&lz4ContentSize != 0 {
		length += 8
	}
	if f.flags&lz4HasDictionary != 0 {
		length += 4
	}
	if h, err = f.in.Peek(length); err != nil {
		return io.ErrUnexpectedEOF
	}
	f.sum.reset()
	f.sum.write(h[lz4FlagsAt : length-1])
	sizes := h[lz4SizesAt]
	switch {
	case h[length-1] != byte(f.sum.value()>>8):
		return errChecksum
	case f.flags&lz4VersionBits != lz4Version || f.flags&lz4Reserved != 0 || sizes&lz4ReservedSizes != 0 || sizes>>4 < 4:
		return errors.New("the header has values that are not known")
	case f.flags&lz4HasDictionary != 0:
		return errors.New("it was compressed with a dictionary of its own")
	}
	if f.flags&lz4ContentSize != 0 {
		f.content = binary.LittleEndian.Uint64(h[6:])
	}
	f.in.Discard(length)
	largest := 1 << (8 + 2*(sizes>>4))
	if cap(f.block) < largest {
		f.block, f.out = make([]byte, largest), make([]byte, lz4Window+largest)
	}
	f.block, f.out = f.block[:largest], f.out[:0]
	f.sum.reset()
	f.read, f.given, f.failed = 0, 0, nil
	return nil
}

func (f *lz4Frame) Read(p []byte) (int, error) {
	for f.given == len(f.out) {
		if f.failed != nil {
			return 0, f.failed
		}
		f.failed = f.nextBlock()
	}
	n := copy(p, f.out[f.given:])
	f.given += n
	return n, nil
}

// nextBlock reads a block, or what ends the frame: then it returns io.EOF. There
// may be bytes and an error.
func (f *lz4Frame) nextBlock() error {
	word, err := readU32(f.in)
	if err != nil {
		return err
	}
	if word == 0 {
		return f.end()
	}
	stored, length := word&lz4Stored != 0, word&^lz4Stored
	if uint64(length) > uint64(len(f.block)) {
		return fmt.Errorf("a block of %d bytes where %d are the most", length, len(f.block))
	}
	block := f.block[:length]
	n, err := io.ReadFull(f.in, block)
	f.makeRoom()
	if err != nil {
		f.extend(lz4Partial(f.out[:len(f.out):len(f.out)+len(f.block)], block[:n], stored))
		return io.ErrUnexpectedEOF
	}
	if f.flags&lz4BlockChecksum != 0 {
		want, err := readU32(f.in)
		if err != nil {
			return err
		}
		var sum xxh32
		sum.reset()
		if sum.write(block); sum.value() != want {
			return errChecksum
		}
	}
	room := f.out[len(f.out) : len(f.out)+len(f.block)]
	if stored {
		n = copy(room, block)
	} else if n, err = lz4.UncompressBlockWithDict(block, room, f.out); err != nil {
		return err
	}
	f.extend(f.out[:len(f.out)+n])
	return nil
}

// makeRoom leaves of out what the next block may refer to.
func (f *lz4Frame) makeRoom() {
	keep := 0
	if f.flags&lz4Independent == 0 {
		keep = copy(f.out, f.out[max(0, len(f.out)-lz4Window):])
	}
	f.out, f.given = f.out[:keep], keep
}

// extend takes over out, which is f.out with more behind it.
func (f *lz4Frame) extend(out []byte) {
	more := out[len(f.out):]
	f.out = out
	f.read += uint64(len(more))
	if f.flags&lz4ContentChecksum != 0 {
		f.sum.write(more)
	}
}

// end checks what is behind the blocks.
func (f *lz4Frame) end() error {
	if f.flags&lz4ContentChecksum != 0 {
		want, err := readU32(f.in)
		if err != nil {
			return err
		}
		if want != f.sum.value() {
			return errChecksum
		}
	}
	if f.flags&lz4ContentSize != 0 && f.read != f.content {
		return fmt.Errorf("%d bytes where %d are promised", f.read, f.content)
	}
	return io.EOF
}

var errChecksum = errors.New("a checksum is wrong")

// readWhole fills b, or returns io.ErrUnexpectedEOF.
func readWhole(in io.Reader, b []byte) error {
	_, err := io.ReadFull(in, b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// readU32 reads a little-endian number.
func readU32(in io.Reader) (uint32, error) {
	var b [4]byte
	err := readWhole(in, b[:])
	return binary.LittleEndian.Uint32(b[:]), err
}
