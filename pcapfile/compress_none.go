//go:build tapdump_small

package pcapfile

import (
	"io"

	"github.com/tapdump/tapdump/internal/features"
)

// compressions are the formats that are known, and not read in this build.
var compressions = [...]compression{
	{name: "gzip", magic: "\x1f\x8b\x08"},
	{name: "zstd", magic: "\x28\xb5\x2f\xfd", frames: true},
	{name: "lz4", magic: "\x04\x22\x4d\x18", frames: true},
	{name: "xz", magic: "\xfd7zXZ\x00"},
	{name: "bzip2", magic: "BZh"},
}

// squeezer is nothing in this build.
type squeezer struct{}

func newSqueezer(io.Writer, Compression) (*squeezer, error) { return nil, features.Compress.Need("") }

func (*squeezer) write([]byte) error { return nil }
func (*squeezer) flush([]byte) error { return nil }
func (*squeezer) close() error       { return nil }
func (*squeezer) readable() int      { return 0 }

func (*Reader) decompressAhead(ReadOptions, *decompressor) *readAhead { return nil }
