package apps

// NVMe/TCP: "NVM Express TCP Transport Specification" 1.0 (PDUs, section 3.6), "NVM
// Express over Fabrics" (Connect and other commands of type 7Fh), "NVM Express Base
// Specification" and "NVM Command Set Specification" 1.0 (opcodes, status).

import (
	"bytes"
	"encoding/binary"
)

const (
	nvmeHeader     = 8
	nvmeCommand    = nvmeHeader + 64
	nvmeResponse   = nvmeHeader + 16
	nvmeInit       = 128
	nvmeFabrics    = 0x7f      // opcode
	nvmeConnect    = 256 + 512 // bytes of a connect's data with names of both ends
	nvmeMessageMax = 1<<24 + 128
)

// nvmePDUs are kinds of PDUs.
var nvmePDUs = codes{"ICReq", "ICResp", "H2CTermReq", "C2HTermReq", "CapsuleCmd", "CapsuleResp", "H2CData", "C2HData", 9: "R2T"}

// nvmeLengths are those of PDUs' headers, by kind; of the kinds that end a connection
// the header alone.
var nvmeLengths = [...]byte{nvmeInit, nvmeInit, 24, 24, nvmeCommand, nvmeResponse, 24, 24, 0, 24}

var nvmeAdmin = codes{0x00: "Delete I/O Submission Queue", 0x01: "Create I/O Submission Queue", 0x02: "Get Log Page",
	0x04: "Delete I/O Completion Queue", 0x05: "Create I/O Completion Queue", 0x06: "Identify", 0x08: "Abort", 0x09: "Set Features",
	0x0a: "Get Features", 0x0c: "Asynchronous Event Request", 0x0d: "Namespace Management", 0x10: "Firmware Commit",
	0x11: "Firmware Image Download", 0x14: "Device Self-test", 0x15: "Namespace Attachment", 0x18: "Keep Alive", 0x19: "Directive Send",
	0x1a: "Directive Receive", 0x80: "Format NVM", 0x81: "Security Send", 0x82: "Security Receive", 0x84: "Sanitize"}

var nvmeIO = codes{0x00: "Flush", 0x01: "Write", 0x02: "Read", 0x04: "Write Uncorrectable", 0x05: "Compare", 0x08: "Write Zeroes",
	0x09: "Dataset Management", 0x0c: "Verify", 0x0d: "Reservation Register", 0x0e: "Reservation Report", 0x11: "Reservation Acquire",
	0x15: "Reservation Release", 0x19: "Copy", 0x79: "Zone Management Send", 0x7a: "Zone Management Receive", 0x7d: "Zone Append"}

var nvmeFabricsTypes = codes{"Property Set", "Connect", 4: "Property Get", 5: "Authentication Send", 6: "Authentication Receive", 8: "Disconnect"}

// nvmeGeneric and nvmeSpecific are status codes of the first two types.
var nvmeGeneric = codes{"Successful Completion", "Invalid Command Opcode", "Invalid Field in Command", "Command ID Conflict", "Data Transfer Error",
	"Commands Aborted due to Power Loss Notification", "Internal Error", "Command Abort Requested", "Command Aborted due to SQ Deletion",
	0x0b: "Invalid Namespace or Format", 0x0c: "Command Sequence Error", 0x80: "LBA Out of Range", 0x81: "Capacity Exceeded",
	0x82: "Namespace Not Ready", 0x83: "Reservation Conflict"}

var nvmeSpecific = codes{0x80: "Connect Incompatible Format", 0x81: "Connect Controller Busy", 0x82: "Connect Invalid Parameters",
	0x83: "Connect Restart Discovery", 0x84: "Connect Invalid Host"}

// nvmeFatal is why a side ends the connection.
var nvmeFatal = codes{1: "Invalid PDU Header Field", 2: "PDU Sequence Error", 3: "Header Digest Error", 4: "Data Transfer Out of Range",
	5: "Data Transfer Limit Exceeded", 6: "Unsupported Parameter"}

// nvmeState is which queue the connection is: opcodes mean something else in that for
// administration.
type nvmeState struct {
	known bool
	queue uint16
}

// nvmeBegins: the lengths of header and PDU that the kind has, and flags that it has.
func nvmeBegins(t *talk, b []byte) verdict {
	if nvmePDUs.word(uint64(b[0])) == "" || len(b) > 2 && b[2] != nvmeLengths[b[0]] {
		return no
	}
	if len(b) < nvmeHeader {
		return maybe
	}
	n := int(binary.LittleEndian.Uint32(b[4:]))
	header := int(b[2])
	const headerDigest, dataDigest = 1 << 0, 1 << 1
	first := header
	if b[1]&headerDigest != 0 {
		first += 4
	}
	offset := int(b[3])
	switch b[0] {
	case 0, 1: // zeros where the version is, and few flags
		if len(b) < 16 {
			return maybe
		}
		if n != nvmeInit || b[1] != 0 || offset != 0 || b[8] != 0 || b[9] != 0 || b[10] > 31 || b[11]&^3 != 0 {
			return no
		}
	case 4:
		if b[1]&^(headerDigest|dataDigest) != 0 || n < first || n > nvmeMessageMax || offset != 0 && offset < first || n > first && offset == 0 {
			return no
		}
	case 5, 9:
		if b[1]&^headerDigest != 0 || n != first || offset != 0 {
			return no
		}
	case 6, 7:
		if b[1]&^0xf != 0 || n <= first || n > nvmeMessageMax || offset < first {
			return no
		}
	default:
		return no
	}
	if b[0] == 0 || b[0] == 4 || b[0] == 6 {
		t.isClient()
	} else {
		t.isServer()
	}
	return yes
}

