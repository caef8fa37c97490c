package capture

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// blockSize is the size of a block of a TPACKET_V3 ring: what the kernel hands
// over at once. It has to hold the largest packet.
const blockSize = 256 << 10

// defaultRing is the size of the ring when none is asked for.
const defaultRing = 8 << 20

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
	held    bool // it has been handed over to us
	pos     int  // offset in mem of the next packet in the block
	left    int  // packets left in the block
	version int  // unix.TPACKET_V2 or V3

	frameSize int    // TPACKET_V2
	perBlock  int    // TPACKET_V2: frames in a block
	whole     []byte // TPACKET_V2: a packet too large for a frame, with headroom

	link       LinkType
	cooked     int // length of the cooked header; 0 for none
	vlanOffset int
	snapLen    int
	direction  Direction
	loopback   int32 // index of the loopback device
	iface      int   // for Packet.Interface

	seen uint64 // packets taken from the ring

	losing bool // the frame before was marked: packets were lost before it

	mu       sync.Mutex
	received uint64        // by the filter, dropped ones included
	dropped  atomic.Uint64 // written under mu
	told     uint64        // of dropped, by Live.Lost
}

// headroom is what a packet can grow by at its front.
const headroom = sll2HeaderLen + vlanTagLen

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

// firstSocket is the first descriptor that a packet socket gets where so many
// files may be open. The number of one that is closed is not soon that of a file,
// so that a process can forbid itself to write to those it has.
const firstSocket = 512

// apart moves a socket to a descriptor apart from those of files, if there is
// one.
func apart(fd int) int {
	moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, firstSocket)
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
	r.count = max((size+blockSize-1)/blockSize, 1)
	for {
		err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq3{
			Block_size:     blockSize,
			Block_nr:       uint32(r.count),
			Frame_size:     blockSize,
			Frame_nr:       uint32(r.count),
			Retire_blk_tov: uint32(max(timeout.Milliseconds(), 1)),
		})
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOMEM) || r.count == 1 {
			return err
		}
		r.count -= max(r.count/20, 1)
	}
	return r.mmap(r.count * blockSize)
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
	blocks := max((size+unit-1)/unit, 1)
	for {
		r.count = blocks * r.perBlock
		err := unix.SetsockoptTpacketReq(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq{
			Block_size: unit,
			Block_nr:   uint32(blocks),
			Frame_size: uint32(r.frameSize),
			Frame_nr:   uint32(r.count),
		})
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOMEM) || blocks == 1 {
			return err
		}
		blocks -= max(blocks/20, 1)
	}
	if r.frameSize < alignFrame(overhead+min(r.snapLen, 65535)) {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_COPY_THRESH, 1); err != nil {
			return err
		}
		r.whole = make([]byte, headroom+MaxSnapLen)
		// Without the privilege to pass the system's limit, up to the limit.
		if unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size/2) != nil {
			if err := unix.SetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size/2); err != nil {
				return err
			}
		}
	}
	return r.mmap(blocks * unit)
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

// next fills p with the next packet that goes the right way. ok is false when
// the kernel has handed none over. p.Data lies in the ring until the next call.
func (r *ring) next(p *Packet) (ok bool, err error) {
	if r.version == unix.TPACKET_V2 {
		return r.nextFrame(p)
	}
	for {
		if r.left == 0 {
			if ok, err := r.nextBlock(); !ok || err != nil {
				return false, err
			}
		}
		off := r.pos
		h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&r.mem[off]))
		r.pos += int(h.Next_offset)
		r.left--
		r.seen++
		const addr = (unix.SizeofTpacket3Hdr + 15) &^ 15
		ll := r.mem[off+addr : off+addr+sllLen]
		if !r.wanted(ll) {
			continue
		}
		start := off + int(h.Mac)
		tag := vlanTag{h.Status, uint16(h.Hv1.Vlan_tci), h.Hv1.Vlan_tpid}
		r.fill(p, r.mem, start, start+int(h.Snaplen), h.Len, ll, tag)
		p.Time = Timestamp{Sec: int64(h.Sec), Nsec: int64(h.Nsec)}
		return true, nil
	}
}

// nextBlock gives back the block that has been read and goes to the next, if
// the kernel has handed it over.
func (r *ring) nextBlock() (bool, error) {
	const statusAt = int(unsafe.Offsetof(unix.TpacketBlockDesc{}.Hdr))
	if r.held {
		status := (*uint32)(unsafe.Pointer(&r.mem[r.index*blockSize+statusAt]))
		atomic.StoreUint32(status, unix.TP_STATUS_KERNEL)
		r.held = false
		r.index++
		if r.index == r.count {
			r.index = 0
		}
	}
	base := r.index * blockSize
	h := (*unix.TpacketHdrV1)(unsafe.Pointer(&r.mem[base+statusAt]))
	status := atomic.LoadUint32(&h.Block_status)
	if status&unix.TP_STATUS_USER == 0 {
		return false, nil
	}
	r.held = true
	r.pos = base + int(h.Offset_to_first_pkt)
	r.left = int(h.Num_pkts)
	if status&unix.TP_STATUS_LOSING != 0 {
		if _, _, err := r.stats(); err != nil {
			return false, statsError(err)
		}
	}
	if r.left == 0 {
		return r.nextBlock()
	}
	return true, nil
}

