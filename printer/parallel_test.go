package printer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

func printInOrder(o Options, packets []capture.Packet) []byte {
	p := New(o)
	var out []byte
	for i := range packets {
		out = p.Print(out, &packets[i])
	}
	return out
}

func printParallel(t testing.TB, o Options, packets []capture.Packet, jobs int) []byte {
	t.Helper()
	var out []byte
	pool := NewPool(o, jobs, func(b []byte) error {
		out = append(out, b...)
		return nil
	})
	for i := range packets {
		pkt := packets[i]
		pkt.Data = append([]byte(nil), pkt.Data...)
		if err := pool.Add(&pkt); err != nil {
			t.Fatal(err)
		}
		clear(pkt.Data) // valid only until now
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// loadCaptures reads every capture of a directory.
func loadCaptures(t testing.TB, dir string) map[string][]capture.Packet {
	t.Helper()
	all := make(map[string][]capture.Packet)
	for _, pattern := range []string{"*.pcap", "*.pcapng"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			r, err := pcapfile.Open(path)
			if err != nil {
				continue // a damaged file, kept for that
			}
			var packets []capture.Packet
			var pkt capture.Packet
			for r.Next(&pkt) == nil {
				kept := pkt
				kept.Data = append([]byte(nil), pkt.Data...)
				packets = append(packets, kept)
			}
			r.Close()
			all[filepath.Base(path)] = packets
		}
	}
	return all
}

var parallelFlags = []string{"-n", "-nvvv -e -ttt", "-nX -#", "--like 5.0 -nv"}

// capturesAtHand are all captures and packet files that can be found.
func capturesAtHand(t *testing.T) map[string][]capture.Packet {
	t.Helper()
	captures := loadCaptures(t, "../testdata")
	shared := "../../shared/conformance/captures"
	if _, err := os.Stat(shared); err != nil {
		t.Log("only this project's captures: no others beside it")
	} else {
		for name, packets := range loadCaptures(t, shared) {
			captures[name] = packets
		}
	}
	for _, path := range packetFiles(t, "*") {
		captures[filepath.Base(path)] = loadPackets(t, path).packets
	}
	return captures
}

// TestParallelCaptures prints every capture at hand in order and on 8 workers.
func TestParallelCaptures(t *testing.T) {
	for name, packets := range capturesAtHand(t) {
		for _, flags := range parallelFlags {
			o := testOptions(t, flags)
			want := printInOrder(o, packets)
			got := printParallel(t, o, packets, 8)
			if d := testenv.FirstDifference(want, got); d != "" {
				t.Errorf("%s %s: 8 workers print something else: %s", name, flags, d)
			}
		}
	}
}

// TestParallelForgetful prints every packet on a worker that has seen none of
// those before it: printers must be in order where they remember something.
func TestParallelForgetful(t *testing.T) {
	for name, packets := range capturesAtHand(t) {
		for _, flags := range parallelFlags {
			o := testOptions(t, flags)
			collector := New(o)
			worker, passing := collector.sibling(), collector.sibling()
			var got []byte
			for i := range packets {
				worker.conv = conversations{}
				b := batch{packets: packets[i : i+1], first: uint64(i), reference: passing.conv.timeReference}
				passing.passTime(&packets[i], uint64(i)+1)
				worker.printBatch(&b)
				collector.settle(&b)
				got = b.appendFilled(got)
			}
			if d := testenv.FirstDifference(printInOrder(o, packets), got); d != "" {
				t.Errorf("%s %s: a worker without memory prints something else: %s", name, flags, d)
			}
		}
	}
}

// manyFlows are n packets of interleaved TCP conversations, with selective
// acknowledgements, conversations that begin anew and packets in packets.
func manyFlows(n, flows int) []capture.Packet {
	packets := make([]capture.Packet, 0, n)
	eachOfManyFlows(n, flows, func(pkt capture.Packet) { packets = append(packets, pkt) })
	return packets
}

func eachOfManyFlows(n, flows int, f func(capture.Packet)) {
	r := rand.New(rand.NewSource(1))
	for i := range n {
		flow := uint32(r.Intn(flows))
		flags := []byte{0x10, 0x18, 0x10, 0x12, 0x02, 0x11, 0x04}[r.Intn(7)]
		b := make([]byte, 0, 120)
		b = append(b, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0)
		b = append(b, 0x45, 0, 0, 72, 0, 0, 0, 0, 64, 6, 0, 0)
		a, z := []byte{10, byte(flow >> 16), byte(flow >> 8), byte(flow)}, []byte{192, 0, 2, 1}
		sport, dport := uint16(1024+flow%7), uint16(5001)
		if r.Intn(2) == 0 {
			a, z, sport, dport = z, a, dport, sport
		}
		b = append(append(b, a...), z...)
		b = binary.BigEndian.AppendUint16(b, sport)
		b = binary.BigEndian.AppendUint16(b, dport)
		b = binary.BigEndian.AppendUint32(b, r.Uint32())
		b = binary.BigEndian.AppendUint32(b, r.Uint32())
		b = append(b, 0x80, flags, 1, 0, 0, 0, 0, 0, 1, 1, 5, 10)
		b = binary.BigEndian.AppendUint32(b, r.Uint32())
		b = binary.BigEndian.AppendUint32(b, r.Uint32())
		b = append(b, "twenty bytes of data"...)
		f(capture.Packet{Time: capture.Timestamp{Sec: int64(i / 1000), Nsec: int64(i%1000) * 1e6}, Data: b, Length: uint32(len(b)), LinkType: capture.LinkEN10MB})
	}
}

// TestParallelFlows does the same with many conversations.
func TestParallelFlows(t *testing.T) {
	packets := manyFlows(50000, 5000)
	for _, flags := range []string{"-n -tt", "-nv -t -t -t", "-n -S"} {
		o := testOptions(t, flags)
		want := printInOrder(o, packets)
		got := printParallel(t, o, packets, 8)
		if d := testenv.FirstDifference(want, got); d != "" {
			t.Errorf("%s: 8 workers print something else: %s", flags, d)
		}
	}
}

// TestParallelMillion prints a million packets of 100,000 interleaved
// conversations in order and on 8 workers.
func TestParallelMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("a million packets are not short")
	}
	o := testOptions(t, "-n")
	inOrder, parallel := sha256.New(), sha256.New()
	p := New(o)
	pool := NewPool(o, 8, func(b []byte) error {
		parallel.Write(b)
		return nil
	})
	var line []byte
	eachOfManyFlows(1_000_000, 100_000, func(pkt capture.Packet) {
		line = p.Print(line[:0], &pkt)
		inOrder.Write(line)
		if err := pool.Add(&pkt); err != nil {
			t.Fatal(err)
		}
	})
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(inOrder.Sum(nil), parallel.Sum(nil)) {
		t.Error("8 workers print something else; TestParallelFlows may show what")
	}
}

