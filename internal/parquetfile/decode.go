package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxPage is how large a page may be, uncompressed: what is read is in memory whole.
const maxPage = 64 << 20

// maxValues is how many values a page may have.
const maxValues = 1 << 22

var errPage = errors.New("a page is damaged")

// pageReader reads the values of a column in a group of rows, page by page.
type pageReader struct {
	f        io.ReaderAt
	zstd     *zstd.Decoder
	name     string
	physical int64
	codec    int64
	optional bool
	at, end  int64 // of the file
	left     int64 // values that no page has had yet

	dictionary column
	page       page
	packed     []byte // scratch
	plain      []byte // scratch
}

// page is one that is being read.
type page struct {
	column
	defined []int32 // levels; nil: all have a value
	indexes []int32 // of the dictionary; nil: the page has the values
	slots   int
	slot    int // the next one
	value   int // the next one
}

// column has decoded values: numbers or texts.
type column struct {
	numbers []int64
	data    []byte
	starts  []int32 // of texts in data
	ends    []int32
}

func (c *column) reset() {
	c.numbers, c.starts, c.ends, c.data = c.numbers[:0], c.starts[:0], c.ends[:0], c.data[:0]
}

func (c *column) len() int { return len(c.numbers) + len(c.ends) }

// next is the next value: its place in the column that is returned, nil where it is
// absent.
func (p *pageReader) next() (c *column, at int, err error) {
	for p.page.slot == p.page.slots {
		if p.left <= 0 {
			return nil, 0, fmt.Errorf("column %s: %w", p.name, errPage)
		}
		if err := p.read(); err != nil {
			return nil, 0, fmt.Errorf("column %s: %w", p.name, err)
		}
	}
	slot := p.page.slot
	p.page.slot++
	if p.page.defined != nil && p.page.defined[slot] == 0 {
		return nil, 0, nil
	}
	at = p.page.value
	p.page.value++
	if p.page.indexes != nil {
		return &p.dictionary, int(p.page.indexes[at]), nil
	}
	return &p.page.column, at, nil
}

// pageHeader is what is needed of PageHeader, format.thrift.
type pageHeader struct {
	kind, size, compressed int64
	values, encoding       int64
	levels                 int64 // encoding of definition levels, of version 1
	repetitions            int64 // bytes of levels, of version 2
	definitions            int64
	packed                 bool // version 2: values are compressed
}

// read reads the next page.
func (p *pageReader) read() error {
	h, err := p.header()
	if err != nil {
		return err
	}
	if h.size < 0 || h.size > maxPage || h.compressed < 0 || h.compressed > p.end-p.at || h.values < 0 || h.values > maxValues {
		return errPage
	}
	p.packed = grown(p.packed, int(h.compressed))
	if _, err := p.f.ReadAt(p.packed, p.at); err != nil {
		return err
	}
	p.at += h.compressed
	switch h.kind {
	case pageDictionary:
		b, err := p.unpack(p.packed, int(h.size), true)
		if err != nil {
			return err
		}
		p.dictionary.reset()
		p.dictionary.data = append(p.dictionary.data, b...)
		return p.dictionary.plain(p.physical, p.dictionary.data, int(h.values))
	case pageData:
		return p.dataPage(&h)
	case pageDataV2:
		return p.dataPageV2(&h)
	}
	return nil // others may be left out
}

// header reads the header of the next page.
func (p *pageReader) header() (h pageHeader, err error) {
	for size := int64(4 << 10); ; size *= 16 {
		b := make([]byte, min(size, p.end-p.at))
		if _, err := p.f.ReadAt(b, p.at); err != nil {
			return h, err
		}
		r := &thriftReader{b: b}
		h = pageHeader{packed: true}
		r.structure(func(id int64, kind byte) { h.field(r, id, kind) })
		if r.err == nil {
			p.at += int64(len(b) - len(r.b))
			return h, nil
		}
		if size > maxPage || int64(len(b)) == p.end-p.at {
			return h, errPage
		}
	}
}

func (h *pageHeader) field(r *thriftReader, id int64, kind byte) {
	fields := map[int64]*int64{}
	switch id {
	case 1:
		r.number(kind, &h.kind)
		return
	case 2:
		r.number(kind, &h.size)
		return
	case 3:
		r.number(kind, &h.compressed)
		return
	case 5:
		fields = map[int64]*int64{1: &h.values, 2: &h.encoding, 3: &h.levels}
	case 7:
		fields = map[int64]*int64{1: &h.values, 2: &h.encoding}
	case 8:
		fields = map[int64]*int64{1: &h.values, 4: &h.encoding, 5: &h.definitions, 6: &h.repetitions}
	}
	if kind != thriftStruct {
		r.skip(kind, false)
		return
	}
	r.structure(func(inner int64, kind byte) {
		switch v := fields[inner]; {
		case v != nil:
			r.number(kind, v)
		case id == 8 && inner == 7 && kind == thriftFalse:
			h.packed = false
		default:
			r.skip(kind, false)
		}
	})
}

