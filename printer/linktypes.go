package printer

import "github.com/tapdump/tapdump/capture"

// linkType prints a frame by its link type. A link-layer printer adds the
// length of its header to p.llHdrLen as it goes.
func (p *Printer) linkType(t capture.LinkType, b []byte, length int) {
	switch t {
	case capture.LinkEN10MB:
		p.etherLink(b, length)
	case capture.LinkRAW, capture.LinkIPV4, capture.LinkIPV6:
		p.rawLink(b, length)
	case capture.LinkLINUX_SLL:
		p.sllLink(b, length)
	case capture.LinkLINUX_SLL2:
		p.sll2Link(b, length)
	case capture.LinkNULL, capture.LinkLOOP:
		p.nullLink(b, length)
	case capture.LinkPPP, capture.LinkPPP_PPPD:
		p.pppLink(b, length)
	case capture.LinkPPP_SERIAL:
		p.pppHDLCLink(b, length)
	case capture.LinkPPP_BSDOS:
		p.pppBSDOSLink(b, length)
	case capture.LinkPPP_ETHER:
		p.pppoeLink(b, length)
	case capture.LinkIEEE802_11:
		p.wlanLink(b, length)
	case capture.LinkIEEE802_11_RADIO:
		p.wlanRadiotapLink(b, length)
	case capture.LinkIEEE802_11_RADIO_AVS:
		p.wlanAVSLink(b, length)
	case capture.LinkPRISM_HEADER:
		p.wlanPrismLink(b, length)
	case capture.LinkC_HDLC, linkHDLC:
		p.chdlcLink(b, length)
	case capture.LinkFRELAY:
		p.frelayLink(b, length)
	case capture.LinkMFR:
		p.mfrLink(b, length)
	case capture.LinkSLIP:
		p.slipLink(b, length)
	case capture.LinkSLIP_BSDOS:
		p.slipBSDOSLink(b, length)
	case capture.LinkFDDI:
		p.fddiLink(b, length)
	case capture.LinkIEEE802:
		p.tokenLink(b, length)
	case capture.LinkARCNET:
		p.arcnetLink(b, length)
	case capture.LinkARCNET_LINUX:
		p.arcnetLinuxLink(b, length)
	case capture.LinkATM_RFC1483:
		p.atmLink(b, length)
	case capture.LinkSUNATM:
		p.sunatmLink(b, length)
	case capture.LinkATM_CLIP:
		p.cipLink(b, length)
	case capture.LinkIP_OVER_FC:
		p.ipfcLink(b, length)
	case capture.LinkAPPLE_IP_OVER_IEEE1394:
		p.ap1394Link(b, length)
	case capture.LinkIPOIB:
		p.ipoibLink(b, length)
	case capture.LinkIPNET:
		p.ipnetLink(b, length)
	case capture.LinkENC:
		p.encLink(b, length)
	case capture.LinkPFLOG:
		p.pflogLink(b, length)
	case capture.LinkNFLOG:
		p.nflogLink(b, length)
	case capture.LinkPKTAP, capture.LinkUSER2:
		p.pktapLink(b, length)
	case capture.LinkPPI:
		p.ppiLink(b, length)
	case capture.LinkSYMANTEC_FIREWALL:
		p.symantecLink(b, length)
	case capture.LinkLTALK:
		p.ltalkLink(b, length)
	case capture.LinkBLUETOOTH_HCI_H4_WITH_PHDR:
		p.bluetoothLink(b, length)
	case capture.LinkUSB_LINUX:
		p.usbLink(b, length)
	case capture.LinkUSB_LINUX_MMAPPED:
		p.usbMmappedLink(b, length)
	case capture.LinkVSOCK:
		p.vsockLink(b, length)
	case capture.LinkDSA_TAG_DSA:
		p.dsaLink(b, length)
	case capture.LinkDSA_TAG_EDSA:
		p.dsaEtherLink(b, length)
	case capture.LinkDSA_TAG_BRCM:
		p.brcmTagLink(b, length)
	case capture.LinkDSA_TAG_BRCM_PREPEND:
		p.brcmTagPrependLink(b, length)
	case capture.LinkNETANALYZER:
		p.netanalyzerLink(b, length)
	case capture.LinkNETANALYZER_TRANSPARENT:
		p.netanalyzerTransparentLink(b, length)
	case capture.LinkIEEE802_15_4, capture.LinkIEEE802_15_4_NOFCS:
		p.wpanLink(b, length)
	case capture.LinkIEEE802_15_4_TAP:
		p.wpanTapLink(b, length)
	case capture.LinkJUNIPER_ATM1, capture.LinkJUNIPER_ATM2, capture.LinkJUNIPER_CHDLC,
		capture.LinkJUNIPER_ES, capture.LinkJUNIPER_ETHER, capture.LinkJUNIPER_FRELAY,
		capture.LinkJUNIPER_GGSN, capture.LinkJUNIPER_MFR, capture.LinkJUNIPER_MLFR,
		capture.LinkJUNIPER_MLPPP, capture.LinkJUNIPER_MONITOR, capture.LinkJUNIPER_PPP,
		capture.LinkJUNIPER_PPPOE, capture.LinkJUNIPER_PPPOE_ATM, capture.LinkJUNIPER_SERVICES:
		p.juniperLink(t, b, length)
	default:
		p.unsupportedLink(b)
	}
}

