package viewer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/pierrec/lz4/v4"

	"github.com/tapdump/tapdump/capture"
)

// blockBytes is about how much text is compressed at once: little enough for a row to be
// found in it at once, enough to be compressed well.
const blockBytes = 64 << 10

// store keeps what was printed of packets, compressed, since printers remember what came
// before: none of it can be printed again by itself.
type store struct {
	limit  int64 // bytes that blocks may have
	held   int64 // bytes that they have
	blocks []block
	open   block  // not compressed yet
	raw    []byte // of open
	comp   lz4.Compressor

	shown     int // the block that text is of; -1: none
	text      []byte
	rows      int64 // in all blocks
	packets   int64
	forgotten int64 // packets that there was no room for
}

// block is some packets in a row.
type block struct {
	packed      []byte // nil: they are in store.raw
	size        int    // bytes of text
	firstRow    int64
	firstPacket int64
}

// record is a packet and what was printed of it.
type record struct {
	number int64 // in the file, from 0 on
	place  int64 // of its data in the file, as pcapfile.Reader.Place has it
	pkt    capture.Packet
	length int // of the data
	rows   int
	text   []byte
}

func newStore(limit int64) *store { return &store{limit: limit, shown: -1} }

// add takes a packet with its lines; it reports whether there was room.
func (s *store) add(r *record) bool {
	if s.held >= s.limit {
		s.forgotten++
		return false
	}
	b := s.raw
	for _, n := range [...]uint64{
		uint64(len(r.text)), uint64(r.rows), uint64(r.number), uint64(r.place), uint64(r.length), uint64(r.pkt.Length),
		uint64(r.pkt.LinkType), uint64(r.pkt.Interface), uint64(r.pkt.Direction), uint64(r.pkt.Reception), uint64(r.pkt.Time.Nsec), flag(r.pkt.Swapped),
	} {
		b = binary.AppendUvarint(b, n)
	}
	b = binary.AppendVarint(b, r.pkt.Time.Sec)
	s.raw = append(b, r.text...)
	s.rows += int64(r.rows)
	s.packets++
	if len(s.raw) >= blockBytes {
		s.pack()
	}
	return true
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// pack compresses the open block and begins another.
func (s *store) pack() {
	dst := make([]byte, lz4.CompressBlockBound(len(s.raw)))
	n, err := s.comp.CompressBlock(s.raw, dst)
	b := s.open
	b.size = len(s.raw)
	if err != nil || n == 0 || n >= len(s.raw) { // it would not get smaller
		b.packed = slices.Clone(s.raw)
	} else {
		b.packed = slices.Clone(dst[:n])
	}
	s.blocks = append(s.blocks, b)
	s.held += int64(len(b.packed))
	s.raw = s.raw[:0]
	s.open = block{firstRow: s.rows, firstPacket: s.packets}
}

// errBlock is for a block that does not come out of its compression as it was.
var errBlock = errors.New("what was printed is damaged in memory")

// load returns the text of a block, the last of which is the open one.
func (s *store) load(i int) ([]byte, error) {
	if i == len(s.blocks) {
		return s.raw, nil
	}
	if i == s.shown {
		return s.text, nil
	}
	b := &s.blocks[i]
	if len(b.packed) == b.size {
		s.shown, s.text = i, b.packed
		return s.text, nil
	}
	s.text = make([]byte, b.size)
	n, err := lz4.UncompressBlock(b.packed, s.text)
	if err == nil && n != b.size {
		err = errBlock
	}
	if err != nil {
		s.shown = -1
		return nil, fmt.Errorf("rows from %d on: %w", b.firstRow, err)
	}
	s.shown = i
	return s.text, nil
}

// find is the number of the last block that begins at n or before, by key.
func (s *store) find(n int64, key func(*block) int64) int {
	i := sort.Search(len(s.blocks), func(i int) bool { return key(&s.blocks[i]) > n })
	if i == len(s.blocks) && key(&s.open) <= n {
		return i
	}
	return i - 1
}

// at is a block by its number.
func (s *store) at(i int) *block {
	if i == len(s.blocks) {
		return &s.open
	}
	return &s.blocks[i]
}

// each goes through packets from the one that has a row on, until see returns false.
// row is the first row of the packet, and index its place among all that are kept.
func (s *store) each(row int64, see func(r *record, row, index int64) bool) error {
	if row < 0 || row >= s.rows {
		return nil
	}
	return s.walk(s.find(row, func(b *block) int64 { return b.firstRow }), func(r *record, first, index int64) bool {
		return first+int64(r.rows) <= row || see(r, first, index)
	})
}

// packet finds a packet by its place among those that are kept.
func (s *store) packet(index int64) (r record, row int64, ok bool, err error) {
	if index < 0 || index >= s.packets {
		return r, 0, false, nil
	}
	err = s.walk(s.find(index, func(b *block) int64 { return b.firstPacket }), func(one *record, first, i int64) bool {
		if i == index {
			r, row, ok = *one, first, true
		}
		return i < index
	})
	return r, row, ok, err
}

// walk goes through packets from a block on.
func (s *store) walk(i int, see func(r *record, row, index int64) bool) error {
	for ; i <= len(s.blocks); i++ {
		b := s.at(i)
		text, err := s.load(i)
		if err != nil {
			return err
		}
		var r record
		row, index := b.firstRow, b.firstPacket
		for len(text) > 0 {
			text = r.read(text)
			if !see(&r, row, index) {
				return nil
			}
			row += int64(r.rows)
			index++
		}
	}
	return nil
}

// read takes a record off b, and returns what follows.
func (r *record) read(b []byte) []byte {
	next := func() uint64 {
		n, size := binary.Uvarint(b)
		b = b[size:]
		return n
	}
	length := int(next())
	r.rows, r.number, r.place, r.length = int(next()), int64(next()), int64(next()), int(next())
	r.pkt.Length, r.pkt.LinkType, r.pkt.Interface = uint32(next()), capture.LinkType(next()), int(next())
	r.pkt.Direction, r.pkt.Reception = capture.Direction(next()), capture.Reception(next())
	r.pkt.Time.Nsec, r.pkt.Swapped = int64(next()), next() != 0
	sec, size := binary.Varint(b)
	r.pkt.Time.Sec, b = sec, b[size:]
	r.text = b[:length]
	return b[length:]
}
