package zone

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
)

// file is what a zone file (TZif, RFC 8536) holds.
type file struct {
	changes []int64 // Unix times, leap seconds counted in if there are any
	kinds   []uint8 // which of types comes with each change
	types   []localType
	leaps   []leap
	footer  string // the rules behind the last change; "": none
}

// localType is a kind of local time.
type localType struct {
	offset int64 // seconds east of UTC
	dst    bool
	name   string
	// Of the changes to it: their times were given in standard time, in UTC.
	standard, universal bool
}

// leap is when seconds were put in, and how many there were by then.
type leap struct {
	at    int64
	total int64
}

var errFile = errors.New("no zone file")

// parseFile reads a zone file, its 64-bit part where there is one.
func parseFile(data []byte) (*file, error) {
	r := &fileReader{rest: data}
	head := r.header()
	width := 4
	if head.version != 0 {
		width = 8
		r.take(head.size(4))
		head = r.header()
	}
	f := r.body(head, width)
	if width == 8 && !r.bad {
		if line, ok := bytes.CutPrefix(r.rest, []byte{'\n'}); ok {
			line, _, _ = bytes.Cut(line, []byte{'\n'})
			f.footer = string(line)
		}
	}
	if r.bad {
		return nil, errFile
	}
	return f, nil
}

// fileHeader is how much there is of what.
type fileHeader struct {
	version                                             byte
	universals, standards, leaps, changes, types, names int
}

// size is that of the part behind the header, in bytes, with times of width.
func (h *fileHeader) size(width int) int {
	return h.changes*(width+1) + h.types*6 + h.names + h.leaps*(width+4) + h.standards + h.universals
}

// fileReader reads a file from the front. bad stays true once it was too short
// or wrong.
type fileReader struct {
	rest []byte
	bad  bool
}

// take returns the next n bytes, none where there are fewer.
func (r *fileReader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.rest) {
		r.bad, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *fileReader) header() (h fileHeader) {
	b := r.take(44)
	if b == nil || string(b[:4]) != "TZif" {
		r.bad = true
		return h
	}
	h.version = b[4]
	for i, n := range [...]*int{&h.universals, &h.standards, &h.leaps, &h.changes, &h.types, &h.names} {
		*n = int(binary.BigEndian.Uint32(b[20+4*i:]))
		r.bad = r.bad || *n > maxFile
	}
	r.bad = r.bad || h.types == 0 || h.standards > h.types || h.universals > h.types
	return h
}

func (r *fileReader) body(h fileHeader, width int) *file {
	f := &file{}
	if r.bad || h.size(width) > len(r.rest) {
		r.bad = true
		return f
	}
	times := r.take(h.changes * width)
	f.kinds = r.take(h.changes)
	types := r.take(6 * h.types)
	names := r.take(h.names)
	leaps := r.take(h.leaps * (width + 4))
	standards, universals := r.take(h.standards), r.take(h.universals)
	for i := range h.changes {
		f.changes = append(f.changes, fileTime(times[i*width:], width))
		r.bad = r.bad || int(f.kinds[i]) >= h.types || i > 0 && f.changes[i] < f.changes[i-1]
	}
	for i := range h.types {
		t := types[6*i:]
		if t[4] > 1 || int(t[5]) > len(names) {
			r.bad = true
			break
		}
		name, _, _ := bytes.Cut(names[t[5]:], []byte{0})
		f.types = append(f.types, localType{
			offset: int64(int32(binary.BigEndian.Uint32(t))), dst: t[4] == 1, name: string(name),
			standard: i < len(standards) && standards[i] != 0, universal: i < len(universals) && universals[i] != 0,
		})
	}
	for ; len(leaps) > 0; leaps = leaps[width+4:] {
		f.leaps = append(f.leaps, leap{fileTime(leaps, width), int64(int32(binary.BigEndian.Uint32(leaps[width:])))})
	}
	return f
}

func fileTime(b []byte, width int) int64 {
	if width == 4 {
		return int64(int32(binary.BigEndian.Uint32(b)))
	}
	return int64(binary.BigEndian.Uint64(b))
}

// timeline is the file as one. Before the first change its first standard time
// holds.
func (f *file) timeline() *timeline {
	first := 0
	for i := range f.types {
		if !f.types[i].dst {
			first = i
			break
		}
	}
	t := &timeline{leaps: f.leaps}
	t.add(math.MinInt64, f.types[first])
	for i, at := range f.changes {
		t.add(at, f.types[f.kinds[i]])
	}
	// Without changes the C library does not look at the rules.
	if f.footer != "" && len(f.changes) > 0 {
		if r, _, ok := parseRules(f.footer); ok {
			t.rules = &r
		}
	}
	return t
}

// withRules is the file with the names and offsets of r. This is what tcpdump
// prints with the GNU C library, which has it wrong in part: changes from
// standard time move by the difference of the offsets, the other way round;
// those from daylight saving time do not; and behind the last one the file's own
// names and offsets hold.
func (f *file) withRules(r *rules) *file {
	offset := int64(0) // of the file's last standard time
	for i := len(f.kinds) - 1; i >= 0; i-- {
		if t := &f.types[f.kinds[i]]; !t.dst {
			offset = t.offset
			break
		}
	}
	out := &file{leaps: f.leaps, footer: f.footer}
	for i := range r.ends {
		out.types = append(out.types, localType{offset: r.ends[i].offset, dst: i == 1, name: r.ends[i].name})
	}
	dst := false // before this change
	for i, at := range f.changes {
		t := &f.types[f.kinds[i]]
		if !t.universal && (!dst || t.standard) {
			at += r.ends[0].offset - offset
		}
		dst = t.dst
		out.changes = append(out.changes, at)
		out.kinds = append(out.kinds, uint8(index(dst)))
	}
	return out
}

func index(dst bool) int {
	if dst {
		return 1
	}
	return 0
}
