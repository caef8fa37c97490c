package live

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/versions"
)

// blockSize is the size of a block of a TPACKET_V3 ring: what the kernel hands
// over at once. It has to hold the largest packet.
const blockSize = 256 << 10

// Where packets may wait that long, blocks are larger, for each costs a wake-up: as far
// as manyBlocks are left, which is what a quiet link fills while we are held up.
const (
	longTimeout  = 200 * time.Millisecond
	maxBlockSize = 1 << 20
	manyBlocks   = 16
)

// blockSizeFor is the size of the blocks of a ring of size bytes.
func blockSizeFor(size int, timeout time.Duration) int {
	block := blockSize
	for timeout >= longTimeout && block < maxBlockSize && size/block >= 2*manyBlocks {
		block *= 2
	}
	return block
}

// ring is an AF_PACKET socket with the memory in which the kernel leaves its
// packets (https://docs.kernel.org/networking/packet_mmap.html): TPACKET_V3,
// whose blocks hold many packets each and are handed over when they are full or
// a time has passed; or, in immediate mode, TPACKET_V2, whose frames hold a
// packet each.
type ring struct {
	fd     int
	device string // that it is bound to; "" for all
	mem    []byte

	// TPACKET_V3: the block being read. TPACKET_V2: the frame.
	index   int  // of the block or frame
	count   int  // of blocks or frames
	block   int  // TPACKET_V3: size of a block
	held    bool // it has been handed over to us
	pos     int  // offset in mem of the next packet in the block
	left    int  // packets left in the block
	version int  // unix.TPACKET_V2 or V3

	frameSize int    // TPACKET_V2
	perBlock  int    // TPACKET_V2: frames in a block
	whole     []byte // TPACKET_V2: a packet too large for a frame, with headroom
	cut       uint64 // TPACKET_V2: packets whose rest had no room in the socket's queue

	link       capture.LinkType
	cooked     int // length of the cooked header; 0 for none
	vlanOffset int
	snapLen    int
	like       versions.Version
	direction  capture.Direction
	loopback   int32       // index of the loopback device
	iface      int         // for Packet.Interface
	many       *interfaces // of all devices: Packet.Interface tells them apart

	seen uint64 // packets taken from the ring
	down bool   // the device is down or gone, as far as is known

	losing bool // the frame before was marked: packets were lost before it

	mu       sync.Mutex
	received uint64        // by the filter, dropped ones included
	dropped  atomic.Uint64 // written under mu
	told     uint64        // of dropped, by Live.Lost
}

// headroom is what a packet can grow by at its front.
var headroom = capture.LinkLINUX_SLL2.HeaderLength() + vlanTagLen

// newRing opens a socket that receives nothing until bind.
func newRing(cooked bool) (*ring, error) {
	kind := unix.SOCK_RAW
	if cooked {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &ring{fd: apart(fd)}, nil
}

// apart moves a socket to a descriptor apart from those of files, if there is
// one.
func apart(fd int) int {
	moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, FirstSocket)
	if err != nil {
		return fd
	}
	unix.Close(fd)
	return moved
}

// bind lets packets of protocol, 0 for none, in from the device with that index,
// 0 for all.
func (r *ring) bind(index int, protocol uint16) error {
	err := unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: bigEndian16(protocol), Ifindex: index})
	if err != nil {
		return err
	}
	pending, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && pending != 0 {
		err = unix.Errno(pending)
	}
	return err
}

func bigEndian16(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}

// mapBlocks makes a TPACKET_V3 ring of size bytes, or less if memory is short,
// whose blocks are handed over after timeout at the latest.
func (r *ring) mapBlocks(size int, timeout time.Duration) error {
	if err := r.prepare(unix.TPACKET_V3); err != nil {
		return err
	}
	r.block = blockSizeFor(size, timeout)
	count, err := shrunk(max((size+r.block-1)/r.block, 1), func(count int) error {
		return unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
			Block_size:     uint32(r.block),
			Block_nr:       uint32(count),
			Frame_size:     uint32(r.block),
			Frame_nr:       uint32(count),
			Retire_blk_tov: uint32(max(timeout.Milliseconds(), 1)),
		})
	})
	if err != nil {
		return err
	}
	r.count = count
	return r.mmap(r.count * r.block)
}

