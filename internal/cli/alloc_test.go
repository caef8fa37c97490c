package cli

import (
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// everyday is what nothing may be allocated for: TCP, UDP, ICMP and DNS over
// IPv4 and IPv6.
const everyday = "tcp port 443 or udp port 53 or icmp or icmp6"

// makeCapture writes a savefile of made traffic and returns its name.
func makeCapture(tb testing.TB, packets int) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "made.pcap")
	src := traffic.New(1, packets)
	w, err := pcapfile.Create(name, src.LinkType(), pcapfile.Format{SnapLen: src.SnapLen()})
	if err != nil {
		tb.Fatal(err)
	}
	var pkt capture.Packet
	for err = src.Next(&pkt); err == nil; err = src.Next(&pkt) {
		if err := w.Write(&pkt); err != nil {
			tb.Fatal(err)
		}
	}
	if !errors.Is(err, io.EOF) {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return name
}

// runDiscarding runs a command line and drops what it prints.
func runDiscarding(tb testing.TB, args ...string) {
	tb.Helper()
	var stderr strings.Builder
	c := newTestCommand("tapdump", strings.NewReader(""), io.Discard, &stderr)
	if status := c.main(append([]string{"tapdump"}, args...)); status != 0 {
		tb.Fatalf("tapdump %s: exit status %d: %s", strings.Join(args, " "), status, &stderr)
	}
}

// TestNoAllocationPerPacket: a capture ten times as long takes no more
// allocations, from the file through the filter to the line or the other file.
func TestNoAllocationPerPacket(t *testing.T) {
	const few, many = 3_000, 30_000
	short, long := makeCapture(t, few), makeCapture(t, many)
	t.Chdir(t.TempDir())
	for _, options := range []string{
		"-nn --jobs 1", "-nnv --jobs 1", "-nne -X --jobs 1", "-nn --jobs 2", "-nn --count", "-w out.pcap", "-U -w out.pcap",
		"-nn --jobs 1 --json --columns basic,text", "-nn --jobs 2 --json --columns basic,tcp,icmp,text", "-nn --jobs 1 --fields ip.src,tcp.seq,community_id",
	} {
		mallocs := func(name string) uint64 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			runDiscarding(t, append(strings.Fields(options), "-r", name, everyday)...)
			runtime.ReadMemStats(&after)
			return after.Mallocs - before.Mallocs
		}
		mallocs(short) // what is made once
		a, b := mallocs(short), mallocs(long)
		// A long file has more workers at work, and each allocates something once.
		if b > a+(many-few)/100+50*uint64(runtime.GOMAXPROCS(0)) {
			t.Errorf("tapdump %s: %d allocations for %d packets, %d for %d: some packets allocate", options, a, few, b, many)
		}
	}
}

func BenchmarkPrint(b *testing.B) {
	const packets = 20_000
	name := makeCapture(b, packets)
	for _, options := range []string{"-nn --jobs 1", "-nnv --jobs 1", "-nn", "--count"} {
		b.Run(options, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				runDiscarding(b, append(strings.Fields(options), "-r", name, everyday)...)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
		})
	}
}
