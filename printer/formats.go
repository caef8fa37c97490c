package printer

import "unsafe"

// piece is a part of a format: text, and the conversion behind it.
type piece struct {
	text  [16]byte // the text if it is brief: it is copied whole
	long  string   // the text
	brief int8     // how long text is; -1: only long has it
	kind  kind
	spec  spec
}

// kind tells the conversions that make up nearly all from others.
type kind uint8

const (
	kindEnd         kind = iota // none: the format ends
	kindText                    // %s
	kindDecimal                 // %d
	kindHex                     // %x, %0Nx
	kindPrefixedHex             // %#x
	kindOther
)

// formats are those that a printer has used, taken apart. They are constants, which
// TestFormatsAreConstant sees to, so that each is known by where it stands.
type formats struct {
	table []format // a power of two, half full at most
	used  int
}

type format struct {
	place  uintptr // of the text
	length int
	pieces []piece // nil: there is none here
}

// formatsMax bounds how many formats are kept. There are fewer in this package.
const formatsMax = 1 << 13

// of is a format taken apart.
func (s *formats) of(text string) []piece {
	place := uintptr(unsafe.Pointer(unsafe.StringData(text)))
	if f := s.find(place, len(text)); f != nil && f.pieces != nil {
		return f.pieces
	}
	return s.add(text, place)
}

// find is where a format stands in the table, or belongs; nil while there is no
// table.
func (s *formats) find(place uintptr, length int) *format {
	if len(s.table) == 0 {
		return nil
	}
	mask := uint64(len(s.table) - 1)
	for at := uint64(place) * 0x9e3779b97f4a7c15 >> 32; ; at++ {
		f := &s.table[at&mask]
		if f.pieces == nil || f.place == place && f.length == length {
			return f
		}
	}
}

// add takes a format apart and keeps it.
func (s *formats) add(text string, place uintptr) []piece {
	pieces := parseFormat(text)
	if s.used == formatsMax {
		return pieces
	}
	if 2*(s.used+1) > len(s.table) {
		old := s.table
		s.table = make([]format, max(64, 2*len(old)))
		for _, f := range old {
			if f.pieces != nil {
				*s.find(f.place, f.length) = f
			}
		}
	}
	*s.find(place, len(text)) = format{place, len(text), pieces}
	s.used++
	return pieces
}

// parseFormat takes a format apart. A % at its end is left out.
func parseFormat(format string) []piece {
	var pieces []piece
	var text []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			text = append(text, format[i])
			continue
		}
		var f spec
		if i = f.parse(format, i+1); i == len(format) {
			break
		}
		if f.verb = format[i]; f.verb == '%' {
			text = append(text, '%')
			continue
		}
		pieces = append(pieces, newPiece(text, f))
		text = text[:0]
	}
	return append(pieces, newPiece(text, spec{}))
}

func newPiece(text []byte, f spec) piece {
	c := piece{long: string(text), brief: -1, kind: f.kind(), spec: f}
	if len(text) <= len(c.text) {
		c.brief = int8(copy(c.text[:], text))
	}
	return c
}

func (f spec) kind() kind {
	switch f {
	case spec{}:
		return kindEnd
	case spec{verb: 's'}:
		return kindText
	case spec{verb: 'd'}:
		return kindDecimal
	case spec{verb: 'x'}, spec{verb: 'x', zero: true, width: min(max(f.width, 0), 16)}:
		return kindHex
	case spec{verb: 'x', alt: true}:
		return kindPrefixedHex
	}
	return kindOther
}
