package printer

// Object classes (IANA rsvp-parameters, class names).
const (
	rsvpSession        = 1
	rsvpHop            = 3
	rsvpIntegrity      = 4
	rsvpTimeValues     = 5
	rsvpErrorSpec      = 6
	rsvpStyle          = 8
	rsvpFlowSpec       = 9
	rsvpFilterSpec     = 10
	rsvpSenderTemplate = 11
	rsvpSenderTSpec    = 12
	rsvpAdSpec         = 13
	rsvpConfirm        = 15
	rsvpLabel          = 16
	rsvpLabelRequest   = 19
	rsvpERO            = 20
	rsvpRRO            = 21
	rsvpHello          = 22
	rsvpMessageID      = 23
	rsvpMessageIDACK   = 24
	rsvpMessageIDList  = 25
	rsvpRecoveryLabel  = 34
	rsvpUpstreamLabel  = 35
	rsvpLabelSet       = 36
	rsvpS2L            = 50
	rsvpDetour         = 63
	rsvpClassType      = 66
	rsvpClassTypeOld   = 125
	rsvpSuggestedLabel = 129
	rsvpRestart        = 131
	rsvpCapability     = 134
	rsvpNotifyRequest  = 195
	rsvpAdminStatus    = 196
	rsvpProperties     = 204 // of Juniper
	rsvpFastReroute    = 205
	rsvpSessionAttr    = 207
	rsvpGeneralizedUNI = 229 // OIF UNI 1.0 release 2
)

