package tcpanalysis

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// A step is a segment and what is said of it.
type step struct {
	at      float64 // seconds
	from    int     // 0: the client
	flags   string  // as tcpdump has them: S, F, R, and . for ACK
	seq     uint32
	ack     uint32
	length  int
	window  uint16
	options []byte
	want    string
}

// scene runs steps through a, and compares what is said with what is wanted.
func scene(t *testing.T, a *Analyzer, base headertest.Spec, steps []step) []Result {
	t.Helper()
	if base.Src == "" {
		base.Src, base.Dst = "192.0.2.1", "192.0.2.2"
	}
	if base.SrcPort == 0 {
		base.SrcPort, base.DstPort = 1025, 80
	}
	base.Protocol = header.ProtocolTCP
	var results []Result
	for i, s := range steps {
		spec := base
		if s.from == 1 {
			spec.Src, spec.Dst, spec.SrcPort, spec.DstPort = spec.Dst, spec.Src, spec.DstPort, spec.SrcPort
		}
		for _, f := range s.flags {
			spec.Flags |= map[rune]uint8{'S': header.SYN, 'F': header.FIN, 'R': header.RST, '.': header.ACK}[f]
		}
		spec.Seq, spec.Ack, spec.Window, spec.Options = s.seq, s.ack, s.window, s.options
		spec.Payload = make([]byte, s.length)
		pkt := spec.Packet(0, int64(s.at*1e9+0.5))
		var p header.Packet
		if _, ok := header.Innermost(pkt, &p); !ok {
			t.Fatalf("step %d cannot be decoded", i)
		}
		r := a.Add(pkt, &p)
		if got := strings.TrimSpace(string(r.AppendText(nil))); got != s.want {
			t.Errorf("step %d, %+v: %q", i, s, got)
		}
		results = append(results, r)
	}
	return results
}

// shake is a handshake from 1000 and 5000 on that takes 31 ms, with windows that
// are multiplied by four.
func shake(at float64) []step {
	ws := []byte{1, 3, 3, 2}
	return []step{
		{at, 0, "S", 1000, 0, 0, 2000, ws, ""},
		{at + 0.02, 1, "S.", 5000, 1001, 0, 4000, ws, "[rtt 20 ms]"},
		{at + 0.031, 0, ".", 1001, 5001, 0, 500, nil, "[handshake 31 ms] [rtt 11 ms]"},
	}
}

var sackBlock = []byte{1, 1, 5, 10, 0, 0, 0x05, 0x4d, 0, 0, 0x05, 0xb1} // 1357-1457

