package capture

import (
	"sort"
	"strconv"
	"strings"
)

// LinkType is a link-layer header type as libpcap numbers them in memory (a
// DLT), which is what filters and printers go by. LinkTypeOf turns the number
// of a savefile into one.
type LinkType uint32

// Link types, named as the -y option spells them.
const (
	LinkNULL                       LinkType = 0   // BSD loopback
	LinkEN10MB                     LinkType = 1   // Ethernet
	LinkIEEE802                    LinkType = 6   // Token ring
	LinkARCNET                     LinkType = 7   // BSD ARCNET
	LinkSLIP                       LinkType = 8   // SLIP
	LinkPPP                        LinkType = 9   // PPP
	LinkFDDI                       LinkType = 10  // FDDI
	LinkATM_RFC1483                LinkType = 11  // RFC 1483 LLC-encapsulated ATM
	LinkRAW                        LinkType = 12  // Raw IP
	LinkSLIP_BSDOS                 LinkType = 15  // BSD/OS SLIP
	LinkPPP_BSDOS                  LinkType = 16  // BSD/OS PPP
	LinkATM_CLIP                   LinkType = 19  // Linux Classical IP over ATM
	LinkPPP_SERIAL                 LinkType = 50  // PPP over serial
	LinkPPP_ETHER                  LinkType = 51  // PPPoE
	LinkSYMANTEC_FIREWALL          LinkType = 99  // Symantec Firewall
	LinkC_HDLC                     LinkType = 104 // Cisco HDLC
	LinkIEEE802_11                 LinkType = 105 // 802.11
	LinkFRELAY                     LinkType = 107 // Frame Relay
	LinkLOOP                       LinkType = 108 // OpenBSD loopback
	LinkENC                        LinkType = 109 // OpenBSD encapsulated IP
	LinkLINUX_SLL                  LinkType = 113 // Linux cooked v1
	LinkLTALK                      LinkType = 114 // Localtalk
	LinkPFLOG                      LinkType = 117 // OpenBSD pflog file
	LinkPRISM_HEADER               LinkType = 119 // 802.11 plus Prism header
	LinkIP_OVER_FC                 LinkType = 122 // RFC 2625 IP-over-Fibre Channel
	LinkSUNATM                     LinkType = 123 // Sun raw ATM
	LinkIEEE802_11_RADIO           LinkType = 127 // 802.11 plus radiotap header
	LinkARCNET_LINUX               LinkType = 129 // Linux ARCNET
	LinkJUNIPER_MLPPP              LinkType = 130 // Juniper Multi-Link PPP
	LinkJUNIPER_MLFR               LinkType = 131 // Juniper Multi-Link Frame Relay
	LinkJUNIPER_ES                 LinkType = 132 // Juniper Encryption Services PIC
	LinkJUNIPER_GGSN               LinkType = 133 // Juniper GGSN PIC
	LinkJUNIPER_MFR                LinkType = 134 // Juniper FRF.16 Frame Relay
	LinkJUNIPER_ATM2               LinkType = 135 // Juniper ATM2 PIC
	LinkJUNIPER_SERVICES           LinkType = 136 // Juniper Advanced Services PIC
	LinkJUNIPER_ATM1               LinkType = 137 // Juniper ATM1 PIC
	LinkAPPLE_IP_OVER_IEEE1394     LinkType = 138 // Apple IP-over-IEEE 1394
	LinkMTP2_WITH_PHDR             LinkType = 139 // SS7 MTP2 with Pseudo-header
	LinkMTP2                       LinkType = 140 // SS7 MTP2
	LinkMTP3                       LinkType = 141 // SS7 MTP3
	LinkSCCP                       LinkType = 142 // SS7 SCCP
	LinkDOCSIS                     LinkType = 143 // DOCSIS
	LinkLINUX_IRDA                 LinkType = 144 // Linux IrDA
	LinkUSER0                      LinkType = 147 // Private use 0
	LinkUSER1                      LinkType = 148 // Private use 1
	LinkUSER2                      LinkType = 149 // Private use 2
	LinkUSER3                      LinkType = 150 // Private use 3
	LinkUSER4                      LinkType = 151 // Private use 4
	LinkUSER5                      LinkType = 152 // Private use 5
	LinkUSER6                      LinkType = 153 // Private use 6
	LinkUSER7                      LinkType = 154 // Private use 7
	LinkUSER8                      LinkType = 155 // Private use 8
	LinkUSER9                      LinkType = 156 // Private use 9
	LinkUSER10                     LinkType = 157 // Private use 10
	LinkUSER11                     LinkType = 158 // Private use 11
	LinkUSER12                     LinkType = 159 // Private use 12
	LinkUSER13                     LinkType = 160 // Private use 13
	LinkUSER14                     LinkType = 161 // Private use 14
	LinkUSER15                     LinkType = 162 // Private use 15
	LinkIEEE802_11_RADIO_AVS       LinkType = 163 // 802.11 plus AVS radio information header
	LinkJUNIPER_MONITOR            LinkType = 164 // Juniper Passive Monitor PIC
	LinkBACNET_MS_TP               LinkType = 165 // BACnet MS/TP
	LinkPPP_PPPD                   LinkType = 166 // PPP for pppd, with direction flag
	LinkJUNIPER_PPPOE              LinkType = 167 // Juniper PPPoE
	LinkJUNIPER_PPPOE_ATM          LinkType = 168 // Juniper PPPoE/ATM
	LinkGPRS_LLC                   LinkType = 169 // GPRS LLC
	LinkGPF_T                      LinkType = 170 // GPF-T
	LinkGPF_F                      LinkType = 171 // GPF-F
	LinkJUNIPER_PIC_PEER           LinkType = 174 // Juniper PIC Peer
	LinkERF_ETH                    LinkType = 175 // Ethernet with Endace ERF header
	LinkERF_POS                    LinkType = 176 // Packet-over-SONET with Endace ERF header
	LinkLINUX_LAPD                 LinkType = 177 // Linux vISDN LAPD
	LinkJUNIPER_ETHER              LinkType = 178 // Juniper Ethernet
	LinkJUNIPER_PPP                LinkType = 179 // Juniper PPP
	LinkJUNIPER_FRELAY             LinkType = 180 // Juniper Frame Relay
	LinkJUNIPER_CHDLC              LinkType = 181 // Juniper C-HDLC
	LinkMFR                        LinkType = 182 // FRF.16 Frame Relay
	LinkJUNIPER_VP                 LinkType = 183 // Juniper Voice PIC
	LinkA429                       LinkType = 184 // Arinc 429
	LinkA653_ICM                   LinkType = 185 // Arinc 653 Interpartition Communication
	LinkUSB_FREEBSD                LinkType = 186 // USB with FreeBSD header
	LinkBLUETOOTH_HCI_H4           LinkType = 187 // Bluetooth HCI UART transport layer
	LinkIEEE802_16_MAC_CPS         LinkType = 188 // IEEE 802.16 MAC Common Part Sublayer
	LinkUSB_LINUX                  LinkType = 189 // USB with Linux header
	LinkCAN20B                     LinkType = 190 // Controller Area Network (CAN) v. 2.0B
	LinkIEEE802_15_4_LINUX         LinkType = 191 // IEEE 802.15.4 with Linux padding
	LinkPPI                        LinkType = 192 // Per-Packet Information
	LinkIEEE802_16_MAC_CPS_RADIO   LinkType = 193 // IEEE 802.16 MAC Common Part Sublayer plus radiotap header
	LinkJUNIPER_ISM                LinkType = 194 // Juniper Integrated Service Module
	LinkIEEE802_15_4               LinkType = 195 // IEEE 802.15.4 with FCS
	LinkSITA                       LinkType = 196 // SITA pseudo-header
	LinkERF                        LinkType = 197 // Endace ERF header
	LinkRAIF1                      LinkType = 198 // Ethernet with u10 Networks pseudo-header
	LinkIPMB_KONTRON               LinkType = 199 // IPMB with Kontron pseudo-header
	LinkJUNIPER_ST                 LinkType = 200 // Juniper Secure Tunnel
	LinkBLUETOOTH_HCI_H4_WITH_PHDR LinkType = 201 // Bluetooth HCI UART transport layer plus pseudo-header
	LinkAX25_KISS                  LinkType = 202 // AX.25 with KISS header
	LinkIPMB_LINUX                 LinkType = 209 // IPMB with Linux/Pigeon Point pseudo-header
	LinkIEEE802_15_4_NONASK_PHY    LinkType = 215 // IEEE 802.15.4 with non-ASK PHY data
	LinkLINUX_EVDEV                LinkType = 216 // Linux evdev events
	LinkMPLS                       LinkType = 219 // MPLS with label as link-layer header
	LinkUSB_LINUX_MMAPPED          LinkType = 220 // USB with padded Linux header
	LinkDECT                       LinkType = 221 // DECT
	LinkAOS                        LinkType = 222 // AOS Space Data Link protocol
	LinkWIHART                     LinkType = 223 // WirelessHART
	LinkFC_2                       LinkType = 224 // Fibre Channel FC-2
	LinkFC_2_WITH_FRAME_DELIMS     LinkType = 225 // Fibre Channel FC-2 with frame delimiters
	LinkIPNET                      LinkType = 226 // Solaris ipnet
	LinkCAN_SOCKETCAN              LinkType = 227 // CAN-bus with SocketCAN headers
	LinkIPV4                       LinkType = 228 // Raw IPv4
	LinkIPV6                       LinkType = 229 // Raw IPv6
	LinkIEEE802_15_4_NOFCS         LinkType = 230 // IEEE 802.15.4 without FCS
	LinkDBUS                       LinkType = 231 // D-Bus
	LinkJUNIPER_VS                 LinkType = 232 // Juniper Virtual Server
	LinkJUNIPER_SRX_E2E            LinkType = 233 // Juniper SRX E2E
	LinkJUNIPER_FIBRECHANNEL       LinkType = 234 // Juniper Fibre Channel
	LinkDVB_CI                     LinkType = 235 // DVB-CI
	LinkMUX27010                   LinkType = 236 // MUX27010
	LinkSTANAG_5066_D_PDU          LinkType = 237 // STANAG 5066 D_PDUs
	LinkJUNIPER_ATM_CEMIC          LinkType = 238 // Juniper ATM CEMIC
	LinkNFLOG                      LinkType = 239 // Linux netfilter log messages
	LinkNETANALYZER                LinkType = 240 // Ethernet with Hilscher netANALYZER pseudo-header
	LinkNETANALYZER_TRANSPARENT    LinkType = 241 // Ethernet with Hilscher netANALYZER pseudo-header and with preamble and SFD
	LinkIPOIB                      LinkType = 242 // RFC 4391 IP-over-Infiniband
	LinkMPEG_2_TS                  LinkType = 243 // MPEG-2 transport stream
	LinkNG40                       LinkType = 244 // ng40 protocol tester Iub/Iur
	LinkNFC_LLCP                   LinkType = 245 // NFC LLCP PDUs with pseudo-header
	LinkPFSYNC                     LinkType = 246 // Packet filter state syncing
	LinkINFINIBAND                 LinkType = 247 // InfiniBand
	LinkSCTP                       LinkType = 248 // SCTP
	LinkUSBPCAP                    LinkType = 249 // USB with USBPcap header
	LinkRTAC_SERIAL                LinkType = 250 // Schweitzer Engineering Laboratories RTAC packets
	LinkBLUETOOTH_LE_LL            LinkType = 251 // Bluetooth Low Energy air interface
	LinkNETLINK                    LinkType = 253 // Linux netlink
	LinkBLUETOOTH_LINUX_MONITOR    LinkType = 254 // Bluetooth Linux Monitor
	LinkBLUETOOTH_BREDR_BB         LinkType = 255 // Bluetooth Basic Rate/Enhanced Data Rate baseband packets
	LinkBLUETOOTH_LE_LL_WITH_PHDR  LinkType = 256 // Bluetooth Low Energy air interface with pseudo-header
	LinkPROFIBUS_DL                LinkType = 257 // PROFIBUS data link layer
	LinkPKTAP                      LinkType = 258 // Apple PKTAP
	LinkEPON                       LinkType = 259 // Ethernet with 802.3 Clause 65 EPON preamble
	LinkIPMI_HPM_2                 LinkType = 260 // IPMI trace packets
	LinkZWAVE_R1_R2                LinkType = 261 // Z-Wave RF profile R1 and R2 packets
	LinkZWAVE_R3                   LinkType = 262 // Z-Wave RF profile R3 packets
	LinkWATTSTOPPER_DLM            LinkType = 263 // WattStopper Digital Lighting Management (DLM) and Legrand Nitoo Open protocol
	LinkISO_14443                  LinkType = 264 // ISO 14443 messages
	LinkRDS                        LinkType = 265 // IEC 62106 Radio Data System groups
	LinkUSB_DARWIN                 LinkType = 266 // USB with Darwin header
	LinkOPENFLOW                   LinkType = 267 // OpenBSD OpenFlow
	LinkSDLC                       LinkType = 268 // IBM SDLC frames
	LinkTI_LLN_SNIFFER             LinkType = 269 // TI LLN sniffer frames
	LinkVSOCK                      LinkType = 271 // Linux vsock
	LinkNORDIC_BLE                 LinkType = 272 // Nordic Semiconductor Bluetooth LE sniffer frames
	LinkDOCSIS31_XRA31             LinkType = 273 // Excentis XRA-31 DOCSIS 3.1 RF sniffer frames
	LinkETHERNET_MPACKET           LinkType = 274 // 802.3br mPackets
	LinkDISPLAYPORT_AUX            LinkType = 275 // DisplayPort AUX channel monitoring data
	LinkLINUX_SLL2                 LinkType = 276 // Linux cooked v2
	LinkOPENVIZSLA                 LinkType = 278 // OpenVizsla USB
	LinkEBHSCR                     LinkType = 279 // Elektrobit High Speed Capture and Replay (EBHSCR)
	LinkVPP_DISPATCH               LinkType = 280 // VPP graph dispatch tracer
	LinkDSA_TAG_BRCM               LinkType = 281 // Broadcom tag
	LinkDSA_TAG_BRCM_PREPEND       LinkType = 282 // Broadcom tag (prepended)
	LinkIEEE802_15_4_TAP           LinkType = 283 // IEEE 802.15.4 with pseudo-header
	LinkDSA_TAG_DSA                LinkType = 284 // Marvell DSA
	LinkDSA_TAG_EDSA               LinkType = 285 // Marvell EDSA
	LinkELEE                       LinkType = 286 // ELEE lawful intercept packets
	LinkZ_WAVE_SERIAL              LinkType = 287 // Z-Wave serial frames between host and chip
	LinkUSB_2_0                    LinkType = 288 // USB 2.0/1.1/1.0 as transmitted over the cable
	LinkATSC_ALP                   LinkType = 289 // ATSC Link-Layer Protocol packets
	LinkETW                        LinkType = 290 // Event Tracing for Windows messages
	LinkNETANALYZER_NG             LinkType = 291 // Hilscher netANALYZER NG pseudo-footer
	LinkZBOSS_NCP                  LinkType = 292 // ZBOSS NCP protocol with pseudo-header
	LinkUSB_2_0_LOW_SPEED          LinkType = 293 // Low-Speed USB 2.0/1.1/1.0 as transmitted over the cable
	LinkUSB_2_0_FULL_SPEED         LinkType = 294 // Full-Speed USB 2.0/1.1/1.0 as transmitted over the cable
	LinkUSB_2_0_HIGH_SPEED         LinkType = 295 // High-Speed USB 2.0 as transmitted over the cable
	LinkAUERSWALD_LOG              LinkType = 296 // Auerswald Logger Protocol
	LinkZWAVE_TAP                  LinkType = 297 // Z-Wave packets with a TAP meta-data header
	LinkSILABS_DEBUG_CHANNEL       LinkType = 298 // Silicon Labs debug channel protocol
	LinkFIRA_UCI                   LinkType = 299 // Ultra-wideband controller interface protocol
	LinkMDB                        LinkType = 300 // Multi-Drop Bus
	LinkDECT_NR                    LinkType = 301 // DECT New Radio
	LinkEDK2_MM                    LinkType = 302 // edk2 mm request serialization protocol
	LinkDEBUG_ONLY                 LinkType = 303 // unstructured data for manual debugging only
)

