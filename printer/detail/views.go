package detail

import (
	"strconv"
	"strings"
)

// Mode is a view: a row of the table of views.
type Mode uint8

// Views. Those called All have the IP and transport headers in front of the
// payload.
const (
	None Mode = iota
	Header
	Text
	Binary
	BinaryAll
	Hex
	HexAll
	Line
	Base64
	Base64All
)

// view is what there is to know of a view. A new one is a row here, behind the
// others, and one that is called X_ALL behind X; tests ask for golden files, and
// for its name in the manual and docs/ipscap.md.
type view struct {
	name   string
	number string // that stands for the name, too; "": none
	render func(v *Viewer, b []byte, e *Entry) []byte
}

var views = [...]view{
	None:      {"NONE", "0", func(_ *Viewer, b []byte, _ *Entry) []byte { return b }},
	Header:    {"HEADER", "1", (*Viewer).header},
	Text:      {"TEXT", "2", block(payloadOnly, (*Viewer).plainText)},
	Binary:    {"BINARY", "3", block(payloadOnly, (*Viewer).binary)},
	BinaryAll: {"BINARY_ALL", "4", block(withHeaders, (*Viewer).binary)},
	Hex:       {"HEX", "5", block(payloadOnly, (*Viewer).hexDump)},
	HexAll:    {"HEX_ALL", "6", block(withHeaders, (*Viewer).hexDump)},
	Line:      {"LINE", "7", (*Viewer).line},
	Base64:    {"BASE64", "", block(payloadOnly, (*Viewer).base64)},
	Base64All: {"BASE64_ALL", "", block(withHeaders, (*Viewer).base64)},
}

// Name is what the view is called, in capital letters.
func (m Mode) Name() string { return views[m].name }

// Number stands for the name, too; "" of a view without one.
func (m Mode) Number() string { return views[m].number }

// Modes are all views, in their order.
func Modes() []Mode {
	all := make([]Mode, len(views))
	for i := range views {
		all[i] = Mode(i)
	}
	return all
}

// ModeByName is the view with a name, in letters of either case, or a number.
func ModeByName(s string) (m Mode, ok bool) {
	for i, v := range views {
		if strings.EqualFold(s, v.name) || s == v.number && s != "" {
			return Mode(i), true
		}
	}
	return 0, false
}

// ModeNames says which names and numbers there are.
func ModeNames() string {
	names, last := make([]string, len(views)), 0
	for i, v := range views {
		names[i] = v.name
		if n, err := strconv.Atoi(v.number); err == nil {
			last = max(last, n)
		}
	}
	return strings.Join(names, ", ") + " or 0 to " + strconv.Itoa(last)
}

// What a view shows behind the header block.
const (
	payloadOnly = false
	withHeaders = true
)

// block is a view of the header block and what show makes of bytes of the packet
// from a place on. Nothing at all is shown of nothing.
func block(headers bool, show func(v *Viewer, b, all []byte, from int) []byte) func(*Viewer, []byte, *Entry) []byte {
	return func(v *Viewer, b []byte, e *Entry) []byte {
		b = v.header(b, e)
		from := 0
		if !headers {
			from = len(e.Packet.IP) + len(e.Packet.Transport)
		}
		if from == len(e.Packet.All) {
			return b
		}
		return show(v, b, e.Packet.All, from)
	}
}
