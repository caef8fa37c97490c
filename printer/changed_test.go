package printer

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// changedGolden has a line for each packet file and flags: name, flags and a
// hash of what is printed when one byte of a packet is another one.
const changedGolden = packetDir + "/changed.tsv"

// TestChangedBytes prints the packets with one byte changed, each byte in turn:
// types that nobody knows, lengths that are short or too long, flags that are
// seldom set. What is printed is compared by its hash; TestReference compares it
// packet by packet with a tcpdump.
func TestChangedBytes(t *testing.T) {
	want := make(map[string]string)
	if text, err := os.ReadFile(changedGolden); err == nil {
		for line := range strings.Lines(string(text)) {
			if i := strings.LastIndexByte(line, '\t'); i >= 0 {
				want[line[:i]] = strings.TrimSpace(line[i:])
			}
		}
	} else if !*update {
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
				for _, flags := range pf.flags {
					key := pf.name + "\t" + flags
					got := changedHash(t, pf, flags)
					mu.Lock()
					rows = append(rows, key+"\t"+got+"\n")
					mu.Unlock()
					if !*update && want[key] != got {
						t.Errorf("with %s, packets of %s.txt that have one byte changed are no longer printed as %s has it (%s, now %s).\n"+
							"TAPDUMP_REFERENCE=/path/to/tcpdump go test ./printer -run TestReference/%s shows where they differ from tcpdump; "+
							"if this is meant: go test ./printer -run TestChangedBytes -update",
							flags, pf.name, changedGolden, cmp.Or(want[key], "no line"), got, pf.name)
					}
				}
			})
		}
	})
	if *update {
		slices.Sort(rows)
		if err := os.WriteFile(changedGolden, []byte(strings.Join(rows, "")), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if len(stale) > 0 {
		t.Errorf("%s has lines for flags that no packet file has: %q\nrun go test ./printer -run TestChangedBytes -update", changedGolden, slices.Sorted(maps.Keys(stale)))
	}
}

func changedHash(t testing.TB, pf packetFile, flags string) string {
	sum := sha256.New()
	p := New(testOptions(t, flags))
	var out []byte
	changedPackets(pf, flags, func(pkt *capture.Packet) {
		if out = p.Print(out, pkt); len(out) > 1<<14 {
			sum.Write(out)
			out = out[:0]
		}
	})
	sum.Write(out)
	return fmt.Sprintf("%.6x", sum.Sum(nil))
}

// changedPackets calls f with all packets of a file with one byte changed. The
// most verbose flags of the file see more changes than the others.
func changedPackets(pf packetFile, flags string, f func(*capture.Packet)) {
	changes := 1
	if flags == mostVerbose(pf.flags) {
		changes = 6
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
