package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// pcapFormat is what distinguishes one pcap file's records from another's.
type pcapFormat struct {
	recordHeader int // length in bytes
	unit         int64
	lengths      lengthOrder
	maxCaptured  uint32
	iface        int // in the list of interfaces
}

// lengthOrder says which of a record's two lengths comes first. Version 2.3 put
// the captured length before the original one, but some files say 2.3 and have
// the older order; so does DG/UX's version 543.0.
type lengthOrder uint8

const (
	capturedFirst lengthOrder = iota
	smallerFirst
	originalFirst
)

// sort tells the lengths apart that a record has.
func (o lengthOrder) sort(first, second uint32) (captured, original uint32) {
	if o == originalFirst || o == smallerFirst && first > second {
		return second, first
	}
	return first, second
}

// lengthsOf returns the lengths that stand in a record of the machine's byte
// order.
func (f *pcapFormat) lengthsOf(record []byte) (captured, original uint32) {
	b := record[8:16]
	return f.lengths.sort(binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint32(b[4:]))
}

// linkTypeReserved are the bits of the link-type word that must be zero.
const linkTypeReserved = 0x03ff0000

var archaicUnsupported = versions.Since(versions.V5_0, "savefiles", "`archaic pcap savefile format`", "`unsupported pcap savefile version 1.4`")

// openPcap reads the file header after a magic number.
func (r *Reader) openPcap(magic uint32) error {
	b := r.in.want(fileHeaderLen)
	if len(b) < fileHeaderLen {
		// libpcap counts the magic number in the first figure only.
		return r.truncated("truncated dump file; tried to read %d file header bytes, only got %d",
			fileHeaderLen, len(b)-4)
	}
	major, minor := r.u16(b[4:]), r.u16(b[6:])
	snaplen, word := r.u32(b[16:]), r.u32(b[20:])
	if major < versionMajor && !archaicUnsupported.In(r.like) {
		return errors.New("archaic pcap savefile format")
	}
	if !(major == versionMajor && minor <= versionMinor || major == 543 && minor == 0) {
		return fmt.Errorf("unsupported pcap savefile version %d.%d", major, minor)
	}
	if word&linkTypeReserved != 0 {
		return fmt.Errorf("savefile linktype reserved field not zero (0x%08x)", word&linkTypeReserved)
	}
	r.in.skip(fileHeaderLen)

	link := capture.LinkTypeOf(word & 0xffff)
	snaplen = adjustSnapLen(link, snaplen)
	r.pcap = pcapFormat{recordHeader: recordHeaderLen, unit: 1000, maxCaptured: maxSnapLen(link)}
	switch magic {
	case magicNano:
		r.pcap.unit = 1
	case magicKuznetzov:
		r.pcap.recordHeader = kuznetzovHeaderLen
		if link == capture.LinkEN10MB {
			// A capture in cooked mode got an Ethernet header on top.
			snaplen = min(snaplen+14, math.MaxInt32)
		}
	}
	switch {
	case major == 543 || minor < 3:
		r.pcap.lengths = originalFirst
	case minor == 3:
		r.pcap.lengths = smallerFirst
	}
	r.head = Header{
		LinkType:    link,
		LinkTypeExt: word &^ 0xffff,
		SnapLen:     int(snaplen),
		Nano:        magic == magicNano,
	}
	r.pcap.iface = r.interfaces.intern(capture.Interface{LinkType: link, SnapLen: snaplen})
	return nil
}

// nextPcap reads a record of a pcap file.
func (r *Reader) nextPcap(pkt *capture.Packet) error {
	n := r.pcap.recordHeader
	b := r.in.want(n)
	if len(b) < n {
		if len(b) == 0 && r.in.err == io.EOF {
			return io.EOF
		}
		return r.truncated("truncated dump file; tried to read %d header bytes, only got %d", n, len(b))
	}
	caplen, length := r.pcap.lengths.sort(r.u32(b[8:]), r.u32(b[12:]))
	snaplen := uint32(r.head.SnapLen)
	if caplen > r.pcap.maxCaptured {
		return capturedTooLong(caplen, snaplen, r.pcap.maxCaptured)
	}
	size := n + int(caplen)
	if len(b) < size {
		if b = r.in.want(size); len(b) < size {
			return r.truncatedPacket(len(b)-n, caplen, snaplen)
		}
	}
	r.in.skip(size)
	r.plainPacket(pkt, b[:size], length)
	return nil
}

// plainPacket fills pkt with what stands in a record of a packet that had length bytes
// on the wire.
func (r *Reader) plainPacket(pkt *capture.Packet, b []byte, length uint32) {
	n, size := r.pcap.recordHeader, len(b)
	pkt.Time.Sec = int64(r.u32(b))
	pkt.Time.Nsec = int64(r.u32(b[4:])) * r.pcap.unit
	// More than the snapshot length is in the file, but not handed out: Solaris
	// 2.3 wrote such files. The capacity shows it.
	pkt.Data = b[n : n+min(size-n, r.head.SnapLen) : size]
	pkt.Length = length
	pkt.LinkType = r.head.LinkType
	pkt.Interface = r.pcap.iface
	pkt.Direction, pkt.Reception = capture.DirUnknown, capture.ReceptionUnknown
	pkt.Swapped = r.swapped
	pkt.Origin = r
	r.hostOrder(pkt)
}

func capturedTooLong(caplen, snaplen, limit uint32) error {
	if caplen > snaplen {
		return fmt.Errorf("invalid packet capture length %d, bigger than snaplen of %d", caplen, snaplen)
	}
	return fmt.Errorf("invalid packet capture length %d, bigger than maximum of %d", caplen, limit)
}

// truncatedPacket is the error for a packet of which the file has got bytes.
// libpcap reads up to the snapshot length first.
func (r *Reader) truncatedPacket(got int, caplen, snaplen uint32) error {
	wanted := int(caplen)
	if got < int(snaplen) {
		wanted = int(min(caplen, snaplen))
	}
	return r.truncated("truncated dump file; tried to read %d captured bytes, only got %d", wanted, got)
}
