package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/klauspost/compress/zstd"

	"github.com/tapdump/tapdump/internal/records"
)

// pageBytes is how many bytes of texts a page has, if it can be split.
const pageBytes = 1 << 20

// maxStatistic is how much of the least and the greatest text is kept.
const maxStatistic = 64

// pager makes the pages of a group of rows.
type pager struct {
	encoder
	zstd    *zstd.Encoder
	out     []byte // pages so far of the column at hand, compressed
	page    []byte // scratch
	packed  []byte // scratch
	delta   []byte // scratch
	indexes []int32
	numbers numberDictionary
	header  thriftWriter
}

// chunk is what the end of the file says of the values of a column in a group of rows.
type chunk struct {
	encoding     int32 // of pages of data
	values       int
	dictionary   int // where the first page of data begins, behind a dictionary; 0: there is none
	uncompressed int
	compressed   int
	nulls        int
	least, most  []byte // nil: nobody knows
	exactLeast   bool
	exactMost    bool
}

// pack makes the pages of a column, in p.out.
func (p *pager) pack(v *values) (c chunk, err error) {
	p.out = p.out[:0]
	c = chunk{values: v.slots, nulls: v.nulls}
	switch {
	case v.nulls == v.slots:
		err = p.dataPage(&c, v, 0, v.slots, nil)
	case v.kind == records.Flag:
		c.least, c.most, c.exactLeast, c.exactMost = []byte{1}, []byte{1}, true, true
		err = p.dataPage(&c, v, 0, v.slots, func(b []byte) ([]byte, error) { return appendTrue(b, len(v.numbers)), nil })
	case v.kind == records.Interval:
		err = p.seconds(&c, v)
	case v.kind == records.Number || v.kind == records.Time:
		err = p.integers(&c, v)
	case v.texts.plain:
		err = p.plain(&c, v)
	default:
		err = p.dictionary(&c, v)
	}
	c.compressed = len(p.out)
	return c, err
}

// appendTrue appends n flags that are set, in PLAIN.
func appendTrue(b []byte, n int) []byte {
	for ; n >= 8; n -= 8 {
		b = append(b, 0xff)
	}
	if n > 0 {
		b = append(b, 1<<n-1)
	}
	return b
}

// seconds packs durations.
func (p *pager) seconds(c *chunk, v *values) error {
	const second = 1e9
	double := func(b []byte, ns int64) []byte {
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(ns)/second))
	}
	low, high := extremes(v.numbers)
	c.least, c.most, c.exactLeast, c.exactMost = double(nil, low), double(nil, high), true, true
	return p.dataPage(c, v, 0, v.slots, func(b []byte) ([]byte, error) {
		for _, n := range v.numbers {
			b = double(b, n)
		}
		return b, nil
	})
}

func extremes(numbers []int64) (low, high int64) {
	low, high = numbers[0], numbers[0]
	for _, n := range numbers {
		low, high = min(low, n), max(high, n)
	}
	return low, high
}

// integers packs numbers as an index of a dictionary where that is shorter, else by
// their differences.
func (p *pager) integers(c *chunk, v *values) error {
	low, high := extremes(v.numbers)
	c.least = binary.LittleEndian.AppendUint64(nil, uint64(low))
	c.most = binary.LittleEndian.AppendUint64(nil, uint64(high))
	c.exactLeast, c.exactMost = true, true
	if v.repeated && p.numbers.fill(v.numbers, &p.indexes) {
		return p.numberIndexes(c, v)
	}
	var err error
	if p.delta, err = p.encoder.delta(p.delta[:0], v.numbers); err != nil {
		return err
	}
	v.repeated = v.kind == records.Number && len(p.delta) > len(v.numbers)/4 && p.numbers.fill(v.numbers, &p.indexes) &&
		p.numbers.size() < len(p.delta)
	if v.repeated {
		return p.numberIndexes(c, v)
	}
	c.encoding = encodingDelta
	return p.dataPage(c, v, 0, v.slots, func(b []byte) ([]byte, error) { return append(b, p.delta...), nil })
}

// numberIndexes packs numbers as indexes of the dictionary that was filled.
func (p *pager) numberIndexes(c *chunk, v *values) error {
	page := p.page[:0]
	for _, n := range p.numbers.entries {
		page = binary.LittleEndian.AppendUint64(page, uint64(n))
	}
	return p.indexed(c, v, page, len(p.numbers.entries), p.indexes)
}

// indexBits is how many bits an index of a dictionary has.
func indexBits(entries int) int { return bits.Len(uint(max(entries-1, 0))) }

// dictionary packs texts as indexes.
func (p *pager) dictionary(c *chunk, v *values) error {
	t := &v.texts
	page := p.page[:0]
	for i := range t.ends {
		text := t.at(i)
		page = append(binary.LittleEndian.AppendUint32(page, uint32(len(text))), text...)
	}
	c.textStatistics(t)
	return p.indexed(c, v, page, len(t.ends), t.indexes)
}

// indexed packs a dictionary of so many entries, and indexes of it.
func (p *pager) indexed(c *chunk, v *values, page []byte, entries int, indexes []int32) error {
	c.encoding = encodingDictionary
	p.addPage(c, page, func(h *thriftWriter) {
		h.i32(1, pageDictionary)
	}, 7, func(h *thriftWriter) {
		h.i32(1, int32(entries))
		h.i32(2, encodingPlain)
	})
	p.page = page
	c.dictionary = len(p.out)
	return p.dataPage(c, v, 0, v.slots, func(b []byte) ([]byte, error) {
		return p.encoder.indexes(b, indexes, indexBits(entries))
	})
}

