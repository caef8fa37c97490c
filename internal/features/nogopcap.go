//go:build nogopcap || tapdump_small

package features

const HasGoPcap = false