// Classes and types together: types have a meaning only within their class.
const (
	rsvpSession4           = rsvpSession<<8 | 1
	rsvpSession6           = rsvpSession<<8 | 2
	rsvpSessionTunnel4     = rsvpSession<<8 | 7
	rsvpSessionTunnel6     = rsvpSession<<8 | 8
	rsvpSessionUNI4        = rsvpSession<<8 | 11
	rsvpSessionP2MP4       = rsvpSession<<8 | 13
	rsvpSessionP2MP6       = rsvpSession<<8 | 14
	rsvpHop4               = rsvpHop<<8 | 1
	rsvpHop6               = rsvpHop<<8 | 2
	rsvpHop4TLVs           = rsvpHop<<8 | 3
	rsvpHop6TLVs           = rsvpHop<<8 | 4
	rsvpIntegrity1         = rsvpIntegrity<<8 | 1
	rsvpTimeValues1        = rsvpTimeValues<<8 | 1
	rsvpError4             = rsvpErrorSpec<<8 | 1
	rsvpError6             = rsvpErrorSpec<<8 | 2
	rsvpError4TLVs         = rsvpErrorSpec<<8 | 3
	rsvpError6TLVs         = rsvpErrorSpec<<8 | 4
	rsvpStyle1             = rsvpStyle<<8 | 1
	rsvpFlowSpecIntServ    = rsvpFlowSpec<<8 | 2
	rsvpFilter4            = rsvpFilterSpec<<8 | 1
	rsvpFilter6            = rsvpFilterSpec<<8 | 2
	rsvpFilterFlow         = rsvpFilterSpec<<8 | 3
	rsvpFilterTunnel4      = rsvpFilterSpec<<8 | 7
	rsvpFilterTunnel6      = rsvpFilterSpec<<8 | 8
	rsvpFilterP2MP4        = rsvpFilterSpec<<8 | 12
	rsvpFilterP2MP6        = rsvpFilterSpec<<8 | 13
	rsvpSender4            = rsvpSenderTemplate<<8 | 1
	rsvpSender6            = rsvpSenderTemplate<<8 | 2
	rsvpSenderTunnel4      = rsvpSenderTemplate<<8 | 7
	rsvpSenderP2MP4        = rsvpSenderTemplate<<8 | 12
	rsvpSenderP2MP6        = rsvpSenderTemplate<<8 | 13
	rsvpSenderIntServ      = rsvpSenderTSpec<<8 | 2
	rsvpAdSpecIntServ      = rsvpAdSpec<<8 | 2
	rsvpConfirm4           = rsvpConfirm<<8 | 1
	rsvpConfirm6           = rsvpConfirm<<8 | 2
	rsvpLabel1             = rsvpLabel<<8 | 1
	rsvpLabelGeneral       = rsvpLabel<<8 | 2
	rsvpLabelBand          = rsvpLabel<<8 | 3
	rsvpLabelRequest1      = rsvpLabelRequest<<8 | 1
	rsvpLabelRequestATM    = rsvpLabelRequest<<8 | 2
	rsvpLabelRequestFR     = rsvpLabelRequest<<8 | 3
	rsvpLabelRequestGMPLS  = rsvpLabelRequest<<8 | 4
	rsvpERO1               = rsvpERO<<8 | 1
	rsvpRRO1               = rsvpRRO<<8 | 1
	rsvpHelloRequest       = rsvpHello<<8 | 1
	rsvpHelloACK           = rsvpHello<<8 | 2
	rsvpMessageID1         = rsvpMessageID<<8 | 1
	rsvpMessageID2         = rsvpMessageID<<8 | 2
	rsvpMessageIDACK1      = rsvpMessageIDACK<<8 | 1
	rsvpMessageIDNACK      = rsvpMessageIDACK<<8 | 2
	rsvpMessageIDList1     = rsvpMessageIDList<<8 | 1
	rsvpMessageIDList2     = rsvpMessageIDList<<8 | 2
	rsvpRecoveryLabel1     = rsvpRecoveryLabel<<8 | 1
	rsvpRecoveryGeneral    = rsvpRecoveryLabel<<8 | 2
	rsvpRecoveryBand       = rsvpRecoveryLabel<<8 | 3
	rsvpUpstreamLabel1     = rsvpUpstreamLabel<<8 | 1
	rsvpUpstreamGeneral    = rsvpUpstreamLabel<<8 | 2
	rsvpUpstreamBand       = rsvpUpstreamLabel<<8 | 3
	rsvpLabelSet1          = rsvpLabelSet<<8 | 1
	rsvpS2L4               = rsvpS2L<<8 | 1
	rsvpS2L6               = rsvpS2L<<8 | 2
	rsvpDetour4            = rsvpDetour<<8 | 7
	rsvpClassType1         = rsvpClassType<<8 | 1
	rsvpClassTypeOld1      = rsvpClassTypeOld<<8 | 1
	rsvpSuggestedLabel1    = rsvpSuggestedLabel<<8 | 1
	rsvpSuggestedGeneral   = rsvpSuggestedLabel<<8 | 2
	rsvpSuggestedBand      = rsvpSuggestedLabel<<8 | 3
	rsvpRestart1           = rsvpRestart<<8 | 1
	rsvpCapability1        = rsvpCapability<<8 | 1
	rsvpNotify4            = rsvpNotifyRequest<<8 | 1
	rsvpNotify6            = rsvpNotifyRequest<<8 | 2
	rsvpAdminStatus1       = rsvpAdminStatus<<8 | 1
	rsvpProperties1        = rsvpProperties<<8 | 1
	rsvpFastReroute1       = rsvpFastReroute<<8 | 1
	rsvpFastRerouteOld     = rsvpFastReroute<<8 | 7
	rsvpSessionAttrTunnel  = rsvpSessionAttr<<8 | 7
	rsvpGeneralizedUNI1    = rsvpGeneralizedUNI<<8 | 1
	rsvpFlowSpecDeprecated = rsvpFlowSpec<<8 | 1
)

