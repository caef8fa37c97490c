package pcapfile

import (
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Block types, draft-ietf-opsawg-pcapng section 11.1.
const (
	blockSection        = 0x0a0d0d0a
	blockInterface      = 1
	blockPacket         = 2 // obsolete
	blockSimplePacket   = 3
	blockEnhancedPacket = 6
)

const byteOrderMagic = 0x1a2b3c4d

// Lengths in bytes: type and length before a block's body, the length after it,
// and the fixed parts of bodies.
const (
	blockHeadLen      = 8
	blockTailLen      = 4
	sectionLen        = 16
	interfaceLen      = 8
	packetLen         = 20
	enhancedPacketLen = 20
	simplePacketLen   = 4
)

// Option codes, sections 3.5, 4.2 and 4.3.
const (
	optionEnd           = 0
	optionIfName        = 2
	optionIfDescription = 3
	optionIfTsresol     = 9
	optionIfTsoffset    = 14
	optionPacketFlags   = 2
)

const (
	maxSectionBlock = 1 << 20
	// maxBlock is the largest block that is read, unless the link type has
	// longer packets.
	maxBlock = 16 << 20
)

// section is the state of reading a pcapng file.
type section struct {
	maxBlock   uint32
	length     uint32             // of the last block that was read, in bytes
	front      int                // of its bytes, those before the data of its packet
	interfaces []sectionInterface // of the current section, by number
}

// sectionInterface is how to read the packets of one interface.
type sectionInterface struct {
	index    int // in the list of interfaces
	link     capture.LinkType
	snaplen  uint32
	ticks    uint64 // time stamp units in a second
	tsoffset int64  // seconds to add
}

// block is one block of a pcapng file.
type block struct {
	kind uint32
	body []byte
}

// openPcapng reads up to the first interface description.
func (r *Reader) openPcapng() error {
	b := r.in.want(12)
	if len(b) < 12 {
		if r.in.err == io.EOF {
			return errUnknownFormat
		}
		return r.unreadable()
	}
	r.swapped = false
	if r.u32(b[8:]) != byteOrderMagic {
		r.swapped = true
		if r.u32(b[8:]) != byteOrderMagic {
			return errUnknownFormat
		}
	}
	const least = blockHeadLen + sectionLen + blockTailLen
	n := r.u32(b[4:])
	if n < least || n > maxSectionBlock {
		//lint:ignore ST1005 libpcap's words
		return fmt.Errorf("Section Header Block in pcapng dump file has invalid length %d < _%d_ < %d (BT_SHB_INSANE_MAX)",
			least, n, maxSectionBlock)
	}
	if b = r.in.want(int(n)); len(b) < int(n) {
		return r.truncated("truncated pcapng dump file; tried to read %d bytes, only got %d", int(n)-12, len(b)-12)
	}
	major, minor := r.u16(b[12:]), r.u16(b[14:])
	if major != 1 || minor != 0 && minor != 2 {
		return fmt.Errorf("unsupported pcapng savefile version %d.%d", major, minor)
	}
	r.in.skip(int(n))
	r.ng = &section{maxBlock: maxBlock}
	r.pass(&block{kind: blockSection, body: b[blockHeadLen : n-blockTailLen]})
	return r.firstInterface()
}

// firstInterface reads up to the first interface description and those that
// follow it.
func (r *Reader) firstInterface() error {
	for {
		var b block
		if err := r.nextBlock(&b); err != nil {
			if err == io.EOF {
				return errors.New("the capture file has no Interface Description Blocks")
			}
			return err
		}
		switch b.kind {
		case blockEnhancedPacket, blockSimplePacket, blockPacket:
			return errors.New("the capture file has a packet block before any Interface Description Blocks")
		case blockInterface:
			if err := r.addInterface(&b); err != nil {
				return err
			}
			r.leadingInterfaces()
			return nil
		default:
			r.pass(&b)
		}
	}
}

// leadingInterfaces takes the interface descriptions that follow the first one
// directly, as far as they are in memory already and valid, so that a file that
// is written, or an announcement, knows of them.
func (r *Reader) leadingInterfaces() {
	for {
		head := r.in.buf[r.in.pos:r.in.end]
		if len(head) < blockHeadLen || r.u32(head) != blockInterface || uint64(r.u32(head[4:])) > uint64(len(head)) {
			return
		}
		before := r.in.pos
		var b block
		if r.nextBlock(&b) != nil || r.addInterface(&b) != nil {
			r.in.pos = before // the error comes in its place
			return
		}
	}
}

var trailerLengths = versions.Since(versions.V5_0, "savefiles", "`block total length in header and trailer don't match`",
	"`block total length in header 32 and trailer 33 don't match`")

// nextBlock reads a block.
func (r *Reader) nextBlock(b *block) error {
	head := r.in.want(blockHeadLen)
	if len(head) < blockHeadLen {
		if len(head) == 0 && r.in.err == io.EOF {
			return io.EOF
		}
		return r.truncated("truncated pcapng dump file; tried to read %d bytes, only got %d", blockHeadLen, len(head))
	}
	if r.u32(head) == blockSection {
		if err := r.sectionOrder(); err != nil {
			return err
		}
		head = r.in.want(blockHeadLen)
	}
	n := r.u32(head[4:])
	if n < blockHeadLen+blockTailLen {
		return fmt.Errorf("block in pcapng dump file has a length of %d < %d", n, blockHeadLen+blockTailLen)
	}
	if n%4 != 0 {
		return fmt.Errorf("block in pcapng dump file has a length of %d that is not a multiple of 4", n)
	}
	if n > r.ng.maxBlock {
		return fmt.Errorf("pcapng block size %d > maximum %d", n, r.ng.maxBlock)
	}
	whole := head
	if len(whole) < int(n) {
		if whole = r.in.want(int(n)); len(whole) < int(n) {
			return r.truncated("truncated pcapng dump file; tried to read %d bytes, only got %d",
				int(n)-blockHeadLen, len(whole)-blockHeadLen)
		}
	}
	r.in.skip(int(n))
	if trailer := r.u32(whole[n-blockTailLen:]); trailer != n {
		if trailerLengths.In(r.like) {
			return fmt.Errorf("block total length in header %d and trailer %d don't match", n, trailer)
		}
		return errors.New("block total length in header and trailer don't match")
	}
	b.kind, r.ng.length = r.u32(whole), n
	b.body = whole[blockHeadLen : n-blockTailLen]
	return nil
}

// sectionOrder finds out the byte order of the section that is about to begin:
// it holds for the section header's length already.
func (r *Reader) sectionOrder() error {
	const upToMagic = blockHeadLen + 4
	b := r.in.want(upToMagic)
	if len(b) < upToMagic || r.u32(b[blockHeadLen:]) != bits.ReverseBytes32(byteOrderMagic) {
		return nil // what is wrong is found out later
	}
	const least = blockHeadLen + sectionLen + blockTailLen
	length := r.u32(b[4:])
	if turned := bits.ReverseBytes32(length); turned < least || turned > maxSectionBlock {
		if length >= least && length <= maxSectionBlock {
			return errors.New("the file has sections with different byte orders") // in one and the same block
		}
	}
	r.swapped = !r.swapped
	return nil
}

func (b *block) tooShort() error {
	return fmt.Errorf("block of type %d in pcapng dump file is too short", b.kind)
}

// nextPcapng reads blocks up to the next packet.
func (r *Reader) nextPcapng(pkt *capture.Packet) error {
	b := r.nextPacket()
	for {
		if err := r.nextBlock(b); err != nil {
			return err
		}
		packet := true
		var err error
		switch b.kind {
		case blockEnhancedPacket:
			err = r.enhancedPacket(b, pkt)
		case blockPacket:
			err = r.obsoletePacket(b, pkt)
		case blockSimplePacket:
			err = r.simplePacket(b, pkt)
		case blockInterface:
			packet, err = false, r.addInterface(b)
		case blockSection:
			packet, err = false, r.anotherSection(b)
		default:
			packet = false
			r.pass(b)
		}
		if err == nil && packet {
			packet, err = r.times.keeps(pkt, b.kind != blockSimplePacket)
		}
		if packet || err != nil {
			return err
		}
	}
}

func (r *Reader) enhancedPacket(b *block, pkt *capture.Packet) error {
	if len(b.body) < enhancedPacketLen {
		return b.tooShort()
	}
	stamp := uint64(r.u32(b.body[4:]))<<32 | uint64(r.u32(b.body[8:]))
	pkt.Length = r.u32(b.body[16:])
	return r.packet(b, enhancedPacketLen, pkt, r.u32(b.body), stamp, r.u32(b.body[12:]))
}

func (r *Reader) obsoletePacket(b *block, pkt *capture.Packet) error {
	if len(b.body) < packetLen {
		return b.tooShort()
	}
	stamp := uint64(r.u32(b.body[4:]))<<32 | uint64(r.u32(b.body[8:]))
	pkt.Length = r.u32(b.body[16:])
	return r.packet(b, packetLen, pkt, uint32(r.u16(b.body)), stamp, r.u32(b.body[12:]))
}

// simplePacket reads a packet without a time, of the section's first interface.
// It is cut at the snapshot length.
func (r *Reader) simplePacket(b *block, pkt *capture.Packet) error {
	if len(b.body) < simplePacketLen {
		return b.tooShort()
	}
	pkt.Length = r.u32(b.body)
	snaplen := uint32(0)
	if len(r.ng.interfaces) > 0 {
		snaplen = r.ng.interfaces[0].snaplen
	}
	return r.packet(b, simplePacketLen, pkt, 0, 0, min(pkt.Length, snaplen))
}

// packet fills pkt from a packet block whose data start at offset at.
func (r *Reader) packet(b *block, at int, pkt *capture.Packet, iface uint32, stamp uint64, caplen uint32) error {
	if uint64(iface) >= uint64(len(r.ng.interfaces)) {
		return fmt.Errorf("a packet arrived on interface %d, but there's no Interface Description Block for that interface", iface)
	}
	if caplen > uint32(r.head.SnapLen) {
		return capturedTooLong(caplen, uint32(r.head.SnapLen), 0)
	}
	data := b.body[at:]
	if uint64(caplen) > uint64(len(data)) {
		return b.tooShort()
	}
	in := &r.ng.interfaces[iface]
	r.ng.front = blockHeadLen + at
	pkt.Origin = r
	pkt.Time = in.time(stamp)
	pkt.Data = data[:caplen:caplen]
	pkt.LinkType = in.link
	pkt.Interface = in.index
	pkt.Swapped = r.swapped
	pkt.Direction, pkt.Reception = capture.DirUnknown, capture.ReceptionUnknown
	if padded := int(caplen+3) &^ 3; b.kind != blockSimplePacket && padded < len(data) {
		pkt.Direction, pkt.Reception = readFlags(r.flags(data[padded:]))
	}
	r.hostOrder(pkt)
	return nil
}

// flags looks for the flags word among a packet's options. What cannot be read
// there says nothing, as the packet itself is whole.
func (r *Reader) flags(options []byte) uint32 {
	for {
		code, value, rest, ok := r.option(options)
		if !ok || code == optionEnd {
			return 0
		}
		if code == optionPacketFlags && len(value) == 4 {
			return r.u32(value)
		}
		options = rest
	}
}

// option splits the first option off b; not ok when b ends before it does.
func (r *Reader) option(b []byte) (code uint16, value, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, nil, false
	}
	n := int(r.u16(b[2:]))
	padded := (n + 3) &^ 3
	if len(b)-4 < padded {
		return 0, nil, nil, false
	}
	return r.u16(b), b[4 : 4+n], b[4+padded:], true
}

