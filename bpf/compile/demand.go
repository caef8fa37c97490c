package compile

import (
	"math/bits"
	"net/netip"
	"slices"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// maxDemands bounds the keys of a demand: with more of them reading on is as fast as
// asking for each.
const maxDemands = 1024

// promise is what a packet has for which a predicate holds, besides what the parts of
// that promise.
type promise struct {
	keys  []Key // all of them; of a range of ports one
	some  bool  // one of keys
	after int   // of the terms that shift what follows, the first so many must hold too
	shift int   // the predicate is that of the term with that number; 0: of none
}

// Demand is what packets must have that the program accepts, as far as its terms say:
// Options.Demand asks for it. Without that every packet may pass.
func (p *Program) Demand() *Demand {
	if p.demand == nil {
		return Whatever()
	}
	return p.demand
}

// promises reports whether it is worth saying what a predicate promises: somebody asks,
// and the layers of the link type are those that keys are taken from.
func (g *generator) promises() bool {
	if !g.opts.Demand || g.shifts > maxShifts {
		return false
	}
	switch g.link.outermost {
	case capture.LinkEN10MB, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2, capture.LinkRAW,
		capture.LinkIPV4, capture.LinkIPV6, capture.LinkNULL, capture.LinkLOOP:
		return true
	}
	return false
}

// promise notes that packets for which p holds have all keys.
func (g *generator) promise(p *pred, keys ...Key) *pred {
	if g.promises() && len(keys) > 0 {
		p.promises = append(p.promises, promise{keys: keys, after: g.shifts})
	}
	return p
}

// shiftedBy notes that p is the predicate of a term that has what follows look elsewhere.
func (g *generator) shiftedBy(p *pred) *pred {
	if g.shifts++; g.promises() {
		p.promises = append(p.promises, promise{shift: g.shifts})
	}
	return p
}

// promiseIPv4 notes the network that an IPv4 address is in: as many bits as mask has in
// front.
func (g *generator) promiseIPv4(p *pred, addr, mask uint32) *pred {
	return g.promise(p, address4(addr, bits.LeadingZeros32(^mask)))
}

func (g *generator) promiseIPv6(p *pred, addr netip.Addr, bits int) *pred {
	return g.promise(p, address6(addr, bits))
}

// maxPortKeys is how many ports of a range are asked for one by one.
const maxPortKeys = 64

// promisePorts notes one of a range of ports.
func (g *generator) promisePorts(p *pred, low, high uint32, transport int) *pred {
	if !g.promises() {
		return p
	}
	if transport != anyTransport {
		p = g.promise(p, NumberKey(KeyProtocol, uint32(transport)))
	}
	if high-low >= maxPortKeys {
		return p
	}
	var ports []Key
	for n := low; n <= high; n++ {
		ports = append(ports, NumberKey(KeyPort, n))
	}
	p.promises = append(p.promises, promise{keys: ports, some: true, after: g.shifts})
	return p
}

// promiseType notes what the link layer carries, where a single field says so.
func (g *generator) promiseType(p *pred, proto uint32) *pred {
	switch g.link.kind {
	case capture.LinkEN10MB, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2:
	case capture.LinkRAW, capture.LinkNULL, capture.LinkLOOP:
		if proto != etherIP && proto != etherIPv6 {
			return p
		}
	default:
		return p
	}
	if g.link.labels > 0 || proto <= etherMTU || proto == etherATalk || proto == etherAARP || proto == sapIPX {
		return p
	}
	return g.promise(p, NumberKey(KeyEtherType, proto))
}

func (g *generator) promiseVLAN(p *pred, t *syntax.Term) *pred {
	if !t.HasNum {
		return p
	}
	return g.promise(p, NumberKey(KeyVLAN, t.Num))
}

func (g *generator) promiseMAC(p *pred, mac []byte) *pred {
	if len(mac) != 6 {
		return p
	}
	return g.promise(p, hardware(mac))
}

// maxShifts is how many terms that shift what follows are told apart.
const maxShifts = 16

// demander turns a formula into a demand.
type demander struct {
	left   int  // keys that may be asked for
	shifts bool // there are terms that shift what follows
}

// demandOf is the demand of a formula, in which are so many terms that shift what
// follows.
func demandOf(p *pred, shifts int) *Demand {
	d := demander{left: maxDemands, shifts: shifts > 0}
	return d.of(p, 0)
}

// shiftSet are the terms that shift what follows and are known to hold: bit i for that
// with number i.
type shiftSet uint32

// of is the demand of p where the terms of known hold.
func (d *demander) of(p *pred, known shiftSet) *Demand {
	parts := d.kept(p, known)
	switch p.op {
	case predFalse, predAbort:
		return never()
	case predAnd:
		for _, operand := range operands(p) {
			parts = append(parts, d.of(operand, known))
			if d.shifts {
				known |= implied(operand)
			}
		}
	case predOr:
		parts = append(parts, d.someOf(p, known))
	case predNot:
		parts = append(parts, d.ofNot(p.a, known))
	}
	return allOf(parts...)
}

// kept is what p promises by itself.
func (d *demander) kept(p *pred, known shiftSet) (parts []*Demand) {
	for _, m := range p.promises {
		needed := shiftSet(1<<(m.after+1) - 2)
		if known&needed != needed || len(m.keys) == 0 {
			continue
		}
		if d.left -= len(m.keys); d.left < 0 {
			continue
		}
		var keys []*Demand
		for _, k := range m.keys {
			keys = append(keys, demandFor(k))
		}
		if m.some {
			parts = append(parts, SomeOf(keys...))
		} else {
			parts = append(parts, keys...)
		}
	}
	return parts
}

// operands are those of a chain of one operator, which hangs together on its left side
// up to where there is a promise.
func operands(p *pred) (list []*pred) {
	op := p.op
	for p.op == op && (len(list) == 0 || len(p.promises) == 0) {
		list = append(list, p.b)
		p = p.a
	}
	list = append(list, p)
	slices.Reverse(list)
	return list
}

func (d *demander) someOf(p *pred, known shiftSet) *Demand {
	var some []*Demand
	for _, operand := range operands(p) {
		if d.left < 0 {
			return Whatever()
		}
		some = append(some, d.of(operand, known))
	}
	return SomeOf(some...)
}

// ofNot is the demand of what p does not hold for: what p promises says nothing about
// that.
func (d *demander) ofNot(p *pred, known shiftSet) *Demand {
	switch p.op {
	case predTrue:
		return never()
	case predNot:
		return d.of(p.a, known)
	case predOr, predAnd:
		var parts []*Demand
		for _, operand := range operands(p) {
			parts = append(parts, d.ofNot(operand, known))
		}
		if p.op == predOr {
			return allOf(parts...)
		}
		return SomeOf(parts...)
	}
	return Whatever()
}

// implied are the shifting terms that hold where p does.
func implied(p *pred) (all shiftSet) {
	for ; ; p = p.a {
		for _, m := range p.promises {
			if m.shift > 0 {
				all |= 1 << m.shift
			}
		}
		if p.op != predAnd {
			return all
		}
		all |= implied(p.b)
	}
}
