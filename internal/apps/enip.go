package apps

// EtherNet/IP: "The CIP Networks Library", volume 2 (encapsulation, chapter 2; common
// packet format), volume 1 (CIP: services, status, paths, appendices A to C).

import "encoding/binary"

const (
	enipHeader      = 24
	enipIO          = 18 // of the datagrams of cyclic data, before these
	enipTextMax     = 1024
	enipItems       = 4
	enipConnected   = 0x00b1
	enipSingle      = 0x00b2 // CIP without a connection
	enipSequenced   = 0x8002
	enipIdentity    = 0x000c
	enipServiceItem = 0x0100
)

// enipCommands are those of the encapsulation.
var enipCommands = codes{0x00: "NOP", 0x04: "ListServices", 0x63: "ListIdentity", 0x64: "ListInterfaces", 0x65: "RegisterSession",
	0x66: "UnRegisterSession", 0x6f: "SendRRData", 0x70: "SendUnitData", 0x72: "IndicateStatus", 0x73: "Cancel", 0xc8: "StartDTLS"}

var enipStatus = codes{0x00: "success", 0x01: "invalid command", 0x02: "no memory", 0x03: "incorrect data", 0x64: "invalid session handle",
	0x65: "invalid length", 0x69: "unsupported protocol revision", 0x6a: "service not allowed on this port"}

// enipServices are those that all objects have in common, enipManager those of the
// Connection Manager, enipTags those of controllers whose variables have names.
var enipServices = codes{0x01: "Get_Attributes_All", 0x02: "Set_Attributes_All", 0x03: "Get_Attribute_List", 0x04: "Set_Attribute_List",
	0x05: "Reset", 0x06: "Start", 0x07: "Stop", 0x08: "Create", 0x09: "Delete", 0x0a: "Multiple_Service_Packet", 0x0d: "Apply_Attributes",
	0x0e: "Get_Attribute_Single", 0x10: "Set_Attribute_Single", 0x11: "Find_Next_Object_Instance", 0x15: "Restore", 0x16: "Save",
	0x17: "NOP", 0x18: "Get_Member", 0x19: "Set_Member", 0x1a: "Insert_Member", 0x1b: "Remove_Member", 0x1c: "GroupSync"}

var enipManager = codes{0x4e: "Forward_Close", 0x52: "Unconnected_Send", 0x54: "Forward_Open", 0x56: "Get_Connection_Data",
	0x57: "Search_Connection_Data", 0x5a: "Get_Connection_Owner", 0x5b: "Large_Forward_Open"}

var enipTags = codes{0x4c: "Read_Tag", 0x4d: "Write_Tag", 0x4e: "Read_Modify_Write_Tag", 0x52: "Read_Tag_Fragmented",
	0x53: "Write_Tag_Fragmented", 0x55: "Get_Instance_Attribute_List"}

var enipClasses = codes{0x01: "Identity", 0x02: "Message Router", 0x04: "Assembly", 0x05: "Connection", 0x06: "Connection Manager",
	0x0f: "Parameter", 0x37: "File", 0x43: "Time Sync", 0x44: "Modbus", 0x47: "Device Level Ring", 0x48: "QoS", 0x6b: "Symbol",
	0x6c: "Template", 0xf4: "Port", 0xf5: "TCP/IP Interface", 0xf6: "Ethernet Link"}

var enipGeneral = codes{"success", "connection failure", "resource unavailable", "invalid parameter value", "path segment error",
	"path destination unknown", "partial transfer", "connection lost", "service not supported", "invalid attribute value",
	"attribute list error", "already in requested mode/state", "object state conflict", "object already exists", "attribute not settable",
	"privilege violation", "device state conflict", "reply data too large", "fragmentation of a primitive value", "not enough data",
	"attribute not supported", "too much data", "object does not exist", 0x1e: "embedded service error", 0x1f: "vendor specific error",
	0x20: "invalid parameter", 0x25: "key failure in path", 0x26: "path size invalid", 0x28: "invalid member id",
	0x29: "member not settable", 0x2c: "attribute not gettable"}

// enipState are the requests that were not answered: an answer says its service alone.
type enipState struct {
	requests [16]enipRequest // a ring
	next     uint8
}

// enipRequest is a request that waits for its answer.
type enipRequest struct {
	context uint64 // what the answer repeats
	service byte
	kind    byte // index of enipKinds
	waits   bool
}

