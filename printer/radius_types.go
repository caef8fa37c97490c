package printer

// Attribute types with a form of their own (IANA: RADIUS Types).
const (
	radiusNASIP                 = 4
	radiusFramedIP              = 8
	radiusFramedNetmask         = 9
	radiusLoginIP               = 14
	radiusFramedIPX             = 23
	radiusSessionTimeout        = 27
	radiusIdleTimeout           = 28
	radiusAppleTalkLink         = 37
	radiusAppleTalkNetwork      = 38
	radiusAcctDelay             = 41
	radiusAcctSessionTime       = 46
	radiusEventTimestamp        = 55
	radiusEgressVLANID          = 56
	radiusEgressVLANName        = 58
	radiusTunnelType            = 64
	radiusTunnelMedium          = 65
	radiusTunnelClientEndpoint  = 66
	radiusTunnelServerEndpoint  = 67
	radiusTunnelPassword        = 69
	radiusARAPPassword          = 70
	radiusARAPFeatures          = 71
	radiusEAPMessage            = 79
	radiusTunnelPrivateGroup    = 81
	radiusTunnelAssignment      = 82
	radiusTunnelPreference      = 83
	radiusARAPChallengeResponse = 84
	radiusInterimInterval       = 85
	radiusTunnelClientAuth      = 90
	radiusTunnelServerAuth      = 91
	radiusNASIPv6               = 95
	radiusLoginIPv6             = 98
	radiusErrorCause            = 101
	radiusMobileFeatures        = 124
)

// radiusForm says how an attribute's value is read.
type radiusForm uint8

const (
	radiusOpaque radiusForm = iota // not shown
	radiusText
	radiusInteger
	radiusFixed // of a size of its own
	radiusVendor
	radiusIPv6Prefix
	radiusHomeLink
	radiusOperator
	radiusLocation
	radiusLocationBody
	radiusPolicy
)

type radiusAttributeType struct {
	name   string
	form   radiusForm
	size   uint8    // of a radiusFixed value
	values []string // names of a radiusInteger's values
}

