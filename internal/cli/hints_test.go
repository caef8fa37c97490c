package cli

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/pcapfile"
)

// writeFrames writes n packets for each call of make, and the frames of others.
func writeFrames(t *testing.T, name string, n int, make func(i int) []byte, others ...[]byte) {
	t.Helper()
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{SnapLen: capture.MaxSnapLen})
	if err != nil {
		t.Fatal(err)
	}
	frames := others
	for i := range n {
		frames = append(frames, make(i))
	}
	for i, data := range frames {
		pkt := capture.Packet{Time: capture.Timestamp{Sec: int64(i)}, Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// hintFrame is the SYN of a connection to port 80, over IPv4.
var hintFrame = headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 6, SrcPort: 1025, DstPort: 80, Flags: 2}

// hintFrame6 is that over IPv6, behind extension headers.
func hintFrame6(extensions ...uint8) headertest.Spec {
	s := hintFrame
	s.Src, s.Dst, s.Extensions = "2001:db8::1", "2001:db8::2", extensions
	return s
}

// behind puts a header in front of that of IP.
func behind(frame []byte, etherType uint16, header ...byte) []byte {
	return slices.Concat(frame[:12], binary.BigEndian.AppendUint16(nil, etherType), header, frame[14:])
}

// TestHintAtMissed: where packets have what is asked for, if none matched, is
// said when that is asked for; and what is tried then matches.
func TestHintAtMissed(t *testing.T) {
	t.Chdir(t.TempDir())
	arp := slices.Concat(hintFrame.Bytes()[:12], []byte{8, 6}, make([]byte, 28))
	vlan := func(int) []byte { s := hintFrame; s.VLAN = []uint16{5}; return s.Bytes() }
	spec := func(s headertest.Spec) func(int) []byte { return func(int) []byte { return s.Bytes() } }
	twice := hintFrame
	twice.VLAN = []uint16{5, 6}
	writeFrames(t, "vlan.pcap", 910, vlan, arp, arp)
	writeFrames(t, "many.pcap", maxSample+500, vlan, arp)
	writeFrames(t, "twice.pcap", 3, spec(twice))
	writeFrames(t, "mpls.pcap", 4, func(int) []byte { return behind(hintFrame.Bytes(), 0x8847, 0, 0, 0x51, 64) })
	writeFrames(t, "pppoe.pcap", 5, func(int) []byte { return behind(hintFrame.Bytes(), 0x8864, 0x11, 0, 0, 1, 0, 42, 0, 0x21) })
	writeFrames(t, "hbh.pcap", 6, spec(hintFrame6(0)))
	writeFrames(t, "dst.pcap", 7, spec(hintFrame6(60)), arp)
	writeFrames(t, "frag.pcap", 2, spec(hintFrame6(44)))
	writeFrames(t, "six.pcap", 8, spec(hintFrame6()))
	writeFrames(t, "plain.pcap", 1, spec(hintFrame), arp)
	if err := os.WriteFile("list", []byte("vlan.pcap\nmpls.pcap\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, expr, want, try string }{
		{"-r vlan.pcap", "tcp port 80", "matched 0 of 912 packets; 910 of them carry VLAN tags", "vlan and tcp port 80"},
		{"-r vlan.pcap --count", "tcp port 80", "matched 0 of 912 packets; 910 of them carry VLAN tags", "vlan and tcp port 80"},
		{"-r vlan.pcap -w out.pcap", "tcp port 80", "matched 0 of 912 packets; 910 of them carry VLAN tags", "vlan and tcp port 80"},
		{"-r vlan.pcap --jobs 2", "port 80 or udp", "matched 0 of 912 packets; 910 of them carry VLAN tags", "vlan and (port 80 or udp)"},
		{"-V list", "tcp port 80", "matched 0 of 916 packets; 910 of them carry VLAN tags", "vlan and tcp port 80"},
		{"--merge -r mpls.pcap -r six.pcap", "tcp[13] = 2", "matched 0 of 12 packets; 8 of them are IPv6 packets, where `tcp[...]` and the like do not look", "(ip6[6] = 6 and ip6[40 + 13] = 2)"},
		{"-r many.pcap", "tcp port 80", "matched 0 of 10501 packets; 9999 of the first 10000 carry VLAN tags", "vlan and tcp port 80"},
		{"-r many.pcap --count", "tcp port 80", "matched 0 of 10501 packets; 9999 of the first 10000 carry VLAN tags", "vlan and tcp port 80"},
		{"-r twice.pcap", "tcp", "matched 0 of 3 packets; 3 of them carry two VLAN tags", "vlan and vlan and tcp"},
		{"-r mpls.pcap", "host 192.0.2.1", "matched 0 of 4 packets; 4 of them carry MPLS labels", "mpls and host 192.0.2.1"},
		{"-r pppoe.pcap", "net 192.0.2.0/24 and not port 443", "matched 0 of 5 packets; 5 of them are in PPPoE sessions", "pppoes and net 192.0.2.0/24 and not port 443"},
		{"-r hbh.pcap", "tcp", "matched 0 of 6 packets; 6 of them have a hop-by-hop options header (IPv6)", "ip6[6] = 0 and ip6[40] = 6"},
		{"-r dst.pcap", "tcp dst port 80", "matched 0 of 8 packets; 7 of them have a destination options header (IPv6)", "ip6[6] = 60 and (ip6[40] = 6 and ip6[50 + ip6[41] * 8:2] = 80)"},
		{"-r frag.pcap", "portrange 80-90", "matched 0 of 2 packets; 2 of them have a fragment header (IPv6)", ""},

		{"-r plain.pcap", "tcp port 80", "", ""},
		{"-r vlan.pcap", "arp", "", ""},
		{"-r vlan.pcap", "udp", "", ""},
		{"-r vlan.pcap --port 80", "tcp", "", ""}, // options of ipscap's look behind tags
		{"-V list", "arp", "", ""},
		{"-r vlan.pcap", "", "", ""},
	} {
		args := slices.Concat(strings.Fields(c.args), []string{"-n"}, strings.Fields(c.expr))
		said := func(more ...string) string {
			var stdout, stderr bytes.Buffer
			runIPScap("tapdump", slices.Concat(more, args), &stdout, &stderr)
			return stderr.String()
		}
		silent := said()
		got, found := strings.CutPrefix(said("--hints"), silent)
		if !found || strings.Contains(silent, "hint") {
			t.Errorf("%s %s: --hints changes what is said from\n%sto\n%s", c.args, c.expr, silent, got)
			continue
		}
		want, try := "", c.try
		if c.want != "" {
			if _, rest, ok := strings.Cut(got, ": try '"); ok && try == "" {
				try = strings.TrimSuffix(rest, "'\n")
			}
			want = fmt.Sprintf("tapdump: hint: '%s' %s: try '%s'\n", c.expr, c.want, try)
		}
		if got != want {
			t.Errorf("%s %s: says %q, want %q", c.args, c.expr, got, want)
		}
		if try != "" {
			var stdout, stderr bytes.Buffer
			runIPScap("tapdump", slices.Concat(strings.Fields(strings.ReplaceAll(c.args, "--count", "")), []string{"-n", "--count", try}), &stdout, &stderr)
			if n := stdout.String(); n == "" || strings.HasPrefix(n, "0 ") {
				t.Errorf("%s: %s counts %q, %s", c.args, try, n, &stderr)
			}
		}
	}
}

// TestHintsOnExpressions: what may not be meant is said with --hints and with
// --explain, and not otherwise.
func TestHintsOnExpressions(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFrames(t, "one.pcap", 1, func(int) []byte { return hintFrame.Bytes() })
	const hint = "tapdump: hint: no packet can match\n  tcp[13] & 2 = 1 and dst 80\n  ^^^^^^^^^^^^^^^\n" +
		"`tcp[13] & 2 = 1` cannot hold\ndid you mean: tcp[13] & 2 != 0 and dst 80\n"
	for _, c := range []struct {
		args string
		want int
	}{
		{"-r one.pcap", 0}, {"-y EN10MB -d", 0}, {"--hints -r one.pcap", 1}, {"--hints -y EN10MB -ddd", 1}, {"-y EN10MB --explain", 1},
		{"--hints --merge -r one.pcap -r one.pcap", 1}, {"--hints -r one.pcap --count", 1}, {"--hints -r one.pcap -w out.pcap", 1},
	} {
		var stdout, stderr bytes.Buffer
		// Of two remarks the first is given.
		runIPScap("tapdump", append(strings.Fields(c.args), "tcp[13] & 2 = 1 and dst 80"), &stdout, &stderr)
		if n := strings.Count(stderr.String(), hint); n != c.want || strings.Count(stderr.String(), "hint") != c.want {
			t.Errorf("%s: the hint comes %d times, want %d: %q", c.args, n, c.want, &stderr)
		}
	}
}

// TestExplainOperand: a word that begins no expression may be a file's name, or
// an interface's.
func TestExplainOperand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.pcap", "b.pcap", "tcp"} {
		writeFrames(t, name, 1, func(int) []byte { return hintFrame.Bytes() })
	}
	if err := os.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	writeFrames(t, "dir/c-1.pcap", 1, func(int) []byte { return hintFrame.Bytes() })
	const note = " is a file: several are read by -r for each of them and --merge, or one after the other by -V\n"
	for _, c := range []struct{ args, want string }{
		{"-r a.pcap b.pcap", "tapdump: can't parse filter expression: syntax error\n  b.pcap\n  ^^^^^^\nb.pcap" + note},
		{"-r a.pcap dir/c-1.pcap", "tapdump: can't parse filter expression: syntax error\n  dir/c-1.pcap\n     ^\ndir/c-1.pcap" + note},
		{"-r a.pcap tcp b.pcap", "b.pcap" + note},
		{"-r a.pcap tcp and b.pcap", "b.pcap" + note},
		{"-V list b.pcap a.pcap", "b.pcap" + note},
		{"-r a.pcap c.pcap", "did you mean: host c.pcap\n"},
		{"-r a.pcap any", "primitive such as"},
		{"-y EN10MB -d any port 80", "any is an interface: -i any\n"},
		{"-y EN10MB -d b.pcap", "did you mean: host b.pcap\n"},
	} {
		if err := os.WriteFile("list", []byte("a.pcap\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		status := runIPScap("tapdump", strings.Fields(c.args), new(bytes.Buffer), &stderr)
		if got := stderr.String(); status != 1 || !strings.Contains(got, c.want) {
			t.Errorf("%s: status %d, says\n%swant\n%s", c.args, status, got, c.want)
		}
	}
	// A word of the language stays one, whatever files there are.
	var stdout, stderr bytes.Buffer
	if status := runIPScap("tapdump", []string{"-r", "a.pcap", "--count", "tcp"}, &stdout, &stderr); status != 0 || stdout.String() != "1 packet\n" {
		t.Errorf("status %d, prints %q, says %q", status, &stdout, &stderr)
	}
}

// TestLongExpressions: what is too long is refused with a reason, and what a
// message quotes is cut.
func TestLongExpressions(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ text, want string }{
		{strings.Repeat("host 10.0.0.1 or\n", 1<<20) + "tcp", "tapdump: expr is too long for a filter expression (more than 16 MiB)\n"},
		{strings.Repeat("port 80 or ", 300_000) + "tcp", "tapdump: filter expression is too long: more than 250000 terms\n"},
		{"host " + strings.Repeat("a", 5<<20), "tapdump: unknown host 'aaa"},
	} {
		if err := os.WriteFile("expr", []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		status := runIPScap("tapdump", []string{"-y", "EN10MB", "-d", "-F", "expr"}, new(bytes.Buffer), &stderr)
		if got := stderr.String(); status != 1 || !strings.HasPrefix(got, c.want) || len(got) > 600 {
			t.Errorf("status %d, says %.700q, want %q", status, got, c.want)
		}
	}
}
