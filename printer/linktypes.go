package printer

import "github.com/tapdump/tapdump/capture"

// CanPrint reports whether frames of a link type are decoded; others are dumped.
func CanPrint(t capture.LinkType) bool { return linkPrinter(t) != nil }

// linkType prints a frame by its link type. A link-layer printer adds the
// length of its header to p.llHdrLen as it goes.
func (p *Printer) linkType(t capture.LinkType, b []byte, length int) {
	p.markProtocol()
	p.link = t
	if link := linkPrinter(t); link != nil {
		link(p, b, length)
	} else {
		p.unsupportedLink(b)
	}
}

// canPrint is CanPrint for frames inside of others, by the version that is followed.
func (p *Printer) canPrint(t capture.LinkType) bool {
	return CanPrint(t) && (t != capture.LinkPPP_BSDOS || !p.follows(pppBSDOSDumped))
}

// linkPrinter returns the printer of a link type, or nil.
func linkPrinter(t capture.LinkType) func(p *Printer, b []byte, length int) {
	switch t {
	case capture.LinkEN10MB:
		return (*Printer).etherLink
	case capture.LinkRAW:
		return (*Printer).rawLink
	case capture.LinkIPV4:
		return (*Printer).rawIPv4Link
	case capture.LinkIPV6:
		return (*Printer).rawIPv6Link
	case capture.LinkLINUX_SLL:
		return (*Printer).sllLink
	case capture.LinkLINUX_SLL2:
		return (*Printer).sll2Link
	case capture.LinkNULL, capture.LinkLOOP:
		return (*Printer).nullLink
	case capture.LinkPPP, capture.LinkPPP_PPPD:
		return (*Printer).pppLink
	case capture.LinkPPP_SERIAL:
		return (*Printer).pppHDLCLink
	case capture.LinkPPP_BSDOS:
		return (*Printer).pppBSDOSLink
	case capture.LinkPPP_ETHER:
		return (*Printer).pppoeLink
	case capture.LinkIEEE802_11:
		return (*Printer).wlanLink
	case capture.LinkIEEE802_11_RADIO:
		return (*Printer).wlanRadiotapLink
	case capture.LinkIEEE802_11_RADIO_AVS:
		return (*Printer).wlanAVSLink
	case capture.LinkPRISM_HEADER:
		return (*Printer).wlanPrismLink
	case capture.LinkC_HDLC, capture.LinkHDLC:
		return (*Printer).chdlcLink
	case capture.LinkFRELAY:
		return (*Printer).frelayLink
	case capture.LinkMFR:
		return (*Printer).mfrLink
	case capture.LinkSLIP:
		return (*Printer).slipLink
	case capture.LinkSLIP_BSDOS:
		return (*Printer).slipBSDOSLink
	case capture.LinkFDDI:
		return (*Printer).fddiLink
	case capture.LinkIEEE802:
		return (*Printer).tokenLink
	case capture.LinkARCNET:
		return (*Printer).arcnetLink
	case capture.LinkARCNET_LINUX:
		return (*Printer).arcnetLinuxLink
	case capture.LinkATM_RFC1483:
		return (*Printer).atmLink
	case capture.LinkSUNATM:
		return (*Printer).sunatmLink
	case capture.LinkATM_CLIP:
		return (*Printer).cipLink
	case capture.LinkIP_OVER_FC:
		return (*Printer).ipfcLink
	case capture.LinkAPPLE_IP_OVER_IEEE1394:
		return (*Printer).ap1394Link
	case capture.LinkIPOIB:
		return (*Printer).ipoibLink
	case capture.LinkIPNET:
		return (*Printer).ipnetLink
	case capture.LinkENC:
		return (*Printer).encLink
	case capture.LinkPFLOG:
		return (*Printer).pflogLink
	case capture.LinkNFLOG:
		return (*Printer).nflogLink
	case capture.LinkPKTAP, capture.LinkUSER2:
		return (*Printer).pktapLink
	case capture.LinkPPI:
		return (*Printer).ppiLink
	case capture.LinkSYMANTEC_FIREWALL:
		return (*Printer).symantecLink
	case capture.LinkLTALK:
		return (*Printer).ltalkLink
	case capture.LinkBLUETOOTH_HCI_H4_WITH_PHDR:
		return (*Printer).bluetoothLink
	case capture.LinkUSB_LINUX:
		return (*Printer).usbLink
	case capture.LinkUSB_LINUX_MMAPPED:
		return (*Printer).usbMmappedLink
	case capture.LinkVSOCK:
		return (*Printer).vsockLink
	case capture.LinkDSA_TAG_DSA:
		return (*Printer).dsaLink
	case capture.LinkDSA_TAG_EDSA:
		return (*Printer).dsaEtherLink
	case capture.LinkDSA_TAG_BRCM:
		return (*Printer).brcmTagLink
	case capture.LinkDSA_TAG_BRCM_PREPEND:
		return (*Printer).brcmTagPrependLink
	case capture.LinkNETANALYZER:
		return (*Printer).netanalyzerLink
	case capture.LinkNETANALYZER_TRANSPARENT:
		return (*Printer).netanalyzerTransparentLink
	case capture.LinkIEEE802_15_4, capture.LinkIEEE802_15_4_NOFCS:
		return (*Printer).wpanLink
	case capture.LinkIEEE802_15_4_TAP:
		return (*Printer).wpanTapLink
	case capture.LinkJUNIPER_ATM1, capture.LinkJUNIPER_ATM2, capture.LinkJUNIPER_CHDLC,
		capture.LinkJUNIPER_ES, capture.LinkJUNIPER_ETHER, capture.LinkJUNIPER_FRELAY,
		capture.LinkJUNIPER_GGSN, capture.LinkJUNIPER_MFR, capture.LinkJUNIPER_MLFR,
		capture.LinkJUNIPER_MLPPP, capture.LinkJUNIPER_MONITOR, capture.LinkJUNIPER_PPP,
		capture.LinkJUNIPER_PPPOE, capture.LinkJUNIPER_PPPOE_ATM, capture.LinkJUNIPER_SERVICES:
		return (*Printer).juniperLink
	}
	return nil
}

// unsupportedLink dumps a frame of a link type that nothing decodes.
func (p *Printer) unsupportedLink(b []byte) {
	p.proto = "unsupported"
	p.str("UNSUPPORTED")
	p.hexASCIIDump("\n\t", b, len(b))
}
