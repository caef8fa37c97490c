package printer

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// testColors give each part a colour that says which it is.
func testColors(flows bool) *Colors {
	c := &Colors{}
	for i := range c.Of {
		c.Of[i] = "38;5;" + string(appendUint(nil, uint64(100+i)))
	}
	if flows {
		c.Flows = []string{"31", "32", "33"}
	}
	return c
}

// ourSequences are those that testColors and the tests' highlights have.
var ourSequences = regexp.MustCompile(`\x1b\[(38;5;1\d\d|3[1-3]|7|0)m`)

// checkColored compares coloured lines with those without colours: taking out the
// sequences leaves those, and each is ended in its line.
func checkColored(t *testing.T, where, got, want string) {
	t.Helper()
	if ourSequences.ReplaceAllString(got, "") != ourSequences.ReplaceAllString(want, "") {
		t.Fatalf("%s:\n%q\nwant, but for colours:\n%q", where, got, want)
	}
	if strings.Contains(want, "\x1b[") {
		return // of the packet; what the pairs are cannot be told
	}
	for line := range strings.Lines(got) {
		on := false
		for _, s := range ourSequences.FindAllString(line, -1) {
			if begins := s != colorOff; begins == on {
				t.Fatalf("%s: sequences are no pairs: %q", where, line)
			}
			on = !on
		}
		if on {
			t.Fatalf("%s: a colour crosses the end of a line: %q", where, line)
		}
	}
}

// colorFlags are options beside those that packet files name.
var colorFlags = []string{"-n", "-nq", "-ne", "-nvvv", "-nevvXX", "-nx", "-nAt", "-ntttt", "-vvve"}

// TestColors: in all packets we have, colours add sequences that end in their line, and
// nothing else, on one core and on several, also where lines are made visible.
func TestColors(t *testing.T) {
	note := []byte(" [retransmission]")
	for _, path := range packetFiles(t, "*") {
		pf := loadPackets(t, path)
		for n, flags := range append(pf.flags[:len(pf.flags):len(pf.flags)], colorFlags...) {
			escapes := []func([]byte, int) []byte{nil, widen}
			if n >= len(pf.flags) { // one of them, each time another
				escapes = escapes[n%2:][:1]
			}
			for _, escape := range escapes {
				o := testOptions(t, flags)
				o.Escape = escape
				colored := o
				colored.Colors = testColors(len(flags)%2 == 0)
				plain, lit, pooled := New(o), New(colored), new(bytes.Buffer)
				pool := NewPool(colored, 2, func(b []byte) error { pooled.Write(b); return nil })
				var all []byte
				for i := range pf.packets {
					pkt := &pf.packets[i]
					want := string(plain.PrintNoted(nil, pkt, note))
					start := len(all)
					all = lit.PrintNoted(all, pkt, note)
					checkColored(t, pf.name+" "+flags, string(all[start:]), want)
					if err := pool.AddNoted(pkt, note); err != nil {
						t.Fatal(err)
					}
				}
				if err := pool.Close(); err != nil {
					t.Fatal(err)
				}
				if pooled.String() != string(all) {
					t.Fatalf("%s %s: several cores print\n%s\none prints\n%s", pf.name, flags, pooled, all)
				}
			}
		}
	}
}

// widen doubles bytes that are no letters, as an Escape that moves everything.
func widen(b []byte, from int) []byte {
	text := bytes.Clone(b[from:])
	b = b[:from]
	for _, c := range text {
		if b = append(b, c); c == ' ' || c == '.' {
			b = append(b, c)
		}
	}
	return b
}

