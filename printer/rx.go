// rx.go: Rx, the remote procedure calls of the Andrew File System, and AFS's
// services over them (Rx protocol specification; AFS-3 fsint, ptint, vldbint, kauth,
// volint, bosint and ubik interfaces).

package printer

const (
	rxHeaderLen    = 28
	rxAckHeaderLen = 18
)

// Where the fields of the header are.
const (
	rxConnectionAt    = 4
	rxCallAt          = 8
	rxSequenceAt      = 12
	rxSerialAt        = 16
	rxTypeAt          = 20
	rxFlagsAt         = 21
	rxSecurityIndexAt = 23
	rxServiceAt       = 26
)

const (
	rxData  = 1
	rxAck   = 2
	rxAbort = 4
)

var rxTypes = []tok{
	{rxData, "data"},
	{rxAck, "ack"},
	{3, "busy"},
	{rxAbort, "abort"},
	{5, "ackall"},
	{6, "challenge"},
	{7, "response"},
	{8, "debug"},
	{9, "params"},
	{13, "version"},
}

const rxClientInitiated = 1

// rxFlags are the flags of a packet; some mean something in one type only.
var rxFlags = []struct {
	bit, kind uint8
	name      string
}{
	{rxClientInitiated, 0, "client-init"},
	{2, 0, "req-ack"},
	{4, 0, "last-pckt"},
	{8, 0, "more-pckts"},
	{16, 0, "free-pckt"},
	{32, rxAck, "slow-start"},
	{32, rxData, "jumbogram"},
}

// rxCallsMax is how many calls are remembered.
const rxCallsMax = 64

// rxCalls are the latest calls: a reply does not say which operation it is of.
type rxCalls struct {
	ring       [rxCallsMax]rxCall
	next, last int // the next to be overwritten, the last that was replied to
}

type rxCall struct {
	id             rxCallID
	operation      uint32
	client, server addr4
}

// rxCallID tells the calls between two hosts apart.
type rxCallID struct {
	call          uint32
	port, service uint16 // of the server
}

func (c *rxCalls) add(call rxCall) {
	c.ring[c.next] = call
	c.next = (c.next + 1) % rxCallsMax
}

// find is the operation of a call, and whether the call was seen.
func (c *rxCalls) find(id rxCallID, client, server addr4) (uint32, bool) {
	for n := range rxCallsMax {
		i := (c.last + n) % rxCallsMax
		if e := &c.ring[i]; e.id == id && e.client == client && e.server == server {
			c.last = i
			return e.operation, true
		}
	}
	return 0, false
}

// rx prints an Rx packet and, of the first packet of a call and its reply, what
// is asked for and answered.
func (p *Printer) rx(b []byte, length int, sport, dport uint16, ip ipHeader) {
	p.proto = "rx"
	if !has(b, 0, rxHeaderLen) {
		p.printf(" [|rx] (%d)", uint32(length))
		return
	}
	kind, flags := b[rxTypeAt], b[rxFlagsAt]
	p.printf(" rx %s", tokStr(rxTypes, "type %u", kind))
	p.rxHeader(b)
	fromClient := flags&rxClientInitiated != 0
	first := kind == rxData && u32(b, rxSequenceAt) == 1
	switch {
	case first && fromClient:
		p.inOrder()
		p.rxRequest(b, length, dport, ip)
	case (first || kind == rxAbort) && !fromClient:
		p.inOrder()
		id := rxCallID{u32(b, rxCallAt), sport, u16(b, rxServiceAt)}
		if operation, ok := p.conv.rx.find(id, ip4At(ip.b, 16), ip4At(ip.b, 12)); ok {
			p.rxReply(b, length, sport, operation)
		}
	case kind == rxAck:
		if length >= rxHeaderLen && !p.rxAck(b[rxHeaderLen:]) {
			p.str(" [|ack]")
		}
	}
	p.printf(" (%d)", uint32(length))
}

// rxHeader prints the header, from -v on.
func (p *Printer) rxHeader(b []byte) {
	if p.vflag == 0 {
		return
	}
	if p.vflag > 1 {
		p.printf(" cid %08x call# %d", u32(b, rxConnectionAt), u32(b, rxCallAt))
	}
	p.printf(" seq %d ser %d", u32(b, rxSequenceAt), u32(b, rxSerialAt))
	if p.vflag > 2 {
		p.printf(" secindex %d serviceid %d", b[rxSecurityIndexAt], u16(b, rxServiceAt))
	}
	if p.vflag == 1 {
		return
	}
	between := " "
	for i := range rxFlags {
		f := &rxFlags[i]
		if b[rxFlagsAt]&f.bit != 0 && (f.kind == 0 || f.kind == b[rxTypeAt]) {
			p.str(between)
			p.char('<')
			p.str(f.name)
			p.char('>')
			between = ","
		}
	}
}