func TestScenes(t *testing.T) {
	for name, steps := range map[string][]step{
		"retransmission after a timeout": append(shake(0),
			step{0.1, 0, ".", 1001, 5001, 100, 500, nil, ""},
			step{0.4, 0, ".", 1001, 5001, 100, 500, nil, "[retransmission]"},
			step{0.42, 1, ".", 5001, 1101, 0, 1000, nil, "[rtt 320 ms]"},
			step{0.5, 0, ".", 1001, 5001, 100, 500, nil, "[spurious retransmission]"}),
		"fast retransmission": append(shake(0),
			step{0.1, 0, ".", 1001, 5001, 100, 500, nil, ""},
			step{0.1001, 0, ".", 1101, 5001, 100, 500, nil, ""},
			step{0.1002, 0, ".", 1201, 5001, 100, 500, nil, ""},
			step{0.1003, 0, ".", 1301, 5001, 100, 500, nil, ""},
			step{0.12, 1, ".", 5001, 1101, 0, 1000, nil, "[rtt 20 ms]"},
			step{0.121, 1, ".", 5001, 1101, 0, 1000, nil, "[dup ack 1]"},
			step{0.122, 1, ".", 5001, 1101, 0, 1000, nil, "[dup ack 2]"},
			step{0.123, 0, ".", 1101, 5001, 100, 500, nil, "[fast retransmission]"},
			step{0.15, 1, ".", 5001, 1401, 0, 1000, nil, "[rtt 49.7 ms]"}),
		"out of order, and a gap that stays": append(shake(0),
			step{0.1, 0, ".", 1101, 5001, 100, 500, nil, "[lost segment before]"},
			step{0.101, 0, ".", 1001, 5001, 100, 500, nil, "[out-of-order]"},
			step{0.12, 1, ".", 5001, 1301, 0, 1000, nil, "[ack of lost segment]"}),
		"keep-alive": append(shake(0),
			step{60, 0, ".", 1000, 5001, 0, 500, nil, "[keep-alive]"},
			step{60.02, 1, ".", 5001, 1001, 0, 1000, nil, "[window update]"},
			step{120, 0, ".", 1000, 5001, 1, 500, nil, "[keep-alive]"},
			step{120.02, 1, ".", 5001, 1001, 0, 1000, nil, "[keep-alive ack] [rtt 20 ms]"}),
		"no room": append(shake(0),
			step{0.1, 0, ".", 1001, 5001, 4000, 500, nil, "[window full]"},
			step{0.2, 1, ".", 5001, 5001, 0, 0, nil, "[zero window] [rtt 100 ms]"},
			step{0.5, 0, ".", 5001, 5001, 1, 500, nil, "[zero window probe]"},
			step{0.52, 1, ".", 5001, 5001, 0, 0, nil, "[zero window] [zero window probe ack]"},
			step{1.2, 1, ".", 5001, 5001, 0, 1000, nil, "[window update]"}),
		"scaled window": append(shake(0),
			step{0.05, 1, ".", 5001, 1001, 0, 250, nil, "[window update]"},
			step{0.1, 0, ".", 1001, 5001, 1000, 500, nil, "[window full]"},
			step{0.11, 1, ".", 5001, 2001, 0, 251, nil, "[rtt 10 ms]"},
			step{0.12, 0, ".", 2001, 5001, 1000, 500, nil, ""}),
		"nobody answers": {
			{0, 0, "S", 1000, 0, 0, 2000, nil, ""},
			{1, 0, "S", 1000, 0, 0, 2000, nil, "[syn unanswered 2]"},
			{3, 0, "S", 1000, 0, 0, 2000, nil, "[syn unanswered 3]"}},
		"refused": {
			{0, 0, "S", 1000, 0, 0, 2000, nil, ""},
			{0.01, 1, "R.", 0, 1001, 0, 0, nil, "[rtt 10 ms]"}},
		"reset, once": append(shake(0),
			step{0.1, 0, ".", 1001, 5001, 100, 500, nil, ""},
			step{0.11, 1, "R.", 5001, 1101, 0, 0, nil, "[reset by peer] [rtt 10 ms]"},
			step{0.12, 1, "R", 5001, 0, 0, 0, nil, ""}),
		"in mid-connection, one direction": {
			{0, 0, ".", 77001, 5001, 100, 500, nil, ""},
			{0.1, 0, ".", 77101, 5001, 100, 500, nil, ""},
			{0.2, 0, ".", 77001, 5001, 100, 500, nil, "[retransmission]"},
			{0.3, 0, ".", 77301, 5001, 100, 500, nil, "[lost segment before]"}},
		"numbers wrap around": {
			{0, 0, ".", 0xffffffce, 5001, 100, 500, nil, ""},
			{0.01, 1, ".", 5001, 50, 0, 500, nil, "[rtt 10 ms]"},
			{0.1, 0, ".", 50, 5001, 100, 500, nil, ""},
			{0.3, 0, ".", 0xffffffce, 5001, 100, 500, nil, "[spurious retransmission]"}},
		"ports are used again": append(shake(0),
			step{1, 0, "S", 9000, 0, 0, 2000, nil, "[reused ports]"},
			step{1.01, 1, "S.", 8000, 9001, 0, 2000, nil, "[rtt 10 ms]"},
			step{1.02, 0, ".", 9001, 8001, 0, 2000, nil, "[handshake 20 ms] [rtt 10 ms]"}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, base := range []headertest.Spec{
				{},
				{Src: "2001:db8::2", Dst: "2001:db8::1", VLAN: []uint16{5}},
				{Src: "192.0.2.1", Dst: "192.0.2.1", SrcPort: 80, DstPort: 1025},
			} {
				scene(t, New(Options{}), base, steps)
			}
		})
	}
}

