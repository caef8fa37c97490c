package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// writeOwned makes a file with packets of two processes, of one of which nothing is known
// but its number, and of none.
func writeOwned(t *testing.T, command string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "owned.pcapng")
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{Pcapng: true})
	if err != nil {
		t.Fatal(err)
	}
	curl := &capture.Owner{
		Process: 4711, UserID: 1000, HasUser: true, Command: command, User: "alice", Container: "web", Started: 1700000000e9,
	}
	data := append(make([]byte, 12), 0x08, 0x00,
		0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0xf6, 0xcf, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
		0, 9, 0, 9, 0, 8, 0, 0) // UDP
	for i, a := range []*capture.Annotation{
		{Process: 4711, Thread: 4712, Owned: true, Owner: curl},
		nil,
		{Process: 1, Owned: true},
	} {
		pkt := capture.Packet{Time: capture.Timestamp{Sec: int64(i)}, Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB, Annotation: a}
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestOwnerRecords: records of all formats say the same of owners, and nothing of what is
// not known.
func TestOwnerRecords(t *testing.T) {
	file := writeOwned(t, `cu"rl, 1`)
	for _, c := range []struct{ option, want string }{
		{"--json", `{"pid":4711,"tid":4712,"process":"cu\"rl, 1","uid":1000,"user":"alice","container":"web"}` + "\n{}\n" + `{"pid":1}` + "\n"},
		{"--csv --header", "pid,tid,process,uid,user,container\n" + `4711,4712,"cu""rl, 1",1000,alice,web` + "\n,,,,,\n1,,,,,\n"},
	} {
		if got := run(append([]string{"-r", file, "--columns", "owner"}, strings.Fields(c.option)...)...); got.status != 0 || got.stdout != c.want {
			t.Errorf("%s: %+v, want\n%s", c.option, got, c.want)
		}
	}
	needsParquet(t)
	dir := t.TempDir()
	if got := run("-r", file, "-w", filepath.Join(dir, "x.parquet"), "--columns", "owner"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	const want = `[[4711, 4712, "cu\"rl, 1", 1000, "alice", "web"], [null, null, null, null, null, null], [1, null, null, null, null, null]]`
	out := python(t, dir, `
import duckdb, json
print(json.dumps(duckdb.sql("""select pid, tid, process, uid, "user", container from 'x.parquet'""").fetchall()), end="")`)
	if string(out) != want {
		t.Errorf("Parquet has\n%s, want\n%s", out, want)
	}
}
