package flows

import (
	"net/netip"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Flow is the record of a conversation, or of a part of a long one.
type Flow struct {
	Start    int64 // of the first packet that the record is of, in nanoseconds since 1970
	Duration int64 // to the last one, in nanoseconds
	Begun    int64 // of the first packet of the conversation
	Protocol uint8 // header.ProtocolTCP and so on
	Orig     Side  // who began it
	Resp     Side
	State    string // conn_state
	History  []byte
	Missed   uint64 // bytes that were acknowledged and not seen
	TCP      TCP
	Place    Place
	Service  []byte // names, with commas between them
	Names    [NameCount][]byte
	Process  string // "": not known
}

// Side is what an end of a Flow is and sent.
type Side struct {
	Addr    netip.Addr
	Port    uint16 // of ICMP: the type of the message, and that of its answer or its code
	Bytes   uint64 // of payload
	Packets uint64
	IPBytes uint64 // of IP packets
}

// TCP is what tcpanalysis says of a Flow.
type TCP struct {
	Handshake       uint32 // from the SYN to the acknowledgement of its answer, in µs; 0: not seen
	RTTs            uint32 // how many there are of the following
	RTTMin          uint32 // from a segment of either end to its acknowledgement, in µs
	RTTMedian       uint32 // estimated
	RTTMax          uint32
	Retransmissions uint32 // segments with the mark of that name; the others likewise
	OutOfOrder      uint32
	ZeroWindows     uint32
	Resets          uint32 // segments with RST
}

// Place is where the first packet was captured.
type Place struct {
	Interface string // "": not known
	VLAN      uint16 // of the outermost tag, if HasVLAN
	HasVLAN   bool
	Tunnels   header.Tunnels
}

// tcpSums are TCP of what no record has yet.
type tcpSums struct {
	handshake, least, most      uint32
	median                      tcpanalysis.Median
	retransmissions, outOfOrder uint32
	zeroWindows, resets         uint32
}

func (m *tcpSums) rtt(d time.Duration) {
	us := microseconds(d)
	if m.median.Count() == 0 || us < m.least {
		m.least = us
	}
	m.most = max(m.most, us)
	m.median.Add(int64(d))
}

// microseconds rounds a duration, which is at most 71 minutes then.
func microseconds(d time.Duration) uint32 {
	return uint32(min(max((int64(d)+500)/1000, 0), 1<<32-1))
}

// place is Place, in short.
type place struct {
	tunnels     header.Tunnels
	vlan        int16 // -1: none
	interfaceID uint16
}

// interfaces have numbers, so that a flow has no pointer to a name.
type interfaces struct {
	names []string
	ids   map[string]uint16
	last  uint16
}

// id is the number of a name; those behind 65,535 have that of none.
func (x *interfaces) id(name string) uint16 {
	if x.names == nil {
		x.names, x.ids = []string{""}, map[string]uint16{"": 0}
	}
	if x.names[x.last] == name {
		return x.last
	}
	id, ok := x.ids[name]
	if !ok {
		if len(x.names) == 1<<16 {
			return 0
		}
		id = uint16(len(x.names))
		x.names = append(x.names, name)
		x.ids[name] = id
	}
	x.last = id
	return id
}

// finish writes the record of a flow, and forgets it.
func (t *Tracker) finish(i uint32) error {
	f := t.table.at(i)
	var err error
	if f.packets() > 0 {
		err = t.report(f)
	}
	t.names.free(&f.names)
	t.table.remove(i)
	return err
}

// report writes a record of what no record has.
func (t *Tracker) report(f *flow) error {
	r := &t.out
	*r = Flow{
		Start: f.first, Duration: max(0, f.last-f.first), Begun: f.start,
		Protocol: f.protocol, Orig: f.side(0), Resp: f.side(1),
		State: f.stateName(), History: f.story(), Missed: f.missed,
		TCP:     f.tcp.record(),
		Place:   Place{Interface: t.interfaces.names[f.place.interfaceID], Tunnels: f.place.tunnels},
		Service: f.services.appendTo(r.Service[:0], f.protocol),
	}
	if f.place.vlan >= 0 {
		r.Place.VLAN, r.Place.HasVLAN = uint16(f.place.vlan), true
	}
	t.names.fill(&r.Names, f.names)
	err := t.write(r)
	f.told()
	return err
}

// side is the end i of a record.
func (f *flow) side(i int) Side {
	e := &f.ends[i]
	addr, port := f.key.Endpoint(f.flipped != (i == 1))
	s := Side{Addr: addr, Port: port, Packets: e.packets, IPBytes: e.ipBytes, Bytes: f.sums[i].bytes}
	if f.protocol == header.ProtocolTCP {
		n := f.size(i)
		s.Bytes = n - min(n, f.sums[i].told)
	}
	return s
}

// told notes that a record has all that was so far.
func (f *flow) told() {
	for i := range f.ends {
		e := &f.ends[i]
		e.packets, e.ipBytes = 0, 0
		f.sums[i].told, f.sums[i].bytes = max(f.sums[i].told, f.size(i)), 0
	}
	f.missed, f.tcp = 0, tcpSums{}
}

func (m *tcpSums) record() TCP {
	return TCP{
		Handshake: m.handshake, RTTs: m.median.Count(), RTTMin: m.least, RTTMax: m.most,
		RTTMedian:       min(max(microseconds(m.median.Value()), m.least), m.most),
		Retransmissions: m.retransmissions, OutOfOrder: m.outOfOrder, ZeroWindows: m.zeroWindows, Resets: m.resets,
	}
}