var radiusAttributeTypes = []radiusAttributeType{
	1:   {name: "User-Name", form: radiusText},
	2:   {name: "User-Password"},
	3:   {name: "CHAP-Password"},
	4:   {name: "NAS-IP-Address", form: radiusFixed, size: 4},
	5:   {name: "NAS-Port", form: radiusInteger},
	6:   {name: "Service-Type", form: radiusInteger, values: radiusServiceTypes},
	7:   {name: "Framed-Protocol", form: radiusInteger, values: radiusFramedProtocols},
	8:   {name: "Framed-IP-Address", form: radiusFixed, size: 4},
	9:   {name: "Framed-IP-Netmask", form: radiusFixed, size: 4},
	10:  {name: "Framed-Routing", form: radiusInteger, values: radiusFramedRoutings},
	11:  {name: "Filter-Id", form: radiusText},
	12:  {name: "Framed-MTU", form: radiusInteger},
	13:  {name: "Framed-Compression", form: radiusInteger, values: radiusFramedCompressions},
	14:  {name: "Login-IP-Host", form: radiusFixed, size: 4},
	15:  {name: "Login-Service", form: radiusInteger, values: radiusLoginServices},
	16:  {name: "Login-TCP-Port", form: radiusInteger},
	17:  {name: "Unassigned"},
	18:  {name: "Reply-Message", form: radiusText},
	19:  {name: "Callback-Number", form: radiusText},
	20:  {name: "Callback-Id", form: radiusText},
	21:  {name: "Unassigned"},
	22:  {name: "Framed-Route", form: radiusText},
	23:  {name: "Framed-IPX-Network", form: radiusInteger},
	24:  {name: "State", form: radiusText},
	25:  {name: "Class", form: radiusText},
	26:  {name: "Vendor-Specific", form: radiusVendor},
	27:  {name: "Session-Timeout", form: radiusInteger},
	28:  {name: "Idle-Timeout", form: radiusInteger},
	29:  {name: "Termination-Action", form: radiusInteger, values: radiusTerminationActions},
	30:  {name: "Called-Station-Id", form: radiusText},
	31:  {name: "Calling-Station-Id", form: radiusText},
	32:  {name: "NAS-Identifier", form: radiusText},
	33:  {name: "Proxy-State", form: radiusText},
	34:  {name: "Login-LAT-Service", form: radiusText},
	35:  {name: "Login-LAT-Node", form: radiusText},
	36:  {name: "Login-LAT-Group", form: radiusText},
	37:  {name: "Framed-AppleTalk-Link", form: radiusInteger},
	38:  {name: "Framed-AppleTalk-Network", form: radiusInteger},
	39:  {name: "Framed-AppleTalk-Zone", form: radiusText},
	40:  {name: "Acct-Status-Type", form: radiusInteger, values: radiusAcctStatuses},
	41:  {name: "Acct-Delay-Time", form: radiusInteger},
	42:  {name: "Acct-Input-Octets", form: radiusInteger},
	43:  {name: "Acct-Output-Octets", form: radiusInteger},
	44:  {name: "Acct-Session-Id", form: radiusText},
	45:  {name: "Acct-Authentic", form: radiusInteger, values: radiusAcctAuthentics},
	46:  {name: "Acct-Session-Time", form: radiusInteger},
	47:  {name: "Acct-Input-Packets", form: radiusInteger},
	48:  {name: "Acct-Output-Packets", form: radiusInteger},
	49:  {name: "Acct-Terminate-Cause", form: radiusInteger, values: radiusTerminateCauses},
	50:  {name: "Acct-Multi-Session-Id", form: radiusText},
	51:  {name: "Acct-Link-Count", form: radiusInteger},
	52:  {name: "Acct-Input-Gigawords", form: radiusInteger},
	53:  {name: "Acct-Output-Gigawords", form: radiusInteger},
	54:  {name: "Unassigned"},
	55:  {name: "Event-Timestamp", form: radiusFixed, size: 4},
	56:  {name: "Egress-VLANID", form: radiusInteger},
	57:  {name: "Ingress-Filters", form: radiusInteger, values: radiusIngressFilters},
	58:  {name: "Egress-VLAN-Name", form: radiusText},
	59:  {name: "User-Priority-Table"},
	60:  {name: "CHAP-Challenge", form: radiusText},
	61:  {name: "NAS-Port-Type", form: radiusInteger, values: radiusPortTypes},
	62:  {name: "Port-Limit", form: radiusInteger},
	63:  {name: "Login-LAT-Port", form: radiusText},
	64:  {name: "Tunnel-Type", form: radiusInteger, values: radiusTunnelTypes},
	65:  {name: "Tunnel-Medium-Type", form: radiusInteger, values: radiusTunnelMedia},
	66:  {name: "Tunnel-Client-Endpoint", form: radiusText},
	67:  {name: "Tunnel-Server-Endpoint", form: radiusText},
	68:  {name: "Acct-Tunnel-Connection", form: radiusText},
	69:  {name: "Tunnel-Password", form: radiusText},
	70:  {name: "ARAP-Password", form: radiusFixed, size: 16},
	71:  {name: "ARAP-Features", form: radiusFixed, size: 14},
	72:  {name: "ARAP-Zone-Access", form: radiusInteger, values: radiusARAPZones},
	73:  {name: "ARAP-Security", form: radiusText},
	74:  {name: "ARAP-Security-Data", form: radiusText},
	75:  {name: "Password-Retry", form: radiusInteger},
	76:  {name: "Prompt", form: radiusInteger, values: radiusPrompts},
	77:  {name: "Connect-Info", form: radiusText},
	78:  {name: "Configuration-Token", form: radiusText},
	79:  {name: "EAP-Message", form: radiusText},
	80:  {name: "Message-Authenticator", form: radiusText},
	81:  {name: "Tunnel-Private-Group-ID", form: radiusText},
	82:  {name: "Tunnel-Assignment-ID", form: radiusText},
	83:  {name: "Tunnel-Preference", form: radiusInteger},
	84:  {name: "ARAP-Challenge-Response", form: radiusFixed, size: 8},
	85:  {name: "Acct-Interim-Interval", form: radiusInteger},
	86:  {name: "Acct-Tunnel-Packets-Lost", form: radiusInteger},
	87:  {name: "NAS-Port-Id", form: radiusText},
	88:  {name: "Framed-Pool", form: radiusText},
	89:  {name: "CUI", form: radiusText},
	90:  {name: "Tunnel-Client-Auth-ID", form: radiusText},
	91:  {name: "Tunnel-Server-Auth-ID", form: radiusText},
	92:  {name: "NAS-Filter-Rule", form: radiusText},
	93:  {name: "Unassigned"},
	94:  {name: "Originating-Line-Info"},
	95:  {name: "NAS-IPv6-Address", form: radiusFixed, size: 16},
	96:  {name: "Framed-Interface-ID"},
	97:  {name: "Framed-IPv6-Prefix", form: radiusIPv6Prefix},
	98:  {name: "Login-IPv6-Host", form: radiusFixed, size: 16},
	99:  {name: "Framed-IPv6-Route", form: radiusText},
	100: {name: "Framed-IPv6-Pool", form: radiusText},
	101: {name: "Error-Cause", form: radiusFixed, size: 4},
	102: {name: "EAP-Key-Name"},
	103: {name: "Digest-Response", form: radiusText},
	104: {name: "Digest-Realm", form: radiusText},
	105: {name: "Digest-Nonce", form: radiusText},
	106: {name: "Digest-Response-Auth", form: radiusText},
	107: {name: "Digest-Nextnonce", form: radiusText},
	108: {name: "Digest-Method", form: radiusText},
	109: {name: "Digest-URI", form: radiusText},
	110: {name: "Digest-Qop", form: radiusText},
	111: {name: "Digest-Algorithm", form: radiusText},
	112: {name: "Digest-Entity-Body-Hash", form: radiusText},
	113: {name: "Digest-CNonce", form: radiusText},
	114: {name: "Digest-Nonce-Count", form: radiusText},
	115: {name: "Digest-Username", form: radiusText},
	116: {name: "Digest-Opaque", form: radiusText},
	117: {name: "Digest-Auth-Param", form: radiusText},
	118: {name: "Digest-AKA-Auts", form: radiusText},
	119: {name: "Digest-Domain", form: radiusText},
	120: {name: "Digest-Stale", form: radiusText},
	121: {name: "Digest-HA1", form: radiusText},
	122: {name: "SIP-AOR", form: radiusText},
	123: {name: "Delegated-IPv6-Prefix", form: radiusIPv6Prefix},
	124: {name: "MIP6-Feature-Vector", form: radiusFixed, size: 8},
	125: {name: "MIP6-Home-Link-Prefix", form: radiusHomeLink},
	126: {name: "Operator-Name", form: radiusOperator},
	127: {name: "Location-Information", form: radiusLocation},
	128: {name: "Location-Data", form: radiusLocationBody},
	129: {name: "Basic-Location-Policy-Rules", form: radiusPolicy},
}

