//go:build !tapdump_small

package pcapfile

// compressions are the formats that are read.
var compressions = [...]compression{
	{"gzip", "\x1f\x8b\x08", false, newGzipMember},
	{"zstd", "\x28\xb5\x2f\xfd", true, newZstdFrame},
	{"lz4", "\x04\x22\x4d\x18", true, newLZ4Frame},
	{"xz", "\xfd7zXZ\x00", false, newXZStream},
	{"bzip2", "BZh", false, newBzip2Stream},
}
