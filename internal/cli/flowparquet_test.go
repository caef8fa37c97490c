package cli

import (
	"encoding/json"
	"maps"
	"testing"
)

// TestParquetFlows: DuckDB finds the same flows in a Parquet file as in JSON, and for
// each pair of hosts as many packets as --stats json.
func TestParquetFlows(t *testing.T) {
	needsParquet(t)
	name := makeCapture(t, 60_000)
	dir := t.TempDir()
	if got := run("-r", name, "--table", "flows", "-w", dir+"/x.parquet", "--json="+dir+"/x.ndjson", "tcp"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	var stats struct {
		Transfers []struct {
			Local, Remote string
			Send, Receive struct{ Count uint64 }
		}
	}
	report := run("-r", name, "--stats", "json", "--stat_group", "2", "tcp")
	if err := json.Unmarshal([]byte(report.stdout), &stats); err != nil {
		t.Fatalf("%v: %+v", err, report)
	}
	want := make(map[string]uint64)
	for _, x := range stats.Transfers {
		want[min(x.Local, x.Remote)+" "+max(x.Local, x.Remote)] = x.Send.Count + x.Receive.Count
	}
	var got struct {
		Differ int
		Pairs  map[string]uint64
	}
	out := python(t, dir, `
import duckdb, json
columns = """uid, id_orig_h, id_orig_p, id_resp_h, id_resp_p, proto, service, duration::double as d, orig_bytes, resp_bytes, conn_state, history,
  missed_bytes, orig_pkts, orig_ip_bytes, resp_pkts, resp_ip_bytes, community_id, handshake_rtt_us, rtt_p50_us, tls_sni, epoch_ns(ts::timestamptz) // 1000 as us"""
differ = duckdb.sql(f"""select count(*) from ((select {columns} from 'x.parquet' except all select {columns} from 'x.ndjson')
  union all (select {columns} from 'x.ndjson' except all select {columns} from 'x.parquet'))""").fetchall()[0][0]
pairs = duckdb.sql("""select least(id_orig_h, id_resp_h) || ' ' || greatest(id_orig_h, id_resp_h), sum(orig_pkts + resp_pkts)::bigint
  from 'x.parquet' group by 1""").fetchall()
print(json.dumps({"Differ": differ, "Pairs": dict(pairs)}))
`)
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if got.Differ != 0 {
		t.Errorf("%d flows are not the same in Parquet and JSON", got.Differ)
	}
	if len(want) < 1000 || !maps.Equal(got.Pairs, want) {
		t.Errorf("flows have %d pairs of hosts, --stats json %d; they differ:\n%v\n%v", len(got.Pairs), len(want), got.Pairs, want)
	}
}
