package places

import (
	"errors"
	"net/netip"

	"github.com/tapdump/tapdump/capture/live"
)

// AnyDevice is the name of the pseudo-device that captures on all interfaces.
const AnyDevice = "any"

// Wish is what a Helper looks for.
type Wish struct {
	Places  []Spec
	Devices []string // names and patterns; nil: all interfaces that are up, but loopbacks
	Config  live.Config
	Owners  bool // what asks about sockets of places is handed on, as StartHelper says
}

// News is what a Helper tells: one of these.
type News struct {
	Device    *live.Handover // of an interface that was opened, in a place with a number
	Place     int
	Files     []int        // of the device
	Addresses []netip.Addr // that the place has
	Ended     string       // words that say that the place is no more
	Namespace uint32       // number of that place
	Complaint string       // what cannot be captured from, and why
	Note      string       // for people
	Ready     bool         // all that is there already was told
	Missing   []string     // when ready, places that are not there yet
}

// ErrGone is that no more is told.
var ErrGone = errors.New("the process that finds places has ended; what is captured from goes on")
