package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// runRecords runs a command line, with | for a blank in a word, in a new folder, which
// it returns with what is printed.
func runRecords(t *testing.T, line string) (dir, stdout, stderr string, status int) {
	t.Helper()
	dir = t.TempDir()
	t.Chdir(dir)
	var out, complaints bytes.Buffer
	c := newTestCommand("tapdump", strings.NewReader(""), &out, &complaints)
	all := append([]string{"tapdump"}, strings.Fields(line)...)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "|", " ")
	}
	status = c.main(all)
	return dir, out.String(), complaints.String(), status
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRecordOutputs: several outputs of one capture say the same as each does alone, and
// lines, views and statistics stay as they are.
func TestRecordOutputs(t *testing.T) {
	name, err := filepath.Abs("../../testdata/captures/mixed.pcap")
	if err != nil {
		t.Fatal(err)
	}
	name = strings.ReplaceAll(name, " ", "|")
	const fields = "--fields number,src_addr,ip.src,tcp_analysis,text,dns_qname "
	alone := func(options string) string {
		_, stdout, stderr, status := runRecords(t, "-n -r "+name+" "+options)
		if status != 0 {
			t.Fatalf("tapdump %s: exit status %d, %s", options, status, stderr)
		}
		return stdout
	}
	records, separated := alone("--json"), alone(fields+"--header")
	if n := strings.Count(records, "\n"); n < 200 || strings.Count(separated, "\n") != n+1 {
		t.Fatalf("%d records as JSON, %d lines of --fields", n, strings.Count(separated, "\n"))
	}
	for _, jobs := range []string{"1", "2", "7"} {
		if alone("--json --jobs "+jobs) != records || alone(fields+"--header --jobs "+jobs) != separated {
			t.Errorf("--jobs %s changes records", jobs)
		}
	}
	for _, options := range []string{"", "-v --jobs 2", "--output LINE", "--stats json", "--count", "-w file"} {
		want := alone(options)
		dir, stdout, stderr, status := runRecords(t, "-n -r "+name+" --json=records "+fields+"--header --to separated "+options)
		if status != 0 || stdout != want {
			t.Errorf("%q beside records: exit status %d, %s; %d bytes for %d", options, status, stderr, len(stdout), len(want))
		}
		if mustRead(t, filepath.Join(dir, "records")) != records {
			t.Errorf("beside %q, --json is another", options)
		}
		if options != "-v --jobs 2" && mustRead(t, filepath.Join(dir, "separated")) != separated { // -v shapes text
			t.Errorf("beside %q, --fields is another", options)
		}
	}
	for i, line := range strings.Split(strings.TrimSuffix(records, "\n"), "\n") {
		var r struct{ Number int }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Number != i+1 {
			t.Fatalf("record %d is %s: %v", i+1, line, err)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(alone("--csv --header --columns usual"))).ReadAll()
	if err != nil || len(rows) != strings.Count(separated, "\n") {
		t.Errorf("%d rows of CSV: %v", len(rows), err)
	}
}

// TestRecordText: the column text is what tcpdump prints of the packet, without the
// time.
func TestRecordText(t *testing.T) {
	name, err := filepath.Abs("../../testdata/captures/lan.pcap")
	if err != nil {
		t.Fatal(err)
	}
	name = strings.ReplaceAll(name, " ", "|")
	for _, options := range []string{"-n", "-ne", "-nS", ""} {
		_, lines, _, _ := runRecords(t, "-t -r "+name+" "+options)
		_, records, _, _ := runRecords(t, "--json --columns text -r "+name+" "+options)
		var got strings.Builder
		for line := range strings.Lines(records) {
			var r struct{ Text string }
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			got.WriteString(r.Text + "\n")
		}
		if lines == "" || got.String() != lines {
			t.Errorf("tapdump %s: text is\n%s\nfor\n%s", options, got.String(), lines)
		}
	}
}

// TestRecordsUnwritten: how many records could not be written is said, all of them, and
// the other outputs are whole.
func TestRecordsUnwritten(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	name := makeCapture(t, 3000)
	full := func(name string, n int) string {
		return fmt.Sprintf("tapdump: %s: No space left on device: records that could not be written: %d, records in the file: 0\n", name, n)
	}
	for _, c := range []struct {
		options string
		err     error // of the standard output
		status  int
		says    string
	}{
		{"--json", syscall.ENOSPC, 1, full("standard output", 3000)},
		{"--fields number", syscall.ENOSPC, 1, full("standard output", 3000)},
		{"--csv -c 1234", syscall.ENOSPC, 1, full("standard output", 1234)},
		{"--json=/dev/full", nil, 1, full("/dev/full", 3000)},
		{"--json=/dev/full -c 10", nil, 1, full("/dev/full", 10)},
		{"--fields number --to /dev/full", nil, 1, full("/dev/full", 3000)},
		{"--json=/dev/full --count", nil, 1, full("/dev/full", 3000)},
		{"--json=/dev/full -w file -c 10", nil, 1, full("/dev/full", 10)},
		{"--json=/nowhere/file", nil, 1, "tapdump: /nowhere/file: No such file or directory\n"},
		{"--json", syscall.EPIPE, 0, ""},
		{"--csv -c 10", syscall.EPIPE, 0, ""},
		// That nobody reads lines does not lose records.
		{"--json=records --jobs 1 -c 10", syscall.EPIPE, 0, ""},
	} {
		dir := t.TempDir()
		t.Chdir(dir)
		var stderr bytes.Buffer
		out := &brokenWriter{err: c.err}
		status := newTestCommand("tapdump", strings.NewReader(""), out, &stderr).main(append([]string{"tapdump", "-nn", "-r", name}, strings.Fields(c.options)...))
		_, says, _ := strings.Cut(stderr.String(), "snapshot length 262144\n")
		if status != c.status || says != c.says {
			t.Errorf("tapdump %s: exit status %d, %q; want %d and %q", c.options, status, says, c.status, c.says)
		}
		if strings.Contains(c.options, "=records") {
			if n := strings.Count(mustRead(t, "records"), "\n"); n != 10 {
				t.Errorf("tapdump %s: %d records for 10", c.options, n)
			}
		}
		if strings.Contains(c.options, "-w file") && packetsIn("file") == 0 {
			t.Errorf("tapdump %s: the savefile has nothing", c.options)
		}
	}
}

// TestWholeRecords: of a file that gets full, the record that is not whole is cut off.
func TestWholeRecords(t *testing.T) {
	for _, c := range []struct {
		quotes        bool
		data          string
		fits          int
		left          string
		written, lost uint64
	}{
		{false, "{1}\n{2}\n{3}\n", 6, "{1}\n", 1, 2},
		{false, "{1}\n{2}\n{3}\n", 8, "{1}\n{2}\n", 2, 1},
		{false, "\"\n\"\n\"\n", 3, "\"\n", 1, 2},
		{true, "\"a\nb\",1\n\"c\nd\",2\n", 10, "\"a\nb\",1\n", 1, 1},
		{true, "a\n", 1, "", 0, 1},
	} {
		file, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(c.data[:c.fits]); err != nil {
			t.Fatal(err)
		}
		f := &recordFile{name: "file", quotes: c.quotes, w: file, failed: func() {}}
		f.fail(recordChunk{data: []byte(c.data), n: c.written + c.lost}, c.fits, syscall.ENOSPC)
		e := f.err.Load()
		if left := mustRead(t, file.Name()); left != c.left || e.Written != c.written || e.Lost.Load() != c.lost || e.note != "" {
			t.Errorf("%q, of which %d bytes fit, leaves %q: %v", c.data, c.fits, left, e)
		}
		file.Close()
	}
}
