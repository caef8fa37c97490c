//go:build darwin || dragonfly || freebsd || netbsd

package capture

// bpfFlagsOffset is 0: the header tells no direction.
const bpfFlagsOffset = 0
