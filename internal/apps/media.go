package apps

import (
	"net/netip"

	"github.com/tapdump/tapdump/internal/recent"
)

const (
	// maxExpected is how many ends of media are remembered, of each kind.
	maxExpected = 1 << 16
	// maxSightings is how many sightings are remembered.
	maxSightings = 1 << 14
)

// expectations are the ends at which media are to come, as something said that set
// them up: their packets do not show what they are by themselves.
type expectations struct {
	announced *recent.Set[netip.AddrPort] // for media
	opened    *recent.Set[netip.AddrPort] // for anything, media perhaps
	sightings *recent.Set[sighting]
	decided   bool // what another packet said was decisive
}

// sighting is that a packet at an end had a number that others of its kind have again:
// one such packet is not certain, two are.
type sighting struct {
	end    netip.AddrPort
	number uint32
}

func (x *expectations) init() {
	x.announced = recent.New[netip.AddrPort](maxExpected)
	x.opened = recent.New[netip.AddrPort](maxExpected)
	x.sightings = recent.New[sighting](maxSightings)
}

// agreement is whether a datagram may be of media.
type agreement uint8

const (
	notAsked agreement = iota
	unexpected
	possible  // something that may be media comes from or goes to here
	relayed   // it is in another datagram, and may be media
	announced // media come from or go to here
)

// expectMedia takes note that media come from or go to an end.
func (t *talk) expectMedia(end netip.AddrPort) { t.d.media.announced.Add(end) }

// refuseMedia takes note that something else comes from or goes to an end from now on.
func (t *talk) refuseMedia(end netip.AddrPort) {
	x := &t.d.media
	x.decided = x.decided || x.announced.Has(end)
	x.announced.Remove(end)
}

// allowMedia takes note that an end was opened for something that may be media.
func (t *talk) allowMedia(end netip.AddrPort) { t.d.media.opened.Add(end) }

// expectsMedia reports whether the packet may be of media.
func (t *talk) expectsMedia() bool {
	if t.media == notAsked {
		x, src, dst := &t.d.media, endpoint(t.p.Src, t.p.SrcPort), endpoint(t.p.Dst, t.p.DstPort)
		switch {
		case hasEither(x.announced, src, dst):
			t.media = announced
		case hasEither(x.opened, src, dst):
			t.media = possible
		default:
			t.media = unexpected
		}
		x.decided = x.decided || t.media != unexpected
	}
	return t.media != unexpected
}

func hasEither(ends *recent.Set[netip.AddrPort], a, b netip.AddrPort) bool {
	return ends.Len() > 0 && (ends.Has(a) || ends.Has(b))
}

// again reports whether a number was sighted at an end before, and takes note of it.
func (t *talk) again(end netip.AddrPort, number uint32) bool {
	s := sighting{end, number}
	if t.d.media.sightings.Has(s) {
		t.d.media.decided = true
		return true
	}
	t.d.media.sightings.Add(s)
	return false
}
