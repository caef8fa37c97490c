package tcpanalysis

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// theirs are the marks that tshark has too.
const theirs = allMarks &^ (SynUnanswered | ResetByPeer | Resent)

// agreement counts over packets that tshark or the Analyzer marks.
type agreement struct {
	marked, same int
	rtts, close  int            // packets with a round-trip time in either, and those of the same
	flights, bif int            // packets with bytes in flight in either, and those of the same
	deviations   map[string]int // how: what tshark says, what we say
	example      map[string]int // the number of a packet
}

func (a *agreement) add(b agreement) {
	a.marked += b.marked
	a.same += b.same
	a.rtts += b.rtts
	a.close += b.close
	a.flights += b.flights
	a.bif += b.bif
	for k, n := range b.deviations {
		if a.deviations == nil {
			a.deviations = map[string]int{}
		}
		a.deviations[k] += n
	}
}

func (a *agreement) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d marked packets as in tshark (%.2f %%), %d of %d round-trip times, %d of %d bytes in flight",
		a.same, a.marked, 100*float64(a.same)/float64(max(a.marked, 1)), a.close, a.rtts, a.bif, a.flights)
	for k, n := range a.deviations {
		fmt.Fprintf(&b, "\n\t%d: %s", n, k)
		if e := a.example[k]; e != 0 {
			fmt.Fprintf(&b, " (packet %d)", e)
		}
	}
	return b.String()
}

// verdict is what is said of a packet.
type verdict struct {
	stream string
	marks  Marks
	dup    string
	rtt    string
	flight string
}

// names lists marks.
func (m Marks) names() string {
	var s []string
	for _, k := range Table() {
		if m&k.Bit != 0 {
			s = append(s, k.Name)
		}
	}
	if s == nil {
		return "nothing"
	}
	return strings.Join(s, ",")
}

// tsharkVerdicts asks tshark about a capture file, by number of packet.
func tsharkVerdicts(t *testing.T, tshark, name string) map[int]verdict {
	t.Helper()
	args := []string{"-n", "-r", name, "-Y", "tcp", "-T", "fields", "-E", "occurrence=l",
		"-e", "frame.number", "-e", "tcp.stream", "-e", "tcp.analysis.ack_rtt", "-e", "tcp.analysis.duplicate_ack_num",
		"-e", "tcp.analysis.bytes_in_flight"}
	var bits []Marks
	for _, m := range Table() {
		if m.Field != "" {
			bits = append(bits, m.Bit)
			args = append(args, "-e", m.Field)
		}
	}
	cmd := exec.Command(tshark, args...)
	var wrong strings.Builder
	cmd.Stderr = &wrong
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[int]verdict{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		f := strings.Split(lines.Text(), "\t")
		var n int
		fmt.Sscan(f[0], &n)
		v := verdict{stream: f[1], rtt: f[2], dup: f[3], flight: f[4]}
		for i, s := range f[5:] {
			if s != "" {
				v.marks |= bits[i]
			}
		}
		verdicts[n] = v
	}
	if err := cmd.Wait(); err != nil && !strings.Contains(wrong.String(), "cut short") {
		t.Logf("tshark -r %s: %v %s", name, err, wrong.String())
	}
	return verdicts
}

// agree asks tshark and an Analyzer about a capture file.
func agree(t *testing.T, tshark, name string) agreement {
	t.Helper()
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Logf("%s: %v", name, err)
		return agreement{}
	}
	defer r.Close()
	want := tsharkVerdicts(t, tshark, name)
	result := agreement{deviations: map[string]int{}, example: map[string]int{}}
	a := New(Options{})
	var p header.Packet
	var pkt capture.Packet
	for n := 1; ; n++ {
		if err := r.Next(&pkt); err != nil {
			if err != io.EOF {
				t.Logf("%s: %v", name, err)
			}
			break
		}
		var got Result
		if _, ok := header.Innermost(&pkt, &p); ok && p.Protocol == header.ProtocolTCP {
			got = a.Add(&pkt, &p)
		}
		result.packet(n, want[n], &got)
	}
	return result
}

func (a *agreement) packet(n int, want verdict, got *Result) {
	ours := got.Marks & theirs
	if want.rtt != "" || got.HasAckRTT {
		a.rtts++
		if fmt.Sprintf("%.9f", got.AckRTT.Seconds()) == want.rtt {
			a.close++
		}
	}
	if flight := fmt.Sprint(got.BytesInFlight); want.flight != "" || flight != "0" {
		a.flights++
		if flight == want.flight {
			a.bif++
		}
	}
	if want.marks|ours == 0 {
		return
	}
	a.marked++
	switch dup := fmt.Sprint(got.DuplicateAck); {
	case want.marks != ours:
		k := fmt.Sprintf("tshark %s, we %s", want.marks.names(), got.Marks.names())
		a.deviations[k]++
		if a.example[k] == 0 {
			a.example[k] = n
		}
	case ours&DuplicateAck != 0 && dup != want.dup:
		k := "number of a duplicate acknowledgement"
		a.deviations[k]++
		a.example[k] = n
	default:
		a.same++
	}
}

// tcpCaptures returns the capture files in folders that have two packets with TCP,
// so that there can be something to mark.
func tcpCaptures(t *testing.T, folders ...string) (names []string) {
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Logf("left out: %v", err)
		}
		for _, e := range entries {
			name := filepath.Join(folder, e.Name())
			r, err := pcapfile.Open(name)
			if err != nil {
				continue // no capture file, or one with nothing in it
			}
			var p header.Packet
			n := 0
			for pkt, err := range capture.Packets(r) {
				if err != nil {
					break // cut short: what is before counts
				}
				if _, ok := header.Innermost(pkt, &p); ok && p.Protocol == header.ProtocolTCP {
					n++
				}
			}
			r.Close()
			if n >= 2 {
				names = append(names, name)
			}
		}
	}
	return names
}

// TestTshark compares with tshark on the captures of the repository, and those
// beside it if there are any. -captures names others.
func TestTsharkCaptures(t *testing.T) {
	tshark := testenv.Oracle(t, "tshark")
	var all agreement
	names := tcpCaptures(t, "../../testdata/captures")
	switch {
	case *others != "":
		names = tcpCaptures(t, strings.Split(*others, ",")...)
	case !testing.Short(): // a sample: tshark takes half a second to begin
		for i, name := range tcpCaptures(t, "../../../shared/conformance/captures") {
			if i%5 == 0 {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		a := agree(t, tshark, name)
		if a.marked != a.same || a.rtts != a.close {
			t.Logf("%s: %v", name, &a)
		}
		all.add(a)
	}
	all.check(t, 0) // there may be nothing to mark
}

var others = flag.String("captures", "", "folders with captures for TestTshark, with commas between them")

// check fails where less than 98 % of marked packets are as in tshark, or there are
// too few of them to say so.
func (a *agreement) check(t *testing.T, least int) {
	t.Helper()
	t.Log(a)
	if a.marked < least || float64(a.same) < 0.98*float64(a.marked) {
		t.Error("less than 98 % of the marked packets are as in tshark")
	}
}
