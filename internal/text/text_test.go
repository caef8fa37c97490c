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

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"eth0", "", 4}, {"eth0", "eth1", 1}, {"eth0", "teh0", 2}, {"wlan0", "wlp2s0", 3}, {"enp1s0", "ens1p0", 2}} {
		if got := Distance(test.a, test.b); got != test.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := Distance(test.b, test.a); got != test.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