// rxRequest prints a call and remembers it. Addresses are where IPv4 has them:
// AFS has no IPv6.
func (p *Printer) rxRequest(b []byte, length int, dport uint16, ip ipHeader) {
	if has(b, rxHeaderLen, 4) {
		id := rxCallID{u32(b, rxCallAt), dport, u16(b, rxServiceAt)}
		p.conv.rx.add(rxCall{id, u32(b, rxHeaderLen), ip4At(ip.b, 12), ip4At(ip.b, 16)})
	}
	service := rxServiceAtPort(dport)
	if service == nil || length <= rxHeaderLen {
		return
	}
	operation := u32(b, rxHeaderLen)
	p.char(' ')
	p.str(service.name)
	if service.ubik && rxIsUbik(operation) {
		p.char(' ')
		service = &rxUbik
		p.str(service.name)
	}
	p.str(" call ")
	o := p.rxOperation(service, operation)
	if o != nil && !p.rxFields(&rxXDR{b[rxHeaderLen+4:], service}, o.call) {
		p.rxCut(service)
	}
}

// rxReply prints the reply to a call, or why it was aborted.
func (p *Printer) rxReply(b []byte, length int, sport uint16, operation uint32) {
	service := rxServiceAtPort(sport)
	if service == nil || length < rxHeaderLen || length == rxHeaderLen && !service.emptyReplies {
		return
	}
	p.char(' ')
	p.str(service.name)
	if service.ubik && rxIsUbik(operation) {
		p.char(' ')
		service = &rxUbik
		p.str(service.name)
	}
	p.str(" reply ")
	o := p.rxOperation(service, operation)
	x := rxXDR{b[rxHeaderLen:], service}
	whole := true
	switch {
	case b[rxTypeAt] == rxData:
		whole = o == nil || p.rxFields(&x, o.reply)
	case service == &rxUbik && operation == rxUbikBeacon:
		// a vote for the sender is an error with a time for its number
		whole = p.rxFields(&x, " vote yes until%d")
	case service == &rxFileServer:
		p.printf(" error %s", tokStr(rxFileServerErrors, "", x.word()))
	default:
		whole = p.rxFields(&x, " errcode%i")
	}
	if !whole {
		p.rxCut(service)
	}
}

// rxOperation prints the name of an operation and returns it, or nil when it is
// not known.
func (p *Printer) rxOperation(s *rxService, operation uint32) *rxOp {
	for i := range s.operations {
		o := &s.operations[i]
		if o.code != operation {
			continue
		}
		if o.name == "" {
			p.printf("op#%d", operation)
		} else {
			p.str(o.name)
		}
		return o
	}
	p.printf("op#%d", operation)
	return nil
}

// rxCut marks that the arguments or results of a service were cut.
func (p *Printer) rxCut(s *rxService) {
	p.str(" [|")
	p.str(s.name)
	p.char(']')
}

var rxAckReasons = []tok{
	{1, "ack requested"},
	{2, "duplicate packet"},
	{3, "out of sequence"},
	{4, "exceeds window"},
	{5, "no buffer space"},
	{6, "ping"},
	{7, "ping response"},
	{8, "delay"},
	{9, "idle"},
}

// rxAck prints an acknowledgement and reports whether it is whole.
func (p *Printer) rxAck(b []byte) bool {
	const ack, nack, padding = 1, 0, 3
	if !has(b, 0, rxAckHeaderLen) {
		return false
	}
	if p.vflag > 2 {
		p.printf(" bufspace %d maxskew %d", u16(b, 0), u16(b, 2))
	}
	first := u32(b, 4)
	p.printf(" first %d serial %d reason %s", first, u32(b, 12), tokStr(rxAckReasons, "#%u", b[16]))
	n := int(b[17])
	b = b[rxAckHeaderLen:]
	if !has(b, 0, n) {
		return false
	}
	p.rxRanges(" acked ", b[:n], ack, first)
	p.rxRanges(" nacked ", b[:n], nack, first)
	if p.vflag < 2 {
		return true
	}
	b = at(b, n+padding)
	for _, name := range [...]string{" ifmtu ", " maxmtu ", " rwind ", " maxpackets "} {
		if !has(b, 0, 4) {
			break // how many there are depends on the version of AFS
		}
		p.str(name)
		p.uint(uint64(u32(b, 0)))
		b = b[4:]
	}
	return true
}

// rxRanges prints which packets of a list, that begins with number first, have
// the given state.
func (p *Printer) rxRanges(label string, states []byte, state uint8, first uint32) {
	for i := 0; i < len(states); i++ {
		if states[i] != state {
			continue
		}
		p.str(label)
		label = ","
		p.uint(uint64(first + uint32(i)))
		from := i
		for i+1 < len(states) && states[i+1] == state {
			i++
		}
		if i > from {
			p.char('-')
			p.uint(uint64(first + uint32(i)))
		}
	}
}