// TestParallelError: a failing writer ends the work, and its error comes back.
func TestParallelError(t *testing.T) {
	calls := 0
	pool := NewPool(testOptions(t, "-n"), 2, func([]byte) error {
		calls++
		return io.ErrShortWrite
	})
	packets := manyFlows(20000, 10)
	var err error
	for i := range packets {
		if err = pool.Add(&packets[i]); err != nil {
			break
		}
	}
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Add returned %v after the writer failed", err)
	}
	if err := pool.Close(); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Close returned %v", err)
	}
	if calls != 1 {
		t.Errorf("the writer was called %d times, want 1", calls)
	}
}

// heldPackets are Packets.
type heldPackets []capture.Packet

func (h *heldPackets) Len() int                          { return len(*h) }
func (h *heldPackets) Packet(i int, pkt *capture.Packet) { *pkt = (*h)[i] }

// fetchHeld is a fetch of Pool.Run that gives out packets some at a time, none now and
// then.
func fetchHeld(packets []capture.Packet) func(Packets) (Packets, uint64, bool) {
	var mu sync.Mutex
	place := uint64(0)
	return func(used Packets) (Packets, uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if len(packets) == 0 {
			return nil, 0, false
		}
		h, _ := used.(*heldPackets)
		if h == nil {
			h = new(heldPackets)
		}
		n := min(int(place*7%23), len(packets))
		*h, packets = packets[:n], packets[n:]
		place++
		return h, place - 1, true
	}
}

