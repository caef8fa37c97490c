package records

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzSeparated(f *testing.F) {
	for _, s := range []string{"", "plain", `a"b,c`, "a\tb\\\n\x00", "é\u2028\xff\xfe", "\r\n"} {
		f.Add([]byte(s))
	}
	columns := []*Column[[]byte]{
		{Name: "text", Kind: Text, Text: func(b []byte, r *[]byte) ([]byte, bool) { return append(b, *r...), true }},
		{Name: "bytes", Kind: Bytes, Text: func(b []byte, r *[]byte) ([]byte, bool) { return append(b, *r...), true }},
		{Name: "absent", Kind: Text, Text: func(b []byte, r *[]byte) ([]byte, bool) { return append(b, *r...), false }},
	}
	unescape := strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")
	f.Fuzz(func(t *testing.T, text []byte) {
		want := strings.ToValidUTF8(string(text), "")
		valid := want == string(text)

		line := string(AppendSeparated([]byte("before"), columns, &text, Comma)[len("before"):])
		if !utf8.ValidString(line) {
			t.Errorf("%q is no UTF-8", line)
		}
		rows, err := csv.NewReader(strings.NewReader(line)).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != 3 {
			t.Fatalf("%q: %d rows, %v", line, len(rows), err)
		}
		if got := rows[0][0]; valid && got != strings.ReplaceAll(want, "\r\n", "\n") { // the reader's own change
			t.Errorf("%q becomes %q in CSV", want, got)
		}

		line = string(AppendSeparated(nil, columns, &text, Tab))
		if !utf8.ValidString(line) || strings.Count(line, "\n") != 1 || strings.Count(line, "\t") != 2 {
			t.Errorf("%q in TSV", line)
		}
		if got, _, _ := strings.Cut(line, "\t"); valid && !strings.Contains(got, `\u`) && unescape.Replace(got) != want {
			t.Errorf("%q becomes %q in TSV", want, got)
		}
	})
}

func FuzzTime(f *testing.F) {
	for _, ns := range []int64{0, -1, 1, 951782399999999999, 951782400000000000, 1 << 62, -1 << 63, 1<<63 - 1, 1e18} {
		f.Add(ns)
	}
	f.Fuzz(func(t *testing.T, ns int64) {
		want := time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z")
		if got := string(appendTime(nil, ns)); got != want {
			t.Errorf("%d is %s, want %s", ns, got, want)
		}
	})
}
