package printer

import "unsafe"

// piece is a part of a format: text, and the conversion behind it. Two fill a line of a
// processor's cache: a mix of protocols uses so many formats that waiting for them took
// most of printf's time.
type piece struct {
	text   [16]byte // the text if it is brief: it is copied whole
	brief  int8     // how long text is; -1: only more has it
	kind   kind
	width  uint8  // of kindHex
	length uint32 // of the whole format
	more   *more
}

// more is what is seldom asked for of a piece.
type more struct {
	text string
	spec spec
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
	table  []format // a power of two, half full at most
	pieces []piece  // of all of them, in the order in which they were used first
	used   int
}

// format is where one stands.
type format struct {
	place uint32 // of the text: constants are within 4 GiB
	first uint32 // its first piece, and 1; 0: there is none here
}

// formatsMax bounds how many formats are kept. There are fewer in this package.
const formatsMax = 1 << 13

// of is a format taken apart: its pieces, of which the last one is of kindEnd. What
// stands behind that is of others.
func (s *formats) of(text string) []piece {
	place := uint32(uintptr(unsafe.Pointer(unsafe.StringData(text))))
	if len(s.table) > 0 {
		if f := s.find(place, len(text)); f.first != 0 {
			return s.pieces[f.first-1:]
		}
	}
	return s.add(text, place)
}

// find is where a format stands in the table, or belongs.
func (s *formats) find(place uint32, length int) *format {
	mask := uint64(len(s.table) - 1)
	for at := uint64(place) * 0x9e3779b97f4a7c15 >> 32; ; at++ {
		f := &s.table[at&mask]
		if f.first == 0 || f.place == place && s.pieces[f.first-1].length == uint32(length) {
			return f
		}
	}
}

// add takes a format apart and keeps it.
func (s *formats) add(text string, place uint32) []piece {
	pieces := parseFormat(text)
	if s.used == formatsMax {
		return pieces
	}
	if 2*(s.used+1) > len(s.table) {
		old := s.table
		s.table = make([]format, max(64, 2*len(old)))
		for _, f := range old {
			if f.first != 0 {
				*s.find(f.place, int(s.pieces[f.first-1].length)) = f
			}
		}
	}
	at := s.find(place, len(text))
	s.pieces = append(s.pieces, pieces...)
	*at = format{place, uint32(len(s.pieces)-len(pieces)) + 1}
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
	pieces = append(pieces, newPiece(text, spec{}))
	pieces[0].length = uint32(len(format))
	return pieces
}

func newPiece(text []byte, f spec) piece {
	c := piece{brief: -1, kind: f.kind()}
	if c.kind == kindHex {
		c.width = uint8(f.width)
	}
	if len(text) <= len(c.text) {
		c.brief = int8(copy(c.text[:], text))
	}
	c.more = &more{string(text), f}
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
