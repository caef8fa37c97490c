package pcapfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"hash/crc64"
	"io"
	"slices"
	"testing"

	"github.com/ulikunitz/xz/lzma"
)

// madeXZ is an xz file with one block, made by hand; checksums and lengths that
// it does not name are right.
type madeXZ struct {
	flags   []byte // of the stream
	block   []byte // the block's header without length, padding and checksum
	chunks  []byte
	padding []byte // behind the chunks
	check   []byte
	index   []byte // without padding and checksum
	footer  []byte // without its checksum
}

const madeContent = "hello"

func newMadeXZ() *madeXZ {
	return &madeXZ{
		flags:  []byte{0, 1},
		block:  []byte{0, xzLZMA2, 1, 0},
		chunks: append([]byte{1, 0, byte(len(madeContent) - 1)}, madeContent+"\x00"...),
		check:  binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(madeContent))),
	}
}

func appendCRC32(b []byte, from int) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
}

func zerosTo4(b []byte, from int) []byte { return append(b, make([]byte, -(len(b)-from)&3)...) }

func (x *madeXZ) file() []byte {
	b := append([]byte("\xfd7zXZ\x00"), x.flags...)
	b = appendCRC32(b, 6)
	begin := len(b)
	b = append(append(b, 0), x.block...)
	b = zerosTo4(b, begin)
	b[begin] = byte((len(b) - begin) / 4)
	b = append(appendCRC32(b, begin), x.chunks...)
	unpadded := len(b) - begin + len(x.check)
	if b = zerosTo4(b, begin); x.padding != nil {
		b = append(b[:len(b)-len(x.padding)], x.padding...)
	}
	b = append(b, x.check...)
	begin = len(b)
	if x.index == nil {
		x.index = []byte{0, 1, byte(unpadded), byte(len(madeContent))}
	}
	b = append(b, x.index...)
	b = appendCRC32(zerosTo4(b, begin), begin)
	if x.footer == nil {
		x.footer = append(binary.LittleEndian.AppendUint32(nil, uint32(len(b)-begin)/4-1), string(x.flags)+"YZ"...)
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(x.footer[:min(6, len(x.footer))]))
	return append(b, x.footer...)
}