// nextFrame is next for TPACKET_V2.
func (r *ring) nextFrame(p *Packet) (bool, error) {
	for {
		if r.held {
			atomic.StoreUint32(r.frameStatus(), unix.TP_STATUS_KERNEL)
			r.held = false
			r.index++
			if r.index == r.count {
				r.index = 0
			}
		}
		if atomic.LoadUint32(r.frameStatus())&unix.TP_STATUS_USER == 0 {
			return false, nil
		}
		r.held = true
		r.seen++
		off := r.frameOffset()
		h := (*unix.Tpacket2Hdr)(unsafe.Pointer(&r.mem[off]))
		if err := r.noteLosses(h.Status); err != nil {
			return false, err
		}
		const addr = (unix.SizeofTpacket2Hdr + 15) &^ 15
		ll := r.mem[off+addr : off+addr+sllLen]
		buf, start := r.mem, off+int(h.Mac)
		end := start + int(h.Snaplen)
		if h.Status&unix.TP_STATUS_COPY != 0 {
			n, _, err := unix.Recvfrom(r.fd, r.whole[headroom:], unix.MSG_DONTWAIT)
			if err != nil {
				return false, err
			}
			buf, start, end = r.whole, headroom, headroom+n
		}
		if !r.wanted(ll) {
			continue
		}
		r.fill(p, buf, start, end, h.Len, ll, vlanTag{h.Status, h.Vlan_tci, h.Vlan_tpid})
		p.Time = Timestamp{Sec: int64(h.Sec), Nsec: int64(h.Nsec)}
		return true, nil
	}
}

// noteLosses asks for the counts when a frame's status says that packets were
// lost before it. A full ring has many such frames, and asking clears the mark
// only in those to come: every 64th asks again.
func (r *ring) noteLosses(status uint32) error {
	losing := status&unix.TP_STATUS_LOSING != 0
	ask := losing && (!r.losing || r.index%64 == 0)
	r.losing = losing
	if !ask {
		return nil
	}
	if _, _, err := r.stats(); err != nil {
		return statsError(err)
	}
	return nil
}

func (r *ring) frameOffset() int {
	const unit = 64 << 10
	return r.index/r.perBlock*unit + r.index%r.perBlock*r.frameSize
}

func (r *ring) frameStatus() *uint32 {
	return (*uint32)(unsafe.Pointer(&r.mem[r.frameOffset()]))
}

// wanted tells by its sockaddr_ll whether a packet goes the right way. What the
// loopback device sends comes in again, and so does what a CAN device sends.
func (r *ring) wanted(ll []byte) bool {
	if ll[sllPktType] != unix.PACKET_OUTGOING {
		return r.direction != DirOut
	}
	if r.direction == DirIn || int32(binary.NativeEndian.Uint32(ll[sllIfIndex:])) == r.loopback {
		return false
	}
	return r.direction == DirOut || !isCAN(ll)
}

// vlanTag is a VLAN tag that the kernel, or the hardware, has cut out.
type vlanTag struct {
	status    uint32
	tci, tpid uint16
}

// fill makes a packet of buf[start:end], which has headroom before it.
func (r *ring) fill(p *Packet, buf []byte, start, end int, length uint32, ll []byte, tag vlanTag) {
	p.Added = uint8(r.cooked)
	if r.cooked > 0 {
		start -= r.cooked
		putCooked(buf[start:start+r.cooked], ll)
	} else if r.link == LinkCAN_SOCKETCAN {
		fixCAN(buf[start:end], ll)
	}
	if (tag.tci != 0 || tag.status&unix.TP_STATUS_VLAN_VALID != 0) && r.vlanOffset >= 0 && end-start >= r.vlanOffset {
		start -= vlanTagLen
		p.Added += vlanTagLen
		copy(buf[start:], buf[start+vlanTagLen:start+vlanTagLen+r.vlanOffset])
		tpid := tag.tpid
		if tpid == 0 && tag.status&unix.TP_STATUS_VLAN_TPID_VALID == 0 {
			tpid = unix.ETH_P_8021Q
		}
		binary.BigEndian.PutUint16(buf[start+r.vlanOffset:], tpid)
		binary.BigEndian.PutUint16(buf[start+r.vlanOffset+2:], tag.tci)
	}
	if end-start > r.snapLen {
		end = start + r.snapLen
	}
	p.Data = buf[start:end:end]
	p.Length = length + uint32(p.Added)
	p.LinkType = r.link
	p.Interface = r.iface
	p.Direction = DirIn
	if ll[sllPktType] == unix.PACKET_OUTGOING {
		p.Direction = DirOut
	}
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

// drained tells whether we have seen every packet that the kernel has put into
// the ring, those in blocks that it has not handed over included.
func (r *ring) drained() (bool, error) {
	received, dropped, err := r.stats()
	return received-dropped == r.seen, err
}

// filter sets the program that decides what enters the ring.
func (r *ring) filter(program []bpf.RawInstruction) error { return attachFilter(r.fd, program) }

func (r *ring) close() error {
	var err error
	if r.mem != nil {
		err = unix.Munmap(r.mem)
		r.mem = nil
	}
	return errors.Join(err, unix.Close(r.fd))
}
