//go:build !linux

package places

import (
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/owners"
	"github.com/tapdump/tapdump/internal/sandbox"
)

// Supported reports whether this system has network namespaces.
const Supported = false

// Finder finds places. There are none here.
type Finder struct{}

// Find finds nothing here.
func (*Finder) Find([]Spec) (found []*Place, notes []string, errs []error) {
	return nil, nil, []error{live.ErrNotSupported}
}

// Enter does nothing here.
func (*Place) Enter() error { return nil }

// Ends tells of places that are no more.
type Ends struct{}

// WatchEnds is not available here.
func WatchEnds(func(*Place)) (*Ends, error) { return nil, live.ErrNotSupported }

// Add does nothing here.
func (*Ends) Add(*Place) error { return nil }

// Close does nothing here.
func (*Ends) Close() error { return nil }

// Helper finds places. There is none here.
type Helper struct{}

// StartHelper is not available here.
func StartHelper(Wish, *owners.Networks, func()) (*Helper, error) { return nil, live.ErrNotSupported }

// Socket is no socket here.
func (*Helper) Socket() int { return 0 }

// News has nothing here.
func (*Helper) News() <-chan News { return nil }

// Close does nothing here.
func (*Helper) Close() error { return nil }

// Serve serves nothing here.
func Serve(*sandbox.SetID, func(device, name string) (bool, error)) (bool, error) { return false, nil }

type end struct{ words string }

func (*end) close() {}