func nvmeRead(t *talk, b []byte) int {
	if len(b) < nvmeHeader {
		return 0
	}
	name, n := nvmePDUs.word(uint64(b[0])), int(binary.LittleEndian.Uint32(b[4:]))
	if name == "" || b[2] != nvmeLengths[b[0]] || n < int(b[2]) || n > nvmeMessageMax {
		return strange
	}
	if b[0] == 6 || b[0] == 7 {
		return n // bulk data
	}
	wanted := int(b[2])
	if b[0] == 4 && len(b) > nvmeHeader && b[nvmeHeader] == nvmeFabrics {
		wanted = min(n, int(b[3])+nvmeConnect)
	}
	if len(b) < max(wanted, nvmeHeader+1) && !t.cut {
		return 0
	}
	state, _ := t.state().(*nvmeState)
	if state == nil {
		state = new(nvmeState)
		t.keep(state, 16)
	}
	t.say("NVMe/TCP ", name)
	if len(b) < int(b[2]) {
		return n // cut off
	}
	switch b[0] {
	case 0, 1:
		if b[11]&1 != 0 {
			t.itemWord("", "header digest")
		}
		if b[11]&2 != 0 {
			t.itemWord("", "data digest")
		}
	case 2, 3:
		t.itemCode("", nvmeFatal, uint64(binary.LittleEndian.Uint16(b[8:])))
	case 4:
		nvmeSubmission(t, state, b[:min(n, len(b))])
	case 5:
		nvmeCompletion(t, b)
	case 9:
		t.itemNumber("command", uint64(binary.LittleEndian.Uint16(b[8:])))
		t.itemNumber("offset", uint64(binary.LittleEndian.Uint32(b[12:])))
		t.itemNumber("bytes", uint64(binary.LittleEndian.Uint32(b[16:])))
	}
	return n
}

// nvmeSubmission says a command.
func nvmeSubmission(t *talk, state *nvmeState, pdu []byte) {
	b := pdu[nvmeHeader:nvmeCommand]
	opcode, namespace := b[0], binary.LittleEndian.Uint32(b[4:])
	t.add(" ")
	switch {
	case opcode == nvmeFabrics:
		t.addCode(nvmeFabricsTypes, uint64(b[4]))
	case !state.known:
		t.add("opcode ")
		t.addNumber(uint64(opcode))
	case state.queue == 0:
		t.addCode(nvmeAdmin, uint64(opcode))
	default:
		t.addCode(nvmeIO, uint64(opcode))
	}
	t.itemNumber("command", uint64(binary.LittleEndian.Uint16(b[2:])))
	if opcode == nvmeFabrics {
		if b[4] == 1 {
			state.known, state.queue = true, binary.LittleEndian.Uint16(b[42:])
			t.itemNumber("queue", uint64(state.queue))
			nvmeNames(t, pdu[min(int(pdu[3]), len(pdu)):])
		}
		return
	}
	if namespace != 0 {
		t.itemNumber("namespace", uint64(namespace))
	}
	if !state.known || state.queue == 0 {
		return
	}
	switch opcode {
	case 1, 2, 4, 5, 8, 0x0c, 0x7d:
		t.itemNumber("LBA", binary.LittleEndian.Uint64(b[40:]))
		t.itemNumber("blocks", uint64(binary.LittleEndian.Uint16(b[48:]))+1)
	}
}

// nvmeNames says the names in the data of Connect, which end with zeros.
func nvmeNames(t *talk, b []byte) {
	const subsystem, host, size = 256, 512, 256
	if len(b) < host+size {
		return
	}
	name, _, _ := bytes.Cut(b[subsystem:subsystem+size], []byte{0})
	t.item("subsystem", name)
	name, _, _ = bytes.Cut(b[host:host+size], []byte{0})
	t.item("host", name)
}

func nvmeCompletion(t *talk, pdu []byte) {
	b := pdu[nvmeHeader:nvmeResponse]
	t.itemNumber("command", uint64(binary.LittleEndian.Uint16(b[12:])))
	status := binary.LittleEndian.Uint16(b[14:]) >> 1 // behind the phase
	code, kind := uint64(status&0xff), status>>8&7
	switch {
	case kind == 0 && nvmeGeneric.word(code) != "":
		t.itemWord("", nvmeGeneric.word(code))
	case kind == 1 && nvmeSpecific.word(code) != "":
		t.itemWord("", nvmeSpecific.word(code))
	default:
		t.itemHex("type", uint64(kind))
		t.itemHex("status", code)
	}
}