var radiusServiceTypes = []string{
	1: "Login", "Framed", "Callback Login", "Callback Framed", "Outbound", "Administrative", "NAS Prompt",
	"Authenticate Only", "Callback NAS Prompt", "Call Check", "Callback Administrative", "Voice", "Fax", "Modem Relay",
	"IAPP-Register", "IAPP-AP-Check", "Authorize Only", "Framed-Management", "Additional-Authorization",
}

var radiusFramedProtocols = []string{
	1: "PPP", "SLIP", "ARAP", "Gandalf proprietary", "Xylogics IPX/SLIP", "X.75 Synchronous", "GPRS PDP Context",
}

var radiusFramedRoutings = []string{"None", "Send", "Listen", "Send&Listen"}

var radiusFramedCompressions = []string{"None", "VJ TCP/IP", "IPX", "Stac-LZS"}

var radiusLoginServices = []string{
	"Telnet", "Rlogin", "TCP Clear", "PortMaster(proprietary)", "LAT", "X.25-PAD", "X.25-T3POS", "Unassigned",
	"TCP Clear Quiet",
}

var radiusTerminationActions = []string{"Default", "RADIUS-Request"}

var radiusIngressFilters = []string{1: "Enabled", "Disabled"}

var radiusPortTypes = []string{
	"Async", "Sync", "ISDN Sync", "ISDN Async V.120", "ISDN Async V.110", "Virtual", "PIAFS", "HDLC Clear Channel",
	"X.25", "X.75", "G.3 Fax", "SDSL", "ADSL-CAP", "ADSL-DMT", "ISDN-DSL", "Ethernet", "xDSL", "Cable",
	"Wireless - Other", "Wireless - IEEE 802.11", "Token-Ring", "FDDI", "Wireless - CDMA200", "Wireless - UMTS",
	"Wireless - 1X-EV", "IAPP", "FTTP", "Wireless - IEEE 802.16", "Wireless - IEEE 802.20", "Wireless - IEEE 802.22",
	"PPPoA", "PPPoEoA", "PPPoEoE", "PPPoEoVLAN", "PPPoEoQinQ", "xPON", "Wireless - XGP",
	"WiMAX Pre-Release 8 IWK Function", "WIMAX-WIFI-IWK", "WIMAX-SFF", "WIMAX-HA-LMA", "WIMAX-DHCP", "WIMAX-LBS",
	"WIMAX-WVS",
}

