// Package text has what several packages write in the same form: what a user
// typed in quotes, and what they may have meant, headings and columns. It touches nothing but what it is given.
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

// Distance counts the insertions, deletions and replacements of bytes that
// lead from a to b.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 0; i < len(a); i++ {
		diag := row[0]
		row[0] = i + 1
		for j := 0; j < len(b); j++ {
			d := diag
			if a[i] != b[j] {
				d++
			}
			diag = row[j+1]
			row[j+1] = min(d, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}
