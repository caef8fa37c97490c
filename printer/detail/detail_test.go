package detail

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
)

// entry decodes a packet.
func entry(t testing.TB, s headertest.Spec, sec, nsec int64) *Entry {
	t.Helper()
	pkt := s.Packet(sec, nsec)
	e := &Entry{Time: pkt.Time, Packet: new(header.Packet), Direction: stats.Send, Passage: 1}
	if !header.Decode(pkt, e.Packet) {
		t.Fatalf("%+v cannot be decoded", s)
	}
	return e
}

// TestSampleHeader is the sample of the header block, but for its times, which
// do not belong together there.
func TestSampleHeader(t *testing.T) {
	e := entry(t, headertest.Spec{
		Src: "10.0.2.15", Dst: "103.102.166.224", ID: 0xcb64, Protocol: header.ProtocolTCP,
		SrcPort: 50396, DstPort: 80, Seq: 3577694814, Ack: 68032002, Flags: header.ACK, Window: 29200, Padding: 6,
		Checksum: 0x1a70, // as captured, before the card filled it in
	}, 1735863240, 725_999_999)
	e.Passage = 2
	const want = `Time:           2025-01-03 00:14:00.7259 / 1735863240.7259, Passage number: 2
IP header:      Version: 4, IP header length: 20, Total length: 40, TTL: 64, IP protocol: TCP[6]
TCP header:     TCP header length: 20, Sequence: 3577694814, Acknowledgement: 68032002, Window: 29200, Flags: ['ACK']
TCP options:    -
Source:         IP: 10.0.2.15                 Port: 50396
Destination:    IP: 103.102.166.224           Port: 80
Direction:      SEND [ >>> ]
Data length:    0 byte
IP-H data:      45 00 00 28 cb 64 40 00 40 06 55 16 0a 00 02 0f 67 66 a6 e0 
TCP-H data:     c4 dc 00 50 d5 3f 4a 5e 04 0e 16 02 50 10 72 10 1a 70 00 00 

`
	for _, mode := range []Mode{Header, Text} { // TEXT shows nothing of no payload
		got := New(mode, Options{Location: time.UTC}).Append(nil, e)
		if string(got) != want {
			t.Errorf("mode %d\n got %q\nwant %q", mode, got, want)
		}
	}
}

// synOptions are those of an ordinary SYN: MSS, SACK permitted, time stamps, no
// operation, window scale.
var synOptions = []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7}

// TestSampleLine is the sample of the LINE view.
func TestSampleLine(t *testing.T) {
	when := time.Date(2025, 1, 2, 14, 55, 55, 724_700_000, time.UTC)
	e := entry(t, headertest.Spec{
		Src: "10.0.2.15", Dst: "151.101.129.140", Protocol: header.ProtocolTCP, SrcPort: 57910, DstPort: 80,
		Seq: 1165755664, Flags: header.SYN, Window: 29200, Options: synOptions,
	}, when.Unix(), int64(when.Nanosecond()))
	const want = "2025-01-02 14:55:55.7247, 1,  4, 20, 64, 60,      TCP, 40, 1165755664, 0, 29200,          ['SYN'],              0,      10.0.2.15:57910,         151.101.129.140:80,      SEND,          mss:1460;sack;nop;wscale:7\n"
	if got := New(Line, Options{Location: time.UTC}).Append(nil, e); string(got) != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// goldenPackets are shown in every mode. The payloads hold what could drive a
// terminal, and what is no UTF-8.
func goldenPackets(t testing.TB) []*Entry {
	text := []byte("GET /é HTTP/1.1\r\nX: \x1b[2J\x1b]0;x\x07\u009b31m\u202etxt\x7f\xff\xfe\n\ttab")
	specs := []headertest.Spec{
		{Src: "10.0.2.15", Dst: "151.101.129.140", Protocol: 6, SrcPort: 57910, DstPort: 80, Seq: 1, Ack: 2, Flags: header.PSH | header.ACK, Window: 500, Payload: text, ID: 7},
		{Src: "2001:db8::1", Dst: "2001:db8:1111:2222:3333:4444:5555:6666", Protocol: 6, SrcPort: 443, DstPort: 50000, Flags: 0xff, Options: synOptions, VLAN: []uint16{7}},
		{Src: "10.0.2.15", Dst: "8.8.8.8", Protocol: 17, SrcPort: 40000, DstPort: 53, Payload: make([]byte, 4), Link: capture.LinkLINUX_SLL},
		{Src: "fe80::1", Dst: "ff02::fb", Protocol: 17, SrcPort: 5353, DstPort: 5353, Payload: []byte("mdns"), Extensions: []uint8{0}, TTL: 255, Link: capture.LinkLINUX_SLL2},
		{Src: "10.0.2.15", Dst: "8.8.8.8", Protocol: 1, Type: 8, Payload: []byte("ping, not shown")},
		{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: 58, Type: 129, Code: 0, Payload: []byte("pong")},
		{Src: "10.0.2.15", Dst: "10.0.2.16", Protocol: 6, SrcPort: 1, DstPort: 2},
	}
	var all []*Entry
	for i, s := range specs {
		e := entry(t, s, 1735863240+int64(i), int64(i)*100_050_000)
		e.Direction, e.Passage = stats.Direction(i%3), uint64(i+1)
		all = append(all, e)
	}
	// Hits in the IP header, across both headers, in the payload twice.
	all[0].Hits = []filters.Range{{Start: 16, End: 22}, {Start: 40, End: 43}, {Start: 42, End: 46}, {Start: 60, End: 63}}
	return all
}

// modeNames are those of all views, as their golden files begin.
var modeNames = func() (names []string) {
	for _, m := range Modes() {
		names = append(names, strings.ToLower(m.Name()))
	}
	return names
}()

// TestGolden shows packets in every mode: for a file, with -v, for a terminal,
// with hits highlighted.
func TestGolden(t *testing.T) {
	for mode, name := range modeNames {
		for _, o := range []struct {
			suffix string
			Options
		}{
			{"", Options{}}, {"-v", Options{Verbose: true}}, {"-raw", Options{Raw: true}}, {"-terminal", Options{Terminal: true}}, {"-color", Options{Terminal: true, Color: true}},
		} {
			o.Location = time.UTC
			if o.Raw && Mode(mode) != Header {
				continue // it is about the header block, which is the same
			}
			v := New(Mode(mode), o.Options)
			var got []byte
			for _, e := range goldenPackets(t) {
				got = v.Append(got, e)
			}
			testenv.Golden(t, filepath.Join("testdata", name+o.suffix+".golden"), got)
		}
	}
}

// TestTerminalIsSafe: whatever the payload, a terminal gets nothing but text,
// line ends and tabs, and the colours of hits.
func TestTerminalIsSafe(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	for r := rune(0x80); r < 0x2100; r++ {
		all = append(all, string(r)...)
	}
	for _, payload := range [][]byte{all, []byte("\x1b[31m\x9b2J\xc2\x9b2J\u2028\u2066\U000e0041\ufeff"), []byte("\xc2"), []byte("\x1b")} {
		e := entry(t, headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 6, Payload: payload}, 0, 0)
		e.Hits = []filters.Range{{Start: 40, End: 41}, {Start: 66, End: 70}, {Start: 167, End: 169}, {Start: 300, End: 303}}
		for mode := range modeNames {
			for _, color := range []bool{false, true} {
				got := string(New(Mode(mode), Options{Location: time.UTC, Terminal: true, Color: color}).Append(nil, e))
				got = strings.ReplaceAll(strings.ReplaceAll(got, HighlightOn, ""), HighlightOff, "")
				if i := strings.IndexFunc(got, func(r rune) bool {
					return r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 || 0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
				}); i >= 0 {
					t.Errorf("%s shows %q", modeNames[mode], got[max(0, i-10):min(len(got), i+10)])
				}
			}
		}
	}
}

