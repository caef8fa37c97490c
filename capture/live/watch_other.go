//go:build !linux

package live

// Watcher knows which network interfaces there are. There is none here.
type Watcher struct{}

// Watch is not available here.
func Watch(func()) (*Watcher, error) { return nil, ErrNotSupported }

// Links lists the interfaces.
func (*Watcher) Links() ([]WatchedLink, error) { return nil, ErrNotSupported }

// Close ends watching.
func (*Watcher) Close() error { return nil }
