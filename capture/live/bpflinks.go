package live

import "github.com/tapdump/tapdump/capture"

// bpfLinks are the link types whose numbers differ between systems with a BPF
// device, by the values of GOOS (net/bpf.h and net/dlt.h there).
var bpfLinks = []struct {
	system string
	dlt    uint32
	link   capture.LinkType
}{
	{"darwin", 18, capture.LinkPFSYNC},
	{"darwin", 149, capture.LinkPKTAP}, // elsewhere DLT_USER2
	{"dragonfly", 18, capture.LinkPFSYNC},
	{"freebsd", 13, capture.LinkSLIP_BSDOS},
	{"freebsd", 14, capture.LinkPPP_BSDOS},
	{"freebsd", 121, capture.LinkPFSYNC},
	{"netbsd", 13, capture.LinkSLIP_BSDOS},
	{"netbsd", 14, capture.LinkPPP_BSDOS},
	{"netbsd", 18, capture.LinkPFSYNC},
	{"openbsd", 12, capture.LinkLOOP},
	{"openbsd", 13, capture.LinkENC},
	{"openbsd", 14, capture.LinkRAW},
	{"openbsd", 18, capture.LinkPFSYNC},
}

// linkOfDLT turns a system's number of a link type into ours.
func linkOfDLT(system string, dlt uint32) capture.LinkType {
	for _, l := range bpfLinks {
		if l.system == system && l.dlt == dlt {
			return l.link
		}
	}
	return capture.LinkType(dlt)
}

// dltOfLink is the inverse of linkOfDLT.
func dltOfLink(system string, link capture.LinkType) uint32 {
	for _, l := range bpfLinks {
		if l.system == system && l.link == link {
			return l.dlt
		}
	}
	return uint32(link)
}

// bpfLinkTypes orders the link types of a device: the one to begin with is
// first, which is the device's own, current, but in monitor mode. On macOS, and
// only there, choosing a link type of 802.11 turns monitor mode on, so that the
// list has those or has them not. None is left when there is no monitor mode.
func bpfLinkTypes(system string, current uint32, list []uint32, monitor bool) []capture.LinkType {
	if monitor && system != "darwin" {
		return nil
	}
	var links []capture.LinkType
	add := func(link capture.LinkType) {
		for _, has := range links {
			if has == link {
				return
			}
		}
		links = append(links, link)
	}
	if monitor {
		// With more about the radio before less.
		for _, best := range wiFiLinks {
			for _, dlt := range list {
				if linkOfDLT(system, dlt) == best {
					add(best)
				}
			}
		}
		return links
	}
	add(linkOfDLT(system, current))
	ethernet := links[0] == capture.LinkEN10MB
	for _, dlt := range list {
		link := linkOfDLT(system, dlt)
		if system == "darwin" && isWiFiLink(link) {
			ethernet = false
			continue
		}
		ethernet = ethernet && (link == capture.LinkEN10MB || link == capture.LinkIPNET)
		add(link)
	}
	if ethernet {
		// A cable modem head-end can be made to send its frames over Ethernet
		// as they are.
		add(capture.LinkDOCSIS)
	}
	return links
}

var wiFiLinks = [...]capture.LinkType{capture.LinkIEEE802_11_RADIO, capture.LinkIEEE802_11_RADIO_AVS, capture.LinkPRISM_HEADER, capture.LinkIEEE802_11}

func isWiFiLink(link capture.LinkType) bool {
	for _, is := range wiFiLinks {
		if link == is {
			return true
		}
	}
	return false
}
