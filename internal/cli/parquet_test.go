package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/parquetfile"
)

func needsParquet(t *testing.T) {
	t.Helper()
	if !parquetfile.Available {
		t.Skip(parquetfile.ErrLeftOut)
	}
}

// filesBelow are the files in a folder and those below, in order.
func filesBelow(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(folder, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestParquetBack: packets come back from a Parquet file as they were, in their order,
// of interfaces of several link types, and are filtered and merged as those of any file.
func TestParquetBack(t *testing.T) {
	needsParquet(t)
	for _, name := range []string{
		makeCapture(t, 5000),
		writePings(t, "mixed.pcapng", stamped{1, eth}, stamped{2, raw}, stamped{3, sll}, stamped{3, eth}),
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "x.parquet")
		if got := run("-r", name, "-w", file, "--columns", "usual,raw"); got.status != 0 {
			t.Fatalf("%+v", got)
		}
		for _, options := range [][]string{{"-ne", "--nano", "--interface-names"}, {"-n", "icmp"}, {"--count"}, {"-n", "--merge", "-r", name}} {
			want := run(append([]string{"-r", name}, options...)...)
			got := run(append([]string{"-r", file}, options...)...)
			if got.stdout != want.stdout || got.status != 0 {
				t.Errorf("%s %q: %+v, want %+v", filepath.Base(name), options, got, want)
			}
		}
		if all := filesBelow(t, dir); !slices.Equal(all, []string{"x.parquet"}) {
			t.Errorf("there are %q", all)
		}
	}
}

// TestParquetDataset: files of a dataset are those of the times of packets, in folders
// that are made; where there are none, there is no file. --keep-files keeps the last.
func TestParquetDataset(t *testing.T) {
	needsParquet(t)
	const day = 1704067200 // 2024-01-01 00:00:00 UTC
	name := writePings(t, "x.pcap", stamped{day + 86399, eth}, stamped{day + 86400, eth}, stamped{day + 86699, eth},
		stamped{day + 86700, eth}, stamped{day + 86650, eth}, stamped{day + 90000, eth}, stamped{day + 90001, eth})
	t.Setenv("TZ", "UTC")
	for _, c := range []struct {
		options string
		want    string // files with how many packets each has
	}{
		{"--rotate-time 5m --align", "day=2024-01-01/host=web1/235500.parquet 1, day=2024-01-02/host=web1/000000.parquet 2, " +
			"day=2024-01-02/host=web1/000500.parquet 2, day=2024-01-02/host=web1/010000.parquet 2"},
		{"--rotate-time 5m", "day=2024-01-01/host=web1/235959.parquet 2, day=2024-01-02/host=web1/000459.parquet 3, " +
			"day=2024-01-02/host=web1/010000.parquet 2"},
		{"--rotate-count 3", "day=2024-01-01/host=web1/235959.parquet 3, day=2024-01-02/host=web1/000500.parquet 3, " +
			"day=2024-01-02/host=web1/010001.parquet 1"},
		{"--rotate-time 5m --align --keep-files 2", "day=2024-01-02/host=web1/000500.parquet 2, day=2024-01-02/host=web1/010000.parquet 2"},
		{"--rotate-time 5m --align --keep-bytes 1", "day=2024-01-02/host=web1/010000.parquet 2"},
		{"--rotate-time 5m tcp", ""},
	} {
		dir := filepath.Join(t.TempDir(), "lake")
		args := append([]string{"-r", name, "--columns", "basic,raw", "-w", dir + "/day=%Y-%m-%d/host=web1/%H%M%S.parquet"}, strings.Fields(c.options)...)
		if got := run(args...); got.status != 0 {
			t.Fatalf("%s: %+v", c.options, got)
		}
		var all []string
		for _, file := range filesBelow(t, dir) {
			count := run("--count", "-r", filepath.Join(dir, file))
			n, _, _ := strings.Cut(count.stdout, " ")
			all = append(all, file+" "+n)
		}
		if got := strings.Join(all, ", "); got != c.want {
			t.Errorf("%s: files are\n%s, want\n%s", c.options, got, c.want)
		}
	}
}

// TestParquetRefused: what does not go together is an error with the remedy.
func TestParquetRefused(t *testing.T) {
	needsParquet(t)
	name := writePings(t, "x.pcap", stamped{1, eth})
	dir := t.TempDir()
	for _, c := range []struct{ options, want string }{
		{"-w DIR/x.parquet.gz", "tapdump: Parquet files are compressed within: give -w a name that ends in .parquet\n"},
		{"-w DIR/x.parquet --comment text", "tapdump: a Parquet file has no place for --comment: leave it out\n"},
		{"-w DIR/x.pcap --columns basic", "tapdump: --columns and --payload are about --json, --csv or -w NAME.parquet: give one of them too\n"},
	} {
		got := run(append([]string{"-r", name}, strings.Fields(strings.ReplaceAll(c.options, "DIR", dir))...)...)
		if got.status != 1 || got.stderr != c.want {
			t.Errorf("%s: %+v, want %q", c.options, got, c.want)
		}
	}
	if all := filesBelow(t, dir); all != nil {
		t.Errorf("there are %q", all)
	}
	file := filepath.Join(dir, "x.parquet")
	if got := run("-r", name, "-w", file); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	want := "tapdump: " + file + ": the Parquet file has no packets, as it lacks the column raw: it is one to write with --columns usual,raw\n"
	if got := run("-r", file); got.status != 1 || got.stderr != want {
		t.Errorf("%+v, want %q", got, want)
	}
}

// python runs a Python program that has DuckDB; PYTHON names an interpreter that has it,
// if python3 has not.
func python(t *testing.T, folder, program string) []byte {
	t.Helper()
	name := os.Getenv("PYTHON")
	if name == "" {
		name = "python3"
	}
	if err := exec.Command(name, "-c", "import duckdb").Run(); err != nil {
		t.Skipf("%s has no duckdb (PYTHON names one that has): %v", name, err)
	}
	cmd := exec.Command(name, "-c", program)
	cmd.Dir = folder
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return out
}

// TestParquetSums: DuckDB finds the same sums in a dataset as --stats json: packets and
// bytes by protocol and by intervals of the rate. These are of the outermost IP packet.
func TestParquetSums(t *testing.T) {
	needsParquet(t)
	name := makeCapture(t, 60_000)
	dir := t.TempDir()
	if got := run("-r", name, "-w", dir+"/lake/day=%F/%H%M%S.parquet", "--rotate-count", "25000"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	var want struct {
		Begin          string
		Packets, Bytes uint64
		Protocols      []struct {
			Network, Transport string
			Packets, Bytes     uint64
		}
		Rate struct {
			Interval       float64
			Packets, Bytes []uint64
		}
	}
	stats := run("-r", name, "--stats", "json")
	if err := json.Unmarshal([]byte(stats.stdout), &want); err != nil {
		t.Fatalf("%v: %+v", err, stats)
	}
	var wanted, got struct {
		Protocols map[string][2]uint64
		Rate      [][2]uint64
	}
	wanted.Protocols = make(map[string][2]uint64)
	for _, p := range want.Protocols {
		wanted.Protocols[p.Network+" "+p.Transport] = [2]uint64{p.Packets, p.Bytes}
	}
	for i := range want.Rate.Packets {
		wanted.Rate = append(wanted.Rate, [2]uint64{want.Rate.Packets[i], want.Rate.Bytes[i]})
	}
	out := python(t, dir, fmt.Sprintf(`
import duckdb, json
lake = "read_parquet('lake/**/*.parquet', hive_partitioning=true)"
protocols = duckdb.sql(f"""select case regexp_extract(protocols, '(^|:)(ip|ipv6)(:|$)', 2) when 'ip' then 'IPv4' when 'ipv6' then 'IPv6' else 'other' end || ' ' ||
  case when tunnel is not null then case when regexp_matches(tunnel, '^(vxlan|geneve)') then 'UDP' else 'other' end
  when ip_protocol=6 then 'TCP' when ip_protocol=17 then 'UDP'
  when ip_version=4 and ip_protocol=1 or ip_version=6 and ip_protocol=58 then 'ICMP' else 'other' end,
  count(*), sum(original_length)::bigint from {lake} group by 1""").fetchall()
rate = duckdb.sql(f"""select (epoch_ns(timestamp) - (select min(epoch_ns(timestamp)) from {lake})) // %d as n,
  count(*), sum(original_length)::bigint from {lake} group by 1 order by 1""").fetchall()
print(json.dumps({"Protocols": {p[0]: p[1:] for p in protocols}, "Rate": [r[1:] for r in rate]}))
`, int64(want.Rate.Interval*1e9)))
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(wanted) {
		t.Errorf("DuckDB finds\n%v, --stats json\n%v", got, wanted)
	}
}

// TestParquetTalkers: and how much any two hosts sent one another over TCP.
func TestParquetTalkers(t *testing.T) {
	needsParquet(t)
	name := makeCapture(t, 60_000)
	dir := t.TempDir()
	if got := run("-r", name, "-w", dir+"/x.parquet", "--columns", "basic", "tcp"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	type direction struct{ Count, Size uint64 }
	var stats struct {
		Transfers []struct {
			Local, Remote string
			Send, Receive direction
		}
	}
	report := run("-r", name, "--stats", "json", "--stat_group", "2", "tcp")
	if err := json.Unmarshal([]byte(report.stdout), &stats); err != nil {
		t.Fatalf("%v: %+v", err, report)
	}
	want, got := make(map[string]direction), make(map[string]direction)
	for _, x := range stats.Transfers {
		want[min(x.Local, x.Remote)+" "+max(x.Local, x.Remote)] = direction{x.Send.Count + x.Receive.Count, x.Send.Size + x.Receive.Size}
	}
	out := python(t, dir, `
import duckdb, json
rows = duckdb.sql("""select least(src_addr, dst_addr) || ' ' || greatest(src_addr, dst_addr), count(*),
  sum(payload_length)::bigint from 'x.parquet' group by 1""").fetchall()
print(json.dumps({r[0]: {"Count": r[1], "Size": r[2]} for r in rows}))
`)
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(want) < 1000 || !maps.Equal(got, want) {
		t.Errorf("DuckDB finds %d pairs of hosts, --stats json %d; they differ:\n%v\n%v", len(got), len(want), got, want)
	}
}