// TestFilesGetTheBytes: without a terminal BINARY is the payload itself, and
// TEXT all that is UTF-8 of it.
func TestFilesGetTheBytes(t *testing.T) {
	payload := "\x1b[31m\xff\x00é\r\n"
	e := entry(t, headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 6, Payload: []byte(payload)}, 0, 0)
	for mode, want := range map[Mode]string{
		Binary: payload, Text: "\x1b[31m\x00é\r\n", BinaryAll: string(e.Packet.All),
		Hex: "1b 5b 33 31 6d ff 00 c3 a9 0d 0a ", Base64: "G1szMW3/AMOpDQo=",
	} {
		got := string(New(mode, Options{Location: time.UTC}).Append(nil, e))
		_, got, _ = strings.Cut(got, "-H data:      45")
		_, got, _ = strings.Cut(got, "\n\n")
		if got != want+"\n\n" {
			t.Errorf("%s: %q, want %q and a blank line", modeNames[mode], got, want)
		}
	}
}

func TestViewsDoNotAllocate(t *testing.T) {
	entries := goldenPackets(t)
	for mode := range modeNames {
		for _, color := range []bool{false, true} {
			v := New(Mode(mode), Options{Location: time.UTC, Terminal: true, Color: color, Verbose: true})
			buf := make([]byte, 0, 64<<10)
			if n := testing.AllocsPerRun(20, func() {
				buf = buf[:0]
				for _, e := range entries {
					buf = v.Append(buf, e)
				}
			}); n > 0 {
				t.Errorf("%s, color %t: %v allocations for %d packets", modeNames[mode], color, n, len(entries))
			}
		}
	}
}

func BenchmarkViews(b *testing.B) {
	entries := goldenPackets(b)
	for mode, name := range modeNames {
		b.Run(name, func(b *testing.B) {
			v := New(Mode(mode), Options{Location: time.UTC})
			var buf []byte
			for b.Loop() {
				buf = v.Append(buf[:0], entries[0])
			}
		})
	}
}

// TestVisible: every character that is no text is shown by its number, in as many
// digits as its kind has, and text as it is.
func TestVisible(t *testing.T) {
	for r := range rune(utf8.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		want := string(r)
		switch {
		case r == '\n' || r == '\t':
		case r == 0x7f:
			want = "^?"
		case r < ' ':
			want = "^" + string(r+'@')
		case unicode.IsGraphic(r):
		case r <= 0xffff:
			want = fmt.Sprintf(`\u%04x`, r)
		default:
			want = fmt.Sprintf(`\U%08x`, r)
		}
		if got := string(AppendVisible(nil, []byte(string(r)))); got != want {
			t.Fatalf("%U is shown as %q, want %q", r, got, want)
		}
	}
	for c := 0x80; c <= 0xff; c++ {
		if got, want := string(AppendVisible(nil, []byte{byte(c), 'a'})), fmt.Sprintf(`\x%02xa`, c); got != want {
			t.Errorf("byte %#x is shown as %q, want %q", c, got, want)
		}
	}
}
