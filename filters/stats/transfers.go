package stats

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/recent"
)

// Direction is the way of a packet, seen from the local end.
type Direction uint8

// Directions.
const (
	Unknown Direction = iota
	Send
	Receive
)

// Hosts tells local addresses from others, and clients from servers. It is for
// one goroutine.
type Hosts struct {
	own map[netip.Addr]struct{}
	// servers are the connections between hosts that are not ours which the end
	// began that would not count as the client by its port.
	servers *recent.Set[endpoints]
}

// MaxServers is how many connections Hosts remembers.
const MaxServers = 1 << 17

// NewHosts makes one of the addresses of this host.
func NewHosts(own []netip.Addr) *Hosts {
	h := &Hosts{own: make(map[netip.Addr]struct{}, len(own)), servers: recent.New[endpoints](MaxServers)}
	h.AddOwn(own...)
	return h
}

// AddOwn has addresses be of this host, too.
func (h *Hosts) AddOwn(own ...netip.Addr) {
	for _, a := range own {
		h.own[a.WithZone("")] = struct{}{}
	}
}

// Direction is Send when the source is this host, else Receive when the
// destination is. Of packets between others, in a savefile from elsewhere, the
// private end is the local one; of two private ends it is the client: who sent
// the SYN or an ICMP request, else the end with the higher port. Between two
// that are not private the direction is Unknown.
//
// way is Send or Receive in any case: what Direction is, else from and to the
// client. Packets have to come in the order in which they were captured.
func (h *Hosts) Direction(p *header.Packet) (d, way Direction) {
	if _, ok := h.own[p.Src]; ok {
		return Send, Send
	}
	if _, ok := h.own[p.Dst]; ok {
		return Receive, Receive
	}
	src, dst := isPrivate(p.Src), isPrivate(p.Dst)
	switch {
	case src && dst:
		way = h.fromClient(p)
		return way, way
	case dst:
		return Receive, Receive
	case src:
		return Send, Send
	}
	return Unknown, h.fromClient(p)
}

// Forgotten is how many connections were forgotten that the end with the lower
// port began.
func (h *Hosts) Forgotten() uint64 { return h.servers.Forgotten() }

// Begins reports whether a packet begins a connection: Hosts should see those
// that are not shown, too.
func Begins(p *header.Packet) bool {
	return p.Protocol == header.ProtocolTCP && header.TCP(p.Transport).Flags()&header.SYN != 0
}

// fromClient is Send for a packet of the client, else Receive.
func (h *Hosts) fromClient(p *header.Packet) Direction {
	way := orient(p)
	if p.Protocol != header.ProtocolTCP {
		return way
	}
	begins := Unknown // the way of what the client sends first
	switch header.TCP(p.Transport).Flags() & (header.SYN | header.ACK) {
	case header.SYN:
		begins = Send
	case header.SYN | header.ACK:
		begins = Receive
	}
	if (begins == Unknown || begins == way) && h.servers.Len() == 0 {
		return way // the usual case
	}
	e := endpointsOf(p, way)
	switch {
	case begins == Unknown && !h.servers.Has(e):
		return way
	case begins == way:
		h.servers.Remove(e)
		return way
	case begins != Unknown:
		h.servers.Add(e)
	}
	return Send + Receive - way
}

// isPrivate holds for addresses that are not routed in the Internet: RFC 1918,
// RFC 4193, link-local and loopback ones.
func isPrivate(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsLoopback()
}

// endpoints are what tells one transfer from another. An IPv4 address takes the
// first four bytes.
type endpoints struct {
	local, remote         [16]byte
	localPort, remotePort uint16 // 0 where there are no ports
	protocol, version     uint8
}

// counts are those of one direction of a transfer.
type counts struct {
	packets uint64
	turns   uint64 // how often data began to flow this way
	size    uint64 // bytes of payload
}

func (c *counts) add(d *counts) {
	c.packets += d.packets
	c.turns += d.turns
	c.size += d.size
}

// transfer is what passed between two endpoints.
type transfer struct {
	endpoints
	lastData Direction // of the last packet with data
	ways     [2]counts // from the local end, to the local end
}

