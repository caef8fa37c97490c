package printer

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// sweepGolden has a line for each packet file and flags: name, flags and, for
// each sweep, a hash of what is printed.
const sweepGolden = packetDir + "/sweeps.tsv"

// sweep is a way to make many packets out of those of a file. The packet that f
// is called with is used again for the next.
type sweep struct {
	what    string
	packets func(t testing.TB, pf packetFile, flags string, f func(*capture.Packet))
}

var sweeps = []sweep{
	{"packets with one byte changed", changedPackets},
	{"packets that are shorter", shortPackets},
}

// TestSweeps prints packets that are wrong in many ways: types that nobody knows,
// lengths that are too short or too long, flags that are seldom set. What is
// printed is compared by its hash; TestReference compares it packet by packet with
// a tcpdump.
func TestSweeps(t *testing.T) {
	want := make(map[string][]string)
	if text, err := os.ReadFile(sweepGolden); err == nil {
		for line := range strings.Lines(string(text)) {
			if columns := strings.Split(strings.TrimSpace(line), "\t"); len(columns) == 2+len(sweeps) {
				want[columns[0]+"\t"+columns[1]] = columns[2:]
			}
		}
	} else if !*testenv.Update {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var rows []string
	stale := maps.Clone(want)
	t.Run("files", func(t *testing.T) {
		for _, path := range packetFiles(t, "*") {
			pf := loadPackets(t, path)
			for _, flags := range pf.flags {
				delete(stale, pf.name+"\t"+flags)
			}
			t.Run(pf.name, func(t *testing.T) {
				t.Parallel()
				if pf.name == "ip6" && strconv.IntSize == 32 {
					t.Skip("jumbograms that claim 2 GiB and more are shown with another length: docs/compatibility.md")
				}
				for _, flags := range pf.flags {
					row := pf.name + "\t" + flags
					golden := want[row]
					for i, s := range sweeps {
						got := s.hash(t, pf, flags)
						row += "\t" + got
						if !*testenv.Update && (golden == nil || golden[i] != got) {
							t.Errorf("with %s, %s than those of %s.txt are no longer printed as %s has it.\n"+
								"TAPDUMP_REFERENCE=/path/to/tcpdump go test ./printer -run TestReference/%s shows where they differ from tcpdump; "+
								"if this is meant: go test ./printer -run TestSweeps -update", flags, s.what, pf.name, sweepGolden, pf.name)
						}
					}
					mu.Lock()
					rows = append(rows, row+"\n")
					mu.Unlock()
				}
			})
		}
	})
	if *testenv.Update {
		slices.Sort(rows)
		if err := os.WriteFile(sweepGolden, []byte(strings.Join(rows, "")), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if len(stale) > 0 {
		t.Errorf("%s has lines for flags that no packet file has: %q\nrun go test ./printer -run TestSweeps -update", sweepGolden, slices.Sorted(maps.Keys(stale)))
	}
}

// hash is a hash of what is printed of the packets of a sweep.
func (s *sweep) hash(t testing.TB, pf packetFile, flags string) string {
	sum := sha256.New()
	p := New(testOptions(t, flags))
	var out []byte
	s.packets(t, pf, flags, func(pkt *capture.Packet) {
		if out = p.Print(out, pkt); len(out) > 1<<14 {
			sum.Write(out)
			out = out[:0]
		}
	})
	sum.Write(out)
	return fmt.Sprintf("%.6x", sum.Sum(nil))
}

// shortPackets calls f with all packets of a file with fewer bytes behind the
// headers that the file names, whose lengths and checksums are right for that.
func shortPackets(t testing.TB, pf packetFile, _ string, f func(*capture.Packet)) {
	for i, pkt := range pf.packets {
		made := pf.made[i]
		for n := range min(len(made.body), 300) {
			data, err := wrapHeaders(pkt.LinkType, made.headers, made.body[:n])
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 0 {
				pkt.Data, pkt.Length = data, uint32(len(data))
				f(&pkt)
			}
		}
	}
}

// changedPackets calls f with all packets of a file with one byte changed. The
// most verbose flags of the file see more changes than the others: of each byte
// all bits turned, so that each bit of a field is set once, one more and one
// less, where a length is just too long or too short.
func changedPackets(_ testing.TB, pf packetFile, flags string, f func(*capture.Packet)) {
	changes, always := 1, 0
	if flags == mostVerbose(pf.flags) {
		changes, always = 5, 3
	}
	var room [300]byte
	for n, pkt := range pf.packets {
		whole := pkt.Data
		// the last byte is the packet's last, so that nothing is read behind it
		b := append(room[:0:len(room)], whole[:min(len(whole), len(room))]...)
		if len(whole) > len(b) {
			b = append([]byte(nil), whole...)
		}
		pkt.Data = b[:len(b):len(b)]
		for i := range min(len(b), len(room)) {
			for j := range always {
				b[i] = [...]byte{^whole[i], whole[i] + 1, whole[i] - 1}[j]
				f(&pkt)
			}
			for j := range changes {
				// Protocols have many packets, which see different changes of a field.
				b[i] = changeByte(whole[i], n*7+i*11+j*5+len(flags)*3)
				f(&pkt)
			}
			b[i] = whole[i]
		}
	}
}

// changeByte returns a byte near c, one bit away from it, or a small number or
// the largest: versions, types and lengths are bounded by those.
func changeByte(c byte, change int) byte {
	switch n := change % 32; {
	case n == 0:
		return c - 1
	case n == 1:
		return c + 1
	case n < 10:
		return c ^ 1<<(n-2)
	case n == 10:
		return 0xff
	case n < 28:
		return byte(n - 11)
	default:
		return byte(n-24) * 4 // 16 to 28
	}
}

// mostVerbose returns the flags with the most v.
func mostVerbose(flags []string) string {
	return slices.MaxFunc(flags, func(a, b string) int { return cmp.Compare(strings.Count(a, "v"), strings.Count(b, "v")) })
}