// TestTunnel: a connection in a tunnel is that in it.
func TestTunnel(t *testing.T) {
	inner := headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: header.ProtocolTCP, SrcPort: 1025, DstPort: 80, Flags: header.ACK, Seq: 100, Ack: 7, Window: 9, Payload: []byte("xx")}
	frame := append([]byte{8, 0, 0, 0, 0, 0, 1, 0}, inner.Bytes()...)
	outer := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolUDP, SrcPort: 50000, DstPort: 4789, Payload: frame}
	a := New(Options{})
	var got []string
	for i, s := range []headertest.Spec{inner, outer} {
		pkt := s.Packet(int64(i), 0)
		var p header.Packet
		tunnels, _ := header.Innermost(pkt, &p)
		r := a.Add(pkt, &p)
		got = append(got, fmt.Sprintf("%d%v%s", r.Stream, tunnels, r.AppendText(nil)))
	}
	if want := "0|0vxlan [retransmission]"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNotFollowed: fragments and what is no TCP are nothing.
func TestNotFollowed(t *testing.T) {
	a := New(Options{})
	tcp := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolTCP, Flags: header.SYN}
	fragment := tcp.Packet(0, 0)
	fragment.Data[14+6] = 0x20
	udp := tcp
	udp.Protocol = header.ProtocolUDP
	for _, pkt := range []*capture.Packet{fragment, udp.Packet(0, 0)} {
		var p header.Packet
		if !header.Decode(pkt, &p) {
			t.Fatal("cannot be decoded")
		}
		if r := a.Add(pkt, &p); r != (Result{}) {
			t.Errorf("%+v", r)
		}
	}
	if n := a.Totals().Connections; n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestSack(t *testing.T) {
	data := append(shake(0),
		step{0.1, 0, ".", 1001, 5001, 100, 500, nil, ""},
		step{0.101, 0, ".", 1101, 5001, 256, 500, nil, ""},
		step{0.102, 0, ".", 1357, 5001, 100, 500, nil, ""},
		step{0.11, 1, ".", 5001, 1101, 0, 1000, sackBlock, "[rtt 10 ms]"},
		step{0.2, 0, ".", 1457, 5001, 43, 500, nil, ""},
		step{0.21, 1, ".", 5001, 1500, 0, 1000, sackBlock, "[rtt 10 ms]"}) // now it says that it had them twice
	a := New(Options{})
	r := scene(t, a, headertest.Spec{}, data)
	if n := r[len(r)-2].BytesInFlight; n != 256+43 {
		t.Errorf("%d bytes in flight; what SACK has is not", n)
	}
	for s := range a.Connections() {
		if s.Sides[1].Unneeded != 100 || s.Sides[0].Unneeded != 0 {
			t.Errorf("D-SACK was not counted: %+v", s)
		}
	}
}

