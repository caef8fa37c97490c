package live

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// Hardware types that golang.org/x/sys does not name: one of RFC 4338 and one
// of the ISDN drivers.
const (
	arphrdIPoverFC = 18
	arphrdLAPD     = 8445
)

// linkKind is how packets come from a device.
type linkKind struct {
	link    capture.LinkType
	choices []capture.LinkType // for -y, when there are several
	cooked  bool               // the kernel takes the link-layer header off
	unknown bool               // cooked because nothing is known of the hardware type
}

// linkKindOf maps a hardware type (ARPHRD_...) to a link type as libpcap does.
func linkKindOf(arphrd uint16, device string) linkKind {
	raw := func(link capture.LinkType, more ...capture.LinkType) linkKind {
		if more == nil {
			return linkKind{link: link}
		}
		return linkKind{link: link, choices: append([]capture.LinkType{link}, more...)}
	}
	switch arphrd {
	case unix.ARPHRD_ETHER:
		return ethernetKind(device)
	case unix.ARPHRD_METRICOM, unix.ARPHRD_LOOPBACK:
		return raw(capture.LinkEN10MB)
	case unix.ARPHRD_EETHER:
		return raw(capture.LinkEN3MB)
	case unix.ARPHRD_AX25:
		return raw(capture.LinkAX25_KISS)
	case unix.ARPHRD_PRONET:
		return raw(capture.LinkPRONET)
	case unix.ARPHRD_CHAOS:
		return raw(capture.LinkCHAOS)
	case unix.ARPHRD_CAN:
		return raw(capture.LinkCAN_SOCKETCAN)
	case unix.ARPHRD_IEEE802_TR, unix.ARPHRD_IEEE802:
		return raw(capture.LinkIEEE802)
	case unix.ARPHRD_ARCNET:
		return raw(capture.LinkARCNET_LINUX)
	case unix.ARPHRD_FDDI:
		return raw(capture.LinkFDDI)
	case unix.ARPHRD_IEEE80211:
		return raw(capture.LinkIEEE802_11)
	case unix.ARPHRD_IEEE80211_PRISM:
		return raw(capture.LinkPRISM_HEADER)
	case unix.ARPHRD_IEEE80211_RADIOTAP:
		return raw(capture.LinkIEEE802_11_RADIO)
	case unix.ARPHRD_CISCO:
		return raw(capture.LinkC_HDLC)
	case unix.ARPHRD_TUNNEL, unix.ARPHRD_SIT, unix.ARPHRD_CSLIP, unix.ARPHRD_SLIP6,
		unix.ARPHRD_CSLIP6, unix.ARPHRD_ADAPT, unix.ARPHRD_SLIP, unix.ARPHRD_RAWHDLC,
		unix.ARPHRD_DLCI, unix.ARPHRD_NONE:
		return raw(capture.LinkRAW)
	case unix.ARPHRD_FRAD:
		return raw(capture.LinkFRELAY)
	case unix.ARPHRD_LOCALTLK:
		return raw(capture.LinkLTALK)
	case arphrdIPoverFC:
		return raw(capture.LinkIP_OVER_FC)
	case unix.ARPHRD_FCPP, unix.ARPHRD_FCAL, unix.ARPHRD_FCPL, unix.ARPHRD_FCFABRIC:
		return raw(capture.LinkFC_2, capture.LinkFC_2_WITH_FRAME_DELIMS, capture.LinkIP_OVER_FC)
	case unix.ARPHRD_IEEE802154:
		return raw(capture.LinkIEEE802_15_4_NOFCS)
	case unix.ARPHRD_VSOCKMON:
		return raw(capture.LinkVSOCK)
	case unix.ARPHRD_ATM, unix.ARPHRD_PPP:
		return linkKind{link: capture.LinkLINUX_SLL, cooked: true}
	// These need the direction or the protocol, which only comes beside a
	// packet without its header.
	case unix.ARPHRD_IRDA:
		return linkKind{link: capture.LinkLINUX_IRDA, cooked: true}
	case arphrdLAPD:
		return linkKind{link: capture.LinkLINUX_LAPD, cooked: true}
	case unix.ARPHRD_NETLINK:
		return linkKind{link: capture.LinkNETLINK, cooked: true}
	}
	return linkKind{link: capture.LinkLINUX_SLL, cooked: true, unknown: true}
}

// ethernetKind tells real Ethernet from what calls itself so.
func ethernetKind(device string) linkKind {
	switch {
	case strings.HasPrefix(device, "cdma_rmnet"): // Android's modems, without a header
		return linkKind{link: capture.LinkRAW}
	case strings.HasPrefix(device, "isdn"), strings.HasPrefix(device, "isdY"):
		return linkKind{link: capture.LinkLINUX_SLL, cooked: true}
	case isWiFi(device):
		return linkKind{link: capture.LinkEN10MB}
	}
	if link, ok := switchTagging(device); ok {
		return linkKind{link: link}
	}
	// A cable modem head-end can put DOCSIS frames on an Ethernet.
	return linkKind{link: capture.LinkEN10MB, choices: []capture.LinkType{capture.LinkEN10MB, capture.LinkDOCSIS}}
}

// switchTagging finds the link type of a device that an Ethernet switch hangs
// off (DSA, https://docs.kernel.org/networking/dsa/dsa.html): its frames carry
// the switch's tag.
func switchTagging(device string) (capture.LinkType, bool) {
	text, err := os.ReadFile("/sys/class/net/" + device + "/dsa/tagging")
	if err != nil {
		return 0, false
	}
	return taggingLink(strings.TrimSpace(string(text)))
}

// taggingLink is the link type of a name that the kernel has for a way of tagging.
func taggingLink(tagging string) (link capture.LinkType, tagged bool) {
	switch tagging {
	case "none", "":
		return 0, false
	case "brcm":
		return capture.LinkDSA_TAG_BRCM, true
	case "brcm-prepend":
		return capture.LinkDSA_TAG_BRCM_PREPEND, true
	case "dsa":
		return capture.LinkDSA_TAG_DSA, true
	case "edsa":
		return capture.LinkDSA_TAG_EDSA, true
	}
	return capture.LinkDEBUG_ONLY, true
}
