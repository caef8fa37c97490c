// sctp.go: Stream Control Transmission Protocol (RFC 9260).

package printer

import "github.com/tapdump/tapdump/versions"

var sctpChecks = versions.Since(versions.V5_0, "SCTP", "`truncated-sctp - 1 bytes missing!`, `bogus chunk length 19]`",
	"`[length 11 < 12] (invalid)`, `[chunk length 15 < 16] (invalid)`, without the chunk's header")

const (
	sctpHeaderLen = 12
	sctpChunkLen  = 4 // of a chunk's header
)

// Chunk types that are decoded (IANA sctp-parameters).
const (
	sctpData    = 0
	sctpInit    = 1
	sctpInitAck = 2
	sctpSACK    = 3
)

var sctpChunks = []tok{
	{sctpData, "DATA"},
	{sctpInit, "INIT"},
	{sctpInitAck, "INIT ACK"},
	{sctpSACK, "SACK"},
	{4, "HB REQ"},
	{5, "HB ACK"},
	{6, "ABORT"},
	{7, "SHUTDOWN"},
	{8, "SHUTDOWN ACK"},
	{9, "OP ERR"},
	{10, "COOKIE ECHO"},
	{11, "COOKIE ACK"},
	{12, "ECN ECHO"},
	{13, "ECN CWR"},
	{14, "SHUTDOWN COMPLETE"},
	{0xc0, "FOR CUM TSN"},
	{0xc1, "REL CTRL"},
	{0xc2, "REL CTRL ACK"},
}

// sctpForCESPorts are the channels of ForCES (RFC 5811 section 6).
var sctpForCESPorts = []tok{
	{6704, "ForCES HP"},
	{6705, "ForCES MP"},
	{6706, "ForCES LP"},
}

const (
	sctpM3UA        = 3
	sctpForCESFirst = 21
	sctpForCESLast  = 23
)

// sctpPayloads are the payload protocol identifiers.
var sctpPayloads = []tok{
	{1, "ISDN Q.921"},
	{2, "M2UA"},
	{sctpM3UA, "M3UA"},
	{4, "SUA"},
	{5, "M2PA"},
	{6, "V5.2"},
	{7, "H.248"},
	{8, "BICC"},
	{9, "TALI"},
	{10, "DUA"},
	{11, "ASAP"},
	{12, "ENRP"},
	{13, "H.323"},
	{14, "Q.IPC"},
	{15, "SIMCO"},
	{16, "DDPSC"},
	{17, "DDPSSC"},
	{18, "S1AP"},
	{19, "RUA"},
	{20, "HNBAP"},
	{sctpForCESFirst, "ForCES HP"},
	{22, "ForCES MP"},
	{sctpForCESLast, "ForCES LP"},
	{24, "SBc-AP"},
	{25, "NBAP"},
	{27, "X2AP"},
}

func (p *Printer) sctp(b []byte, length int, ip ipHeader) {
	p.proto = "sctp"
	left := uint32(length)
	if left < sctpHeaderLen {
		if p.follows(sctpChecks) {
			p.refuse("length", length, "<", sctpHeaderLen)
			return
		}
		p.printf("truncated-sctp - %d bytes missing!", sctpHeaderLen-left)
		return
	}
	if !has(b, 0, sctpHeaderLen) {
		p.truncSince(sctpChecks)
		return
	}
	sport, dport := u16(b, 0), u16(b, 2)
	p.ipSource(ip)
	p.printf(".%d > ", sport)
	p.ipDestination(ip)
	p.printf(".%d: sctp", dport)
	forces := false
	for _, port := range [...]uint16{sport, dport} {
		if name := tokName(sctpForCESPorts, uint32(port)); name != "" {
			p.printf("[%s]", name)
			forces = true
		}
	}
	p.sctpChunkList(b[sctpHeaderLen:], left-sctpHeaderLen, forces)
}

// sctpChunkList prints all chunks of a packet of which left bytes remain.
// forces is set for a packet that carries ForCES.
func (p *Printer) sctpChunkList(b []byte, left uint32, forces bool) {
	between := " ("
	if p.vflag > 1 {
		between = "\n\t"
	}
	for number := 1; left > 0; number++ {
		if left < sctpChunkLen {
			p.printf("%s%d) [chunk descriptor cut off at end of packet]", between, number)
			return
		}
		if !has(b, 0, sctpChunkLen) {
			p.truncSince(sctpChecks)
			return
		}
		length := u16(b, 2)
		if length < sctpChunkLen {
			p.printf("%s%d) [Bad chunk length %d, < size of chunk descriptor]", between, number, length)
			return
		}
		padding := int(-length & 3)
		if left < uint32(padding) {
			p.printf("%s%d) [Bad chunk length %d, > remaining data in packet]", between, number, length)
			return
		}
		if !has(b, 0, int(length)) {
			p.truncSince(sctpChecks)
			return
		}
		p.printf("%s%d) [%s] ", between, number, tokStr(sctpChunks, "Unknown chunk type: 0x%x", b[0]))
		if !p.sctpChunk(b, int(length), &forces) {
			return
		}
		if b = b[length:]; !has(b, 0, padding) {
			p.truncSince(sctpChecks)
			return
		}
		b = b[padding:]
		left -= uint32(length) + uint32(padding)
		if p.vflag < 2 {
			between = ", ("
		}
	}
}