// String is the name that -y takes, or the number of a link type without a name.
func (l LinkType) String() string {
	if n := l.Name(); n != "" {
		return n
	}
	return "DLT " + strconv.FormatUint(uint64(l), 10)
}

// Name is the name that -y takes, or "" for a link type without a name.
func (l LinkType) Name() string { return linkTypeInfo(l).name }

// Description is the text shown beside the name, or "".
func (l LinkType) Description() string { return linkTypeInfo(l).description }

func linkTypeInfo(l LinkType) linkType {
	i := sort.Search(len(linkTypes), func(i int) bool { return linkTypes[i].number >= l })
	if i < len(linkTypes) && linkTypes[i].number == l {
		return linkTypes[i]
	}
	return linkType{}
}

// LinkTypeByName finds a link type by its name, in any case of letters.
func LinkTypeByName(name string) (LinkType, bool) {
	for i := range linkTypes {
		if strings.EqualFold(linkTypes[i].name, name) {
			return linkTypes[i].number, true
		}
	}
	return 0, false
}

// LinkTypeOf turns the link type number of a savefile into a LinkType. Only a
// few numbers differ: those whose values once depended on the system.
// See https://www.tcpdump.org/linktypes.html.
func LinkTypeOf(savefile uint32) LinkType {
	switch savefile {
	case 100:
		return LinkATM_RFC1483
	case 101:
		return LinkRAW
	case 102:
		return LinkSLIP_BSDOS
	case 103:
		return LinkPPP_BSDOS
	case 106:
		return LinkATM_CLIP
	}
	return LinkType(savefile)
}

