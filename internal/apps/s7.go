package apps

// S7 communication, as Siemens' controllers speak it in ISO transport (RFC 1006 for
// TPKT, RFC 905 for COTP). Siemens has not published it; names are those of its manuals
// and of what others have written about it.

import "encoding/binary"

const (
	s7TPKT = 4
	s7ID   = 0x32 // of the protocol
	s7Plus = 0x72 // of its successor
)

// Kinds of COTP's messages (RFC 905, section 13).
const (
	s7Connect = 0xe0
	s7Confirm = 0xd0
	s7Data    = 0xf0
)

// Kinds of messages.
const (
	s7Job      = 1
	s7Ack      = 2
	s7AckData  = 3
	s7UserData = 7
)

var s7Functions = codes{0x00: "CPU services", 0x04: "Read Var", 0x05: "Write Var", 0x1a: "Request download", 0x1b: "Download block",
	0x1c: "Download ended", 0x1d: "Start upload", 0x1e: "Upload", 0x1f: "End upload", 0x28: "PI service", 0x29: "PLC stop",
	0xf0: "Setup communication"}

// s7Groups are the groups of user data's functions.
var s7Groups = codes{"Mode transition", "Programmer commands", "Cyclic services", "Block functions", "CPU functions", "Security",
	"PBC BSEND/BRECV", "Time functions"}

// s7Areas are where variables are.
var s7Areas = codes{0x03: "system info", 0x05: "system flags", 0x06: "analog inputs", 0x07: "analog outputs", 0x1c: "C", 0x1d: "T",
	0x80: "P", 0x81: "I", 0x82: "Q", 0x83: "M", 0x84: "DB", 0x85: "DI", 0x86: "L"}

// s7Sizes are letters for the kinds of variables.
var s7Sizes = codes{1: "X", 2: "B", 3: "CHAR", 4: "W", 5: "INT", 6: "D", 7: "DINT", 8: "REAL", 28: "C", 29: "T"}

// s7Returns is what became of a variable.
var s7Returns = codes{0x01: "hardware error", 0x03: "access not allowed", 0x05: "invalid address", 0x06: "data type not supported",
	0x07: "data type inconsistent", 0x0a: "object does not exist", 0xff: "success"}

var s7Errors = codes{0x81: "application relationship", 0x82: "object definition", 0x83: "no resources available",
	0x84: "error on service processing", 0x85: "error on supplies", 0x87: "access error"}

// s7Begins: TPKT and COTP are those of many protocols. It is one that asks for a rack
// and a slot, on the port, or data with the protocol's first bytes.
func s7Begins(t *talk, b []byte) verdict {
	if b[0] != 3 || len(b) > 1 && b[1] != 0 || len(b) > 2 && b[2] > 0x20 {
		return no
	}
	if len(b) < s7TPKT+3 {
		return maybe
	}
	length, header := int(binary.BigEndian.Uint16(b[2:])), int(b[4])
	if length < s7TPKT+1+header || header < 2 {
		return no
	}
	switch b[5] {
	case s7Connect, s7Confirm:
		if !t.likely(protocolS7) {
			return no
		}
		if len(b) < length {
			return maybe
		}
		if _, _, ok := s7Slot(b[s7TPKT:length]); !ok {
			return no
		}
		if b[5] == s7Connect {
			t.isClient()
		} else {
			t.isServer()
		}
		return yes
	case s7Data:
		if header != 2 || length <= s7TPKT+3 {
			return no
		}
		if len(b) < s7TPKT+3+4 {
			return maybe
		}
		return yesIf(s7Follows(b[s7TPKT+3:], length))
	}
	return no
}

// s7Follows reports whether data of S7 begins that way.
func s7Follows(b []byte, length int) bool {
	if b[0] == s7Plus {
		return (b[1] >= 1 && b[1] <= 3 || b[1] == 0xfe) && int(binary.BigEndian.Uint16(b[2:]))+s7TPKT+3+4 <= length
	}
	return b[0] == s7ID && (b[1] == s7Job || b[1] == s7Ack || b[1] == s7AckData || b[1] == s7UserData) && b[2] == 0 && b[3] == 0
}

// s7Slot is where the controller sits that a connection is for, as the called TSAP
// says it: a kind of connection, then rack and slot.
func s7Slot(cotp []byte) (rack, slot byte, ok bool) {
	const fixed = 7 // length, kind, references, class
	calling := false
	for b := cotp[min(fixed, len(cotp)):]; len(b) >= 2 && len(b) >= 2+int(b[1]); b = b[2+int(b[1]):] {
		switch {
		case b[0] == 0xc1:
			calling = true
		case b[0] == 0xc2 && b[1] == 2 && b[2] >= 1 && b[2] <= 3:
			rack, slot, ok = b[3]>>5, b[3]&0x1f, true
		}
	}
	return rack, slot, ok && calling
}