var (
	rsvpClasses = []tok{
		{rsvpSession, "Session"},
		{rsvpHop, "RSVP Hop"},
		{rsvpIntegrity, "Integrity"},
		{rsvpTimeValues, "Time Values"},
		{rsvpErrorSpec, "Error Spec"},
		{7, "Scope"},
		{rsvpStyle, "Style"},
		{rsvpFlowSpec, "Flowspec"},
		{rsvpFilterSpec, "FilterSpec"},
		{rsvpSenderTemplate, "Sender Template"},
		{rsvpSenderTSpec, "Sender TSpec"},
		{rsvpAdSpec, "Adspec"},
		{14, "Policy Data"},
		{rsvpConfirm, "Confirm"},
		{rsvpLabel, "Label"},
		{rsvpLabelRequest, "Label Request"},
		{rsvpERO, "ERO"},
		{rsvpRRO, "RRO"},
		{rsvpHello, "Hello"},
		{rsvpMessageID, "Message ID"},
		{rsvpMessageIDACK, "Message ID Ack"},
		{rsvpMessageIDList, "Message ID List"},
		{rsvpRecoveryLabel, "Recovery Label"},
		{rsvpUpstreamLabel, "Upstream Label"},
		{rsvpLabelSet, "Label Set"},
		{130, "Acceptable Label Set"},
		{rsvpDetour, "Detour"},
		{rsvpClassType, "Class Type"},
		{rsvpClassTypeOld, "Class Type (old)"},
		{rsvpSuggestedLabel, "Suggested Label"},
		{rsvpProperties, "Properties"},
		{rsvpFastReroute, "Fast Re-Route"},
		{rsvpSessionAttr, "Session Attribute"},
		{rsvpGeneralizedUNI, "Generalized UNI"},
		{230, "Call-ID"},
		{236, "Call Capability"},
		{rsvpRestart, "Restart Capability"},
		{rsvpCapability, "Capability"},
		{rsvpNotifyRequest, "Notify Request"},
		{37, "Protection"},
		{rsvpAdminStatus, "Administrative Status"},
		{rsvpS2L, "Sub-LSP to LSP"},
	}
	rsvpTypes = []tok{
		{rsvpHop4, "IPv4"},
		{rsvpHop6, "IPv6"},
		{rsvpHop4TLVs, "IPv4 plus opt. TLVs"},
		{rsvpHop6TLVs, "IPv6 plus opt. TLVs"},
		{rsvpNotify4, "IPv4"},
		{rsvpNotify6, "IPv6"},
		{rsvpConfirm4, "IPv4"},
		{rsvpConfirm6, "IPv6"},
		{rsvpTimeValues1, "1"},
		{rsvpFlowSpecDeprecated, "obsolete"},
		{rsvpFlowSpecIntServ, "IntServ"},
		{rsvpSenderIntServ, "IntServ"},
		{rsvpAdSpecIntServ, "IntServ"},
		{rsvpFilter4, "IPv4"},
		{rsvpFilter6, "IPv6"},
		{rsvpFilterFlow, "IPv6 Flow-label"},
		{rsvpFilterTunnel4, "Tunnel IPv4"},
		{rsvpFilterP2MP4, "IPv4 P2MP LSP Tunnel"},
		{rsvpFilterP2MP6, "IPv6 P2MP LSP Tunnel"},
		{rsvpSession4, "IPv4"},
		{rsvpSession6, "IPv6"},
		{rsvpSessionTunnel4, "Tunnel IPv4"},
		{rsvpSessionUNI4, "UNI IPv4"},
		{rsvpSessionP2MP4, "IPv4 P2MP LSP Tunnel"},
		{rsvpSessionP2MP6, "IPv6 P2MP LSP Tunnel"},
		{rsvpSender4, "IPv4"},
		{rsvpSender6, "IPv6"},
		{rsvpSenderTunnel4, "Tunnel IPv4"},
		{rsvpSenderP2MP4, "IPv4 P2MP LSP Tunnel"},
		{rsvpSenderP2MP6, "IPv6 P2MP LSP Tunnel"},
		{rsvpMessageID1, "1"},
		{rsvpMessageIDACK1, "Message id ack"},
		{rsvpMessageIDNACK, "Message id nack"},
		{rsvpMessageIDList1, "1"},
		{rsvpStyle1, "1"},
		{rsvpHelloRequest, "Hello Request"},
		{rsvpHelloACK, "Hello Ack"},
		{rsvpLabelRequest1, "without label range"},
		{rsvpLabelRequestATM, "with ATM label range"},
		{rsvpLabelRequestFR, "with FR label range"},
		{rsvpLabelRequestGMPLS, "Generalized Label"},
		{rsvpLabel1, "Label"},
		{rsvpLabelGeneral, "Generalized Label"},
		{rsvpLabelBand, "Waveband Switching"},
		{rsvpSuggestedLabel1, "Label"},
		{rsvpSuggestedGeneral, "Generalized Label"},
		{rsvpSuggestedBand, "Waveband Switching"},
		{rsvpUpstreamLabel1, "Label"},
		{rsvpUpstreamGeneral, "Generalized Label"},
		{rsvpUpstreamBand, "Waveband Switching"},
		{rsvpRecoveryLabel1, "Label"},
		{rsvpRecoveryGeneral, "Generalized Label"},
		{rsvpRecoveryBand, "Waveband Switching"},
		{rsvpERO1, "IPv4"},
		{rsvpRRO1, "IPv4"},
		{rsvpError4, "IPv4"},
		{rsvpError6, "IPv6"},
		{rsvpError4TLVs, "IPv4 plus opt. TLVs"},
		{rsvpError6TLVs, "IPv6 plus opt. TLVs"},
		{rsvpRestart1, "IPv4"},
		{rsvpCapability1, "1"},
		{rsvpSessionAttrTunnel, "Tunnel IPv4"},
		{rsvpFastRerouteOld, "Tunnel IPv4"},
		{rsvpFastReroute1, "1"},
		{rsvpDetour4, "Tunnel IPv4"},
		{rsvpProperties1, "1"},
		{rsvpAdminStatus1, "1"},
		{rsvpClassType1, "1"},
		{rsvpClassTypeOld1, "1"},
		{rsvpLabelSet1, "1"},
		{rsvpGeneralizedUNI1, "1"},
		{rsvpS2L4, "IPv4 sub-LSP"},
		{rsvpS2L6, "IPv6 sub-LSP"},
	}
)

