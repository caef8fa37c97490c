package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// flowLines are command lines with their names.
const flowLines = `
json: tapdump -nr x.pcap --table flows --json
filtered: tapdump -nr x.pcap --table flows --json port 8081
fields: tapdump -nr x.pcap --table flows --fields id_orig_h,id_resp_h,conn_state,history,http_host,dns_qname --header
csv: tapdump -nr x.pcap --table flows --csv --columns tcp,uid --header
idle: tapdump -nr x.pcap --table flows --fields id_orig_h,conn_state,history,orig_pkts,resp_pkts --flow-idle 1.5s
interval: tapdump -nr x.pcap --table flows --fields uid,ts,duration,orig_pkts,resp_pkts,orig_bytes,resp_bytes --flow-interval 1 port 8081
beside: tapdump -nr x.pcap --table flows --json=flows.ndjson --fields uid --to flows.tsv --count
packets: tapdump -nr x.pcap --table packets --fields number,src_addr -c 2
wrong-table: tapdump -r x.pcap --table flow --json
wrong-nothing: tapdump -r x.pcap --table flows
wrong-idle: tapdump -r x.pcap --json --flow-idle 9
wrong-column: tapdump -r x.pcap --table flows --fields src_addr
wrong-group: tapdump -r x.pcap --table flows --csv --columns text
wrong-payload: tapdump -r x.pcap --table flows --json --payload
`

func TestFlowsGolden(t *testing.T) {
	goldens, err := filepath.Abs("testdata/flows")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("TZ", "GMT0")
	writeSpecs(t, "x.pcap", troubled(t)...)
	for line := range strings.Lines(flowLines) {
		name, command, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			words := strings.Fields(command)
			var stdout, stderr bytes.Buffer
			status := runIPScap(words[0], words[1:], &stdout, &stderr)
			got := fmt.Appendf(nil, "$ %s\n%s-- standard error\n%s-- exit status %d\n", command, stdout.Bytes(), stderr.Bytes(), status)
			testenv.Golden(t, filepath.Join(goldens, name+".out"), got)
		})
	}
}

// TestFlowsFull: where a device is full, all records are counted that it lacks, and
// another output has them.
func TestFlowsFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	var want, stdout, stderr bytes.Buffer
	const capture = "../../testdata/captures/mixed.pcap"
	if status := runIPScap("tapdump", []string{"-r", capture, "--table", "flows", "--csv"}, &want, &stderr); status != 0 {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	other := filepath.Join(t.TempDir(), "flows.csv")
	status := runIPScap("tapdump", []string{"-r", capture, "--table", "flows", "--json=/dev/full", "--csv", "--to", other, "--count"}, &stdout, &stderr)
	lost := fmt.Sprintf("/dev/full: No space left on device: records that could not be written: %d, records in the file: 0\n", bytes.Count(want.Bytes(), []byte("\n")))
	if status != 1 || !strings.HasSuffix(stderr.String(), lost) {
		t.Errorf("exit status %d, and\n%swant at its end\n%s", status, &stderr, lost)
	}
	if got, err := os.ReadFile(other); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("the other output has %d bytes, want %d: %v", len(got), want.Len(), err)
	}
}

// TestFlowsOfPackets: records of flows and of packets of the same captures have
// the same numbers of packets by host.
func TestFlowsOfPackets(t *testing.T) {
	captures, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(captures) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, capture := range captures {
		lines := func(arguments ...string) []map[string]any {
			var stdout, stderr bytes.Buffer
			if status := runIPScap("tapdump", append([]string{"-r", capture, "--json"}, arguments...), &stdout, &stderr); status != 0 {
				t.Fatalf("exit status %d: %s", status, &stderr)
			}
			var all []map[string]any
			for line := range bytes.Lines(stdout.Bytes()) {
				var one map[string]any
				if err := json.Unmarshal(line, &one); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				all = append(all, one)
			}
			return all
		}
		number := func(r map[string]any, name string) uint64 { n, _ := r[name].(float64); return uint64(n) }
		want, got := map[string]uint64{}, map[string]uint64{}
		for _, p := range lines("tcp or udp or icmp or icmp6") {
			host, _ := p["src_addr"].(string)
			want[host]++
		}
		for _, f := range lines("--table", "flows", "tcp or udp or icmp or icmp6") {
			for _, side := range []string{"orig", "resp"} {
				host, _ := f["id_"+side+"_h"].(string)
				if n := number(f, side+"_pkts"); n > 0 {
					got[host] += n
				}
			}
		}
		if fmt.Sprint(want) != fmt.Sprint(got) || len(want) < 2 {
			t.Errorf("%s: packets say\n%v\nflows say\n%v", filepath.Base(capture), want, got)
		}
	}
}