// TestMadeXZ: each field of the format has its effect, or is told when it is wrong.
func TestMadeXZ(t *testing.T) {
	const (
		flags    = "the header has flags that are not known"
		filter   = "it was compressed with another filter than LZMA2"
		property = "a block's header has properties of LZMA2 that are not valid"
		length   = "a block is not as long as its header says"
		index    = "the index contradicts what is before it"
		footer   = "the footer contradicts what is before it"
		integer  = "an integer is too long"
		chunk    = "a chunk's header is not valid"
		sum      = "a checksum is wrong"
	)
	ecma := crc64.Checksum([]byte(madeContent), crc64.MakeTable(crc64.ECMA))
	sha := sha256.Sum256([]byte(madeContent))
	for _, c := range []struct {
		name   string
		change func(*madeXZ)
		want   string // "" when the content can be read
	}{
		{"as it is", func(*madeXZ) {}, ""},
		{"no check", func(x *madeXZ) { x.flags[1], x.check = 0, nil }, ""},
		{"CRC64", func(x *madeXZ) { x.flags[1], x.check = 4, binary.LittleEndian.AppendUint64(nil, ecma) }, ""},
		{"another CRC64", func(x *madeXZ) { x.flags[1], x.check = 4, binary.LittleEndian.AppendUint64(nil, ecma+1) }, sum},
		{"SHA-256", func(x *madeXZ) { x.flags[1], x.check = 10, sha[:] }, ""},
		{"another SHA-256", func(x *madeXZ) { x.flags[1], x.check = 10, make([]byte, 32) }, sum},
		{"another CRC32", func(x *madeXZ) { x.check[3] ^= 1 }, sum},
		{"flags of no version", func(x *madeXZ) { x.flags[0] = 1 }, flags},
		{"reserved flags", func(x *madeXZ) { x.flags[1] |= 0x10 }, flags},
		{"the block's reserved flags", func(x *madeXZ) { x.block[0] = 0x04 }, "a block's header has flags that are not known"},
		{"the last of them", func(x *madeXZ) { x.block[0] = 0x20 }, "a block's header has flags that are not known"},
		{"two filters", func(x *madeXZ) { x.block = []byte{1, 3, 1, 0, xzLZMA2, 1, 0} }, filter},
		{"two filters, LZMA2 first", func(x *madeXZ) { x.block = []byte{1, xzLZMA2, 1, 0, 3, 1, 0} }, filter},
		{"another filter", func(x *madeXZ) { x.block[1] = 4 }, filter},
		{"two properties", func(x *madeXZ) { x.block = []byte{0, xzLZMA2, 2, 0, 0} }, property},
		{"the largest dictionary", func(x *madeXZ) { x.block[3] = xzLargestDict }, ""},
		{"one that is larger", func(x *madeXZ) { x.block[3] = xzLargestDict + 1 }, property},
		{"more in the block's header", func(x *madeXZ) { x.block = append(x.block, 0, 0, 1) }, "a block's header is longer than what is in it"},
		{"both lengths", func(x *madeXZ) { x.block = []byte{0xc0, 9, 5, xzLZMA2, 1, 0} }, ""},
		{"compressed length", func(x *madeXZ) { x.block = []byte{0x40, 9, xzLZMA2, 1, 0} }, ""},
		{"uncompressed length", func(x *madeXZ) { x.block = []byte{0x80, 5, xzLZMA2, 1, 0} }, ""},
		{"uncompressed length of two bytes", func(x *madeXZ) { x.block = []byte{0x80, 0x85, 1, xzLZMA2, 1, 0} }, length},
		{"compressed less", func(x *madeXZ) { x.block = []byte{0xc0, 8, 5, xzLZMA2, 1, 0} }, length},
		{"compressed more", func(x *madeXZ) { x.block = []byte{0xc0, 10, 5, xzLZMA2, 1, 0} }, length},
		{"uncompressed less", func(x *madeXZ) { x.block = []byte{0xc0, 9, 4, xzLZMA2, 1, 0} }, length},
		{"uncompressed more", func(x *madeXZ) { x.block = []byte{0xc0, 9, 6, xzLZMA2, 1, 0} }, length},
		{"integer with a byte too many", func(x *madeXZ) { x.block = []byte{0x40, 0x89, 0, xzLZMA2, 1, 0} }, integer},
		{"integer without an end", func(x *madeXZ) { x.block = append([]byte{0x40}, bytes.Repeat([]byte{0xff}, 14)...) }, integer},
		{"filter's integer without an end", func(x *madeXZ) { x.block = append([]byte{0}, bytes.Repeat([]byte{0xff}, 14)...) }, integer},
		{"property's integer without an end", func(x *madeXZ) { x.block = append([]byte{0, xzLZMA2}, bytes.Repeat([]byte{0xff}, 13)...) }, integer},
		{"padding", func(x *madeXZ) { x.padding = []byte{0, 1, 0} }, "the padding of a block is not zero"},
		{"index of no block", func(x *madeXZ) { x.index = []byte{0, 0} }, index},
		{"index of two blocks", func(x *madeXZ) { x.index = []byte{0, 2, 25, 5, 25, 5} }, index},
		{"index with another length", func(x *madeXZ) { x.index = []byte{0, 1, 26, 5} }, index},
		{"index with another content", func(x *madeXZ) { x.index = []byte{0, 1, 25, 4} }, index},
		{"index without an end", func(x *madeXZ) { x.index = append([]byte{0}, bytes.Repeat([]byte{0xff}, 14)...) }, integer},
		{"footer with another length", func(x *madeXZ) { x.footer = []byte{2, 0, 0, 0, 0, 1, 'Y', 'Z'} }, footer},
		{"footer with other flags", func(x *madeXZ) { x.footer = []byte{1, 0, 0, 0, 0, 4, 'Y', 'Z'} }, footer},
		{"footer with another end", func(x *madeXZ) { x.footer = []byte{1, 0, 0, 0, 0, 1, 'Y', 'Y'} }, footer},
		{"first chunk resets nothing", func(x *madeXZ) { x.chunks[0] = 2 }, chunk},
		{"unknown chunk", func(x *madeXZ) { x.chunks[0] = 3 }, chunk},
		{"last of the unknown chunks", func(x *madeXZ) { x.chunks[0] = 0x7f }, chunk},
		{"compressed without properties", func(x *madeXZ) { x.chunks = []byte{0x80, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0} }, chunk},
		{"compressed without them behind a raw chunk", func(x *madeXZ) {
			x.chunks = slices.Concat(x.chunks[:8], []byte{0xa0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0})
		}, chunk},
		{"properties that are too large", func(x *madeXZ) { x.chunks = []byte{0xe0, 0, 0, 0, 4, 225, 0, 0, 0, 0, 0, 0} }, chunk},
		{"properties with too many bits", func(x *madeXZ) { x.chunks = []byte{0xe0, 0, 0, 0, 4, 9*1 + 4, 0, 0, 0, 0, 0, 0} }, chunk},
		{"another first byte of the coder", func(x *madeXZ) { x.chunks = []byte{0xe0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 0, 0} }, errLZMA.Error()},
	} {
		x := newMadeXZ()
		c.change(x)
		checkMade(t, "xz", c.name, x.file(), c.want)
	}
}

