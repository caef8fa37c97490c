package capture

import (
	"cmp"
	"strings"

	"github.com/tapdump/tapdump/versions"
)

// linkTexts are names and descriptions that are others than those of linkTable since
// a version of libpcap.
var (
	linkTextsSince = versions.Since(versions.V5_0, "link types", "`IPMB_LINUX`; no names for EN3MB, AX25, PRONET, CHAOS, REDBACK_SMARTEDGE and DECT_NR_TAP; `Token ring`, `SLIP`, `Raw IP`",
		"`I2C_LINUX`; they have names; `802.5 Token Ring`, `Serial Line IP`, `Raw IPv4/IPv6` and other descriptions")

	linkTexts = [...]struct {
		number            LinkType
		name, description string // "": that of linkTable
	}{
		{LinkEN3MB, "", "experimental Ethernet (3Mb/s)"},
		{LinkAX25, "", "AX.25 layer 2"},
		{LinkPRONET, "", "Proteon ProNET Token Ring"},
		{LinkCHAOS, "", "MIT Chaosnet"},
		{LinkIEEE802, "", "802.5 Token Ring"},
		{LinkARCNET, "", "BSD ARCnet"},
		{LinkSLIP, "", "Serial Line IP"},
		{LinkPPP, "", "Point-to-Point Protocol"},
		{LinkFDDI, "", "Fiber Distributed Data Interface"},
		{LinkREDBACK_SMARTEDGE, "", "Redback SmartEdge 400/800"},
		{LinkRAW, "", "Raw IPv4/IPv6"},
		{LinkSLIP_BSDOS, "", "BSD/OS Serial Line IP"},
		{LinkPPP_BSDOS, "", "BSD/OS Point-to-Point Protocol"},
		{LinkPPP_SERIAL, "", "Point-to-Point Protocol over serial"},
		{LinkPPP_ETHER, "", "PPPoE session packets"},
		{LinkLTALK, "", "LocalTalk"},
		{LinkARCNET_LINUX, "", "Linux ARCnet"},
		{LinkIPMB_LINUX, "I2C_LINUX", "I2C with Linux/Pigeon Point pseudo-header"},
		{LinkIPOIB, "", "RFC 4391 IP-over-InfiniBand"},
		{LinkDSA_TAG_BRCM, "", "Broadcom infix DSA tag"},
		{LinkDSA_TAG_BRCM_PREPEND, "", "Broadcom prefix DSA tag"},
		{LinkDSA_TAG_DSA, "", "Marvell infix 4-octet DSA tag"},
		{LinkDSA_TAG_EDSA, "", "Marvell infix 8-octet DSA tag"},
		{LinkEDK2_MM, "", "EDK II MM request serialization protocol"},
		{LinkDECT_NR_TAP, "", "DECT-2020 New Radio TAP"},
	}
)

// TextsIn are the name and the description that a link type has in the libpcap of a
// version: Name and Description are those of versions.V4_99_6.
func (l LinkType) TextsIn(v versions.Version) (name, description string) {
	row := l.row()
	if linkTextsSince.In(v) {
		for i := range linkTexts {
			if t := &linkTexts[i]; t.number == l {
				return cmp.Or(t.name, row.name), t.description
			}
		}
	}
	return l.Name(), row.description
}

// LinkTypeByNameIn finds a link type by the name that it has in the libpcap of a
// version, in any case of letters.
func LinkTypeByNameIn(name string, v versions.Version) (LinkType, bool) {
	for i := range linkTable {
		if has, _ := linkTable[i].number.TextsIn(v); has != "" && strings.EqualFold(has, name) {
			return linkTable[i].number, true
		}
	}
	return 0, false
}
