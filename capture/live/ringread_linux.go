package live

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// next fills p with the next packet that goes the right way, and gives back what
// it has read before. ok is false when the kernel has handed none over. p.Data
// lies in the ring until the next call.
func (r *ring) next(p *capture.Packet) (ok bool, err error) {
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
		r.pos += int(r.blockHeader(off).Next_offset)
		r.left--
		r.seen++
		if r.wanted(r.blockAddress(off)) {
			r.loadFromBlock(p, off)
			return true, nil
		}
	}
}

// more fills pkts with what is left of the block that next has taken a packet from,
// and returns how many packets those are: none with TPACKET_V2, whose frames hold one.
func (r *ring) more(pkts []capture.Packet) (n int) {
	for r.left > 0 && n < len(pkts) {
		off := r.pos
		r.pos += int(r.blockHeader(off).Next_offset)
		r.left--
		r.seen++
		if r.wanted(r.blockAddress(off)) {
			r.loadFromBlock(&pkts[n], off)
			n++
		}
	}
	return n
}

// nextBlock gives back the block that has been read and goes to the next, if
// the kernel has handed it over.
func (r *ring) nextBlock() (bool, error) {
	for {
		if r.held {
			r.giveBackBlock(r.index)
			r.held = false
			r.index = (r.index + 1) % r.count
		}
		h, ok, err := r.openBlock()
		if !ok || err != nil {
			return false, err
		}
		r.held = true
		r.pos = r.index*r.block + int(h.Offset_to_first_pkt)
		r.left = int(h.Num_pkts)
		if r.left > 0 {
			return true, nil
		}
	}
}

// nextFrame is next for TPACKET_V2.
func (r *ring) nextFrame(p *capture.Packet) (bool, error) {
	for {
		if r.held {
			r.giveBackFrame(r.index)
			r.held = false
			r.index = (r.index + 1) % r.count
		}
		h, ok, err := r.openFrame()
		if !ok || err != nil {
			return false, err
		}
		r.held = true
		r.seen++
		off := r.frameOffset(r.index)
		wanted := r.wanted(r.frameAddress(off))
		if wanted || h.Status&unix.TP_STATUS_COPY != 0 {
			if err := r.loadFrame(p, off); err != nil {
				return false, err
			}
		}
		if wanted {
			return true, nil
		}
	}
}

// statusAt is where in a block its descriptor has the part that matters.
const statusAt = int(unsafe.Offsetof(unix.TpacketBlockDesc{}.Hdr))

// openBlock returns the descriptor of the block at r.index, if the kernel has
// handed it over.
func (r *ring) openBlock() (h *unix.TpacketHdrV1, ok bool, err error) {
	r.many.recheck()
	h = (*unix.TpacketHdrV1)(unsafe.Pointer(&r.mem[r.index*r.block+statusAt]))
	status := atomic.LoadUint32(&h.Block_status)
	if status&unix.TP_STATUS_USER == 0 {
		return nil, false, nil
	}
	if status&unix.TP_STATUS_LOSING != 0 {
		if _, _, err := r.stats(); err != nil {
			return nil, false, statsError(err)
		}
	}
	return h, true, nil
}

// handedOver reports whether the kernel has handed over the block at r.index.
func (r *ring) handedOver() bool {
	status := (*uint32)(unsafe.Pointer(&r.mem[r.index*r.block+statusAt]))
	return atomic.LoadUint32(status)&unix.TP_STATUS_USER != 0
}

// giveBackBlock lets the kernel fill a block again.
func (r *ring) giveBackBlock(index int) {
	status := (*uint32)(unsafe.Pointer(&r.mem[index*r.block+statusAt]))
	atomic.StoreUint32(status, unix.TP_STATUS_KERNEL)
}

func (r *ring) blockHeader(off int) *unix.Tpacket3Hdr {
	return (*unix.Tpacket3Hdr)(unsafe.Pointer(&r.mem[off]))
}

// blockAddress is the sockaddr_ll of a packet in a block.
func (r *ring) blockAddress(off int) []byte {
	const addr = (unix.SizeofTpacket3Hdr + 15) &^ 15
	return r.mem[off+addr : off+addr+sllLen]
}

// loadFromBlock fills p with the packet at an offset.
func (r *ring) loadFromBlock(p *capture.Packet, off int) {
	h := r.blockHeader(off)
	start := off + int(h.Mac)
	tag := vlanTag{h.Status, uint16(h.Hv1.Vlan_tci), h.Hv1.Vlan_tpid}
	r.fill(p, r.mem, start, start+int(h.Snaplen), h.Len, r.blockAddress(off), tag)
	p.Time = capture.Timestamp{Sec: int64(h.Sec), Nsec: int64(h.Nsec)}
}

