package testenv

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// ManualLimits fails where docs/tapdump.1, beside the root of the source, does not have the
// limits of a package as they are, or has others of it: behind a comment such as
//
//	.\" limit filters.MaxTracks
//
// the line has the number: of bytes in MiB or GiB, of other things with commas. Limits whose
// name begins with one of others are for tests elsewhere.
func ManualLimits(t testing.TB, root string, bytes, things map[string]uint64, others ...string) {
	t.Helper()
	page, err := os.ReadFile(root + "/docs/tapdump.1")
	if err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string)
	for _, part := range strings.Split(string(page), "\n.\\\" limit ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		said[name], _, _ = strings.Cut(rest, "\n")
	}
	check := func(name, figure string) {
		line, ok := said[name]
		delete(said, name)
		if !ok || !strings.Contains(" "+line, " "+figure) {
			t.Errorf("docs/tapdump.1: %s is %s, and its line is %q", name, figure, line)
		}
	}
	for name, limit := range bytes {
		check(name, sizeOf(limit))
	}
	for name, limit := range things {
		check(name, numberOf(limit))
	}
	for name := range said {
		elsewhere := false
		for _, other := range others {
			elsewhere = elsewhere || strings.HasPrefix(name, other)
		}
		if !elsewhere {
			t.Errorf("docs/tapdump.1: no test knows the limit %s", name)
		}
	}
}

// sizeOf is a number of bytes as people read it.
func sizeOf(n uint64) string {
	if n >= 1<<30 && n%(1<<30) == 0 {
		return strconv.FormatUint(n>>30, 10) + " GiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'g', -1, 64) + " MiB"
}

// numberOf is a number as people read it.
func numberOf(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
