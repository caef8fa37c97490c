package apps

// RoCEv2: "InfiniBand Architecture Specification", volume 1 (transport headers, chapter
// 9; management datagrams, chapter 13; communication management, chapter 12), annex A17
// (over UDP).

import "encoding/binary"

const (
	roceBTH  = 12
	roceICRC = 4
)

// roceTransports are the upper three bits of opcodes, of those without one
// roceCongestion is known.
var roceTransports = codes{"RC", "UC", "RD", "UD", 5: "XRC"}

// roceOperations are the lower five bits.
var roceOperations = codes{"SEND First", "SEND Middle", "SEND Last", "SEND Last with Immediate", "SEND Only", "SEND Only with Immediate",
	"RDMA WRITE First", "RDMA WRITE Middle", "RDMA WRITE Last", "RDMA WRITE Last with Immediate", "RDMA WRITE Only",
	"RDMA WRITE Only with Immediate", "RDMA READ Request", "RDMA READ Response First", "RDMA READ Response Middle",
	"RDMA READ Response Last", "RDMA READ Response Only", "Acknowledge", "ATOMIC Acknowledge", "CmpSwap", "FetchAdd", "RESYNC",
	"SEND Last with Invalidate", "SEND Only with Invalidate"}

// Operations, and the transport of those that set up others.
const (
	roceSendMiddle   = 1
	roceSendOnly     = 4
	roceWriteFirst   = 6
	roceWriteMiddle  = 7
	roceWriteOnly    = 10
	roceWriteOnlyImm = 11
	roceReadRequest  = 12
	roceReadMiddle   = 14
	roceReadLast     = 15
	roceReadOnly     = 16
	roceAcknowledge  = 17
	roceReadFirst    = 13
	roceUnreliable   = 1
	roceReliable     = 2 // datagrams
	roceDatagrams    = 3
	roceExtended     = 5
	roceCongestion   = 4
)

// roceNAKs are negative acknowledgements.
var roceNAKs = codes{"PSN sequence error", "invalid request", "remote access error", "remote operational error", "invalid RD request"}

// roceMessages are those of communication management.
var roceMessages = codes{0x10: "ConnectRequest", 0x11: "MsgRcptAck", 0x12: "ConnectReject", 0x13: "ConnectReply", 0x14: "ReadyToUse",
	0x15: "DisconnectRequest", 0x16: "DisconnectReply", 0x17: "ServiceIDResReq", 0x18: "ServiceIDResReqResp", 0x19: "LoadAlternatePath",
	0x1a: "AlternatePathResponse"}

// roceDatagram: a base transport header whose reserved bits are 0, of an operation
// that its transport has, and a length that fits.
func roceDatagram(t *talk, b []byte) bool {
	if !t.toPort(protocolRoCE) || len(b) < roceBTH || t.p.Length < roceBTH+roceICRC || t.p.Length%4 != 0 {
		return false
	}
	transport, operation := b[0]>>5, b[0]&31
	const version, reserved = 0x0f, 0x3f // beside the bits for congestion
	if key, pair := binary.BigEndian.Uint16(b[2:])&0x7fff, binary.BigEndian.Uint32(b[4:])&0xffffff; key == 0 || pair == 0 {
		return false
	}
	if b[1]&version != 0 || b[4]&reserved != 0 || b[8]&0x7f != 0 || !roceHas(transport, operation) {
		return false
	}
	at := roceBTH + roceHeaders(transport, operation)
	pad := int(b[1] >> 4 & 3)
	if size := t.p.Length - at - pad - roceICRC; size < 0 || transport != roceCongestion && !roceFits(operation, size) {
		return false
	}
	switch operation {
	case roceSendMiddle, roceWriteMiddle, roceReadMiddle:
		if transport != roceCongestion {
			return true // bulk data
		}
	}
	t.say("RoCEv2 ")
	if transport == roceCongestion {
		t.add("CNP")
	} else {
		t.add(roceTransports.word(uint64(transport)), " ", roceOperations.word(uint64(operation)))
	}
	t.itemHex("QP", uint64(binary.BigEndian.Uint32(b[4:])&0xffffff))
	if transport == roceCongestion {
		return true
	}
	t.itemNumber("PSN", uint64(binary.BigEndian.Uint32(b[8:])&0xffffff))
	if len(b) >= at {
		roceExtensions(t, transport, operation, b[roceBTH:])
	}
	return true
}

