// nbt.go: NetBIOS over TCP and UDP: the name, datagram and session services (RFC
// 1001, RFC 1002).

package printer

const (
	nbtHeaderLen     = 4  // of the session service
	nbtNameHeaderLen = 12 // of the name service
	nbtRecordsMax    = 100
)

// Packets of the session service (RFC 1002 section 4.3.1).
const (
	nbtMessage   = 0x00
	nbtRequest   = 0x81
	nbtGranted   = 0x82
	nbtReject    = 0x83
	nbtKeepalive = 0x85
)

var nbtRejections = []tok{
	{0x80, "Not listening on called name"},
	{0x81, "Not listening for calling name"},
	{0x82, "Called name not present"},
	{0x83, "Called name present, but insufficient resources"},
}

// nbtSession prints a packet of the session service.
func (p *Printer) nbtSession(b []byte, length int) {
	p.proto = "nbt_tcp"
	if length < nbtHeaderLen || len(b) < nbtHeaderLen {
		p.truncMark()
		return
	}
	if p.vflag > 1 {
		p.str("\n>>> NBT Session Packet\n")
		p.nbtSessionFields(b, length)
		return
	}
	p.str(" NBT Session Packet: ")
	switch b[0] {
	case nbtMessage:
		p.str("Session Message")
	case nbtRequest:
		p.str("Session Request")
	case nbtGranted:
		p.str("Session Granted")
	case nbtReject:
		if u16(b, 2) < 4 || length < nbtHeaderLen+4 || len(b) < nbtHeaderLen+4 {
			p.truncMark()
			return
		}
		p.printf("Session Reject, %s", tokStr(nbtRejections, "Unspecified error 0x%X", b[nbtHeaderLen]))
	case nbtKeepalive:
		p.str("Session Keepalive")
	default:
		p.smbFields(&smbMessage{b: b}, 0, "Unknown packet type [rB]", len(b))
	}
}

// nbtSessionFields prints all of a packet of the session service.
func (p *Printer) nbtSessionFields(b []byte, length int) {
	m := smbMessage{b: b}
	n := int(u16(b, 2))
	captured := len(b) - nbtHeaderLen
	switch b[0] {
	case nbtMessage:
		p.smbFields(&m, 0, "[P1]NBT Session Message\nFlags=[B]\nLength=[ru]\n", nbtHeaderLen)
		if n < 4 || !smbIsMessage(b, nbtHeaderLen) {
			p.str("Session packet:(raw data or continuation?)\n")
			return
		}
		p.smbWarnShort(n, length-nbtHeaderLen, captured)
		p.smb(b[nbtHeaderLen:], min(n, captured))
	case nbtRequest:
		p.smbFields(&m, 0, "[P1]NBT Session Request\nFlags=[B]\nLength=[ru]\nDestination=[n1]\nSource=[n1]\n", len(b))
	case nbtGranted:
		p.smbFields(&m, 0, "[P1]NBT Session Granted\nFlags=[B]\nLength=[ru]\n", len(b))
	case nbtReject:
		_, ok := p.smbFields(&m, 0, "[P1]NBT SessionReject\nFlags=[B]\nLength=[ru]\nReason=[B]\n", len(b))
		if ok && n >= 1 && captured >= 1 {
			p.printf("%s\n", tokStr(nbtRejections, "Unspecified error 0x%X", b[nbtHeaderLen]))
		}
	case nbtKeepalive:
		p.smbFields(&m, 0, "[P1]NBT Session Keepalive\nFlags=[B]\nLength=[ru]\n", len(b))
	default:
		p.smbFields(&m, 0, "NBT - Unknown packet type\nType=[B]\n", len(b))
	}
}

// nbtDatagram prints a packet of the datagram service (RFC 1002 section 4.4).
func (p *Printer) nbtDatagram(b []byte, length int) {
	p.proto = "nbt_udp138"
	end := min(length, len(b))
	if end <= 0 {
		return
	}
	if p.vflag < 2 {
		p.str("NBT UDP PACKET(138)")
		return
	}
	i, ok := p.smbFields(&smbMessage{b: b}, 0, "\n>>> NBT UDP PACKET(138) Res=[rw] ID=[rw] IP=[b.b.b.b] Port=[ru] "+
		"Length=[ru] Res2=[rw]\nSourceName=[n1]\nDestName=[n1]\n#", end)
	if ok && i+3 < end && smbIsMessage(b, i) {
		p.smb(b[i:], end-i)
	}
}

var nbtNameOperations = []tok{
	{0, "QUERY"},
	{5, "REGISTRATION"},
	{6, "RELEASE"},
	{7, "WACK"},
	{8, "REFRESH(8)"},
	{9, "REFRESH"},
	{15, "MULTIHOMED REGISTRATION"},
}