// checkMade decompresses a file made by hand.
func checkMade(t *testing.T, format, name string, file []byte, want string) {
	t.Helper()
	content, _, err := decompressAll(file, DefaultWindow)
	var wrong *StreamError
	switch {
	case want == "" && (err != nil || string(content) != madeContent):
		t.Errorf("%s, %s: %q, %v; want %q", format, name, content, err, madeContent)
	case want != "" && (!errors.As(err, &wrong) || wrong.Compression != format || wrong.Cause.Error() != want):
		t.Errorf("%s, %s: %q, %v; want: %s", format, name, content, err, want)
	}
}

// lz4Sum is the checksum that LZ4 frames have.
func lz4Sum(b []byte) uint32 {
	var x xxh32
	x.reset()
	x.write(b)
	return x.value()
}

// TestMadeLZ4: as TestMadeXZ, of LZ4 frames with a stored block.
func TestMadeLZ4(t *testing.T) {
	le := binary.LittleEndian
	const unknown = "the header has values that are not known"
	for _, c := range []struct {
		name         string
		flags, sizes byte
		more         []byte // of the header
		change       func(header, block, end []byte)
		want         string
	}{
		{"as it is", 0x60, 0x40, nil, nil, ""},
		{"blocks that depend", 0x40, 0x40, nil, nil, ""},
		{"largest blocks", 0x60, 0x70, nil, nil, ""},
		{"version 0", 0x20, 0x40, nil, nil, unknown},
		{"version 3", 0xe0, 0x40, nil, nil, unknown},
		{"reserved flag", 0x62, 0x40, nil, nil, unknown},
		{"reserved bits of the size", 0x60, 0x41, nil, nil, unknown},
		{"the highest of them", 0x60, 0xc0, nil, nil, unknown},
		{"size of a block", 0x60, 0x30, nil, nil, unknown},
		{"dictionary", 0x61, 0x40, []byte{1, 2, 3, 4}, nil, "it was compressed with a dictionary of its own"},
		{"length and dictionary", 0x69, 0x40, []byte{5, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, nil, "it was compressed with a dictionary of its own"},
		{"length", 0x68, 0x40, []byte{5, 0, 0, 0, 0, 0, 0, 0}, nil, ""},
		{"another length", 0x68, 0x40, []byte{6, 0, 0, 0, 0, 0, 0, 0}, nil, "5 bytes where 6 are promised"},
		{"checksum of the header", 0x60, 0x40, nil, func(h, _, _ []byte) { h[len(h)-1] ^= 1 }, "a checksum is wrong"},
		{"checksum of blocks", 0x70, 0x40, nil, nil, ""},
		{"another", 0x70, 0x40, nil, func(_, b, _ []byte) { b[len(b)-1] ^= 1 }, "a checksum is wrong"},
		{"checksum of the content", 0x64, 0x40, nil, nil, ""},
		{"another", 0x64, 0x40, nil, func(_, _, e []byte) { e[len(e)-1] ^= 1 }, "a checksum is wrong"},
		{"all checksums", 0x7c, 0x40, []byte{5, 0, 0, 0, 0, 0, 0, 0}, nil, ""},
		{"block too long", 0x60, 0x40, nil, func(_, b, _ []byte) { le.PutUint32(b, 1<<31|(64<<10+1)) }, "a block of 65537 bytes where 65536 are the most"},
	} {
		header := append([]byte{4, 0x22, 0x4d, 0x18, c.flags, c.sizes}, c.more...)
		header = append(header, byte(lz4Sum(header[4:])>>8))
		block := append(le.AppendUint32(nil, 1<<31|uint32(len(madeContent))), madeContent...)
		if c.flags&0x10 != 0 {
			block = le.AppendUint32(block, lz4Sum([]byte(madeContent)))
		}
		end := make([]byte, 4)
		if c.flags&0x04 != 0 {
			end = le.AppendUint32(end, lz4Sum([]byte(madeContent)))
		}
		if c.change != nil {
			c.change(header, block, end)
		}
		checkMade(t, "lz4", c.name, slices.Concat(header, block, end), c.want)
	}
}

// TestMadeZstd: as TestMadeXZ, of frames of every length of the header.
func TestMadeZstd(t *testing.T) {
	raw := append([]byte{5<<3 | 1, 0, 0}, madeContent...)
	twice := slices.Concat([]byte{4 << 3, 0, 0}, []byte(madeContent[:4]), []byte{1<<3 | 1<<1 | 1, 0, 0, 'o'}) // the last byte repeated
	var sum xxh64
	sum.reset()
	sum.write([]byte(madeContent))
	right := binary.LittleEndian.AppendUint32(nil, uint32(sum.value()))
	wrong := []byte{^right[0], right[1], right[2], right[3]}
	size := []byte{5, 0, 0, 0, 0, 0, 0, 0}
	for _, c := range []struct {
		name  string
		parts [][]byte
		want  string
	}{
		{"window", [][]byte{{0, 0}, raw}, ""},
		{"repeated byte", [][]byte{{0, 0}, twice}, ""},
		{"one segment", [][]byte{{0x20}, size[:1], raw}, ""},
		{"size of four bytes", [][]byte{{0xa0}, size[:4], raw}, ""},
		{"size of eight bytes", [][]byte{{0xe0}, size, raw}, ""},
		{"window and size of four bytes", [][]byte{{0x80, 0}, size[:4], raw}, ""},
		{"window and size of eight bytes", [][]byte{{0xc0, 0}, size, raw}, ""},
		{"checksum", [][]byte{{0x24}, size[:1], raw, right}, ""},
		{"another checksum", [][]byte{{0x24}, size[:1], raw, wrong}, "a checksum is wrong"},
		{"window and checksum", [][]byte{{4, 0}, twice, right}, ""},
	} {
		file := append([]byte{0x28, 0xb5, 0x2f, 0xfd}, bytes.Join(c.parts, nil)...)
		checkMade(t, "zstd", c.name, file, c.want)
	}
}

// TestNeededMemory: what a zstd frame needs to remember stands in each form of its header.
func TestNeededMemory(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		header []byte
		limit  int64
		want   string // "" when that is allowed
	}{
		{[]byte{0x20, 255}, 254, "255 bytes needed, 254 bytes allowed"},
		{[]byte{0x60, 0, 0xff}, 65535, "64 KiB needed, 65535 bytes allowed"},
		{[]byte{0xa0, 0, 0, 0, 8}, 64 * mib, "128 MiB needed, 64 MiB allowed"},
		{[]byte{0xa0, 1, 0, 0, 8}, 64 * mib, "134217729 bytes needed, 64 MiB allowed"},
		{[]byte{0xa0, 0, 4, 0, 4}, 64 * mib, "65537 KiB needed, 64 MiB allowed"},
		{[]byte{0xe0, 0, 0, 0, 0, 1, 0, 0, 0}, 64 * mib, "4096 MiB needed, 64 MiB allowed"},
		{[]byte{0x00, 17 << 3}, 64 * mib, "128 MiB needed, 64 MiB allowed"},
		{[]byte{0x00, 17<<3 | 7}, 64 * mib, "240 MiB needed, 64 MiB allowed"},
		{[]byte{0x00, 0<<3 | 1}, 1 << 10, "1152 bytes needed, 1 KiB allowed"},
		{[]byte{0x00, 16 << 3}, 64 * mib, ""},
		{[]byte{0x00, 15<<3 | 7}, 64 * mib, ""},
	} {
		file := slices.Concat([]byte{0x28, 0xb5, 0x2f, 0xfd}, c.header, []byte{5<<3 | 1, 0, 0}, []byte(madeContent))
		content, _, err := decompressAll(file, c.limit)
		switch {
		case c.want == "" && (err != nil || string(content) != madeContent):
			t.Errorf("header % x: %q, %v", c.header, content, err)
		case c.want != "" && (err == nil || err.Error() != "the zstd stream refers back further than memory is allowed for: "+c.want):
			t.Errorf("header % x: %v, want %s", c.header, err, c.want)
		}
	}
}

