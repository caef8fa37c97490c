package parquetfile

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/tapdump/tapdump/internal/records"
)

// A group of rows ends after so many, or when so many bytes of text are gathered.
const (
	groupRows  = 1 << 17
	groupBytes = 24 << 20
)

// maxGroups is how many groups of rows a file has at most: engines number them with 16
// bits, and what is to be said of them at the end of the file stays in memory.
const maxGroups = 1<<15 - 1

// ErrLeftOut says that this program was built without the encoders.
var ErrLeftOut = errors.New("this program was built without Parquet (build tag noparquet)")

// ErrFull says that a file has as many groups of rows as one can have.
var ErrFull = errors.New("a Parquet file has no room for more; begin others with --rotate-size or --rotate-time")

// Writer writes records as one Parquet file. It gathers a group of rows before it
// writes them; after an error all methods return that.
type Writer[T any] struct {
	out       io.Writer
	createdBy string
	columns   []gathered[T]
	pager     pager
	scratch   []byte

	rows    int // gathered
	written uint64
	size    int64 // bytes written
	end     int64 // where the last group ends
	perRow  int64 // bytes a row, of the group before
	groups  [][]byte
	err     error
}

// NewWriter begins a file with the columns of a table, which createdBy writes.
func NewWriter[T any](out io.Writer, createdBy string, columns []*records.Column[T]) (*Writer[T], error) {
	if !Available {
		return nil, ErrLeftOut
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	w := &Writer[T]{out: out, createdBy: createdBy, perRow: 32}
	w.pager.zstd = encoder
	for _, c := range columns {
		w.columns = append(w.columns, gathered[T]{number: c.Number, column: c, values: values{name: c.Name, kind: c.Kind}})
	}
	return w, nil
}

// Reset begins another file of the same columns.
func (w *Writer[T]) Reset(out io.Writer) {
	for i := range w.columns {
		w.columns[i].reset()
	}
	w.out, w.rows, w.written, w.size, w.end, w.groups, w.err = out, 0, 0, 0, 0, nil, nil
}

// Add takes a record.
func (w *Writer[T]) Add(r *T) error {
	if w.err != nil {
		return w.err
	}
	gathered := 0
	for i := range w.columns {
		c := &w.columns[i]
		if c.number == nil {
			w.scratch = c.addTexts(r, w.scratch)
			gathered += len(c.texts.data)
			continue
		}
		n, ok := c.number(r)
		if ok {
			c.numbers = append(c.numbers, int64(n))
		}
		if ok && c.nulls == 0 {
			c.slots++
		} else {
			c.slot(ok)
		}
	}
	if w.rows++; w.rows >= groupRows || gathered >= groupBytes {
		return w.endGroup()
	}
	return nil
}

// Rows is how many records were taken, Written how many of them can be read once the
// file has its end.
func (w *Writer[T]) Rows() uint64    { return w.written + uint64(w.rows) }
func (w *Writer[T]) Written() uint64 { return w.written }

// Size is the length of the file in bytes, about: what is gathered is taken to become
// as short as what was written before.
func (w *Writer[T]) Size() int64 { return w.size + int64(w.rows)*w.perRow }

func (w *Writer[T]) write(b []byte) error {
	n, err := w.out.Write(b)
	w.size += int64(n)
	return err
}

// endGroup writes the rows that were gathered.
func (w *Writer[T]) endGroup() error {
	if w.err == nil && len(w.groups) == maxGroups {
		w.err = ErrFull
	}
	if w.err == nil && w.size == 0 {
		w.err = w.write([]byte(magic))
	}
	if w.err != nil {
		return w.err
	}
	start := w.size
	var all thriftWriter
	var uncompressed int64
	all.element(func() {
		all.list(1, thriftStruct, len(w.columns))
		for i := range w.columns {
			v := &w.columns[i].values
			var c chunk
			at := w.size
			if c, w.err = w.pager.pack(v); w.err != nil {
				return
			}
			if w.err = w.write(w.pager.out); w.err != nil {
				return
			}
			uncompressed += int64(c.uncompressed)
			all.element(func() { c.describe(&all, v, at) })
			v.reset()
		}
		all.i64(2, uncompressed)
		all.i64(3, int64(w.rows))
		all.i64(5, start)
		all.i64(6, w.size-start)
	})
	if w.err != nil {
		return w.err
	}
	w.groups, w.end = append(w.groups, all.b), w.size
	w.perRow = (w.size - start + int64(w.rows) - 1) / int64(w.rows)
	w.written += uint64(w.rows)
	w.rows = 0
	return nil
}

// describe appends the fields of a ColumnChunk for values that begin at an offset of
// the file.
func (c *chunk) describe(h *thriftWriter, v *values, at int64) {
	h.i64(2, 0) // deprecated
	h.nested(3, func() {
		h.i32(1, v.physical())
		encodings := []int32{encodingRLE, c.encoding}
		if c.dictionary > 0 {
			encodings = append(encodings, encodingPlain)
		}
		h.list(2, thriftI32, len(encodings))
		for _, e := range encodings {
			h.zigzag(int64(e))
		}
		path := v.path()
		h.list(3, thriftBinary, len(path))
		for _, name := range path {
			h.item(name)
		}
		h.i32(4, codecZstd)
		h.i64(5, int64(c.values))
		h.i64(6, int64(c.uncompressed))
		h.i64(7, int64(c.compressed))
		h.i64(9, at+int64(c.dictionary))
		if c.dictionary > 0 {
			h.i64(11, at)
		}
		h.nested(12, func() {
			h.i64(3, int64(c.nulls))
			if c.most != nil {
				h.bytes(5, c.most)
			}
			if c.least != nil {
				h.bytes(6, c.least)
			}
			if c.most != nil {
				h.flag(7, c.exactMost)
			}
			if c.least != nil {
				h.flag(8, c.exactLeast)
			}
		})
	})
}

// physical is the type of a column's values.
func (v *values) physical() int32 {
	switch v.kind {
	case records.Number, records.Time:
		return typeInt64
	case records.Interval:
		return typeDouble
	case records.Flag:
		return typeBoolean
	}
	return typeBytes
}

// path is where a column stands in the schema.
func (v *values) path() []string {
	if v.kind == records.List {
		return []string{v.name, "list", "element"}
	}
	return []string{v.name}
}

// salvage forgets an error, and what is not in a group of rows that was written whole.
// It returns where that ends, 0: there is none.
func (w *Writer[T]) salvage() int64 {
	w.rows, w.size, w.err = 0, w.end, nil
	return w.end
}

// Close writes what is left and the end of the file, with what it says beside.
func (w *Writer[T]) Close(meta []Meta) error {
	if w.rows > 0 || w.size == 0 {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if w.err != nil {
		return w.err
	}
	var t thriftWriter
	t.element(func() { w.footer(&t, meta) })
	t.b = binary.LittleEndian.AppendUint32(t.b, uint32(len(t.b)))
	w.err = w.write(append(t.b, magic...))
	return w.err
}

// begin writes the rows that are left, or the beginning of a file without any.
func (w *Writer[T]) begin() error {
	if w.rows > 0 {
		return w.endGroup()
	}
	if w.err == nil {
		w.err = w.write([]byte(magic))
	}
	return w.err
}

// footer appends the fields of FileMetaData.
func (w *Writer[T]) footer(h *thriftWriter, meta []Meta) {
	h.i32(1, 1)
	elements := 1
	for i := range w.columns {
		elements += len(w.columns[i].path())
	}
	h.list(2, thriftStruct, elements)
	h.element(func() {
		h.text(4, "record")
		h.i32(5, int32(len(w.columns)))
	})
	for i := range w.columns {
		w.columns[i].schema(h)
	}
	h.i64(3, int64(w.written))
	h.list(4, thriftStruct, len(w.groups))
	for _, g := range w.groups {
		h.b = append(h.b, g...)
	}
	h.list(5, thriftStruct, len(meta))
	for _, m := range meta {
		h.element(func() {
			h.text(1, m.Key)
			h.text(2, m.Value)
		})
	}
	h.text(6, w.createdBy)
	h.list(7, thriftStruct, len(w.columns))
	for range w.columns {
		h.element(func() { h.nested(1, func() {}) }) // by the type
	}
}

// What values mean, format.thrift: LogicalType and, for those who do not know that,
// ConvertedType.
const (
	logicalString    = 1
	logicalList      = 3
	logicalTimestamp = 8

	convertedUTF8 = 0
	convertedList = 3
)

// schema appends the elements of the schema that a column is.
func (v *values) schema(h *thriftWriter) {
	text := func() {
		h.i32(6, convertedUTF8)
		h.nested(10, func() { h.nested(logicalString, func() {}) })
	}
	if v.kind == records.List {
		h.element(func() {
			h.i32(3, optional)
			h.text(4, v.name)
			h.i32(5, 1)
			h.i32(6, convertedList)
			h.nested(10, func() { h.nested(logicalList, func() {}) })
		})
		h.element(func() {
			h.i32(3, repeated)
			h.text(4, "list")
			h.i32(5, 1)
		})
		h.element(func() {
			h.i32(1, typeBytes)
			h.i32(3, required)
			h.text(4, "element")
			text()
		})
		return
	}
	h.element(func() {
		h.i32(1, v.physical())
		h.i32(3, optional)
		h.text(4, v.name)
		switch v.kind {
		case records.Time:
			h.nested(10, func() {
				h.nested(logicalTimestamp, func() {
					h.flag(1, true)
					h.nested(2, func() { h.nested(3, func() {}) }) // nanoseconds
				})
			})
		case records.Word, records.Text:
			text()
		}
	})
}
