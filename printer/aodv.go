// aodv.go: Ad hoc On-Demand Distance Vector Routing (RFC 3561), over IPv6 also in the form of an early draft
// (draft-perkins-manet-aodv6-01).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	aodvDraft = versions.Since(versions.V5_0, "AODV", "types 16 to 19 are those of draft-perkins-manet-aodv6-01; over IPv6 a request is `v6 rreq`",
		"types 16 to 19 are not known: `aodv type 16 64`; over IPv6 a request is `rreq`")
	aodvChecks = versions.Since(versions.V5_0, "AODV", "a message that is too short or cut is `aodv [\\|aodv]`",
		"its type is printed; one that is too short is `aodv rreq [message length 23 < 24] (invalid)`, other checks have `[remaining length 7 < 8]` and `[ext data length 5 < 6]`")
)

const (
	aodvRequest    = 1
	aodvReply      = 2
	aodvError      = 3
	aodvAck        = 4
	aodvRequest601 = 16
	aodvReply601   = 17
	aodvError601   = 18
	aodvAck601     = 19

	aodvHello = 1
)

func (p *Printer) aodv(b []byte, length int, ip6 bool) {
	p.proto = "aodv"
	early := p.follows(aodvChecks)
	if early {
		p.str(" aodv")
	}
	kind := u8(b, 0)
	if !early {
		p.str(" aodv")
	}
	form := aodvForm{size: 4}
	if ip6 {
		form.size = 16
	}
	if p.follows(aodvDraft) {
		if kind >= aodvRequest601 {
			p.printf(" type %d %d", kind, uint32(length))
			return
		}
	} else if kind >= aodvRequest601 && kind <= aodvError601 {
		form = aodvForm{size: 16, draft: true}
	}
	switch kind {
	case aodvRequest, aodvRequest601:
		p.aodvRequest(b, length, form)
	case aodvReply, aodvReply601:
		p.aodvReply(b, length, form)
	case aodvError, aodvError601:
		p.aodvError(b, length, form)
	case aodvAck, aodvAck601:
		p.printf(" rrep-ack %d", uint32(length))
	default:
		p.printf(" type %d %d", kind, uint32(length))
	}
}

// aodvForm says how long addresses are and in what order fields stand: the draft
// has the sequence numbers before the addresses.
type aodvForm struct {
	size  int
	draft bool
}

// fields are the offsets of two addresses and two numbers behind the first
// fixed bytes of a message, and where the message ends.
func (f aodvForm) fields(fixed int) (first, second, firstNumber, secondNumber, end int) {
	if f.draft {
		return fixed + 8, fixed + 8 + f.size, fixed, fixed + 4, fixed + 8 + 2*f.size
	}
	return fixed, fixed + f.size + 4, fixed + f.size, fixed + 2*f.size + 4, fixed + 2*f.size + 8
}

// aodvAddress appends the address at b[i].
func (p *Printer) aodvAddress(b []byte, i int, f aodvForm) {
	if f.size == 4 {
		p.appendAddr4(ip4At(b, i))
	} else {
		p.appendAddr6(ip6At(b, i))
	}
}

// aodvWhole reports whether a part of n bytes was captured and belongs to the
// message, of which length bytes remain; it says so if not. what is the name of the
// length.
func (p *Printer) aodvWhole(what string, b []byte, length, n int) bool {
	if p.follows(aodvChecks) {
		if p.lacks(what, length, n) {
			return false
		}
		need(b, 0, n)
	}
	if has(b, 0, n) && length >= n {
		return true
	}
	p.truncMark()
	return false
}

// aodvNamed prints the name of a message and reports whether all n bytes of it were
// captured and belong to it; it says so if not. Versions differ in when the name
// comes.
func (p *Printer) aodvNamed(name string, b []byte, length, n int) bool {
	if p.follows(aodvChecks) {
		p.str(name)
		return p.aodvWhole("message length", b, length, n)
	}
	if !p.aodvWhole("", b, length, n) {
		return false
	}
	p.str(name)
	return true
}

// aodvRequest prints a route request (section 5.1). The flags are looked for in
// the type, as in the reference, so that none but the draft's type shows one.
func (p *Printer) aodvRequest(b []byte, length int, f aodvForm) {
	dst, src, dstSeq, srcSeq, end := f.fields(8)
	name := " rreq"
	if f.size == 16 && !f.draft && !p.follows(aodvDraft) {
		name = " v6 rreq"
	}
	if !p.aodvNamed(name, b, length, end) {
		return
	}
	p.printf(" %d ", uint32(length))
	if b[0]&0x10 != 0 {
		p.str("[D]")
	}
	p.printf(" hops %d id 0x%08x\n\tdst ", b[3], u32(b, 4))
	p.aodvAddress(b, dst, f)
	p.printf(" seq %d src ", u32(b, dstSeq))
	p.aodvAddress(b, src, f)
	p.printf(" seq %d", u32(b, srcSeq))
	p.aodvExtension(b[end:], length-end)
}

// aodvReply prints a route reply (section 5.2).
func (p *Printer) aodvReply(b []byte, length int, f aodvForm) {
	dst, src, dstSeq, lifetime, end := f.fields(4)
	if f.draft {
		// only the sequence number has moved
		dst, src, dstSeq, lifetime = 8, 8+f.size, 4, 8+2*f.size
	}
	if !p.aodvNamed(" rrep", b, length, end) {
		return
	}
	p.printf(" %d  prefix %d hops %d\n\tdst ", uint32(length), b[2]&0x1f, b[3])
	p.aodvAddress(b, dst, f)
	p.printf(" dseq %d src ", u32(b, dstSeq))
	p.aodvAddress(b, src, f)
	p.printf(" %d ms", u32(b, lifetime))
	p.aodvExtension(b[end:], length-end)
}

// aodvError prints the destinations that are no longer reachable (section 5.3).
func (p *Printer) aodvError(b []byte, length int, f aodvForm) {
	if !p.aodvNamed(" rerr", b, length, 4) {
		return
	}
	p.char(' ')
	if b[1]&0x80 != 0 {
		p.str("[D]")
	}
	count := b[3]
	p.printf(" [items %d] [%d]:", count, uint32(length))
	n := f.size + 4
	for i := 4; count > 0; i, count = i+n, count-1 {
		if !p.aodvWhole("remaining length", at(b, i), length-i, n) {
			return
		}
		p.str(" {")
		p.aodvAddress(b, i, f)
		p.printf("}(%d)", u32(b, i+f.size))
	}
}

// aodvHelloFits reports whether there is room for a hello interval, as aodvWhole.
func (p *Printer) aodvHelloFits(b []byte, length int) bool {
	const size = 6
	if p.follows(aodvChecks) && length >= size {
		return true // it ends where its last field is read
	}
	return p.aodvWhole("ext data length", b, length, size)
}

// aodvExtension prints what follows a message (section 5.4), if anything.
func (p *Printer) aodvExtension(b []byte, length int) {
	if length < 2 {
		return
	}
	if !has(b, 0, 2) {
		p.truncSince(aodvChecks)
		return
	}
	kind, n := b[0], b[1]
	switch {
	case kind != aodvHello:
		p.printf("\n\text %d %d", kind, n)
	case !p.aodvHelloFits(b, length):
	case n < 4:
		p.printf("\n\text HELLO - bad length %d", n)
		if p.follows(aodvChecks) {
			p.invalid()
		}
	default:
		p.printf("\n\text HELLO %d ms", u32(b, 2))
	}
}
