// Package traffic makes packets as a link in front of an office carries them,
// the same ones for the same seed: for benchmarks, and for captures that tests
// read.
//
// To add a kind of conversation: a type with a step method in a file of its
// own, and a row in kinds.
package traffic

import (
	"io"

	"github.com/tapdump/tapdump/capture"
)

// Generator is a capture.Source of made packets on Ethernet.
type Generator struct {
	rng   rng
	left  int // packets
	now   capture.Timestamp
	frame frame
	flows []flow // the conversations that are going on, in no order
	ids   uint16 // IPv4 identification
}

var _ capture.Source = (*Generator)(nil)

// flow is a conversation. step puts its next packet into the generator's frame
// and reports whether there will be another.
type flow interface {
	step(g *Generator) (more bool)
}

// openFlows is how many conversations go on at the same time.
const openFlows = 200

// kinds are the sorts of conversations, and how many of totalShare are of each.
// A TCP conversation has many more packets than the others.
var kinds = [...]struct {
	share int
	open  func(g *Generator) flow
}{
	{90, openTLS},
	{60, openHTTP},
	{12, openSSH},
	{12, openSMTP},
	{20, openRefused},
	{10, openTCPDNS},
	{330, openDNS},
	{120, openPing},
	{30, openTraceroute},
	{60, openARP},
	{50, openNeighbour},
	{20, openMembership},
	{20, openDHCP},
	{50, openNTP},
	{40, openSyslog},
	{56, openDatagrams},
	{20, openFragmented},
}

const totalShare = 1000

// New makes a generator of n packets. The first is of 2024-01-01, and
// they come at about 50,000 a second.
func New(seed uint64, packets int) *Generator {
	g := &Generator{
		rng:  rng(seed),
		left: packets,
		now:  capture.Timestamp{Sec: 1704067200},
	}
	for range openFlows {
		g.flows = append(g.flows, g.open())
	}
	return g
}

func (g *Generator) open() flow {
	n := g.rng.below(totalShare)
	for i := range kinds {
		if n -= kinds[i].share; n < 0 {
			return kinds[i].open(g)
		}
	}
	panic("traffic: the shares of the kinds do not add up to totalShare")
}

// Next makes the next packet. The error is io.EOF after the last one.
func (g *Generator) Next(pkt *capture.Packet) error {
	if g.left == 0 {
		return io.EOF
	}
	g.left--
	g.now.Nsec += int64(1 + g.rng.below(40_000))
	if g.now.Nsec >= 1e9 {
		g.now.Nsec -= 1e9
		g.now.Sec++
	}
	// Packets of one conversation are often next to each other.
	i := g.rng.below(len(g.flows))
	if g.rng.below(2) == 0 {
		i = g.rng.below(1 + len(g.flows)/8)
	}
	g.frame.reset()
	if !g.flows[i].step(g) {
		g.flows[i] = g.open()
	}
	data := g.frame.bytes()
	*pkt = capture.Packet{
		Time:     g.now,
		Data:     data,
		Length:   uint32(len(data)),
		LinkType: capture.LinkEN10MB,
	}
	return nil
}

// LinkType implements capture.Source.
func (g *Generator) LinkType() capture.LinkType { return capture.LinkEN10MB }

// SnapLen implements capture.Source.
func (g *Generator) SnapLen() int { return capture.MaxSnapLen }

// Interfaces implements capture.Source.
func (g *Generator) Interfaces() []capture.Interface {
	return []capture.Interface{{LinkType: capture.LinkEN10MB, SnapLen: capture.MaxSnapLen}}
}

// Close implements capture.Source.
func (g *Generator) Close() error { return nil }

// rng is splitmix64: its numbers are the same in every release of Go.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (r *rng) below(n int) int { return int(r.next() >> 33 % uint64(n)) }

// chance is true that many times in a hundred.
func (r *rng) chance(percent int) bool { return r.below(100) < percent }