// TestColorParts: what each part is, in all packets we have.
func TestColorParts(t *testing.T) {
	want := [Parts]*regexp.Regexp{
		PartTime:      regexp.MustCompile(`^(\d\d:\d\d:\d\d\.\d{6}|\[timestamp overflow\])$`),
		PartInterface: regexp.MustCompile(`^(\?( +(In|Out|B|M|P|\?))?|In|Out|B|M|P|\?)$`),
		PartProtocol:  regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./ ()-]+$|^802\.`),
		PartAddress:   regexp.MustCompile(`^[0-9a-f:.]+$`),
		PartPort:      regexp.MustCompile(`^\d+$`),
		PartStation:   regexp.MustCompile(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`),
		PartSYN:       regexp.MustCompile(`^S[P.UEWe]*$`),
		PartFIN:       regexp.MustCompile(`^FS?[P.UEWe]*$`),
		PartRST:       regexp.MustCompile(`^F?S?R[P.UEWe]*$`),
		PartPush:      regexp.MustCompile(`^P[.UEWe]*$`),
		PartACK:       regexp.MustCompile(`^(none|[.UEWe]+)$`),
		PartNote:      regexp.MustCompile(`^\[retransmission\]$`),
		PartWrong: regexp.MustCompile(`^(\[\|[^\]]*\]|\(invalid\)|bad cksum .*!|\(wrong icmp cksum .*\)|\[bad .*|\(incorrect -> 0x[0-9a-f]{4}\)` +
			`|\[|(\[|\t)[^]]* \d+ [^ ]+ \d+\]|\[nested too deeply\]|\[too much to print\]|tcp \d+ \[bad hdr length .*\]|\[Invalid header: .*\])$`), // one has a line end behind its bracket
		PartOffset: regexp.MustCompile(`^0x[0-9a-f]{4,}:$`),
	}
	var seen [Parts]bool
	part := regexp.MustCompile(`\x1b\[38;5;1(\d\d)m([^\x1b]*)\x1b\[0m`)
	for _, path := range packetFiles(t, "*") {
		pf := loadPackets(t, path)
		o := testOptions(t, "-nevvX")
		o.TimeFormat, o.Colors = 0, testColors(false)
		p := New(o)
		for i := range pf.packets {
			out := p.PrintNoted(nil, &pf.packets[i], []byte(" [retransmission]"))
			for _, m := range part.FindAllSubmatch(out, -1) {
				n, err := strconv.Atoi(string(m[1]))
				if err != nil || !want[n].Match(m[2]) {
					t.Errorf("%s, packet %d: part %d is %q", pf.name, i, n, m[2])
				}
				seen[n] = true
			}
		}
	}
	for n, seen := range seen {
		if !seen {
			t.Errorf("no packet has part %d", n)
		}
	}
}

// TestColorsHighlighted: what is highlighted covers parts.
func TestColorsHighlighted(t *testing.T) {
	for _, path := range packetFiles(t, "[a-t]*") {
		pf := loadPackets(t, path)
		for _, flags := range []string{"-n", "-nX", "-nxx", "-nA", "-nvve"} {
			o := testOptions(t, flags)
			plain := New(o)
			o.Colors = testColors(false)
			lit := New(o)
			for i := range pf.packets {
				h := Highlight{On: "\x1b[7m", Off: "\x1b[0m", Text: findAll("1"), Bytes: []Range{{i, i + 9}}}
				want := string(plain.PrintHighlighted(nil, &pf.packets[i], &h))
				checkColored(t, pf.name+" "+flags, string(lit.PrintHighlighted(nil, &pf.packets[i], &h)), ourSequences.ReplaceAllString(want, ""))
			}
		}
	}
}

// TestColorAllocations: colours allocate nothing once all is warm.
func TestColorAllocations(t *testing.T) {
	for _, path := range packetFiles(t, "*") {
		pf := loadPackets(t, path)
		for _, flags := range []string{"-n", "-nvvveXX"} {
			o := testOptions(t, flags)
			o.Colors = testColors(true)
			p := New(o)
			var out []byte
			run := func() {
				for i := range pf.packets {
					out = p.Print(out[:0], &pf.packets[i])
				}
			}
			run()
			if n := testing.AllocsPerRun(1, run); n != 0 {
				t.Errorf("%s %s: %v allocations, want none", pf.name, flags, n)
			}
		}
	}
}
