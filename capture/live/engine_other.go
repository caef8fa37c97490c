//go:build !linux && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package live

// EngineName is how the engine of this system is called: ring, bpf; "" without one.
const EngineName = ""

func openEngine(*device) (engine, error) { return nil, ErrNotSupported }
