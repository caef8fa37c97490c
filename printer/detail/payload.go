package detail

import (
	"cmp"
	"encoding/base64"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/tapdump/tapdump/filters"
)

const hexDigits = "0123456789abcdef"

// The highlighting of hits: bold red, as grep has it.
const (
	HighlightOn  = "\x1b[1;31m"
	HighlightOff = "\x1b[0m"
)

// sortHits keeps hits for the packet at hand, when they are to be seen.
func (v *Viewer) sortHits(hits []filters.Range) {
	v.hits = v.hits[:0]
	if !v.opts.Color {
		return
	}
	v.hits = append(v.hits, hits...)
	slices.SortFunc(v.hits, func(a, b filters.Range) int { return cmp.Compare(a.Start, b.Start) })
	kept := v.hits[:0]
	for _, h := range v.hits {
		if last := len(kept) - 1; last >= 0 && h.Start <= kept[last].End {
			kept[last].End = max(kept[last].End, h.End)
			continue
		}
		kept = append(kept, h)
	}
	v.hits = kept
}

// pieces calls show with the parts of all[from:to] that are hits and that are
// not, in turn; each begins at start.
func (v *Viewer) pieces(b []byte, from, to int, show func(b []byte, start, end int) []byte) []byte {
	for _, h := range v.hits {
		start, end := max(h.Start, from), min(h.End, to)
		if start >= end {
			continue
		}
		if start > from {
			b = show(b, from, start)
		}
		b = append(show(append(b, HighlightOn...), start, end), HighlightOff...)
		from = end
	}
	if from < to {
		b = show(b, from, to)
	}
	return b
}

// hexBytes appends all[from:to] as two digits and a blank for each byte.
func (v *Viewer) hexBytes(b, all []byte, from, to int) []byte {
	if len(v.hits) == 0 {
		return appendHex(b, all[from:to])
	}
	return v.pieces(b, from, to, func(b []byte, start, end int) []byte { return appendHex(b, all[start:end]) })
}

func appendHex(b, data []byte) []byte {
	for _, c := range data {
		b = append(b, hexDigits[c>>4], hexDigits[c&15], ' ')
	}
	return b
}

// blankLine ends a payload.
const blankLine = "\n\n"

// plainText appends what of all[from:] is text, if not all of it is zero.
func (v *Viewer) plainText(b, all []byte, from int) []byte {
	if isZero(all[from:]) {
		return b
	}
	return append(v.textBytes(b, all, from, appendText, visibleText), blankLine...)
}

// binary appends all[from:] as it stands, or visible for a terminal.
func (v *Viewer) binary(b, all []byte, from int) []byte {
	return append(v.textBytes(b, all, from, appendRaw, AppendVisible), blankLine...)
}

// hexDump appends all[from:] in hexadecimal digits.
func (v *Viewer) hexDump(b, all []byte, from int) []byte {
	return append(v.hexBytes(b, all, from, len(all)), blankLine...)
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// textBytes appends all[from:]: by visible for a terminal, else by plain.
func (v *Viewer) textBytes(b, all []byte, from int, plain, visible func(b, data []byte) []byte) []byte {
	show := plain
	if v.opts.Terminal {
		show = visible
	}
	if len(v.hits) == 0 {
		return show(b, all[from:])
	}
	v.widenHits(all)
	return v.pieces(b, from, len(all), func(b []byte, start, end int) []byte { return show(b, all[start:end]) })
}

// widenHits makes hits begin and end between characters, so that none is cut in
// two.
func (v *Viewer) widenHits(all []byte) {
	inside := func(i int) bool { return 0 < i && i < len(all) && !utf8.RuneStart(all[i]) }
	for i := range v.hits {
		h := &v.hits[i]
		for n := 1; n < utf8.UTFMax && inside(h.Start); n++ {
			h.Start--
		}
		for n := 1; n < utf8.UTFMax && inside(h.End); n++ {
			h.End++
		}
	}
}

func appendRaw(b, data []byte) []byte { return append(b, data...) }

// appendText appends what of data is UTF-8.
func appendText(b, data []byte) []byte {
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r != utf8.RuneError || n > 1 {
			b = append(b, data[:n]...)
		}
		data = data[n:]
	}
	return b
}

// visibleText is appendText with control characters made visible.
func visibleText(b, data []byte) []byte { return appendVisible(b, data, false) }

// AppendVisible appends text so that it cannot drive a terminal: a control
// character other than line feed and tab as ^X, one that is not ASCII or that
// changes the order of others as \u and four digits, and bytes that are no text
// as \x and two digits.
func AppendVisible(b, data []byte) []byte { return appendVisible(b, data, true) }

// MakeVisible is b with what is in it from a place on as AppendVisible has it.
// Where that changes nothing, as nearly always, it costs next to nothing.
func MakeVisible(b []byte, from int) []byte {
	if isPlain(b[from:]) {
		return b
	}
	return AppendVisible(b[:from:from], b[from:])
}

// isPlain reports whether b holds only ASCII that a terminal shows.
func isPlain(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// appendVisible is AppendVisible, with or without the bytes that are no text.
func appendVisible(b, data []byte, bytes bool) []byte {
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			if bytes {
				b = append(b, '\\', 'x', hexDigits[data[0]>>4], hexDigits[data[0]&15])
			}
		case r == '\n', r == '\t', ' ' <= r && r < 0x7f:
			b = append(b, byte(r))
		case r <= 0x7f:
			b = append(b, '^', byte(r)^0x40)
		case unicode.IsGraphic(r):
			b = append(b, data[:n]...)
		case r <= 0xffff:
			b = append(b, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			b = append(b, '\\', 'U', '0', '0', hexDigits[r>>20&15], hexDigits[r>>16&15],
				hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		data = data[n:]
	}
	return b
}

// base64 appends all[from:] in base64 (RFC 4648). A hit lights up all characters
// that hold bits of it.
func (v *Viewer) base64(b, all []byte, from int) []byte {
	data := all[from:]
	if len(v.hits) == 0 {
		return append(base64.StdEncoding.AppendEncode(b, data), blankLine...)
	}
	v.text = base64.StdEncoding.AppendEncode(v.text[:0], data)
	last := 0
	for _, h := range v.hits {
		start, end := max(h.Start-from, 0), min(h.End-from, len(data))
		if start >= end {
			continue
		}
		first, behind := max(start*8/6, last), (end*8+5)/6
		if first >= behind {
			continue
		}
		b = append(append(b, v.text[last:first]...), HighlightOn...)
		b = append(append(b, v.text[first:behind]...), HighlightOff...)
		last = behind
	}
	return append(append(b, v.text[last:]...), blankLine...)
}
