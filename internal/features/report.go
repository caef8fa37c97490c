//go:build !noreport && !tapdump_small

package features

const HasReport = true
