package main

import (
	"slices"
	"testing"
)

func TestCutLengths(t *testing.T) {
	if got := cutLengths(1, 3); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("a packet of 3 bytes is cut at %v, want every length", got)
	}
	for n := 6; n < 200; n++ {
		got := cutLengths(7, n)
		if len(got) != cutsPerPacket || !slices.Contains(got, n) || len(slices.Compact(slices.Clone(got))) != len(got) || got[0] < 1 {
			t.Errorf("a packet of %d bytes is cut at %v, want %d different lengths and the whole", n, got, cutsPerPacket)
		}
		if again := cutLengths(7, n); !slices.Equal(got, again) {
			t.Errorf("a packet of %d bytes is cut at %v, then at %v", n, got, again)
		}
	}
}

// TestCompare: what the reference prints otherwise than the exact version does
// not count against tapdump, what tapdump prints otherwise than both does.
func TestCompare(t *testing.T) {
	records := []record{{1, 10, 20}, {1, 20, 20}}
	exact := "    1  a\n\tb\n    2  c\n"
	older := "    1  a\n\told\n    2  c\n"
	for _, test := range []struct {
		what, tapdump string
		want          tally
	}{
		{"as exact", exact, tally{lines: 3, comparable: 2, same: 2, exact: 3}},
		{"as the older one", older, tally{lines: 3, comparable: 2, same: 2, exact: 2}},
		{"another line", "    1  a\n\tb\n    2  d\n", tally{lines: 3, comparable: 2, same: 1, exact: 2}},
		{"a line less", "    1  a\n    2  c\n", tally{lines: 3, comparable: 2, same: 2, exact: 2}},
		{"a line more", exact + "\tmore\n", tally{lines: 4, comparable: 3, same: 2, exact: 3}},
		{"nothing", "", tally{lines: 3, comparable: 2}},
	} {
		var c comparison
		c.compare("-n", records, []result{{out: []byte(test.tapdump)}, {out: []byte(older)}, {out: []byte(exact)}}, 1)
		if c.tally != test.want {
			t.Errorf("%s: %+v, want %+v", test.what, c.tally, test.want)
		}
		if shown := len(c.differences) > 0; shown != (c.tally.exact < c.tally.lines) {
			t.Errorf("%s: differences shown: %v", test.what, c.differences)
		}
	}
}

func TestWords(t *testing.T) {
	if got := words(`-v -E "file keys.txt" -tttt`); !slices.Equal(got, []string{"-v", "-E", "file keys.txt", "-tttt"}) {
		t.Errorf("%q", got)
	}
}
