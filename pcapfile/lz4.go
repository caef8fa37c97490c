package pcapfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/pierrec/lz4/v4"
)

// lz4Frame reads an LZ4 frame (LZ4 Frame Format Description 1.6.4), which refers
// back 64 KiB at most. Of the block in which a file was cut off it gives what
// can be told.
type lz4Frame struct {
	in      *bufio.Reader
	flags   byte
	content uint64 // bytes, if flags say that they are known
	sum     xxh32
	read    uint64 // bytes of content so far
	block   []byte // as it is in the file
	out     []byte // the last of the content before the block, and what is in it
	history int    // bytes at the front of out that are from before the block
	given   int    // bytes at the front of out that were read
	failed  error  // found in what comes behind out
}

const (
	lz4Flags          = 4 // where they are in the header
	lz4LongestHeader  = 19
	lz4Dictionary     = 1 << 0
	lz4ContentSum     = 1 << 2
	lz4ContentSize    = 1 << 3
	lz4BlockSums      = 1 << 4
	lz4Independent    = 1 << 5
	lz4Version        = 1 << 6
	lz4Reserved       = 1 << 1
	lz4Window         = 64 << 10
	lz4NotCompressed  = 1 << 31 // in a block's length
	lz4LongestRunCode = 15
)

func newLZ4Frame(in *bufio.Reader, _ int64) member { return &lz4Frame{in: in} }

func (f *lz4Frame) begin() error {
	h, _ := f.in.Peek(lz4LongestHeader)
	if len(h) < 7 {
		return io.ErrUnexpectedEOF
	}
	f.flags = h[lz4Flags]
	length := 6
	if f.flags&lz4ContentSize != 0 {
		length += 8
	}
	if f.flags&lz4Dictionary != 0 {
		length += 4
	}
	if len(h) <= length {
		return io.ErrUnexpectedEOF
	}
	sum := newXXH32()
	sum.write(h[lz4Flags:length])
	sizes := h[lz4Flags+1]
	switch {
	case h[length] != byte(sum.sum()>>8):
		return errors.New("the header's checksum is wrong")
	case f.flags&^0x3f != lz4Version || f.flags&lz4Reserved != 0 || sizes&0x8f != 0 || sizes < 0x40:
		return errors.New("the header has values that are not known")
	case f.flags&lz4Dictionary != 0:
		return errors.New("it was compressed with a dictionary of its own")
	}
	if f.flags&lz4ContentSize != 0 {
		f.content = binary.LittleEndian.Uint64(h[6:])
	}
	f.in.Discard(length + 1)
	largest := 64 << 10 << (2 * (sizes>>4 - 4))
	if cap(f.block) < largest {
		f.block, f.out = make([]byte, largest), make([]byte, lz4Window+largest)
	}
	f.block, f.out = f.block[:largest], f.out[:0]
	f.sum, f.read, f.history, f.given, f.failed = newXXH32(), 0, 0, 0, nil
	return nil
}

func (f *lz4Frame) Read(p []byte) (int, error) {
	for f.given == len(f.out) {
		if f.failed == nil {
			f.failed = f.nextBlock()
		}
		if f.given == len(f.out) && f.failed != nil {
			return 0, f.failed
		}
	}
	n := copy(p, f.out[f.given:])
	f.given += n
	return n, nil
}

// nextBlock reads a block, or what ends the frame: then it returns io.EOF.
func (f *lz4Frame) nextBlock() error {
	var word [4]byte
	if err := readWhole(f.in, word[:]); err != nil {
		return err
	}
	length := binary.LittleEndian.Uint32(word[:])
	if length == 0 {
		return f.end()
	}
	compressed := length&lz4NotCompressed == 0
	length &^= lz4NotCompressed
	if uint64(length) > uint64(len(f.block)) {
		return fmt.Errorf("a block of %d bytes where %d are the most", length, len(f.block))
	}
	f.keepHistory()
	block := f.block[:length]
	n, err := io.ReadFull(f.in, block)
	if err != nil {
		f.decodePart(block[:n], compressed)
		return io.ErrUnexpectedEOF
	}
	if f.flags&lz4BlockSums != 0 {
		if err := f.checkSum(block); err != nil {
			return err
		}
	}
	return f.decode(block, compressed)
}

