package report

import (
	"encoding/binary"
	"fmt"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/ipproto"
)

// tally counts packets and their bytes on the wire.
type tally struct{ packets, bytes uint64 }

func (t *tally) add(length uint32) {
	t.packets++
	t.bytes += uint64(length)
}

func (t *tally) plus(u tally) {
	t.packets += u.packets
	t.bytes += u.bytes
}

// hierarchy counts packets by protocol. Its size is fixed.
type hierarchy struct {
	ip   [2][256]tally    // IPv4, IPv6 by the protocol above
	apps [2][2][256]tally // by application: of these over TCP and UDP
	// Without IP: by EtherType where the link type has one, the lengths of IEEE 802.3 as
	// 0; and the rest.
	types map[uint16]*tally
	rest  tally
}

// add counts a packet.
func (h *hierarchy) add(pkt *capture.Packet, f *Facts) {
	p := f.Header
	if p.Version == 0 {
		h.addOther(pkt)
		return
	}
	version := 0
	if p.Version == 6 {
		version = 1
	}
	h.ip[version][p.Protocol].add(pkt.Length)
	if !f.Decoded || f.Said == nil {
		return
	}
	app := f.Said.Protocol
	if app == 0 {
		app, _ = f.Said.App(0)
	}
	switch p.Protocol {
	case header.ProtocolTCP:
		h.apps[version][0][app].add(pkt.Length)
	case header.ProtocolUDP:
		h.apps[version][1][app].add(pkt.Length)
	}
}

// addOther counts a packet without IP.
func (h *hierarchy) addOther(pkt *capture.Packet) {
	kind, ok := etherType(pkt)
	if !ok {
		h.rest.add(pkt.Length)
		return
	}
	if kind < 0x600 {
		kind = 0
	}
	if h.types == nil {
		h.types = make(map[uint16]*tally)
	}
	t := h.types[kind]
	if t == nil {
		t = new(tally)
		h.types[kind] = t
	}
	t.add(pkt.Length)
}

// etherType is that of an Ethernet frame, behind VLAN tags.
func etherType(pkt *capture.Packet) (kind uint16, ok bool) {
	kind, _, ok = ethernet(pkt)
	return kind, ok
}

// ethernet is the EtherType of a frame, behind VLAN tags, and what follows it.
func ethernet(pkt *capture.Packet) (kind uint16, payload []byte, ok bool) {
	b := pkt.Data
	if pkt.LinkType != capture.LinkEN10MB || len(b) < 14 {
		return 0, nil, false
	}
	kind, b = binary.BigEndian.Uint16(b[12:]), b[14:]
	for isTag(kind) && len(b) >= 4 {
		kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	return kind, b, true
}

func isTag(kind uint16) bool {
	switch kind {
	case header.EtherTypeVLAN, header.EtherTypeQinQ, header.EtherTypeQinQ9100, header.EtherTypeQinQ9200:
		return true
	}
	return false
}

// EtherTypes without IP.
const (
	etherTypeARP  = 0x0806
	etherTypeRARP = 0x8035
)

// etherTypeName is what an EtherType is called (IEEE Registration Authority).
func etherTypeName(kind uint16) string {
	switch kind {
	case 0:
		return "IEEE 802.3 with LLC"
	case header.EtherTypeIPv4:
		return "IPv4 that cannot be read"
	case header.EtherTypeIPv6:
		return "IPv6 that cannot be read"
	case etherTypeARP:
		return "ARP"
	case etherTypeRARP:
		return "RARP"
	case header.EtherTypePPPoE:
		return "PPPoE session"
	case 0x8863:
		return "PPPoE discovery"
	case header.EtherTypeMPLS, header.EtherTypeMPLSUp:
		return "MPLS"
	case 0x8809:
		return "slow protocols (LACP)"
	case 0x888e:
		return "EAPOL (802.1X)"
	case 0x88cc:
		return "LLDP"
	case 0x88e5:
		return "MACsec"
	case 0x88f7:
		return "PTP"
	case 0x8892:
		return "PROFINET"
	case 0x0842:
		return "Wake-on-LAN"
	}
	return fmt.Sprintf("EtherType 0x%04x", kind)
}

// level is a row of the hierarchy.
type level struct {
	depth int
	name  string
	tally
}

// rows are those of the hierarchy that have packets; each is followed by what is in it.
func (h *hierarchy) rows() (all []level) {
	for version, name := range [...]string{"IPv4", "IPv6"} {
		network := level{0, name, tally{}}
		var above []level
		for number, t := range h.ip[version] {
			if t.packets > 0 {
				network.plus(t)
				above = append(above, level{1, protocolName(number), t})
			}
		}
		if network.packets == 0 {
			continue
		}
		sortLevels(above)
		all = append(all, network)
		for _, l := range above {
			all = append(all, l)
			switch l.name {
			case "TCP":
				all = append(all, appLevels(&h.apps[version][0])...)
			case "UDP":
				all = append(all, appLevels(&h.apps[version][1])...)
			}
		}
	}
	var others []level
	for kind, t := range h.types {
		others = append(others, level{0, etherTypeName(kind), *t})
	}
	if h.rest.packets > 0 {
		others = append(others, level{0, "other than IP", h.rest})
	}
	sortLevels(others)
	return append(all, others...)
}

func appLevels(of *[256]tally) (all []level) {
	for app, t := range of {
		if t.packets > 0 && app > 0 {
			all = append(all, level{2, apps.Protocol(app).Name(), t})
		}
	}
	sortLevels(all)
	if rest := of[0]; rest.packets > 0 && len(all) > 0 {
		all = append(all, level{2, "not known", rest})
	}
	return all
}

func sortLevels(all []level) {
	sortBy(all, func(a, b level) bool {
		if a.bytes != b.bytes {
			return a.bytes > b.bytes
		}
		return a.name < b.name
	})
}

// protocolName is the name of a protocol above IP.
func protocolName(number int) string {
	if name := header.ProtocolName(uint8(number)); name != "" {
		return name
	}
	if name := ipproto.Names[number]; name != "" {
		return name
	}
	return fmt.Sprintf("protocol %d", number)
}
