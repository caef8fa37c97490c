//go:build !linux || noebpf || tapdump_small

package probes

import (
	"io"

	"github.com/tapdump/tapdump/capture"
)

// DropSource is nothing on this system, or in this build.
type DropSource struct{}

// OpenDrops fails.
func OpenDrops(int, int) (*DropSource, error) {
	return nil, lacksDrops()
}

func (*DropSource) Next(*capture.Packet) error      { return io.EOF }
func (*DropSource) Reason() string                  { return "" }
func (*DropSource) Place() string                   { return "" }
func (*DropSource) Stats() capture.Stats            { return capture.Stats{} }
func (*DropSource) LinkType() capture.LinkType      { return capture.LinkLINUX_SLL2 }
func (*DropSource) SnapLen() int                    { return 0 }
func (*DropSource) Device() string                  { return "" }
func (*DropSource) Warnings() []string              { return nil }
func (*DropSource) OnIdle(func() error)             {}
func (*DropSource) Interfaces() []capture.Interface { return nil }
func (*DropSource) Wake()                           {}
func (*DropSource) Interrupt()                      {}
func (*DropSource) Abandon()                        {}
func (*DropSource) Close() error                    { return nil }
