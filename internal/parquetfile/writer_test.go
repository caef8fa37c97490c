package parquetfile

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tapdump/tapdump/internal/records"
)

// row is a record with a column of each kind.
type row struct {
	n    uint64
	text string
	list []string
}

// rowColumns have values in a row whose n is not a multiple of 7.
func rowColumns() []*records.Column[row] {
	number := func(f func(r *row) uint64) func(r *row) (uint64, bool) {
		return func(r *row) (uint64, bool) { return f(r), r.n%7 != 0 }
	}
	text := func(f func(b []byte, r *row) []byte) func(b []byte, r *row) ([]byte, bool) {
		return func(b []byte, r *row) ([]byte, bool) { return f(b, r), r.n%7 != 0 }
	}
	never := func(b []byte, _ *row) ([]byte, bool) { return b, false }
	return []*records.Column[row]{
		{Name: "every", Kind: records.Number, Number: func(r *row) (uint64, bool) { return r.n, true }},
		{Name: "number", Kind: records.Number, Number: number(func(r *row) uint64 { return r.n * r.n })},
		{Name: "few", Kind: records.Number, Number: number(func(r *row) uint64 { return r.n * 7919 % 300 * 100003 })},
		{Name: "interval", Kind: records.Interval, Number: number(func(r *row) uint64 { return r.n * 500_000_000 })},
		{Name: "time", Kind: records.Time, Number: number(func(r *row) uint64 { return 1_704_067_200e9 + r.n*1001 })},
		{Name: "flag", Kind: records.Flag, Number: number(func(*row) uint64 { return 1 })},
		{Name: "word", Kind: records.Word, Text: text(func(b []byte, r *row) []byte {
			return append(strconv.AppendUint(append(b, "w"...), r.n%1000, 10), "."...)
		})},
		{Name: "text", Kind: records.Text, Text: text(func(b []byte, r *row) []byte { return append(b, r.text...) })},
		{Name: "list", Kind: records.List, Item: func(b []byte, r *row, n int) ([]byte, bool) {
			if n >= len(r.list) {
				return b, false
			}
			return append(b, r.list[n]...), true
		}},
		{Name: "bytes", Kind: records.Bytes, Text: text(func(b []byte, r *row) []byte { return append(b, byte(r.n), 0, 255) })},
		{Name: "never", Kind: records.Text, Text: never},
		{Name: "never_list", Kind: records.List, Item: func(b []byte, _ *row, _ int) ([]byte, bool) { return b, false }},
	}
}

// fill makes the n-th row: each tenth group of texts has none twice.
func (r *row) fill(n int) {
	r.n = uint64(n)
	r.text = "é" + strconv.Itoa(n)
	if n%3 == 0 {
		r.text = "bad\xff"
	}
	r.list = r.list[:0]
	for i := range n % 4 {
		r.list = append(r.list, "item"+strconv.Itoa(n%50*i))
	}
}

func writeRows(t testing.TB, rows int) []byte {
	t.Helper()
	if !Available {
		t.Skip(ErrLeftOut)
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, "tapdump version 0", rowColumns())
	if err != nil {
		t.Fatal(err)
	}
	var r row
	for n := range rows {
		r.fill(n)
		if err := w.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close([]Meta{{"tapdump.filter", "tcp port 80"}}); err != nil {
		t.Fatal(err)
	}
	if int64(out.Len()) != w.Size() || w.Rows() != uint64(rows) || w.Written() != w.Rows() {
		t.Errorf("%d bytes, Size says %d; %d rows, Rows says %d, Written %d", out.Len(), w.Size(), rows, w.Rows(), w.Written())
	}
	return out.Bytes()
}

// duckdb runs a Python program that has DuckDB, in the folder, and returns what it
// prints. PYTHON names an interpreter that has it, if python3 has not.
func duckdb(t *testing.T, folder, program string) string {
	t.Helper()
	python := os.Getenv("PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import duckdb").Run(); err != nil {
		t.Skipf("%s has no duckdb (PYTHON names one that has): %v", python, err)
	}
	cmd := exec.Command(python, "-c", program)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestDuckDB: DuckDB reads what was written, of each kind, and prunes by statistics.
func TestDuckDB(t *testing.T) {
	folder := t.TempDir()
	for _, rows := range []int{0, 1, 7, 1000, 300_000} {
		name := filepath.Join(folder, "x.parquet")
		if err := os.WriteFile(name, writeRows(t, rows), 0o600); err != nil {
			t.Fatal(err)
		}
		got := duckdb(t, folder, `
import duckdb
n = `+strconv.Itoa(rows)+`
has = lambda i: i % 7 != 0
def want(i):
    text = ("bad\ufffd" if i % 3 == 0 else "é" + str(i)) if has(i) else None
    items = ["item" + str(i % 50 * k) for k in range(i % 4)] or None
    return (i,) + ((i*i, i*7919%300*100003, i*0.5, 1704067200*10**9+i*1001, True, "w%d." % (i%1000), text) if has(i) else (None,)*7) + (items, bytes([i%256,0,255]) if has(i) else None, None, None)
rows = duckdb.sql("select every, number, few, interval, epoch_ns(time), flag, word, text, list, bytes, never, never_list from 'x.parquet'").fetchall()
assert len(rows) == n, len(rows)
for i, r in enumerate(rows):
    assert r == want(i), (i, r, want(i))
for i in (0, 1, n//2, n-1):
    if 0 <= i < n and has(i):
        assert duckdb.sql(f"select every from 'x.parquet' where number={i*i}").fetchall() == [(i,)]
        assert duckdb.sql(f"select every from 'x.parquet' where text={want(i)[7]!r} and every={i}").fetchall() == [(i,)]
print(duckdb.sql("select name, type, logical_type from parquet_schema('x.parquet')").fetchall()[5][2][:9],
  duckdb.sql("select decode(key), decode(value) from parquet_kv_metadata('x.parquet')").fetchall())
`)
		const want = "Timestamp [('tapdump.filter', 'tcp port 80')]\n"
		if got != want {
			t.Errorf("%d rows: %q, want %q", rows, got, want)
		}
	}
}
