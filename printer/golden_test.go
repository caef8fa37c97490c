package printer

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

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
			testenv.Golden(t, strings.TrimSuffix(path, ".txt")+".out", goldenText(t, pf))
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
