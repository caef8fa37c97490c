//go:build !linux && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package live

import (
	"golang.org/x/net/bpf"

	"github.com/tapdump/tapdump/capture"
)

// backend is the part of Live that differs between systems.
type backend struct{}

func open(string, Config) (*Live, error) { return nil, ErrNotSupported }

func (l *Live) start([]bpf.RawInstruction) (bool, error) { return false, ErrNotSupported }
func (l *Live) next(*capture.Packet) error               { return ErrNotSupported }
func (l *Live) stats() (capture.Stats, error)            { return capture.Stats{}, ErrNotSupported }
func (l *Live) interfaces() []capture.Interface          { return nil }
func (l *Live) compound() bool                           { return false }
func (l *Live) merge([]*Live) error                      { return ErrNotSupported }
func (l *Live) add(*Live) error                          { return ErrNotSupported }
func (l *Live) close() error                             { return nil }

// OnIdle has f called whenever Next has no packet and is about to wait.
func (l *Live) OnIdle(func() error) {}

// Interrupt makes Next yield everything received so far and then io.EOF.
func (l *Live) Interrupt() {}

// Abandon makes Next return io.EOF, whatever there still is to yield.
func (l *Live) Abandon() {}

// Wake makes Next return ErrWake once, when it has no packet.
func (l *Live) Wake() {}

// Await has a merged capture whose devices are all gone wait for Add instead of
// ending.
func (l *Live) Await() {}

// Late tells how many packets came too late to be put in order.
func (l *Live) Late() Late { return Late{} }

// Index is the number by which the system knows the device.
func (l *Live) Index() int { return 0 }

// Source is the number of the device through which packets of number i of
// Interfaces come.
func (l *Live) Source(i int) int { return i }

// InterfaceStats is Stats for number i of Interfaces.
func (l *Live) InterfaceStats(int) (capture.Stats, error) { return capture.Stats{}, ErrNotSupported }

// Lost counts the packets of number i of Interfaces that were dropped since it
// was last asked.
func (l *Live) Lost(int) uint64 { return 0 }
