package index

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestNamesSound is the promise about names: what an index leaves out changes nothing of
// what is said in packets that say a name. Conversations are scattered over many blocks, in
// pieces, out of order, sent again and with losses, and some have in a body what would be a
// request by itself; others are those of internal/traffic, with tunnels.
func TestNamesSound(t *testing.T) {
	dir := t.TempDir()
	asked, skipped, matched := 0, 0, 0
	var used [4]int
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 17))
		file := filepath.Join(dir, fmt.Sprint(seed, [2]string{".pcap", ".pcapng"}[seed%2]))
		scatter(t, r, file)
		block := int64(500 + r.IntN(8000))
		memory := apps.MaxMemory
		if seed%4 == 3 {
			memory = 30<<10 + r.IntN(150<<10) // so that conversations are forgotten
		}
		if partial, err := makeOf(file, "test", sizes{block, memory}, func() bool { return false }, nil); partial != nil || err != nil {
			t.Fatal(partial, err)
		}
		for field, f := range Named {
			for _, text := range append(scatteredNames, "www.example.com", "MAIL.example.com", "cdn.example.net", "nowhere.example") {
				q := Names{Field: f, Texts: [][]byte{[]byte(strings.ToLower(text))}, Decoder: "test"}
				if r.IntN(3) == 0 {
					q.Texts = append(q.Texts, []byte("news.example.com"))
				}
				s := openNamed(t, file, &q)
				if s == nil && memory == apps.MaxMemory {
					t.Fatalf("%d: the names are not used", seed)
				}
				if s == nil {
					continue
				}
				used[seed%4]++
				want := said(t, file, &q, nil, memory)
				got := said(t, file, &q, s, memory)
				if read, all := decoded(t, file, s, true), decoded(t, file, s, false); read != all {
					t.Fatalf("%d: field %d, %q: %d packets of %d conversations are read, of %d", seed, field, q.Texts, read, len(s.Only), all)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d: field %d, %q: %d of %d blocks of %d bytes, which say\n%s\nall say\n%s", seed, field, q.Texts, s.Chosen, s.Blocks, block, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				asked += int(s.Blocks)
				skipped += int(s.Blocks - s.Chosen)
				matched += len(want)
			}
		}
	}
	t.Logf("%d of %d blocks were left out, %d packets matched; names were used %d times", skipped, asked, matched, used)
	if skipped < asked/10 || matched < 1000 || used[3] < 5 {
		t.Errorf("%d of %d blocks were left out, %d packets matched: that shows little", skipped, asked, matched)
	}
}

// openNamed asks the index of a file.
func openNamed(t *testing.T, name string, q *Names) *Selection {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(f, info.Size(), Query{Names: q})
	if err != nil {
		t.Fatal(err)
	}
	if s.Only == nil {
		return nil
	}
	return s
}

// said is what packets say that say one of the names, of those in s; nil: of all.
func said(t *testing.T, name string, q *Names, s *Selection, memory int) (lines []string) {
	t.Helper()
	d := apps.New(apps.Options{Keys: apps.NewKeys(), MaxMemory: memory})
	var only, all layers
	all.decoder = d
	eachPacket(t, name, s, func(pkt *capture.Packet) {
		d.Begin(pkt)
		if s != nil && !only.follows(only.of(pkt), s) {
			return
		}
		all.of(pkt)
		for i := 0; ; i++ {
			value, _, ok := d.Said().Value(q.Field, i)
			if !ok {
				break
			}
			if slices.ContainsFunc(q.Texts, func(text []byte) bool { return bytes.EqualFold(text, value) }) {
				lines = append(lines, fmt.Sprintf("%v%s %d", pkt.Time, d.Said().AppendText(nil, nil), d.Said().Protocol))
				break
			}
		}
	})
	return lines
}

// follows reports whether a packet is of conversations that are decoded.
func (l *layers) follows(list []apps.Conversation, s *Selection) bool {
	return slices.ContainsFunc(list, func(c apps.Conversation) bool {
		_, ok := s.Only[c]
		return ok
	})
}

// decoded is how many packets are of the conversations of s, in all of the file or in s. A
// packet that is of one of them has to be of no others.
func decoded(t *testing.T, name string, s *Selection, read bool) (n int) {
	t.Helper()
	var l layers
	in := s
	if !read {
		in = nil
	}
	eachPacket(t, name, in, func(pkt *capture.Packet) {
		list := l.of(pkt)
		if !l.follows(list, s) {
			return
		}
		n++
		for _, c := range list {
			if _, ok := s.Only[c]; !ok {
				t.Fatalf("one of two conversations of a packet is left out")
			}
		}
	})
	return n
}

