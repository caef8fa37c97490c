package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// eager bisects small files.
var eager = bisecting{least: 1, stride: 4 << 10, samples: 24, close: 2 << 10, records: 16}

// spanOf has packets of a span read.
func spanOf(s Span) ReadOptions {
	return ReadOptions{Within: func(capture.Timestamp) (Span, error) { return s, nil }, bisecting: eager}
}

// timedFile makes a file of packets with random lengths at given times; some of them
// carry what looks like records. late has pcapng files describe interfaces in the midst.
func timedFile(random *rand.Rand, kind string, o order, stamps []capture.Timestamp) []byte {
	const snaplen = 600
	payload := func(t capture.Timestamp) []byte {
		data := fill(random.IntN(snaplen-32), random.IntN(256))
		switch random.IntN(8) {
		case 0:
			clear(data)
		case 1: // a savefile in a packet
			f := &builder{order: o}
			for i := range 12 {
				f.record(uint32(t.Sec), uint32(i), 16, 40, fill(16, i))
			}
			data = f.b[random.IntN(8):]
		}
		return data
	}
	if kind == "pcapng" {
		f := pcapngHead(o).iface(1, snaplen)
		interfaces := 1
		for i, t := range stamps {
			switch random.IntN(200) {
			case 0:
				f.iface(101, snaplen, option{optionIfTsresol, []byte{9}})
				interfaces++
			case 1:
				f.section().iface(1, snaplen)
				interfaces = 1
			case 2:
				f.simple(20, fill(20, i))
			}
			data, on := payload(t), random.IntN(interfaces)
			stamp := uint64(t.Sec)*1e6 + uint64(t.Nsec)/1000
			if on > 0 {
				stamp = uint64(t.Sec)*1e9 + uint64(t.Nsec)
			}
			f.enhanced(uint32(on), stamp, uint32(len(data)+4), data)
		}
		return f.b
	}
	magic, unit := uint32(magicMicro), int64(1000)
	if kind == "nano" {
		magic, unit = magicNano, 1
	}
	var more []byte // in headers
	if kind == "kuznetzov" {
		magic, more = magicKuznetzov, make([]byte, kuznetzovHeaderLen-recordHeaderLen)
	}
	f := pcapHead(o, magic, snaplen, 1)
	for _, t := range stamps {
		data := payload(t)
		f.record(uint32(t.Sec), uint32(t.Nsec/unit), uint32(len(data)), uint32(len(data)+4), more).bytes(data...)
	}
	return f.b
}

// stampsOf makes times of n packets, in an order.
func stampsOf(random *rand.Rand, order string, n int) []capture.Timestamp {
	now := int64(1_700_000_000_000_000_000)
	all := make([]int64, n)
	for i := range all {
		step := random.Int64N(2e8)
		if order == "gaps" && random.IntN(100) == 0 {
			step += random.Int64N(1e15)
		}
		now += step
		all[i] = now
	}
	switch order {
	case "slightly disordered":
		for i := range all {
			all[i] -= random.Int64N(1_900_000_000)
		}
	case "by seconds":
		for i := range all {
			all[i] -= random.Int64N(9_000_000_000)
		}
	case "wildly disordered":
		random.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
	case "two runs":
		slices.Sort(all[:n/2])
		all = append(slices.Clone(all[n/2:]), all[:n/2]...)
	case "backwards":
		slices.Reverse(all)
	}
	stamps := make([]capture.Timestamp, n)
	for i, t := range all {
		stamps[i] = capture.Timestamp{Sec: t / 1e9, Nsec: t % 1e9}
	}
	return stamps
}

// someSpan is a span that begins and ends near packets, or does not.
func someSpan(random *rand.Rand, stamps []capture.Timestamp) Span {
	bound := func() capture.Timestamp {
		t := stamps[random.IntN(len(stamps))]
		return normal(capture.Timestamp{Sec: t.Sec, Nsec: t.Nsec + random.Int64N(3)*1000})
	}
	s := Span{bound(), bound()}
	if s.To.Before(s.From) {
		s.From, s.To = s.To, s.From
	}
	switch random.IntN(6) {
	case 0:
		s.From = Earliest
	case 1:
		s.To = Latest
	case 2:
		s.From.Sec += 1e6
		s.To.Sec += 2e6
	}
	return s
}

