package apps

import (
	"net/netip"

	"github.com/tapdump/tapdump/internal/recent"
)

const (
	// maxExpected is how many ends of media are remembered, of each kind.
	maxExpected = 1 << 16
	// maxSources is how many sources of media are remembered.
	maxSources = 1 << 14
)

// expectations are the ends at which media are to come, as something said that set
// them up: their packets do not show what they are by themselves.
type expectations struct {
	announced *recent.Set[netip.AddrPort] // for media
	opened    *recent.Set[netip.AddrPort] // for anything, media perhaps
	sources   *recent.Set[mediaSource]
}

// mediaSource is what says that it is one, at one end.
type mediaSource struct {
	end    netip.AddrPort
	source uint32
}

func (x *expectations) init() {
	x.announced = recent.New[netip.AddrPort](maxExpected)
	x.opened = recent.New[netip.AddrPort](maxExpected)
	x.sources = recent.New[mediaSource](maxSources)
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
func (t *talk) refuseMedia(end netip.AddrPort) { t.d.media.announced.Remove(end) }

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
	}
	return t.media != unexpected
}

func hasEither(ends *recent.Set[netip.AddrPort], a, b netip.AddrPort) bool {
	return ends.Len() > 0 && (ends.Has(a) || ends.Has(b))
}

// isMediaSource reports whether media that say that they are of a source are so: where
// they were announced, or if the same end said so before.
func (t *talk) isMediaSource(source uint32) bool {
	s := mediaSource{endpoint(t.p.Src, t.p.SrcPort), source}
	if t.media == announced || t.d.media.sources.Has(s) {
		return true
	}
	t.d.media.sources.Add(s)
	return false
}
