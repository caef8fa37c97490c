//go:build tapdump_small

package apps

// protocols are none in this build: nothing is decoded.
var protocols [protocolCount]protocol
