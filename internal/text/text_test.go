package text

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"":         `""`,
		"tea":      `"tea"`,
		"é 東":      `"é 東"`,
		`a "b" \`:  `"a "b" \"`,
		"a\tb":     `"a\tb"`,
		"\x1b[1m":  `"\x1b[1m"`,
		"\xff":     `"\xff"`,
		"a\u200bb": `"a\u200bb"`,
	} {
		if got := Quote(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

func TestAppendBanner(t *testing.T) {
	stars := strings.Repeat("*", 120)
	for title, blanks := range map[string][2]int{"even": {58, 58}, "odd": {58, 59}, stars + "!": {0, 0}} {
		want := "x" + stars + "\n" + strings.Repeat(" ", blanks[0]) + title + strings.Repeat(" ", blanks[1]) + "\n" + stars + "\n"
		if got := string(AppendBanner([]byte("x"), title)); got != want {
			t.Errorf("%q:\n got %q\nwant %q", title, got, want)
		}
	}
}

func TestPad(t *testing.T) {
	for _, c := range []struct {
		text         string
		start, width int
		want         string
	}{
		{"ab", 0, 4, "ab  "},
		{"ab", 1, 4, "ab   "},
		{"abcd", 0, 4, "abcd"},
		{"abcde", 0, 4, "abcde"},
		{"ab", 2, 0, "ab"},
	} {
		if got := string(Pad([]byte(c.text), c.start, c.width)); got != c.want {
			t.Errorf("%q from %d, %d wide: %q, want %q", c.text, c.start, c.width, got, c.want)
		}
	}
}