// openFrame returns the header of the frame at r.index, if the kernel has handed
// it over.
func (r *ring) openFrame() (h *unix.Tpacket2Hdr, ok bool, err error) {
	h = r.frameHeader(r.frameOffset(r.index))
	status := atomic.LoadUint32(&h.Status)
	if status&unix.TP_STATUS_USER == 0 {
		return nil, false, nil
	}
	r.many.recheckAt(int64(h.Sec)*1e9 + int64(h.Nsec))
	return h, true, r.noteLosses(status)
}

// giveBackFrame lets the kernel fill a frame again.
func (r *ring) giveBackFrame(index int) {
	atomic.StoreUint32(&r.frameHeader(r.frameOffset(index)).Status, unix.TP_STATUS_KERNEL)
}

// frameUnit is the size of the blocks in which frames lie.
const frameUnit = 64 << 10

// frameOffset is where in mem a frame begins; frameIndex is the inverse.
func (r *ring) frameOffset(index int) int {
	return index/r.perBlock*frameUnit + index%r.perBlock*r.frameSize
}

func (r *ring) frameIndex(off int) int {
	return off/frameUnit*r.perBlock + off%frameUnit/r.frameSize
}

func (r *ring) frameHeader(off int) *unix.Tpacket2Hdr {
	return (*unix.Tpacket2Hdr)(unsafe.Pointer(&r.mem[off]))
}

// frameAddress is the sockaddr_ll of a packet in a frame.
func (r *ring) frameAddress(off int) []byte {
	const addr = (unix.SizeofTpacket2Hdr + 15) &^ 15
	return r.mem[off+addr : off+addr+sllLen]
}

// loadFrame fills p with the packet in the frame at an offset. A packet that is
// too large for a frame lies whole in the socket's queue, behind those before
// it.
func (r *ring) loadFrame(p *capture.Packet, off int) error {
	h := r.frameHeader(off)
	buf, start := r.mem, off+int(h.Mac)
	end := start + int(h.Snaplen)
	if h.Status&unix.TP_STATUS_COPY != 0 {
		n, _, err := unix.Recvfrom(r.fd, r.whole[headroom:], unix.MSG_DONTWAIT)
		if err != nil {
			return &Error{Device: r.device, Reason: "can't receive a large packet: " + syserr.Text(err), Err: err}
		}
		buf, start, end = r.whole, headroom, headroom+n
	} else if int(h.Mac)+int(h.Snaplen) == r.frameSize && h.Snaplen < min(h.Len, uint32(r.snapLen)) {
		r.cut++
	}
	r.fill(p, buf, start, end, h.Len, r.frameAddress(off), vlanTag{h.Status, h.Vlan_tci, h.Vlan_tpid})
	p.Time = capture.Timestamp{Sec: int64(h.Sec), Nsec: int64(h.Nsec)}
	return nil
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

// wanted reports by its sockaddr_ll whether a packet goes the right way. What the
// loopback device sends comes in again, and so does what a CAN device sends.
func (r *ring) wanted(ll []byte) bool {
	if ll[sllPktType] != unix.PACKET_OUTGOING {
		return r.direction != capture.DirOut
	}
	if r.direction == capture.DirIn || int32(binary.NativeEndian.Uint32(ll[sllIfIndex:])) == r.loopback {
		return false
	}
	return r.direction == capture.DirOut || !isCAN(ll)
}

// vlanTag is a VLAN tag that the kernel, or the hardware, has cut out.
type vlanTag struct {
	status    uint32
	tci, tpid uint16
}

// fill makes a packet of buf[start:end], which has headroom before it. A packet that is
// shorter than the header of its link type before the tag gets none back: as in libpcap
// that is asked before a cooked header is there.
func (r *ring) fill(p *capture.Packet, buf []byte, start, end int, length uint32, ll []byte, tag vlanTag) {
	p.Added = uint8(r.cooked)
	tagged := (tag.tci != 0 || tag.status&unix.TP_STATUS_VLAN_VALID != 0) && r.vlanOffset >= 0 && end-start >= r.vlanOffset
	if r.cooked > 0 {
		start -= r.cooked
		putCooked(buf[start:start+r.cooked], ll)
	} else if r.link == capture.LinkCAN_SOCKETCAN {
		fixCAN(buf[start:end], ll, r.like)
	}
	if tagged {
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
	if r.many != nil {
		p.Interface = r.many.number(int32(binary.NativeEndian.Uint32(ll[sllIfIndex:])))
	}
	p.Direction, p.Reception = capture.DirIn, capture.ReceptionUnknown
	switch ll[sllPktType] {
	case unix.PACKET_OUTGOING:
		p.Direction = capture.DirOut
	case unix.PACKET_HOST:
		p.Reception = capture.ReceivedUnicast
	case unix.PACKET_BROADCAST:
		p.Reception = capture.ReceivedBroadcast
	case unix.PACKET_MULTICAST:
		p.Reception = capture.ReceivedMulticast
	case unix.PACKET_OTHERHOST:
		p.Reception = capture.ReceivedPromiscuous
	}
}
