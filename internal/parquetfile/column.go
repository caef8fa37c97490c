package parquetfile

import (
	"bytes"
	"hash/maphash"
	"unicode/utf8"

	"github.com/tapdump/tapdump/internal/records"
)

// gathered are the values of a column within a group of rows.
type gathered[T any] struct {
	number func(r *T) (uint64, bool) // of the column; nil: it has texts
	values
	column *records.Column[T]
}

// values are those of a column: numbers, or texts. What each row needs stands first.
type values struct {
	numbers []int64
	slots   int    // values and absent ones; of a list each item, else each row
	nulls   int    // absent ones
	present []byte // for each slot 1 if it has a value; empty: all have
	repeats []byte // of a list, for each slot 1 if it belongs to the row before

	name     string
	kind     records.Kind
	repeated bool // of numbers: a dictionary was shorter in the group of rows before
	texts    texts
}

// addTexts takes the texts that a record has. They are put together in scratch.
func (g *gathered[T]) addTexts(r *T, scratch []byte) []byte {
	switch g.kind {
	case records.List:
		return g.addItems(r, scratch)
	default:
		if key := g.column.Key; key != nil && !g.texts.plain {
			if k, ok := key(r); ok {
				return g.addKeyed(r, k, scratch)
			}
		}
		text, ok := g.column.Text(scratch[:0], r)
		if ok {
			g.texts.add(g.valid(text))
		}
		g.slot(ok)
		return text
	}
}

// keySlots is how many keys of a column are remembered.
const keySlots = 1 << 10

// keySlot remembers the index of the text that a key stands for.
type keySlot struct {
	key   records.Key
	group int32 // 0: free; else of which group of rows the dictionary is
	index int32
}

// addKeyed takes a text that a key stands for.
func (g *gathered[T]) addKeyed(r *T, k records.Key, scratch []byte) []byte {
	t := &g.texts
	if t.keys == nil {
		t.keys, t.group = make([]keySlot, keySlots), 1
	}
	slot := &t.keys[(k.High*0x9e3779b97f4a7c15^k.Low)*0xff51afd7ed558ccd>>54]
	if slot.key == k && slot.group == t.group {
		t.indexes = append(t.indexes, slot.index)
	} else {
		text, ok := g.column.Text(scratch[:0], r)
		scratch = text
		if !ok {
			g.slot(false)
			return scratch
		}
		t.add(text)
		*slot = keySlot{k, t.group, t.last}
	}
	g.slot(true)
	return scratch
}

func (g *gathered[T]) addItems(r *T, scratch []byte) []byte {
	for n := 0; ; n++ {
		item, ok := g.column.Item(scratch[:0], r, n)
		scratch = item[:0]
		if ok {
			g.texts.add(g.valid(item))
		} else if n > 0 {
			return scratch
		}
		repeats := byte(1)
		if n == 0 {
			repeats = 0
		}
		g.repeats = append(g.repeats, repeats)
		g.slot(ok)
		if !ok {
			return scratch
		}
	}
}

// valid is text as UTF-8, what is not becoming U+FFFD.
func (g *gathered[T]) valid(text []byte) []byte {
	if g.kind == records.Bytes || g.kind == records.Word || utf8.Valid(text) {
		return text
	}
	return bytes.ToValidUTF8(text, []byte("\ufffd"))
}

// slot takes note that there is a value, or that it is absent.
func (v *values) slot(ok bool) {
	switch {
	case !ok && v.nulls == 0:
		for range v.slots {
			v.present = append(v.present, 1)
		}
		fallthrough
	case !ok:
		v.present = append(v.present, 0)
		v.nulls++
	case v.nulls > 0:
		v.present = append(v.present, 1)
	}
	v.slots++
}

// reset forgets the values, for the next group of rows.
func (v *values) reset() {
	v.slots, v.nulls = 0, 0
	v.present, v.repeats, v.numbers = v.present[:0], v.repeats[:0], v.numbers[:0]
	v.texts.reset()
}

// A dictionary that gets larger than this is given up: all values are written then.
const (
	maxEntries    = 1 << 15
	maxDictionary = 1 << 20 // bytes
)

// plainGroups is for how many groups of rows texts that did not fit into a dictionary
// are not tried again.
const plainGroups = 8

// texts are gathered as indexes of a dictionary or, when that gets too large, as they
// are.
type texts struct {
	plain bool
	retry int // groups of rows until a dictionary is tried again

	indexes []int32
	data    []byte   // of the dictionary, or of all texts
	ends    []uint32 // where in data each one ends

	keys  []keySlot
	group int32

	seed  maphash.Seed
	table []textSlot // hash table
	last  int32      // the index of the text before
}

// textSlot is one of the hash table of a dictionary.
type textSlot struct {
	entry int32  // the index of the text, plus 1; 0: free
	mark  uint32 // some of its hash
}

func (t *texts) add(text []byte) {
	if t.plain {
		t.data = append(t.data, text...)
		t.ends = append(t.ends, uint32(len(t.data)))
		return
	}
	if len(t.indexes) > 0 && bytes.Equal(t.at(int(t.last)), text) {
		t.indexes = append(t.indexes, t.last)
		return
	}
	t.last = t.index(text)
	t.indexes = append(t.indexes, t.last)
	if len(t.ends) > maxEntries || len(t.data) > maxDictionary {
		t.giveUp()
	}
}

// at is the i-th text of data.
func (t *texts) at(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.data[start:t.ends[i]]
}

// index is that of a text in the dictionary, which gets it if it lacks it.
func (t *texts) index(text []byte) int32 {
	if 2*len(t.ends) >= len(t.table) {
		t.grow()
	}
	hash := maphash.Bytes(t.seed, text)
	mark := uint32(hash >> 32)
	for at := int(hash) & (len(t.table) - 1); ; at = (at + 1) & (len(t.table) - 1) {
		slot := &t.table[at]
		if slot.entry == 0 {
			t.data = append(t.data, text...)
			t.ends = append(t.ends, uint32(len(t.data)))
			*slot = textSlot{int32(len(t.ends)), mark}
			return slot.entry - 1
		}
		if slot.mark == mark && bytes.Equal(t.at(int(slot.entry-1)), text) {
			return slot.entry - 1
		}
	}
}

// grow makes the hash table larger: a small one stays in the processor's caches.
func (t *texts) grow() {
	if t.table == nil {
		t.seed = maphash.MakeSeed()
	}
	t.table = make([]textSlot, max(256, 4*len(t.table)))
	for i := range t.ends {
		hash := maphash.Bytes(t.seed, t.at(i))
		at := int(hash) & (len(t.table) - 1)
		for t.table[at].entry != 0 {
			at = (at + 1) & (len(t.table) - 1)
		}
		t.table[at] = textSlot{int32(i + 1), uint32(hash >> 32)}
	}
}

// giveUp replaces the dictionary by all texts.
func (t *texts) giveUp() {
	dictionary := texts{data: t.data, ends: t.ends}
	t.data, t.ends = nil, nil
	for _, i := range t.indexes {
		t.data = append(t.data, dictionary.at(int(i))...)
		t.ends = append(t.ends, uint32(len(t.data)))
	}
	t.plain, t.retry, t.indexes = true, plainGroups, t.indexes[:0]
	clear(t.table)
}

func (t *texts) reset() {
	if !t.plain && len(t.ends) > 0 {
		clear(t.table)
	}
	if t.retry--; t.retry <= 0 {
		t.plain = false
	}
	t.group++
	t.indexes, t.data, t.ends = t.indexes[:0], t.data[:0], t.ends[:0]
}
