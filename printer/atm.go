// atm.go: Asynchronous Transfer Mode: multiprotocol encapsulation over AAL5 (RFC
// 2684) and signalling (ITU-T Q.2931, ATM Forum UNI 3.1).

package printer

// Traffic on a channel, as far as the link layer knows it.
const (
	atmUnknown = 0
	atmLANE    = 1
	atmLLC     = 2
)

// Channels of virtual path 0 with a meaning of their own (UNI 3.1).
const (
	atmVCIMeta       = 1
	atmVCIBroadcast  = 2
	atmVCIOAMSegment = 3
	atmVCIOAMEnd     = 4
	atmVCISignalling = 5
	atmVCIILMI       = 16
)

// The LLC headers that frames may begin with.
const (
	atmLLCSNAP = 0xaaaa03
	atmLLCISO  = 0xfefe03
	atmLLCIP   = 0x060603
	atmUI      = 0x03
)

// atmMACLen is the length of the IEEE 802.6 header that some drivers leave in
// front of LLC.
const atmMACLen = 20

const atmQ2931 = 9

var atmMessages = []tok{
	{0x02, "Call_proceeding"},
	{0x07, "Connect"},
	{0x0f, "Connect_ack"},
	{0x05, "Setup"},
	{0x4d, "Release"},
	{0x5a, "Release_complete"},
	{0x46, "Restart"},
	{0x4e, "Restart_ack"},
	{0x7d, "Status"},
	{0x75, "Status_enquiry"},
	{0x80, "Add_party"},
	{0x81, "Add_party_ack"},
	{0x82, "Add_party_reject"},
	{0x83, "Drop_party"},
	{0x84, "Drop_party_ack"},
}

func (p *Printer) atmLink(b []byte, length int) {
	p.proto = "atm"
	if u8(b, 0) == atmUI {
		// Cisco leaves out the SAPs in front of an NLPID
		if p.eflag {
			p.str("CNLPID ")
		}
		p.llHdrLen++
		p.isoclns(b[1:], length-1)
		return
	}
	switch u24(b, 0) {
	case atmLLCSNAP, atmLLCISO, atmLLCIP:
	default:
		if p.eflag {
			p.printf("%016x %016x ", u64(b, 0), u64(b, 8))
		}
		need(b, 0, atmMACLen)
		b, length = b[atmMACLen:], length-atmMACLen
		p.llHdrLen += atmMACLen
	}
	p.llHdrLen += p.atmLLC(b, length)
}

// atmLLC prints a frame with an LLC header and returns the length of that.
func (p *Printer) atmLLC(b []byte, length int) int {
	n := p.llc(b, length, linkAddr{}, linkAddr{})
	if n < 0 {
		p.defaultDump(b, len(b))
		return -n
	}
	return n
}

// atm prints a PDU of a virtual channel.
func (p *Printer) atm(vpi, vci, traffic int, b []byte, length int) {
	p.proto = "atm"
	if p.eflag {
		p.printf("VPI:%d VCI:%d ", vpi, vci)
	}
	if vpi == 0 {
		switch vci {
		case atmVCISignalling:
			p.atmSignalling(b)
			return
		case atmVCIBroadcast:
			p.str("broadcast sig: ")
			return
		case atmVCIOAMSegment, atmVCIOAMEnd:
			p.oam(b, length, oamHEC)
			return
		case atmVCIMeta:
			p.str("meta: ")
			return
		case atmVCIILMI:
			p.str("ilmi: ")
			p.snmp(b, length)
			return
		}
	}
	if traffic == atmLANE {
		p.lane(b, length)
	} else {
		p.atmLLC(b, length)
	}
}

// atmSignalling prints a message of Q.2931, or names the protocol on SSCOP.
func (p *Printer) atmSignalling(b []byte) {
	protocol := u8(b, 0)
	if protocol != atmQ2931 {
		p.printf("SSCOP, proto %d ", protocol)
		return
	}
	p.str("Q.2931")
	p.printf(":%s ", tokStr(atmMessages, "msgtype#%d", u8(b, 5)))
	p.printf("CALL_REF:0x%06x", u24(b, 2))
}