// plain packs texts as they are, in pages of about pageBytes.
func (p *pager) plain(c *chunk, v *values) error {
	t := &v.texts
	c.textStatistics(t)
	slot, value := 0, 0
	for slot < v.slots {
		first, from, size := slot, value, 0
		for slot < v.slots && (size < pageBytes || len(v.repeats) > 0) {
			if len(v.present) == 0 || v.present[slot] != 0 {
				size += 4 + len(t.at(value))
				value++
			}
			slot++
		}
		err := p.dataPage(c, v, first, slot, func(b []byte) ([]byte, error) {
			for i := from; i < value; i++ {
				text := t.at(i)
				b = append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
			}
			return b, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// textStatistics finds the least and the greatest text, as bytes.
func (c *chunk) textStatistics(t *texts) {
	for i := range t.ends {
		text := t.at(i)
		if i == 0 || bytes.Compare(text, c.least) < 0 {
			c.least = text
		}
		if i == 0 || bytes.Compare(text, c.most) > 0 {
			c.most = text
		}
	}
	c.exactLeast, c.exactMost = len(c.least) <= maxStatistic, len(c.most) <= maxStatistic
	c.least = bytes.Clone(c.least[:min(len(c.least), maxStatistic)])
	if c.exactMost {
		c.most = bytes.Clone(c.most)
		return
	}
	c.most = above(c.most[:maxStatistic])
}

// above is the shortest text that is greater than all that begin with prefix; nil:
// there is none. A reader may take it for UTF-8: a character is left out, not halved.
func above(prefix []byte) []byte {
	b := bytes.Clone(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0x7f {
			b[i]++
			return b[:i+1]
		}
	}
	return nil
}

// dataPage makes a page of the slots from first to end; fill appends their values.
func (p *pager) dataPage(c *chunk, v *values, first, end int, fill func(b []byte) ([]byte, error)) error {
	page := p.page[:0]
	var err error
	if v.kind == records.List {
		if page, err = p.levels(page, v.repeats[first:end], 1); err != nil {
			return err
		}
	}
	if page, err = p.definitions(page, v, first, end); err != nil {
		return err
	}
	if fill != nil {
		if page, err = fill(page); err != nil {
			return err
		}
	}
	p.addPage(c, page, func(h *thriftWriter) {
		h.i32(1, pageData)
	}, 5, func(h *thriftWriter) {
		h.i32(1, int32(end-first))
		h.i32(2, c.encoding)
		h.i32(3, encodingRLE)
		h.i32(4, encodingRLE)
	})
	p.page = page
	return nil
}

// definitions appends which of the slots have a value.
func (p *pager) definitions(page []byte, v *values, first, end int) ([]byte, error) {
	bits, defined := 1, byte(1)
	if v.kind == records.List {
		bits, defined = 2, 2 // there is a list, there is an item
	}
	if v.nulls == 0 || v.nulls == v.slots {
		if v.nulls > 0 {
			defined = 0
		}
		// One run.
		run := append(binary.AppendUvarint(p.packed[:0], uint64(end-first)<<1), defined)
		page = binary.LittleEndian.AppendUint32(page, uint32(len(run)))
		return append(page, run...), nil
	}
	present := v.present[first:end]
	if v.kind == records.List {
		for i := range present {
			present[i] *= defined
		}
	}
	return p.levels(page, present, bits)
}

// addPage compresses a page and appends it behind its header.
func (p *pager) addPage(c *chunk, page []byte, kind func(h *thriftWriter), id int16, detail func(h *thriftWriter)) {
	p.packed = p.zstd.EncodeAll(page, p.packed[:0])
	h := &p.header
	h.b, h.last = h.b[:0], 0
	h.element(func() {
		kind(h)
		h.i32(2, int32(len(page)))
		h.i32(3, int32(len(p.packed)))
		h.nested(id, func() { detail(h) })
	})
	p.out = append(append(p.out, h.b...), p.packed...)
	c.uncompressed += len(h.b) + len(page)
}

// numberDictionary finds out whether numbers repeat.
type numberDictionary struct {
	entries []int64
	table   []int32
	indexes int // how many numbers were indexed
}

// size is how many bytes the dictionary and the indexes have, before compression.
func (d *numberDictionary) size() int {
	return 8*len(d.entries) + d.indexes*indexBits(len(d.entries))/8
}

// maxNumbers is how many different numbers a dictionary has at most.
const maxNumbers = 1 << 12

// fill makes a dictionary of numbers and their indexes, and reports whether they repeat
// enough.
func (d *numberDictionary) fill(numbers []int64, indexes *[]int32) bool {
	const slots = 4 * maxNumbers
	if d.table == nil {
		d.table = make([]int32, slots)
	}
	clear(d.table)
	d.indexes = len(numbers)
	d.entries, *indexes = d.entries[:0], (*indexes)[:0]
	for n, v := range numbers {
		if n == maxNumbers && len(d.entries) > maxNumbers/2 {
			return false
		}
		at := uint64(v) * 0x9e3779b97f4a7c15 >> 50
		for ; ; at = (at + 1) % slots {
			i := d.table[at]
			if i == 0 {
				if len(d.entries) == maxNumbers {
					return false
				}
				d.entries = append(d.entries, v)
				i = int32(len(d.entries))
				d.table[at] = i
			}
			if d.entries[i-1] == v {
				*indexes = append(*indexes, i-1)
				break
			}
		}
	}
	return true
}