// roceHas reports whether a transport has an operation.
func roceHas(transport, operation byte) bool {
	switch transport {
	case roceUnreliable:
		return operation <= roceWriteOnlyImm
	case roceReliable:
		return operation <= 21
	case roceDatagrams:
		return operation == roceSendOnly || operation == roceSendOnly+1
	case roceCongestion:
		return operation <= 1
	case 0, roceExtended:
		return operation <= 23 && operation != 21
	}
	return false
}

// roceFits reports whether an operation may have so many bytes of payload: packets that
// are not the last of a message have as many as the path takes.
func roceFits(operation byte, size int) bool {
	switch operation {
	case 0, roceSendMiddle, roceWriteFirst, roceWriteMiddle, roceReadFirst, roceReadMiddle:
		return size == 256 || size == 512 || size == 1024 || size == 2048 || size == 4096
	case roceReadRequest, roceAcknowledge, 18, 19, 20:
		return size == 0
	}
	return size <= 4096
}

// roceHeaders is how many bytes of extended transport headers follow the first.
func roceHeaders(transport, operation byte) (n int) {
	const domain, datagram, extended, remote, acknowledge, atomic, atomicAcknowledge = 4, 8, 4, 16, 4, 28, 8
	switch transport {
	case roceReliable:
		n = domain + datagram
	case roceDatagrams:
		return datagram
	case roceExtended:
		n = extended
	case roceCongestion:
		return 16
	}
	switch operation {
	case roceWriteFirst, roceWriteOnly, roceWriteOnlyImm, roceReadRequest:
		n += remote
	case roceReadFirst, roceReadLast, roceReadOnly, roceAcknowledge:
		n += acknowledge
	case 18:
		n += acknowledge + atomicAcknowledge
	case 19, 20:
		n += atomic
	}
	return n
}

// roceExtensions says what the extended headers have: where memory is, what is
// acknowledged, who speaks.
func roceExtensions(t *talk, transport, operation byte, b []byte) {
	switch transport {
	case roceDatagrams:
		t.itemHex("source", uint64(binary.BigEndian.Uint32(b[4:])&0xffffff))
		roceManagement(t, b[8:])
		return
	case roceReliable:
		b = b[12:]
	case roceExtended:
		b = b[4:]
	}
	switch operation {
	case roceWriteFirst, roceWriteOnly, roceWriteOnlyImm, roceReadRequest, 19, 20:
		t.itemHex("address", binary.BigEndian.Uint64(b))
		t.itemHex("key", uint64(binary.BigEndian.Uint32(b[8:])))
		if operation < 19 {
			t.itemNumber("bytes", uint64(binary.BigEndian.Uint32(b[12:])))
		}
	case roceReadFirst, roceReadLast, roceReadOnly, roceAcknowledge, 18:
		switch b[0] >> 5 {
		case 0:
		case 1:
			t.itemWord("", "RNR NAK")
		case 3:
			t.nextItem("")
			t.add("NAK ")
			t.addCode(roceNAKs, uint64(b[0]&31))
		}
	}
}

// roceManagement says messages of communication management, which have a header that
// is their own.
func roceManagement(t *talk, b []byte) {
	const class = 7
	if len(b) < 24 || b[0] != 1 || b[1] != class {
		return
	}
	if w := roceMessages.word(uint64(binary.BigEndian.Uint16(b[16:]))); w != "" {
		t.itemWord("CM", w)
	}
}
