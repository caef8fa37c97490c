package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// rareHost has every 1500th packet of trafficIn.
const rareHost = "10.9.8.7"

// trafficIn writes a capture of n packets into dir.
func trafficIn(t *testing.T, dir, name string, n int) string {
	t.Helper()
	name = filepath.Join(dir, name)
	pcapng, _ := pcapfile.ByName(name)
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{Pcapng: pcapng})
	if err != nil {
		t.Fatal(err)
	}
	g := traffic.New(3, n)
	rare := []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + ping)
	copy(rare[14+12:], "\x0a\x09\x08\x07")
	var p capture.Packet
	for i := 0; g.Next(&p) == nil; i++ {
		if i%1500 == 700 {
			p.Data, p.Length = rare, uint32(len(rare))
		}
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// indexRuns are command lines behind -r FILE whose output does not depend on an index.
var indexRuns = []string{
	"-n -e host " + rareHost,
	"-n -# -c 3 src host " + rareHost,
	"--count net 10.9.0.0/16",
	"--count host " + rareHost + " or ether host 02:00:5e:10:00:03",
	"-n not host 192.0.2.1 and udp port 514 and portrange 45000-45050",
	"-n vlan and host 192.0.2.7",
	"-n -ttt arp host 192.0.2.5",
	"--count",
	"-n --count --from +0.08 --to +0.1",
	"-n --from +0.05 --to -0.04 icmp and host " + rareHost,
	"-n --ip " + rareHost,
	"-n --port 123 --condition ttl<60",
	"-n --find HTTP --port 80 host 192.0.2.9",
	"-n --tracking --ip " + rareHost,
	"-n --app=dns --condition dns=www.example.com",
	"-n -v --app --condition host=www.example.com",
	"-n --condition sni=mail.example.com",
	"-n --names capture host 192.0.2.9",
	"-n --tcp-analysis host 192.0.2.9 and tcp port 80",
	"--stats csv host 192.0.2.9",
	"--json -n host " + rareHost,
	"-n --shard 0/2 host 192.0.2.9",
	"-n host 10.9.8.6",
	"--hints --count vlan and host " + rareHost,
	"-n icmp and tcp",
	"-n -c 1 ip6 net 2001:db8:ff00::/40 and tcp port 443",
}

// TestIndexSame: with an index everything is as without, of both formats, and with files
// merged.
func TestIndexSame(t *testing.T) {
	t.Setenv("TZ", "GMT0")
	dir := t.TempDir()
	made := trafficIn(t, dir, "a.pcap", 6000)
	second := filepath.Join(dir, "b.pcapng")
	for _, args := range [][]string{{"--make-index", made}, {"-r", made, "-w", second, "--index"}} {
		if got := run(args...); got.status != 0 || strings.Contains(got.stderr, "WARNING") {
			t.Fatalf("%q: %+v", args, got)
		}
	}
	reads := [][]string{{"-r", made}, {"-r", second}, {"--merge", "-r", made, "-r", second}}
	all := func() (out []ran) {
		for _, read := range reads {
			for _, line := range indexRuns {
				out = append(out, run(append(slices.Clone(read), strings.Fields(line)...)...))
			}
			copied := filepath.Join(dir, "copy.pcapng")
			out = append(out, run(append(slices.Clone(read), "-w", copied, "host", rareHost)...))
			data, err := os.ReadFile(copied)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, ran{stdout: string(data)})
		}
		return out
	}
	with := all()
	for _, name := range []string{made, second} {
		got := run("--verbose=1", "-r", name, "--count", "host", rareHost)
		if !strings.Contains(got.stderr, ".tdx: 4 of 9 blocks may") && !strings.Contains(got.stderr, ".tdx: 5 of 9 blocks may") {
			t.Errorf("%s: %s", name, got.stderr)
		}
		if err := os.Remove(index.Name(name)); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range all() {
		if with[i] != want {
			t.Errorf("run %d: with an index\n%.2000s%s\nwithout\n%.2000s%s", i, with[i].stdout, with[i].stderr, want.stdout, want.stderr)
		}
	}
}

// TestIndexOfCaptures: captures of all kinds are read the same by an index.
func TestIndexOfCaptures(t *testing.T) {
	dir := t.TempDir()
	names, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(names) == 0 {
		t.Fatal(err)
	}
	mixed := writePings(t, "mixed.pcapng", stamped{1, eth}, stamped{2, raw}, stamped{3, sll}, stamped{4, raw}, stamped{5, eth})
	for _, from := range append(names, mixed) {
		name := filepath.Join(dir, filepath.Base(from))
		copyFileTo(t, from, name)
		exprs := []string{"host 192.0.2.1", "udp port 53", "ip6 net fe80::/64", "tcp", "arp or ether src 2:0:0:0:0:1", "not udp"}
		var want []ran
		for _, expr := range exprs {
			want = append(want, run("-r", name, "-nt", expr))
		}
		if got := run("--make-index", name); got != (ran{}) {
			t.Fatalf("%s: %+v", name, got)
		}
		for i, expr := range exprs {
			if got := run("-r", name, "-nt", expr); got != want[i] {
				t.Errorf("%s, %q: with an index\n%swithout\n%s", from, expr, got.stdout+got.stderr, want[i].stdout+want[i].stderr)
			}
		}
	}
}

func copyFileTo(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestIndexUnfit: an index of something else, or what is no index, is not used, which is
// said once, and all packets are there.
func TestIndexUnfit(t *testing.T) {
	dir := t.TempDir()
	name := trafficIn(t, dir, "a.pcap", 2000)
	other := trafficIn(t, dir, "b.pcap", 1900)
	if got := run("--make-index", name, other); got != (ran{}) {
		t.Fatalf("%+v", got)
	}
	good, err := os.ReadFile(index.Name(name))
	if err != nil {
		t.Fatal(err)
	}
	original, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	of, err := os.ReadFile(index.Name(other))
	if err != nil {
		t.Fatal(err)
	}
	put := func(file string, data []byte) func() error {
		return func() error { return os.WriteFile(file, data, 0o666) }
	}
	changed := bytes.Clone(original)
	changed[100] ^= 1
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	version := bytes.Clone(good)
	version[7]++
	for _, c := range []struct {
		what string
		do   func() error
		says string
	}{
		{"the file has grown", put(name, append(bytes.Clone(original), original[24:]...)), "of another file"},
		{"the file was cut", put(name, original[:len(original)-1]), "of another file"},
		{"a byte of the file is another", put(name, changed), "of another file"},
		{"the file is newer", func() error {
			later := time.Now().Add(time.Hour)
			return os.Chtimes(name, later, later)
		}, "of another file"},
		{"the index of another file", put(index.Name(name), of), "of another file"},
		{"a bit is another", put(index.Name(name), flipped), "is damaged"},
		{"it is cut", put(index.Name(name), good[:len(good)/2]), "of another file"},
		{"it is empty", put(index.Name(name), nil), "is no index"},
		{"another version", put(index.Name(name), version), "is no index"},
		{"it is a folder", func() error {
			return os.MkdirAll(index.Name(name), 0o777)
		}, "is no index"},
	} {
		os.RemoveAll(index.Name(name))
		for file, data := range map[string][]byte{name: original, index.Name(name): good} {
			if c.what == "it is a folder" && file != name {
				continue
			}
			if err := os.WriteFile(file, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		past := time.Now().Add(-time.Hour)
		if err := os.Chtimes(name, past, past); err != nil {
			t.Fatal(err)
		}
		before := run("-r", name, "--count", "host", rareHost)
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		got := run("-r", name, "--count", "host", rareHost)
		if strings.Count(got.stderr, c.says) != 1 || !strings.Contains(got.stderr, index.Name(name)+" is not used: ") || !strings.Contains(got.stderr, "--make-index") {
			t.Errorf("%s: said %q, want %q", c.what, got.stderr, c.says)
		}
		if os.RemoveAll(index.Name(name)); run("-r", name, "--count", "host", rareHost).stdout != got.stdout {
			t.Errorf("%s: %q, before %q", c.what, got.stdout, before.stdout)
		}
	}
}

// TestIndexRotates: each file of several has its index, and goes with it.
func TestIndexRotates(t *testing.T) {
	source := trafficIn(t, t.TempDir(), "a.pcap", 3000)
	for _, c := range []struct {
		args string
		want int
	}{
		{"-w out.pcap --rotate-count 700 --keep-files 2", 2},
		{"-w out.pcapng --rotate-size 200k", 5},
		{"-w out.pcap -C 200k -W 3", 3},
		{"-w out.pcap -C 200k -W 3 host " + rareHost, 1},
	} {
		dir := t.TempDir()
		t.Chdir(dir)
		if got := run(append([]string{"-r", source, "--index"}, strings.Fields(c.args)...)...); got.status != 0 || strings.Contains(got.stderr, "WARNING") {
			t.Errorf("%s: %+v", c.args, got)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		files := 0
		for _, e := range entries {
			name := e.Name()
			if strings.HasSuffix(name, index.Suffix) {
				if _, err := os.Stat(strings.TrimSuffix(name, index.Suffix)); err != nil {
					t.Errorf("%s: %s is of no file", c.args, name)
				}
				continue
			}
			files++
			got := run("--verbose=1", "-r", name, "--count", "host", rareHost)
			if !strings.Contains(got.stderr, "blocks may have packets") || strings.Contains(got.stderr, "WARNING") {
				t.Errorf("%s: %s: %s", c.args, name, got.stderr)
			}
		}
		if len(entries) != 2*files || files < c.want {
			t.Errorf("%s: %d files, of %d entries", c.args, files, len(entries))
		}
	}
}

// TestIndexRefused: what has no index is refused with what to do.
func TestIndexRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	source := trafficIn(t, ".", "a.pcap", 10)
	if got := run("-r", source, "-w", "b.pcap.gz"); got.status != 0 {
		t.Fatal(got)
	}
	if err := os.WriteFile("text", []byte("no savefile"), 0o666); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("cut.pcap", data[:len(data)-5], 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, says string
		status     int
	}{
		{"--index -r a.pcap", "name it with -w", 1},
		{"--index -r a.pcap -w -", "name a file with -w", 1},
		{"--index -r a.pcap -w x.pcap.zst", "give -w a name without .zst", 1},
		{"--index -r a.pcap -w x.parquet", "leave it out", 1},
		{"--index -r a.pcap -w /dev/null", "/dev/null: it is no regular file, and has no index", 0},
		{"--make-index", "name the savefiles", 1},
		{"--make-index -", "write it to a file", 1},
		{"--make-index -n a.pcap", "leave out -n", 1},
		{"--make-index --count a.pcap", "leave out --count", 1},
		{"--make-index b.pcap.gz", "b.pcap.gz: it is compressed, and cannot be read in parts: decompress it", 1},
		{"--make-index none.pcap", "none.pcap: No such file or directory", 1},
		{"--make-index /dev/null", "/dev/null: it is no regular file", 1},
		{"--make-index .", ".: it is a folder: name its files, as in ./*", 1},
		{"--make-index text", "text: unknown file format", 1},
		{"--make-index cut.pcap", "what comes before has an index, the rest is always read", 0},
	} {
		got := run(strings.Fields(c.args)...)
		if got.status != c.status || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%s: status %d, said %q, want %q", c.args, got.status, got.stderr, c.says)
		}
	}
	made, err := filepath.Glob("*.tdx")
	if err != nil || !slices.Equal(made, []string{"cut.pcap.tdx"}) {
		t.Errorf("indexes %q, %v", made, err)
	}
	// The rest that has no index is read with its error.
	got := run("-r", "cut.pcap", "-n", "host", "10.0.0.1")
	if got.status != 1 || !strings.Contains(got.stderr, "truncated dump file") {
		t.Errorf("%+v", got)
	}
}
