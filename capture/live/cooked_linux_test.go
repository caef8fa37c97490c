package live

import (
	"bytes"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestCookedAddress: no byte of a cooked header is left from what was in its
// place, whatever the length of the address.
func TestCookedAddress(t *testing.T) {
	for _, c := range []struct {
		haLen byte
		want  string
	}{
		{0, "\x00\x00\x00\x00\x00\x00\x00\x00"},
		{1, "a\x00\x00\x00\x00\x00\x00\x00"},
		{4, "abcd\x00\x00\x00\x00"},
		{6, "abcdef\x00\x00"},
		{8, "abcdefgh"},
		{20, "abcdefgh"}, // InfiniBand
	} {
		ll := bytes.Repeat([]byte{0xee}, sllLen)
		copy(ll[sllAddr:], "abcdefgh")
		ll[sllHaLen] = c.haLen
		for _, field := range []struct{ headerLen, at int }{{capture.LinkLINUX_SLL.HeaderLength(), 6}, {capture.LinkLINUX_SLL2.HeaderLength(), 12}} {
			h := bytes.Repeat([]byte{0xff}, field.headerLen)
			putCooked(h, ll)
			if got := string(h[field.at : field.at+8]); got != c.want || bytes.IndexByte(h, 0xff) >= 0 {
				t.Errorf("address of %d bytes in a header of %d: %q in %x, want %q", c.haLen, len(h), got, h, c.want)
			}
		}
	}
}
