package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestLiveCopiesInto: captured packets go over together only where a savefile is all that
// they go to, and nobody looks at each.
func TestLiveCopiesInto(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		options string
		filter  matcher
		want    bool
	}{
		{"-w o", &deviceFilter{}, true},
		{"-w o -c 3", &deviceFilter{}, true},
		{"-w o -U", &deviceFilter{}, true},
		{"-w o", &deviceFilter{missed: &missed{}}, false},
		{"-w o", &mergedFilter{}, false},
		{"-w o -C 1", &deviceFilter{}, false},
		{"-w o --skip 2", &deviceFilter{}, false},
	} {
		cmd := newTestCommand("tapdump", strings.NewReader(""), io.Discard, io.Discard)
		plan, err := cmd.parse(append(strings.Fields(c.options), "-i", "lo"))
		if err != nil {
			t.Fatal(err)
		}
		own := new(live.Live)
		r := &liveRun{session: newSession(cmd, plan), filter: c.filter, own: own, source: own}
		if err := r.openSinks(opening{head: pcapfile.Header{LinkType: capture.LinkEN10MB, SnapLen: capture.MaxSnapLen}, src: own}); err != nil {
			t.Fatal(err)
		}
		if got := r.copiesInto(own) != nil; got != c.want {
			t.Errorf("%s, %T: packets go over together: %t", c.options, c.filter, got)
		}
		if r.copiesInto(struct{ capture.Source }{own}) != nil {
			t.Errorf("%s: packets go past who holds them", c.options)
		}
		if err := r.closeSinks(); err != nil {
			t.Error(err)
		}
	}
}
