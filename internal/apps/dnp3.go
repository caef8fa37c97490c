package apps

// DNP3: IEEE 1815 (data link layer, transport function, application layer); over TCP
// and UDP as in its section 13.

import "encoding/binary"

const (
	dnp3Header = 10 // with its CRC
	dnp3Block  = 16 // bytes of user data, each of which has a CRC
	dnp3Shown  = 8  // objects that are said
)

// dnp3Primary and dnp3Secondary are functions of the link layer.
var (
	dnp3Primary   = codes{0: "RESET_LINK_STATES", 2: "TEST_LINK_STATES", 3: "CONFIRMED_USER_DATA", 4: "UNCONFIRMED_USER_DATA", 9: "REQUEST_LINK_STATUS"}
	dnp3Secondary = codes{0: "ACK", 1: "NACK", 11: "LINK_STATUS", 15: "NOT_SUPPORTED"}
)

// dnp3Functions are those of the application layer.
var dnp3Functions = codes{"CONFIRM", "READ", "WRITE", "SELECT", "OPERATE", "DIRECT_OPERATE", "DIRECT_OPERATE_NR", "IMMED_FREEZE",
	"IMMED_FREEZE_NR", "FREEZE_CLEAR", "FREEZE_CLEAR_NR", "FREEZE_AT_TIME", "FREEZE_AT_TIME_NR", "COLD_RESTART", "WARM_RESTART",
	"INITIALIZE_DATA", "INITIALIZE_APPL", "START_APPL", "STOP_APPL", "SAVE_CONFIG", "ENABLE_UNSOLICITED", "DISABLE_UNSOLICITED",
	"ASSIGN_CLASS", "DELAY_MEASURE", "RECORD_CURRENT_TIME", "OPEN_FILE", "CLOSE_FILE", "DELETE_FILE", "GET_FILE_INFO",
	"AUTHENTICATE_FILE", "ABORT_FILE", "ACTIVATE_CONFIG", "AUTHENTICATE_REQ", "AUTH_REQ_NO_ACK", 129: "RESPONSE",
	130: "UNSOLICITED_RESPONSE", 131: "AUTHENTICATE_RESP"}

// dnp3Indications are the bits of internal indications, from the lowest of the first
// byte on.
var dnp3Indications = codes{"BROADCAST", "CLASS_1_EVENTS", "CLASS_2_EVENTS", "CLASS_3_EVENTS", "NEED_TIME", "LOCAL_CONTROL",
	"DEVICE_TROUBLE", "DEVICE_RESTART", "NO_FUNC_CODE_SUPPORT", "OBJECT_UNKNOWN", "PARAMETER_ERROR", "EVENT_BUFFER_OVERFLOW",
	"ALREADY_EXECUTING", "CONFIG_CORRUPT"}

// dnp3CRC is the CRC of the link layer: polynomial 0x3d65, its bits reflected, the
// result inverted.
func dnp3CRC(b []byte) uint16 {
	const reflected = 0xa6bc
	crc := uint16(0)
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ reflected
			} else {
				crc >>= 1
			}
		}
	}
	return ^crc
}

// dnp3Begins: two bytes begin a frame, and the CRC of its header is right.
func dnp3Begins(t *talk, b []byte) verdict {
	if b[0] != 0x05 || len(b) > 1 && b[1] != 0x64 || len(b) > 2 && b[2] < 5 {
		return no
	}
	if len(b) < dnp3Header {
		return maybe
	}
	if dnp3CRC(b[:8]) != binary.LittleEndian.Uint16(b[8:]) {
		return no
	}
	if b[3]&0x80 != 0 { // from the master
		t.isClient()
	} else {
		t.isServer()
	}
	return yes
}

// dnp3Length is that of a frame whose header begins with b.
func dnp3Length(b []byte) int {
	user := int(b[2]) - 5
	return dnp3Header + user + 2*((user+dnp3Block-1)/dnp3Block)
}

func dnp3Read(t *talk, b []byte) int {
	switch dnp3Begins(t, b) {
	case maybe:
		return 0
	case no:
		return strange
	}
	n := dnp3Length(b)
	if len(b) < n && !t.cut {
		return 0
	}
	dnp3Frame(t, b[:min(n, len(b))])
	return n
}

func dnp3Datagram(t *talk, b []byte) bool {
	if len(b) == 0 || dnp3Begins(t, b) != yes {
		return false
	}
	for len(b) > 0 && dnp3Begins(t, b) == yes {
		n := min(dnp3Length(b), len(b))
		dnp3Frame(t, b[:n])
		b = b[n:]
	}
	return true
}

// dnp3Frame says what a frame is about: the application's function, or that of the
// link.
func dnp3Frame(t *talk, b []byte) {
	control := b[3]
	primary := control&0x40 != 0
	var data [256]byte
	user := dnp3User(data[:0], b[dnp3Header:])
	if primary && (control&0xf == 3 || control&0xf == 4) && len(user) >= 3 {
		const first = 0x40
		if user[0]&first == 0 {
			return // a fragment goes on
		}
		t.say("DNP3 ")
		t.addCode(dnp3Functions, uint64(user[2]))
		dnp3Ends(t, b)
		dnp3Application(t, user[2], user[3:])
		return
	}
	t.say("DNP3 ")
	if primary {
		t.addCode(dnp3Primary, uint64(control&0xf))
	} else {
		t.addCode(dnp3Secondary, uint64(control&0xf))
	}
	dnp3Ends(t, b)
}

func dnp3Ends(t *talk, b []byte) {
	t.itemNumber("source", uint64(binary.LittleEndian.Uint16(b[6:])))
	t.itemNumber("destination", uint64(binary.LittleEndian.Uint16(b[4:])))
}

// dnp3User appends the user data of blocks up to the first whose CRC is wrong, or that
// was cut off.
func dnp3User(user, blocks []byte) []byte {
	for len(blocks) > 2 {
		n := min(dnp3Block, len(blocks)-2)
		if dnp3CRC(blocks[:n]) != binary.LittleEndian.Uint16(blocks[n:]) {
			break
		}
		user, blocks = append(user, blocks[:n]...), blocks[n+2:]
	}
	return user
}

// dnp3Application says the indications of a response, and which objects follow. Where
// these have data, only the first is known.
func dnp3Application(t *talk, function byte, b []byte) {
	if function >= 129 && function <= 131 {
		if len(b) < 2 {
			return
		}
		bits := binary.LittleEndian.Uint16(b)
		for i := range uint64(len(dnp3Indications)) {
			if bits>>i&1 != 0 {
				t.itemWord("", dnp3Indications.word(i))
			}
		}
		b = b[2:]
	}
	for range dnp3Shown {
		if len(b) < 3 {
			return
		}
		t.itemNumber("object", uint64(b[0]))
		t.add(".")
		t.addNumber(uint64(b[1]))
		size := dnp3Range(b[2])
		if function != 1 || size < 0 || len(b) < 3+size { // others than READ have data
			return
		}
		b = b[3+size:]
	}
}

// dnp3Range is how many bytes of range follow a qualifier; -1: it is not known.
func dnp3Range(qualifier byte) int {
	switch qualifier {
	case 0x00:
		return 2
	case 0x01:
		return 4
	case 0x06:
		return 0
	case 0x07:
		return 1
	case 0x08:
		return 2
	}
	return -1
}