// TestParallelRun prints every capture at hand, some of whose packets are added and
// others fetched by the workers.
func TestParallelRun(t *testing.T) {
	captures := capturesAtHand(t)
	captures["flows"] = manyFlows(20000, 1000)
	for name, packets := range captures {
		for _, flags := range []string{"-n", "-nvvv -e", "-nX", "--like 5.0 -nv"} {
			o := testOptions(t, flags)
			var got []byte
			pool := NewPool(o, 4, func(b []byte) error {
				got = append(got, b...)
				return nil
			})
			if !pool.CanRun() {
				t.Fatalf("%s: Run is refused", flags)
			}
			add := func(packets []capture.Packet) {
				for i := range packets {
					if err := pool.Add(&packets[i]); err != nil {
						t.Fatal(err)
					}
				}
			}
			a, z := len(packets)/5, len(packets)*4/5
			add(packets[:a])
			if err := pool.Run(fetchHeld(packets[a:z])); err != nil {
				t.Fatal(err)
			}
			add(packets[z:])
			if err := pool.Close(); err != nil {
				t.Fatal(err)
			}
			if d := testenv.FirstDifference(printInOrder(o, packets), got); d != "" {
				t.Errorf("%s %s: Run prints something else: %s", name, flags, d)
			}
		}
	}
}

// TestParallelRunRefused: what printers have to know of packets before is not known
// by Run.
func TestParallelRunRefused(t *testing.T) {
	for _, o := range []Options{{Number: true}, {Sampling: 3}, {TimeFormat: 3}, {TimeFormat: 5}} {
		pool := NewPool(o, 2, func([]byte) error { return nil })
		if pool.CanRun() {
			t.Errorf("%+v: Run is not refused", o)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestParallelRunError: a failing writer ends Run, and is called once.
func TestParallelRunError(t *testing.T) {
	calls := 0
	pool := NewPool(testOptions(t, "-n"), 3, func([]byte) error {
		calls++
		return io.ErrShortWrite
	})
	if err := pool.Run(fetchHeld(manyFlows(20000, 10))); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Run returns %v", err)
	}
	if err := pool.Close(); !errors.Is(err, io.ErrShortWrite) || calls != 1 {
		t.Errorf("Close returns %v; the writer was called %d times, want 1", err, calls)
	}
}

// TestParallelDrain: after Drain, all lines are out.
func TestParallelDrain(t *testing.T) {
	packets := manyFlows(3000, 10)
	o := testOptions(t, "-n")
	var out []byte
	pool := NewPool(o, 2, func(b []byte) error {
		out = append(out, b...)
		return nil
	})
	for i := range packets {
		if err := pool.Add(&packets[i]); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 100 {
			if err := pool.Drain(); err != nil {
				t.Fatal(err)
			}
			if got, want := len(out), len(printInOrder(o, packets[:i+1])); got != want {
				t.Fatalf("after packet %d and Drain %d bytes are out, want %d", i, got, want)
			}
		}
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkPrint(b *testing.B) {
	packets := manyFlows(10000, 1000)
	bytes := 0
	for i := range packets {
		bytes += len(packets[i].Data)
	}
	b.Run("jobs=1", func(b *testing.B) {
		b.ReportAllocs()
		p := New(testOptions(b, "-n -tt"))
		var out []byte
		for i := 0; i < b.N; i++ {
			out = p.Print(out[:0], &packets[i%len(packets)])
		}
	})
	b.Run("jobs=2", func(b *testing.B) {
		b.ReportAllocs()
		pool := NewPool(testOptions(b, "-n -tt"), 2, func([]byte) error { return nil })
		for i := 0; i < b.N; i++ {
			if err := pool.Add(&packets[i%len(packets)]); err != nil {
				b.Fatal(err)
			}
		}
		if err := pool.Close(); err != nil {
			b.Fatal(err)
		}
	})
}
