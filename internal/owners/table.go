package owners

import (
	"net/netip"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/recent"
)

// MaxFlows bounds the flows whose owners are remembered.
const MaxFlows = 65536

// Table has the owners of recent flows. It is for one goroutine.
type Table struct {
	client  *Client
	flows   map[key]*entry
	asked   map[uint32]*entry // by the numbers of questions
	recent  recent.List[entry]
	answers []answer
	failure error

	gathered int64 // since when the client gathers questions; ns since 1970

	forgotten uint64
}

// key is a flow, both directions of which have the same one: the lower end is first.
type key struct {
	a, b      netip.AddrPort
	protocol  uint8
	namespace uint32
}

// entry is what is known of a flow.
type entry struct {
	key
	ends     Ends // From is of a, To of b
	question uint32
	answered bool
	at       int64 // ns since 1970, of the packet for which it was asked last
	links    recent.Links[entry]
}

// After an owner was found the helper is asked again, as sockets may be handed to others;
// and sooner where none was found for a socket.
const (
	refreshAfter = int64(time.Second)
	retryAfter   = int64(300 * time.Millisecond)
	gatherFor    = int64(50 * time.Millisecond) // questions that nobody waits for
)

// NewTable has a client answer.
func NewTable(c *Client) *Table {
	return &Table{
		client: c, flows: make(map[key]*entry), asked: make(map[uint32]*entry),
		recent: recent.NewList(func(e *entry) *recent.Links[entry] { return &e.links }),
	}
}

// Forgotten is how many flows were forgotten as there were more than MaxFlows.
func (t *Table) Forgotten() uint64 { return t.forgotten }

// Look returns what is known of a flow of which a packet was captured. begins says that
// it is the first of a connection. answered is false while the answer is awaited, for
// which it is worth to wait.
func (t *Table) Look(f *Flow, when capture.Timestamp, begins bool) (ends Ends, answered bool) {
	k := key{f.From, f.To, f.Protocol, f.Namespace}
	turned := f.To.Compare(f.From) < 0
	if turned {
		k.a, k.b = k.b, k.a
	}
	now := when.Sec*int64(time.Second) + when.Nsec
	e := t.flows[k]
	if e == nil {
		e = t.add(k)
	} else if t.recent.Newest != e {
		t.recent.Touch(e)
	}
	if begins && e.answered && now-e.at >= retryAfter {
		e.answered, e.ends = false, Ends{WhyFrom: Unasked, WhyTo: Unasked}
	}
	if e.question == 0 && t.failure == nil && (!e.answered || now-e.at >= e.age()) {
		t.ask(e, f.Interface, now)
	}
	if len(t.client.gathered) > 0 && now-t.gathered >= gatherFor {
		t.client.flush() // else the next time
	}
	if !turned {
		return e.ends, e.answered || t.failure != nil
	}
	return Ends{e.ends.To, e.ends.From, e.ends.WhyTo, e.ends.WhyFrom}, e.answered || t.failure != nil
}

// Forget forgets all of a network namespace, which has ended: what looks up owners there
// would keep it.
func (t *Table) Forget(namespace uint32) {
	for k, e := range t.flows {
		if k.namespace == namespace {
			t.remove(e)
		}
	}
	t.client.forget(namespace)
}

func (t *Table) remove(e *entry) {
	t.recent.Remove(e)
	delete(t.flows, e.key)
	delete(t.asked, e.question)
}

// age is after which time it is asked again.
func (e *entry) age() int64 {
	if e.ends.WhyFrom == Gone || e.ends.WhyTo == Gone {
		return retryAfter
	}
	return refreshAfter
}

func (t *Table) add(k key) *entry {
	if len(t.flows) >= MaxFlows {
		t.remove(t.recent.Oldest)
		t.forgotten++
	}
	e := &entry{key: k, ends: Ends{WhyFrom: Unasked, WhyTo: Unasked}}
	t.flows[k] = e
	t.recent.Touch(e)
	return e
}

func (t *Table) ask(e *entry, iface string, now int64) {
	flow := Flow{Namespace: e.namespace, Protocol: e.protocol, From: e.a, To: e.b, Interface: iface}
	if len(t.client.gathered) == 0 {
		t.gathered = now
	}
	if e.question = t.client.ask(&flow, e.answered); e.question != 0 {
		t.asked[e.question], e.at = e, now
	}
}

// Collect takes the answers that have come. The error says, once, that there will be no
// more.
func (t *Table) Collect() error {
	answers, err := t.client.taken(t.answers)
	t.answers = answers
	for i := range answers {
		a := &answers[i]
		e := t.asked[a.number]
		if e == nil {
			continue // it is forgotten
		}
		delete(t.asked, a.number)
		e.question = 0
		e.take(&a.ends)
	}
	if err != nil && t.failure == nil {
		t.failure = err
		return err
	}
	return nil
}

// take takes an answer. An owner who is gone stays that of the packets which are still
// under way.
func (e *entry) take(ends *Ends) {
	first := !e.answered
	e.answered = true
	if first || ends.From != nil {
		e.ends.From, e.ends.WhyFrom = kept(e.ends.From, ends.From), ends.WhyFrom
	}
	if first || ends.To != nil {
		e.ends.To, e.ends.WhyTo = kept(e.ends.To, ends.To), ends.WhyTo
	}
}

// kept is the owner from before, if that says the same.
func kept(before, now *Owner) *Owner {
	if before != nil && now != nil && *before == *now {
		return before
	}
	return now
}