// TestSpanIsThatOfAll: what comes of a span is what a test of all packets leaves, of
// files in every order.
func TestSpanIsThatOfAll(t *testing.T) {
	bisected := 0
	for _, kind := range []string{"pcap", "nano", "kuznetzov", "pcapng"} {
		for _, o := range orders {
			for _, order := range []string{"ordered", "gaps", "slightly disordered", "by seconds", "wildly disordered", "two runs", "backwards", "truncated"} {
				t.Run(fmt.Sprint(kind, " ", o.name, " ", order), func(t *testing.T) {
					random := rand.New(rand.NewPCG(7, uint64(len(kind+o.name+order))))
					stamps := stampsOf(random, order, 1000)
					b := timedFile(random, kind, o.order, stamps)
					if order == "truncated" {
						b = b[:len(b)-random.IntN(500)]
					}
					_, all, wantErr := readAll(b)
					name := writeFiles(t, b)[0]
					for range 6 {
						span := someSpan(random, stamps)
						var want []capture.Packet
						for _, pkt := range all {
							if pkt.Time.Sec != 0 && span.Contains(pkt.Time) {
								want = append(want, pkt)
							}
						}
						bisected += checkSpan(t, name, b, span, want, wantErr)
					}
				})
			}
		}
	}
	if bisected == 0 {
		t.Error("nothing was left out of any file")
	}
}

// checkSpan reads packets of a span of a file in several ways. It returns 1 if something
// before it was not read.
func checkSpan(t *testing.T, name string, file []byte, span Span, want []capture.Packet, wantErr error) (bisected int) {
	t.Helper()
	r, err := spanOf(span).Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if p, ok := r.in.src.(*parts); ok && p.at+4096 < p.list[0].From {
		bisected = 1
	}
	got, err := drain(r)
	if !slices.EqualFunc(got, want, sameContent) {
		t.Errorf("%v to %v: %d packets, want %d", span.From, span.To, len(got), len(want))
	}
	if err != nil && (wantErr == nil || err.Error() != wantErr.Error()) {
		t.Errorf("%v to %v: %v, want %v", span.From, span.To, err, wantErr)
	}
	piped, err := spanOf(span).NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got, err = drain(piped); !slices.EqualFunc(got, want, sameContent) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Errorf("%v to %v: through a pipe %d packets, %v; want %d, %v", span.From, span.To, len(got), err, len(want), wantErr)
	}
	counted, err := spanOf(span).Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer counted.Close()
	n, _ := counted.Count(2, counting(func([]byte, uint32) bool { return true }), never) // its error was looked at
	if n != uint64(len(want)) {
		t.Errorf("%v to %v: Count has %d packets, want %d", span.From, span.To, n, len(want))
	}
	return bisected
}

// TestSpanCopies: what is copied by whole records is what is in the span.
func TestSpanCopies(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	stamps := stampsOf(random, "slightly disordered", 3000)
	b := timedFile(random, "pcap", machineOrder, stamps)
	name := writeFiles(t, b)[0]
	span := Span{stamps[1000], stamps[2000]}
	r, err := spanOf(span).Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := t.TempDir() + "/out"
	w, err := Create(out, r.LinkType(), r.Header().Format())
	if err != nil {
		t.Fatal(err)
	}
	if err := Copy(w, r, func(*capture.Packet) (write, more bool) { return true, true }); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(packetsOf(t, b), func(pkt capture.Packet) bool { return !span.Contains(pkt.Time) })
	if got := packetsOf(t, copied); !slices.EqualFunc(got, want, sameContent) {
		t.Errorf("%d packets were copied, want %d", len(got), len(want))
	}
}

