//go:build !linux

// Package kernel runs filter programs in the kernel, for tests.
package kernel

import (
	"testing"

	"github.com/tapdump/tapdump/bpf"
)

// Socket is there on Linux alone.
type Socket struct{}

// New skips the test.
func New(tb testing.TB) *Socket {
	tb.Skip("filters of sockets are tested on Linux alone")
	return nil
}

// Attach does nothing.
func (*Socket) Attach(testing.TB, []bpf.Instruction) bool { return false }

// Run does nothing.
func (*Socket) Run(testing.TB, []byte) int { return 0 }

// Differs reports that no program can be compared.
func Differs([]bpf.Instruction) bool { return true }