// dataPage decodes a page of version 1, in which all is compressed.
func (p *pageReader) dataPage(h *pageHeader) error {
	b, err := p.unpack(p.packed, int(h.size), true)
	if err != nil {
		return err
	}
	p.page.defined = nil
	if p.optional {
		if len(b) < 4 || h.levels != encodingRLE {
			return errPage
		}
		n := binary.LittleEndian.Uint32(b)
		if uint64(n) > uint64(len(b)-4) {
			return errPage
		}
		if err := p.levels(b[4:4+n], int(h.values)); err != nil {
			return err
		}
		b = b[4+n:]
	}
	return p.decode(h, b)
}

// dataPageV2 decodes a page of version 2, whose levels are not compressed.
func (p *pageReader) dataPageV2(h *pageHeader) error {
	if h.repetitions != 0 || h.definitions < 0 || h.definitions > int64(len(p.packed)) || h.definitions > h.size {
		return errPage
	}
	p.page.defined = nil
	if p.optional {
		if err := p.levels(p.packed[:h.definitions], int(h.values)); err != nil {
			return err
		}
	}
	b, err := p.unpack(p.packed[h.definitions:], int(h.size-h.definitions), h.packed)
	if err != nil {
		return err
	}
	return p.decode(h, b)
}

func (p *pageReader) levels(b []byte, n int) error {
	p.page.defined = p.page.defined[:0]
	if p.page.defined == nil {
		p.page.defined = make([]int32, 0, n)
	}
	var err error
	p.page.defined, err = hybrid(p.page.defined, b, 1, n)
	return err
}

// decode decodes the values of a page.
func (p *pageReader) decode(h *pageHeader, b []byte) error {
	n := int(h.values)
	if int64(n) > p.left {
		return errPage
	}
	p.left -= int64(n)
	p.page.slot, p.page.value, p.page.slots = 0, 0, n
	values := n
	if p.page.defined != nil {
		values = 0
		for _, d := range p.page.defined {
			values += int(d)
		}
	}
	p.page.reset()
	p.page.indexes = nil
	if values == 0 {
		return nil
	}
	switch h.encoding {
	case encodingPlain:
		return p.page.plain(p.physical, b, values)
	case encodingDictionary, encodingPlainDictionary:
		return p.dictionaryIndexes(b, values)
	case encodingDelta:
		if p.physical != typeInt64 && p.physical != typeInt32 {
			return errPage
		}
		var err error
		p.page.numbers, _, err = deltas(p.page.numbers, b, values)
		return err
	case encodingDeltaLengths:
		return p.page.deltaLengths(p.physical, b, values)
	}
	return fmt.Errorf("a page has encoding %d, which is not understood", h.encoding)
}

func (p *pageReader) dictionaryIndexes(b []byte, values int) error {
	if len(b) == 0 || b[0] > 32 {
		return errPage
	}
	var err error
	if p.page.indexes, err = hybrid(make([]int32, 0, values), b[1:], int(b[0]), values); err != nil {
		return err
	}
	for _, i := range p.page.indexes {
		if uint32(i) >= uint32(p.dictionary.len()) {
			return errPage
		}
	}
	return nil
}

// plain decodes n values in PLAIN. Texts stay in b.
func (c *column) plain(physical int64, b []byte, n int) error {
	switch physical {
	case typeInt64, typeInt32:
		size := 8
		if physical == typeInt32 {
			size = 4
		}
		if n > len(b)/size {
			return errPage
		}
		for i := range n {
			if size == 8 {
				c.numbers = append(c.numbers, int64(binary.LittleEndian.Uint64(b[8*i:])))
			} else {
				c.numbers = append(c.numbers, int64(int32(binary.LittleEndian.Uint32(b[4*i:]))))
			}
		}
		return nil
	case typeBytes:
		c.data = b
		at := 0
		for range n {
			if len(b)-at < 4 {
				return errPage
			}
			size := binary.LittleEndian.Uint32(b[at:])
			if at += 4; uint64(size) > uint64(len(b)-at) {
				return errPage
			}
			c.starts = append(c.starts, int32(at))
			at += int(size)
			c.ends = append(c.ends, int32(at))
		}
		return nil
	}
	return errPage
}