// Savefile is the inverse of LinkTypeOf: the number to write into a file.
func (l LinkType) Savefile() uint32 {
	switch l {
	case LinkATM_RFC1483:
		return 100
	case LinkRAW:
		return 101
	case LinkSLIP_BSDOS:
		return 102
	case LinkPPP_BSDOS:
		return 103
	case LinkATM_CLIP:
		return 106
	}
	return uint32(l)
}

type linkType struct {
	number            LinkType
	name, description string
}

// linkTypes is sorted by number.
var linkTypes = []linkType{
	{LinkNULL, "NULL", "BSD loopback"},
	{LinkEN10MB, "EN10MB", "Ethernet"},
	{LinkIEEE802, "IEEE802", "Token ring"},
	{LinkARCNET, "ARCNET", "BSD ARCNET"},
	{LinkSLIP, "SLIP", "SLIP"},
	{LinkPPP, "PPP", "PPP"},
	{LinkFDDI, "FDDI", "FDDI"},
	{LinkATM_RFC1483, "ATM_RFC1483", "RFC 1483 LLC-encapsulated ATM"},
	{LinkRAW, "RAW", "Raw IP"},
	{LinkSLIP_BSDOS, "SLIP_BSDOS", "BSD/OS SLIP"},
	{LinkPPP_BSDOS, "PPP_BSDOS", "BSD/OS PPP"},
	{LinkATM_CLIP, "ATM_CLIP", "Linux Classical IP over ATM"},
	{LinkPPP_SERIAL, "PPP_SERIAL", "PPP over serial"},
	{LinkPPP_ETHER, "PPP_ETHER", "PPPoE"},
	{LinkSYMANTEC_FIREWALL, "SYMANTEC_FIREWALL", "Symantec Firewall"},
	{LinkC_HDLC, "C_HDLC", "Cisco HDLC"},
	{LinkIEEE802_11, "IEEE802_11", "802.11"},
	{LinkFRELAY, "FRELAY", "Frame Relay"},
	{LinkLOOP, "LOOP", "OpenBSD loopback"},
	{LinkENC, "ENC", "OpenBSD encapsulated IP"},
	{LinkLINUX_SLL, "LINUX_SLL", "Linux cooked v1"},
	{LinkLTALK, "LTALK", "Localtalk"},
	{LinkPFLOG, "PFLOG", "OpenBSD pflog file"},
	{LinkPRISM_HEADER, "PRISM_HEADER", "802.11 plus Prism header"},
	{LinkIP_OVER_FC, "IP_OVER_FC", "RFC 2625 IP-over-Fibre Channel"},
	{LinkSUNATM, "SUNATM", "Sun raw ATM"},
	{LinkIEEE802_11_RADIO, "IEEE802_11_RADIO", "802.11 plus radiotap header"},
	{LinkARCNET_LINUX, "ARCNET_LINUX", "Linux ARCNET"},
	{LinkJUNIPER_MLPPP, "JUNIPER_MLPPP", "Juniper Multi-Link PPP"},
	{LinkJUNIPER_MLFR, "JUNIPER_MLFR", "Juniper Multi-Link Frame Relay"},
	{LinkJUNIPER_ES, "JUNIPER_ES", "Juniper Encryption Services PIC"},
	{LinkJUNIPER_GGSN, "JUNIPER_GGSN", "Juniper GGSN PIC"},
	{LinkJUNIPER_MFR, "JUNIPER_MFR", "Juniper FRF.16 Frame Relay"},
	{LinkJUNIPER_ATM2, "JUNIPER_ATM2", "Juniper ATM2 PIC"},
	{LinkJUNIPER_SERVICES, "JUNIPER_SERVICES", "Juniper Advanced Services PIC"},
	{LinkJUNIPER_ATM1, "JUNIPER_ATM1", "Juniper ATM1 PIC"},
	{LinkAPPLE_IP_OVER_IEEE1394, "APPLE_IP_OVER_IEEE1394", "Apple IP-over-IEEE 1394"},
	{LinkMTP2_WITH_PHDR, "MTP2_WITH_PHDR", "SS7 MTP2 with Pseudo-header"},
	{LinkMTP2, "MTP2", "SS7 MTP2"},
	{LinkMTP3, "MTP3", "SS7 MTP3"},
	{LinkSCCP, "SCCP", "SS7 SCCP"},
	{LinkDOCSIS, "DOCSIS", "DOCSIS"},
	{LinkLINUX_IRDA, "LINUX_IRDA", "Linux IrDA"},
	{LinkUSER0, "USER0", "Private use 0"},
	{LinkUSER1, "USER1", "Private use 1"},
	{LinkUSER2, "USER2", "Private use 2"},
	{LinkUSER3, "USER3", "Private use 3"},
	{LinkUSER4, "USER4", "Private use 4"},
	{LinkUSER5, "USER5", "Private use 5"},
	{LinkUSER6, "USER6", "Private use 6"},
	{LinkUSER7, "USER7", "Private use 7"},
	{LinkUSER8, "USER8", "Private use 8"},
	{LinkUSER9, "USER9", "Private use 9"},
	{LinkUSER10, "USER10", "Private use 10"},
	{LinkUSER11, "USER11", "Private use 11"},
	{LinkUSER12, "USER12", "Private use 12"},
	{LinkUSER13, "USER13", "Private use 13"},
	{LinkUSER14, "USER14", "Private use 14"},
	{LinkUSER15, "USER15", "Private use 15"},
	{LinkIEEE802_11_RADIO_AVS, "IEEE802_11_RADIO_AVS", "802.11 plus AVS radio information header"},
	{LinkJUNIPER_MONITOR, "JUNIPER_MONITOR", "Juniper Passive Monitor PIC"},
	{LinkBACNET_MS_TP, "BACNET_MS_TP", "BACnet MS/TP"},
	{LinkPPP_PPPD, "PPP_PPPD", "PPP for pppd, with direction flag"},
	{LinkJUNIPER_PPPOE, "JUNIPER_PPPOE", "Juniper PPPoE"},
	{LinkJUNIPER_PPPOE_ATM, "JUNIPER_PPPOE_ATM", "Juniper PPPoE/ATM"},
	{LinkGPRS_LLC, "GPRS_LLC", "GPRS LLC"},
	{LinkGPF_T, "GPF_T", "GPF-T"},
	{LinkGPF_F, "GPF_F", "GPF-F"},
	{LinkJUNIPER_PIC_PEER, "JUNIPER_PIC_PEER", "Juniper PIC Peer"},
	{LinkERF_ETH, "ERF_ETH", "Ethernet with Endace ERF header"},
	{LinkERF_POS, "ERF_POS", "Packet-over-SONET with Endace ERF header"},
	{LinkLINUX_LAPD, "LINUX_LAPD", "Linux vISDN LAPD"},
	{LinkJUNIPER_ETHER, "JUNIPER_ETHER", "Juniper Ethernet"},
	{LinkJUNIPER_PPP, "JUNIPER_PPP", "Juniper PPP"},
	{LinkJUNIPER_FRELAY, "JUNIPER_FRELAY", "Juniper Frame Relay"},
	{LinkJUNIPER_CHDLC, "JUNIPER_CHDLC", "Juniper C-HDLC"},
	{LinkMFR, "MFR", "FRF.16 Frame Relay"},
	{LinkJUNIPER_VP, "JUNIPER_VP", "Juniper Voice PIC"},
	{LinkA429, "A429", "Arinc 429"},
	{LinkA653_ICM, "A653_ICM", "Arinc 653 Interpartition Communication"},
	{LinkUSB_FREEBSD, "USB_FREEBSD", "USB with FreeBSD header"},
	{LinkBLUETOOTH_HCI_H4, "BLUETOOTH_HCI_H4", "Bluetooth HCI UART transport layer"},
	{LinkIEEE802_16_MAC_CPS, "IEEE802_16_MAC_CPS", "IEEE 802.16 MAC Common Part Sublayer"},
	{LinkUSB_LINUX, "USB_LINUX", "USB with Linux header"},
	{LinkCAN20B, "CAN20B", "Controller Area Network (CAN) v. 2.0B"},
	{LinkIEEE802_15_4_LINUX, "IEEE802_15_4_LINUX", "IEEE 802.15.4 with Linux padding"},
	{LinkPPI, "PPI", "Per-Packet Information"},
	{LinkIEEE802_16_MAC_CPS_RADIO, "IEEE802_16_MAC_CPS_RADIO", "IEEE 802.16 MAC Common Part Sublayer plus radiotap header"},
	{LinkJUNIPER_ISM, "JUNIPER_ISM", "Juniper Integrated Service Module"},
	{LinkIEEE802_15_4, "IEEE802_15_4", "IEEE 802.15.4 with FCS"},
	{LinkSITA, "SITA", "SITA pseudo-header"},
	{LinkERF, "ERF", "Endace ERF header"},
	{LinkRAIF1, "RAIF1", "Ethernet with u10 Networks pseudo-header"},
	{LinkIPMB_KONTRON, "IPMB_KONTRON", "IPMB with Kontron pseudo-header"},
	{LinkJUNIPER_ST, "JUNIPER_ST", "Juniper Secure Tunnel"},
	{LinkBLUETOOTH_HCI_H4_WITH_PHDR, "BLUETOOTH_HCI_H4_WITH_PHDR", "Bluetooth HCI UART transport layer plus pseudo-header"},
	{LinkAX25_KISS, "AX25_KISS", "AX.25 with KISS header"},
	{LinkIPMB_LINUX, "IPMB_LINUX", "IPMB with Linux/Pigeon Point pseudo-header"},
	{LinkIEEE802_15_4_NONASK_PHY, "IEEE802_15_4_NONASK_PHY", "IEEE 802.15.4 with non-ASK PHY data"},
	{LinkLINUX_EVDEV, "LINUX_EVDEV", "Linux evdev events"},
	{LinkMPLS, "MPLS", "MPLS with label as link-layer header"},
	{LinkUSB_LINUX_MMAPPED, "USB_LINUX_MMAPPED", "USB with padded Linux header"},
	{LinkDECT, "DECT", "DECT"},
	{LinkAOS, "AOS", "AOS Space Data Link protocol"},
	{LinkWIHART, "WIHART", "WirelessHART"},
	{LinkFC_2, "FC_2", "Fibre Channel FC-2"},
	{LinkFC_2_WITH_FRAME_DELIMS, "FC_2_WITH_FRAME_DELIMS", "Fibre Channel FC-2 with frame delimiters"},
	{LinkIPNET, "IPNET", "Solaris ipnet"},
	{LinkCAN_SOCKETCAN, "CAN_SOCKETCAN", "CAN-bus with SocketCAN headers"},
	{LinkIPV4, "IPV4", "Raw IPv4"},
	{LinkIPV6, "IPV6", "Raw IPv6"},
	{LinkIEEE802_15_4_NOFCS, "IEEE802_15_4_NOFCS", "IEEE 802.15.4 without FCS"},
	{LinkDBUS, "DBUS", "D-Bus"},
	{LinkJUNIPER_VS, "JUNIPER_VS", "Juniper Virtual Server"},
	{LinkJUNIPER_SRX_E2E, "JUNIPER_SRX_E2E", "Juniper SRX E2E"},
	{LinkJUNIPER_FIBRECHANNEL, "JUNIPER_FIBRECHANNEL", "Juniper Fibre Channel"},
	{LinkDVB_CI, "DVB_CI", "DVB-CI"},
	{LinkMUX27010, "MUX27010", "MUX27010"},
	{LinkSTANAG_5066_D_PDU, "STANAG_5066_D_PDU", "STANAG 5066 D_PDUs"},
	{LinkJUNIPER_ATM_CEMIC, "JUNIPER_ATM_CEMIC", "Juniper ATM CEMIC"},
	{LinkNFLOG, "NFLOG", "Linux netfilter log messages"},
	{LinkNETANALYZER, "NETANALYZER", "Ethernet with Hilscher netANALYZER pseudo-header"},
	{LinkNETANALYZER_TRANSPARENT, "NETANALYZER_TRANSPARENT", "Ethernet with Hilscher netANALYZER pseudo-header and with preamble and SFD"},
	{LinkIPOIB, "IPOIB", "RFC 4391 IP-over-Infiniband"},
	{LinkMPEG_2_TS, "MPEG_2_TS", "MPEG-2 transport stream"},
	{LinkNG40, "NG40", "ng40 protocol tester Iub/Iur"},
	{LinkNFC_LLCP, "NFC_LLCP", "NFC LLCP PDUs with pseudo-header"},
	{LinkPFSYNC, "PFSYNC", "Packet filter state syncing"},
	{LinkINFINIBAND, "INFINIBAND", "InfiniBand"},
	{LinkSCTP, "SCTP", "SCTP"},
	{LinkUSBPCAP, "USBPCAP", "USB with USBPcap header"},
	{LinkRTAC_SERIAL, "RTAC_SERIAL", "Schweitzer Engineering Laboratories RTAC packets"},
	{LinkBLUETOOTH_LE_LL, "BLUETOOTH_LE_LL", "Bluetooth Low Energy air interface"},
	{LinkNETLINK, "NETLINK", "Linux netlink"},
	{LinkBLUETOOTH_LINUX_MONITOR, "BLUETOOTH_LINUX_MONITOR", "Bluetooth Linux Monitor"},
	{LinkBLUETOOTH_BREDR_BB, "BLUETOOTH_BREDR_BB", "Bluetooth Basic Rate/Enhanced Data Rate baseband packets"},
	{LinkBLUETOOTH_LE_LL_WITH_PHDR, "BLUETOOTH_LE_LL_WITH_PHDR", "Bluetooth Low Energy air interface with pseudo-header"},
	{LinkPROFIBUS_DL, "PROFIBUS_DL", "PROFIBUS data link layer"},
	{LinkPKTAP, "PKTAP", "Apple PKTAP"},
	{LinkEPON, "EPON", "Ethernet with 802.3 Clause 65 EPON preamble"},
	{LinkIPMI_HPM_2, "IPMI_HPM_2", "IPMI trace packets"},
	{LinkZWAVE_R1_R2, "ZWAVE_R1_R2", "Z-Wave RF profile R1 and R2 packets"},
	{LinkZWAVE_R3, "ZWAVE_R3", "Z-Wave RF profile R3 packets"},
	{LinkWATTSTOPPER_DLM, "WATTSTOPPER_DLM", "WattStopper Digital Lighting Management (DLM) and Legrand Nitoo Open protocol"},
	{LinkISO_14443, "ISO_14443", "ISO 14443 messages"},
	{LinkRDS, "RDS", "IEC 62106 Radio Data System groups"},
	{LinkUSB_DARWIN, "USB_DARWIN", "USB with Darwin header"},
	{LinkOPENFLOW, "OPENFLOW", "OpenBSD OpenFlow"},
	{LinkSDLC, "SDLC", "IBM SDLC frames"},
	{LinkTI_LLN_SNIFFER, "TI_LLN_SNIFFER", "TI LLN sniffer frames"},
	{LinkVSOCK, "VSOCK", "Linux vsock"},
	{LinkNORDIC_BLE, "NORDIC_BLE", "Nordic Semiconductor Bluetooth LE sniffer frames"},
	{LinkDOCSIS31_XRA31, "DOCSIS31_XRA31", "Excentis XRA-31 DOCSIS 3.1 RF sniffer frames"},
	{LinkETHERNET_MPACKET, "ETHERNET_MPACKET", "802.3br mPackets"},
	{LinkDISPLAYPORT_AUX, "DISPLAYPORT_AUX", "DisplayPort AUX channel monitoring data"},
	{LinkLINUX_SLL2, "LINUX_SLL2", "Linux cooked v2"},
	{LinkOPENVIZSLA, "OPENVIZSLA", "OpenVizsla USB"},
	{LinkEBHSCR, "EBHSCR", "Elektrobit High Speed Capture and Replay (EBHSCR)"},
	{LinkVPP_DISPATCH, "VPP_DISPATCH", "VPP graph dispatch tracer"},
	{LinkDSA_TAG_BRCM, "DSA_TAG_BRCM", "Broadcom tag"},
	{LinkDSA_TAG_BRCM_PREPEND, "DSA_TAG_BRCM_PREPEND", "Broadcom tag (prepended)"},
	{LinkIEEE802_15_4_TAP, "IEEE802_15_4_TAP", "IEEE 802.15.4 with pseudo-header"},
	{LinkDSA_TAG_DSA, "DSA_TAG_DSA", "Marvell DSA"},
	{LinkDSA_TAG_EDSA, "DSA_TAG_EDSA", "Marvell EDSA"},
	{LinkELEE, "ELEE", "ELEE lawful intercept packets"},
	{LinkZ_WAVE_SERIAL, "Z_WAVE_SERIAL", "Z-Wave serial frames between host and chip"},
	{LinkUSB_2_0, "USB_2_0", "USB 2.0/1.1/1.0 as transmitted over the cable"},
	{LinkATSC_ALP, "ATSC_ALP", "ATSC Link-Layer Protocol packets"},
	{LinkETW, "ETW", "Event Tracing for Windows messages"},
	{LinkNETANALYZER_NG, "NETANALYZER_NG", "Hilscher netANALYZER NG pseudo-footer"},
	{LinkZBOSS_NCP, "ZBOSS_NCP", "ZBOSS NCP protocol with pseudo-header"},
	{LinkUSB_2_0_LOW_SPEED, "USB_2_0_LOW_SPEED", "Low-Speed USB 2.0/1.1/1.0 as transmitted over the cable"},
	{LinkUSB_2_0_FULL_SPEED, "USB_2_0_FULL_SPEED", "Full-Speed USB 2.0/1.1/1.0 as transmitted over the cable"},
	{LinkUSB_2_0_HIGH_SPEED, "USB_2_0_HIGH_SPEED", "High-Speed USB 2.0 as transmitted over the cable"},
	{LinkAUERSWALD_LOG, "AUERSWALD_LOG", "Auerswald Logger Protocol"},
	{LinkZWAVE_TAP, "ZWAVE_TAP", "Z-Wave packets with a TAP meta-data header"},
	{LinkSILABS_DEBUG_CHANNEL, "SILABS_DEBUG_CHANNEL", "Silicon Labs debug channel protocol"},
	{LinkFIRA_UCI, "FIRA_UCI", "Ultra-wideband controller interface protocol"},
	{LinkMDB, "MDB", "Multi-Drop Bus"},
	{LinkDECT_NR, "DECT_NR", "DECT New Radio"},
	{LinkEDK2_MM, "EDK2_MM", "edk2 mm request serialization protocol"},
	{LinkDEBUG_ONLY, "DEBUG_ONLY", "unstructured data for manual debugging only"},
}
