//go:build (darwin || freebsd) && !nogopcap && !tapdump_small

package gopcap

import (
	"math"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

var limitations = []string{
	"of packets that are read at once it has the first alone",
	"it does not know how many are lost",
	"which way they go",
	"nor when they came",
	"and does not set an interface promiscuous",
}

// known reports whether go-pcap knows how packets of a link type begin.
func known(link capture.LinkType) bool { return link == capture.LinkEN10MB || link == capture.LinkNULL }

// bufferFor is what to open go-pcap with. It takes the system's buffer, which is
// handed over at once.
func bufferFor(string, int) (size int32, err error) { return capture.MaxSnapLen, nil }

func bufferSize(int32) int { return math.MaxInt }

func holdBack(int32) time.Duration { return 0 }

func firstOf(string) []bpf.Instruction { return nil }

// settle does nothing: setting a filter empties the system's buffers.
func settle() {}

// packetSockets are none: there is no sandbox that they would have to be known to.
func packetSockets() []int { return nil }
