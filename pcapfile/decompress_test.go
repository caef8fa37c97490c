package pcapfile

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"github.com/tapdump/tapdump/internal/testenv"
)

// compressedSample is a file in one of the formats that are read.
type compressedSample struct {
	format  string
	file    []byte
	content []byte
	// exact says that all can be told that the file had of the content before it
	// was cut off, to a few bytes.
	exact bool
}

// words is text that compressors find something in.
func words(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 0, n+20)
	for len(b) < n {
		switch r.IntN(4) {
		case 0:
			b = append(b, byte(r.Uint32()), byte(r.Uint32()))
		case 1:
			b = append(b, bytes.Repeat([]byte{byte(r.IntN(3))}, r.IntN(20))...)
		default:
			b = append(b, "to be or not to be, that is the question"[r.IntN(10):10+r.IntN(30)]...)
		}
	}
	return b[:n]
}

// squeezed is content as we write it.
func squeezed(t testing.TB, c Compression, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := compressorTo(&out, c)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// samples are files of all formats.
func samples(t testing.TB) []compressedSample {
	t.Helper()
	content := words(8_000)
	bzip2, err := base64.StdEncoding.DecodeString(bzip2Sample)
	if err != nil {
		t.Fatal(err)
	}
	bzip2Content, _, err := decompressAll(bzip2, DefaultWindow)
	if err != nil {
		t.Fatal(err)
	}
	return []compressedSample{
		{"gzip", squeezed(t, Gzip, content), content, true},
		{"zstd", squeezed(t, Zstd, content), content, false},
		{"lz4", squeezed(t, LZ4, content), content, true},
		{"xz", xzFile(t, content, xz.WriterConfig{}), content, true},
		{"bzip2", bzip2, bzip2Content, false},
	}
}

func xzFile(t testing.TB, content []byte, c xz.WriterConfig) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := c.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// decompressAll reads a file to its end; the error is nil at a good end.
func decompressAll(file []byte, window int64) (content []byte, d *decompressor, err error) {
	d = newDecompressor(file, bytes.NewReader(nil), 4096, window)
	if d == nil {
		return nil, nil, errUnknownFormat
	}
	content, err = io.ReadAll(d)
	return content, d, err
}

// TestMembers: what is compressed piece by piece is one file; zeros do not
// matter, and other things behind it are told.
func TestMembers(t *testing.T) {
	skippable := append(binary.LittleEndian.AppendUint32([]byte{0x57, 0x2a, 0x4d, 0x18}, 5), "hello"...)
	for _, s := range samples(t) {
		frames := s.format == "zstd" || s.format == "lz4"
		for _, c := range []struct {
			name    string
			parts   [][]byte
			times   int // the content
			rubbish bool
		}{
			{"alone", [][]byte{s.file}, 1, false},
			{"three", [][]byte{s.file, s.file, s.file}, 3, false},
			{"a zero", [][]byte{s.file, {0}}, 1, false},
			{"many zeros", [][]byte{s.file, make([]byte, 100_000)}, 1, false},
			{"zeros between", [][]byte{s.file, make([]byte, 8), s.file}, 2, false},
			{"a byte", [][]byte{s.file, {'x'}}, 1, true},
			{"two bytes", [][]byte{s.file, []byte("xy")}, 1, true},
			{"a line", [][]byte{s.file, []byte("rubbish\n")}, 1, true},
			{"zeros and a line", [][]byte{s.file, make([]byte, 70_000), []byte("rubbish\n")}, 1, true},
			{"much", [][]byte{s.file, bytes.Repeat([]byte("rubbish\n"), 100_000)}, 1, true},
			{"skippable frames", [][]byte{skippable, skippable, s.file, skippable, s.file, skippable}, 2, false},
		} {
			if c.name == "skippable frames" && !frames {
				continue
			}
			content, d, err := decompressAll(bytes.Join(c.parts, nil), DefaultWindow)
			if err != nil || d.rubbish != c.rubbish || !bytes.Equal(content, bytes.Repeat(s.content, c.times)) {
				t.Errorf("%s, %s: %d bytes, rubbish %v, %v; want %d times %d, rubbish %v",
					s.format, c.name, len(content), d.rubbish, err, c.times, len(s.content), c.rubbish)
			}
		}
	}
}

// places are the places of n bytes at which tests cut or alter them: each one near
// both ends of each of the given number of equal parts, and every fourth between.
func places(n, parts int) iter.Seq[int] {
	const near = 100
	return func(yield func(int) bool) {
		part := n / parts
		for i := range n {
			if at := i % part; (at < near || at >= part-near || at%4 == 0) && !yield(i) {
				return
			}
		}
	}
}

// TestCutStreams: a file that is cut off gives what was before, and says that it
// is cut off.
func TestCutStreams(t *testing.T) {
	for _, s := range samples(t) {
		longest := 0
		two := append(bytes.Clone(s.file), s.file...)
		for n := range places(len(two), 2) {
			content, d, err := decompressAll(two[:n], DefaultWindow)
			if d == nil || n == len(s.file) {
				continue
			}
			var wrong *StreamError
			if !errors.As(err, &wrong) || wrong.Compression != s.format || wrong.Cause != io.ErrUnexpectedEOF {
				t.Errorf("%s: cut after %d of %d bytes: %v", s.format, n, len(two), err)
			}
			whole := len(s.content) * (n / len(s.file))
			if whole == 0 && !bytes.HasPrefix(s.content, content) || whole > 0 && !bytes.HasPrefix(content, s.content) {
				t.Fatalf("%s: cut after %d of %d bytes: other content", s.format, n, len(two))
			}
			if len(content) < longest || len(content) < whole {
				t.Errorf("%s: cut after %d of %d bytes: %d bytes of content; the byte before %d", s.format, n, len(two), len(content), longest)
			}
			longest = len(content)
			if share := float64(n%len(s.file)) / float64(len(s.file)); s.exact &&
				float64(len(content)-whole) < float64(len(s.content))*(share-0.15) {
				t.Errorf("%s: cut after %d of %d bytes: only %d bytes of content", s.format, n, len(two), len(content))
			}
		}
	}
}

// TestDamagedStreams alters bytes: other content comes with an error.
func TestDamagedStreams(t *testing.T) {
	for _, s := range samples(t) {
		for n := range places(len(s.file), 1) {
			damaged := bytes.Clone(s.file)
			damaged[n] ^= 0x10
			content, d, err := decompressAll(damaged, DefaultWindow)
			if d != nil && err == nil && !bytes.Equal(content, s.content) {
				t.Errorf("%s: byte %d altered: other content (%d bytes) and no error", s.format, n, len(content))
			}
		}
	}
}

// TestReadsInSmallPieces: nothing depends on how much comes at a time.
func TestReadsInSmallPieces(t *testing.T) {
	for _, s := range samples(t) {
		file := append(bytes.Clone(s.file), s.file...)
		d := newDecompressor(file[:10], iotest.OneByteReader(bytes.NewReader(file[10:])), 4096, DefaultWindow)
		content, err := io.ReadAll(iotest.OneByteReader(d))
		if err != nil || !bytes.Equal(content, append(bytes.Clone(s.content), s.content...)) {
			t.Errorf("%s: %d bytes, %v", s.format, len(content), err)
		}
		broken := errors.New("the disk is gone")
		d = newDecompressor(file[:10], io.MultiReader(bytes.NewReader(file[10:60]), iotest.ErrReader(broken)), 4096, DefaultWindow)
		if _, err := io.ReadAll(d); err != broken {
			t.Errorf("%s: reading failed: %v", s.format, err)
		}
	}
}

// xzWithDict is an xz file whose blocks claim the dictionary that is coded as
// bits.
func xzWithDict(t *testing.T, content []byte, bits byte) []byte {
	t.Helper()
	file := xzFile(t, content, xz.WriterConfig{DictCap: 1 << 20})
	header := file[xzHeaderLen:][:4*(int(file[xzHeaderLen])+1)]
	at := bytes.Index(header, []byte{xzLZMA2, 1})
	header[at+2] = bits
	binary.LittleEndian.PutUint32(header[len(header)-4:], crc32.ChecksumIEEE(header[:len(header)-4]))
	return file
}

// TestWindow: what needs more memory than is allowed is reported, and is read when
// it is allowed.
func TestWindow(t *testing.T) {
	const kib = 1 << 10
	far := make([]byte, 128*kib) // refers back 128 KiB
	r := rand.New(rand.NewPCG(3, 4))
	for i := range far {
		far[i] = byte(r.Uint32())
	}
	far = append(far, far[:1000]...)
	zstdFile := func(content []byte, window int, single bool) []byte {
		w, err := zstd.NewWriter(nil, zstd.WithWindowSize(window), zstd.WithSingleSegment(single))
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(content, nil)
	}
	for _, c := range []struct {
		name    string
		file    []byte
		content []byte
		window  int64
		need    uint64 // 0: can be read
		given   int    // bytes before the error, at least
	}{
		{"xz that claims 4 GiB", xzWithDict(t, words(20_000), xzLargestDict), words(20_000), 64 * kib, 0, 0},
		{"xz that needs 128 KiB", xzWithDict(t, far, xzLargestDict), far, 64 * kib, 1<<32 - 1, 64 * kib},
		{"xz that may have 256 KiB", xzWithDict(t, far, xzLargestDict), far, 256 * kib, 0, 0},
		{"zstd that needs 128 KiB", zstdFile(far, 128*kib, false), far, 64 * kib, 128 * kib, 0},
		{"zstd that may have 128 KiB", zstdFile(far, 128*kib, false), far, 128 * kib, 0, 0},
		{"zstd in one segment", zstdFile(far, 512*kib, true), far, 64 * kib, uint64(len(far)), 0},
		{"zstd in one segment that may be", zstdFile(far, 512*kib, true), far, 256 * kib, 0, 0},
	} {
		content, d, err := decompressAll(c.file, c.window)
		var window *WindowError
		switch {
		case c.need == 0 && (err != nil || !bytes.Equal(content, c.content)):
			t.Errorf("%s: %d bytes, %v", c.name, len(content), err)
		case c.need > 0 && (!errors.As(err, &window) || window.Need != c.need || window.Limit != c.window):
			t.Errorf("%s: %v; want that it needs %d bytes", c.name, err, c.need)
		case !bytes.HasPrefix(c.content, content) || len(content) < c.given:
			t.Errorf("%s: %d bytes before the error, want %d or more", c.name, len(content), c.given)
		}
		if s, ok := d.member.(*xzStream); ok && int64(len(s.block.lzma2.dict.buf)) > c.window {
			t.Errorf("%s: a dictionary of %d bytes", c.name, len(s.block.lzma2.dict.buf))
		}
	}
}

// TestAgainstCompressors reads what the commands of the formats write.
func TestAgainstCompressors(t *testing.T) {
	dir := t.TempDir()
	content := append(words(150_000), words(200)...)
	name := filepath.Join(dir, "content")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{
		"gzip -1", "gzip -9", "gzip -n", "bzip2 -1", "bzip2 -9",
		"zstd -1", "zstd -19", "zstd --no-check", "zstd --long=24", "zstd --fast=5", "zstd -T2 -B512KiB",
		"lz4 -1", "lz4 -9", "lz4 -B4", "lz4 -B7", "lz4 -BD", "lz4 -BX", "lz4 -B4DX", "lz4 --content-size", "lz4 --no-frame-crc",
		"xz -0", "xz -9e", "xz --check=none", "xz --check=crc32", "xz --check=sha256", "xz --block-size=20000",
		"xz -T2 --block-size=100KiB", "xz --lzma2=lc=0,lp=4,pb=0", "xz --lzma2=lc=4,lp=0,pb=4", "xz --lzma2=dict=4KiB", "xz --lzma2=mode=fast,nice=4",
	} {
		t.Run(command, func(t *testing.T) {
			args := strings.Fields(command)
			program := testenv.Oracle(t, args[0])
			out, err := exec.Command(program, append(args[1:], "-c", name)...).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got, d, err := decompressAll(out, DefaultWindow); err != nil || d.rubbish || !bytes.Equal(got, content) {
				t.Errorf("%d bytes, %v; want %d", len(got), err, len(content))
			}
			// Cut off, it gives as much as the command does, where that says so.
			cut := out[:len(out)/2]
			again := exec.Command(program, "-dc")
			again.Stdin = bytes.NewReader(cut)
			want, err := again.Output()
			if err == nil {
				t.Error("the command takes a file that is cut off")
			}
			// The decoder of gzip wants a few bits more than it needs.
			if got, _, _ := decompressAll(cut, DefaultWindow); len(got)+8 < len(want) || !bytes.HasPrefix(content, got) {
				t.Errorf("cut off: %d bytes, the command gives %d", len(got), len(want))
			}
		})
	}
}

func TestXXHash(t *testing.T) {
	for text, want := range map[string]struct {
		h32 uint32
		h64 uint64
	}{"": {0x02cc5d05, 0xef46db3751d8e999}, "abc": {0x32d153ff, 0x44bc2cf5ad770999}} {
		if h32, h64 := hashes([]byte(text), len(text)+1); h32 != want.h32 || h64 != want.h64 {
			t.Errorf("%q: %#x and %#x, want %#x and %#x", text, h32, h64, want.h32, want.h64)
		}
	}
	// In pieces of any length it is the same.
	b := words(1000)
	want32, want64 := hashes(b, len(b))
	for step := 1; step < 70; step++ {
		if h32, h64 := hashes(b, step); h32 != want32 || h64 != want64 {
			t.Errorf("in pieces of %d: %#x and %#x, want %#x and %#x", step, h32, h64, want32, want64)
		}
	}
}

// hashes are those of b, given in pieces.
func hashes(b []byte, piece int) (uint32, uint64) {
	var h32 xxh32
	var h64 xxh64
	h32.reset()
	h64.reset()
	for part := range slices.Chunk(b, piece) {
		h32.write(part)
		h64.write(part)
	}
	return h32.value(), h64.value()
}

// TestStreamWarnings: what the Reader says of compressed files.
func TestStreamWarnings(t *testing.T) {
	packets := manyPackets(orders[0], false, 100)
	var out bytes.Buffer
	w, err := compressorTo(&out, Gzip)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(packets)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := out.Bytes()
	for _, c := range []struct {
		name     string
		file     []byte
		packets  int
		err      string
		warnings string
	}{
		{"zeros", append(bytes.Clone(file), make([]byte, 512)...), 100, "", "[]"},
		{"rubbish", append(bytes.Clone(file), "rubbish"...), 100, "", "[what follows the gzip stream is no part of it, and was ignored]"},
		{"cut at the end", file[:len(file)-1], 100, "truncated gzip stream: the compressed file is cut off before its end", "[]"},
		{"cut at the beginning", file[:15], 0, "unknown file format: truncated gzip stream: the compressed file is cut off before its end", "[]"},
		{"damaged at the beginning", append(append(bytes.Clone(file[:gzipHeaderLen+len(gzipMark)]), 0xff, 0xff), file[gzipHeaderLen+len(gzipMark)+2:]...), 0,
			"unknown file format: damaged gzip stream (flate: corrupt input before offset 1)", "[]"},
		{"checksum", append(bytes.Clone(file[:len(file)-5]), 1, 2, 3, 4, 5), 100, "damaged gzip stream (gzip: invalid checksum)", "[]"},
	} {
		r, got, err := readAllUnclosed(c.file)
		text, warnings := "", "[]"
		if err != nil {
			text = err.Error()
		}
		if r != nil {
			warnings = fmt.Sprint(r.Warnings())
		}
		if len(got) != c.packets || text != c.err || warnings != c.warnings {
			t.Errorf("%s: %d packets, %q, %s; want %d, %q, %s", c.name, len(got), text, warnings, c.packets, c.err, c.warnings)
		}
	}
}

// enough bounds what fuzzed input is decompressed to: a few bytes may stand for
// any number of zeros.
const enough = 4 << 20

// FuzzDecompress feeds damaged compressed files: no panic, no endless loop, and
// what other decoders take has the same content.
func FuzzDecompress(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.file)
		f.Add(append(bytes.Clone(s.file), s.file...))
	}
	f.Add(xzFile(f, words(300), xz.WriterConfig{CheckSum: xz.SHA256, BlockSize: 100}))
	f.Fuzz(func(t *testing.T, file []byte) {
		d := newDecompressor(file, bytes.NewReader(nil), 4096, 1<<20)
		if d == nil {
			return
		}
		got, err := io.ReadAll(io.LimitReader(d, enough))
		if err != nil || len(got) == enough || d.rubbish {
			return // of damaged files others give less
		}
		var other io.Reader
		switch d.format.name {
		case "xz":
			other, err = xz.NewReader(bytes.NewReader(file))
		case "lz4":
			other = lz4.NewReader(bytes.NewReader(file))
		default:
			return
		}
		if err != nil {
			return
		}
		want, err := io.ReadAll(io.LimitReader(other, enough))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, the other decoder gives %d", d.format.name, len(got), len(want))
		}
	})
}

