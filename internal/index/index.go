// Package index keeps, beside a savefile, what its parts have: of each block of 256
// KiB the times of its packets and, in a filter, the addresses, networks, ports,
// VLANs and protocols in their headers, perhaps also the names that applications say.
// Who looks for some of the packets reads those blocks alone that may have them.
//
// An index is of a file as it was when it was written: Select finds out whether it
// still is. The format is described in docs/index.md.
package index

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"path/filepath"
)

// Suffix is what the name of an index has behind that of its savefile.
const Suffix = ".tdx"

// Name is what the index of a savefile is called.
func Name(savefile string) string { return savefile + Suffix }

// Temporary is what the index of a savefile is called until it is whole.
func Temporary(savefile string) string {
	folder, base := filepath.Split(savefile)
	return folder + "." + base + Suffix + ".part"
}

// magic is what an index begins with: the last byte is the version.
const magic = "\x89TDX\r\n\x1a\x02"

// Flags of a block.
const (
	flagOther    = 1 << iota // it has more than packets, and is always read
	flagOpaque               // its packets may have any keys of headers
	flagTimeless             // its packets may be of any time
	flagFilter               // it has a filter of keys; else its packets have no keys
)

// Lengths in bytes: of a block that ends when it gets longer, and of one that has more
// than packets.
const (
	blockBytes = 256 << 10
	mixedBytes = 64 << 10
)

// trailer ends an index: the length of the file, the packets in it, the blocks, the link
// types of the packets that have keys (bit i for linkTypes[i]), who decoded the names (0:
// there are none), what was lost by that: conversations, messages; the packets that are of
// two conversations, the identity of the file, the sum of all before that.
const (
	trailerAt   = 8 * 8
	trailerSize = trailerAt + 2*sha256.Size
)

// The parts of a file that its identity is made of: so many bytes at the beginning and
// at the end, and fewer at each multiple of a distance.
const (
	identityEnds     = 4 << 10
	identitySample   = 512
	identityDistance = 256 << 20
)

// identity finds out by what a file is known again, from its bytes in their order.
type identity struct {
	hash hash.Hash
	size int64
	tail []byte // the last identityEnds bytes, or fewer
}

func newIdentity() *identity { return &identity{hash: sha256.New()} }

// Write implements io.Writer.
func (i *identity) Write(b []byte) (int, error) {
	i.sample(b)
	i.size += int64(len(b))
	i.keep(b)
	return len(b), nil
}

// sample takes what of b is a part.
func (i *identity) sample(b []byte) {
	for from := i.size / identityDistance * identityDistance; from < i.size+int64(len(b)); from += identityDistance {
		length := int64(identitySample)
		if from == 0 {
			length = identityEnds
		}
		start, end := max(from, i.size)-i.size, min(from+length, i.size+int64(len(b)))-i.size
		if start < end {
			i.hash.Write(b[start:end])
		}
	}
}

// keep remembers the end of b.
func (i *identity) keep(b []byte) {
	if len(b) >= identityEnds {
		i.tail = append(i.tail[:0], b[len(b)-identityEnds:]...)
		return
	}
	if extra := len(i.tail) + len(b) - identityEnds; extra > 0 {
		i.tail = append(i.tail[:0], i.tail[extra:]...)
	}
	i.tail = append(i.tail, b...)
}

// sum is the identity of a file that ends here.
func (i *identity) sum() (s [sha256.Size]byte) {
	i.hash.Write(i.tail)
	i.hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(i.size)))
	return [sha256.Size]byte(i.hash.Sum(nil))
}

// identityOf is the identity of a file of size bytes.
func identityOf(f io.ReaderAt, size int64) (s [sha256.Size]byte, err error) {
	i := newIdentity()
	b := make([]byte, identityEnds)
	for at := int64(0); at < size; at += identityDistance {
		length := int64(identitySample)
		if at == 0 {
			length = identityEnds
		}
		part := b[:min(length, size-at)]
		if _, err := f.ReadAt(part, at); err != nil {
			return s, unexpected(err)
		}
		i.hash.Write(part)
	}
	i.size, i.tail = size, b[:min(identityEnds, size)]
	if _, err := f.ReadAt(i.tail, size-int64(len(i.tail))); err != nil {
		return s, unexpected(err)
	}
	return i.sum(), nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