// enipKinds are services by the kind of object that has them.
var enipKinds = [...]codes{enipServices, enipManager, enipTags}

const (
	enipManages = 1
	enipHasTags = 2
)

// ask takes note of a request, answer is the kind of object that answers it: the first
// that was asked for this in the same context.
func (x *enipState) ask(context uint64, service, kind byte) {
	x.requests[x.next] = enipRequest{context, service, kind, true}
	x.next = (x.next + 1) % uint8(len(x.requests))
}

func (x *enipState) answer(context uint64, service byte) (kind byte) {
	for i := range x.requests {
		r := &x.requests[(int(x.next)+i)%len(x.requests)]
		if r.waits && r.context == context && r.service == service {
			r.waits = false
			return r.kind
		}
	}
	return 0
}

// enipBegins: a command, a status that is known, no options, and a length.
func enipBegins(t *talk, b []byte) verdict {
	if enipCommands.word(uint64(b[0])) == "" || b[0] == 0 || len(b) > 1 && b[1] != 0 {
		return no
	}
	if len(b) > 11 && enipStatus.word(uint64(binary.LittleEndian.Uint32(b[8:]))) == "" {
		return no
	}
	if len(b) < enipHeader {
		return maybe
	}
	length, session := int(binary.LittleEndian.Uint16(b[2:])), binary.LittleEndian.Uint32(b[4:])
	if binary.LittleEndian.Uint32(b[20:]) != 0 {
		return no
	}
	sure := t.likely(protocolENIP) || t.s.app == protocolENIP
	switch b[0] {
	case 0x65:
		if length != 4 {
			return no
		}
		if session == 0 {
			t.isClient()
		} else {
			t.isServer()
		}
	case 0x6f, 0x70:
		if length < 16 || session == 0 {
			return no
		}
	case 0x04, 0x63, 0x64:
		if session != 0 || binary.LittleEndian.Uint32(b[8:]) != 0 {
			return no
		}
		if length == 0 {
			return yesIf(sure || len(b) == enipHeader) // a question
		}
		if len(b) < enipHeader+6 {
			return maybeIf(length >= 6)
		}
		kind, size := binary.LittleEndian.Uint16(b[enipHeader+2:]), int(binary.LittleEndian.Uint16(b[enipHeader+4:]))
		return yesIf(6+size <= length && (kind == enipIdentity || kind == enipServiceItem))
	default:
		return yesIf(sure && (b[0] != 0x66 || length == 0))
	}
	return yes
}

func enipRead(t *talk, b []byte) int {
	if len(b) < enipHeader {
		return 0
	}
	n := enipHeader + int(binary.LittleEndian.Uint16(b[2:]))
	if b[1] != 0 || enipCommands.word(uint64(b[0])) == "" || binary.LittleEndian.Uint32(b[20:]) != 0 {
		return strange
	}
	if len(b) < min(n, enipTextMax) && !t.cut {
		return 0
	}
	state, _ := t.state().(*enipState)
	if state == nil {
		state = new(enipState)
		t.keep(state, 288)
	}
	enipMessage(t, state, b[:min(n, len(b), enipTextMax)])
	return n
}

// enipDatagram: a message fills it, or it has cyclic data of a connection.
func enipDatagram(t *talk, b []byte) bool {
	if len(b) >= enipIO && binary.LittleEndian.Uint16(b) == 2 && binary.LittleEndian.Uint16(b[2:]) == enipSequenced &&
		binary.LittleEndian.Uint16(b[4:]) == 8 && binary.LittleEndian.Uint16(b[14:]) == enipConnected &&
		enipIO+int(binary.LittleEndian.Uint16(b[16:])) == t.p.Length {
		t.say("EtherNet/IP I/O")
		t.itemHex("connection", uint64(binary.LittleEndian.Uint32(b[6:])))
		t.itemNumber("sequence", uint64(binary.LittleEndian.Uint32(b[10:])))
		return true
	}
	if len(b) < enipHeader || enipBegins(t, b) != yes || enipHeader+int(binary.LittleEndian.Uint16(b[2:])) != t.p.Length {
		return false
	}
	enipMessage(t, new(enipState), b)
	return true
}

