package printer

import "github.com/tapdump/tapdump/capture"

// sourceInterface is what the source of a packet calls the interface that it came
// through; "" where it does not say.
func (p *Printer) sourceInterface(pkt *capture.Packet) string {
	if p.opts.SourceInterface == nil {
		return ""
	}
	return p.opts.SourceInterface(pkt.Interface)
}

// receptions are the words of cooked packets for what was received.
var receptions = [...]string{
	capture.ReceptionUnknown:    "In",
	capture.ReceivedUnicast:     "In",
	capture.ReceivedMulticast:   "M",
	capture.ReceivedBroadcast:   "B",
	capture.ReceivedPromiscuous: "P",
}

// interfacePrefix prints the interface and the direction as the printer of cooked
// packets with interfaces does, which does so by itself. What is not known is
// left out.
func (p *Printer) interfacePrefix(pkt *capture.Packet) {
	if pkt.LinkType == capture.LinkLINUX_SLL2 {
		return
	}
	if name := p.sourceInterface(pkt); name != "" {
		p.printf("%-5s ", name)
	}
	switch pkt.Direction {
	case capture.DirOut:
		p.str("Out ")
	case capture.DirIn:
		p.printf("%-3s ", receptions[min(int(pkt.Reception), len(receptions)-1)])
	}
}
