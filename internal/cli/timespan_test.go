package cli

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// dayOfTraffic writes a savefile of so many bytes, a day of traffic with equal pauses.
func dayOfTraffic(t *testing.T, format pcapfile.Format, size int64) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "day")
	src := traffic.New(3, math.MaxInt)
	format.SnapLen = src.SnapLen()
	w, err := pcapfile.Create(name, src.LinkType(), format)
	if err != nil {
		t.Fatal(err)
	}
	var pkt capture.Packet
	for written := int64(0); written < size; {
		if err := src.Next(&pkt); err != nil {
			t.Fatal(err)
		}
		at := dayBegin.Add(time.Duration(float64(written) / float64(size) * float64(24*time.Hour)))
		pkt.Time = capture.Timestamp{Sec: at.Unix(), Nsec: int64(at.Nanosecond())}
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
		written += int64(16 + len(pkt.Data))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

var dayBegin = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

// sizeOfDay is the size of the file of TestMinuteOfDay, in bytes: TAPDUMP_SPAN says
// another, such as 10000000000.
func sizeOfDay(t *testing.T) int64 {
	s := os.Getenv("TAPDUMP_SPAN")
	if s == "" {
		return 20 << 20
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatalf("TAPDUMP_SPAN: %v", err)
	}
	return n
}

// TestMinuteOfDay: a minute of a day is what a test of all packets leaves, which takes
// longer.
func TestMinuteOfDay(t *testing.T) {
	for _, c := range []struct {
		name   string
		format pcapfile.Format
	}{{"pcap", pcapfile.Format{}}, {"nano", pcapfile.Format{Nano: true}}, {"pcapng", pcapfile.Format{Pcapng: true}}} {
		t.Run(c.name, func(t *testing.T) {
			name := dayOfTraffic(t, c.format, sizeOfDay(t))
			for _, span := range [][2]string{{"2026-11-28T14:30:00Z", "2026-11-28T14:31:00Z"}, {"2026-11-28T00:00:00Z", "2026-11-28T00:01:00Z"}, {"2026-11-28T23:59:00Z", "2026-11-29T00:00:00Z"}} {
				began := time.Now()
				bisected := run("-r", name, "--from", span[0], "--to", span[1], "--count")
				took := time.Since(began)
				began = time.Now()
				wanted := countBetween(t, name, span)
				t.Logf("%s: %v, all %v", span[0], took, time.Since(began))
				if got := fmt.Sprintf("%d packets\n", wanted); bisected.stdout != got || wanted == 0 {
					t.Errorf("%s: %q, want %q", span[0], bisected.stdout, got)
				}
			}
		})
	}
}

// countBetween counts the packets of a span by reading all.
func countBetween(t *testing.T, name string, span [2]string) (n int) {
	t.Helper()
	var ends [2]time.Time
	for i := range ends {
		var err error
		if ends[i], err = time.Parse(time.RFC3339, span[i]); err != nil {
			t.Fatal(err)
		}
	}
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			t.Fatal(err)
		}
		if at := pkt.Time.Time(); !at.Before(ends[0]) && at.Before(ends[1]) {
			n++
		}
	}
	return n
}

// runOn is run with something on the standard input.
func runOn(stdin string, line ...string) ran {
	var stdout, stderr bytes.Buffer
	c := newTestCommand("tapdump", strings.NewReader(stdin), &stdout, &stderr)
	status := c.main(append([]string{"tapdump"}, line...))
	return ran{stdout.String(), stderr.String(), status}
}

// TestSpan: packets outside of a span go nowhere, whatever is made of packets; what
// cannot be known is refused.
func TestSpan(t *testing.T) {
	t.Setenv("TZ", "UTC")
	t.Chdir(t.TempDir())
	pingsIn(t, ".", map[string][]int64{"a.pcap": {10, 11, 12, 13, 14}, "b.pcapng": {20, 21, 22}})
	piped, err := os.ReadFile("b.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	put(t, "list", "a.pcap\nb.pcapng\n")
	for _, c := range []struct{ line, stdout, stderr string }{
		{"-r a.pcap --from 00:00:11 --to 00:00:13 --fields frame.time_epoch", "11.000000000\n12.000000000\n", ""},
		{"-r a.pcap --from 1970-01-01 --to +1.000000001 --fields frame.time_epoch", "10.000000000\n11.000000000\n", ""},
		{"-r a.pcap --from @10.000000001 --to -1 --fields frame.time_epoch", "11.000000000\n12.000000000\n", ""},
		{"-r a.pcap --from +1 --count", "4 packets\n", ""},
		{"-r a.pcap --from +1 -c 2 --count", "2 packets\n", ""},
		{"-r a.pcap --from +1 --count icmp", "4 packets\n", ""},
		{"-r a.pcap --from +1 --stats csv --protocol ICMP -w c.pcap", "", ""},
		{"-r c.pcap --fields frame.time_epoch", "11.000000000\n12.000000000\n13.000000000\n14.000000000\n", ""},
		{"-r b.pcapng --to -0 -w d.pcapng", "", ""},
		{"-r d.pcapng --fields frame.time_epoch", "20.000000000\n21.000000000\n", ""},
		{"-r a.pcap --to +1 --fields number --to e --header --count", "1 packet\n", ""},
		{"-V list --from +4 --to 00:00:21 --fields frame.time_epoch", "14.000000000\n20.000000000\n", ""},
		{"--merge -r b.pcapng -r a.pcap --from +4 --to +11 --fields frame.time_epoch", "14.000000000\n20.000000000\n", ""},
		{"-r - --from +1 --fields frame.time_epoch", "21.000000000\n22.000000000\n", ""},
		{"-r a.pcap --from +3 --names capture,late --fields frame.time_epoch", "13.000000000\n14.000000000\n", ""},
		{"-r - --from -1", "", "-: --from and --to depend on the last packet, and what comes through a pipe can be read once: write it to a file, or give a time of another form"},
		{"--merge -r a.pcap -r - --from 00:00:12", "", "-: --from and --to depend on the first packet, and what comes through a pipe is merged with others: give a date too, or @EPOCH"},
		{"--merge -r a.pcap -r - --from @13 --fields frame.time_epoch", "13.000000000\n14.000000000\n20.000000000\n21.000000000\n22.000000000\n", ""},
		{"-r a.pcap --from +2 --to +1", "", "--from is 1970-01-01 00:00:12 +00:00, and --to not later, 1970-01-01 00:00:11 +00:00: no packet is between them"},
		{"-r a.pcap --from 00:00:30 --hints", "", "hint: nothing matched from 1970-01-01 00:00:30 +00:00; the capture begins at 1970-01-01 00:00:10 +00:00"},
		{"-r a.pcap --from +1 -d icmp and ip[0]==0", "", ""},
	} {
		got := runOn(string(piped), append(strings.Fields(c.line), "-n")...)
		want := c.stderr
		if want != "" {
			want = "tapdump: " + want + "\n"
		}
		if stderr := withoutAnnouncements(got.stderr); stderr != want || !strings.Contains(c.line, " -d ") && !strings.Contains(c.line, "--stats") && got.stdout != c.stdout {
			t.Errorf("%s: prints %q, says %q; want %q, %q", c.line, got.stdout, stderr, c.stdout, want)
		}
	}
	if b, err := os.ReadFile("e"); err != nil || string(b) != "number\n1\n" {
		t.Errorf("--to of a time and of a file: %q, %v", b, err)
	}
}
