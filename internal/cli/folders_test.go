package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// pingsIn writes savefiles with pings into a folder, at seconds after 1970.
func pingsIn(t *testing.T, folder string, files map[string][]int64) {
	t.Helper()
	for name, seconds := range files {
		var packets []stamped
		for _, sec := range seconds {
			packets = append(packets, stamped{sec, capture.LinkEN10MB})
		}
		move(t, writePings(t, name, packets...), filepath.Join(folder, name))
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// secondsOf are the whole seconds that lines of -tt begin with.
func secondsOf(stdout string) string {
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^(\d+)\.`).FindAllStringSubmatch(stdout, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

// TestFolders: -r reads what is in a folder, or matches a pattern, in the order of time;
// what is no savefile is passed over.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	pingsIn(t, dir, map[string][]int64{"c.pcap": {1, 2}, "b.pcapng": {5, 6}, "a.pcap.gz": {3, 4}, "later": {9}})
	put(t, filepath.Join(dir, "notes.txt"), "These are notes.")
	put(t, filepath.Join(dir, "other.pcap.tdx"), "an index")
	put(t, filepath.Join(dir, ".x.parquet.part"), "half")
	put(t, filepath.Join(dir, "begun"), "")
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	pingsIn(t, filepath.Join(dir, "below"), map[string][]int64{"d.pcap": {7}})
	skipped := func(name, why string) string {
		return "tapdump: WARNING: " + filepath.Join(dir, name) + ": skipped: " + why + "\n"
	}
	dangling := ""
	if os.Symlink("nothing", filepath.Join(dir, "dangling")) == nil { // Windows asks for a right
		dangling = skipped("dangling", "No such file or directory")
	}
	short := "truncated dump file; tried to read 4 file header bytes, only got 0"
	for _, c := range []struct{ args, seconds, stderr string }{
		{"-r " + dir, "1 2 3 4 5 6 9", skipped("begun", short) + dangling + skipped("notes.txt", "unknown file format")},
		{"-r " + dir + "/", "1 2 3 4 5 6 9", skipped("begun", short) + dangling + skipped("notes.txt", "unknown file format")},
		{"-r " + dir + "/*.pcap*", "1 2 3 4 5 6", ""},
		{"-r " + dir + "/[ab].*", "3 4 5 6", ""},
		{"-r " + dir + "/?.pcap", "1 2", ""},
		{"--merge -r " + dir + "/*.pcap* -r " + dir + "/later", "1 2 3 4 5 6 9", ""},
		{"-r " + dir + "/*.pcap* --from @2 --to @6", "2 3 4 5", ""},
		{"-r " + dir + "/*.pcap* --from +2 --to -1", "3 4", ""},
		{"-r " + dir + "/*.pcap* --from @100", "", ""},
	} {
		got := run(append(strings.Fields(c.args), "-n", "-tt")...)
		stderr := withoutAnnouncements(got.stderr)
		if got.status != 0 || secondsOf(got.stdout) != c.seconds || stderr != c.stderr {
			t.Errorf("%s: packets of %s, status %d, %q; want %s, %q", c.args, secondsOf(got.stdout), got.status, stderr, c.seconds, c.stderr)
		}
	}
}

func withoutAnnouncements(stderr string) string {
	return regexp.MustCompile(`(?m)^reading from file .*\n`).ReplaceAllString(stderr, "")
}

// TestFoldersInSpan: files that were found, and whose ends are far from the span, are not
// read; what is named is.
func TestFoldersInSpan(t *testing.T) {
	t.Chdir(t.TempDir())
	pingsIn(t, ".", map[string][]int64{"a.pcapng": {1000, 1100}, "b.pcap": {2000, 2100}, "c.pcapng": {3000, 3100}, "d.pcap.gz": {4000, 4100}})
	for _, c := range []struct{ line, seconds, read string }{
		{"-r ?.pcap* --from @3000", "3000 3100 4000 4100", "b.pcap c.pcapng d.pcap.gz"},
		{"-r . --from @2050 --to @3001", "2100 3000", "b.pcap c.pcapng"},
		{"-r . --to @1050", "1000", "a.pcapng"},
		{"-r . --merge --to @2941", "1000 1100 2000 2100", "a.pcapng b.pcap c.pcapng"},
		{"-r . --to @500", "", "a.pcapng"},
		{"-r c.pcapng --from @4000", "", "c.pcapng"},
	} {
		got := run(append(strings.Fields(c.line), "-n", "-tt")...)
		var read []string
		for _, m := range regexp.MustCompile(`(?m)^reading from file ([^,]+),`).FindAllStringSubmatch(got.stderr, -1) {
			read = append(read, m[1])
		}
		if secondsOf(got.stdout) != c.seconds || strings.Join(read, " ") != c.read {
			t.Errorf("%s: packets of %s in %s; want %s in %s", c.line, secondsOf(got.stdout), read, c.seconds, c.read)
		}
	}
}

// TestNoFolders: where no savefile is found, it is as if names were taken as they stand.
func TestNoFolders(t *testing.T) {
	dir := t.TempDir()
	pingsIn(t, dir, map[string][]int64{"a[1].pcap": {1}, "a1.pcap": {2}, "*": {3}})
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, seconds, stderr string }{
		{"a[1].pcap", "1", ""},
		{"a[12].pcap", "2", ""},
		{"*", "3", ""},
		{"*.pcap", "1 2", ""},
		{"x*.pcap", "", "tapdump: " + dir + "/x*.pcap: No such file or directory\n"},
		{"[", "", "tapdump: " + dir + "/[: No such file or directory\n"},
		{"empty", "", "tapdump: error reading dump file: Is a directory\n"},
		{"none", "", "tapdump: " + dir + "/none: No such file or directory\n"},
	} {
		got := run("-r", dir+"/"+c.name, "-n", "-tt")
		if stderr := withoutAnnouncements(got.stderr); secondsOf(got.stdout) != c.seconds || stderr != c.stderr || (got.status == 0) != (c.stderr == "") {
			t.Errorf("%s: packets of %q, status %d, %q; want %q, %q", c.name, secondsOf(got.stdout), got.status, stderr, c.seconds, c.stderr)
		}
	}
}

// TestOverlaps: files whose times overlap are read one after the other, which is said;
// the file that -w writes is not read.
func TestOverlaps(t *testing.T) {
	dir := t.TempDir()
	pingsIn(t, dir, map[string][]int64{"a.pcap": {1, 5}, "b.pcap": {3, 8}, "c.pcap": {4}, "d.pcap": {7}})
	warning := fmt.Sprintf("tapdump: WARNING: %s/b.pcap and %s/a.pcap overlap in time, and are read one after the other: --merge reads them by their time stamps\n"+
		"tapdump: WARNING: 2 more files overlap in time with those before\n", dir, dir)
	got := run("-r", dir, "-n", "-tt")
	if stderr := withoutAnnouncements(got.stderr); secondsOf(got.stdout) != "1 5 3 8 4 7" || stderr != warning {
		t.Errorf("packets of %s, %q, want %q", secondsOf(got.stdout), stderr, warning)
	}
	if got = run("--merge", "-r", dir, "-n", "-tt"); secondsOf(got.stdout) != "1 3 4 5 7 8" || withoutAnnouncements(got.stderr) != "" {
		t.Errorf("merged: packets of %s, %q", secondsOf(got.stdout), got.stderr)
	}
	out := filepath.Join(dir, "e.pcap")
	for _, want := range []string{"", "tapdump: WARNING: " + out + ": skipped: it is what -w writes\n"} {
		got = run("--merge", "-r", dir, "-w", out)
		if stderr := withoutAnnouncements(got.stderr); got.status != 0 || stderr != want {
			t.Errorf("-w into the folder: status %d, %q, want %q", got.status, stderr, want)
		}
	}
	if got = run("-r", out, "-n", "-tt"); secondsOf(got.stdout) != "1 3 4 5 7 8" {
		t.Errorf("the file has packets of %s", secondsOf(got.stdout))
	}
}

// TestVanished: a file that was found and is gone when its turn comes is said, and those
// behind it are read.
func TestVanished(t *testing.T) {
	dir := t.TempDir()
	gone := filepath.Join(dir, "b.pcap")
	pingsIn(t, dir, map[string][]int64{"a.pcap": {1}, "b.pcap": {2}, "c.pcap": {3}})
	var stderr bytes.Buffer
	c := newTestCommand("tapdump", strings.NewReader(""), io.Discard, &stderr)
	plan, err := c.parse([]string{"-n", "-r", dir, "-w", filepath.Join(t.TempDir(), "out")})
	if err != nil {
		t.Fatal(err)
	}
	r := newFileRun(newSession(c, plan))
	names, err := r.listFiles()
	if err != nil || len(names) != 3 {
		t.Fatalf("%d files were found, %v", len(names), err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if err := r.readInTurn(names); err != nil {
		t.Errorf("a file is gone: %v", err)
	}
	if err := r.closeSinks(); err != nil {
		t.Fatal(err)
	}
	if want := "tapdump: WARNING: " + gone + ": skipped: it was removed meanwhile\n"; r.captured != 2 || withoutAnnouncements(stderr.String()) != want {
		t.Errorf("%d packets were read, %q; want 2, %q", r.captured, stderr.String(), want)
	}
}