// FuzzLZMA2 compares two decoders of LZMA2: both give the same as far as both
// come, and what ours finds nothing wrong with is right for the other, too. (That
// one takes much for the end that is none.)
func FuzzLZMA2(f *testing.F) {
	for _, n := range []int{0, 10, 300, 5000} {
		var out bytes.Buffer
		w, err := lzma.NewWriter2(&out)
		if err != nil {
			f.Fatal(err)
		}
		w.Write(words(n))
		w.Flush()
		w.Write(words(n / 2))
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	const window = 1 << 16
	f.Fuzz(func(t *testing.T, file []byte) {
		var ours lzma2
		ours.start(&countedInput{in: bufio.NewReader(bytes.NewReader(file))}, window, window)
		got, err := io.ReadAll(io.LimitReader(&ours, enough))
		other, otherErr := lzma.Reader2Config{DictCap: window}.NewReader2(bytes.NewReader(file))
		if otherErr != nil {
			return
		}
		want, otherErr := io.ReadAll(io.LimitReader(other, enough))
		if err == nil && (otherErr != nil || len(got) != len(want)) {
			t.Errorf("%d bytes; the other decoder gives %d, %v", len(got), len(want), otherErr)
		}
		if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) {
			t.Errorf("other content than that of the other decoder")
		}
	})
}

// FuzzLZ4Partial compares with the library, which decodes whole blocks only.
func FuzzLZ4Partial(f *testing.F) {
	f.Add([]byte("\x40abcd\x02\x00\x50abcde"))
	block := make([]byte, 2000)
	n, err := lz4.CompressBlock(words(2000), block, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(block[:n])
	f.Fuzz(func(t *testing.T, block []byte) {
		before, want := words(lz4Window), make([]byte, 100_000)
		n, err := lz4.UncompressBlockWithDict(block, want, before)
		got := lz4Partial(append(make([]byte, 0, len(before)+len(want)), before...), block, false)[len(before):]
		if err == nil && !bytes.Equal(got, want[:n]) {
			t.Errorf("%d bytes, the library gives %d", len(got), n)
		}
	})
}
