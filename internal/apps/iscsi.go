package apps

// iSCSI: RFC 7143 (PDUs in section 11, keys in 13, digests in 13.1); SCSI: SPC-4 and
// SBC-3 (operation codes, status, sense data).

import (
	"bytes"
	"encoding/binary"
)

const (
	iscsiHeader  = 48
	iscsiTextMax = 8 << 10 // of the data of a login, which is waited for
	iscsiDigest  = 4
)

// Opcodes, those of the target with its bit.
const (
	iscsiCommand    = 0x01
	iscsiLogin      = 0x03
	iscsiText       = 0x04
	iscsiDataOut    = 0x05
	iscsiAnswer     = 0x21
	iscsiLoginDone  = 0x23
	iscsiDataIn     = 0x25
	iscsiR2T        = 0x31
	iscsiReject     = 0x3f
	iscsiImmediate  = 0x40 // a bit beside the opcode
	iscsiFromTarget = 0x20
)

var iscsiOpcodes = codes{"NOP-Out", "SCSI Command", "Task Management Request", "Login Request", "Text Request", "Data-Out", "Logout Request",
	0x10: "SNACK Request", 0x20: "NOP-In", 0x21: "SCSI Response", 0x22: "Task Management Response", 0x23: "Login Response",
	0x24: "Text Response", 0x25: "Data-In", 0x26: "Logout Response", 0x31: "R2T", 0x32: "Asynchronous Message", 0x3f: "Reject"}

var iscsiStages = codes{"security negotiation", "operational negotiation", 3: "full feature phase"}

// iscsiLoginStatus are classes of status in their upper byte.
var iscsiLoginStatus = codes{0x0000: "success", 0x0101: "target moved temporarily", 0x0102: "target moved permanently",
	0x0200: "initiator error", 0x0201: "authentication failure", 0x0202: "authorization failure", 0x0203: "not found",
	0x0204: "target removed", 0x0205: "unsupported version", 0x0206: "too many connections", 0x0207: "missing parameter",
	0x0208: "cannot include in session", 0x0209: "session type not supported", 0x020a: "session does not exist",
	0x020b: "invalid request during login", 0x0300: "target error", 0x0301: "service unavailable", 0x0302: "out of resources"}

var iscsiTasks = codes{1: "ABORT TASK", 2: "ABORT TASK SET", 3: "CLEAR ACA", 4: "CLEAR TASK SET", 5: "LOGICAL UNIT RESET",
	6: "TARGET WARM RESET", 7: "TARGET COLD RESET", 8: "TASK REASSIGN"}

var iscsiRejects = codes{2: "data digest error", 3: "SNACK reject", 4: "protocol error", 5: "command not supported",
	6: "immediate command reject", 7: "task in progress", 8: "invalid data ack", 9: "invalid PDU field", 10: "long operation reject",
	12: "waiting for logout"}

// iscsiSCSI are operation codes, iscsiStatus what a command ends with, iscsiSense why.
var iscsiSCSI = codes{0x00: "TEST UNIT READY", 0x03: "REQUEST SENSE", 0x08: "READ(6)", 0x0a: "WRITE(6)", 0x12: "INQUIRY", 0x15: "MODE SELECT(6)",
	0x16: "RESERVE(6)", 0x17: "RELEASE(6)", 0x1a: "MODE SENSE(6)", 0x1b: "START STOP UNIT", 0x1e: "PREVENT ALLOW MEDIUM REMOVAL",
	0x25: "READ CAPACITY(10)", 0x28: "READ(10)", 0x2a: "WRITE(10)", 0x2e: "WRITE AND VERIFY(10)", 0x2f: "VERIFY(10)",
	0x35: "SYNCHRONIZE CACHE(10)", 0x41: "WRITE SAME(10)", 0x42: "UNMAP", 0x4d: "LOG SENSE", 0x55: "MODE SELECT(10)", 0x5a: "MODE SENSE(10)",
	0x5e: "PERSISTENT RESERVE IN", 0x5f: "PERSISTENT RESERVE OUT", 0x83: "THIRD-PARTY COPY OUT", 0x84: "THIRD-PARTY COPY IN",
	0x88: "READ(16)", 0x89: "COMPARE AND WRITE", 0x8a: "WRITE(16)", 0x8f: "VERIFY(16)", 0x91: "SYNCHRONIZE CACHE(16)", 0x93: "WRITE SAME(16)",
	0x9e: "SERVICE ACTION IN(16)", 0xa0: "REPORT LUNS", 0xa3: "MAINTENANCE IN", 0xa8: "READ(12)", 0xaa: "WRITE(12)"}

var iscsiStatus = codes{0x00: "GOOD", 0x02: "CHECK CONDITION", 0x04: "CONDITION MET", 0x08: "BUSY", 0x18: "RESERVATION CONFLICT",
	0x28: "TASK SET FULL", 0x30: "ACA ACTIVE", 0x40: "TASK ABORTED"}

