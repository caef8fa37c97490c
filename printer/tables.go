package printer

// tok gives a value its name. A table is a slice of them; the first entry that
// matches wins.
type tok struct {
	v uint32
	s string
}

// tokName is the name of v in table, or "".
func tokName(table []tok, v uint32) string {
	for i := range table {
		if table[i].v == v {
			return table[i].s
		}
	}
	return ""
}

// tokArg is a value to be printed by its name.
type tokArg struct {
	table  []tok
	format string
	v      uint32
}

// String keeps go vet content: %s takes a tokArg. Printing does not call it.
func (t tokArg) String() string { return tokName(t.table, t.v) }

// tokStr is an argument for %s: the name of v in table, or when it has none v in
// the given format (one integer verb or none; "" means "#%d").
func tokStr[T integer](table []tok, format string, v T) tokArg {
	return tokArg{table, format, uint32(v)}
}

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

func (p *Printer) appendToken(t tokArg) {
	for i := range t.table {
		if t.table[i].v == t.v {
			p.str(t.table[i].s)
			return
		}
	}
	if t.format == "" {
		// C's %d on an unsigned value
		p.char('#')
		p.int(int64(int32(t.v)))
		return
	}
	p.printf(t.format, t.v)
}

// tok appends the name of v in table, or v in the given format.
func (p *Printer) tok(table []tok, format string, v uint32) {
	p.appendToken(tokArg{table, format, v})
}

// bitArg is a set of flags to be printed by their names.
type bitArg struct {
	table           []tok
	format, between string
	v               uint32
}

// String keeps go vet content: %s takes a bitArg. Printing does not call it.
func (b bitArg) String() string { return tokName(b.table, b.v) }

// bitStr is an argument for %s: the names of all entries of table whose bits
// are all set in v, joined by ", ", or v in the given format ("" means
// "#%08x") when there is none. An entry of value 0 never matches.
func bitStr[T integer](table []tok, format string, v T) bitArg {
	return bitArg{table, format, ", ", uint32(v)}
}

// bitStrSep is bitStr with another text between the names.
func bitStrSep[T integer](table []tok, format, between string, v T) bitArg {
	return bitArg{table, format, between, uint32(v)}
}

// bitsMax is where the reference stops a list of names.
const bitsMax = 1024

func (p *Printer) appendBits(b bitArg) {
	start := len(p.out)
	for i := range b.table {
		t := &b.table[i]
		if t.v == 0 || b.v&t.v != t.v {
			continue
		}
		if len(p.out) > start {
			p.str(b.between)
		}
		p.str(t.s)
	}
	if len(p.out) > start {
		if len(p.out)-start > bitsMax {
			p.out = p.out[:start+bitsMax]
		}
		return
	}
	if b.format == "" {
		b.format = "#%08x"
	}
	p.printf(b.format, b.v)
}

// strName is the entry of a dense table, or "" when v is outside or unnamed.
func strName[T integer](table []string, v T) string {
	if i := uint64(v); i < uint64(len(table)) {
		return table[i]
	}
	return ""
}