func TestSummaries(t *testing.T) {
	mss := []byte{2, 4, 0, 100}
	for _, c := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"closed", append(shake(0),
			step{0.1, 0, ".", 1001, 5001, 100, 500, nil, ""},
			step{0.11, 1, ".", 5001, 1101, 0, 0, nil, "[zero window] [rtt 10 ms]"},
			step{0.12, 1, ".", 5001, 1101, 0, 9, nil, "[window update]"},
			step{0.2, 1, "F.", 5001, 1101, 0, 9, nil, ""},
			step{0.21, 0, "F.", 1101, 5002, 0, 9, nil, "[rtt 10 ms]"},
			step{0.22, 1, ".", 5002, 1102, 0, 9, nil, "[rtt 10 ms]"}),
			"closed by 1, handshake 31ms; 4/100 rtt 10.5ms 11ms; 5/0 1 stalls 10ms rtt 10ms 20ms"},
		{"half closed", append(shake(0), step{0.2, 0, "F.", 1001, 5001, 0, 9, nil, ""}),
			"half closed by 0, handshake 31ms; 3/0 rtt 11ms 11ms; 1/0 rtt 20ms 20ms"},
		{"reset", append(shake(0), step{0.2, 0, "R", 1001, 0, 0, 0, nil, "[reset by peer]"}),
			"reset by 0, handshake 31ms; 3/0 rtt 11ms 11ms; 1/0 rtt 20ms 20ms"},
		{"refused", []step{{0, 0, "S", 1, 0, 0, 9, nil, ""}, {0.01, 1, "R.", 0, 2, 0, 0, nil, "[rtt 10 ms]"}},
			"refused by 1, handshake 0s; 1/0; 1/0 rtt 10ms 10ms"},
		{"unanswered", []step{{0, 0, "S", 1, 0, 0, 9, nil, ""}, {1, 0, "S", 1, 0, 0, 9, nil, "[syn unanswered 2]"}},
			"unanswered by -1, handshake 0s; 2/0 again 1/0; 0/0"},
		{"opened by the other", []step{{0, 1, "S.", 1, 5, 0, 9, mss, ""}, {1, 0, ".", 5, 2, 250, 9, nil, "[rtt 1000 ms]"}, {2, 0, ".", 5, 2, 250, 9, nil, "[retransmission]"}},
			"open by -1, handshake 0s; 2/500 again 3/250 rtt 1s 1s; 1/0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, base := range []headertest.Spec{{}, {Src: "192.0.2.2", Dst: "192.0.2.1"}} {
				a := New(Options{})
				scene(t, a, base, c.steps)
				n := 0
				for s := range a.Connections() {
					n++
					if got := describe(s); got != c.want {
						t.Errorf("%s\nwant %s", got, c.want)
					}
					if client := s.Sides[0]; client.Port != 1025 || base.Src != "" && client.Addr.String() != base.Src {
						t.Errorf("the client is %v:%d", client.Addr, client.Port)
					}
				}
				if n != 1 {
					t.Errorf("%d connections", n)
				}
			}
		})
	}
}

// describe is a summary in short.
func describe(s Summary) string {
	text := fmt.Sprintf("%v by %d, handshake %v", s.Ending, s.By, s.Handshake.Round(time.Microsecond))
	for _, side := range s.Sides {
		text += fmt.Sprintf("; %d/%d", side.Packets, side.Bytes)
		if side.Retransmitted > 0 {
			text += fmt.Sprintf(" again %d/%d", side.Retransmitted, side.RetransmittedLen)
		}
		if side.Stalls > 0 {
			text += fmt.Sprintf(" %d stalls %v", side.Stalls, side.Stalled)
		}
		if side.RTTs > 0 {
			text += fmt.Sprintf(" rtt %v %v", side.MedianRTT.Round(time.Microsecond), side.LargestRTT.Round(time.Microsecond))
		}
	}
	return text
}

// TestBeforeTheCapture: what comes again from before the first segment was not seen,
// and is not counted as sent twice; nor is what fills a gap.
func TestBeforeTheCapture(t *testing.T) {
	a := New(Options{})
	results := scene(t, a, headertest.Spec{}, []step{
		{0, 0, ".", 77001, 5001, 100, 500, nil, ""},
		{0.1, 0, ".", 76901, 5001, 100, 500, nil, "[retransmission]"},
		{0.2, 0, ".", 77301, 5001, 100, 500, nil, "[lost segment before]"},
		{0.3, 0, ".", 77101, 5001, 100, 500, nil, "[retransmission]"},
		{0.4, 0, ".", 77201, 5001, 100, 500, nil, "[retransmission]"},
		{0.5, 0, ".", 77201, 5001, 100, 500, nil, "[retransmission]"},
		{0.6, 0, ".", 76951, 5001, 100, 500, nil, "[retransmission]"},
	})
	for i, r := range results {
		if got := r.Marks&Resent != 0; got != (i == 5) {
			t.Errorf("step %d: resent is %v", i, got)
		}
	}
	if total := a.Totals(); total.Retransmitted != 2 || total.RetransmittedLen != 150 {
		t.Errorf("%d segments, %d bytes were sent again", total.Retransmitted, total.RetransmittedLen)
	}
}