var iscsiSense = codes{"NO SENSE", "RECOVERED ERROR", "NOT READY", "MEDIUM ERROR", "HARDWARE ERROR", "ILLEGAL REQUEST", "UNIT ATTENTION",
	"DATA PROTECT", "BLANK CHECK", "VENDOR SPECIFIC", "COPY ABORTED", "ABORTED COMMAND", 13: "VOLUME OVERFLOW", 14: "MISCOMPARE", 15: "COMPLETED"}

// iscsiState is what the login agreed on.
type iscsiState struct {
	header, data bool // digests that the target took
	full         bool // the login is over
}

// iscsiBegins: a login has fixed bits and keys that are text. Without it, the port
// and fields that fit each other are needed.
func iscsiBegins(t *talk, b []byte) verdict {
	opcode := b[0] &^ iscsiImmediate
	if b[0]&0x80 != 0 || iscsiOpcodes.word(uint64(opcode)) == "" {
		return no
	}
	login := opcode == iscsiLogin || opcode == iscsiLoginDone
	if !login && !t.likely(protocolISCSI) {
		return no
	}
	if login && (len(b) > 1 && (b[1]&0x30 != 0 || b[1]&0xc0 == 0xc0 || b[1]>>2&3 == 2) || len(b) > 2 && b[2] > 1 || len(b) > 3 && b[3] > 1) ||
		len(b) > 4 && b[4] > 16 {
		return no
	}
	if len(b) < iscsiHeader {
		return maybe
	}
	if n := iscsiData(b); n > 1<<24-1 || login && n > iscsiTextMax {
		return no
	}
	switch opcode {
	case iscsiLogin:
		if b[0] != iscsiLogin|iscsiImmediate || iscsiData(b) == 0 {
			return no
		}
		if len(b) == iscsiHeader {
			return maybe
		}
		if c := b[iscsiHeader]; c < 'A' || c > 'Z' { // keys begin with capital letters
			return no
		}
	case iscsiLoginDone:
		if b[0] != iscsiLoginDone || iscsiLoginStatus.word(uint64(binary.BigEndian.Uint16(b[36:]))) == "" || b[38] != 0 || b[39] != 0 || b[4] != 0 {
			return no
		}
	case iscsiCommand:
		if b[1]&0x18 != 0 || b[1]&(0x80|0x20) == 0 || iscsiSCSI.word(uint64(b[32])) == "" || b[2] != 0 || b[3] != 0 {
			return no
		}
	case iscsiAnswer:
		if b[1]&0xe1 != 0x80 || b[4] != 0 || iscsiStatus.word(uint64(b[3])) == "" || b[2] > 1 {
			return no
		}
	case 0x00, 0x20:
		if b[1] != 0x80 || b[2] != 0 || b[3] != 0 || b[4] != 0 {
			return no
		}
	default:
		return no // data and rare ones are not certain enough
	}
	if opcode&iscsiFromTarget == 0 {
		t.isClient()
	} else {
		t.isServer()
	}
	return yes
}

// iscsiData is the length of the data segment that a header announces.
func iscsiData(b []byte) int { return int(b[5])<<16 | int(b[6])<<8 | int(b[7]) }

func iscsiRead(t *talk, b []byte) int {
	if len(b) < iscsiHeader {
		return 0
	}
	opcode := b[0] & 0x3f
	name := iscsiOpcodes.word(uint64(opcode))
	if b[0]&0x80 != 0 || name == "" {
		return strange
	}
	state, _ := t.state().(*iscsiState)
	if state == nil {
		state = &iscsiState{}
		t.keep(state, 16)
	}
	at := iscsiHeader + 4*int(b[4])
	size := iscsiData(b)
	n := at + (size+3)&^3
	if state.header && state.full {
		at, n = at+iscsiDigest, n+iscsiDigest
	}
	if state.data && state.full && size > 0 {
		n += iscsiDigest
	}
	wanted := at + min(size, iscsiTextMax)
	switch opcode {
	case iscsiDataOut, iscsiDataIn, iscsiCommand:
		wanted = iscsiHeader
	}
	if len(b) < wanted && !t.cut {
		return 0
	}
	data := b[min(at, len(b)):min(at+min(size, iscsiTextMax), len(b))]
	if opcode == iscsiDataOut || opcode == iscsiDataIn && (b[1]&1 == 0 || b[3] == 0) {
		return n // bulk data, without a status
	}
	t.say("iSCSI ", name)
	iscsiSay(t, state, opcode, b, data)
	return n
}