// readWhole fills b, or returns io.ErrUnexpectedEOF.
func readWhole(in io.Reader, b []byte) error {
	_, err := io.ReadFull(in, b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// keepHistory leaves of out what the next block may refer to.
func (f *lz4Frame) keepHistory() {
	f.history = 0
	if f.flags&lz4Independent == 0 {
		f.history = copy(f.out, f.out[max(0, len(f.out)-lz4Window):])
	}
	f.out, f.given = f.out[:f.history], f.history
}

// room is where the content of the block goes.
func (f *lz4Frame) room() []byte { return f.out[f.history : f.history+len(f.block)] }

func (f *lz4Frame) decode(block []byte, compressed bool) error {
	n := 0
	if compressed {
		var err error
		n, err = lz4.UncompressBlockWithDict(block, f.room(), f.out[:f.history])
		if err != nil {
			return err
		}
	} else {
		n = copy(f.room(), block)
	}
	f.extend(n)
	return nil
}

// decodePart decodes the beginning of a block.
func (f *lz4Frame) decodePart(block []byte, compressed bool) {
	if !compressed {
		f.extend(copy(f.room(), block))
		return
	}
	f.extend(lz4Part(f.out[:f.history+len(f.block)], f.history, block))
}

// extend adds n bytes, which are in room, to the content.
func (f *lz4Frame) extend(n int) {
	f.out = f.out[:f.history+n]
	f.read += uint64(n)
	if f.flags&lz4ContentSum != 0 {
		f.sum.write(f.out[f.history:])
	}
}

func (f *lz4Frame) end() error {
	if f.flags&lz4ContentSize != 0 && f.read != f.content {
		return fmt.Errorf("%d bytes of content where %d are promised", f.read, f.content)
	}
	if f.flags&lz4ContentSum != 0 {
		var word [4]byte
		if err := readWhole(f.in, word[:]); err != nil {
			return err
		}
		if binary.LittleEndian.Uint32(word[:]) != f.sum.sum() {
			return errChecksum
		}
	}
	return io.EOF
}

var errChecksum = errors.New("a checksum is wrong")

// checkSum compares the checksum behind a block.
func (f *lz4Frame) checkSum(block []byte) error {
	var word [4]byte
	if err := readWhole(f.in, word[:]); err != nil {
		return err
	}
	sum := newXXH32()
	sum.write(block)
	if binary.LittleEndian.Uint32(word[:]) != sum.sum() {
		return errChecksum
	}
	return nil
}

// lz4Part decodes the beginning of a block (LZ4 Block Format Description) to
// out[at:], and returns how many bytes that makes. It may refer to out[:at].
func lz4Part(out []byte, at int, block []byte) int {
	start := at
	for len(block) > 0 {
		token := int(block[0])
		literals, rest, _ := lz4Run(token>>4, block[1:])
		n := copy(out[at:], rest[:min(literals, len(rest))])
		at += n
		if n < literals || len(rest)-n < 2 {
			break
		}
		offset := int(binary.LittleEndian.Uint16(rest[n:]))
		length, rest, whole := lz4Run(token&0xf, rest[n+2:])
		const shortest = 4
		if offset == 0 || offset > at || !whole {
			break
		}
		for i := 0; i < length+shortest && at < len(out); i++ {
			out[at] = out[at-offset]
			at++
		}
		block = rest
	}
	return at - start
}

// lz4Run reads what follows the 4 bits of a length in a token. It returns the
// rest of b and whether the length was whole.
func lz4Run(bits int, b []byte) (length int, rest []byte, whole bool) {
	length = bits
	if bits < lz4LongestRunCode {
		return length, b, true
	}
	for i, c := range b {
		length += int(c)
		if c < 0xff {
			return length, b[i+1:], true
		}
	}
	return length, nil, false
}
