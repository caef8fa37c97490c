//go:build !linux && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package capture

import "golang.org/x/net/bpf"

// backend is the part of Live that differs between systems.
type backend struct {
	parts []*Live
}

func open(string, Config) (*Live, error) { return nil, ErrNotSupported }

func (l *Live) start([]bpf.RawInstruction) (bool, error) { return false, ErrNotSupported }

// Next fills pkt with the next packet.
func (l *Live) Next(*Packet) error { return ErrNotSupported }

// OnIdle has f called whenever Next has no packet and is about to wait.
func (l *Live) OnIdle(func() error) {}

// Interrupt makes Next yield everything received so far and then io.EOF.
func (l *Live) Interrupt() {}

// Abandon makes Next return io.EOF, whatever there still is to yield.
func (l *Live) Abandon() {}

// Wake makes Next return ErrWake once, when it has no packet.
func (l *Live) Wake() {}

// Stats counts packets since Start.
func (l *Live) Stats() (Stats, error) { return Stats{}, ErrNotSupported }

// InterfaceStats is Stats for number i of Interfaces.
func (l *Live) InterfaceStats(int) (Stats, error) { return Stats{}, ErrNotSupported }

// Lost counts the packets of number i of Interfaces that were dropped since it
// was last asked.
func (l *Live) Lost(int) uint64 { return 0 }

// Close ends the capture.
func (l *Live) Close() error { return nil }

// Merge makes one capture of several.
func Merge([]*Live) (*Live, error) { return nil, ErrNotSupported }
