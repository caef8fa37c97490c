package index

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/pcapfile"
)

// Query says which packets are looked for. The zero value is all.
type Query struct {
	// Demand is what packets must have, of all the link types that are in the file; nil:
	// whatever they have.
	Demand func([]capture.LinkType) *compile.Demand
	// Times, if not nil, reports whether packets between two times, in nanoseconds since
	// 1970 and both included, may be looked for.
	Times func(first, last int64) bool
	// Names, if not nil, are what the packets must say that are looked for, whatever
	// Demand and Times say. Open alone looks at them.
	Names *Names

	named bool                                        // Demand is of what packets say, and not of headers
	keep  func(packets uint64, filter []uint64) error // is told of the blocks chosen
}

// Selection is what an index says about a file.
type Selection struct {
	Extents []pcapfile.Extent // that may have the packets, in their order; all else need not be read
	Blocks  uint64            // of the file
	Chosen  uint64            // of them, in Extents
	Packets uint64            // of the file
	Last    int64             // the latest time of them, in nanoseconds since 1970

	// Only are the conversations in which the names may be said that were asked for, with
	// all their packets; those of others do not say them. nil: names decided nothing.
	Only map[apps.Conversation]struct{}
	// Losses are those of who decodes all of the file. They are known with Only.
	Losses apps.Losses

	restarted []uint64 // hashes of conversations that began anew when they had been forgotten
}

// Errors of Select, beside those of reading.
var (
	ErrForeign = errors.New("it is of another file, or the file has changed since")
	ErrDamaged = errors.New("it is damaged")
	ErrVersion = errors.New("it is no index, or one of another version")
)

// leastBlock is how long a block is at least, in bytes.
const leastBlock = 8

// Select reads an index of indexSize bytes and finds the parts of the file of fileSize
// bytes that may have what is looked for. An error says that the index is none for the
// file as it is: then everything has to be read. Memory is bounded by the length of the
// index.
func Select(index io.ReaderAt, indexSize int64, file io.ReaderAt, fileSize int64, q Query) (*Selection, error) {
	var begin [len(magic)]byte
	if _, err := index.ReadAt(begin[:], 0); err != nil || string(begin[:]) != magic {
		return nil, notEOF(err, ErrVersion)
	}
	if indexSize < int64(len(magic)+1+trailerSize) || indexSize > fileSize/4+64<<10 {
		return nil, ErrDamaged
	}
	var tail [trailerSize]byte
	if _, err := index.ReadAt(tail[:], indexSize-trailerSize); err != nil {
		return nil, notEOF(err, ErrDamaged)
	}
	if binary.LittleEndian.Uint64(tail[:]) != uint64(fileSize) {
		return nil, ErrForeign
	}
	id, err := identityOf(file, fileSize)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	if string(id[:]) != string(tail[trailerAt:trailerAt+sha256.Size]) {
		return nil, ErrForeign
	}
	sum := sha256.New()
	all := io.TeeReader(io.NewSectionReader(index, 0, indexSize-sha256.Size), sum)
	s := selector{query: q}
	var d *compile.Demand
	if q.Demand != nil {
		d = q.Demand(linksOf(binary.LittleEndian.Uint64(tail[24:])))
	}
	s.start(all, d)
	err = s.blocks(fileSize)
	if err == nil {
		err = s.restarts()
	}
	if err != nil {
		return nil, notEOF(err, ErrDamaged)
	}
	if _, err := io.Copy(io.Discard, s.in); err != nil {
		return nil, err
	}
	if string(sum.Sum(nil)) != string(tail[trailerAt+sha256.Size:]) ||
		s.Packets != binary.LittleEndian.Uint64(tail[8:]) || s.Blocks != binary.LittleEndian.Uint64(tail[16:]) {
		return nil, ErrDamaged
	}
	return &s.Selection, nil
}

// linksOf are link types by their bits.
func linksOf(bits uint64) (links []capture.LinkType) {
	for i, l := range linkTypes {
		if bits>>i&1 != 0 {
			links = append(links, l)
		}
	}
	return links
}

// notEOF is err, unless that is nil or the end of the index, which is what then says.
func notEOF(err, then error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return then
	}
	return err
}

// selector reads blocks.
type selector struct {
	in      *bufio.Reader
	query   Query
	wanted  *wanted
	first   int64
	words   []uint64 // room for a filter
	has     []uint64 // the filter of the block at hand; nil: none
	filters []bloom  // of words, by the logarithm of their number
	Selection
}

// start begins to read an index for what is wanted.
func (s *selector) start(in io.Reader, d *compile.Demand) {
	s.in = bufio.NewReaderSize(in, 256<<10)
	s.wanted = hashOf(d)
	s.words = make([]uint64, bitsMost/64)
	for n := 1; n <= len(s.words); n *= 2 {
		s.filters = append(s.filters, bloom(s.words[:n]))
	}
}

