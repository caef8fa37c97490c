package printer

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

var update = flag.Bool("update", false, "rewrite the golden outputs")

const packetDir = "../testdata/packets"

// packetFiles lists the packet files whose names match the pattern.
func packetFiles(t testing.TB, pattern string) []string {
	files, err := filepath.Glob(filepath.Join(packetDir, pattern+".txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no packet files %s.txt in %s (%v)", pattern, packetDir, err)
	}
	return files
}

// TestGolden prints every packet file with each of its flags and compares the
// lines with NAME.out beside it, whole and cut at every length.
func TestGolden(t *testing.T) {
	for _, path := range packetFiles(t, "*") {
		pf := loadPackets(t, path)
		t.Run(pf.name, func(t *testing.T) {
			got := goldenText(t, pf)
			golden := strings.TrimSuffix(path, ".txt") + ".out"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v\nrun: go test ./printer -run TestGolden/%s -update, and read what it wrote", err, pf.name)
			}
			if d := firstDifference(want, got); d != "" {
				t.Errorf("%s\nif this is meant: go test ./printer -run TestGolden/%s -update", d, pf.name)
			}
		})
	}
}

// goldenText is the output with each of the flags, each followed by a hash of
// the output for all packets cut at every length.
func goldenText(t testing.TB, pf packetFile) []byte {
	var out []byte
	for _, flags := range pf.flags {
		out = append(out, "$ "+flags+"\n"...)
		p := New(testOptions(t, flags))
		for i := range pf.packets {
			out = p.Print(out, &pf.packets[i])
		}
		sum := sha256.New()
		var line []byte
		cutPackets(pf, func(pkt *capture.Packet) {
			line = p.Print(line[:0], pkt)
			sum.Write(line)
		})
		out = fmt.Appendf(out, "cut at every length: %.6x\n", sum.Sum(nil))
	}
	return out
}

// cutPackets calls f with all packets of a file at all capture lengths; very
// long ones only at their first 300.
func cutPackets(pf packetFile, f func(*capture.Packet)) {
	for _, pkt := range pf.packets {
		whole := pkt.Data
		for n := 1; n < len(whole) && n <= 300; n++ {
			pkt.Data = whole[:n:n]
			f(&pkt)
		}
	}
}

// firstDifference shows the first line that differs, or "".
func firstDifference(want, got []byte) string {
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := 0; i < len(w) || i < len(g); i++ {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\nwant %s\n got %s", i+1, a, b)
		}
	}
	return ""
}
