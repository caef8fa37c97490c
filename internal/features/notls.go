//go:build notls || tapdump_small

package features

const HasTLS = false