// TestSpanMerged: the packets of a span of several files, also of so many that they are
// opened again.
func TestSpanMerged(t *testing.T) {
	for _, n := range []int{3, fewFiles + 4} {
		random := rand.New(rand.NewPCG(5, uint64(n)))
		var files [][]byte
		var stamps []capture.Timestamp
		for range n {
			one := stampsOf(random, "slightly disordered", 400)
			stamps = append(stamps, one...)
			files = append(files, timedFile(random, []string{"pcap", "nano", "pcapng"}[random.IntN(3)], orders[random.IntN(2)], one))
		}
		names := writeFiles(t, files...)
		for range 5 {
			span := someSpan(random, stamps)
			m, err := Merge(names, MergeOptions{ReadOptions: spanOf(span)})
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			var pkt capture.Packet
			for {
				if err := m.Next(&pkt); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				if !span.Contains(pkt.Time) {
					t.Fatalf("a packet of %v is not in the span", pkt.Time)
				}
				got++
			}
			m.Close()
			want := 0
			for _, b := range files {
				for _, pkt := range packetsOf(t, b) {
					if pkt.Time.Sec != 0 && span.Contains(pkt.Time) {
						want++
					}
				}
			}
			if got != want {
				t.Errorf("%d files, %v to %v: %d packets, want %d", n, span.From, span.To, got, want)
			}
		}
	}
}

// TestSpanIsAsked: the span is asked for once, with the time of the first packet, and
// its error ends the reading; the reading can be stopped.
func TestSpanIsAsked(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	stamps := stampsOf(random, "ordered", 3000)
	wrong := errors.New("no such time")
	for _, kind := range []string{"pcap", "pcapng"} {
		b := timedFile(random, kind, orders[0], stamps)
		name := writeFiles(t, b)[0]
		first := packetsOf(t, b)[0].Time
		asked := 0
		o := ReadOptions{Within: func(at capture.Timestamp) (Span, error) {
			if asked++; at != first {
				t.Errorf("%s: asked with %v, the first packet has %v", kind, at, first)
			}
			return Span{Latest, Latest}, nil
		}, Stop: func() bool { return true }}
		r, err := o.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := drain(r); len(got) != 0 || err != nil || asked != 1 || r.times.skipped != 1024 {
			t.Errorf("%s: %d packets, %v, asked %d times, %d packets were looked at", kind, len(got), err, asked, r.times.skipped)
		}
		r.Close()
		o.Within = func(capture.Timestamp) (Span, error) { return Span{}, wrong }
		if r, err = o.Open(name); err == nil {
			_, err = drain(r)
			r.Close()
		}
		if !errors.Is(err, wrong) {
			t.Errorf("%s: %v, want %v", kind, err, wrong)
		}
	}
}

// TestEndsOfFiles: the first and the latest time of a file.
func TestEndsOfFiles(t *testing.T) {
	for _, kind := range []string{"pcap", "nano", "pcapng", "gzip"} {
		for _, order := range []string{"ordered", "slightly disordered", "wildly disordered"} {
			random := rand.New(rand.NewPCG(11, 12))
			stamps := stampsOf(random, order, 800)
			b := timedFile(random, strings.Replace(kind, "gzip", "pcap", 1), orders[1], stamps)
			all := packetsOf(t, b)
			if kind == "gzip" {
				b = gzipped(t, b)
			}
			name := writeFiles(t, b)[0]
			o := ReadOptions{bisecting: eager}
			if first, ok, err := o.FirstTime(name); first != all[0].Time || !ok || err != nil {
				t.Errorf("%s, %s: the first is of %v, %v, %v; want %v", kind, order, first, ok, err, all[0].Time)
			}
			want := slices.MaxFunc(all, func(a, b capture.Packet) int {
				if a.Time.Before(b.Time) {
					return -1
				}
				return 1
			}).Time
			if latest, ok, err := o.LatestTime(name); latest != want || !ok || err != nil {
				t.Errorf("%s, %s: the latest is of %v, %v, %v; want %v", kind, order, latest, ok, err, want)
			}
		}
	}
	empty := writeFiles(t, pcapHead(orders[0], magicMicro, 96, 1).b)[0]
	if _, ok, err := (ReadOptions{}).FirstTime(empty); ok || err != nil {
		t.Errorf("a file without packets has a first time: %v, %v", ok, err)
	}
	if _, ok, err := (ReadOptions{}).LatestTime(empty); ok || err != nil {
		t.Errorf("a file without packets has a latest time: %v, %v", ok, err)
	}
}

