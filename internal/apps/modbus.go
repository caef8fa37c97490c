package apps

// Modbus: "MODBUS Application Protocol Specification" V1.1b3 (functions and
// exceptions), "MODBUS Messaging on TCP/IP Implementation Guide" V1.0b (header).

import "encoding/binary"

const (
	modbusHeader = 7   // number, protocol, length, unit
	modbusMax    = 254 // of the length: unit and PDU
)

var modbusFunctions = codes{1: "Read Coils", 2: "Read Discrete Inputs", 3: "Read Holding Registers", 4: "Read Input Registers",
	5: "Write Single Coil", 6: "Write Single Register", 7: "Read Exception Status", 8: "Diagnostics", 11: "Get Comm Event Counter",
	12: "Get Comm Event Log", 15: "Write Multiple Coils", 16: "Write Multiple Registers", 17: "Report Server ID", 20: "Read File Record",
	21: "Write File Record", 22: "Mask Write Register", 23: "Read/Write Multiple Registers", 24: "Read FIFO Queue",
	43: "Encapsulated Interface Transport"}

var modbusExceptions = codes{1: "Illegal Function", 2: "Illegal Data Address", 3: "Illegal Data Value", 4: "Server Device Failure",
	5: "Acknowledge", 6: "Server Device Busy", 8: "Memory Parity Error", 10: "Gateway Path Unavailable",
	11: "Gateway Target Device Failed to Respond"}

// modbusBegins: the protocol's number is 0, and what the function has fits to the
// length. On other ports there are five bytes at least, and nothing but such messages
// fills the segment.
func modbusBegins(t *talk, b []byte) verdict {
	likely := t.likely(protocolModbus) || t.s.app == protocolModbus
	asks, answers, v := modbusFits(b)
	switch {
	case v != yes:
		return v
	case !asks && !answers:
		return no
	}
	for n := modbusHeader - 1 + int(b[5]); !likely; n = modbusHeader - 1 + int(b[5]) {
		if n < modbusHeader+5 {
			return no
		}
		if b = b[n:]; len(b) == 0 {
			break
		}
		if ask, answer, v := modbusFits(b); v == no || v == yes && !ask && !answer {
			return no
		} else if v == maybe {
			break
		}
	}
	switch {
	case t.likely(protocolModbus) && t.toPort(protocolModbus), asks && !answers:
		t.isClient()
	case t.likely(protocolModbus), answers && !asks:
		t.isServer()
	}
	return yes
}

// modbusFits reports whether a message begins with b, and whether it can be a request
// or a response, of which maybe not all is there.
func modbusFits(b []byte) (asks, answers bool, v verdict) {
	if len(b) > 2 && b[2] != 0 || len(b) > 3 && b[3] != 0 || len(b) > 4 && b[4] != 0 || len(b) > 5 && (b[5] < 2 || b[5] > modbusMax) {
		return false, false, no
	}
	if len(b) <= modbusHeader {
		return false, false, maybe
	}
	if modbusFunctions.word(uint64(b[modbusHeader]&0x7f)) == "" {
		return false, false, no
	}
	n := modbusHeader - 1 + int(b[5])
	if len(b) < n {
		return false, false, maybe
	}
	pdu := b[modbusHeader:n]
	return modbusAsks(pdu), modbusAnswers(pdu), yes
}

// modbusAsks reports whether a PDU is a request.
func modbusAsks(b []byte) bool {
	switch b[0] {
	case 1, 2, 3, 4:
		return len(b) == 5 && binary.BigEndian.Uint16(b[3:]) > 0 && binary.BigEndian.Uint16(b[3:]) <= 2000
	case 5:
		return len(b) == 5 && b[4] == 0 && (b[3] == 0 || b[3] == 0xff)
	case 6:
		return len(b) == 5
	case 7, 11, 12, 17:
		return len(b) == 1
	case 8:
		return len(b) >= 5 && b[1] == 0 && b[2] <= 20
	case 15, 16:
		return len(b) >= 7 && len(b) == 6+int(b[5])
	case 20, 21:
		return len(b) >= 9 && len(b) == 2+int(b[1])
	case 22:
		return len(b) == 7
	case 23:
		return len(b) >= 12 && len(b) == 10+int(b[9])
	case 24:
		return len(b) == 3
	case 43:
		return len(b) >= 3 && (b[1] == 13 || b[1] == 14)
	}
	return false
}

// modbusAnswers reports whether a PDU is a response.
func modbusAnswers(b []byte) bool {
	switch b[0] {
	case 1, 2, 3, 4, 12, 17, 20, 21, 23:
		return len(b) >= 3 && len(b) == 2+int(b[1])
	case 7:
		return len(b) == 2
	case 11, 15, 16:
		return len(b) == 5
	case 24:
		return len(b) >= 5 && len(b) == 3+int(binary.BigEndian.Uint16(b[1:]))
	case 5, 6, 8, 22, 43:
		return modbusAsks(b)
	}
	return b[0] >= 0x80 && len(b) == 2 && modbusFunctions.word(uint64(b[0]&0x7f)) != "" && modbusExceptions.word(uint64(b[1])) != ""
}

func modbusRead(t *talk, b []byte) int {
	if len(b) <= modbusHeader {
		return 0
	}
	n := modbusHeader - 1 + int(binary.BigEndian.Uint16(b[4:]))
	if b[2] != 0 || b[3] != 0 || n <= modbusHeader || n > modbusHeader-1+modbusMax {
		return strange
	}
	if len(b) < n && !t.cut {
		return 0
	}
	modbusSay(t, b[6], b[modbusHeader:min(n, len(b))])
	return n
}

func modbusSay(t *talk, unit byte, b []byte) {
	t.say("Modbus ")
	if b[0] >= 0x80 {
		t.add("exception ")
		if len(b) > 1 {
			t.addCode(modbusExceptions, uint64(b[1]))
		}
		t.itemNumber("unit", uint64(unit))
		t.itemCode("function", modbusFunctions, uint64(b[0]&0x7f))
		return
	}
	t.addCode(modbusFunctions, uint64(b[0]))
	if !t.toServer() {
		t.add(" response")
	}
	t.itemNumber("unit", uint64(unit))
	if len(b) < 5 {
		return
	}
	word := func(name string, at int) { t.itemNumber(name, uint64(binary.BigEndian.Uint16(b[at:]))) }
	switch b[0] {
	case 1, 2, 3, 4:
		if t.toServer() {
			word("address", 1)
			word("count", 3)
		}
	case 5:
		word("address", 1)
		if b[3] == 0 {
			t.itemWord("value", "off")
		} else {
			t.itemWord("value", "on")
		}
	case 6:
		word("address", 1)
		word("value", 3)
	case 8:
		word("subfunction", 1)
	case 15, 16:
		word("address", 1)
		word("count", 3)
	case 22:
		word("address", 1)
	case 23:
		if t.toServer() && len(b) >= 9 {
			word("address", 1)
			word("count", 3)
			word("write address", 5)
			word("write count", 7)
		}
	}
}