func enipMessage(t *talk, state *enipState, b []byte) {
	t.say("EtherNet/IP ", enipCommands.word(uint64(b[0])))
	status := binary.LittleEndian.Uint32(b[8:])
	body := b[enipHeader:]
	switch b[0] {
	case 0x65:
		if session := binary.LittleEndian.Uint32(b[4:]); session != 0 {
			t.itemHex("session", uint64(session))
		}
	case 0x6f, 0x70:
		if len(body) > 6 {
			enipPacket(t, state, body[6:], binary.LittleEndian.Uint64(b[12:])) // behind the interface and a time
		}
	case 0x63:
		enipPacket(t, state, body, 0)
	}
	if status != 0 {
		t.itemCode("", enipStatus, uint64(status))
	}
}

// enipPacket reads the common packet format: items, one of which has CIP. Over a
// connection its sequence number is the context.
func enipPacket(t *talk, state *enipState, b []byte, context uint64) {
	if len(b) < 2 {
		return
	}
	count := int(binary.LittleEndian.Uint16(b))
	b = b[2:]
	for range min(count, enipItems) {
		if len(b) < 4 {
			return
		}
		kind, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		item := b[4:min(len(b), 4+n)]
		b = b[min(len(b), 4+n):]
		switch {
		case kind == enipSingle && len(item) >= 2:
			enipCIP(t, state, item, context, true)
		case kind == enipConnected && len(item) >= 4:
			enipCIP(t, state, item[2:], uint64(binary.LittleEndian.Uint16(item)), true)
		case kind == enipIdentity && len(item) > 32:
			t.item("product", item[33:min(len(item), 33+int(item[32]))])
			t.itemNumber("vendor", uint64(binary.LittleEndian.Uint16(item[18:])))
			t.itemHex("serial", uint64(binary.LittleEndian.Uint32(item[28:])))
		}
	}
}

// enipCIP says a request or a response of CIP. outer is false for one in another.
func enipCIP(t *talk, state *enipState, b []byte, context uint64, outer bool) {
	const answer = 0x80
	service := b[0] &^ answer
	if b[0]&answer != 0 {
		enipService(t, state.answer(context, service), service)
		t.add(" response")
		if len(b) >= 3 && b[2] != 0 {
			t.itemCode("", enipGeneral, uint64(b[2]))
		}
		return
	}
	path := b[2:min(len(b), 2+2*int(b[1]))]
	rest := b[2+len(path):]
	where := enipWhere(path)
	kind := byte(0)
	switch {
	case where.class == 6:
		kind = enipManages
	case where.tag != nil || where.class == 0x6b || where.class == 0x6c:
		kind = enipHasTags
	}
	enipService(t, kind, service)
	const send = 0x52
	if outer && where.class == 6 && service == send && len(rest) >= 6 {
		// The request in it is what is answered, unless it cannot be sent.
		n := int(binary.LittleEndian.Uint16(rest[2:]))
		state.ask(context, service, kind)
		enipCIP(t, state, rest[4:min(len(rest), max(4+n, 6))], context, false)
		return
	}
	state.ask(context, service, kind)
	if where.tag != nil {
		t.item("tag", where.tag)
		return
	}
	if where.class >= 0 {
		t.itemCode("class", enipClasses, uint64(where.class))
	}
	if where.instance >= 0 {
		t.itemNumber("instance", uint64(where.instance))
	}
	if where.attribute >= 0 {
		t.itemNumber("attribute", uint64(where.attribute))
	}
}

func enipService(t *talk, kind, service byte) {
	t.add(" CIP ")
	if w := enipKinds[kind].word(uint64(service)); w != "" {
		t.add(w)
		return
	}
	t.addCode(enipServices, uint64(service))
}

// enipPath is what a path leads to; -1 where it does not say.
type enipPath struct {
	class, instance, attribute int
	tag                        []byte
}

// enipWhere reads a path, as far as its segments are of kinds that are usual.
func enipWhere(b []byte) enipPath {
	p := enipPath{-1, -1, -1, nil}
	for len(b) >= 2 {
		value, size := int(b[1]), 2
		switch {
		case b[0] == 0x91: // a name, with a byte behind it where its length is odd
			size += value + value&1
			if p.tag == nil {
				p.tag = b[2:min(len(b), 2+value)]
			}
		case b[0]&0xe3 == 0x21 && len(b) >= 4: // of 16 bits
			value, size = int(binary.LittleEndian.Uint16(b[2:])), 4
		case b[0]&0xe3 == 0x20:
		default:
			return p
		}
		switch b[0] &^ 3 {
		case 0x20:
			p.class = value
		case 0x24:
			p.instance = value
		case 0x30:
			p.attribute = value
		}
		b = b[min(size, len(b)):]
	}
	return p
}
