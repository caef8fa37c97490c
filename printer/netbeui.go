// netbeui.go: NetBIOS frames over IEEE 802.2 (IBM LAN Technical Reference, NetBIOS
// Frames protocol).

package printer

const netbeuiCommandAt = 4

// Commands that may have an SMB message behind them.
const (
	netbeuiDatagram          = 0x08
	netbeuiDatagramBroadcast = 0x09
	netbeuiDataFirst         = 0x15
	netbeuiDataLast          = 0x16
)

// netbeuiFrame is a kind of frame: its name and its fields as smbFields describes
// them, in short and from -vv on.
type netbeuiFrame struct{ name, short, long string }

var netbeuiFrames = [0x20]netbeuiFrame{
	0x00: {"Add Group Name Query", ", [P23]Name to add=[n2]#", "[P5]ResponseCorrelator=[w]\n[P16]Name to add=[n2]\n"},
	0x01: {"Add Name Query", ", [P23]Name to add=[n2]#", "[P5]ResponseCorrelator=[w]\n[P16]Name to add=[n2]\n"},
	0x02: {name: "Name In Conflict"},
	0x03: {name: "Status Query"},
	0x07: {name: "Terminate Trace"},
	0x08: {"Datagram", "", "[P7]Destination=[n2]\nSource=[n2]\n"},
	0x09: {"Broadcast Datagram", "", "[P7]Destination=[n2]\nSource=[n2]\n"},
	0x0a: {"Name Query", ", [P7]Name=[n2]#",
		"[P1]SessionNumber=[B]\nNameType=[B][P2]\nResponseCorrelator=[w]\nName=[n2]\nName of sender=[n2]\n"},
	0x0d: {"Add Name Response", ", [P1]GroupName=[w] [P4]Destination=[n2] Source=[n2]#",
		"AddNameInProcess=[B]\nGroupName=[w]\nTransmitCorrelator=[w][P2]\nDestination=[n2]\nSource=[n2]\n"},
	0x0e: {"Name Recognized", "",
		"[P1]Data2=[w]\nTransmitCorrelator=[w]\nResponseCorelator=[w]\nDestination=[n2]\nSource=[n2]\n"},
	0x0f: {name: "Status Response"},
	0x13: {name: "Terminate Trace"},
	0x14: {"Data Ack", "", "[P3]TransmitCorrelator=[w][P2]\n" + netbeuiSessions},
	0x15: {"Data First/Middle", "",
		"Flags=[{RECEIVE_CONTINUE|NO_ACK||PIGGYBACK_ACK_INCLUDED|}]\nResyncIndicator=[w][P2]\nResponseCorelator=[w]\n" +
			netbeuiSessions},
	0x16: {"Data Only/Last", "",
		"Flags=[{|NO_ACK|PIGGYBACK_ACK_ALLOWED|PIGGYBACK_ACK_INCLUDED|}]\nResyncIndicator=[w][P2]\nResponseCorelator=[w]\n" +
			netbeuiSessions},
	0x17: {"Session Confirm", "", "Data1=[B]\nData2=[w]\nTransmitCorrelator=[w]\nResponseCorelator=[w]\n" + netbeuiSessions},
	0x18: {"Session End", "", "[P1]Data2=[w][P4]\n" + netbeuiSessions},
	0x19: {"Session Initialize", "", "Data1=[B]\nData2=[w]\nTransmitCorrelator=[w]\nResponseCorelator=[w]\n" + netbeuiSessions},
	0x1a: {"No Receive", "", "Flags=[{|SEND_NO_ACK}]\nDataBytesAccepted=[b][P4]\n" + netbeuiSessions},
	0x1b: {"Receive Outstanding", "", "[P1]DataBytesAccepted=[b][P4]\n" + netbeuiSessions},
	0x1c: {"Receive Continue", "", "[P2]TransmitCorrelator=[w]\n[P2]" + netbeuiSessions},
	0x1f: {name: "Session Alive"},
}

const netbeuiSessions = "RemoteSessionNumber=[B]\nLocalSessionNumber=[B]\n"

// netbeui prints a NetBIOS frame.
func (p *Printer) netbeui(control uint16, b []byte, length int) {
	p.proto = "netbeui"
	end := min(length, len(b))
	headerLen, command := int(le16(b, 0)), u8(b, netbeuiCommandAt)
	headerEnd := min(headerLen, end)
	m := smbMessage{b: b}
	i, ok := 0, false
	if p.vflag < 2 {
		p.str("NBF Packet: ")
		i, ok = p.smbFields(&m, 0, "[P5]#", end)
	} else {
		p.printf("\n>>> NBF Packet\nType=0x%X ", control)
		i, ok = p.smbFields(&m, 0, "Length=[u] Signature=[w] Command=[B]\n#", end)
	}
	if !ok {
		return
	}
	ok = p.netbeuiFields(&m, i, command, headerEnd)
	if p.vflag < 2 || !ok || headerLen >= end {
		return
	}
	switch command {
	case netbeuiDatagram, netbeuiDatagramBroadcast, netbeuiDataFirst, netbeuiDataLast:
		p.netbeuiSMB(b, headerEnd, end)
	}
}

// netbeuiFields prints the header of a frame from offset i to end.
func (p *Printer) netbeuiFields(m *smbMessage, i int, command uint8, end int) bool {
	var f netbeuiFrame
	if int(command) < len(netbeuiFrames) {
		f = netbeuiFrames[command]
	}
	description := f.long
	if p.vflag < 2 {
		description = f.short
	}
	switch {
	case f.name == "" && p.vflag < 2:
		description = "Unknown NBF Command#"
	case f.name == "":
		description = "Unknown NBF Command\n"
	case p.vflag < 2:
		p.str(f.name)
	default:
		p.str(f.name)
		p.str(":\n")
	}
	if description == "" {
		if p.vflag > 1 {
			p.char('\n')
		}
		return true
	}
	_, ok := p.smbFields(m, i, description, end)
	return ok
}

// netbeuiSMB looks for an SMB message behind a header.
func (p *Printer) netbeuiSMB(b []byte, i, end int) {
	const far = 128
	for skipped := range far {
		at := i + skipped
		if at+3 >= end {
			return
		}
		if !smbIsMessage(b, at) {
			continue
		}
		if skipped > 0 {
			p.printf("found SMB packet at %d\n", skipped)
		}
		p.smb(b[at:], end-at)
		return
	}
}
