//go:build !linux && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package live

func openEngine(*device) (engine, error) { return nil, ErrNotSupported }