// mapFrames makes a TPACKET_V2 ring of size bytes, or less if memory is short.
// Frames hold mtu bytes, within limits; what is larger comes through the
// socket's queue.
func (r *ring) mapFrames(size, mtu int) error {
	if err := r.prepare(unix.TPACKET_V2); err != nil {
		return err
	}
	// The header, the address, the gap before the packet, and link-layer
	// headers that the MTU does not count.
	const overhead = 160
	const unit = 64 << 10
	r.frameSize = alignFrame(overhead + min(r.snapLen, max(mtu, 1500), 16<<10))
	r.perBlock = unit / r.frameSize
	blocks, err := shrunk(max((size+unit-1)/unit, 1), func(blocks int) error {
		return unix.SetsockoptTpacketReq(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq{
			Block_size: unit,
			Block_nr:   uint32(blocks),
			Frame_size: uint32(r.frameSize),
			Frame_nr:   uint32(blocks * r.perBlock),
		})
	})
	if err != nil {
		return err
	}
	r.count = blocks * r.perBlock
	if r.frameSize < alignFrame(overhead+min(r.snapLen, 65535)) {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_COPY_THRESH, 1); err != nil {
			return err
		}
		r.whole = make([]byte, headroom+capture.MaxSnapLen)
		// Without the privilege to pass the system's limit, up to the limit.
		if unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size/2) != nil {
			if err := unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size/2); err != nil {
				return err
			}
		}
	}
	return r.mmap(blocks * unit)
}

// shrunk tries with n, and with a twentieth less each time while memory is short,
// and returns what it succeeded with.
func shrunk(n int, try func(n int) error) (int, error) {
	for {
		err := try(n)
		if !errors.Is(err, unix.ENOMEM) || n == 1 {
			return n, err
		}
		n -= max(n/20, 1)
	}
}

// alignFrame rounds up to TPACKET_ALIGNMENT.
func alignFrame(n int) int { return (n + 15) &^ 15 }

// prepare sets the version, and has room left before each packet for what we
// put there. The kernel leaves 16 bytes by itself.
func (r *ring) prepare(version int) error {
	r.version = version
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, version); err != nil {
		return err
	}
	return unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_RESERVE, headroom-16)
}

func (r *ring) mmap(size int) error {
	mem, err := unix.Mmap(r.fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	r.mem = mem
	return err
}

// stats counts what the filter let in, and what found the ring full.
func (r *ring) stats() (received, dropped uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The kernel sets its counts to zero whenever they are read.
	s, err := unix.GetsockoptTpacketStats(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, 0, err
	}
	r.received += uint64(s.Packets)
	return r.received, r.dropped.Add(uint64(s.Drops)), nil
}

// counted is the number of packets that the kernel has put into the ring, those
// in blocks that it has not handed over included.
func (r *ring) counted() (uint64, error) {
	received, dropped, err := r.stats()
	if err != nil {
		return 0, statsError(err)
	}
	return received - dropped, nil
}

// drained reports whether all that the kernel has put into the ring has been
// seen.
func (r *ring) drained() (bool, error) {
	n, err := r.counted()
	return n == r.seen, err
}

// deviceState reports whether the device that a ring is bound to has been
// removed, and whether it is up.
func (r *ring) deviceState() (gone, up bool, err error) {
	if r.device == "" {
		return false, true, nil // all devices
	}
	sa, err := unix.Getsockname(r.fd)
	if err != nil {
		return false, false, &Error{Reason: "getsockname failed: " + syserr.Text(err), Err: err}
	}
	// The kernel binds a socket whose device is gone to -1.
	if ll, ok := sa.(*unix.SockaddrLinklayer); ok && ll.Ifindex == -1 {
		return true, false, nil
	}
	flags, err := deviceFlags(r.fd, r.device)
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) {
		return true, false, nil
	}
	if err != nil {
		return false, false, &Error{Device: r.device, Reason: "Can't get flags: " + syserr.Text(err), Err: err}
	}
	return false, flags&unix.IFF_UP != 0, nil
}

func statsError(err error) error {
	return &Error{Reason: "failed to get statistics from socket: " + syserr.Text(err), Err: err}
}

// filter sets the program that decides what enters the ring.
func (r *ring) filter(program []bpf.Instruction) error { return attachFilter(r.fd, program) }

func (r *ring) close() error {
	var err error
	if r.mem != nil {
		err = unix.Munmap(r.mem)
		r.mem = nil
	}
	return errors.Join(err, unix.Close(r.fd))
}
