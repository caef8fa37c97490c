package filters

import (
	"testing"

	"github.com/tapdump/tapdump/internal/headertest"
)

func TestTracking(t *testing.T) {
	f, err := NewFind("login", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	filter := New(Config{Protocols: TCP | UDP, Find: f, Tracking: true})
	a, b := "192.0.2.1", "192.0.2.2"
	for i, c := range []struct {
		s    headertest.Spec
		want bool
	}{
		{headertest.Spec{Src: a, Dst: b, SrcPort: 4000, DstPort: 23}, false},
		{headertest.Spec{Src: a, Dst: b, SrcPort: 4000, DstPort: 23, Payload: []byte("Login:")}, true},
		{headertest.Spec{Src: b, Dst: a, SrcPort: 23, DstPort: 4000}, true},
		{headertest.Spec{Src: a, Dst: b, SrcPort: 4001, DstPort: 23}, true},
		{headertest.Spec{Src: a, Dst: b, SrcPort: 4001, DstPort: 24}, false},
		{headertest.Spec{Src: a, Dst: "192.0.2.3", SrcPort: 4001, DstPort: 23}, false},
	} {
		if got := filter.Match(headertest.Decode(t, c.s)); got != c.want {
			t.Errorf("packet %d is shown: %t", i, got)
		}
	}
}