// MaxTransfers is how many transfers are told apart; packets of further ones
// are counted together.
const MaxTransfers = 1 << 21

// chunk is how many transfers are allocated at once: growing copies none.
const chunk = 1 << 12

// transfers finds transfers by their endpoints: an open hash table of numbers.
type transfers struct {
	seed     maphash.Seed
	slots    []uint32 // number + 1; 0: free. A power of two, at most half in use
	chunks   [][]transfer
	n        int
	groups   []uint64 // transfers that stand for several: how many, by number; nil: none does
	limit    int      // of n
	unlisted uint64   // packets of transfers beyond limit
}

func newTransfers() *transfers {
	return &transfers{seed: maphash.MakeSeed(), slots: make([]uint32, 2*chunk), limit: MaxTransfers}
}

func (t *transfers) at(n uint32) *transfer { return &t.chunks[n/chunk][n%chunk] }

// find returns the transfer between e, a new one when there is none yet, nil
// when there are too many.
func (t *transfers) find(e *endpoints) *transfer {
	n, ok := t.number(e)
	if !ok {
		return nil
	}
	return t.at(n)
}

// number is that of the transfer that find returns.
func (t *transfers) number(e *endpoints) (n uint32, ok bool) {
	mask := uint64(len(t.slots) - 1)
	i := maphash.Comparable(t.seed, *e) & mask
	for ; t.slots[i] != 0; i = (i + 1) & mask {
		if n = t.slots[i] - 1; t.at(n).endpoints == *e {
			return n, true
		}
	}
	if t.n == t.limit {
		return 0, false
	}
	if t.n%chunk == 0 {
		t.chunks = append(t.chunks, make([]transfer, chunk))
	}
	n = uint32(t.n)
	t.n++
	t.slots[i] = uint32(t.n)
	t.at(n).endpoints = *e
	if 2*t.n >= len(t.slots) {
		t.grow()
	}
	return n, true
}

func (t *transfers) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n := range uint32(t.n) {
		i := maphash.Comparable(t.seed, t.at(n).endpoints) & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = n + 1
	}
}

// End is one end of a transfer.
type End struct {
	Addr netip.Addr
	Port int32 // header.NoPort where the protocol has none
}

// Ends are the local and the remote end of a packet that went that way.
func Ends(p *header.Packet, way Direction) (local, remote End) {
	local, remote = End{p.Src, p.SrcPort}, End{p.Dst, p.DstPort}
	if way == Receive {
		return remote, local
	}
	return local, remote
}

// endpointsOf is the transfer of a packet that went that way.
func endpointsOf(p *header.Packet, way Direction) endpoints {
	local, remote := Ends(p, way)
	e := endpoints{protocol: p.Protocol, version: p.Version}
	putAddr(&e.local, local.Addr)
	putAddr(&e.remote, remote.Addr)
	if !p.ICMP() {
		e.localPort, e.remotePort = uint16(local.Port), uint16(remote.Port)
	}
	return e
}

// add counts a packet, and returns its number among those of its transfer in
// its direction, 0 when there are too many transfers.
func (t *transfers) add(p *header.Packet, way Direction) uint64 {
	e := endpointsOf(p, way)
	found := t.find(&e)
	if found == nil {
		t.unlisted++
		return 0
	}
	c := &found.ways[way-Send]
	c.packets++
	if p.Length > 0 {
		c.size += uint64(p.Length)
		if found.lastData != way {
			found.lastData = way
			c.turns++
		}
	}
	return c.packets
}

// orient is Send for a packet of the client as the packet alone tells: of the
// end that asks with ICMP, or the one with the higher port.
func orient(p *header.Packet) Direction {
	if p.ICMP() {
		if d := orientICMP(p); d != Unknown {
			return d
		}
	}
	if p.SrcPort > p.DstPort || p.SrcPort == p.DstPort && p.Src.Less(p.Dst) {
		return Send
	}
	return Receive
}