// TestSkippedFrames: frames that are to be skipped are, and are cut off like others.
func TestSkippedFrames(t *testing.T) {
	frame := append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, 5<<3 | 1, 0, 0}, madeContent...)
	skipped := append([]byte{0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0}, 1, 2, 3)
	checkMade(t, "zstd", "a frame to skip before", append(bytes.Clone(skipped), frame...), "")
	checkMade(t, "zstd", "and one behind", slices.Concat(skipped, frame, skipped), "")
	for n := len(frame) + 1; n < len(frame)+len(skipped); n++ {
		content, d, err := decompressAll(slices.Concat(frame, skipped)[:n], DefaultWindow)
		if string(content) != madeContent || n >= len(frame)+4 && err == nil {
			t.Errorf("cut after %d bytes: %q, %v, rubbish %v", n, content, err, d.rubbish)
		}
	}
	other := append([]byte{0x60, 0x2a, 0x4d, 0x18, 3, 0, 0, 0}, 1, 2, 3)
	if content, d, err := decompressAll(slices.Concat(frame, other), DefaultWindow); string(content) != madeContent || !d.rubbish || err != nil {
		t.Errorf("what is no frame to skip: %q, %v, rubbish %v", content, err, d.rubbish)
	}
}

// TestReadable: of how many bytes a compressed file that cannot be written any
// further has whole blocks; of LZ4 the last may be cut.
func TestReadable(t *testing.T) {
	repeated, raw := []byte{8<<3 | 1<<1, 0, 0, 'x'}, []byte{2 << 3, 0, 0, 'y', 'z'}
	for _, c := range []struct {
		b    []byte
		want int
	}{
		{nil, 0}, {repeated, zstdBlock}, {repeated[:3], 0}, {raw, zstdBlock}, {raw[:4], 0},
		{slices.Concat(repeated, raw, repeated), 3 * zstdBlock}, {slices.Concat(raw, repeated[:2]), zstdBlock},
		{slices.Concat([]byte{0, 0, 2}, make([]byte, 1<<14)), zstdBlock}, {slices.Concat([]byte{0, 0, 2}, make([]byte, 1<<14-1)), 0},
	} {
		if n := zstdReadable(c.b); n != c.want {
			t.Errorf("zstd, %d bytes: %d, want %d", len(c.b), n, c.want)
		}
	}
	stored, packed := []byte{3, 0, 0, 0x80, 'a', 'b', 'c'}, []byte{4, 0, 0, 0, 0x10, 'a', 1, 0}
	for _, c := range []struct {
		b    []byte
		want int
	}{
		{nil, 0}, {stored[:4], 0}, {stored, 3}, {stored[:6], 2}, {packed, 1 + 4}, {packed[:6], 1},
		{slices.Concat(stored, packed), 3 + 5}, {slices.Concat(packed, stored[:5]), 5 + 1},
	} {
		if n := lz4Readable(c.b); n != c.want {
			t.Errorf("LZ4, %d bytes: %d, want %d", len(c.b), n, c.want)
		}
	}
}

