//go:build !nopage && !tapdump_small

package features

const HasPage = true