func iscsiSay(t *talk, state *iscsiState, opcode byte, b, data []byte) {
	switch opcode {
	case iscsiCommand:
		iscsiCDB(t, b)
	case iscsiLogin:
		if b[1]&0x80 != 0 {
			t.itemCode("next", iscsiStages, uint64(b[1]&3))
		}
		iscsiKeys(t, nil, data)
	case iscsiText, 0x24:
		iscsiKeys(t, nil, data)
	case iscsiLoginDone:
		status := binary.BigEndian.Uint16(b[36:])
		t.add(" ")
		t.addCode(iscsiLoginStatus, uint64(status))
		iscsiKeys(t, state, data)
		if b[1]&0x83 == 0x83 && status == 0 { // over to full feature phase
			state.full = true
		}
	case iscsiAnswer, iscsiDataIn:
		iscsiResult(t, opcode, b, data)
	case 0x02:
		t.itemCode("", iscsiTasks, uint64(b[1]&0x7f))
	case 0x22:
		t.itemNumber("response", uint64(b[2]))
	case iscsiR2T:
		t.itemNumber("offset", uint64(binary.BigEndian.Uint32(b[40:])))
		t.itemNumber("bytes", uint64(binary.BigEndian.Uint32(b[44:])))
	case iscsiReject:
		t.itemCode("", iscsiRejects, uint64(b[2]))
	}
}

// iscsiKeys says names in the keys of a login or text, which end with zeros. state
// takes digests that a target answered with.
func iscsiKeys(t *talk, state *iscsiState, data []byte) {
	for len(data) > 0 {
		var pair []byte
		pair, data, _ = bytes.Cut(data, []byte{0})
		key, value, _ := bytes.Cut(pair, []byte{'='})
		switch string(key) {
		case "InitiatorName":
			t.item("initiator", value)
		case "TargetName":
			t.item("target", value)
		case "TargetAddress":
			t.item("address", value)
		case "SendTargets", "SessionType":
			t.item(string(key), value)
		case "HeaderDigest", "DataDigest":
			if state == nil {
				break
			}
			agreed := string(value) == "CRC32C"
			if string(key) == "HeaderDigest" {
				state.header = agreed
			} else {
				state.data = agreed
			}
			if agreed {
				t.item(string(key), value)
			}
		}
	}
}

// iscsiCDB says the command descriptor block of a command, and the blocks that it is
// about.
func iscsiCDB(t *talk, b []byte) {
	cdb := b[32:iscsiHeader]
	t.add(" ")
	t.addCode(iscsiSCSI, uint64(cdb[0]))
	t.itemNumber("LUN", uint64(binary.BigEndian.Uint16(b[8:])&0x3fff))
	t.itemHex("task", uint64(binary.BigEndian.Uint32(b[16:])))
	address, blocks := uint64(0), uint64(0)
	switch cdb[0] {
	case 0x08, 0x0a:
		address, blocks = uint64(binary.BigEndian.Uint32(cdb)&0x1fffff), uint64(cdb[4])
		if blocks == 0 {
			blocks = 256
		}
	case 0x28, 0x2a, 0x2e, 0x2f, 0x35, 0x41:
		address, blocks = uint64(binary.BigEndian.Uint32(cdb[2:])), uint64(binary.BigEndian.Uint16(cdb[7:]))
	case 0xa8, 0xaa:
		address, blocks = uint64(binary.BigEndian.Uint32(cdb[2:])), uint64(binary.BigEndian.Uint32(cdb[6:]))
	case 0x88, 0x8a, 0x8f, 0x91, 0x93:
		address, blocks = binary.BigEndian.Uint64(cdb[2:]), uint64(binary.BigEndian.Uint32(cdb[10:]))
	default:
		return
	}
	t.itemNumber("LBA", address)
	t.itemNumber("blocks", blocks)
}

// iscsiResult says how a command ended; the data have sense data behind their length.
func iscsiResult(t *talk, opcode byte, b, data []byte) {
	if opcode == iscsiAnswer && b[2] != 0 {
		t.add(" target failure")
	} else {
		t.add(" ")
		t.addCode(iscsiStatus, uint64(b[3]))
	}
	t.itemHex("task", uint64(binary.BigEndian.Uint32(b[16:])))
	if opcode != iscsiAnswer || len(data) < 2+4 {
		return
	}
	sense := data[2:]
	const fixed, descriptor = 0x70, 0x72
	switch code := sense[0] & 0x7e; {
	case code == fixed && len(sense) >= 14:
		iscsiSayWhy(t, sense[2], sense[12], sense[13])
	case code == descriptor:
		iscsiSayWhy(t, sense[1], sense[2], sense[3])
	}
}

func iscsiSayWhy(t *talk, key, code, qualifier byte) {
	t.itemCode("", iscsiSense, uint64(key&15))
	t.itemHex("ASC", uint64(code))
	t.itemHex("ASCQ", uint64(qualifier))
}
