package report

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
)

const (
	portDNS = 53
	// patience is how long an answer may take.
	patience = int64(5 * time.Second)
	// maxSilent is how many queries without an answer are remembered.
	maxSilent = 256
)

// query is what tells a DNS query from others.
type query struct {
	client, server netip.Addr
	port, id       uint16
}

// waiting is a query that may still get an answer, or got none.
type waiting struct {
	query
	time     int64
	answered bool
	stack    stacks
	packets  uint64 // it was sent more than once
	name     [nameRoom]byte
	length   uint8 // of name
}

// nameRoom is how much of a name is kept.
const nameRoom = 96

// queries are those that wait, in the order of time: a ring.
type queries struct {
	ring   []waiting
	from   int // the oldest
	n      int
	places map[query]int

	silent  []waiting // without an answer
	missing uint64    // queries without an answer, those included that are not in silent
	given   uint64    // queries that were not waited for, as there were too many
}

// datagram looks at a UDP datagram for DNS. What is not on DNS's port no expression
// finds, and is left out.
func (x *findings) datagram(pkt *capture.Packet, f *Facts, now int64) {
	p := f.Header
	if p.SrcPort != portDNS && p.DstPort != portDNS || len(p.Payload) < 4 {
		return
	}
	b := p.Payload
	id, answer := binary.BigEndian.Uint16(b), b[2]&0x80 != 0
	name := nameOf(f.Said)
	switch {
	case answer && p.SrcPort == portDNS:
		x.queries.answer(query{p.Dst, p.Src, uint16(p.DstPort), id}, now)
		k := nameMissing
		switch b[3] & 15 {
		case 0:
			return
		case 2:
			k = serverFailed
		case 3:
		case 5:
			k = dnsRefused
		default:
			k = dnsOther
		}
		x.count(k, pkt, f, example{src: p.Src, port: header.NoPort, code: -1}, name)
	case !answer && p.DstPort == portDNS:
		x.queries.ask(query{p.Src, p.Dst, uint16(p.SrcPort), id}, now, stackOf(pkt, f), name)
	}
}

// nameOf is the name that is asked for.
func nameOf(said *apps.Said) []byte {
	if said == nil {
		return nil
	}
	name, _, _ := said.Value(apps.FieldDNSQName, 0)
	return name
}

// ask notes a query.
func (q *queries) ask(k query, now int64, stack stacks, name []byte) {
	q.expire(now)
	if i, again := q.places[k]; again {
		q.ring[i].packets++
		return
	}
	if q.places == nil {
		q.places = make(map[query]int)
		q.ring = make([]waiting, maxPending)
	}
	if q.n == maxPending {
		q.given++
		q.drop()
	}
	i := (q.from + q.n) % maxPending
	w := &q.ring[i]
	*w = waiting{query: k, time: now, stack: stack, packets: 1}
	w.length = uint8(copy(w.name[:], name))
	q.places[k] = i
	q.n++
}

// answer notes an answer, if it comes in time.
func (q *queries) answer(k query, now int64) {
	q.expire(now)
	if i, ok := q.places[k]; ok {
		q.ring[i].answered = true
	}
}

// expire ends waiting for those that were asked for too long ago.
func (q *queries) expire(now int64) {
	for q.n > 0 && q.ring[q.from].time+patience < now {
		if w := &q.ring[q.from]; !w.answered {
			q.missing++
			if len(q.silent) < maxSilent {
				q.silent = append(q.silent, *w)
			}
		}
		q.drop()
	}
}

// drop takes the oldest out.
func (q *queries) drop() {
	delete(q.places, q.ring[q.from].query)
	q.from = (q.from + 1) % maxPending
	q.n--
}

// unanswered are the queries without an answer as of a time, and how many there are.
func (q *queries) unanswered(now int64) (all []waiting, total uint64) {
	all, total = append(all, q.silent...), q.missing
	for i := range q.n {
		if w := &q.ring[(q.from+i)%maxPending]; !w.answered && w.time+patience < now {
			total++
			if len(all) < maxSilent {
				all = append(all, *w)
			}
		}
	}
	return all, total
}
