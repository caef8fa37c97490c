package index

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/pcapfile"
)

// Names are what packets say that are looked for: one of Texts, without regard to the case
// of ASCII letters, as a value of Field. They are found where all packets of the file are
// decoded, without secrets, by what made the index.
type Names struct {
	Field   apps.Field // one of Named
	Texts   [][]byte
	Decoder string // as for Make
	Partly  bool   // the file may not be read to its end
}

// Bounds of what is looked through for names; where there is more, all is read.
const (
	maxNamedBlocks        = 1 << 13
	maxNamedConversations = 1 << 10
	maxNamedRounds        = 6
)

// errMany says that a name is in so much of the file that looking for it takes longer than
// reading all.
var errMany = errors.New("the names are nearly everywhere")

// lookup finds the conversations in which names may be said, and the parts of a file that
// have all their packets. It looks into those blocks that have the names for the
// conversations, and then for the blocks that have these. As nothing of a conversation is
// left out, decoding it finds what decoding all of the file would.
type lookup struct {
	layers
	savefile *os.File
	scan     func(Query) (*Selection, error)
	names    []name
	blocks   []namedBlock
	only     map[apps.Conversation]struct{}
}

// namedBlock is a block that is looked through.
type namedBlock struct {
	packets uint64
	filter  bloom // nil: it has no keys
}

// selectNamed finds the parts of a file that have all packets of the conversations in which
// names may be said. nil: that is not possible.
func selectNamed(index io.ReaderAt, indexSize int64, savefile *os.File, size int64, q *Names) (*Selection, error) {
	losses, double, ok := namesIn(index, indexSize, q)
	if !ok {
		return nil, nil
	}
	l := lookup{names: q.hashed(), savefile: savefile, only: make(map[apps.Conversation]struct{})}
	l.scan = func(q Query) (*Selection, error) {
		q.named = true
		return Select(index, indexSize, savefile, size, q)
	}
	s, err := l.find(double)
	if err == nil && l.restarted(s) {
		return nil, nil
	}
	if errors.Is(err, errMany) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.Only, s.Losses = l.only, losses
	return s, nil
}

// namesIn reports whether an index has names that q can rely on, what its decoder lost, and
// whether packets are of two conversations. Select finds out whether it is whole.
func namesIn(index io.ReaderAt, indexSize int64, q *Names) (losses apps.Losses, double, ok bool) {
	var tail [trailerSize]byte
	if _, err := index.ReadAt(tail[:], max(0, indexSize-trailerSize)); err != nil {
		return losses, false, false
	}
	number := func(i int) uint64 { return binary.LittleEndian.Uint64(tail[8*i:]) }
	losses = apps.Losses{Conversations: number(5), Messages: number(6)}
	// Losses are those of all of the file.
	if q.Partly && losses != (apps.Losses{}) || !slices.Contains(Named[:], q.Field) {
		return losses, false, false
	}
	return losses, number(7) > 0, number(4) == decoderOf(q.Decoder)
}

// restarted reports whether one of the conversations began anew somewhere, as who decodes
// all of the file has forgotten it there.
func (l *lookup) restarted(s *Selection) bool {
	for c := range l.only {
		if slices.Contains(s.restarted, hashed(conversationKey(c))) {
			return true
		}
	}
	return false
}

// find finds the conversations, and the parts that have them. Where packets are of two, all
// those belong to one that share packets.
func (l *lookup) find(double bool) (*Selection, error) {
	var keys []compile.Key
	for _, n := range l.names {
		keys = append(keys, n.key())
	}
	s, err := l.scan(Query{Demand: anyOf(keys), keep: l.keep})
	if err != nil {
		return nil, err
	}
	if err := l.read(s, l.begins); err != nil {
		return nil, err
	}
	for range maxNamedRounds {
		keys = keys[:0]
		for c := range l.only {
			keys = append(keys, conversationKey(c))
		}
		if !double {
			return l.scan(Query{Demand: anyOf(keys)})
		}
		l.blocks = l.blocks[:0]
		if s, err = l.scan(Query{Demand: anyOf(keys), keep: l.keep}); err != nil {
			return nil, err
		}
		if err := l.read(s, l.follows); err != nil {
			return nil, err
		}
		if len(l.only) == len(keys) {
			return s, nil
		}
	}
	return nil, errMany
}

// anyOf demands one of some keys, whatever the link types.
func anyOf(keys []compile.Key) func([]capture.LinkType) *compile.Demand {
	var some []*compile.Demand
	for _, k := range keys {
		some = append(some, &compile.Demand{Op: compile.DemandHas, Key: k})
	}
	d := compile.SomeOf(some...)
	return func([]capture.LinkType) *compile.Demand { return d }
}

// keep remembers a block. It is a Query's.
func (l *lookup) keep(packets uint64, filter []uint64) error {
	if len(l.blocks) == maxNamedBlocks {
		return errMany
	}
	b := namedBlock{packets: packets}
	if filter != nil {
		b.filter = slices.Clone(filter)
	}
	l.blocks = append(l.blocks, b)
	return nil
}

// read looks through the blocks that were kept, which are all of s, and takes the
// conversations of those packets that are wanted.
func (l *lookup) read(s *Selection, wanted func([]apps.Conversation, *namedBlock) bool) error {
	if s.Extents == nil {
		return nil
	}
	src, err := pcapfile.ReadOptions{Parts: func(f *os.File, _ int64, _ pcapfile.Header, _ bool) ([]pcapfile.Extent, error) {
		return s.Extents, sameFile(f, l.savefile)
	}}.Open(l.savefile.Name())
	if err != nil {
		return err
	}
	defer src.Close()
	var pkt capture.Packet
	for i := range l.blocks {
		for range l.blocks[i].packets {
			if err := src.Next(&pkt); err != nil {
				return notEOF(err, ErrDamaged)
			}
			list := l.of(&pkt)
			if len(list) == 0 || !wanted(list, &l.blocks[i]) {
				continue
			}
			for _, c := range list {
				l.only[c] = struct{}{}
			}
			if len(l.only) > maxNamedConversations {
				return errMany
			}
		}
	}
	if err := src.Next(&pkt); !errors.Is(err, io.EOF) {
		return notEOF(err, ErrDamaged)
	}
	return nil
}

// begins reports whether one of the names may be said in the conversations of a packet.
func (l *lookup) begins(list []apps.Conversation, b *namedBlock) bool {
	if b.filter == nil {
		return false
	}
	if l.follows(list, b) {
		return true
	}
	for _, n := range l.names {
		said := n.saidIn(list[0])
		if b.filter.has(places(said[0])) && b.filter.has(places(said[1])) {
			return true
		}
	}
	return false
}

// follows reports whether one of the conversations of a packet is known.
func (l *lookup) follows(list []apps.Conversation, _ *namedBlock) bool {
	return slices.ContainsFunc(list, func(c apps.Conversation) bool {
		_, known := l.only[c]
		return known
	})
}

// sameFile fails if the file has become another one.
func sameFile(a, b *os.File) error {
	as, err := a.Stat()
	if err != nil {
		return err
	}
	bs, err := b.Stat()
	if err == nil && !os.SameFile(as, bs) {
		err = ErrForeign
	}
	return err
}
