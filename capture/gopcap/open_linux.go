//go:build !nogopcap && !tapdump_small

package gopcap

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
)

var limitations = []string{
	"it does not know how many packets are lost",
	"nor which way packets go",
	"captures Ethernet alone",
	"loses more where processors are busy",
	"and writes other types into 802.1ad and double VLAN tags",
}

// known reports whether go-pcap knows how packets of a link type begin.
func known(link capture.LinkType) bool { return link == capture.LinkEN10MB }

// go-pcap's buffer has so many blocks; a block is the smallest power of two, in
// pages, that is larger than a frame: the snapshot length it is opened with, and a
// header. The kernel hands over a block that is not full when it thinks that one
// could have come: at 10 Gb/s after 1 ms for 512 KiB, so that the buffer holds 32 ms
// of packets, however few they are. Hence the larger default.
const (
	blocks        = 32
	defaultBuffer = 64 << 20
	largestBlock  = 1 << 30 // the kernel's limit, and go-pcap calculates in 32 bits
)

// bufferFor is what to open go-pcap with for a buffer of at least so many bytes: a
// snapshot length, which decides about nothing else, since the filter cuts packets
// off.
func bufferFor(device string, buffer int) (size int32, err error) {
	if buffer/blocks > largestBlock {
		return 0, &live.Error{Device: device, Reason: fmt.Sprintf("go-pcap can have a buffer of %d GiB at most", blocks*(largestBlock>>30))}
	}
	if buffer == 0 {
		buffer = defaultBuffer
	}
	block := 2 * capture.MaxSnapLen
	for block < (buffer-1)/blocks+1 {
		block *= 2
	}
	return int32(block / 2), nil
}

// bufferSize is that of the buffer, in bytes, of what was opened with a size.
func bufferSize(size int32) int { return 2 * blocks * int(size) }

// holdBack bounds how long the kernel holds back a block of such a buffer: the time
// that one takes at 1 Gb/s, and a millisecond, or 8 ms where it does not know the
// speed, or that is lower (prb_calc_retire_blk_tmo).
func holdBack(size int32) time.Duration {
	return time.Duration(8+(2*int64(size))>>17) * time.Millisecond
}

// firstOf is what the kernel runs before a filter for a device. Through the loopback
// each packet comes twice, going out and coming in, and go-pcap does not tell which
// is which: what goes out is kept out.
func firstOf(device string) []bpf.Instruction {
	if i, err := net.InterfaceByName(device); err != nil || i.Flags&net.FlagLoopback == 0 {
		return nil
	}
	return []bpf.Instruction{
		{Op: bpf.LD | bpf.ABS | bpf.W, K: bpf.AncillaryBase + bpf.AncPacketType},
		{Op: bpf.JMP | bpf.JEQ | bpf.K, Jf: 1, K: unix.PACKET_OUTGOING},
		{Op: bpf.RET | bpf.K},
	}
}

// settle returns when all packets that were on their way past the last filter have
// their time stamps. The kernel has not waited for these: they are seen in a
// critical section of RCU, the end of all of which membarrier(2) waits for.
func settle() {
	const global = 1 // MEMBARRIER_CMD_GLOBAL
	if _, _, errno := unix.Syscall(unix.SYS_MEMBARRIER, global, 0, 0); errno != 0 {
		time.Sleep(20 * time.Millisecond) // as good a guess as any
	}
}

// packetSockets are the process's descriptors of packet sockets. go-pcap does not
// tell its own. The kernel gives out the lowest that is free.
func packetSockets() (all []int) {
	const enough = 1 << 16
	limit := unix.Rlimit{Cur: enough}
	unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) // as if there were none, if that fails
	for fd := range int(min(limit.Cur, enough)) {
		if domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err == nil && domain == unix.AF_PACKET {
			all = append(all, fd)
		}
	}
	return all
}