var radiusAcctStatuses = []string{
	1: "Start", "Stop", "Interim-Update", "Unassigned", "Unassigned", "Unassigned", "Accounting-On", "Accounting-Off",
	"Tunnel-Start", "Tunnel-Stop", "Tunnel-Reject", "Tunnel-Link-Start", "Tunnel-Link-Stop", "Tunnel-Link-Reject",
	"Failed",
}

var radiusAcctAuthentics = []string{1: "RADIUS", "Local", "Remote", "Diameter"}

var radiusTerminateCauses = []string{
	1: "User Request", "Lost Carrier", "Lost Service", "Idle Timeout", "Session Timeout", "Admin Reset", "Admin Reboot",
	"Port Error", "NAS Error", "NAS Request", "NAS Reboot", "Port Unneeded", "Port Preempted", "Port Suspended",
	"Service Unavailable", "Callback", "User Error", "Host Request", "Supplicant Restart", "Reauthentication Failure",
	"Port Reinitialized", "Port Administratively Disabled", "Lost Power",
}

var radiusTunnelTypes = []string{
	1: "PPTP", "L2F", "L2TP", "ATMP", "VTP", "AH", "IP-IP", "MIN-IP-IP", "ESP", "GRE", "DVS", "IP-in-IP Tunneling", "VLAN",
}

var radiusTunnelMedia = []string{
	1: "IPv4", "IPv6", "NSAP", "HDLC", "BBN 1822", "802", "E.163", "E.164", "F.69", "X.121", "IPX", "Appletalk",
	"Decnet IV", "Banyan Vines", "E.164 with NSAP subaddress",
}

var radiusARAPZones = []string{1: "Only access to dfl zone", "Use zone filter inc.", "Not used", "Use zone filter exc."}

var radiusPrompts = []string{"No Echo", "Echo"}

var radiusTagIndications = []tok{{0x31, "Tagged"}, {0x32, "Untagged"}}

var radiusErrorCauses = []tok{
	{201, "Residual Session Context Removed"},
	{202, "Invalid EAP Packet (Ignored)"},
	{401, "Unsupported Attribute"},
	{402, "Missing Attribute"},
	{403, "NAS Identification Mismatch"},
	{404, "Invalid Request"},
	{405, "Unsupported Service"},
	{406, "Unsupported Extension"},
	{407, "Invalid Attribute Value"},
	{501, "Administratively Prohibited"},
	{502, "Request Not Routable (Proxy)"},
	{503, "Session Context Not Found"},
	{504, "Session Context Not Removable"},
	{505, "Other Proxy Processing Error"},
	{506, "Resources Unavailable"},
	{507, "Request Initiated"},
	{508, "Multiple Session Selection Unsupported"},
	{509, "Location Info Required"},
}

var radiusFeatureNames = []struct {
	bit  uint8
	name string
}{
	{0, "MIP6_INTEGRATED"},
	{1, "LOCAL_HOME_AGENT_ASSIGNMENT"},
	{40, "PMIP6_SUPPORTED"},
	{41, "IP4_HOA_SUPPORTED"},
	{42, "LOCAL_MAG_ROUTING_SUPPORTED"},
	{43, "ASSIGN_LOCAL_IP"},
	{44, "MIP4_SUPPORTED"},
	{45, "OPTIMIZED_IDLE_MODE_MOBILITY"},
	{46, "GTPv2_SUPPORTED"},
	{47, "IP4_TRANSPORT_SUPPORTED"},
	{48, "IP4_HOA_ONLY_SUPPORTED"},
	{49, "INTER_MAG_ROUTING_SUPPORTED"},
}

var radiusNamespaces = []tok{{0x30, "TADIG"}, {0x31, "REALM"}, {0x32, "E212"}, {0x33, "ICC"}}

var radiusLocationCodes = []tok{{0, "Civic"}, {1, "Geospatial"}}

var radiusLocationEntities = []tok{{0, "User"}, {1, "RADIUS"}}

var radiusPolicyFlags = []tok{
	{0x0001, "MBZ-15"},
	{0x0002, "MBZ-14"},
	{0x0004, "MBZ-13"},
	{0x0008, "MBZ-12"},
	{0x0010, "MBZ-11"},
	{0x0020, "MBZ-10"},
	{0x0040, "MBZ-9"},
	{0x0080, "MBZ-8"},
	{0x0100, "MBZ-7"},
	{0x0200, "MBZ-6"},
	{0x0400, "MBZ-5"},
	{0x0800, "MBZ-4"},
	{0x1000, "MBZ-3"},
	{0x2000, "MBZ-2"},
	{0x4000, "MBZ-1"},
	{0x8000, "Retransmission Allowed"},
}