// rsvpLeast is the least length of an object's value, or -1 when it is not
// decoded.
func rsvpLeast(object uint16) int {
	switch object {
	case rsvpLabel1, rsvpSuggestedLabel1, rsvpUpstreamLabel1, rsvpRecoveryLabel1, rsvpLabelRequest1,
		rsvpERO1, rsvpRRO1, rsvpDetour4:
		return 0
	case rsvpConfirm4, rsvpNotify4, rsvpS2L4, rsvpStyle1, rsvpLabelRequestGMPLS, rsvpCapability1, rsvpTimeValues1,
		rsvpLabelGeneral, rsvpSuggestedGeneral, rsvpUpstreamGeneral, rsvpRecoveryGeneral, rsvpSessionAttrTunnel,
		rsvpGeneralizedUNI1, rsvpFlowSpecIntServ, rsvpSenderIntServ, rsvpAdSpecIntServ, rsvpClassType1,
		rsvpClassTypeOld1, rsvpProperties1, rsvpMessageID1, rsvpMessageID2, rsvpMessageIDACK1, rsvpMessageIDNACK,
		rsvpMessageIDList1, rsvpMessageIDList2, rsvpAdminStatus1, rsvpLabelSet1:
		return 4
	case rsvpSession4, rsvpSender4, rsvpSenderTunnel4, rsvpFilter4, rsvpFilterTunnel4, rsvpHelloRequest, rsvpHelloACK,
		rsvpRestart1, rsvpHop4, rsvpHop4TLVs, rsvpError4, rsvpError4TLVs:
		return 8
	case rsvpSessionTunnel4, rsvpSessionUNI4, rsvpSessionP2MP4, rsvpLabelRequestATM, rsvpLabelRequestFR,
		rsvpLabelBand, rsvpSuggestedBand, rsvpUpstreamBand, rsvpRecoveryBand:
		return 12
	case rsvpConfirm6, rsvpNotify6, rsvpS2L6, rsvpSenderP2MP4, rsvpFilterP2MP4, rsvpFastRerouteOld:
		return 16
	case rsvpSession6, rsvpSender6, rsvpFilter6, rsvpFilterFlow, rsvpFilterTunnel6, rsvpHop6, rsvpHop6TLVs,
		rsvpError6, rsvpError6TLVs, rsvpFastReroute1:
		return 20
	case rsvpSessionP2MP6:
		return 26
	case rsvpSessionTunnel6:
		return 36
	case rsvpSenderP2MP6, rsvpFilterP2MP6:
		return 40
	}
	return -1
}
