package cli

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/screen"
)

// fullPage is a page with more rows than any screen has.
func fullPage() *topPage {
	p := &topPage{
		title: "eth0", filter: "tcp port 80", seconds: 3725, total: stats.Row{Packets: 12345, Bytes: 6789012, Rate: 1500}, packetRate: 99,
		dropped: "3", interval: time.Second, state: topState{view: topOverview},
	}
	for i := range 64 {
		p.perPackets, p.perBytes = append(p.perPackets, uint64(i)), append(p.perBytes, uint64(64-i))
	}
	for i, name := range [...]string{"Protocols", "Hosts", "Services", "Conversations"} {
		s := topSection{name: name, unit: "bytes", all: 5000}
		for k := range 100 {
			s.rows = append(s.rows, stats.Row{Name: fmt.Sprintf("%s number %d %s", name, k, strings.Repeat("x", k)), Level: 1 + k%2, Packets: uint64(k), Bytes: uint64(1000 - k), Rate: float64(k)})
		}
		p.sections[i] = s
	}
	return p
}

// TestTopFits: a page has the lines and columns that there are, whatever it shows, and
// the cursor is within it.
func TestTopFits(t *testing.T) {
	states := map[string]topState{
		"overview": {view: topOverview}, "paused": {view: topOverview, paused: true}, "hosts": {view: topHosts, first: 99}, "help": {view: topOverview, help: true},
		"noted": {view: topProtocols, note: strings.Repeat("note ", 50)},
		"typed": {view: topOverview, editor: screen.NewEditor(strings.Repeat("a", 300)), below: []string{"wrong", "  a", "  ^", strings.Repeat("b", 300)}},
		"empty": {view: topOverview, editor: screen.NewEditor("")},
	}
	for name, st := range states {
		for _, p := range []*topPage{fullPage(), {state: topState{view: topOverview}}} {
			p.state = st
			for width := 1; width < 230; width += 1 + width/6 {
				for height := 1; height < 80; height += 1 + height/8 {
					lines, row, column := p.lines(width, height)
					if len(lines) != height {
						t.Fatalf("%s, %dx%d: %d lines", name, width, height, len(lines))
					}
					if st.editor != nil && (row != height-1 || column < 0 || width > 10 && column >= width) || st.editor == nil && row >= 0 {
						t.Errorf("%s, %dx%d: the cursor is at %d, %d", name, width, height, row, column)
					}
					for _, line := range lines {
						if strings.ContainsFunc(line.Text, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
							t.Errorf("%s: %q", name, line.Text)
						}
					}
				}
			}
		}
	}
}

// TestTopShares: where there is room, each section has its share, and what one does not
// need the others have.
func TestTopShares(t *testing.T) {
	p := fullPage()
	p.sections[topProtocols].rows = p.sections[topProtocols].rows[:3]
	for _, c := range []struct {
		width, height int
		want          [topSections]int // rows
	}{
		{80, 24, [...]int{3, 4, 4, 4}},
		{40, 10, [...]int{2, 1, 0, 0}},
		{200, 60, [...]int{3, 50, 27, 26}},
		{80, 8, [...]int{2, 1, 0, 0}},
	} {
		lines, _, _ := p.lines(c.width, c.height)
		var text strings.Builder
		for _, line := range lines {
			text.WriteString(line.Text + "\n")
		}
		for i, name := range [...]string{"Protocols", "Hosts", "Services", "Conversations"} {
			if got := strings.Count(text.String(), name+" number"); got != c.want[i] {
				t.Errorf("%dx%d: %d rows of %s, want %d\n%s", c.width, c.height, got, name, c.want[i], &text)
			}
		}
	}
}

// TestPlainText: what comes from elsewhere takes one cell a character, and moves no
// cursor.
func TestPlainText(t *testing.T) {
	for text, want := range map[string]string{
		"eth0": "eth0", "a\x1b[2Jb": "a^[[2Jb", "é世\u202e\x9b": "", "a\tb": "",
	} {
		got := plainText(text)
		if want != "" && got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q: %q", text, got)
		}
	}
}