// time turns a count of the interface's units into seconds and nanoseconds.
func (in *sectionInterface) time(stamp uint64) capture.Timestamp {
	sec, frac := stamp/in.ticks, stamp%in.ticks
	switch in.ticks {
	case 1e9:
	case 1e6:
		frac *= 1000
	default:
		hi, lo := bits.Mul64(frac, 1e9)
		frac, _ = bits.Div64(hi, lo, in.ticks)
	}
	return capture.Timestamp{Sec: int64(sec) + in.tsoffset, Nsec: int64(frac)}
}

// anotherSection takes a section header after the first one. Interfaces are
// numbered anew from it on.
func (r *Reader) anotherSection(b *block) error {
	if len(b.body) < sectionLen {
		return b.tooShort()
	}
	switch r.u32(b.body) {
	case byteOrderMagic:
	default:
		return errors.New("the file has a section with a bad byte order magic field")
	}
	if major := r.u16(b.body[4:]); major != 1 {
		return fmt.Errorf("unknown pcapng savefile major version number %d", major)
	}
	r.ng.interfaces = r.ng.interfaces[:0]
	r.pass(b)
	return nil
}

// addInterface gives the described interface the next number of the section. It
// changes nothing when it fails.
func (r *Reader) addInterface(b *block) error {
	if len(b.body) < interfaceLen {
		return b.tooShort()
	}
	if len(r.ng.interfaces) == maxInterfaces {
		return fmt.Errorf("more than %d interfaces in the file", maxInterfaces)
	}
	link := capture.LinkTypeOf(uint32(r.u16(b.body)))
	snaplen := adjustSnapLen(link, r.u32(b.body[4:]))
	d := capture.Interface{LinkType: link, SnapLen: snaplen}
	in := sectionInterface{link: link, snaplen: snaplen, ticks: 1e6}
	if err := r.interfaceOptions(b, &d, &in); err != nil {
		return err
	}
	if r.head.SnapLen == 0 { // the first one
		r.head.LinkType = link
	}
	// The whole file's are the largest and the finest of all.
	r.head.SnapLen = max(r.head.SnapLen, int(snaplen))
	r.head.Nano = r.head.Nano || in.ticks > 1e6
	// A packet of the largest size and 128 KiB of options.
	longest := blockHeadLen + enhancedPacketLen + maxSnapLen(link) + 128<<10 + blockTailLen
	r.ng.maxBlock = max(r.ng.maxBlock, longest)
	in.index = r.interfaces.intern(d)
	r.ng.interfaces = append(r.ng.interfaces, in)
	r.pass(b)
	return nil
}

