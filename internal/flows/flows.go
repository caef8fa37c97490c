// Package flows follows conversations over TCP, UDP and ICMP, and makes a record of
// each when it has ended. What records say is what Zeek's conn.log says, under its
// names: who began, how much each side sent, how it ended, a letter for what happened
// (docs.zeek.org, base/protocols/conn). Round-trip times and losses are those of
// package tcpanalysis, services and names those of package apps; what packets say of
// them is added up here.
//
//	t := flows.New(flows.Options{}, write)
//	for each packet {
//		err = t.Add(&packet)
//	}
//	err = t.Close()
//
// flows.go takes a packet and finds its flow, which table.go holds and ends in time;
// state.go follows TCP, history.go writes letters down, flow.go makes the record, and
// columns.go has its columns.
//
// A Tracker goes by the times of packets alone, and the same packets make the same
// records in the same order. It does not allocate for a packet of a flow that it
// knows; its memory is bounded: see Options. It is for one goroutine, and touches
// nothing but memory.
package flows

import (
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/endpoints"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Options of a Tracker. The zero value is the usual.
type Options struct {
	// Idle is how long a flow may be silent before it has ended; 0: as in Zeek, five
	// minutes for TCP, one minute for UDP, ICMP and handshakes.
	Idle time.Duration
	// Interval is after how long a record is written of a flow that goes on, as of one
	// that ends. The next one has what came later. 0: never.
	Interval time.Duration
	// MaxFlows is how many are known at once; 0: MaxFlows. One takes some 400 bytes. For
	// a new one that would be too many, the record is written early of one that has
	// ended or was silent for longest, as a sample of 16 shows.
	MaxFlows int
	// NoChecksums says that checksums are not to be looked at.
	NoChecksums bool
}

// MaxFlows is how many flows are known at once, unless Options say otherwise.
const MaxFlows = 400_000

// Zeek's times (base/init-bare.zeek): tcp_inactivity_timeout, that of UDP and ICMP,
// tcp_attempt_delay and tcp_close_delay.
const (
	idleTCP = int64(5 * time.Minute)
	idle    = int64(time.Minute)
	linger  = int64(5 * time.Second)
)

// Tracker follows flows.
type Tracker struct {
	options Options
	write   func(*Flow) error
	table   table
	names   names
	before  int64 // time of the packet before
	losses  Losses
	out     Flow // scratch

	interfaces interfaces
	fragments  fragments
}

// Losses are what could not be followed as it should.
type Losses struct {
	Early     uint64 // records that were written early, to stay within bounds
	Nameless  uint64 // names that are missing, to stay within bounds
	Outside   uint64 // packets of no flow: not over IP, of other protocols, fragments without the first, cut
	Followed  uint64 // packets of flows
	Remaining int    // flows that are known now
}

// New makes a Tracker, which has write called with each record. A Flow is valid until
// write returns. Its error is returned by what was called of the Tracker.
func New(o Options, write func(*Flow) error) *Tracker {
	if o.MaxFlows <= 0 {
		o.MaxFlows = MaxFlows
	}
	t := &Tracker{options: o, write: write}
	t.table.init(o.MaxFlows)
	return t
}

// Losses are those so far.
func (t *Tracker) Losses() Losses {
	l := t.losses
	l.Remaining = t.table.used
	return l
}

// Add takes a packet that was captured behind all those before.
func (t *Tracker) Add(r *records.Packet) error {
	if !features.HasRecords {
		return features.Records.Need("")
	}
	now := r.Pkt.Time.Sec*1e9 + r.Pkt.Time.Nsec
	if t.losses.Followed+t.losses.Outside == 0 {
		t.before = now
	}
	clock := min(t.before, now) // one wrong clock reading ends no flow
	t.before = now
	if err := t.advance(clock); err != nil {
		return err
	}
	if !r.Decoded {
		if t.later(r, now) {
			t.losses.Followed++
		} else {
			t.losses.Outside++
		}
		return nil
	}
	t.losses.Followed++
	key, forward := keyOf(&r.Header)
	i, err := t.lookup(&key, forward, r, now)
	if err != nil {
		return err
	}
	f := t.table.at(i)
	from := 0
	if forward == f.flipped {
		from = 1
	}
	t.add(f, from, r, now)
	if r.Header.Fragment() {
		t.first(i, from, r)
	}
	if f.bucket == none {
		t.schedule(i)
	}
	return nil
}

// keyOf is the key of the flow that a packet belongs to, and whether its lower
// endpoint sent it. Messages of ICMP have their type as port of the sender; the other
// one is the type that answers it, or their code where there is none.
func keyOf(p *header.Packet) (key endpoints.Pair, forward bool) {
	if !p.ICMP() {
		key, forward = endpoints.Of(p)
		if p.Protocol == header.ProtocolUDP {
			key.Label(labelUDP)
		}
		return key, forward
	}
	src, dst, oneWay := records.FlowPorts(p.Protocol, uint16(p.Transport[0]), uint16(p.Transport[1]))
	key, forward = endpoints.WithPorts(p, src, dst)
	switch {
	case !oneWay:
		key.Label(labelICMP)
	case forward:
		key.Label(labelOneWay)
	default:
		key.Label(labelOneWayBack)
	}
	return key, forward
}

// Labels tell flows of the same endpoints apart; that of TCP is 0.
const (
	labelUDP = iota + 1
	labelICMP
	labelOneWay // messages that nobody answers make a flow of each direction
	labelOneWayBack
)

// lookup finds the flow of a packet, or begins one. forward says that the lower
// endpoint of its key sent it.
func (t *Tracker) lookup(key *endpoints.Pair, forward bool, r *records.Packet, now int64) (uint32, error) {
	at := uint32(0)
	if r.TCP != nil {
		at = r.TCP.Place
	}
	i, ok := t.table.find(key, at)
	if ok {
		f := t.table.at(i)
		switch {
		case t.deadline(f) <= now, f.reused(&r.Header, forward != f.flipped):
			if err := t.finish(i); err != nil {
				return 0, err
			}
		case t.options.Interval > 0 && f.packets() > 0 && now-f.first >= int64(t.options.Interval):
			return i, t.report(f)
		default:
			return i, nil
		}
	}
	if t.table.full() {
		t.losses.Early++
		if err := t.finish(t.table.dispensable()); err != nil {
			return 0, err
		}
	}
	i = t.table.add(key)
	t.table.remember(i, at)
	f := t.table.at(i)
	f.protocol, f.flipped = r.Header.Protocol, !forward
	f.start = now
	f.place = place{interfaceID: t.interfaces.id(r.Interface), vlan: vlanID(r), tunnels: r.Tunnels}
	if begunByOther(&r.Header) {
		f.flip()
	}
	return i, nil
}

// add adds a packet to its flow, of which end from sent it.
func (t *Tracker) add(f *flow, from int, r *records.Packet, now int64) {
	p := &r.Header
	e := &f.ends[from]
	if f.packets() == 0 {
		f.first, f.last = now, now
	}
	e.packets++
	e.ipBytes += ipLength(r)
	wrong := !t.options.NoChecksums && !checksumRight(r)
	switch p.Protocol {
	case header.ProtocolTCP:
		if wrong {
			f.often(from, 'c', &f.sums[from].wrong)
		}
		if !p.Fragment() {
			var s segment
			s.read(r)
			f.segment(from, &s, now)
			f.analysed(r.TCP)
		}
	case header.ProtocolUDP:
		if wrong {
			f.often(from, 'c', &f.sums[from].wrong)
		}
		f.once(from, 'd')
		f.sums[from].bytes += uint64(p.Length)
		f.last = max(f.last, now)
	default:
		f.sums[from].bytes += icmpLength(r)
		f.last = max(f.last, now)
	}
	if r.Said != nil {
		t.said(f, r.Said)
	}
}

// Tick ends what has ended by a time, in nanoseconds since 1970, though no packet
// comes.
func (t *Tracker) Tick(now int64) error { return t.advance(now) }

// Close writes the records of all flows that have not ended, in the order in which
// they began. The error is the first one; the others are written all the same.
func (t *Tracker) Close() error {
	if !features.HasRecords {
		return features.Records.Need("")
	}
	if !features.HasRecords {
		return features.Records.Need("")
	}
	var first error
	for _, i := range t.table.inOrder() {
		if err := t.finish(i); first == nil {
			first = err
		}
	}
	return first
}

// ipLength is the length of the innermost IP packet on the wire, in bytes.
func ipLength(r *records.Packet) uint64 {
	p := &r.Header
	if p.Version == 4 {
		if n := header.IPv4(p.IP).TotalLength(); n > 0 {
			return uint64(n)
		}
	} else if n := header.IPv6(p.IP).PayloadLength(); n > 0 {
		return 40 + uint64(n)
	}
	return uint64(max(0, int64(r.Pkt.Length)-int64(p.Offset))) // cut up later by the sender's card
}

// icmpLength is what follows the first eight bytes of a message.
func icmpLength(r *records.Packet) uint64 {
	n := int64(ipLength(r)) - int64(len(r.Header.IP)) - 8
	return uint64(max(0, n))
}

// analysed adds what tcpanalysis says of a segment.
func (f *flow) analysed(r *tcpanalysis.Result) {
	if r == nil {
		return
	}
	m := &f.tcp
	if r.HasAckRTT {
		m.rtt(r.AckRTT)
	}
	if r.HasHandshake && m.handshake == 0 {
		m.handshake = microseconds(r.Handshake)
	}
	const counted = tcpanalysis.Retransmission | tcpanalysis.OutOfOrder | tcpanalysis.ZeroWindow
	if r.Marks&counted == 0 {
		return
	}
	if r.Marks&tcpanalysis.Retransmission != 0 {
		m.retransmissions++
	}
	if r.Marks&tcpanalysis.OutOfOrder != 0 {
		m.outOfOrder++
	}
	if r.Marks&tcpanalysis.ZeroWindow != 0 {
		m.zeroWindows++
	}
}
