package cli

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// zoneFile is a file of a zone (RFC 8536) that is so many seconds east of UTC.
func zoneFile(offset int32) string {
	b := append([]byte("TZif"), make([]byte, 16+4*4)...)
	b = binary.BigEndian.AppendUint32(b, 1) // local time types
	b = binary.BigEndian.AppendUint32(b, 4) // bytes of their names
	b = binary.BigEndian.AppendUint32(b, uint32(offset))
	return string(append(b, 0, 0, 'H', 'E', 'R', 0))
}

// TestSpanConfined: in its sandbox the program knows the zone of times, and reads the
// files of a folder.
func TestSpanConfined(t *testing.T) {
	zones, dir := t.TempDir(), t.TempDir()
	put(t, filepath.Join(zones, "Here"), zoneFile(5*3600))
	pingsIn(t, dir, map[string][]int64{"a.pcap": {1, 2, 3, 4}, "b.pcapng": {5, 6, 7, 8}, "c.pcap.gz": {9, 10}})
	piped, err := os.ReadFile(filepath.Join(dir, "b.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ read, from, to, want string }{
		{"-", "05:00:06", "05:00:08", "6 7"},
		{dir, "05:00:03", "05:00:10", "3 4 5 6 7 8 9"},
		{dir, "1970-01-01T00:00:03Z", "-2", "3 4 5 6 7"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-r", c.read, "--from", c.from, "--to", c.to, "-w", out)
		cmd.Env = append(os.Environ(), asProgram+"=1", "TZDIR="+zones, "TZ=Here")
		cmd.Stdin = bytes.NewReader(piped)
		if said, err := cmd.CombinedOutput(); err != nil || withoutAnnouncements(string(said)) != "" {
			t.Errorf("-r %s --from %s: %v, %q", c.read, c.from, err, said)
		}
		if got := run("-r", out, "-n", "-tt"); secondsOf(got.stdout) != c.want {
			t.Errorf("-r %s --from %s: packets of %s, want %s", c.read, c.from, secondsOf(got.stdout), c.want)
		}
	}
}