// interfaceOptions reads the options of an interface description.
func (r *Reader) interfaceOptions(b *block, d *capture.Interface, in *sectionInterface) error {
	var sawTsresol, sawTsoffset bool
	for options := b.body[interfaceLen:]; len(options) > 0; {
		code, value, rest, ok := r.option(options)
		if !ok {
			return b.tooShort()
		}
		options = rest
		switch code {
		case optionEnd:
			if len(value) != 0 {
				return interfaceError("has opt_endofopt option with length %d != 0", len(value))
			}
			return nil
		case optionIfName:
			d.Name = string(value)
		case optionIfDescription:
			d.Description = string(value)
		case optionIfTsresol:
			if len(value) != 1 {
				return interfaceError("has if_tsresol option with length %d != 1", len(value))
			}
			if sawTsresol {
				return interfaceError("has more than one if_tsresol option")
			}
			sawTsresol = true
			if err := in.setResolution(value[0]); err != nil {
				return err
			}
		case optionIfTsoffset:
			if len(value) != 8 {
				return interfaceError("has if_tsoffset option with length %d != 8", len(value))
			}
			if sawTsoffset {
				return interfaceError("has more than one if_tsoffset option")
			}
			sawTsoffset = true
			in.tsoffset = int64(r.u64(value))
		}
	}
	return nil
}

// setResolution takes an if_tsresol byte: a negative power of 10, of 2 with the
// top bit set.
func (in *sectionInterface) setResolution(tsresol byte) error {
	exponent := tsresol & 0x7f
	if tsresol&0x80 != 0 {
		if exponent > 63 {
			return interfaceError("if_tsresol option resolution 2^-%d is too high", exponent)
		}
		in.ticks = 1 << exponent
		return nil
	}
	if exponent > 19 {
		return interfaceError("if_tsresol option resolution 10^-%d is too high", exponent)
	}
	in.ticks = 1
	for range exponent {
		in.ticks *= 10
	}
	return nil
}

// interfaceError is an error about an interface description, in libpcap's words.
func interfaceError(format string, args ...any) error {
	return errors.New("Interface Description Block " + fmt.Sprintf(format, args...))
}