// deltaLengths decodes n texts in DELTA_LENGTH_BYTE_ARRAY.
func (c *column) deltaLengths(physical int64, b []byte, n int) error {
	if physical != typeBytes {
		return errPage
	}
	lengths, rest, err := deltas(nil, b, n)
	if err != nil {
		return err
	}
	c.data = rest
	at := int64(0)
	for _, size := range lengths {
		if size < 0 || size > int64(len(rest))-at {
			return errPage
		}
		c.starts = append(c.starts, int32(at))
		at += size
		c.ends = append(c.ends, int32(at))
	}
	return nil
}

// hybrid appends n values of so many bits in the hybrid of runs and packed bits.
func hybrid(dst []int32, b []byte, width, n int) ([]int32, error) {
	for len(dst) < n {
		head, size := binary.Uvarint(b)
		if size <= 0 {
			return dst, errPage
		}
		b = b[size:]
		if head&1 == 0 { // a run
			bytes := (width + 7) / 8
			if len(b) < bytes {
				return dst, errPage
			}
			v := uint32(0)
			for i := range bytes {
				v |= uint32(b[i]) << (8 * i)
			}
			b = b[bytes:]
			for range min(head>>1, uint64(n-len(dst))) {
				dst = append(dst, int32(v))
			}
			continue
		}
		groups := head >> 1 // of eight values
		if groups > uint64(len(b)) && width > 0 {
			groups = uint64(len(b))
		}
		packed := b
		if size := groups * uint64(width); size < uint64(len(b)) {
			packed = b[:size]
		}
		b = b[len(packed):]
		count := min(8*groups, uint64(n-len(dst)))
		if count*uint64(width) > 8*uint64(len(packed)) || groups == 0 {
			return dst, errPage
		}
		for i := range count {
			dst = append(dst, int32(bitsAt(packed, i*uint64(width), width)))
		}
	}
	return dst, nil
}

// bitsAt is a number of so many bits, 64 at most, that begins at a bit of b.
func bitsAt(b []byte, at uint64, width int) uint64 {
	v := uint64(0)
	for got := 0; got < width; {
		c := uint64(b[at/8]) >> (at % 8)
		v |= c << got
		step := 8 - int(at%8)
		got += step
		at += uint64(step)
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v
}

// deltas appends n numbers in DELTA_BINARY_PACKED, and returns what comes behind.
func deltas(dst []int64, b []byte, n int) ([]int64, []byte, error) {
	r := &thriftReader{b: b} // the numbers are written alike
	block, minis, total := r.uvarint(), r.uvarint(), r.uvarint()
	value := r.integer()
	if r.err != nil || total != uint64(n) || minis == 0 || minis > 1024 || block == 0 || block > 1<<16 || block%minis != 0 {
		return dst, nil, errPage
	}
	mini := int(block / minis)
	dst = append(dst, value)
	for left := n - 1; left > 0; {
		least := r.integer()
		if uint64(len(r.b)) < minis {
			return dst, nil, errPage
		}
		widths := r.b[:minis]
		r.b = r.b[minis:]
		for _, width := range widths {
			if left == 0 {
				break
			}
			size := (mini*int(width) + 7) / 8
			count := min(mini, left)
			if width > 64 || (count*int(width)+7)/8 > len(r.b) {
				return dst, nil, errPage
			}
			for i := range count {
				value += least + int64(bitsAt(r.b, uint64(i)*uint64(width), int(width)))
				dst = append(dst, value)
			}
			left -= count
			r.b = r.b[min(size, len(r.b)):]
		}
	}
	return dst, r.b, nil
}

// unpack decompresses a page to so many bytes.
func (p *pageReader) unpack(b []byte, size int, packed bool) (plain []byte, err error) {
	if !packed {
		return b, nil
	}
	p.plain = grown(p.plain, size)
	switch p.codec {
	case codecNone:
		p.plain = append(p.plain[:0], b...)
	case codecZstd:
		p.plain, err = p.zstd.DecodeAll(b, p.plain[:0])
	case codecSnappy:
		var n int
		if n, err = s2.DecodedLen(b); err != nil || n != size {
			return nil, errPage
		}
		p.plain, err = s2.Decode(p.plain, b)
	case codecGzip:
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(b)); err == nil {
			_, err = io.ReadFull(r, p.plain)
		}
	case codecLZ4Raw:
		var n int
		n, err = lz4.UncompressBlock(b, p.plain)
		p.plain = p.plain[:max(n, 0)]
	default:
		return nil, fmt.Errorf("it is compressed by codec %d, which is not understood", p.codec)
	}
	if err == nil && len(p.plain) != size {
		err = errPage
	}
	return p.plain, err
}

// grown is b with so many bytes.
func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, 1<<bits.Len(uint(n)))
	}
	return b[:n]
}