// nbtNameService prints a packet of the name service (RFC 1002 section 4.2).
func (p *Printer) nbtNameService(b []byte, length int) {
	const response, negative, broadcast = 0x8000, 0xf, 0x10
	p.proto = "nbt_udp137"
	need(b, 0, nbtNameHeaderLen)
	if length <= 0 {
		return
	}
	flags := u16(b, 2)
	operation := flags >> 11 & 15
	if p.vflag > 1 {
		p.str("\n>>> ")
	}
	p.printf("NBT UDP PACKET(137): %s", tokStr(nbtNameOperations, "OPUNKNOWN", operation))
	switch {
	case flags&response == 0:
		p.str("; REQUEST")
	case flags&negative == 0:
		p.str("; POSITIVE; RESPONSE")
	default:
		p.str("; NEGATIVE; RESPONSE")
	}
	if flags&broadcast != 0 {
		p.str("; BROADCAST")
	} else {
		p.str("; UNICAST")
	}
	if p.vflag < 2 {
		return
	}
	questions := int(u16(b, 4))
	answers, authorities, additional := int(u16(b, 6)), int(u16(b, 8)), int(u16(b, 10))
	p.printf("\nTrnID=0x%X\nOpCode=%d\nNmFlags=0x%X\nRcode=%d\nQueryCount=%d\nAnswerCount=%d\nAuthorityCount=%d\n"+
		"AddressRecCount=%d\n", u16(b, 0), operation, flags>>4&0x7f, flags&15, questions, answers, authorities, additional)
	records := answers + authorities + additional
	if questions > nbtRecordsMax || records > nbtRecordsMax {
		p.str("Corrupt packet??\n")
		return
	}
	m := smbMessage{b: b}
	i, ok := p.nbtQuestions(&m, nbtNameHeaderLen, questions, length)
	if ok {
		i, ok = p.nbtRecords(&m, i, records, length)
	}
	if ok && i < length {
		p.smbFields(&m, i, "AdditionalData:\n", length)
	}
}

func (p *Printer) nbtQuestions(m *smbMessage, i, n, end int) (int, bool) {
	if n == 0 {
		return i, true
	}
	p.str("QuestionRecords:\n")
	ok := true
	for ; n > 0 && ok; n-- {
		i, ok = p.smbFields(m, i, "|Name=[n1]\nQuestionType=[rw]\nQuestionClass=[rw]\n#", end)
	}
	return i, ok
}

func (p *Printer) nbtRecords(m *smbMessage, i, n, end int) (int, bool) {
	if n == 0 {
		return i, true
	}
	p.str("\nResourceRecords:\n")
	ok := true
	for ; n > 0 && ok; n-- {
		i, ok = p.nbtRecord(m, i, end)
	}
	return i, ok
}

// nbtRecord prints a resource record and returns where the next one is. It
// reports whether anything more is to be printed.
func (p *Printer) nbtRecord(m *smbMessage, i, end int) (int, bool) {
	const nodeStatus = 0x21
	i, ok := p.smbFields(m, i, "Name=[n1]\n#", end)
	if !ok {
		return i, false
	}
	kind := u16(m.b, i)
	if i, ok = p.smbFields(m, i, "ResType=[rw]\nResClass=[rw]\nTTL=[rU]\n", i+8); !ok {
		return i, false
	}
	n := int(u16(m.b, i))
	p.printf("ResourceLength=%d\nResourceData=\n", n)
	i += 2
	switch {
	case n == 6:
		return p.smbFields(m, i, "AddrType=[rw]\nAddress=[b.b.b.b]\n", i+n)
	case kind == nodeStatus:
		return p.nbtNodeStatus(m, i, end)
	case i >= end:
		return i, false
	}
	p.smbDump(m, i, min(n, end-i))
	return i + n, true
}

var (
	nbtNodeTypes = [4]string{"B ", "P ", "M ", "_ "}
	nbtNameFlags = []struct {
		bit  uint8
		text string
	}{
		{0x10, "<DEREGISTERING> "},
		{0x08, "<CONFLICT> "},
		{0x04, "<ACTIVE> "},
		{0x02, "<PERMANENT> "},
	}
)

// nbtNodeStatus prints the names of a node (RFC 1002 section 4.2.18).
func (p *Printer) nbtNodeStatus(m *smbMessage, i, end int) (int, bool) {
	const group = 0x80
	names := u8(m.b, i)
	i, ok := p.smbFields(m, i, "NumNames=[B]\n", i+1)
	if !ok {
		return i, false
	}
	for ; names > 0; names-- {
		if i, ok = p.smbFields(m, i, "Name=[n2]\t#", end); !ok {
			return i, false
		}
		if !has(m.b, i, 1) {
			p.truncMark()
			return i, false
		}
		if i >= end {
			return i, false
		}
		flags := m.b[i]
		if flags&group != 0 {
			p.str("<GROUP> ")
		}
		p.str(nbtNodeTypes[flags>>5&3])
		for _, f := range nbtNameFlags {
			if flags&f.bit != 0 {
				p.str(f.text)
			}
		}
		p.char('\n')
		i += 2
	}
	return i, true
}
