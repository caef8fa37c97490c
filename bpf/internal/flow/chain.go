package flow

import "github.com/tapdump/tapdump/bpf"

// Protocols that a walk along headers passes.
const (
	protoHopOpts  = 0
	protoRouting  = 43
	protoFragment = 44
	protoAH       = 51
	protoNoNext   = 59
	protoDstOpts  = 60
)

// loop leaves the protocol that the walk c ends with in A. It is a loop, which
// Linux does not take. A is the protocol of a header, X where the header is.
func (p *plain) loop(c *Chain) {
	if p.words == 0 {
		p.err = errScratch
		return
	}
	top := len(p.body)
	var out, options []int // jumps to the end, jumps to the extension headers
	leave := func(k uint32) {
		out = append(out, len(p.body))
		p.emit(bpf.JMP|bpf.JEQ|bpf.K, k)
	}
	leave(c.Want)
	leave(protoNoNext)
	if c.IP6 {
		for _, proto := range [...]uint32{protoHopOpts, protoDstOpts, protoRouting, protoFragment} {
			options = append(options, len(p.body))
			p.emit(bpf.JMP|bpf.JEQ|bpf.K, proto)
		}
	}
	last := len(p.body)
	p.emit(bpf.JMP|bpf.JEQ|bpf.K, protoAH)
	// RFC 4302, section 2.2: length in words, less 2. libpcap takes it from the
	// IP header on, and so do we, to match the same packets.
	p.step(c.Off, 2, 4, false, top)
	if c.IP6 {
		for _, i := range options {
			p.body[i].Jt = uint8(len(p.body) - i - 1)
		}
		p.step(c.Off, 1, 8, true, top) // RFC 8200, section 4: length in 8 bytes, less 1
	}
	for _, i := range out {
		p.body[i].Jt = uint8(len(p.body) - i - 1)
	}
	p.body[last].Jf = uint8(len(p.body) - last - 1)
}

// step goes to the next header, whose distance is (the second byte of this one
// + more) * unit, from this one or else from the IP header, and back to top.
func (p *plain) step(off, more, unit uint32, fromHere bool, top int) {
	p.emit(bpf.LD|bpf.B|bpf.IND, off)
	p.emit(bpf.ST, 0)
	p.emit(bpf.LD|bpf.B|bpf.IND, off+1)
	p.emit(bpf.ALU|bpf.ADD|bpf.K, more)
	p.emit(bpf.ALU|bpf.MUL|bpf.K, unit)
	if fromHere {
		p.emit(bpf.ALU|bpf.ADD|bpf.X, 0)
	}
	p.emit(bpf.MISC|bpf.TAX, 0)
	p.emit(bpf.LD|bpf.MEM, 0)
	p.emit(bpf.JMP|bpf.JA, uint32(int32(top-len(p.body)-1)))
}
