package parquetfile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// KeyInterfaces is the key of what a file says of the interfaces of its packets: a JSON
// array of Interface.
const KeyInterfaces = "tapdump.interfaces"

// Interface is one that packets came from.
type Interface struct {
	Name     string `json:"name"`
	LinkType uint32 `json:"link_type"` // number, as savefiles have it
	SnapLen  uint32 `json:"snap_len"`
}

// maxFooter is how long the end of a file may be that is read, in bytes.
const maxFooter = 64 << 20

// maxDepth bounds structs in structs.
const maxDepth = 16

var errThrift = errors.New("what it says of itself is damaged")

// metadata is what is needed of FileMetaData, format.thrift.
type metadata struct {
	elements   []element
	groups     []group
	interfaces []Interface
}

// element is a node of the schema.
type element struct {
	name       string
	physical   int64
	repetition int64
	children   int64
	unit       int64 // of a timestamp, nanoseconds; 0: it is none
}

// group is a group of rows.
type group struct {
	rows    int64
	columns []stored
}

// stored is where the values of a column are.
type stored struct {
	physical, codec, values int64
	compressed              int64
	data, dictionary        int64 // offsets of pages
}

// thriftReader reads what thriftWriter writes, and skips what nobody asks for. The
// first error stays.
type thriftReader struct {
	b     []byte
	depth int
	err   error
}

func (r *thriftReader) fail() {
	r.b = nil
	if r.err == nil {
		r.err = errThrift
	}
}

func (r *thriftReader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *thriftReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *thriftReader) integer() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *thriftReader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// structure calls field for each field of a struct. It has to read or to skip the value.
func (r *thriftReader) structure(field func(id int64, kind byte)) {
	if r.depth++; r.depth > maxDepth {
		r.fail()
	}
	id := int64(0)
	for r.err == nil {
		c := r.byte()
		if c == 0 {
			break
		}
		if c>>4 != 0 {
			id += int64(c >> 4)
		} else {
			id = r.integer()
		}
		field(id, c&15)
	}
	r.depth--
}

// list calls item for each item of a list.
func (r *thriftReader) list(item func(kind byte)) {
	c := r.byte()
	n := uint64(c >> 4)
	if n == 15 {
		n = r.uvarint()
	}
	for ; n > 0 && r.err == nil; n-- {
		if len(r.b) == 0 { // each has a byte at least
			r.fail()
			return
		}
		item(c & 15)
	}
}

// skip leaves out a value; item says that it is one of a list, where flags have a byte.
func (r *thriftReader) skip(kind byte, item bool) {
	switch kind {
	case thriftTrue, thriftFalse:
		if item {
			r.byte()
		}
	case thriftByte:
		r.byte()
	case thriftI16, thriftI32, thriftI64:
		r.uvarint()
	case thriftDouble:
		if len(r.b) < 8 {
			r.fail()
			return
		}
		r.b = r.b[8:]
	case thriftBinary:
		r.bytes()
	case thriftList, thriftSet:
		if r.depth++; r.depth > maxDepth {
			r.fail()
		}
		r.list(func(kind byte) { r.skip(kind, true) })
		r.depth--
	case thriftStruct:
		r.structure(func(_ int64, kind byte) { r.skip(kind, false) })
	default: // Parquet has no maps
		r.fail()
	}
}

// number reads a number into v, if it is one.
func (r *thriftReader) number(kind byte, v *int64) {
	switch kind {
	case thriftI16, thriftI32, thriftI64:
		*v = r.integer()
	default:
		r.skip(kind, false)
	}
}

// structs calls one for each struct of a field that is a list of them.
func (r *thriftReader) structs(kind byte, one func()) {
	if kind != thriftList {
		r.skip(kind, false)
		return
	}
	r.list(func(kind byte) {
		if kind != thriftStruct {
			r.fail()
			return
		}
		one()
	})
}

// nested calls field for each field of a field that is a struct.
func (r *thriftReader) nested(kind byte, field func(id int64, kind byte)) {
	if kind != thriftStruct {
		r.skip(kind, false)
		return
	}
	r.structure(field)
}

