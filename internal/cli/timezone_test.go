package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/headertest"
)

// TestZoneOfLines: everything that shows local times takes the zone of TZ:
// lines, views, statistics, names of files. What is not understood is said once.
func TestZoneOfLines(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	name := writeSpecs(t, "one.pcap", headertest.Spec{Src: "10.0.2.15", Dst: "9.9.9.9", Protocol: 17, SrcPort: 40000, DstPort: 53})
	const utc, unknown = "2025-01-03 22:34:35", "tapdump: WARNING: TZ=Europe/Berln: no such time zone, times are in UTC\n"
	for _, test := range []struct{ tz, want, warning string }{
		{"GMT0", utc, ""},
		{"", utc, ""},
		{"UTC-3", "2025-01-04 01:34:35", ""},
		{"XYZ+3:30", "2025-01-03 19:04:35", ""},
		{"XYZ-25", "2025-01-04 22:34:35", ""},
		{"CET-1CEST,M3.5.0,M10.5.0/3", "2025-01-03 23:34:35", ""},
		{":Asia/Kolkata", "2025-01-04 04:04:35", ""},
		{"Europe/Berln", utc, unknown},
	} {
		t.Setenv("TZ", test.tz)
		for _, args := range []string{"-tttt", "--output HEADER --port 53", "--stats text", "-tttt --print --stats text --port 53"} {
			var stdout, stderr bytes.Buffer
			if status := runIPScap("tapdump", append(strings.Fields(args), "-n", "-r", name), &stdout, &stderr); status != 0 {
				t.Errorf("TZ=%s %s: exit status %d", test.tz, args, status)
			}
			if !strings.Contains(stdout.String(), test.want) {
				t.Errorf("TZ=%s %s: no %s in\n%s", test.tz, args, test.want, &stdout)
			}
			if said := warnings(stderr.String()); said != test.warning {
				t.Errorf("TZ=%s %s: warns %q, want %q", test.tz, args, said, test.warning)
			}
		}
	}
	t.Setenv("TZ", "XYZ-5:45")
	var stdout, stderr bytes.Buffer
	runIPScap("tapdump", []string{"-r", name, "-G", "3600", "-w", "at_%z_%Z"}, &stdout, &stderr)
	if files, err := filepath.Glob("at_*"); err != nil || len(files) != 1 || files[0] != "at_+0545_XYZ" {
		t.Errorf("-G made %v, %v: %s", files, err, &stderr)
	}
	if _, err := os.Stat("at_+0545_XYZ"); err != nil {
		t.Error(err)
	}
}

// TestNoZoneNeeded: nobody hears of a zone that no time is shown in.
func TestNoZoneNeeded(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TZ", "Europe/Berln")
	name := writeSpecs(t, "one.pcap", headertest.Spec{Src: "10.0.2.15", Dst: "9.9.9.9", Protocol: 17, SrcPort: 40000, DstPort: 53})
	for _, args := range []string{"--count", "-w out.pcap", "-d"} {
		var stdout, stderr bytes.Buffer
		runInProcess("tapdump", append(strings.Fields(args), "-r", name), &stdout, &stderr)
		if strings.Contains(stderr.String(), "Berln") {
			t.Errorf("%s says %s", args, &stderr)
		}
	}
}

// warnings are the lines of stderr that warn.
func warnings(stderr string) string {
	all := ""
	for line := range strings.Lines(stderr) {
		if strings.Contains(line, "WARNING") {
			all += line
		}
	}
	return all
}