// orientICMP sorts the types of ICMP (RFC 792, 950, 1256) and of ICMPv6 (RFC
// 4443, 4861) into those that ask and those that answer.
func orientICMP(p *header.Packet) Direction {
	t := header.ICMP(p.Transport).Type()
	if p.Version == 6 {
		switch {
		case t == 128, t == 133, t == 135, t == 139:
			return Send
		case t < 128, t == 129, t == 134, t == 136, t == 137, t == 140:
			return Receive
		}
		return Unknown
	}
	switch t {
	case 8, 10, 13, 15, 17:
		return Send
	case 0, 3, 4, 5, 9, 11, 12, 14, 16, 18:
		return Receive
	}
	return Unknown
}

func putAddr(dst *[16]byte, a netip.Addr) {
	if a.Is4() {
		b := a.As4()
		copy(dst[:], b[:])
		return
	}
	*dst = a.As16()
}

func (e *endpoints) addr(b *[16]byte) netip.Addr {
	if e.version == 4 {
		return netip.AddrFrom4([4]byte(b[:4]))
	}
	return netip.AddrFrom16(*b)
}

// ports are header.NoPort where the protocol has none.
func (e *endpoints) ports() (local, remote int32) {
	if e.protocol == header.ProtocolICMP || e.protocol == header.ProtocolICMPv6 {
		return header.NoPort, header.NoPort
	}
	return int32(e.localPort), int32(e.remotePort)
}

// Grouping says which transfers are shown as one.
type Grouping uint8

// Groupings.
const (
	Ungrouped   Grouping = iota
	ByService            // same addresses and same lower port
	ByAddresses          // same addresses
)

// sortKey orders transfers: by protocol, IP version, and what the grouping
// compares; groupWords of it are equal in a group.
type sortKey struct {
	words [5]uint64
	n     uint32
}

func (t *transfers) sorted(g Grouping) []sortKey {
	keys := make([]sortKey, t.n)
	for n := range uint32(t.n) {
		keys[n].n = n
		keys[n].fill(&t.at(n).endpoints, g)
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		for i := range a.words {
			if a.words[i] != b.words[i] {
				if a.words[i] < b.words[i] {
					return -1
				}
				return 1
			}
		}
		return 0
	})
	return keys
}

// fill makes the key of a transfer. Protocols sort by their names, with each
// the older IP first.
func (k *sortKey) fill(e *endpoints, g Grouping) {
	var b [40]byte
	switch e.protocol {
	case header.ProtocolTCP:
		b[0] = 2
	case header.ProtocolUDP:
		b[0] = 3
	case header.ProtocolICMPv6:
		b[0] = 1
	}
	b[1] = e.version
	copy(b[2:], e.local[:])
	if g == Ungrouped {
		binary.BigEndian.PutUint16(b[18:], e.localPort)
		copy(b[20:], e.remote[:])
		binary.BigEndian.PutUint16(b[36:], e.remotePort)
	} else {
		copy(b[18:], e.remote[:])
		if g == ByService {
			binary.BigEndian.PutUint16(b[34:], min(e.localPort, e.remotePort))
		}
	}
	for i := range k.words {
		k.words[i] = binary.BigEndian.Uint64(b[8*i:])
	}
}

// row is what is shown of one transfer or group.
type row struct {
	endpoints
	port  int32 // of a group: the lower port, or header.NoPort
	ways  [2]counts
	group uint64 // transfers in it
}

// each calls show with every row, in order.
func (t *transfers) each(g Grouping, show func(*row)) {
	keys := t.sorted(g)
	for i := 0; i < len(keys); {
		first := t.at(keys[i].n)
		r := row{endpoints: first.endpoints, port: header.NoPort, ways: first.ways, group: t.group(keys[i].n)}
		if local, remote := first.ports(); g == ByService {
			r.port = min(local, remote)
		}
		j := i + 1
		for ; g != Ungrouped && j < len(keys) && keys[j].words == keys[i].words; j++ {
			other := t.at(keys[j].n)
			r.ways[0].add(&other.ways[0])
			r.ways[1].add(&other.ways[1])
			r.group += t.group(keys[j].n)
		}
		show(&r)
		i = j
	}
}

// group is how many transfers one stands for.
func (t *transfers) group(n uint32) uint64 {
	if t.groups == nil {
		return 1
	}
	return t.groups[n]
}
