package printer

import "github.com/tapdump/tapdump/versions"

// Parameters of integrated services (RFC 2215, RFC 2210 section 3).
const (
	rsvpHopCount     = 4
	rsvpPathRate     = 6
	rsvpPathLatency  = 8
	rsvpComposedMTU  = 10
	rsvpTokenBucket  = 127
	rsvpGuaranteed   = 130
	rsvpComposedC    = 133
	rsvpComposedD    = 134
	rsvpReshapedC    = 135
	rsvpReshapedD    = 136
	rsvpIntServHead  = 4 // bytes of a service's or parameter's header
	rsvpIntServWords = 2 // lengths are in words: shifted by this
)

var (
	rsvpServices = []tok{
		{1, "Default/Global Information"},
		{2, "Guaranteed Service"},
		{5, "Controlled Load"},
	}
	rsvpParameters = []tok{
		{rsvpHopCount, "IS hop cnt"},
		{rsvpPathRate, "Path b/w estimate"},
		{rsvpPathLatency, "Minimum path latency"},
		{rsvpComposedMTU, "Composed MTU"},
		{rsvpTokenBucket, "Token Bucket TSpec"},
		{rsvpGuaranteed, "Guaranteed Service RSpec"},
		{rsvpComposedC, "End-to-end composed value for C"},
		{rsvpComposedD, "End-to-end composed value for D"},
		{rsvpReshapedC, "Since-last-reshaping point composed C"},
		{rsvpReshapedD, "Since-last-reshaping point composed D"},
	}
)

var rsvpLengths = versions.Since(versions.V5_0, "RSVP", "no remark on the length of a parameter of a flow specification; a bare `(invalid)` for that of a UNI subobject",
	"`[obj_tlen 8 < 24] (invalid)`, `[total_subobj_len 2 < 4] (invalid)`")

// rsvpIntServ prints the services of a flow specification (RFC 2210 section
// 3.1).
func (p *Printer) rsvpIntServ(indent string, v []byte) {
	p.printf("%s  Msg-Version: %d, length: %d", indent, u8(v, 0)>>4, uint32(u16(v, 2))<<rsvpIntServWords)
	for v = v[rsvpIntServHead:]; len(v) >= rsvpIntServHead; {
		service, left := u8(v, 0), uint32(u16(v, 2))<<rsvpIntServWords
		not := "not "
		if u8(v, 1)&0x80 != 0 {
			not = ""
		}
		p.printf("%s  Service Type: %s (%d), break bit %sset, Service length: %d", indent,
			tokStr(rsvpServices, "unknown", service), service, not, left)
		v = v[rsvpIntServHead:]
		// A parameter may be longer than its service. What is left then counts
		// modulo 2^32, and the object's end is what stops the walk.
		for left >= rsvpIntServHead {
			n := p.rsvpParameter(v)
			if n == 0 {
				break
			}
			v, left = v[n:], left-uint32(n)
		}
	}
}

// rsvpParameter prints the parameter at the start of v and returns its length
// with the header, or 0 when it does not fit.
func (p *Printer) rsvpParameter(v []byte) int {
	if !p.rsvpFits(len(v), rsvpIntServHead) {
		return 0
	}
	kind, n := u8(v, 0), int(u16(v, 2))<<rsvpIntServWords
	p.printf("\n\t      Parameter ID: %s (%d), length: %d, Flags: [0x%02x]", tokStr(rsvpParameters, "unknown", kind), kind, n, u8(v, 1))
	if !p.rsvpFits(len(v), rsvpIntServHead+n) {
		return 0
	}
	value := v[rsvpIntServHead : rsvpIntServHead+n]
	switch kind {
	case rsvpTokenBucket:
		if n == 20 {
			p.printf("\n\t\tToken Bucket Rate: %.10g Mbps", rsvpRate(value, 0))
			p.printf("\n\t\tToken Bucket Size: %.10g bytes", float32At(value, 4))
			p.printf("\n\t\tPeak Data Rate: %.10g Mbps", rsvpRate(value, 8))
			p.printf("\n\t\tMinimum Policed Unit: %d bytes", u32(value, 12))
			p.printf("\n\t\tMaximum Packet Size: %d bytes", u32(value, 16))
		}
	case rsvpGuaranteed:
		if n == 8 {
			p.printf("\n\t\tRate: %.10g Mbps\n\t\tSlack Term: %d", rsvpRate(value, 0), u32(value, 4))
		}
	case rsvpHopCount, rsvpPathRate, rsvpPathLatency, rsvpComposedMTU, rsvpComposedC, rsvpComposedD, rsvpReshapedC, rsvpReshapedD:
		if n == 4 {
			p.rsvpWord(kind, value)
		}
	default:
		if p.vflag <= 1 {
			p.unknownData(value, "\n\t\t", n)
		}
	}
	return rsvpIntServHead + n
}

// rsvpFits reports whether n bytes are as many as a parameter needs.
func (p *Printer) rsvpFits(n, least int) bool {
	if n < least && p.follows(rsvpLengths) {
		p.refuse("obj_tlen", n, "<", least)
	}
	return n >= least
}

// rsvpWord prints a parameter of four bytes.
func (p *Printer) rsvpWord(kind uint8, value []byte) {
	word := u32(value, 0)
	switch kind {
	case rsvpHopCount:
		p.printf("\n\t\tIS hop count: %d", word)
	case rsvpPathRate:
		p.printf("\n\t\tPath b/w estimate: %.10g Mbps", rsvpRate(value, 0))
	case rsvpPathLatency:
		p.str("\n\t\tMinimum path latency: ")
		if word == 0xffffffff {
			p.str("don't care")
			return
		}
		p.uint(uint64(word))
	case rsvpComposedMTU:
		p.printf("\n\t\tComposed MTU: %d bytes", word)
	default:
		p.printf("\n\t\tValue: %d", word)
	}
}

// rsvpRate reads a rate, in Mbit/s for "%.10g Mbps". Unlike mbpsAt, it does not
// overflow at the greatest ones.
func rsvpRate(b []byte, i int) float32 { return float32At(b, i) / 125000 }
