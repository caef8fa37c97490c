package apps

import (
	"net/netip"

	"github.com/tapdump/tapdump/internal/recent"
)

// maxExpected is how many ends of media are remembered.
const maxExpected = 1 << 16

// expectations are the ends at which media are to come, as something said that set
// them up: their packets do not show what they are by themselves.
type expectations struct{ ends *recent.Set[netip.AddrPort] }

func (x *expectations) init() { x.ends = recent.New[netip.AddrPort](maxExpected) }

// expectMedia takes note that media come from or go to an end.
func (t *talk) expectMedia(end netip.AddrPort) { t.d.media.ends.Add(end) }

// expectsMedia reports whether the packet comes from or goes to such an end.
func (t *talk) expectsMedia() bool {
	if t.media == notAsked {
		t.media = unexpected
		ends := t.d.media.ends
		if ends.Len() > 0 && (ends.Has(endpoint(t.p.Src, t.p.SrcPort)) || ends.Has(endpoint(t.p.Dst, t.p.DstPort))) {
			t.media = expected
		}
	}
	return t.media != unexpected
}
