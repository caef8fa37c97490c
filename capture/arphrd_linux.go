package capture

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Hardware types that golang.org/x/sys does not name: one of RFC 4338 and one
// of the ISDN drivers.
const (
	arphrdIPoverFC = 18
	arphrdLAPD     = 8445
)

// Link types that -y has no name for: Experimental Ethernet, ProNET token ring
// and Chaosnet.
const (
	linkEN3MB  LinkType = 2
	linkPRONET LinkType = 4
	linkCHAOS  LinkType = 5
)

// linkKind is how packets come from a device.
type linkKind struct {
	link    LinkType
	choices []LinkType // for -y, when there are several
	cooked  bool       // the kernel takes the link-layer header off
	unknown bool       // cooked because nothing is known of the hardware type
}

// linkKindOf maps a hardware type (ARPHRD_...) to a link type as libpcap does.
func linkKindOf(arphrd uint16, device string) linkKind {
	raw := func(link LinkType, more ...LinkType) linkKind {
		if more == nil {
			return linkKind{link: link}
		}
		return linkKind{link: link, choices: append([]LinkType{link}, more...)}
	}
	switch arphrd {
	case unix.ARPHRD_ETHER:
		return ethernetKind(device)
	case unix.ARPHRD_METRICOM, unix.ARPHRD_LOOPBACK:
		return raw(LinkEN10MB)
	case unix.ARPHRD_EETHER:
		return raw(linkEN3MB)
	case unix.ARPHRD_AX25:
		return raw(LinkAX25_KISS)
	case unix.ARPHRD_PRONET:
		return raw(linkPRONET)
	case unix.ARPHRD_CHAOS:
		return raw(linkCHAOS)
	case unix.ARPHRD_CAN:
		return raw(LinkCAN_SOCKETCAN)
	case unix.ARPHRD_IEEE802_TR, unix.ARPHRD_IEEE802:
		return raw(LinkIEEE802)
	case unix.ARPHRD_ARCNET:
		return raw(LinkARCNET_LINUX)
	case unix.ARPHRD_FDDI:
		return raw(LinkFDDI)
	case unix.ARPHRD_IEEE80211:
		return raw(LinkIEEE802_11)
	case unix.ARPHRD_IEEE80211_PRISM:
		return raw(LinkPRISM_HEADER)
	case unix.ARPHRD_IEEE80211_RADIOTAP:
		return raw(LinkIEEE802_11_RADIO)
	case unix.ARPHRD_CISCO:
		return raw(LinkC_HDLC)
	case unix.ARPHRD_TUNNEL, unix.ARPHRD_SIT, unix.ARPHRD_CSLIP, unix.ARPHRD_SLIP6,
		unix.ARPHRD_CSLIP6, unix.ARPHRD_ADAPT, unix.ARPHRD_SLIP, unix.ARPHRD_RAWHDLC,
		unix.ARPHRD_DLCI, unix.ARPHRD_NONE:
		return raw(LinkRAW)
	case unix.ARPHRD_FRAD:
		return raw(LinkFRELAY)
	case unix.ARPHRD_LOCALTLK:
		return raw(LinkLTALK)
	case arphrdIPoverFC:
		return raw(LinkIP_OVER_FC)
	case unix.ARPHRD_FCPP, unix.ARPHRD_FCAL, unix.ARPHRD_FCPL, unix.ARPHRD_FCFABRIC:
		return raw(LinkFC_2, LinkFC_2_WITH_FRAME_DELIMS, LinkIP_OVER_FC)
	case unix.ARPHRD_IEEE802154:
		return raw(LinkIEEE802_15_4_NOFCS)
	case unix.ARPHRD_VSOCKMON:
		return raw(LinkVSOCK)
	case unix.ARPHRD_ATM, unix.ARPHRD_PPP:
		return linkKind{link: LinkLINUX_SLL, cooked: true}
	// These need the direction or the protocol, which only comes beside a
	// packet without its header.
	case unix.ARPHRD_IRDA:
		return linkKind{link: LinkLINUX_IRDA, cooked: true}
	case arphrdLAPD:
		return linkKind{link: LinkLINUX_LAPD, cooked: true}
	case unix.ARPHRD_NETLINK:
		return linkKind{link: LinkNETLINK, cooked: true}
	}
	return linkKind{link: LinkLINUX_SLL, cooked: true, unknown: true}
}

// ethernetKind tells real Ethernet from what calls itself so.
func ethernetKind(device string) linkKind {
	switch {
	case strings.HasPrefix(device, "cdma_rmnet"): // Android's modems, without a header
		return linkKind{link: LinkRAW}
	case strings.HasPrefix(device, "isdn"), strings.HasPrefix(device, "isdY"):
		return linkKind{link: LinkLINUX_SLL, cooked: true}
	case isWiFi(device):
		return linkKind{link: LinkEN10MB}
	}
	if link, ok := switchTagging(device); ok {
		return linkKind{link: link}
	}
	// A cable modem head-end can put DOCSIS frames on an Ethernet.
	return linkKind{link: LinkEN10MB, choices: []LinkType{LinkEN10MB, LinkDOCSIS}}
}

// switchTagging finds the link type of a device that an Ethernet switch hangs
// off (DSA, https://docs.kernel.org/networking/dsa/dsa.html): its frames carry
// the switch's tag.
func switchTagging(device string) (LinkType, bool) {
	text, err := os.ReadFile("/sys/class/net/" + device + "/dsa/tagging")
	if err != nil {
		return 0, false
	}
	switch strings.TrimSpace(string(text)) {
	case "none", "":
		return 0, false
	case "brcm":
		return LinkDSA_TAG_BRCM, true
	case "brcm-prepend":
		return LinkDSA_TAG_BRCM_PREPEND, true
	case "dsa":
		return LinkDSA_TAG_DSA, true
	case "edsa":
		return LinkDSA_TAG_EDSA, true
	}
	return LinkDEBUG_ONLY, true
}
