// atalk_nbp.go: AppleTalk Name Binding Protocol (Inside AppleTalk, chapter 7).

package printer

const (
	atalkNBPHeaderLen = 2
	atalkNBPTupleLen  = 5 // of a tuple without its names
	atalkNBPMin       = atalkNBPHeaderLen + 8
	atalkNBPNameMax   = 32
)

// Functions, in the upper half of the control byte; the lower half counts
// tuples.
const (
	atalkNBPBroadcast = 0x10
	atalkNBPLookup    = 0x20
	atalkNBPReply     = 0x30
)

// atalkNBP prints a packet that came from the address from.
func (p *Printer) atalkNBP(b []byte, length int, from atalkAddr) {
	if p.follows(atalkLengths) {
		p.atalkNBPMessage(b, length, from)
		return
	}
	if length < atalkNBPMin {
		p.printf(" truncated-nbp %d", length)
		return
	}
	if !has(b, 0, atalkNBPHeaderLen) {
		p.truncMark()
		return
	}
	control, id := b[0], b[1]
	tuple := b[atalkNBPHeaderLen:]
	count := control & 0xf
	switch control & 0xf0 {
	case atalkNBPBroadcast:
		p.printf(" nbp-brRq %d:", id)
		p.atalkNBPQuery(tuple, count, from)
	case atalkNBPLookup:
		p.printf(" nbp-lkup %d:", id)
		p.atalkNBPQuery(tuple, count, from)
	case atalkNBPReply:
		p.printf(" nbp-reply %d:", id)
		for ; count > 0 && tuple != nil; count-- {
			tuple = p.atalkNBPTuple(tuple, from)
		}
	default:
		p.printf(" nbp-0x%x  %d (%d)", control, id, length-atalkNBPHeaderLen)
	}
}

var atalkNBPFunctions = []tok{
	{atalkNBPBroadcast, "brRq"},
	{atalkNBPLookup, "lkup"},
	{atalkNBPReply, "reply"},
}

// atalkNBPMessage is atalkNBP that prints of a cut packet all that there is.
func (p *Printer) atalkNBPMessage(b []byte, length int, from atalkAddr) {
	if p.lacks("undersized-nbp", length, atalkNBPMin) {
		return
	}
	control := u8(b, 0)
	function, count := control&0xf0, control&0xf
	p.printf(" nbp-%s", tokStr(atalkNBPFunctions, "0x%x", function))
	p.printf(" %d", u8(b, 1))
	tuple := b[atalkNBPHeaderLen:]
	switch function {
	case atalkNBPBroadcast, atalkNBPLookup:
		p.char(':')
		p.atalkNBPQuery(tuple, count, from)
	case atalkNBPReply:
		p.char(':')
		for ; count > 0 && tuple != nil; count-- {
			tuple = p.atalkNBPTuple(tuple, from)
		}
	default:
		p.printf("  (%d)", length-atalkNBPHeaderLen)
	}
}

// atalkNBPQuery prints the tuple of a request, of which there should be one.
func (p *Printer) atalkNBPQuery(b []byte, count uint8, from atalkAddr) {
	if !p.follows(atalkLengths) && !has(b, 0, atalkNBPTupleLen) {
		p.truncMark()
		return
	}
	p.atalkNBPEntity(b)
	if count != 1 {
		p.printf(" [ntup=%d]", count)
	}
	if enumerator := b[4]; enumerator != 0 {
		p.printf(" [enum=%d]", enumerator)
	}
	to := atalkAddr{u16(b, 0), b[2], b[3]}
	if to != from {
		p.str(" [addr=")
		p.atalkNode(to.net, to.node)
		p.printf(".%d]", to.socket)
	}
}

// atalkNBPTuple prints a tuple of a reply and returns the next one, or nil.
func (p *Printer) atalkNBPTuple(b []byte, from atalkAddr) []byte {
	if !p.follows(atalkLengths) && !has(b, 0, atalkNBPTupleLen) {
		p.truncMark()
		return nil
	}
	next := p.atalkNBPEntity(b)
	net, node, socket, enumerator := u16(b, 0), b[2], b[3], b[4]
	if enumerator != 1 {
		p.printf("(%d)", enumerator)
	}
	if socket != from.socket {
		p.printf(" %d", socket)
	}
	if net != from.net || node != from.node {
		p.str(" [addr=")
		p.atalkNode(net, node)
		p.char(']')
	}
	return next
}

// atalkNBPEntity prints the name of a tuple, object:type@zone, and returns what
// comes behind, or nil when it is malformed or cut.
func (p *Printer) atalkNBPEntity(b []byte) []byte {
	p.str(" \"")
	rest := p.atalkNBPName(at(b, atalkNBPTupleLen))
	if rest == nil {
		return nil
	}
	p.char(':')
	if rest = p.atalkNBPName(rest); rest == nil {
		return nil
	}
	p.char('@')
	if rest = p.atalkNBPName(rest); rest == nil {
		return nil
	}
	p.char('"')
	return rest
}

// atalkNBPName prints a counted string and returns what comes behind, or nil.
func (p *Printer) atalkNBPName(b []byte) []byte {
	ends := p.follows(atalkLengths) // a packet that is cut
	if len(b) == 0 && !ends {
		p.truncMark()
		return nil
	}
	n := int(u8(b, 0))
	b = b[1:]
	if n > atalkNBPNameMax {
		p.printf("[len=%d]", n)
		if ends {
			need(b, 0, n)
		}
		return nil
	}
	if n > len(b) {
		p.safe(b)
		if ends {
			trunc()
		}
		p.truncMark()
		return nil
	}
	p.safe(b[:n])
	return b[n:]
}
