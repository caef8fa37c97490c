package pcapfile

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/tapdump/tapdump/capture"
)

const blockStatistics = 5

// Option codes of written blocks, draft-ietf-opsawg-pcapng sections 3.5 and 4.
const (
	optionComment       = 1
	optionApplication   = 4 // section
	optionDropCount     = 4 // enhanced packet
	optionStatsDropped  = 5 // by the interface
	optionStatsAccepted = 6 // by the filter
	optionStatsLost     = 7 // by the operating system
	optionStatsWritten  = 8
)

// ngWriter makes the blocks of one pcapng file. Time stamps are in nanoseconds.
type ngWriter struct {
	format     Format
	interfaces []ngInterface // those described so far
}

type ngInterface struct {
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

func appendOption(b []byte, code uint16, value string) []byte {
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
	b = binary.NativeEndian.AppendUint32(b, byteOrderMagic)
	b = binary.NativeEndian.AppendUint16(b, 1)
	b = binary.NativeEndian.AppendUint16(b, 0)
	b = binary.NativeEndian.AppendUint64(b, math.MaxUint64) // length unknown
	if g.format.Comment != "" || g.format.Application != "" {
		b = appendTextOption(b, optionComment, g.format.Comment)
		b = appendTextOption(b, optionApplication, g.format.Application)
		b = append(b, 0, 0, 0, 0)
	}
	return endBlock(b, at)
}

// appendInterfaces describes the source's interfaces that are not described
// yet, section 4.2; at least one.
func (g *ngWriter) appendInterfaces(b []byte) []byte {
	var list []capture.Interface
	if g.format.Interfaces != nil {
		list = g.format.Interfaces()
	}
	for len(g.interfaces) < max(len(list), 1) {
		d := capture.Interface{LinkType: g.format.LinkType, SnapLen: uint32(g.format.SnapLen)}
		if len(g.interfaces) < len(list) {
			d = list[len(g.interfaces)]
		}
		b = appendInterface(b, d)
		g.interfaces = append(g.interfaces, ngInterface{})
	}
	return b
}

func appendInterface(b []byte, d capture.Interface) []byte {
	b, at := beginBlock(b, blockInterface)
	b = binary.NativeEndian.AppendUint16(b, uint16(d.LinkType.Savefile()))
	b = binary.NativeEndian.AppendUint16(b, 0)
	b = binary.NativeEndian.AppendUint32(b, d.SnapLen)
	b = appendTextOption(b, optionIfName, d.Name)
	b = appendTextOption(b, optionIfDescription, d.Description)
	b = appendOption(b, optionIfTsresol, "\x09")
	b = append(b, 0, 0, 0, 0)
	return endBlock(b, at)
}

// appendPacket appends an enhanced packet block, section 4.3.
func (g *ngWriter) appendPacket(b []byte, pkt *capture.Packet) []byte {
	if pkt.Interface >= len(g.interfaces) {
		b = g.appendInterfaces(b)
	}
	// A source that does not list its interfaces has one.
	number := min(pkt.Interface, len(g.interfaces)-1)
	iface := &g.interfaces[number]
	iface.written++
	b, at := beginBlock(b, blockEnhancedPacket)
	b = binary.NativeEndian.AppendUint32(b, uint32(number))
	b = appendStamp(b, pkt.Time)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(pkt.Data)))
	b = binary.NativeEndian.AppendUint32(b, pkt.Length)
	b = appendPadded(b, pkt.Data)
	options := false
	if pkt.Direction != capture.DirUnknown {
		options = true
		b = binary.NativeEndian.AppendUint16(b, optionPacketFlags)
		b = binary.NativeEndian.AppendUint16(b, 4)
		b = binary.NativeEndian.AppendUint32(b, directionFlags(pkt.Direction))
	}
	if g.format.Lost != nil {
		if lost := g.format.Lost(number); lost != 0 {
			options = true
			b = appendOption64(b, optionDropCount, lost)
		}
	}
	if options {
		b = append(b, 0, 0, 0, 0)
	}
	return endBlock(b, at)
}

func directionFlags(d capture.Direction) uint32 {
	if d == capture.DirIn {
		return 1
	}
	return 2
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
		if binary.NativeEndian.Uint32(b[size:]) == blockEnhancedPacket {
			packets++
		}
		size = end
	}
	return size, packets
}
