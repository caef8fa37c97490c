//go:build !linux

package live

// Watcher knows which network interfaces there are. There is none here.
type Watcher struct{}

// Watched reports whether a device is a network interface.
func Watched(device string) bool { return device != anyDevice }

// Watch is not available here.
func Watch(func()) (*Watcher, error) { return nil, ErrNotSupported }

// Links lists the interfaces.
func (*Watcher) Links() ([]WatchedLink, error) { return nil, ErrNotSupported }

// Close ends watching.
func (*Watcher) Close() error { return nil }
