package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const shardCount = 3

// sharded runs a command line for each shard, with its number for %d.
func sharded(t *testing.T, line string) (outputs []string) {
	t.Helper()
	for i := range shardCount {
		args := strings.Fields(strings.ReplaceAll(line, "%d", fmt.Sprint(i)))
		r := run(append(args, "--shard", fmt.Sprintf("%d/%d", i, shardCount))...)
		if r.status != 0 {
			t.Fatalf("%s: %s", args, r.stderr)
		}
		outputs = append(outputs, r.stdout)
	}
	return outputs
}

// TestShards: shards have the lines of a capture, each once and in order, whether
// packets are printed, counted or written.
func TestShards(t *testing.T) {
	const capture = "../../testdata/captures/mixed.pcap"
	all := strings.SplitAfter(run("-nr", capture, "-tt").stdout, "\n")
	slices.Sort(all)
	dir := t.TempDir()
	sharded(t, "-nr "+capture+" -w "+filepath.Join(dir, "%d.pcap"))
	counts := sharded(t, "-nr "+capture+" --count")
	var printed, written []string
	for i, lines := range sharded(t, "-nr "+capture+" -tt") {
		if lines == "" {
			t.Errorf("shard %d is empty", i)
		}
		printed = append(printed, strings.SplitAfter(lines, "\n")...)
		again := run("-nr", filepath.Join(dir, fmt.Sprintf("%d.pcap", i)), "-tt").stdout
		if again != lines {
			t.Errorf("shard %d is written with other packets than are printed", i)
		}
		if n := strings.Count(lines, "\n"); counts[i] == "" || n == 0 {
			t.Errorf("shard %d: %d lines, counted %q", i, n, counts[i])
		}
		written = append(written, again)
	}
	printed = slices.DeleteFunc(printed, func(line string) bool { return line == "" })
	all = slices.DeleteFunc(all, func(line string) bool { return line == "" })
	slices.Sort(printed)
	if !slices.Equal(printed, all) {
		t.Errorf("shards have %d lines, the capture %d, or others", len(printed), len(all))
	}
	// A filter does not change which shard a flow belongs to.
	for i, lines := range sharded(t, "-nr "+capture+" -tt udp") {
		for line := range strings.Lines(lines) {
			if !strings.Contains(written[i], line) {
				t.Errorf("with a filter, shard %d has %s", i, line)
			}
		}
	}
}

// TestMergeStats: statistics of shards add up to those of the capture.
func TestMergeStats(t *testing.T) {
	dir := t.TempDir()
	save := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"--merge-stats"}
	for i, text := range sharded(t, "-nr ../../testdata/captures/mixed.pcap --stats json --tcp-analysis") {
		args = append(args, save(fmt.Sprint(i), text))
	}
	whole := run("-nr", "../../testdata/captures/mixed.pcap", "--stats", "json", "--tcp-analysis").stdout
	got := run(args...)
	if got.status != 0 || got.stderr != "" {
		t.Fatalf("status %d, %s", got.status, got.stderr)
	}
	if a, b := withoutStreams(t, whole), withoutStreams(t, got.stdout); !bytes.Equal(a, b) {
		t.Errorf("the sum is\n%.3000s\nwant\n%.3000s", b, a)
	}
	// The sum of one is the same, with the numbers of streams.
	one := save("whole", whole)
	if again := run("--merge-stats", one); again.stdout != whole {
		t.Errorf("the sum of one is\n%.3000s\nwant\n%.3000s", again.stdout, whole)
	}
	plain := save("plain", run("-nr", "../../testdata/captures/mixed.pcap", "--stats", "json").stdout)
	for _, c := range []struct {
		args string
		want string
	}{
		{"--merge-stats " + one + " " + plain, "NAME: it has not the same members as the one before: here [], there [tcp]"},
		{"--merge-stats " + dir + "/none", dir + "/none: No such file or directory"},
		{"--merge-stats " + dir, dir + ": is a directory"},
		{"--merge-stats - -", "the standard input (-) is named more than once"},
		{"--merge-stats", "--merge-stats: name the files that --stats json was written to, - for the standard input"},
		{"--merge-stats -n " + one, "--merge-stats adds files of statistics, and knows nothing of packets: leave out -n"},
		{"--merge-stats --stats csv " + one, "--merge-stats adds files of statistics, and writes what --stats json does: leave out --stats"},
		{"--shard 3/3 -r x", "--shard 3/3: parts are counted from 0: of 3, the last is 2/3"},
		{"--shard 1 -r x", "--shard 1: I/N is awaited, with N from 1 to 65536, such as 0/4"},
	} {
		want := "tapdump: " + strings.ReplaceAll(c.want, "NAME", plain) + "\n"
		if r := run(strings.Fields(c.args)...); r.status != 1 || !strings.EqualFold(r.stderr, want) || r.stdout != "" {
			t.Errorf("tapdump %s: status %d, %q, want %q", c.args, r.status, r.stderr, want)
		}
	}
}

// withoutStreams is JSON of statistics with its conversations in an order of their
// own, and without the numbers that each shard gives them.
func withoutStreams(t *testing.T, text string) []byte {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	tcp := all["tcp"].(map[string]any)
	var rows []string
	for _, c := range tcp["conversations"].([]any) {
		delete(c.(map[string]any), "stream")
		row, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, string(row))
	}
	slices.Sort(rows)
	tcp["conversations"] = rows
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestShardedRecords: records of shards are those of the capture, with their numbers.
func TestShardedRecords(t *testing.T) {
	const line = "-nr ../../testdata/captures/mixed.pcap --json --columns basic,tcp,diagnosis,text"
	all := slices.Sorted(strings.Lines(run(strings.Fields(line)...).stdout))
	var got []string
	for _, lines := range sharded(t, line) {
		got = slices.AppendSeq(got, strings.Lines(lines))
	}
	slices.Sort(got)
	if !slices.Equal(got, all) || len(all) == 0 {
		t.Errorf("shards have %d records, the capture %d, or others", len(got), len(all))
	}
}

// TestShardedFlows: flows of shards are those of the capture, with their ids.
func TestShardedFlows(t *testing.T) {
	const line = "-nr ../../docs/examples/office.pcap --json --table flows"
	all := slices.Sorted(strings.Lines(run(strings.Fields(line)...).stdout))
	var got []string
	for _, lines := range sharded(t, line) {
		got = slices.AppendSeq(got, strings.Lines(lines))
	}
	slices.Sort(got)
	if !slices.Equal(got, all) || len(all) == 0 {
		t.Errorf("shards have %d flows, the capture %d, or others", len(got), len(all))
	}
}
