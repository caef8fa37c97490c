package pcapfile

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// ngWriter makes the blocks of one pcapng file. Time stamps are in nanoseconds,
// but for packets of Readers that it follows.
type ngWriter struct {
	format     Format
	link       capture.LinkType // of what is not described otherwise
	begun      bool             // the file's beginning has been made
	interfaces []ngInterface    // of those that are not taken over: described so far
	source     *ngSource        // nil: the file follows no Readers
	secrets    int              // bytes of Format.Secrets that are in the file
	processes  processSet       // of which the file has blocks
	packetsAt  int              // where in the Writer's buffer packets begin that nobody has yet
}

// appendBeginning appends what a file begins with.
func (g *ngWriter) appendBeginning(b []byte) []byte {
	g.begun = true
	if g.source != nil {
		b = g.source.appendSection(b)
	} else {
		b = g.appendInterfaces(g.appendSection(b))
	}
	b = g.appendSecrets(b)
	g.packetsAt = len(b)
	return b
}

type ngInterface struct {
	link    capture.LinkType
	written uint64 // packets
}

// beginBlock appends the head of a block and returns where the block starts,
// for endBlock.
func beginBlock(b []byte, kind uint32) ([]byte, int) {
	at := len(b)
	b = binary.NativeEndian.AppendUint32(b, kind)
	return append(b, 0, 0, 0, 0), at
}

// endBlock fills in the length of the block that starts at offset at, and ends
// it.
func endBlock(b []byte, at int) []byte {
	n := uint32(len(b) - at + blockTailLen)
	binary.NativeEndian.PutUint32(b[at+4:], n)
	return binary.NativeEndian.AppendUint32(b, n)
}

// appendPadded appends data and the padding to 4 bytes.
func appendPadded[T string | []byte](b []byte, data T) []byte {
	b = append(b, data...)
	for n := len(data); n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b
}

func appendOption[T string | []byte](b []byte, code uint16, value T) []byte {
	value = value[:min(len(value), math.MaxUint16)]
	b = binary.NativeEndian.AppendUint16(b, code)
	b = binary.NativeEndian.AppendUint16(b, uint16(len(value)))
	return appendPadded(b, value)
}

func appendTextOption(b []byte, code uint16, text string) []byte {
	if text == "" {
		return b
	}
	return appendOption(b, code, text)
}

func appendOption64(b []byte, code uint16, v uint64) []byte {
	b = binary.NativeEndian.AppendUint16(b, code)
	b = binary.NativeEndian.AppendUint16(b, 8)
	return binary.NativeEndian.AppendUint64(b, v)
}

// appendStamp appends the two halves of a time stamp in nanoseconds.
func appendStamp(b []byte, t capture.Timestamp) []byte {
	ns := uint64(t.Sec)*1e9 + uint64(t.Nsec)
	b = binary.NativeEndian.AppendUint32(b, uint32(ns>>32))
	return binary.NativeEndian.AppendUint32(b, uint32(ns))
}

// appendSection appends the section header, section 4.1.
func (g *ngWriter) appendSection(b []byte) []byte {
	b, at := beginBlock(b, blockSection)
	b = appendSectionBody(b)
	start := len(b)
	b = appendTextOption(b, optionComment, g.format.Comment)
	b = appendTextOption(b, optionApplication, g.format.Application)
	return endBlock(endOptions(b, start), at)
}

// appendSectionBody appends what a section header has before its options.
func appendSectionBody(b []byte) []byte {
	b = binary.NativeEndian.AppendUint32(b, byteOrderMagic)
	b = binary.NativeEndian.AppendUint16(b, 1)
	b = binary.NativeEndian.AppendUint16(b, 0)
	return binary.NativeEndian.AppendUint64(b, math.MaxUint64) // length unknown
}

// appendInterfaces describes the source's interfaces that are not described
// yet, section 4.2; at least one.
func (g *ngWriter) appendInterfaces(b []byte) []byte {
	var list []capture.Interface
	if g.format.Interfaces != nil {
		list = g.format.Interfaces()
	}
	for len(g.interfaces) < max(len(list), 1) {
		d := capture.Interface{LinkType: g.link, SnapLen: uint32(g.format.SnapLen)}
		if len(g.interfaces) < len(list) {
			d = list[len(g.interfaces)]
		}
		b = appendInterface(b, d)
		g.interfaces = append(g.interfaces, ngInterface{link: d.LinkType})
	}
	return b
}

func appendInterface(b []byte, d capture.Interface) []byte {
	b, at := beginBlock(b, blockInterface)
	b = binary.NativeEndian.AppendUint16(b, uint16(d.LinkType.Savefile()))
	b = binary.NativeEndian.AppendUint16(b, 0)
	b = binary.NativeEndian.AppendUint32(b, d.SnapLen)
	b = appendTextOption(b, optionComment, d.Comment)
	b = appendTextOption(b, optionIfName, d.Name)
	b = appendTextOption(b, optionIfDescription, d.Description)
	b = appendOption(b, optionIfTsresol, "\x09")
	return endBlock(append(b, 0, 0, 0, 0), at)
}

// number is that of a packet's interface. A source that does not list its
// interfaces has one.
func (g *ngWriter) number(pkt *capture.Packet) int { return min(pkt.Interface, len(g.interfaces)-1) }

