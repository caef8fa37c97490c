//go:build !tapdump_small

package pcapfile

import "encoding/binary"

// LZ4 frames (LZ4 Frame Format Description 1.6.4).
const (
	lz4Stored = 1 << 31  // in a block's length: it is not compressed
	lz4Window = 64 << 10 // how far back a block refers, in bytes
)

// Bits of a frame's flags.
const (
	lz4HasDictionary   = 1 << 0
	lz4Reserved        = 1 << 1
	lz4ContentChecksum = 1 << 2
	lz4ContentSize     = 1 << 3
	lz4BlockChecksum   = 1 << 4
	lz4Independent     = 1 << 5
)

// lz4Partial appends to dst, whose bytes may be referred to, what can be read of
// the beginning of a block (LZ4 Block Format Description). It stays within dst's
// capacity.
func lz4Partial(dst, block []byte, stored bool) []byte {
	if stored {
		return append(dst, block[:min(len(block), cap(dst)-len(dst))]...)
	}
	for len(block) > 0 {
		token := block[0]
		literals, rest, ok := lz4Length(block[1:], int(token>>4))
		n := min(literals, len(rest))
		if !ok || n > cap(dst)-len(dst) {
			break
		}
		dst = append(dst, rest[:n]...)
		if n < literals || len(rest)-n < 2 {
			break
		}
		distance := int(binary.LittleEndian.Uint16(rest[n:]))
		length, rest, ok := lz4Length(rest[n+2:], int(token&15))
		length += 4
		if !ok || distance == 0 || distance > len(dst) || length > cap(dst)-len(dst) {
			break
		}
		for range length {
			dst = append(dst, dst[len(dst)-distance])
		}
		block = rest
	}
	return dst
}

// lz4Length reads the bytes that a length goes on in if its four bits are full.
func lz4Length(b []byte, n int) (length int, rest []byte, ok bool) {
	if n < 15 {
		return n, b, true
	}
	for i, c := range b {
		n += int(c)
		if c != 0xff {
			return n, b[i+1:], true
		}
	}
	return 0, nil, false
}