func s7Read(t *talk, b []byte) int {
	if len(b) < s7TPKT+3 {
		return 0
	}
	n, header := int(binary.BigEndian.Uint16(b[2:])), int(b[4])
	if b[0] != 3 || n < s7TPKT+1+header || header < 2 {
		return strange
	}
	if len(b) < n && !t.cut {
		return 0
	}
	whole := b[s7TPKT:min(n, len(b))]
	switch b[5] {
	case s7Connect, s7Confirm:
		if b[5] == s7Connect {
			t.say("S7 connect request")
		} else {
			t.say("S7 connect confirm")
		}
		if rack, slot, ok := s7Slot(whole); ok {
			t.itemNumber("rack", uint64(rack))
			t.itemNumber("slot", uint64(slot))
		}
	case s7Data:
		s7Message(t, whole[min(1+header, len(whole)):])
	}
	return n
}

// s7Message says one message.
func s7Message(t *talk, b []byte) {
	if len(b) >= 2 && b[0] == s7Plus {
		t.say("S7 plus")
		t.itemNumber("version", uint64(b[1]))
		return
	}
	const header = 10
	if len(b) < header || b[0] != s7ID {
		return // the rest of a message
	}
	at := header
	if b[1] == s7Ack || b[1] == s7AckData {
		at += 2
	}
	if len(b) < at {
		return
	}
	parameters := b[at:min(len(b), at+int(binary.BigEndian.Uint16(b[6:])))]
	if b[1] == s7UserData {
		s7User(t, parameters)
		return
	}
	t.say("S7 ")
	switch {
	case len(parameters) > 0:
		t.addCode(s7Functions, uint64(parameters[0]))
		if b[1] != s7Job {
			t.add(" response")
		}
	default:
		t.add("acknowledgement")
	}
	if at > header && (b[header] != 0 || b[header+1] != 0) {
		t.itemCode("error", s7Errors, uint64(b[header]))
		t.itemHex("code", uint64(b[header+1]))
	}
	if len(parameters) < 2 {
		return
	}
	switch {
	case parameters[0] == 0xf0 && len(parameters) >= 8:
		t.itemNumber("PDU", uint64(binary.BigEndian.Uint16(parameters[6:])))
	case parameters[0] == 4 || parameters[0] == 5:
		if b[1] == s7Job {
			s7Variable(t, parameters[2:])
		}
		t.itemNumber("items", uint64(parameters[1]))
		if data := b[at+len(parameters):]; b[1] == s7AckData && len(data) > 0 && data[0] != 0xff {
			t.itemCode("first", s7Returns, uint64(data[0]))
		}
	}
}

// s7Variable says where the first variable is: area, number of the block, kind, byte
// and bit; and how many of its kind follow.
func s7Variable(t *talk, b []byte) {
	const specification, length, any = 0x12, 10, 0x10
	if len(b) < 2+length || b[0] != specification || b[1] != length || b[2] != any {
		return
	}
	t.itemWord("", s7Areas.word(uint64(b[8])))
	if b[8] == 0x84 || b[8] == 0x85 {
		t.addNumber(uint64(binary.BigEndian.Uint16(b[6:])))
		t.add(".")
		if b[3] == 1 || b[3] == 2 || b[3] == 4 || b[3] == 6 {
			t.add("DB")
		}
	}
	t.addCode(s7Sizes, uint64(b[3]))
	address := uint64(b[9])<<16 | uint64(b[10])<<8 | uint64(b[11])
	t.addNumber(address >> 3)
	if b[3] == 1 {
		t.add(".")
		t.addNumber(address & 7)
	}
	t.itemNumber("count", uint64(binary.BigEndian.Uint16(b[4:])))
}

// s7User says a function of user data: its group and its number.
func s7User(t *talk, b []byte) {
	t.say("S7 user data")
	if len(b) < 7 {
		return
	}
	const answer = 8
	if b[5]>>4 == answer {
		t.add(" response")
	}
	t.itemCode("", s7Groups, uint64(b[5]&15))
	if b[5]&15 == 4 && b[6] == 1 {
		t.itemWord("", "Read SZL")
	} else {
		t.itemNumber("subfunction", uint64(b[6]))
	}
}
