package screen

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecoder(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []Key
	}{
		{"aZ ~", []Key{'a', 'Z', ' ', '~'}},
		{"\x01\r\n\t\b\x7f", []Key{Ctrl('a'), Enter, Enter, Tab, Backspace, Backspace}},
		{"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F\x1b[Z", []Key{Up, Down, Right, Left, Home, End, BackTab}},
		{"\x1bOA\x1bOH\x1bOM", []Key{Up, Home, Enter}},
		{"\x1b[1~\x1b[3~\x1b[4~\x1b[5~\x1b[6~\x1b[7~\x1b[8~", []Key{Home, Delete, End, PageUp, PageDown, Home, End}},
		{"\x1b[1;5A\x1b[3;2~x", []Key{Up, Delete, 'x'}},
		{"\x1b[200~\x1b[99m\x1b[15~y", []Key{'y'}}, // nobody needs these
		{"\x1bx", []Key{Escape, 'x'}},
		{"\x1b\x1b[A", []Key{Escape, Up}},
		{"\x1b", []Key{Escape}},
		{"\x1b[1\rq", []Key{Enter, 'q'}},
		{"\xc3\xa9\xffq", []Key{'q'}},
		{"\x1b[" + strings.Repeat("1", 100) + "q", append(slices.Repeat([]Key{'1'}, 100-maxSequence+2-1), 'q')},
	} {
		var d Decoder
		got := d.Flush(d.Feed(nil, []byte(c.in)))
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzDecoder: however the bytes come, they are the same keys, and little is gathered.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte("q\x1b[A\x1b[3~\x1b\x1bO"), 3)
	f.Add([]byte("\x1b[1;5\x1b"), 1)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		var whole, parts Decoder
		want := whole.Flush(whole.Feed(nil, b))
		var got []Key
		for part := range slices.Chunk(b, max(n, 1)) {
			got = parts.Feed(got, part)
			if len(parts.sequence) > maxSequence+1 {
				t.Fatalf("%d bytes are gathered", len(parts.sequence))
			}
		}
		if got = parts.Flush(got); !slices.Equal(got, want) {
			t.Errorf("%q in parts of %d: %q, want %q", b, n, got, want)
		}
		e := NewEditor("")
		for _, k := range got {
			e.Press(k)
			if e.At < 0 || e.At > len(e.Text) || len(e.Text) > MaxLine {
				t.Fatalf("the cursor is at %d of %d", e.At, len(e.Text))
			}
		}
		if bytes.ContainsFunc(e.Text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("the line has %q", e.Text)
		}
	})
}

func TestEditor(t *testing.T) {
	for _, c := range []struct {
		keys []Key
		want string // with | for the cursor
	}{
		{[]Key{'a', 'b', Left, 'c'}, "ac|b"},
		{[]Key{'a', 'b', Home, Delete, End, 'x'}, "bx|"},
		{[]Key{'a', ' ', 'b', 'c', ' ', Ctrl('w')}, "a |"},
		{[]Key{'a', 'b', Left, Ctrl('k')}, "a|"},
		{[]Key{'a', 'b', Left, Ctrl('u')}, "|b"},
		{[]Key{Backspace, Delete, Left, Right, Ctrl('w'), Ctrl('k')}, "|"},
		{[]Key{'a', 'b', Ctrl('b'), Ctrl('b'), Ctrl('f'), Backspace}, "|b"},
	} {
		e := NewEditor("")
		for _, k := range c.keys {
			if !e.Press(k) {
				t.Errorf("%q: key %q does nothing", c.keys, k)
			}
		}
		if got := string(e.Text[:e.At]) + "|" + string(e.Text[e.At:]); got != c.want {
			t.Errorf("%q: %q, want %q", c.keys, got, c.want)
		}
	}
	e := NewEditor("udp po and x")
	e.At = 6
	if e.Replace(4, "port "); string(e.Text) != "udp port  and x" || e.At != 9 {
		t.Errorf("%q, cursor at %d", e.Text, e.At)
	}
	if e.Press(PageUp) || e.Press(Enter) || e.Press(Key('é')) {
		t.Error("a key that is none of a line does something")
	}
	e.Insert(strings.Repeat("x", 2*MaxLine))
	if len(e.Text) != MaxLine {
		t.Errorf("a line has %d characters", len(e.Text))
	}
}

// TestFrame: what has not changed is not drawn again.
func TestFrame(t *testing.T) {
	var f Frame
	draw := func(width, height int, lines ...Line) string {
		s := string(f.Append(nil, lines, width, height, -1, 0))
		s, begun := strings.CutPrefix(s, "\x1b[?2026h\x1b[?25l")
		s, ended := strings.CutSuffix(s, "\x1b[?2026l")
		if !begun || !ended {
			t.Errorf("%q is not drawn at once", s)
		}
		return s
	}
	const clean = "\x1b[0m\x1b[H\x1b[2J"
	for i, c := range []struct{ got, want string }{
		{draw(5, 3, Line{"a", Plain}, Line{"b", Bold}), clean + "\x1b[1;1Ha\x1b[K\x1b[2;1H\x1b[1mb\x1b[0m\x1b[K"},
		{draw(5, 3, Line{"a", Plain}, Line{"b", Bold}), ""},
		{draw(5, 3, Line{"a", Plain}, Line{"c", Reverse}), "\x1b[2;1H\x1b[7mc    \x1b[0m"},
		{draw(5, 3, Line{"abcdefg", Plain}), "\x1b[1;1Habcd…\x1b[2;1H\x1b[K"},
		{draw(3, 1, Line{"abcdefg", Plain}), clean + "\x1b[1;1Hab…"},
	} {
		if c.got != c.want {
			t.Errorf("%d: %q, want %q", i, c.got, c.want)
		}
	}
	f.Forget()
	if got, want := draw(3, 1, Line{"x", Plain}), clean+"\x1b[1;1Hx\x1b[K"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := string(f.Append(nil, []Line{{"x", Plain}}, 3, 1, 0, 7)); !strings.Contains(got, "\x1b[1;3H\x1b[?25h") {
		t.Errorf("the cursor is not shown: %q", got)
	}
}

func TestCut(t *testing.T) {
	for _, text := range []string{"", "a", "abc", "äöü", "aäb…", "████▏"} {
		for cells := range 7 {
			got := Cut(text, cells)
			n := utf8.RuneCountInString(text)
			if c := utf8.RuneCountInString(got); c != min(n, cells) || (n <= cells) != (got == text) || n > cells && cells > 0 && !strings.HasSuffix(got, "…") {
				t.Errorf("%q in %d cells: %q", text, cells, got)
			}
		}
	}
}
