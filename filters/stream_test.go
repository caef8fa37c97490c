package filters

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/recent"
	"github.com/tapdump/tapdump/internal/segments"
)

// sent is a segment of a test: its sequence number, payload, flags.
type sent struct {
	seq   uint32
	data  string
	flags uint8
}

// show returns which segments of one direction pass a search.
func show(t testing.TB, find string, mode FindMode, segments []sent) string {
	t.Helper()
	f, err := NewFind(find, mode)
	if err != nil {
		t.Fatal(err)
	}
	filter := New(Config{Protocols: TCP, Find: f, Stream: true})
	var passed strings.Builder
	for i, s := range segments {
		if filter.Match(headertest.Decode(t, headertest.Spec{SrcPort: 1000, DstPort: 80, Seq: s.seq, Flags: s.flags, Payload: []byte(s.data)})) {
			fmt.Fprint(&passed, i)
		}
	}
	return passed.String()
}

func TestStream(t *testing.T) {
	const wrap = 0xfffffffd
	for _, c := range []struct {
		name, find string
		mode       FindMode
		segments   []sent
		want       string // numbers of the segments shown
	}{
		{"in one segment", "secret", FindRegexp, []sent{{1, "a secret", 0}, {9, "more", 0}}, "0"},
		{"split in two", "secret", FindRegexp, []sent{{1, "a sec", 0}, {6, "ret!", 0}, {10, "x", 0}}, "1"},
		{"split in many", "secret", FindLiteral, []sent{{1, "s", 0}, {2, "e", 0}, {3, "c", 0}, {4, "r", 0}, {5, "e", 0}, {6, "t", 0}, {7, "t", 0}}, "5"},
		{"a pattern", "user=[a-z]+;", FindRegexp, []sent{{1, "us", 0}, {3, "er=an", 0}, {8, "na; user=b", 0}, {18, "ob;", 0}}, "23"},
		{"case", "secret", FindRegexp, []sent{{1, "SEC", 0}, {4, "RET", 0}}, "1"},
		{"out of order", "secret", FindRegexp, []sent{{1, "a ", 0}, {6, "ret", 0}, {3, "sec", 0}}, "2"},
		{"three out of order", "secret", FindRegexp, []sent{{1, "-", 0}, {6, "et", 0}, {4, "cr", 0}, {2, "se", 0}}, "3"},
		{"sent again", "secret", FindRegexp, []sent{{1, "secret", 0}, {1, "secret", 0}}, "0"},
		{"sent again with more", "secret", FindRegexp, []sent{{1, "a sec", 0}, {1, "a secret", 0}}, "1"},
		{"held and sent again", "secret", FindRegexp, []sent{{1, "a", 0}, {5, "ret", 0}, {5, "ret", 0}, {2, "sec", 0}}, "3"},
		{"numbers that wrap", "secret", FindRegexp, []sent{{wrap, "sec", 0}, {0, "ret", 0}}, "1"},
		{"from SYN", "^sec", FindRegexp, []sent{{9, "", header.SYN}, {10, "se", 0}, {12, "c", 0}, {13, "sec", 0}}, "2"},
		{"first data out of order", "secret", FindRegexp, []sent{{9, "", header.SYN}, {13, "ret", 0}, {10, "sec", 0}}, "2"},
		{"a new connection", "secret", FindRegexp, []sent{{1, "sec", 0}, {500, "", header.SYN}, {501, "ret", 0}}, ""},
		{"after RST", "secret", FindRegexp, []sent{{1, "sec", 0}, {4, "", header.RST}, {4, "ret", 0}}, ""},
		{"FIN with data", "secret", FindRegexp, []sent{{1, "sec", 0}, {4, "ret", header.FIN}}, "1"},
		{"lost for good", "secret", FindRegexp, []sent{{1, "sec", 0}, {1 << 20, "secret", 0}, {1<<20 + 6, "secret", 0}}, "12"},
		{"not across a hole", "secret", FindRegexp, []sent{{1, "sec", 0}, {1 << 20, "ret", 0}}, ""},
		{"word ends later", `secret\b`, FindRegexp, []sent{{1, "secret", 0}, {7, "s", 0}}, "0"},
		{"looks back", `\bcret`, FindRegexp, []sent{{1, "se", 0}, {3, "cret", 0}}, ""},
		{"two hits", "ab", FindRegexp, []sent{{1, "xa", 0}, {3, "ba", 0}, {5, "b", 0}, {6, "b", 0}}, "12"},
	} {
		if got := show(t, c.find, c.mode, c.segments); got != c.want {
			t.Errorf("%s: segments %q are shown, want %q", c.name, got, c.want)
		}
	}
}

