// Package capture has what all parts share: a Packet, a Source of packets, and the
// link types. Packets come from package live, which captures, and from pcapfile, which
// reads files; both are Sources:
//
//	for pkt, err := range capture.Packets(src) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(pkt.Time.Time(), pkt.LinkType, pkt.Length, len(pkt.Data))
//	}
//
// A Packet and its Data are valid until the next one: whoever keeps them copies them.
// NewPacket makes one of bytes from elsewhere.
//
// The package makes no system calls, and is the same on every system. Functions may
// be called from several goroutines; a Source is for one unless its type says more.
// It keeps its API as semantic versioning has it: docs/library.md.
package capture

import "time"

// MaxSnapLen is the largest number of bytes of a packet that is ever captured,
// and the snapshot length when none is asked for.
const MaxSnapLen = 262144

// Timestamp is a point in time as a capture file or the kernel gives it.
//
// Nsec is not normalised: a file may carry a fraction above one second, and
// the printers show it as read.
type Timestamp struct {
	Sec  int64 // seconds since 1970-01-01 00:00:00 UTC, may be negative
	Nsec int64 // nanoseconds after Sec; 0 to 999,999,999 in a valid stamp
}

// Before reports whether t is earlier than u.
func (t Timestamp) Before(u Timestamp) bool {
	return t.Sec < u.Sec || t.Sec == u.Sec && t.Nsec < u.Nsec
}

// Time is t as package time has it, in the local zone. A fraction above one
// second carries over.
func (t Timestamp) Time() time.Time { return time.Unix(t.Sec, t.Nsec) }

// Direction is the way a packet went, where the source knows it.
type Direction uint8

// Directions.
const (
	DirUnknown Direction = iota
	DirIn
	DirOut
)

// Reception says to whom a packet that was received is addressed, where the source
// knows it.
type Reception uint8

// Receptions, numbered as in the packet flags of pcapng
// (draft-ietf-opsawg-pcapng, section 4.3.1).
const (
	ReceptionUnknown Reception = iota
	ReceivedUnicast            // this host
	ReceivedMulticast
	ReceivedBroadcast
	ReceivedPromiscuous // another host
)

// Packet is one captured packet. A Source fills it anew at each Next; NewPacket
// makes one of bytes. Whoever fills one by hand has to set Data, Length and
// LinkType: their zero values are those of an empty packet of BSD's loopback.
type Packet struct {
	Time      Timestamp
	Data      []byte   // the captured bytes, valid until the next call of Next
	Length    uint32   // bytes on the wire, at least len(Data) in a valid packet
	LinkType  LinkType // 0 is LinkNULL
	Interface int      // index into the source's Interfaces
	Direction Direction
	Reception Reception
	// Swapped says that the file which the packet comes from has the other byte
	// order than this machine's. In that order are fields of link-layer headers
	// that are in the capturing host's, such as LinkNULL's.
	Swapped bool
	// Origin is the *pcapfile.Reader that the packet comes from, which knows what
	// else a pcapng file says of it until the next call of Next; else nil.
	Origin any
	// Added is how many bytes of Length the kernel did not see when it filtered
	// a live packet: a cooked header, a VLAN tag that is back in its place. A
	// filter that runs in its stead counts the others, as libpcap's does.
	Added uint8
	// Annotation is what is known of the packet beside what was captured; nil: nothing.
	// Sources leave it alone: whoever sets it takes it away again.
	Annotation *Annotation
}

// Annotation is what a program knows of a packet that is not in it. A pcapng file has a
// place for it, behind what else it says of the packet. It is valid as long as the packet.
type Annotation struct {
	Comment []byte // a line of UTF-8 for people; empty: none
	// Process and Thread are the numbers of those that sent the packet or received it,
	// if Owned; Thread is 0 where it is not known.
	Process, Thread uint32
	Owned           bool
	Owner           *Owner // what else is known of the process; nil: nothing
}

// NewPacket is a packet of a link type that was captured whole, and of which
// nothing else is known.
func NewPacket(link LinkType, data []byte) *Packet {
	return &Packet{LinkType: link, Data: data, Length: uint32(len(data))}
}

// Interface describes where packets of a source came from.
type Interface struct {
	Name        string // empty when the file does not say
	Description string
	LinkType    LinkType // of its packets; 0 is LinkNULL
	SnapLen     uint32   // 0: no limit
	// Namespace is the number of the network namespace that a device is in: that of its
	// file in /proc/PID/ns. 0: the program's own. Files do not say it.
	Namespace uint32
	// Comment is a line for people that pcapng files are to have of it. Readers of files
	// leave it empty: what a file says goes over into another by itself.
	Comment string
}

// Source is anything that yields packets.
type Source interface {
	// Next fills pkt. At the end of a savefile, and after Close or Interrupt of
	// a live source, it returns io.EOF. Another error says what is wrong with the
	// savefile, whose name the caller knows, or with the device.
	Next(pkt *Packet) error
	// LinkType is the link type of the source as a whole, the one that a
	// filter is compiled for.
	LinkType() LinkType
	// SnapLen is the source's snapshot length in bytes.
	SnapLen() int
	// Interfaces lists the interfaces seen so far; a pcapng file may add to it
	// while it is read.
	Interfaces() []Interface
	Close() error
}

// Stats counts what a live source saw.
type Stats struct {
	Received  uint64 // by the filter in the kernel, dropped ones included
	Dropped   uint64 // by the kernel because the ring was full
	IfDropped uint64 // by the interface
}
