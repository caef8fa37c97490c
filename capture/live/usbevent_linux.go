package live

import (
	"encoding/binary"
	"math"

	"github.com/tapdump/tapdump/capture"
)

// Lengths in bytes of the header of an event, and where it lies in the ring; of a
// descriptor of an isochronous transfer, of which there are some in front of its data.
const (
	usbHeader       = 48
	usbMappedHeader = 64
	usbDescriptor   = 16
)

// Events and their fields, which are in the byte order of the machine (struct
// mon_bin_hdr of drivers/usb/mon/mon_bin.c).
const (
	usbComplete    = 'C'
	usbFiller      = '@' // no event, but what is left of the end of the ring
	usbIsochronous = 0
	usbIn          = 0x80 // in the number of an endpoint
)

// mappedUSBEvent fills p with the event at an offset of the ring, as libpcap does. It
// is false for one that does not lie there whole. Data is nil for a filler.
func mappedUSBEvent(p *capture.Packet, ring []byte, at int32, snapLen int) bool {
	if at < 0 || int(at) > len(ring)-usbMappedHeader {
		return false
	}
	b := ring[at:]
	if b[8] == usbFiller {
		*p = capture.Packet{}
		return true
	}
	dataLen := binary.NativeEndian.Uint32(b[36:])
	captured := usbMappedHeader + int(min(uint32(snapLen-usbMappedHeader), dataLen))
	if captured > len(b) {
		return false
	}
	b = b[:captured]
	var length uint32
	switch {
	case b[15] != 0: // no data: where there will be some, that is its length
		length = sumToMax(usbMappedHeader, dataLen)
	case b[9] == usbIsochronous && b[8] == usbComplete && b[10]&usbIn != 0:
		length = isochronousLength(b)
	default:
		length = sumToMax(usbMappedHeader, binary.NativeEndian.Uint32(b[32:]))
	}
	*p = capture.Packet{Time: usbTime(b), Data: b, Length: length}
	return true
}

// copiedUSBEvent fills p with the event in b, which is as long as what was asked for,
// and makes what its header says of the data true of what is there.
func copiedUSBEvent(p *capture.Packet, b []byte) {
	dataLen := min(binary.NativeEndian.Uint32(b[36:]), uint32(len(b)-usbHeader))
	binary.NativeEndian.PutUint32(b[36:], dataLen)
	length := usbHeader + dataLen
	if b[15] == 0 {
		length = usbHeader + binary.NativeEndian.Uint32(b[32:])
	}
	*p = capture.Packet{Time: usbTime(b), Data: b[:usbHeader+dataLen], Length: length}
}

// usbTime is when an event was.
func usbTime(b []byte) capture.Timestamp {
	return capture.Timestamp{
		Sec:  int64(binary.NativeEndian.Uint64(b[16:])),
		Nsec: int64(int32(binary.NativeEndian.Uint32(b[24:]))) * 1000,
	}
}

// isochronousLength is how long an event would be, whose data has gaps: the
// descriptors, as far as they were captured, say how far the last piece goes.
func isochronousLength(b []byte) uint32 {
	n := binary.NativeEndian.Uint32(b[60:])
	var end uint32
	for i, d := uint32(0), b[usbMappedHeader:]; i < n && len(d) >= usbDescriptor; i, d = i+1, d[usbDescriptor:] {
		if size := binary.NativeEndian.Uint32(d[8:]); size != 0 {
			end = max(end, sumToMax(binary.NativeEndian.Uint32(d[4:]), size))
		}
	}
	return sumToMax(usbMappedHeader+n*usbDescriptor, end)
}

// sumToMax is the sum of two lengths, or what a length is at most.
func sumToMax(a, b uint32) uint32 {
	if b > math.MaxUint32-a {
		return math.MaxUint32
	}
	return a + b
}