// TestStreamCut: payload that was not captured whole is a hole of its length, and
// no more is left out than that.
func TestStreamCut(t *testing.T) {
	type part struct {
		seq      uint32
		data     string
		captured int
	}
	for _, c := range []struct {
		name, find string
		segments   []part
		want       string
	}{
		{"before the cut", "sec", []part{{1, "a sec----", 5}}, "0"},
		{"not across it", "secret", []part{{1, "a secxxx", 5}, {9, "ret", 3}}, ""},
		{"behind it", "secret", []part{{1, "a secxxx", 5}, {9, "secret", 6}}, "1"},
		{"in what follows only", "ret", []part{{1, "xxxx", 0}, {5, "ret", 3}}, "1"},
		{"sent again longer", "secret", []part{{1, "a sec", 5}, {1, "a secret", 8}}, "1"},
		{"sent again in part", "secret", []part{{1, "-----", 5}, {2, "----xxx", 2}, {9, "secret", 6}}, "2"},
		{"sent again, cut within", "secret", []part{{1, "-----", 5}, {3, "---xxx", 5}, {9, "secret", 6}}, "2"},
		{"sent again, cut before what is new", "secret", []part{{1, "------", 6}, {1, "------sec", 2}, {10, "secret", 6}}, "2"},
		{"the end of it", "secret", []part{{1, "------", 6}, {1, "------sec", 8}, {10, "ret", 3}}, ""},
		{"held, then sent again cut", "secret", []part{{1, "-", 1}, {10, "a secret", 8}, {10, "a secret", 3}, {18, "secret", 6}}, "23"},
		{"held, then one that begins within", "secret", []part{{1, "-", 1}, {10, "a sec", 5}, {13, "ecret", 2}, {18, "secret", 6}}, "3"},
		{"held, then one far before is cut", "secret", []part{{1, "-", 1}, {10, "secret", 6}, {4, "-----x", 5}}, "2"},
		{"numbers that wrap", "secret", []part{{0xfffffff0, "-", 1}, {0xfffffffe, "secret", 6}, {0xfffffffe, "secret", 1}}, "2"},
	} {
		f, err := NewFind(c.find, FindRegexp)
		if err != nil {
			t.Fatal(err)
		}
		filter := New(Config{Protocols: TCP, Find: f, Stream: true})
		shown := ""
		for i, s := range c.segments {
			p := headertest.Decode(t, headertest.Spec{SrcPort: 1000, DstPort: 80, Seq: s.seq, Payload: []byte(s.data)})
			p.Payload = p.Payload[:s.captured]
			if filter.Match(p) {
				shown += fmt.Sprint(i)
			}
		}
		if shown != c.want {
			t.Errorf("%s: segments %q are shown, want %q", c.name, shown, c.want)
		}
	}
}

