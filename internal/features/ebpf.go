//go:build !noebpf && !tapdump_small

package features

const HasEBPF = true