// TestResetChunks: which chunks of LZMA2 need which ones before them (the format's
// "reset" bits); compressed ones are the library's.
func TestResetChunks(t *testing.T) {
	var out bytes.Buffer
	// With these properties nothing depends on what is before.
	w, err := lzma.Writer2Config{Properties: &lzma.Properties{}, DictCap: 1 << 16}.NewWriter2(&out)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(words(500))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed := out.Bytes()[:out.Len()-1] // without the end
	if packed[0] < lzma2ResetDict {
		t.Fatalf("the library begins with %#x", packed[0])
	}
	as := func(control byte) []byte { // another reset; the properties go with it
		b := bytes.Clone(packed)
		b[0] = control | b[0]&0x1f
		if control < lzma2SetProps {
			b = slices.Delete(b, 5, 6)
		}
		return b
	}
	raw := func(control byte) []byte { return append([]byte{control, 0, 4}, madeContent...) }
	for _, c := range []struct {
		name   string
		chunks [][]byte
		words  int // chunks of compressed words that are read
		err    error
	}{
		{"alone", [][]byte{packed}, 1, nil},
		{"two", [][]byte{packed, packed}, 2, nil},
		{"raw before", [][]byte{raw(1), as(0xc0)}, 1, nil},
		{"raw before, dictionary reset again", [][]byte{raw(1), packed}, 1, nil},
		{"raw before, no properties", [][]byte{raw(1), as(0xa0)}, 0, errChunk},
		{"raw between", [][]byte{packed, raw(2), as(0xa0)}, 2, nil},
		{"raw between, resets the dictionary", [][]byte{packed, raw(1), as(0xc0)}, 2, nil},
		{"raw between, resets it, no properties", [][]byte{packed, raw(1), as(0xa0)}, 1, errChunk},
		{"no dictionary", [][]byte{as(0xc0)}, 0, errChunk},
		{"raw without dictionary", [][]byte{raw(2)}, 0, errChunk},
		{"new properties", [][]byte{packed, as(0xc0)}, 2, nil},
		{"state reset", [][]byte{packed, as(0xa0)}, 2, nil},
	} {
		file := append(bytes.Join(c.chunks, nil), lzma2End)
		const window = 1 << 16
		var l lzma2
		l.start(&countedInput{in: bufio.NewReader(bytes.NewReader(file))}, window, window)
		got, err := io.ReadAll(&l)
		if err != c.err || bytes.Count(got, words(500)) != c.words {
			t.Errorf("%s: %d times the words, %v; want %d, %v", c.name, bytes.Count(got, words(500)), err, c.words, c.err)
		}
	}
}
