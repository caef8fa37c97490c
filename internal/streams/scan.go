package streams

import (
	"encoding/binary"
	"math"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng, section 10.1), and what pcap files
// begin with (draft-ietf-opsawg-pcap, section 4).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockSimple    = 3
	blockNames     = 4
	blockEnhanced  = 6
	blockSecrets   = 0x0a
	byteOrder      = 0x1a2b3c4d

	magicMicro     = 0xa1b2c3d4
	magicNano      = 0xa1b23c4d
	magicKuznetzov = 0xa1b2cd34 // has longer record headers

	fileHeaderLen = 24
	blockHeadLen  = 8
)

// scan goes over whole records of the machine's byte order, and returns the number of
// packets. Of pcapng, aside gets each block that packets behind it may need.
func scan(b []byte, pcapng bool, aside func(block []byte)) (packets uint64) {
	order := binary.NativeEndian
	if !pcapng {
		const recordHeaderLen = 16
		for len(b) >= recordHeaderLen {
			n := recordHeaderLen + int(order.Uint32(b[8:]))
			if n > len(b) {
				break
			}
			packets++
			b = b[n:]
		}
		return packets
	}
	for len(b) >= blockHeadLen {
		n := int(order.Uint32(b[4:]))
		if n < blockHeadLen || n > len(b) {
			break
		}
		switch order.Uint32(b) {
		case blockEnhanced, blockSimple:
			packets++
		case blockSection, blockInterface, blockNames, blockSecrets:
			if aside != nil {
				aside(b[:n])
			}
		}
		b = b[n:]
	}
	return packets
}

// framing finds where records end in a stream that is read.
type framing struct {
	kind   framingKind
	order  binary.ByteOrder
	head   int // bytes of a pcap record's header
	begins bool
}

type framingKind uint8

const (
	unknown framingKind = iota
	pcap
	pcapng
	unframed // in a form that is not known here, such as compressed
)

// recordEnd returns the length of the record that b begins with, which may be longer
// than b; 0 if b is too short to know. At the beginning of a stream that is its header.
func (f *framing) recordEnd(b []byte) int {
	if f.kind == unknown {
		if len(b) < 4 {
			return 0
		}
		f.recognise(b)
		f.begins = true
	}
	switch {
	case f.kind == unframed:
		return len(b)
	case f.kind == pcap && f.begins:
		f.begins = false
		return fileHeaderLen
	case f.kind == pcap:
		if len(b) < f.head {
			return 0
		}
		return f.sane(f.head, f.order.Uint32(b[8:]), len(b))
	case len(b) < blockHeadLen:
		return 0
	case binary.BigEndian.Uint32(b) == blockSection: // which reads the same both ways
		if len(b) < blockHeadLen+4 {
			return 0
		}
		f.order = binary.LittleEndian
		if binary.BigEndian.Uint32(b[blockHeadLen:]) == byteOrder {
			f.order = binary.BigEndian
		}
	}
	n := f.order.Uint32(b[4:])
	if n < blockHeadLen+4 {
		f.kind = unframed // whoever reads it says what is wrong
		return len(b)
	}
	return f.sane(0, n, len(b))
}

// sane is the length of a record with a head. One that is none makes the rest
// unframed.
func (f *framing) sane(head int, n uint32, have int) int {
	if n > math.MaxInt32-64 {
		f.kind = unframed
		return have
	}
	return head + int(n)
}

// recognise finds out by its first bytes what a stream is.
func (f *framing) recognise(b []byte) {
	if binary.BigEndian.Uint32(b) == blockSection {
		f.kind, f.order = pcapng, binary.LittleEndian
		return
	}
	for _, order := range [...]binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(b) {
		case magicMicro, magicNano:
			f.kind, f.order, f.head = pcap, order, 16
			return
		case magicKuznetzov:
			f.kind, f.order, f.head = pcap, order, 24
			return
		}
	}
	f.kind = unframed
}
