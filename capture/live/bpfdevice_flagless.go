//go:build darwin || dragonfly || freebsd || netbsd

package live

// bpfFlagsOffset is 0: the header tells no direction.
const bpfFlagsOffset = 0
