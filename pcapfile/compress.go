package pcapfile

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression is a way in which files are written compressed.
type Compression uint8

// Compressions that are written: gzip (RFC 1952), Zstandard (RFC 8878) and LZ4
// frames. All at their fastest level, as a capture must keep up.
const (
	Uncompressed Compression = iota
	Gzip
	Zstd
	LZ4
)

// ByName tells from a file's name how it is to be written: compressed if it
// ends in .gz, .zst or .lz4, and as pcapng if it then ends in .pcapng.
func ByName(name string) (pcapng bool, c Compression) {
	for _, s := range []struct {
		suffix string
		c      Compression
	}{{".gz", Gzip}, {".zst", Zstd}, {".lz4", LZ4}} {
		if rest, ok := strings.CutSuffix(name, s.suffix); ok {
			name, c = rest, s.c
			break
		}
	}
	return strings.HasSuffix(name, ".pcapng"), c
}

// compressor is what the libraries' writers have in common.
type compressor interface {
	io.WriteCloser
	Flush() error
}

// newCompressor returns a compressor that keeps to one thread and a few
// megabytes.
func newCompressor(out io.Writer, c Compression) (compressor, error) {
	buffer := bufio.NewWriterSize(out, 64<<10)
	inner, err := compressorTo(buffer, c)
	return &gatherer{inner, buffer}, err
}

// gatherer keeps together what a compressor writes in pieces: a file that was
// flushed once has more in it than the beginning of a frame, whenever the
// program is killed.
type gatherer struct {
	compressor
	buffer *bufio.Writer
}

func (g *gatherer) Flush() error { return cmp.Or(g.compressor.Flush(), g.buffer.Flush()) }
func (g *gatherer) Close() error { return cmp.Or(g.compressor.Close(), g.buffer.Flush()) }

func compressorTo(out io.Writer, c Compression) (compressor, error) {
	switch c {
	case Gzip:
		return gzip.NewWriterLevel(out, gzip.BestSpeed)
	case Zstd:
		return zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	case LZ4:
		w := lz4.NewWriter(out)
		err := w.Apply(lz4.BlockSizeOption(lz4.Block256Kb), lz4.ConcurrencyOption(1))
		return w, err
	}
	return nil, fmt.Errorf("compression %d is unknown", c)
}
