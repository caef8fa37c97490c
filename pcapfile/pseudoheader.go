package pcapfile

import (
	"encoding/binary"
	"math"

	"github.com/tapdump/tapdump/capture"
)

// hostOrder converts those fields of a pseudo-header that were in the byte
// order of the machine that captured the packet into that of this machine, as
// printers, filters and files written here expect it.
func (r *Reader) hostOrder(pkt *capture.Packet) {
	switch pkt.LinkType {
	case capture.LinkPFLOG:
		if r.swapped {
			swapPflog(pkt)
		}
	case capture.LinkLINUX_SLL:
		if r.swapped {
			swapSocketCAN(pkt, 14, 16)
		}
	case capture.LinkLINUX_SLL2:
		if r.swapped {
			swapSocketCAN(pkt, 0, 20)
		}
	case capture.LinkUSB_LINUX:
		if r.swapped {
			swapUSB(pkt.Data)
		}
	case capture.LinkUSB_LINUX_MMAPPED:
		if r.swapped {
			swapUSB(pkt.Data)
			swapUSBMapped(pkt.Data)
		}
		fixIsochronousLength(pkt)
	case capture.LinkNFLOG:
		if r.swapped {
			swapNflog(pkt)
		}
	}
}

// swap reverses b[at:at+n] and reports whether it is there.
func swap(b []byte, at, n int) bool {
	if at+n > len(b) {
		return false
	}
	for i, j := at, at+n-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return true
}

// both is the part of the data that lies within the original length too.
func both(pkt *capture.Packet) []byte {
	return pkt.Data[:min(uint64(len(pkt.Data)), uint64(pkt.Length))]
}

// swapPflog converts the uid, pid, rule_uid and rule_pid fields, as far as the
// header has them. Its first byte is its length.
func swapPflog(pkt *capture.Packet) {
	b := both(pkt)
	if len(b) == 0 {
		return
	}
	b = b[:min(len(b), int(b[0]))]
	for at := 44; at < 60; at += 4 {
		if !swap(b, at, 4) {
			return
		}
	}
}

// swapSocketCAN converts the fields of a SocketCAN header behind a Linux cooked
// header of n bytes that has the protocol at the given offset.
func swapSocketCAN(pkt *capture.Packet, protocol, n int) {
	b := both(pkt)
	if len(b) < n {
		return
	}
	can := b[n:]
	switch binary.BigEndian.Uint16(b[protocol:]) {
	case 0x000c, 0x000d: // CAN, CAN FD: the identifier
		swap(can, 0, 4)
	case 0x000e: // CAN XL: priority and VCID, payload length, acceptance field
		_ = swap(can, 0, 4) && swap(can, 6, 2) && swap(can, 8, 4)
	}
}

// Fields of the Linux USB pseudo-header, Documentation/usb/usbmon.rst.
const (
	usbEventType    = 8
	usbTransferType = 9
	usbEndpoint     = 10
	usbDataFlag     = 15
	usbURBLen       = 32
	usbNdesc        = 60
	usbHeaderLen    = 64
	usbDescLen      = 16

	usbIsochronous = 0
	usbComplete    = 'C'
	usbIn          = 0x80
)

// swapUSB converts the 48 bytes that both forms of the header have in common.
func swapUSB(b []byte) {
	_ = swap(b, 0, 8) && // id
		swap(b, 12, 2) && // bus
		swap(b, 16, 8) && // seconds
		swap(b, 24, 4) && // microseconds
		swap(b, 28, 4) && // status
		swap(b, usbURBLen, 4) &&
		swap(b, 36, 4) && // captured data
		b[usbTransferType] == usbIsochronous &&
		swap(b, 40, 4) && // errors
		swap(b, 44, 4) // number of descriptors
}

// swapUSBMapped converts the other 16 bytes of the longer header, and the
// isochronous descriptors behind it.
func swapUSBMapped(b []byte) {
	for at := 48; at < usbHeaderLen; at += 4 {
		if !swap(b, at, 4) {
			return
		}
	}
	if b[usbTransferType] != usbIsochronous {
		return
	}
	at := usbHeaderLen
	for range binary.NativeEndian.Uint32(b[usbNdesc:]) {
		if !swap(b, at, 4) || !swap(b, at+4, 4) || !swap(b, at+8, 4) {
			return
		}
		at += usbDescLen
	}
}

// fixIsochronousLength mends the original length of completed incoming
// isochronous transfers, which older versions of libpcap took from the URB,
// though the descriptors say where the data ended.
func fixIsochronousLength(pkt *capture.Packet) {
	const maxDescriptors = 128 // more were never captured
	b := pkt.Data
	if len(b) < usbHeaderLen {
		return
	}
	n := binary.NativeEndian.Uint32(b[usbNdesc:])
	if n > maxDescriptors || b[usbDataFlag] != 0 || b[usbTransferType] != usbIsochronous ||
		b[usbEventType] != usbComplete || b[usbEndpoint]&usbIn == 0 {
		return
	}
	header := usbHeaderLen + n*usbDescLen
	if pkt.Length != header+binary.NativeEndian.Uint32(b[usbURBLen:]) || uint32(len(b)) < header {
		return
	}
	var data uint64
	for at := usbHeaderLen; at < int(header); at += usbDescLen {
		if size := binary.NativeEndian.Uint32(b[at+8:]); size != 0 {
			end := uint64(binary.NativeEndian.Uint32(b[at+4:])) + uint64(size)
			data = max(data, min(end, math.MaxUint32))
		}
	}
	length := min(uint64(header)+data, math.MaxUint32)
	if length >= uint64(len(b)) {
		pkt.Length = uint32(length)
	}
	pkt.Length = max(pkt.Length, uint32(len(b)))
}

// swapNflog converts type and length of each attribute behind the 4 bytes of
// header; the values are big-endian.
func swapNflog(pkt *capture.Packet) {
	if len(pkt.Data) < 4 || pkt.Length < 4 || pkt.Data[1] != 0 {
		return
	}
	b, length := pkt.Data[4:], uint64(pkt.Length-4)
	for len(b) >= 4 {
		swap(b, 0, 2)
		swap(b, 2, 2)
		size := (int(binary.NativeEndian.Uint16(b)) + 3) &^ 3
		if size < 4 || size > len(b) || uint64(size) > length {
			return
		}
		b, length = b[size:], length-uint64(size)
	}
}