// TestStreamHeld: what waits is counted, once, and no more waits than may.
func TestStreamHeld(t *testing.T) {
	f, err := NewFind("secret", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	s := newStreams(f)
	add := func(seq uint32, n int) {
		s.add(headertest.Decode(t, headertest.Spec{SrcPort: 1000, DstPort: 80, Seq: seq, Payload: make([]byte, n)}))
	}
	held := func(when string, n, bytes int, gaps uint64) {
		t.Helper()
		const each = 64 // beside its payload
		for _, st := range s.flows {
			wait := st.segments.Held()
			used := streamBytes + cap(st.tail) + wait
			if wait != each*n+bytes || s.used != used || s.gaps != gaps {
				t.Errorf("%s: %d bytes wait, %d are used, %d gaps; want %d segments of %d bytes, %d, %d",
					when, wait, s.used, s.gaps, n, bytes, used, gaps)
			}
		}
	}
	add(1, 10)
	held("nothing is missing", 0, 0, 0)
	add(100, 50)
	add(100, 50)
	held("the same again", 1, 50, 0)
	add(100, 40)
	held("less of it", 1, 50, 0)
	add(100, 60)
	held("more of it", 2, 110, 0)
	add(11, 89)
	held("the gap is closed", 0, 0, 0)
	// next is 160.
	for i := range segments.MaxSegments {
		add(uint32(200+2*i), 1)
	}
	held("as many as may", segments.MaxSegments, segments.MaxSegments, 0)
	add(400, 1)
	held("one more", 0, 0, 1)
	add(500, segments.MaxHeld/2)
	add(40_000, segments.MaxHeld/2)
	held("as much as may", 2, segments.MaxHeld, 1)
	add(39_999, 1)
	held("a byte more", 0, 0, 2)
	// next is 40,000 + segments.MaxHeld / 2.
	const next = 40_000 + segments.MaxHeld/2
	add(next+segments.MaxHeld, 1)
	held("as far ahead as may", 1, 1, 2)
	add(next+segments.MaxHeld+1, 1)
	held("farther", 0, 0, 3)
}

// TestStreamTail: hits as far back as is kept are found, those that begin before
// that are not.
func TestStreamTail(t *testing.T) {
	for n, want := range map[int]string{maxTail - 1: "1", maxTail: "1", maxTail + 1: ""} {
		if got := show(t, "x-*y", FindRegexp, []sent{{1, "x" + strings.Repeat("-", n-1), 0}, {uint32(1 + n), "y", 0}}); got != want {
			t.Errorf("%d bytes before the segment: %q, want %q", n, got, want)
		}
	}
}

// TestStreamDirections: both directions, and connections, are apart.
func TestStreamDirections(t *testing.T) {
	f, err := NewFind("secret", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	filter := New(Config{Protocols: AllProtocols, Find: f, Stream: true})
	for i, s := range []headertest.Spec{
		{Src: "192.0.2.1", Dst: "192.0.2.2", SrcPort: 1, DstPort: 2, Seq: 1, Payload: []byte("sec")},
		{Src: "192.0.2.2", Dst: "192.0.2.1", SrcPort: 2, DstPort: 1, Seq: 4, Payload: []byte("ret")},
		{Src: "192.0.2.1", Dst: "192.0.2.2", SrcPort: 1, DstPort: 3, Seq: 4, Payload: []byte("ret")},
		{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 17, SrcPort: 1, DstPort: 2, Payload: []byte("ret")},
	} {
		if filter.Match(headertest.Decode(t, s)) {
			t.Errorf("packet %d is shown", i)
		}
	}
	if !filter.Match(headertest.Decode(t, headertest.Spec{Protocol: 17, Payload: []byte("a secret")})) {
		t.Error("a datagram with a hit is not shown")
	}
}

// TestStreamHits: the part of a hit that lies in the packet at hand is
// highlighted.
func TestStreamHits(t *testing.T) {
	f, err := NewFind("secret", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	filter := New(Config{Protocols: TCP, Find: f, Stream: true})
	filter.Match(headertest.Decode(t, headertest.Spec{Seq: 1, Payload: []byte("a sec")}))
	p := headertest.Decode(t, headertest.Spec{Seq: 6, Payload: []byte("ret, another secret")})
	if !filter.Match(p) {
		t.Fatal("the second segment is not shown")
	}
	if got := fmt.Sprint(filter.Hits(nil, p)); got != "[{40 43} {53 59}]" {
		t.Errorf("hits are %s", got)
	}
}

// TestStreamBounds: neither many connections nor holes take more than the
// bound, and what is forgotten is counted.
func TestStreamBounds(t *testing.T) {
	f, err := NewFind("x+secret", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	s := newStreams(f)
	s.limit = 24 << 20
	p := headertest.Decode(t, headertest.Spec{Payload: make([]byte, 1400)})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 300_000 {
		p.SrcPort = int32(i % 50_000)
		header.TCP(p.Transport)[4] = byte(i >> 16) // holes
		header.TCP(p.Transport)[6] = byte(i / 50_000 * 8)
		s.add(p)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int(after.HeapAlloc) - int(before.HeapAlloc); grown > 2*s.limit {
		t.Errorf("%d MiB are in use, the bound is %d", grown>>20, s.limit>>20)
	}
	used, opened := 0, uint64(len(s.flows))+s.forgotten
	for _, st := range s.flows {
		used += streamBytes + cap(st.tail) + st.segments.Held()
	}
	if used != s.used || used > s.limit {
		t.Errorf("%d bytes are used, counted as %d; the bound is %d", used, s.used, s.limit)
	}
	if s.forgotten == 0 || opened < 50_000 {
		t.Errorf("%d streams are known, %d forgotten, of 50,000 at least", len(s.flows), s.forgotten)
	}
	runtime.KeepAlive(s)
}

// TestManyStreams: as many connections as a busy server has are searched, each
// while all others go on.
func TestManyStreams(t *testing.T) {
	for _, text := range []string{"secret", "sec[a-z]+t"} {
		f, err := NewFind(text, FindRegexp)
		if err != nil {
			t.Fatal(err)
		}
		const connections = 20_000
		filter := New(Config{Protocols: TCP, Find: f, Stream: true})
		found := 0
		for _, part := range []sent{{1, "a long line in front of it, and then a sec", 0}, {43, "ret", 0}} {
			p := headertest.Decode(t, headertest.Spec{DstPort: 80, Seq: part.seq, Payload: []byte(part.data)})
			for i := range connections {
				p.SrcPort = int32(i)
				if filter.Match(p) {
					found++
				}
			}
		}
		if l := filter.Losses(); found != connections || l != (Losses{}) {
			t.Errorf("%s: %d of %d hits found, lost %+v", text, found, connections, l)
		}
	}
}

// TestLosses: what is given up is counted.
func TestLosses(t *testing.T) {
	f, err := NewFind("secret", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	filter := New(Config{Protocols: TCP, Find: f, Stream: true, Tracking: true})
	filter.streams.limit = 3*streamBytes + 100
	filter.tracked = recent.New[track](2)
	for port := range uint16(10) {
		filter.Match(headertest.Decode(t, headertest.Spec{SrcPort: port + 100, DstPort: port + 1, Seq: 1, Payload: []byte("secret")}))
	}
	filter.Match(headertest.Decode(t, headertest.Spec{SrcPort: 109, DstPort: 10, Seq: 1 << 30, Payload: []byte("far ahead")}))
	if l := filter.Losses(); l != (Losses{Streams: 7, Gaps: 1, Tracks: 8}) {
		t.Errorf("lost %+v", l)
	}
}

// FuzzStream: however a text is cut, doubled and mixed, each hit shows.
func FuzzStream(f *testing.F) {
	f.Add(uint64(1), "a secret, a secret")
	f.Add(uint64(7), "secretsecret")
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		text = text[:min(len(text), 3000)] + "needle"
		rng := rand.New(rand.NewPCG(seed, 0))
		segments := []sent{{0xfffffff0, "", header.SYN}}
		for at := 0; at < len(text); {
			n := min(1+rng.IntN(100), len(text)-at)
			segments = append(segments, sent{0xfffffff1 + uint32(at), text[at : at+n], 0})
			at += n
			if rng.IntN(4) == 0 {
				at -= rng.IntN(n)
			}
		}
		// Mixed among the next few, so that nothing counts as lost.
		for i := 1; i < len(segments); i++ {
			j := i + rng.IntN(min(20, len(segments)-i))
			segments[i], segments[j] = segments[j], segments[i]
		}
		if got := show(t, "needle", FindLiteral, segments); got == "" {
			t.Errorf("needle is not found in %+v", segments)
		}
	})
}
