package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/page/viewer"
)

// pageFlags are options that the page has, in some combinations.
var pageFlags = []string{"", "-e", "-v", "-vv -e -#", "-vvv -S -tttt", "-q -t", "-x -tt", "-XX -ttt", "-A -ttttt", "-K -b -g -u -H"}

// pageLines are the lines of a View.
func pageLines(t *testing.T, name string, o viewer.Options) string {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := viewer.Open(bytes.NewReader(file), int64(len(file)), o)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	v.Step(func() bool { return true })
	var b bytes.Buffer
	err = v.Rows(0, int(v.State().Rows), false, func(r *viewer.Row) {
		b.Write(r.Text)
		b.WriteByte('\n')
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPageLines: the page shows of a file what the program prints, with the options and
// the filter that stand in the command line that it shows.
func TestPageLines(t *testing.T) {
	t.Setenv("TZ", "Europe/Berlin")
	files, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	files = append(files, writePings(t, "mixed.pcapng", stamped{1, eth}, stamped{2, raw}, stamped{3, sll}, stamped{4, raw}))
	for _, name := range files {
		for _, flags := range pageFlags {
			for _, filter := range []string{"", "udp port domain or arp"} {
				o := viewer.Options{Flags: flags, Filter: filter, Zone: "Europe/Berlin"}
				line := append(strings.Fields("-n "+flags), "-r", name)
				if filter != "" {
					line = append(line, filter)
				}
				want := run(line...)
				if want.status != 0 {
					t.Fatalf("%q: %s", line, want.stderr)
				}
				if got := pageLines(t, name, o); got != want.stdout {
					t.Errorf("%q: the page has %d bytes, the program prints %d", line, len(got), len(want.stdout))
				}
			}
		}
	}
}

// TestServeOptions: what does not go with --serve is refused.
func TestServeOptions(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"--serve -n", "leave out -n"},
		{"--serve --count", "leave out --count"},
		{"--serve udp", "leave out udp; an address is attached, as in --serve=8080"},
		{"--serve=example.com:80", "a port of this machine is awaited"},
		{"--serve=99999", "a port of this machine is awaited"},
		{"--serve -r -", "write it to a file"},
		{"--serve -r none.pcap", "none.pcap: No such file or directory"},
		{"--serve -r .", ".: it is no regular file"},
	} {
		got := run(strings.Fields(c.args)...)
		if got.status != 1 || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%s: status %d, %s", c.args, got.status, got.stderr)
		}
	}
}