// TestForgotten: silent connections go, and so do those that are too many; what
// they were stays in the totals.
func TestForgotten(t *testing.T) {
	a := New(Options{MaxConnections: 100, IdleTime: time.Hour})
	one := func(port uint16, at float64, want string) {
		t.Helper()
		scene(t, a, headertest.Spec{SrcPort: port, DstPort: 80}, []step{{at, 0, ".", 1, 1, 10, 9, nil, want}})
	}
	one(1, 0, "")
	one(1, 1, "[retransmission]")
	one(1, 3602, "") // after an hour it is another one
	for port := range uint16(1000) {
		one(2000+port, 3603, "")
	}
	total := a.Totals()
	if total.Connections != 1002 || total.Forgotten != 902 || total.Packets != 1003 || total.Retransmitted != 1 {
		t.Errorf("%+v", total)
	}
	if total.Endings[TimedOut] == 0 || total.Marked(Retransmission) != 1 {
		t.Errorf("%+v", total)
	}
	last := -1
	n := 0
	for s := range a.Connections() {
		if int(s.Stream) <= last {
			t.Errorf("connection %d comes behind %d", s.Stream, last)
		}
		last = int(s.Stream)
		n++
	}
	if n != 100 || a.Forgotten() != 902 {
		t.Errorf("%d are left, %d forgotten", n, a.Forgotten())
	}
	for range a.Connections() {
		break // one may stop early
	}
}

// TestOpenOnesAreKept: of connections that are too many, ended ones go first.
func TestOpenOnesAreKept(t *testing.T) {
	a := New(Options{MaxConnections: 16})
	for port := range uint16(16) {
		flags := "R."
		if port == 3 {
			flags = "."
		}
		scene(t, a, headertest.Spec{SrcPort: 100 + port, DstPort: 80}, []step{
			{float64(port), 1, ".", 1, 1, 0, 9, nil, ""},
			{float64(port), 0, flags, 1, 1, 0, 9, nil, map[string]string{"R.": "[reset by peer]"}[flags]},
		})
	}
	for port := range uint16(15) {
		scene(t, a, headertest.Spec{SrcPort: 200 + port, DstPort: 80}, []step{{20, 0, ".", 1, 1, 0, 9, nil, ""}})
	}
	kept := false
	for s := range a.Connections() {
		kept = kept || s.Sides[0].Port == 103 || s.Sides[1].Port == 103
	}
	if !kept {
		t.Error("the open one is gone")
	}
}

func TestTable(t *testing.T) {
	names := map[string]bool{}
	var all Marks
	for i, m := range Table() {
		if m.Bit != 1<<i || m.Meaning == "" || names[m.Name] || m.Name == "" {
			t.Errorf("%+v", m)
		}
		names[m.Name] = true
		all |= m.Bit
		if got, ok := ByName(m.Name); !ok || got.Bit != m.Bit {
			t.Errorf("%s is not found", m.Name)
		}
	}
	if all != allMarks {
		t.Errorf("marks %b are not in the table", all^allMarks)
	}
	if _, ok := ByName("x"); ok {
		t.Error("there is a mark x")
	}
}

func TestAppendDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 400: "0 ms", 600: "0.001 ms", 45_000: "0.045 ms", 123_400: "0.123 ms", 999_999: "1 ms",
		1_234_000: "1.23 ms", 9_999_999: "10 ms", 12_340_000: "12.3 ms", 31 * time.Millisecond: "31 ms", 10_050_000: "10.1 ms",
		99_960_000: "100 ms", 123_600_000: "124 ms", 1204 * time.Millisecond: "1204 ms", -12_340_000: "-12.3 ms",
	} {
		if got := string(AppendDuration(nil, d)); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

// TestDocumented: docs/analysis.md has a row for each mark.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/analysis.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range Table() {
		row := ""
		for line := range strings.Lines(string(page)) {
			if strings.HasPrefix(line, "| `"+m.Name+"` |") {
				row = line
			}
		}
		if row == "" || m.Text != "" && !strings.Contains(row, "`["+m.Text) || m.Field != "" && !strings.Contains(row, "`"+m.Field+"`") {
			t.Errorf("%+v has the row %q", m, row)
		}
	}
}