// eachPacket calls do with the packets of s, or with all.
func eachPacket(t *testing.T, name string, s *Selection, do func(*capture.Packet)) {
	t.Helper()
	var o pcapfile.ReadOptions
	if s != nil {
		o.Parts = func(*os.File, int64, pcapfile.Header, bool) ([]pcapfile.Extent, error) {
			return append([]pcapfile.Extent{}, s.Extents...), nil
		}
	}
	src, err := o.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var pkt capture.Packet
	for {
		err := src.Next(&pkt)
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		do(&pkt)
	}
}

var scatteredNames = []string{"shop.example", "Bank.example", "a.example", "pics.example.org"}

// scatter writes a capture of conversations whose packets are mixed at random.
func scatter(t *testing.T, r *rand.Rand, name string) {
	t.Helper()
	pcapng, _ := pcapfile.ByName(name)
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{Pcapng: pcapng})
	if err != nil {
		t.Fatal(err)
	}
	var flows [][][]byte
	for range 150 {
		flows = append(flows, scattered(r))
	}
	g := traffic.New(r.Uint64(), 1200)
	var made [][]byte
	var p capture.Packet
	for g.Next(&p) == nil {
		made = append(made, bytes.Clone(p.Data))
	}
	flows = append(flows, made)
	for at := int64(0); len(flows) > 0; at++ {
		i := r.IntN(len(flows))
		if r.IntN(3) == 0 {
			i = len(flows) - 1
		}
		data := flows[i][0]
		p := capture.Packet{Time: capture.Timestamp{Sec: 1700000000 + at/10, Nsec: at % 10 * 1000}, Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
		if r.IntN(40) == 0 {
			p.Data = data[:r.IntN(len(data))] // cut
		}
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
		if flows[i] = flows[i][1:]; len(flows[i]) == 0 {
			flows = slices.Delete(flows, i, i+1)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// scattered are the packets of a conversation that says names.
func scattered(r *rand.Rand) (packets [][]byte) {
	pick := func() string {
		n := scatteredNames[r.IntN(len(scatteredNames))]
		if r.IntN(4) == 0 {
			n = strings.ToUpper(n)
		}
		return n
	}
	a, b := byte(1+r.IntN(6)), byte(100+r.IntN(3))
	port := uint16(40000 + r.IntN(30)) // taken again, by other connections
	if r.IntN(4) == 0 {
		for range 1 + r.IntN(4) {
			packets = append(packets, traffic.Datagram(traffic.Ends{From: a, To: b, FromPort: port, ToPort: 53}, traffic.Question(pick())))
		}
		return packets
	}
	var stream []byte
	to := uint16(80)
	switch r.IntN(4) {
	case 0:
		to = 443
		stream = append(traffic.ClientHello(pick()), bytes.Repeat([]byte{23, 3, 3, 0, 100}, 300)...)
	case 1:
		// What is in the body is no request, unless its head was missed.
		body := "x" + strings.Repeat("y", r.IntN(3000)) + "GET /b HTTP/1.1\r\nHost: " + pick() + "\r\n\r\n" + strings.Repeat("z", r.IntN(900))
		stream = fmt.Appendf(nil, "POST /up HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", pick(), len(body), body)
		fallthrough
	case 2:
		for range 1 + r.IntN(5) {
			stream = fmt.Appendf(stream, "GET /%d HTTP/1.1\r\nHost: %s\r\nX-Long: %s\r\n\r\n", r.IntN(100), pick(), strings.Repeat("l", r.IntN(600)))
		}
	case 3:
		to = 8443
		stream = append([]byte("garbage first"), traffic.ClientHello(pick())...)
	}
	return segmented(r, a, b, port, to, stream)
}

// segmented are the packets of a TCP connection in one direction, perhaps with answers.
func segmented(r *rand.Rand, a, b byte, port, to uint16, stream []byte) (packets [][]byte) {
	there := traffic.Ends{From: a, To: b, FromPort: port, ToPort: to}
	back := there.Back()
	seq := r.Uint32()
	if r.IntN(5) > 0 {
		packets = append(packets, traffic.Segment(there, seq, 2, nil), traffic.Segment(back, 1, 0x12, nil))
	}
	seq++
	for len(stream) > 0 {
		n := min(len(stream), 1+r.IntN(700))
		if i := bytes.Index(stream, []byte("GET")); i > 0 && r.IntN(2) == 0 {
			n = min(n, i) // the next segment begins with it
		}
		if r.IntN(25) > 0 { // else it is lost
			packets = append(packets, traffic.Segment(there, seq, 0x18, stream[:n]))
		}
		if r.IntN(4) == 0 {
			packets = append(packets, traffic.Segment(back, 2, 0x10, nil))
		}
		seq, stream = seq+uint32(n), stream[n:]
	}
	for range r.IntN(4) { // out of order, and again
		if i, j := r.IntN(len(packets)+1), r.IntN(len(packets)+1); i < len(packets) && j < len(packets) {
			packets[i], packets[j] = packets[j], packets[i]
			packets = append(packets, packets[i])
		}
	}
	if r.IntN(2) == 0 || len(packets) == 0 {
		packets = append(packets, traffic.Segment(there, seq, byte(1+3*r.IntN(2)), nil))
	}
	return packets
}

// TestNamesUnused: names are not used with secrets in the file, of another decoder, and where
// an index has none; and with losses only if all is read.
func TestNamesUnused(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "a.pcapng")
	written(t, dir, 500)
	plain := filepath.Join(dir, "plain.pcap")
	scatter(t, rand.New(rand.NewPCG(1, 1)), plain)
	q := Names{Field: apps.FieldTLSSNI, Texts: [][]byte{[]byte("nowhere.example")}, Decoder: "test"}
	other, part, field := q, q, q
	other.Decoder, part.Partly, field.Field = "other", true, apps.FieldTLSALPN
	never := func() bool { return false }
	for _, c := range []struct {
		file   string
		memory int // 0: the index was written with the file
		q      Names
		used   bool
	}{
		{secret, 0, q, false}, {secret, apps.MaxMemory, q, false}, {plain, apps.MaxMemory, q, true}, {plain, apps.MaxMemory, other, false},
		{plain, apps.MaxMemory, part, true}, {plain, apps.MaxMemory, field, false}, {plain, 100 << 10, q, true}, {plain, 100 << 10, part, false},
	} {
		if c.memory > 0 {
			if partial, err := makeOf(c.file, "test", sizes{4000, c.memory}, never, nil); partial != nil || err != nil {
				t.Fatal(partial, err)
			}
		}
		if used := openNamed(t, c.file, &c.q) != nil; used != c.used {
			t.Errorf("%s, memory %d, %+v: names are used: %t", c.file, c.memory, c.q, used)
		}
	}
}

// TestNamesOfCaptures is TestNamesSound of captures, with all names that are in them.
// TAPDUMP_CAPTURES is a pattern of more.
func TestNamesOfCaptures(t *testing.T) {
	files, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	more, err := filepath.Glob(os.Getenv("TAPDUMP_CAPTURES"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	asked, skipped, matched, doubtful := 0, 0, 0, 0
	for _, from := range append(files, more...) {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, filepath.Base(from))
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
		if partial, err := makeOf(file, "test", sizes{700, apps.MaxMemory}, func() bool { return false }, nil); partial != nil || err != nil {
			t.Log(from, partial, err)
			continue
		}
		for _, f := range Named {
			for _, text := range namesOf(t, file, f) {
				q := Names{Field: f, Texts: [][]byte{bytes.ToLower([]byte(text))}, Decoder: "test"}
				s := openNamed(t, file, &q)
				if s == nil {
					doubtful++
					continue
				}
				want, got := said(t, file, &q, nil, apps.MaxMemory), said(t, file, &q, s, apps.MaxMemory)
				if !slices.Equal(got, want) {
					t.Errorf("%s: field %d, %q: an index says\n%s\nall say\n%s", from, f, text, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				asked += int(s.Blocks)
				skipped += int(s.Blocks - s.Chosen)
				matched += len(want)
			}
		}
	}
	t.Logf("%d of %d blocks were left out, %d packets matched; %d names are not in an index", skipped, asked, matched, doubtful)
	if matched < 10 {
		t.Errorf("%d packets matched: that shows little", matched)
	}
}

// namesOf are the names of a field that are said in a file.
func namesOf(t *testing.T, file string, f apps.Field) (names []string) {
	t.Helper()
	d := apps.New(apps.Options{Keys: apps.NewKeys()})
	l := layers{decoder: d}
	eachPacket(t, file, nil, func(pkt *capture.Packet) {
		d.Begin(pkt)
		l.of(pkt)
		for i := 0; ; i++ {
			value, _, ok := d.Said().Value(f, i)
			if !ok {
				return
			}
			if !slices.Contains(names, string(value)) {
				names = append(names, string(value))
			}
		}
	})
	return names
}
