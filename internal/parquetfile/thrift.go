package parquetfile

import "encoding/binary"

// The types of Thrift's compact protocol,
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// thriftWriter appends structs: the fields of each in the order of their numbers.
type thriftWriter struct {
	b    []byte
	last int16 // the number of the field before, in the struct at hand
}

func (w *thriftWriter) field(id int16, kind byte) {
	w.b = append(w.b, byte(id-w.last)<<4|kind) // no struct leaves out 15 fields
	w.last = id
}

func (w *thriftWriter) zigzag(v int64) { w.b = binary.AppendVarint(w.b, v) }

func (w *thriftWriter) i32(id int16, v int32) {
	w.field(id, thriftI32)
	w.zigzag(int64(v))
}

func (w *thriftWriter) i64(id int16, v int64) {
	w.field(id, thriftI64)
	w.zigzag(v)
}

func (w *thriftWriter) flag(id int16, v bool) {
	kind := byte(thriftFalse)
	if v {
		kind = thriftTrue
	}
	w.field(id, kind)
}

func (w *thriftWriter) bytes(id int16, v []byte) {
	w.field(id, thriftBinary)
	w.b = append(binary.AppendUvarint(w.b, uint64(len(v))), v...)
}

func (w *thriftWriter) text(id int16, v string) {
	w.field(id, thriftBinary)
	w.item(v)
}

// item is a text in a list.
func (w *thriftWriter) item(v string) {
	w.b = append(binary.AppendUvarint(w.b, uint64(len(v))), v...)
}

// list begins a list of n values of a kind.
func (w *thriftWriter) list(id int16, kind byte, n int) {
	w.field(id, thriftList)
	if n < 15 {
		w.b = append(w.b, byte(n)<<4|kind)
		return
	}
	w.b = binary.AppendUvarint(append(w.b, 0xf0|kind), uint64(n))
}

// nested is a struct as a field.
func (w *thriftWriter) nested(id int16, fill func()) {
	w.field(id, thriftStruct)
	w.element(fill)
}

// element is a struct in a list, or the one that all others are in.
func (w *thriftWriter) element(fill func()) {
	outer := w.last
	w.last = 0
	fill()
	w.b = append(w.b, 0)
	w.last = outer
}