// readMetadata reads the end of a file.
func readMetadata(f io.ReaderAt, size int64) (*metadata, error) {
	const tail = 4 + len(magic)
	var end [tail]byte
	if size < int64(tail+len(magic)) {
		return nil, io.ErrUnexpectedEOF
	}
	if _, err := f.ReadAt(end[:], size-int64(tail)); err != nil {
		return nil, err
	}
	if string(end[4:]) != magic {
		return nil, errors.New("it has no end: whoever wrote it did not finish")
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if n > size-int64(tail+len(magic)) || n > maxFooter {
		return nil, errThrift
	}
	b := make([]byte, n)
	if _, err := f.ReadAt(b, size-int64(tail)-n); err != nil {
		return nil, err
	}
	m := new(metadata)
	r := &thriftReader{b: b}
	r.structure(func(id int64, kind byte) { m.field(r, id, kind) })
	return m, r.err
}

func (m *metadata) field(r *thriftReader, id int64, kind byte) {
	switch id {
	case 2:
		r.structs(kind, func() { m.elements = append(m.elements, readElement(r)) })
	case 4:
		r.structs(kind, func() { m.groups = append(m.groups, readGroup(r)) })
	case 5:
		r.structs(kind, func() {
			var key string
			var value []byte
			r.structure(func(id int64, kind byte) {
				switch {
				case kind != thriftBinary:
					r.skip(kind, false)
				case id == 1:
					key = string(r.bytes())
				default:
					value = r.bytes()
				}
			})
			// What cannot be understood is as if it was not there.
			if key == KeyInterfaces && json.Unmarshal(value, &m.interfaces) != nil {
				m.interfaces = nil
			}
		})
	default:
		r.skip(kind, false)
	}
}

func readElement(r *thriftReader) (e element) {
	e.physical = -1
	r.structure(func(id int64, kind byte) {
		converted := int64(-1)
		switch id {
		case 1:
			r.number(kind, &e.physical)
		case 3:
			r.number(kind, &e.repetition)
		case 4:
			if kind != thriftBinary {
				r.fail()
				return
			}
			e.name = string(r.bytes())
		case 5:
			r.number(kind, &e.children)
		case 6:
			const milliseconds, microseconds = 9, 10
			switch r.number(kind, &converted); converted {
			case milliseconds:
				e.unit = 1e6
			case microseconds:
				e.unit = 1e3
			}
		case 10:
			r.nested(kind, func(id int64, kind byte) {
				if id != logicalTimestamp {
					r.skip(kind, false)
					return
				}
				r.nested(kind, func(id int64, kind byte) {
					if id != 2 {
						r.skip(kind, false)
						return
					}
					r.nested(kind, func(id int64, kind byte) {
						r.skip(kind, false)
						switch id {
						case 1:
							e.unit = 1e6
						case 2:
							e.unit = 1e3
						case 3:
							e.unit = 1
						}
					})
				})
			})
		default:
			r.skip(kind, false)
		}
	})
	return e
}

func readGroup(r *thriftReader) (g group) {
	r.structure(func(id int64, kind byte) {
		switch id {
		case 1:
			r.structs(kind, func() { g.columns = append(g.columns, readStored(r)) })
		case 3:
			r.number(kind, &g.rows)
		default:
			r.skip(kind, false)
		}
	})
	return g
}

func readStored(r *thriftReader) (s stored) {
	r.structure(func(id int64, kind byte) {
		if id != 3 {
			r.skip(kind, false)
			return
		}
		r.nested(kind, func(id int64, kind byte) {
			switch id {
			case 1:
				r.number(kind, &s.physical)
			case 4:
				r.number(kind, &s.codec)
			case 5:
				r.number(kind, &s.values)
			case 7:
				r.number(kind, &s.compressed)
			case 9:
				r.number(kind, &s.data)
			case 11:
				r.number(kind, &s.dictionary)
			default:
				r.skip(kind, false)
			}
		})
	})
	return s
}

// leaf finds a column that stands at the top of the schema: its place among all that
// have values. ok is false where there is none.
func (m *metadata) leaf(name string) (place int, e element, ok bool) {
	for i := 1; i < len(m.elements); {
		e = m.elements[i]
		if e.name == name && e.children == 0 && e.repetition != repeated {
			return place, e, true
		}
		leaves, next := m.below(i, 0)
		place += leaves
		i = next
	}
	return 0, element{}, false
}

// below counts the leaves of the subtree at i, and says where the next one begins.
func (m *metadata) below(i, depth int) (leaves, next int) {
	e := m.elements[i]
	next = i + 1
	if e.children <= 0 || depth > maxDepth {
		return 1, next
	}
	for n := e.children; n > 0 && next < len(m.elements); n-- {
		var more int
		more, next = m.below(next, depth+1)
		leaves += more
	}
	return leaves, next
}

// checked is where the column at a place is in a group, if that is possible.
func (g *group) checked(place int, e element, size int64) (*stored, error) {
	if place >= len(g.columns) {
		return nil, errThrift
	}
	s := &g.columns[place]
	if s.dictionary > 0 && s.dictionary < s.data {
		s.data = s.dictionary
	}
	if s.physical != e.physical || s.data < int64(len(magic)) || s.compressed < 0 || s.data > size || s.compressed > size-s.data || s.values != g.rows || g.rows > math.MaxInt32 {
		return nil, fmt.Errorf("column %s: %w", e.name, errThrift)
	}
	return s, nil
}