// linkHDLC is BSD's HDLC, a number without a name.
const linkHDLC capture.LinkType = 112

// CanPrint reports whether frames of a link type are more than dumped.
func CanPrint(t capture.LinkType) bool {
	switch t {
	case capture.LinkNULL, capture.LinkEN10MB, capture.LinkIEEE802, capture.LinkARCNET,
		capture.LinkSLIP, capture.LinkPPP, capture.LinkFDDI, capture.LinkATM_RFC1483,
		capture.LinkRAW, capture.LinkSLIP_BSDOS, capture.LinkPPP_BSDOS, capture.LinkATM_CLIP,
		capture.LinkPPP_SERIAL, capture.LinkPPP_ETHER, capture.LinkSYMANTEC_FIREWALL,
		capture.LinkC_HDLC, capture.LinkIEEE802_11, capture.LinkFRELAY, capture.LinkLOOP,
		capture.LinkENC, linkHDLC, capture.LinkLINUX_SLL, capture.LinkLTALK,
		capture.LinkPFLOG, capture.LinkPRISM_HEADER, capture.LinkIP_OVER_FC,
		capture.LinkSUNATM, capture.LinkIEEE802_11_RADIO, capture.LinkARCNET_LINUX,
		capture.LinkAPPLE_IP_OVER_IEEE1394, capture.LinkIEEE802_11_RADIO_AVS,
		capture.LinkPPP_PPPD, capture.LinkMFR, capture.LinkUSB_LINUX, capture.LinkPPI,
		capture.LinkIEEE802_15_4, capture.LinkIEEE802_15_4_NOFCS,
		capture.LinkBLUETOOTH_HCI_H4_WITH_PHDR, capture.LinkUSB_LINUX_MMAPPED,
		capture.LinkIPNET, capture.LinkIPV4, capture.LinkIPV6, capture.LinkNFLOG,
		capture.LinkNETANALYZER, capture.LinkNETANALYZER_TRANSPARENT, capture.LinkIPOIB,
		capture.LinkPKTAP, capture.LinkUSER2, capture.LinkVSOCK, capture.LinkLINUX_SLL2,
		capture.LinkDSA_TAG_BRCM, capture.LinkDSA_TAG_BRCM_PREPEND, capture.LinkIEEE802_15_4_TAP,
		capture.LinkDSA_TAG_DSA, capture.LinkDSA_TAG_EDSA,
		capture.LinkJUNIPER_ATM1, capture.LinkJUNIPER_ATM2, capture.LinkJUNIPER_CHDLC,
		capture.LinkJUNIPER_ES, capture.LinkJUNIPER_ETHER, capture.LinkJUNIPER_FRELAY,
		capture.LinkJUNIPER_GGSN, capture.LinkJUNIPER_MFR, capture.LinkJUNIPER_MLFR,
		capture.LinkJUNIPER_MLPPP, capture.LinkJUNIPER_MONITOR, capture.LinkJUNIPER_PPP,
		capture.LinkJUNIPER_PPPOE, capture.LinkJUNIPER_PPPOE_ATM, capture.LinkJUNIPER_SERVICES:
		return true
	}
	return false
}

// unsupportedLink dumps a frame of a link type that nothing decodes.
func (p *Printer) unsupportedLink(b []byte) {
	p.proto = "unsupported"
	p.str("UNSUPPORTED")
	p.hexASCIIDump("\n\t", b, len(b))
}
