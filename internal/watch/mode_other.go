//go:build !linux

package watch

// restrictMode cannot be done before a socket has its file.
func restrictMode(uintptr) {}