// describes appends the description of a packet's interface to b, if it is missing,
// and reports whether the packet is of the interface's link type.
func (g *ngWriter) describes(b *[]byte, pkt *capture.Packet) bool {
	if g.source != nil {
		return true // it describes each packet's
	}
	if pkt.Interface >= len(g.interfaces) {
		*b = g.appendInterfaces(*b)
	}
	return g.interfaces[g.number(pkt)].link == pkt.LinkType
}

// appendPacket appends an enhanced packet block, section 4.3.
func (g *ngWriter) appendPacket(b []byte, pkt *capture.Packet) []byte {
	if g.source != nil {
		return g.source.appendPacket(g.appendProcess(b, pkt.Annotation), pkt)
	}
	b = g.appendProcess(b, pkt.Annotation)
	number := g.number(pkt)
	iface := &g.interfaces[number]
	iface.written++
	b, at := beginPacket(b, uint32(number), pkt)
	if pkt.Swapped {
		swapFamily(pkt.LinkType, b[at+blockHeadLen+enhancedPacketLen:][:len(pkt.Data)])
	}
	start := len(b)
	if flags := packetFlags(pkt); flags != 0 {
		b = binary.NativeEndian.AppendUint16(b, optionPacketFlags)
		b = binary.NativeEndian.AppendUint16(b, 4)
		b = binary.NativeEndian.AppendUint32(b, flags)
	}
	if g.format.Lost != nil {
		if lost := g.format.Lost(number); lost != 0 {
			b = appendOption64(b, optionDropCount, lost)
		}
	}
	b = appendAnnotation(b, pkt.Annotation)
	return endBlock(endOptions(b, start), at)
}

// appendAnnotation appends the options of a packet's annotation: a comment, section 3.5,
// and processes (draft-ietf-opsawg-pcap pull request 132).
func appendAnnotation(b []byte, a *capture.Annotation) []byte {
	if a == nil {
		return b
	}
	if len(a.Comment) > 0 {
		b = appendOption(b, optionComment, a.Comment)
	}
	if a.Owned {
		b = binary.NativeEndian.AppendUint16(b, optionProcess)
		b = binary.NativeEndian.AppendUint16(b, 8)
		b = binary.NativeEndian.AppendUint32(b, a.Process)
		b = binary.NativeEndian.AppendUint32(b, a.Thread)
	}
	return b
}

// copies reports whether a packet keeps the time stamp that it has in the file
// that it is of.
func (g *ngWriter) copies(pkt *capture.Packet) bool {
	r, ok := pkt.Origin.(*Reader)
	return ok && g.source != nil && r.ng != nil && g.source.reader(r) != nil
}

// beginPacket appends an enhanced packet block up to its options.
func beginPacket(b []byte, iface uint32, pkt *capture.Packet) ([]byte, int) {
	b, at := beginBlock(b, blockEnhancedPacket)
	b = binary.NativeEndian.AppendUint32(b, iface)
	b = appendStamp(b, pkt.Time)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(pkt.Data)))
	b = binary.NativeEndian.AppendUint32(b, pkt.Length)
	return appendPadded(b, pkt.Data), at
}

// The parts of a packet's flags word that are known of captured packets, section
// 4.3.1.
const (
	flagsInbound       = 1
	flagsOutbound      = 2
	flagsDirection     = 3
	flagsReceptionAt   = 2 // the lowest bit
	flagsReceptionMask = 7
)

// packetFlags is the flags word of a packet; readFlags is the inverse.
func packetFlags(pkt *capture.Packet) uint32 {
	flags := uint32(pkt.Reception) << flagsReceptionAt
	switch pkt.Direction {
	case capture.DirIn:
		flags |= flagsInbound
	case capture.DirOut:
		flags |= flagsOutbound
	}
	return flags
}

func readFlags(flags uint32) (d capture.Direction, r capture.Reception) {
	switch flags & flagsDirection {
	case flagsInbound:
		d = capture.DirIn
	case flagsOutbound:
		d = capture.DirOut
	}
	if n := capture.Reception(flags >> flagsReceptionAt & flagsReceptionMask); n <= capture.ReceivedPromiscuous {
		r = n
	}
	return d, r
}

// appendStatistics appends an interface statistics block, section 4.6, for each
// interface whose counts are known.
func (g *ngWriter) appendStatistics(b []byte) []byte {
	if g.format.Stats == nil {
		return b
	}
	now := time.Now()
	for i := range g.interfaces {
		st, ok := g.format.Stats(i)
		if !ok {
			continue
		}
		var at int
		b, at = beginBlock(b, blockStatistics)
		b = binary.NativeEndian.AppendUint32(b, uint32(i))
		b = appendStamp(b, capture.Timestamp{Sec: now.Unix(), Nsec: int64(now.Nanosecond())})
		b = appendOption64(b, optionStatsDropped, st.IfDropped)
		b = appendOption64(b, optionStatsAccepted, st.Received)
		b = appendOption64(b, optionStatsLost, st.Dropped)
		b = appendOption64(b, optionStatsWritten, g.interfaces[i].written)
		b = append(b, 0, 0, 0, 0)
		b = endBlock(b, at)
	}
	return b
}

// wholeBlocks is the length of the blocks that lie entirely within the first n
// bytes of b, and the number of packets among them.
func wholeBlocks(b []byte, n int) (size int, packets uint64) {
	for size+blockHeadLen <= n {
		end := size + int(binary.NativeEndian.Uint32(b[size+4:]))
		if end > n {
			break
		}
		switch binary.NativeEndian.Uint32(b[size:]) {
		case blockEnhancedPacket, blockSimplePacket:
			packets++
		}
		size = end
	}
	return size, packets
}
