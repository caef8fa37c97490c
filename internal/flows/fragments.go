package flows

import (
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/records"
)

// fragments remembers of which flow the first fragments of packets were: those behind
// have no ports. A later packet takes the place of an earlier one.
type fragments [1024]fragment

type fragment struct {
	of     fragmentID
	flow   uint32
	number uint64 // of the flow, which may have ended
	from   int
}

// fragmentID is what the fragments of a packet have in common (RFC 791, section 3.2;
// RFC 8200, section 4.5).
type fragmentID struct {
	src, dst netip.Addr
	id       uint32
	protocol uint8
	known    bool
}

// place is where a packet is remembered.
func (x *fragments) place(of *fragmentID) *fragment {
	return &x[(of.id^of.id>>10)%uint32(len(x))]
}

var (
	idColumn     = columnOf("ip_id")
	offsetColumn = columnOf("ip_fragment_offset")
)

// fragmentOf is the packet that a fragment belongs to.
func fragmentOf(r *records.Packet) (of fragmentID, ok bool) {
	id, ok := idColumn().Number(r)
	p := &r.Header
	return fragmentID{p.Src, p.Dst, uint32(id), p.Protocol, true}, ok && p.Src.IsValid()
}

// first remembers the flow of a first fragment.
func (t *Tracker) first(i uint32, from int, r *records.Packet) {
	if of, ok := fragmentOf(r); ok {
		*t.fragments.place(&of) = fragment{of, i, t.table.at(i).number, from}
	}
}

// later adds a fragment to the flow of the first one, and reports whether that is
// known. It is counted, and its payload of UDP and ICMP; no more is looked at.
func (t *Tracker) later(r *records.Packet, now int64) bool {
	if r.Header.Version == 0 || r.Tunnels.Len() > 0 {
		return false
	}
	if n, ok := offsetColumn().Number(r); !ok || n == 0 {
		return false
	}
	of, ok := fragmentOf(r)
	if !ok {
		return false
	}
	x := t.fragments.place(&of)
	if x.of != of {
		return false
	}
	f := t.table.at(x.flow)
	if f.number != x.number || !f.inUse() {
		return false
	}
	if f.packets() == 0 {
		f.first = now
	}
	ip := r.Pkt.Data[r.Header.Offset:]
	total, head := header.IPv4(ip).TotalLength(), header.IPv4(ip).HeaderLength()
	if r.Header.Version == 6 {
		total, head = 40+header.IPv6(ip).PayloadLength(), 40+8
	}
	e := &f.ends[x.from]
	e.packets++
	e.ipBytes += uint64(total)
	if f.protocol != header.ProtocolTCP {
		f.sums[x.from].bytes += uint64(max(0, total-head))
	}
	f.last = max(f.last, now)
	return true
}
