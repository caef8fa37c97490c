package printer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// TestReference prints the packets of every file, whole, cut at every length and
// in all sweeps, as the reference does.
func TestReference(t *testing.T) {
	references, any := map[versions.Version]string{}, false
	for _, v := range versions.All() {
		references[v] = testenv.ReferenceLike(t, v)
		any = any || references[v] != ""
	}
	if !any {
		testenv.NeedsReference(t)
	}
	for _, path := range packetFiles(t, "*") {
		pf := loadPackets(t, path)
		t.Run(pf.name, func(t *testing.T) {
			differences, compared := 0, false
			for _, flags := range pf.flags {
				ref := references[testOptions(t, flags).Like]
				if ref == "" {
					continue
				}
				compared = true
				packets := slices.Clone(pf.packets)
				cutPackets(pf, func(pkt *capture.Packet) { packets = append(packets, *pkt) })
				differences += compareWithReference(t, ref, flags, pf.unlike, packets)
				if pf.unlike == "" {
					for _, s := range sweeps {
						packets = packets[:0]
						s.packets(t, pf, flags, func(pkt *capture.Packet) {
							packets = append(packets, *pkt)
							packets[len(packets)-1].Data = bytes.Clone(pkt.Data)
						})
						compareWithReference(t, ref, flags, "", packets)
					}
				}
			}
			if pf.unlike != "" && compared && differences == 0 {
				t.Errorf("%s.txt says that the reference %s, but it prints the same: take that line out", pf.name, pf.unlike)
			}
		})
	}
}

// knownDifference is a reason why the reference prints a changed packet otherwise,
// or "". docs/compatibility.md has them all.
func knownDifference(flags string, want []byte) string {
	switch {
	case bytes.Contains(want, []byte("EGPv2, ")) && bytes.Contains(want, []byte("update state:")):
		return "addresses in EGP updates"
	case strings.Contains(flags, "-E ") && bytes.Contains(want, []byte(" [|")):
		return "ports inside ESP that was decrypted"
	}
	return ""
}

// compareWithReference returns how many packets are printed otherwise, and fails
// for each unless unlike says why.
func compareWithReference(t *testing.T, ref, flags, unlike string, packets []capture.Packet) (differences int) {
	for len(packets) > 0 { // a pcap file has one link type
		n := 1
		for n < len(packets) && packets[n].LinkType == packets[0].LinkType {
			n++
		}
		want := referenceOutput(t, ref, flags, packets[:n])
		p := New(testOptions(t, flags+" -#"))
		var got []byte
		for i := range packets[:n] {
			got = p.Print(got[:0], &packets[i])
			lines, rest := want, []byte(nil)
			if end := bytes.Index(want, fmt.Appendf(nil, "\n%5d  ", i+2)); end >= 0 {
				lines, rest = want[:end+1], want[end+1:]
			}
			want = rest
			if bytes.Equal(lines, got) || unlike == "" && knownDifference(flags, lines) != "" {
				continue
			}
			if differences++; unlike == "" && differences < 4 {
				t.Errorf("%s: differs from %s: %s\npacket %x of %d bytes", flags, ref, testenv.FirstDifference(lines, got), packets[i].Data, packets[i].Length)
			}
		}
		packets = packets[n:]
	}
	return differences
}

// ours are the flags that the reference does not know.
var ours = regexp.MustCompile(`--like \S+`)

// referenceOutput is what a tcpdump prints of packets, all of one link type, with
// their numbers.
func referenceOutput(t *testing.T, ref, flags string, packets []capture.Packet) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, capture.MaxSnapLen)
	b = le.AppendUint32(b, packets[0].LinkType.Savefile())
	for _, pkt := range packets {
		b = le.AppendUint32(b, uint32(pkt.Time.Sec))
		b = le.AppendUint32(b, uint32(pkt.Time.Nsec/1000))
		b = le.AppendUint32(b, uint32(len(pkt.Data)))
		b = le.AppendUint32(b, pkt.Length)
		b = append(b, pkt.Data...)
	}
	file := filepath.Join(t.TempDir(), "packets.pcap")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-n", "-t", "-#", "-r", file}, strings.Fields(ours.ReplaceAllString(flags, ""))...)
	cmd := exec.Command(ref, args...)
	cmd.Env = append(os.Environ(), "TZ=GMT0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", ref, strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}