// blocks reads all blocks of a file of so many bytes.
func (s *selector) blocks(size int64) error {
	if _, err := s.in.Discard(len(magic)); err != nil {
		return err
	}
	at := int64(0)
	for {
		n, err := binary.ReadUvarint(s.in)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if n > uint64(size-at) || n < leastBlock {
			return ErrDamaged
		}
		chosen, err := s.block(n)
		if err != nil {
			return err
		}
		s.Blocks++
		if chosen {
			s.choose(pcapfile.Extent{From: at, To: at + int64(n)})
		}
		at += int64(n)
	}
	if at != size {
		return ErrDamaged
	}
	return nil
}

// restarts reads what is behind the blocks.
func (s *selector) restarts() error {
	n, err := binary.ReadUvarint(s.in)
	if err != nil {
		return err
	}
	if n > maxRestarted {
		return ErrDamaged
	}
	var b [8]byte
	for range n {
		if _, err := io.ReadFull(s.in, b[:]); err != nil {
			return err
		}
		s.restarted = append(s.restarted, binary.LittleEndian.Uint64(b[:]))
	}
	return nil
}

// choose adds a block to the extents.
func (s *selector) choose(e pcapfile.Extent) {
	s.Chosen++
	if n := len(s.Extents); n > 0 && s.Extents[n-1].To == e.From {
		s.Extents[n-1].To = e.To
		return
	}
	s.Extents = append(s.Extents, e)
}

// block reads what the index says of a block of n bytes, and reports whether that may
// have what is looked for.
func (s *selector) block(n uint64) (chosen bool, err error) {
	packets, err := binary.ReadUvarint(s.in)
	if err != nil {
		return false, err
	}
	flags, err := s.in.ReadByte()
	if err != nil {
		return false, err
	}
	if packets > n || packets == 0 && flags != flagOther || flags >= flagFilter<<1 {
		return false, ErrDamaged
	}
	s.Packets += packets
	chosen, s.has = true, nil
	if packets > 0 && flags&flagTimeless == 0 {
		if chosen, err = s.inTime(); err != nil {
			return false, err
		}
	}
	if flags&flagFilter != 0 {
		may, err := s.filter()
		if err != nil {
			return false, err
		}
		chosen = chosen && (may || flags&flagOpaque != 0 && !s.query.named)
	} else if packets > 0 && (flags&flagOpaque == 0 || s.query.named) {
		chosen = chosen && s.wanted.may(nil)
	}
	chosen = chosen || flags&flagOther != 0
	if chosen && s.query.keep != nil {
		err = s.query.keep(packets, s.has)
	}
	return chosen, err
}

// inTime reads the times of a block and reports whether they are asked for.
func (s *selector) inTime() (bool, error) {
	delta, err := binary.ReadVarint(s.in)
	if err != nil {
		return false, err
	}
	length, err := binary.ReadUvarint(s.in)
	if err != nil {
		return false, err
	}
	first := s.first + delta
	if first < 0 || length > uint64(math.MaxInt64-first) {
		return false, ErrDamaged
	}
	s.first = first
	s.Last = max(s.Last, first+int64(length))
	return s.query.Times == nil || s.query.Times(first, first+int64(length)), nil
}

// filter reads the filter of a block and reports whether it may have what is wanted.
func (s *selector) filter() (bool, error) {
	shift, err := s.in.ReadByte()
	if err != nil {
		return false, err
	}
	if int(shift) > bits.TrailingZeros(bitsMost/64) {
		return false, ErrDamaged
	}
	n := 1 << shift
	if s.wanted == nil {
		_, err := s.in.Discard(8 * n)
		return true, err
	}
	b, err := s.in.Peek(8 * n)
	if err != nil {
		return false, err
	}
	words := s.words[:n]
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	s.has = words
	may := s.wanted.may(s.filters[shift])
	_, err = s.in.Discard(8 * n)
	return may, err
}

// wanted is a demand with its keys hashed; nil: whatever there is.
type wanted struct {
	op     compile.DemandOp
	places []uint64
	parts  []*wanted
}

// hashOf is the demand as blocks are asked for it.
func hashOf(d *compile.Demand) *wanted {
	if d == nil || d.Op == compile.DemandAny {
		return nil
	}
	w := &wanted{op: d.Op}
	switch d.Op {
	case compile.DemandHas:
		k, ok := stored(d.Key)
		if !ok {
			return nil
		}
		w.places = places(hashed(k))
	case compile.DemandAll, compile.DemandSome:
		for _, p := range d.Parts {
			part := hashOf(p)
			if part == nil && d.Op == compile.DemandSome {
				return nil
			}
			if part != nil {
				w.parts = append(w.parts, part)
			}
		}
		if d.Op == compile.DemandAll && len(w.parts) == 0 {
			return nil
		}
	}
	return w
}

// may reports whether packets with keys in f may be wanted; nil has none.
func (w *wanted) may(f bloom) bool {
	if w == nil {
		return true
	}
	switch w.op {
	case compile.DemandHas:
		return f != nil && f.has(w.places)
	case compile.DemandAll:
		for _, p := range w.parts {
			if !p.may(f) {
				return false
			}
		}
		return true
	case compile.DemandSome:
		for _, p := range w.parts {
			if p.may(f) {
				return true
			}
		}
	}
	return false
}
