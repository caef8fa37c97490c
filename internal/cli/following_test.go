package cli

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// TestSkip: packets of --skip go nowhere, whatever the others go to, and have their
// numbers; and so it is with every version.
func TestSkip(t *testing.T) {
	t.Chdir("../../testdata")
	t.Setenv("TZ", "GMT0")
	out := t.TempDir()
	run := func(line string) (stdout, stderr string) {
		t.Helper()
		var o, e bytes.Buffer
		if status := runInProcess("tapdump", words(line), &o, &e); status != 0 {
			t.Errorf("%s: status %d, %s", line, status, e.String())
		}
		return o.String(), e.String()
	}
	all, _ := run("-n -# -r captures/lan.pcap")
	lines := strings.SplitAfter(all, "\n")
	for _, v := range versions.All() {
		t.Setenv("TAPDUMP_LIKE", v.String())
		for _, jobs := range []string{"1", "4"} {
			if got, _ := run("-n -# --skip 10 -c 5 --jobs " + jobs + " -r captures/lan.pcap"); got != strings.Join(lines[10:15], "") {
				t.Errorf("%s, %s jobs: packets 11 to 15 are\n%s", v, jobs, got)
			}
		}
	}
	for _, name := range []string{"copied.pcap", "copied.pcapng", "copied.pcap.gz"} {
		name = filepath.Join(out, name)
		for _, more := range []string{"", "-U", "--print"} {
			run("-n -r captures/lan.pcap --skip 10 -c 5 -w " + name + " " + more)
			got, _ := run("-n -t -r " + name)
			want, _ := run("-n -t --skip 10 -c 5 -r captures/lan.pcap")
			if got != want || got == "" {
				t.Errorf("%s %s has\n%s\nwant\n%s", name, more, got, want)
			}
		}
	}
	if got, _ := run("-n -r captures/lan.pcap --skip 10 -c 2 --fields number,original_length"); !strings.HasPrefix(got, "11\t42\n12\t42\n") {
		t.Errorf("records are %q", got)
	}
	if got, _ := run("-r captures/lan.pcap --skip 10 -c 2 --stats csv"); strings.Count(got, "\n") > 4 {
		t.Errorf("statistics of two packets are\n%s", got)
	}
	if got, _ := run("-n -r captures/lan.pcap --print-sampling 5 -c 11 --fields number,text --to " + filepath.Join(out, "records")); strings.Count(got, "\n") != 2 {
		t.Errorf("of 11 packets each 5th is\n%s", got)
	}
	records, err := os.ReadFile(filepath.Join(out, "records"))
	if rows := strings.Split(strings.TrimSpace(string(records)), "\n"); err != nil || len(rows) != 11 || strings.HasSuffix(rows[0], "\t") {
		t.Errorf("sampling is about lines; records are\n%s (%v)", records, err)
	}
}

// TestProgramName: an ending of the program's file that says what it is is no part of
// its name since 5.0.
func TestProgramName(t *testing.T) {
	for _, c := range []struct {
		program string
		like    versions.Version
		want    string
	}{
		{"/bin/tcpdump.exe", versions.V4_99_6, "tcpdump.exe: -G cannot be used without -w.\n"},
		{"/bin/tcpdump.exe", versions.V5_0, "tcpdump: -G cannot be used without -w.\n"},
		{"tcpdump.EXE", versions.V5_0, "tcpdump: -G cannot be used without -w.\n"},
		{"tcpdump.ex", versions.V5_0, "tcpdump.ex: -G cannot be used without -w.\n"},
	} {
		t.Setenv("TAPDUMP_LIKE", c.like.String())
		var stdout, stderr bytes.Buffer
		if status := runInProcess(c.program, []string{"-G", "1"}, &stdout, &stderr); status != 1 || stderr.String() != c.want {
			t.Errorf("%s, %s: status %d, %q", c.program, c.like, status, stderr.String())
		}
		stdout.Reset()
		runInProcess(c.program, []string{"-h"}, &stdout, &stderr)
		if usage := fmt.Sprintf("\nUsage: %s [", filepath.Base(c.program)); !strings.Contains(stdout.String(), usage) {
			t.Errorf("%s, %s: no %q in\n%s", c.program, c.like, usage, stdout.String())
		}
	}
}

// TestWrongVersion: a version that there is not is named, with those that there are.
func TestWrongVersion(t *testing.T) {
	t.Setenv("TAPDUMP_LIKE", "4")
	for _, c := range []struct {
		line, want string
	}{
		{"-r x", "tapdump: TAPDUMP_LIKE=\"4\": not one of 4.99.6, 4.99, 5.0\n"},
		{"-h", "tapdump: TAPDUMP_LIKE=\"4\": not one of 4.99.6, 4.99, 5.0\n"},
		{"--like 3 -r x", "tapdump: --like \"3\": not one of 4.99.6, 4.99, 5.0\n"},
	} {
		for _, ipscap := range []bool{false, true} {
			var stdout, stderr bytes.Buffer
			command := newTestCommand("tapdump", strings.NewReader(""), &stdout, &stderr)
			command.ipscap = ipscap
			if status := command.main(append([]string{"tapdump"}, words(c.line)...)); status != 1 || stderr.String() != c.want {
				t.Errorf("%s: status %d, %q", c.line, status, stderr.String())
			}
		}
	}
}

// TestLinkTypeWords compares what is said of each link type, and of damaged savefiles,
// with tcpdumps of all versions that there are.
func TestLinkTypeWords(t *testing.T) {
	head := func(magic uint32, major uint16, link uint32) []byte {
		b := binary.LittleEndian.AppendUint32(nil, magic)
		b = binary.LittleEndian.AppendUint16(b, major)
		b = binary.LittleEndian.AppendUint16(b, 4)
		for _, v := range []uint32{0, 0, 96, link} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	var files [][]byte
	for link := range uint32(310) {
		files = append(files, head(0xa1b2c3d4, 2, link))
	}
	files = append(files, head(0xa1b2c3d4, 1, 1), head(0xa1b23c4d, 0, 1), head(0xa1b2c3d4, 3, 1), head(0xa1b2c3d4, 543, 1))
	whole := head(0xa1b2c3d4, 2, 1)
	for n := range whole {
		files = append(files, whole[:n])
	}
	compared := false
	for _, v := range versions.All() {
		tcpdump := testenv.ReferenceLike(t, v)
		if tcpdump == "" {
			continue
		}
		compared = true
		t.Setenv("TAPDUMP_LIKE", v.String())
		for i, file := range files {
			if v < versions.V5_0 && uint32(i) == uint32(capture.LinkDECT_NR_TAP) {
				continue // which can be read with every version (docs/bpf.md)
			}
			cmd := exec.Command(tcpdump, "-r", "-")
			var stdout, theirs, ours bytes.Buffer
			cmd.Stdin, cmd.Stderr = bytes.NewReader(file), &theirs
			if err := cmd.Run(); cmd.ProcessState == nil {
				t.Fatal(err)
			}
			status := newTestCommand("tcpdump", bytes.NewReader(file), &stdout, &ours).main([]string{"tcpdump", "-r", "-"})
			if theirs.String() != ours.String() || status != cmd.ProcessState.ExitCode() {
				t.Errorf("%s, a file % x: status %d, %q\n the reference %d, %q", v, file, status, ours.String(), cmd.ProcessState.ExitCode(), theirs.String())
			}
		}
	}
	if !compared {
		t.Skip("set TAPDUMP_REFERENCE, TAPDUMP_REFERENCE_4_99 or TAPDUMP_REFERENCE_5_0 to a tcpdump of that version to compare with it")
	}
}
