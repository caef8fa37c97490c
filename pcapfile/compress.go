package pcapfile

import "strings"

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

// ByName returns how a file of a name is written: compressed if the name ends in
// .gz, .zst or .lz4, and as pcapng if what is before that ends in .pcapng.
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

// maxUnflushed is how many bytes are compressed without a flush, about. A flush
// costs as much as compressing some 10 KiB; to count the packets that can be read
// of what came after it, all that has to be remembered.
const maxUnflushed = 2 << 20
