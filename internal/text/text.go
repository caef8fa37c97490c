// Package text has what several packages write in the same form: what a user
// typed in quotes, headings and columns. It touches nothing but what it is given.
package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote puts text of the user into quotes: as it stands, or with escapes where
// it would not show so.
func Quote(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return `"` + s + `"`
	}
	return strconv.Quote(s)
}

// bannerWidth is how wide banners are, in columns.
const bannerWidth = 120

// AppendBanner appends three lines: title in the middle between two lines of
// stars.
func AppendBanner(b []byte, title string) []byte {
	left := (bannerWidth - len(title)) / 2
	b = append(b, strings.Repeat("*", bannerWidth)...)
	b = append(b, '\n')
	start := len(b)
	b = append(Pad(b, start, left), title...)
	b = append(Pad(b, start, bannerWidth), '\n')
	b = append(b, strings.Repeat("*", bannerWidth)...)
	return append(b, '\n')
}

// Pad appends blanks up to width bytes after start; none where b is longer.
func Pad(b []byte, start, width int) []byte {
	for len(b) < start+width {
		b = append(b, ' ')
	}
	return b
}
