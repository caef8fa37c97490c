//go:build linux && (noebpf || tapdump_small)

package probes

import "github.com/tapdump/tapdump/internal/features"

// Sockets is nothing in this build.
type Sockets struct{}

// OpenSockets fails in this build.
func OpenSockets() (*Sockets, error) { return nil, features.EBPF.Need("") }

func (*Sockets) Next(*Use) bool { return false }
func (*Sockets) Close() error   { return nil }

func lacksDrops() error { return features.EBPF.Need("") }
