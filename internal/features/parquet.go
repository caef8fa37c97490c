//go:build !noparquet && !tapdump_small

package features

const HasParquet = true