// sctpShort says that a chunk of length bytes is too short: left bytes are there
// where something wants least. It returns false.
func (p *Printer) sctpShort(length, left, least int) bool {
	switch {
	case !p.follows(sctpChecks):
		p.printf("bogus chunk length %d]", length)
	case least == 0:
		p.refuse("chunk length", left, "==", 0)
	default:
		p.refuse("chunk length", left, "<", least)
	}
	return false
}

// sctpChunk prints the chunk of length bytes at the start of b, all of which were
// captured, and reports whether it is long enough for its type; it says so if not.
func (p *Printer) sctpChunk(b []byte, length int, forces *bool) bool {
	switch b[0] {
	case sctpData:
		return p.sctpData(b, length, forces)
	case sctpInit, sctpInitAck:
		if length < 20 {
			return p.sctpShort(length, length-sctpChunkLen, 16)
		}
		p.printf("[init tag: %d] [rwnd: %d] [OS: %d] [MIS: %d] [init TSN: %d] ",
			u32(b, 4), u32(b, 8), u16(b, 12), u16(b, 14), u32(b, 16))
	case sctpSACK:
		return p.sctpSACK(b[:length])
	}
	return true
}

func (p *Printer) sctpData(b []byte, length int, forces *bool) bool {
	const (
		ending    = 1
		beginning = 2
		unordered = 4
	)
	flags := b[1]
	if flags&unordered != 0 {
		p.str("(U)")
	}
	if flags&beginning != 0 {
		p.str("(B)")
	}
	if flags&ending != 0 {
		p.str("(E)")
	}
	if flags&(unordered|beginning|ending) != 0 {
		p.char(' ')
	}
	if length < 16 {
		return p.sctpShort(length, length-sctpChunkLen, 12)
	}
	payload := u32(b, 12)
	p.printf("[TSN: %d] [SID: %d] [SSEQ %d] [PPID %s] ",
		u32(b, 4), u16(b, 8), u16(b, 10), tokStr(sctpPayloads, "0x%x", payload))
	if payload >= sctpForCESFirst && payload <= sctpForCESLast {
		*forces = true
	}
	data := b[16:]
	if length == 16 {
		return p.sctpShort(length, 0, 0)
	}
	length -= 16
	switch {
	case *forces:
		p.forces(data, length)
		p.proto = "sctp"
	case p.vflag < 2:
	case payload == sctpM3UA:
		p.m3ua(data, length)
		p.proto = "sctp"
	default:
		p.str("[Payload")
		if !p.suppressDump {
			p.char(':')
			p.defaultDump(data, length)
		}
		p.char(']')
	}
	return true
}

// sctpSACK prints a selective acknowledgement with its gaps and duplicates (RFC
// 9260 section 3.3.4).
func (p *Printer) sctpSACK(b []byte) bool {
	if len(b) < 16 {
		return p.sctpShort(len(b), len(b)-sctpChunkLen, 12)
	}
	ack, gaps, duplicates := u32(b, 4), int(u16(b, 12)), int(u16(b, 14))
	p.printf("[cum ack %d] [a_rwnd %d] [#gap acks %d] [#dup tsns %d] ", ack, u32(b, 8), gaps, duplicates)
	i := 16
	for n := 1; n <= gaps && i < len(b); n++ {
		if !has(b, i, 4) {
			return p.sctpShort(len(b), len(b)-i, 4)
		}
		p.printf("\n\t\t[gap ack block #%d: start = %d, end = %d] ",
			n, ack+uint32(u16(b, i)), ack+uint32(u16(b, i+2)))
		i += 4
	}
	for n := 1; n <= duplicates && i < len(b); n++ {
		if !has(b, i, 4) {
			return p.sctpShort(len(b), len(b)-i, 4)
		}
		p.printf("\n\t\t[dup TSN #%d: %d] ", n, u32(b, i))
		i += 4
	}
	return true
}
