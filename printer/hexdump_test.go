package printer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// dumpBytes are n bytes of which many are text, line ends among them.
func dumpBytes(seed uint64, n int) []byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	const ends = "\r\n\t\r\r\n \x00\x1f\x20\x21\x7e\x7f\x80\xff"
	b := make([]byte, n)
	for i := range b {
		switch rnd.IntN(4) {
		case 0:
			b[i] = byte(rnd.Uint32())
		case 1:
			b[i] = ends[rnd.IntN(len(ends))]
		default:
			b[i] = byte(0x20 + rnd.IntN(0x60))
		}
	}
	return b
}

// plainHexDump is a dump put together the long way.
func plainHexDump(indent string, b []byte, offset int, text bool) string {
	var s strings.Builder
	for i := 0; i < len(b); i += 16 {
		row := b[i:min(i+16, len(b))]
		var hex strings.Builder
		column := make([]byte, 0, 16)
		for j, c := range row {
			if j%2 == 0 {
				hex.WriteByte(' ')
			}
			fmt.Fprintf(&hex, "%02x", c)
			if c <= ' ' || c > '~' {
				c = '.'
			}
			column = append(column, c)
		}
		fmt.Fprintf(&s, "%s0x%04x: ", indent, offset+i)
		if text {
			fmt.Fprintf(&s, "%-40s  %s", hex.String(), column)
		} else {
			s.WriteString(hex.String())
		}
	}
	return s.String()
}

func TestHexDump(t *testing.T) {
	p := New(Options{})
	for n := range 100 {
		for _, text := range []bool{false, true} {
			for _, offset := range []int{0, 0x30, 0xffe0, 0x12345670} {
				b := dumpBytes(uint64(n), n)
				p.out = nil
				p.dumpLines("\n\t  ", b, n, offset, text)
				if want := plainHexDump("\n\t  ", b, offset, text); string(p.out) != want {
					t.Fatalf("%d bytes at %#x, text %v:%s\nwant:%s", n, offset, text, p.out, want)
				}
			}
		}
	}
}

// TestDumpTextOfEveryByte has every byte at each of eight places.
func TestDumpTextOfEveryByte(t *testing.T) {
	p := New(Options{})
	for place := range 8 {
		for c := range 256 {
			b := bytes.Repeat([]byte{'a'}, 16)
			b[place] = byte(c)
			p.out = nil
			p.dumpLines("", b, len(b), 0, true)
			if want := plainHexDump("", b, 0, true); string(p.out) != want {
				t.Errorf("byte %#x at %d: %q, want %q", c, place, p.out, want)
			}
			p.out = nil
			p.asciiDump(b)
			if want := plainASCIIDump(b); string(p.out) != want {
				t.Errorf("byte %#x at %d as text: %q, want %q", c, place, p.out, want)
			}
		}
	}
}

// plainASCIIDump is asciiDump byte by byte.
func plainASCIIDump(b []byte) string {
	out := []byte{'\n'}
	for i, c := range b {
		switch {
		case c >= ' ' && c <= '~', c == '\t', c == '\n':
			out = append(out, c)
		case c != '\r':
			out = append(out, '.')
		case i+2 < len(b) && b[i+1] != '\n':
			out = append(out, '.')
		}
	}
	return string(out)
}

func TestASCIIDump(t *testing.T) {
	p := New(Options{})
	for seed := range uint64(2000) {
		b := dumpBytes(seed, int(seed%70))
		p.out = nil
		p.asciiDump(b)
		if want := plainASCIIDump(b); string(p.out) != want {
			t.Fatalf("%q: %q, want %q", b, p.out, want)
		}
	}
}

func BenchmarkDump(b *testing.B) {
	text := []byte(strings.Repeat("GET /index.html HTTP/1.1\r\nHost: www.example.net\r\n\r\n", 30)[:1460])
	random := make([]byte, 1460)
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range random {
		random[i] = byte(rnd.Uint32())
	}
	p := New(Options{})
	dumps := []struct {
		name string
		dump func([]byte)
	}{
		{"X", func(b []byte) { p.hexASCIIDump("\n\t", b, len(b)) }},
		{"x", func(b []byte) { p.hexDump("\n\t", b, len(b)) }},
		{"A", p.asciiDump},
	}
	for _, d := range dumps {
		for _, in := range []struct {
			name string
			data []byte
		}{{"random", random}, {"text", text}, {"short", random[:60]}} {
			b.Run(d.name+"/"+in.name, func(b *testing.B) {
				b.SetBytes(int64(len(in.data)))
				b.ReportAllocs()
				for b.Loop() {
					p.out = p.out[:0]
					d.dump(in.data)
				}
			})
		}
	}
}
