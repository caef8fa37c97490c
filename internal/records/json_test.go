package records

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func FuzzJSON(f *testing.F) {
	for _, s := range []string{"", "plain", `a"b\c`, "\x00\x1f\x7f", "é\u2028\xff\xfe", "\"\"\"\"\"\"", "aaaaaaaaaaaaaaaa\xff"} {
		f.Add([]byte(s))
	}
	columns := []*Column[[]byte]{
		{Name: "text", Kind: Text, Text: func(b []byte, r *[]byte) ([]byte, bool) { return append(b, *r...), true }},
		{Name: "bytes", Kind: Bytes, Text: func(b []byte, r *[]byte) ([]byte, bool) { return append(b, *r...), true }},
		{Name: "absent", Kind: Text, Text: func(b []byte, r *[]byte) ([]byte, bool) { return append(b, *r...), false }},
		{Name: "list", Kind: List, Item: func(b []byte, r *[]byte, n int) ([]byte, bool) { return append(b, *r...), n < 2 }},
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		line := AppendJSON([]byte("before"), columns, &text)[len("before"):]
		if !utf8.Valid(line) {
			t.Fatalf("%q is no UTF-8", line)
		}
		var got struct {
			Text, Bytes string
			List        []string
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var want string
		encoded, _ := json.Marshal(string(text))
		if err := json.Unmarshal(encoded, &want); err != nil {
			t.Fatal(err)
		}
		if got.Text != want || len(got.List) != 2 || got.List[1] != want || len(got.Bytes) != 2*len(text) {
			t.Errorf("%q becomes %q, want %q", text, got.Text, want)
		}
	})
}
