// aodv.go: Ad hoc On-Demand Distance Vector Routing (RFC 3561), over IPv6 also in the form of an early draft
// (draft-perkins-manet-aodv6-01).

package printer

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
	kind := u8(b, 0)
	p.str(" aodv")
	form := aodvForm{size: 4}
	if ip6 {
		form.size = 16
	}
	if kind >= aodvRequest601 && kind <= aodvError601 {
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
// message, and marks it as cut off when not.
func (p *Printer) aodvWhole(b []byte, length, n int) bool {
	if has(b, 0, n) && length >= n {
		return true
	}
	p.truncMark()
	return false
}

// aodvRequest prints a route request (section 5.1). The flags are looked for in
// the type, as in the reference, so that none but the draft's type shows one.
func (p *Printer) aodvRequest(b []byte, length int, f aodvForm) {
	dst, src, dstSeq, srcSeq, end := f.fields(8)
	if !p.aodvWhole(b, length, end) {
		return
	}
	if f.size == 16 && !f.draft {
		p.str(" v6")
	}
	p.printf(" rreq %d ", uint32(length))
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
	if !p.aodvWhole(b, length, end) {
		return
	}
	p.printf(" rrep %d  prefix %d hops %d\n\tdst ", uint32(length), b[2]&0x1f, b[3])
	p.aodvAddress(b, dst, f)
	p.printf(" dseq %d src ", u32(b, dstSeq))
	p.aodvAddress(b, src, f)
	p.printf(" %d ms", u32(b, lifetime))
	p.aodvExtension(b[end:], length-end)
}

// aodvError prints the destinations that are no longer reachable (section 5.3).
func (p *Printer) aodvError(b []byte, length int, f aodvForm) {
	if !p.aodvWhole(b, length, 4) {
		return
	}
	p.str(" rerr ")
	if b[1]&0x80 != 0 {
		p.str("[D]")
	}
	count := b[3]
	p.printf(" [items %d] [%d]:", count, uint32(length))
	n := f.size + 4
	for i := 4; count > 0; i, count = i+n, count-1 {
		if !p.aodvWhole(at(b, i), length-i, n) {
			return
		}
		p.str(" {")
		p.aodvAddress(b, i, f)
		p.printf("}(%d)", u32(b, i+f.size))
	}
}

// aodvExtension prints what follows a message (section 5.4), if anything.
func (p *Printer) aodvExtension(b []byte, length int) {
	if length < 2 {
		return
	}
	if !has(b, 0, 2) {
		p.truncMark()
		return
	}
	kind, n := b[0], b[1]
	switch {
	case kind != aodvHello:
		p.printf("\n\text %d %d", kind, n)
	case !p.aodvWhole(b, length, 6):
	case n < 4:
		p.printf("\n\text HELLO - bad length %d", n)
	default:
		p.printf("\n\text HELLO %d ms", u32(b, 2))
	}
}