// FuzzParts: wherever records are found in a file, they are those that reading from
// the beginning comes to, if it is in order; no file does harm.
func FuzzParts(f *testing.F) {
	for _, o := range orders {
		b := pcapHead(o, magicMicro, 64, 1)
		for i := range 40 {
			b.record(uint32(1_700_000_000+i), uint32(i), 20, 30, fill(20, i))
		}
		f.Add(b.b, uint32(1_700_000_020))
	}
	f.Fuzz(func(t *testing.T, file []byte, sec uint32) {
		span := Span{capture.Timestamp{Sec: int64(sec)}, capture.Timestamp{Sec: int64(sec) + 3}}
		r, err := spanOf(span).NewReader(bytes.NewReader(file))
		if err != nil || r.ng != nil || r.stream != nil {
			return
		}
		how := bisecting{least: 1, stride: 128, samples: 8, close: 64, records: 4}
		list, err := r.bisect(bytes.NewReader(file), fileHeaderLen, int64(len(file)), how)
		if err == nil && list != nil {
			_, err = r.readParts(bytes.NewReader(file), list, fileHeaderLen+int64(r.in.end-r.in.pos), int64(len(file)))
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := drain(r)
		_, all, readErr := readAll(file)
		if readErr != nil || !inOrder(all) {
			return // another part may be read then
		}
		want := slices.DeleteFunc(all, func(pkt capture.Packet) bool { return !span.Contains(pkt.Time) })
		if err != nil || !slices.EqualFunc(got, want, sameContent) {
			t.Errorf("%d packets, %v; want %d", len(got), err, len(want))
		}
	})
}

func inOrder(all []capture.Packet) bool {
	return slices.IsSortedFunc(all, func(a, b capture.Packet) int {
		x, y := normal(a.Time), normal(b.Time)
		switch {
		case x.Before(y):
			return -1
		case y.Before(x):
			return 1
		}
		return 0
	})
}

// TestSpanMisled: what packets carry is not taken for records: a savefile in pieces,
// zeros, and records made to run beside the true ones, which have the whole file read.
func TestSpanMisled(t *testing.T) {
	const snaplen, n = 2000, 1500
	begin := uint32(1_700_000_000)
	inner := pcapHead(machineOrder, magicMicro, snaplen, 1)
	for i := range uint32(4 * n) {
		inner.record(begin+i/4, i%4, 300, 300, fill(300, int(i)))
	}
	for _, c := range []struct {
		name     string
		payload  func(i int) []byte
		bisected bool
	}{
		{"a savefile", func(i int) []byte { return inner.b[i*700 : i*700+700] }, true},
		{"zeros", func(int) []byte { return make([]byte, 1400) }, true},
		{"stamps", func(i int) []byte { return bytes.Repeat(machineOrder.AppendUint32(nil, begin+uint32(i)), 300) }, true},
		{"records beside", func(i int) []byte {
			f := &builder{order: machineOrder}
			return f.record(begin+uint32(i)+5, 1, 1000, 1000, fill(1000-16, i)).b
		}, false},
	} {
		f := pcapHead(machineOrder, magicMicro, snaplen, 1)
		for i := range n {
			data := c.payload(i)
			f.record(begin+uint32(i), 7, uint32(len(data)), uint32(len(data)), data)
		}
		name := writeFiles(t, f.b)[0]
		all := packetsOf(t, f.b)
		for _, at := range []int{0, 3, n / 3, n / 2, n - 30, n - 1} {
			span := Span{all[at].Time, all[min(at+20, n-1)].Time}
			want := slices.DeleteFunc(slices.Clone(all), func(pkt capture.Packet) bool { return !span.Contains(pkt.Time) })
			if bisected := checkSpan(t, name, f.b, span, want, nil) == 1; bisected != (c.bisected && at > 30) {
				t.Errorf("%s, at %d: bisected: %t", c.name, at, bisected)
			}
		}
	}
}
