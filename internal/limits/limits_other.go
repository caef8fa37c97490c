//go:build !linux

package limits

// Prepare has nothing to do on this system.
func Prepare(bool) error { return nil }

// Commands has nothing to look at on this system.
func Commands() error { return nil }

// OutputClosed cannot be known on this system.
func OutputClosed() bool { return false }
