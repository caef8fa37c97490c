package printer

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// findAll highlights word in the lines.
func findAll(word string) func([]Range, []byte) []Range {
	return func(dst []Range, text []byte) []Range {
		for at := 0; ; {
			i := bytes.Index(text[at:], []byte(word))
			if i < 0 {
				return dst
			}
			dst = append(dst, Range{at + i, at + i + len(word)})
			at += i + len(word)
		}
	}
}

// TestHighlight: the link type is one that is not decoded, so that the lines are
// a mark and two dumps; only the second is of -x, -X or -A.
func TestHighlight(t *testing.T) {
	const unsupported = capture.LinkType(150)
	data := []byte("GET / HTTP/1.1\r\nHost: a\r\n")
	for _, c := range []struct {
		flags string
		bytes []Range
		text  string
		want  []string // the last lines
	}{
		{"-nx", nil, "", []string{
			"\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a",
			"\t0x0010:  486f 7374 3a20 610d 0a"}},
		{"-nx", []Range{{1, 4}, {7, 8}, {24, 25}}, "", []string{
			"\t0x0000:  47<45> <5420> 2f20 48<54> 5450 2f31 2e31 0d0a",
			"\t0x0010:  486f 7374 3a20 610d <0a>"}},
		{"-nX", []Range{{14, 18}, {17, 20}}, "", []string{
			"\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 <0d0a>  GET./.HTTP/1.1<..>",
			"\t0x0010:  <486f> <7374> 3a20 610d 0a                   <Host>:.a.."}},
		{"-nX", []Range{{-5, 1}, {23, 99}}, "", []string{
			"\t0x0000:  <47>45 5420 2f20 4854 5450 2f31 2e31 0d0a  <G>ET./.HTTP/1.1..",
			"\t0x0010:  486f 7374 3a20 61<0d> <0a>                   Host:.a<..>"}},
		{"-nA", []Range{{14, 18}, {0, 3}}, "", []string{"<GET> / HTTP/1.1<>", "<Ho>st: a", ""}},
		{"-n", nil, "UNSUPPORTED\n", []string{"<UNSUPPORTED>", "<>\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET./.HTTP/1.1..",
			"\t0x0010:  486f 7374 3a20 610d 0a                   Host:.a.."}},
		{"-nx", nil, "HTTP", []string{"\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET./.<HTTP>/1.1..",
			"\t0x0010:  486f 7374 3a20 610d 0a                   Host:.a..",
			"\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a",
			"\t0x0010:  486f 7374 3a20 610d 0a"}},
	} {
		h := &Highlight{On: "<", Off: ">", Bytes: c.bytes}
		if c.text != "" {
			h.Text = findAll(c.text)
		}
		pkt := capture.Packet{Data: data, Length: uint32(len(data)), LinkType: unsupported}
		got := string(New(testOptions(t, c.flags)).PrintHighlighted(nil, &pkt, h))
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		if last := lines[max(0, len(lines)-len(c.want)):]; strings.Join(last, "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s, bytes %v, text %q:\n%s\nwant:\n%s", c.flags, c.bytes, c.text, strings.Join(last, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestHighlightedLines: but for the marks, what is printed is what Print prints,
// and each line's marks are pairs.
func TestHighlightedLines(t *testing.T) {
	strip := strings.NewReplacer("\x01", "", "\x02", "")
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, path := range packetFiles(t, "[a-h]*") {
		pf := loadPackets(t, path)
		for _, flags := range []string{"-n", "-nx", "-nxx", "-nX", "-nXX", "-nA", "-nAA", "-nvvX"} {
			plain, lit := New(testOptions(t, flags)), New(testOptions(t, flags))
			for i := range pf.packets {
				pkt := &pf.packets[i]
				h := Highlight{On: "\x01", Off: "\x02", Text: findAll("0")}
				for range rnd.IntN(4) {
					at := rnd.IntN(len(pkt.Data) + 1)
					h.Bytes = append(h.Bytes, Range{at, at + rnd.IntN(20)})
				}
				want := string(plain.Print(nil, pkt))
				got := string(lit.PrintHighlighted(nil, pkt, &h))
				if strip.Replace(got) != want {
					t.Fatalf("%s, %s, packet %d, %v:\n%q\nwant:\n%q", pf.name, flags, i, h.Bytes, got, want)
				}
				for line := range strings.Lines(got) {
					on := false
					for _, c := range line {
						if c == '\x01' && on || c == '\x02' && !on {
							t.Fatalf("%s, %s, packet %d: marks are no pairs: %q", pf.name, flags, i, line)
						}
						on = c == '\x01' || on && c != '\x02'
					}
					if on {
						t.Fatalf("%s, %s, packet %d: a mark crosses the end of a line: %q", pf.name, flags, i, line)
					}
				}
			}
		}
	}
}

// TestHighlightAllocations: highlighting allocates nothing once all is warm.
func TestHighlightAllocations(t *testing.T) {
	data := bytes.Repeat([]byte("GET / HTTP/1.1\r\n"), 20)
	pkt := capture.Packet{Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
	h := Highlight{On: "<", Off: ">", Bytes: []Range{{3, 20}}, Text: func(dst []Range, text []byte) []Range {
		return append(dst, Range{0, min(4, len(text))})
	}}
	for _, flags := range []string{"-nx", "-nX", "-nA"} {
		p := New(testOptions(t, flags))
		var out []byte
		run := func() { out = p.PrintHighlighted(out[:0], &pkt, &h) }
		run()
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%s: %v allocations, want none", flags, n)
		}
	}
}
