package apps

// Names in GTP-C: 3GPP TS 29.060, tables 1 and 38; TS 29.274, tables 6.1-1 and 8.4-1.

// gtpcName1 is the name of a type of message of version 1; "" for none.
func gtpcName1(kind uint8) string {
	if int(kind) < len(gtpcNames1) {
		return gtpcNames1[kind]
	}
	return ""
}

// gtpcName2 is the name of a type of message of version 2; "" for none.
func gtpcName2(kind uint8) string {
	if int(kind) < len(gtpcNames2) {
		return gtpcNames2[kind]
	}
	return ""
}

var gtpcNames1 = [...]string{
	1: "Echo Request", 2: "Echo Response", 3: "Version Not Supported",
	4: "Node Alive Request", 5: "Node Alive Response", 6: "Redirection Request", 7: "Redirection Response",
	16: "Create PDP Context Request", 17: "Create PDP Context Response",
	18: "Update PDP Context Request", 19: "Update PDP Context Response",
	20: "Delete PDP Context Request", 21: "Delete PDP Context Response",
	22: "Initiate PDP Context Activation Request", 23: "Initiate PDP Context Activation Response",
	26: "Error Indication", 27: "PDU Notification Request", 28: "PDU Notification Response",
	29: "PDU Notification Reject Request", 30: "PDU Notification Reject Response",
	31: "Supported Extension Headers Notification",
	32: "Send Routeing Information for GPRS Request", 33: "Send Routeing Information for GPRS Response",
	34: "Failure Report Request", 35: "Failure Report Response",
	36: "Note MS GPRS Present Request", 37: "Note MS GPRS Present Response",
	48: "Identification Request", 49: "Identification Response",
	50: "SGSN Context Request", 51: "SGSN Context Response", 52: "SGSN Context Acknowledge",
	53: "Forward Relocation Request", 54: "Forward Relocation Response", 55: "Forward Relocation Complete",
	56: "Relocation Cancel Request", 57: "Relocation Cancel Response",
	58: "Forward SRNS Context", 59: "Forward Relocation Complete Acknowledge", 60: "Forward SRNS Context Acknowledge",
	61: "UE Registration Query Request", 62: "UE Registration Query Response",
	70: "RAN Information Relay",
	96: "MBMS Notification Request", 97: "MBMS Notification Response",
	98: "MBMS Notification Reject Request", 99: "MBMS Notification Reject Response",
	100: "Create MBMS Context Request", 101: "Create MBMS Context Response",
	102: "Update MBMS Context Request", 103: "Update MBMS Context Response",
	104: "Delete MBMS Context Request", 105: "Delete MBMS Context Response",
	112: "MBMS Registration Request", 113: "MBMS Registration Response",
	114: "MBMS De-Registration Request", 115: "MBMS De-Registration Response",
	116: "MBMS Session Start Request", 117: "MBMS Session Start Response",
	118: "MBMS Session Stop Request", 119: "MBMS Session Stop Response",
	120: "MBMS Session Update Request", 121: "MBMS Session Update Response",
	128: "MS Info Change Notification Request", 129: "MS Info Change Notification Response",
}

var gtpcNames2 = [...]string{
	1: "Echo Request", 2: "Echo Response", 3: "Version Not Supported Indication",
	25: "SRVCC PS to CS Request", 26: "SRVCC PS to CS Response",
	27: "SRVCC PS to CS Complete Notification", 28: "SRVCC PS to CS Complete Acknowledge",
	29: "SRVCC PS to CS Cancel Notification", 30: "SRVCC PS to CS Cancel Acknowledge",
	32: "Create Session Request", 33: "Create Session Response",
	34: "Modify Bearer Request", 35: "Modify Bearer Response",
	36: "Delete Session Request", 37: "Delete Session Response",
	38: "Change Notification Request", 39: "Change Notification Response",
	40: "Remote UE Report Notification", 41: "Remote UE Report Acknowledge",
	64: "Modify Bearer Command", 65: "Modify Bearer Failure Indication",
	66: "Delete Bearer Command", 67: "Delete Bearer Failure Indication",
	68: "Bearer Resource Command", 69: "Bearer Resource Failure Indication",
	70: "Downlink Data Notification Failure Indication",
	71: "Trace Session Activation", 72: "Trace Session Deactivation", 73: "Stop Paging Indication",
	95: "Create Bearer Request", 96: "Create Bearer Response",
	97: "Update Bearer Request", 98: "Update Bearer Response",
	99: "Delete Bearer Request", 100: "Delete Bearer Response",
	101: "Delete PDN Connection Set Request", 102: "Delete PDN Connection Set Response",
	103: "PGW Downlink Triggering Notification", 104: "PGW Downlink Triggering Acknowledge",
	128: "Identification Request", 129: "Identification Response",
	130: "Context Request", 131: "Context Response", 132: "Context Acknowledge",
	133: "Forward Relocation Request", 134: "Forward Relocation Response",
	135: "Forward Relocation Complete Notification", 136: "Forward Relocation Complete Acknowledge",
	137: "Forward Access Context Notification", 138: "Forward Access Context Acknowledge",
	139: "Relocation Cancel Request", 140: "Relocation Cancel Response", 141: "Configuration Transfer Tunnel",
	149: "Detach Notification", 150: "Detach Acknowledge", 151: "CS Paging Indication", 152: "RAN Information Relay",
	153: "Alert MME Notification", 154: "Alert MME Acknowledge",
	155: "UE Activity Notification", 156: "UE Activity Acknowledge", 157: "ISR Status Indication",
	158: "UE Registration Query Request", 159: "UE Registration Query Response",
	160: "Create Forwarding Tunnel Request", 161: "Create Forwarding Tunnel Response",
	162: "Suspend Notification", 163: "Suspend Acknowledge", 164: "Resume Notification", 165: "Resume Acknowledge",
	166: "Create Indirect Data Forwarding Tunnel Request", 167: "Create Indirect Data Forwarding Tunnel Response",
	168: "Delete Indirect Data Forwarding Tunnel Request", 169: "Delete Indirect Data Forwarding Tunnel Response",
	170: "Release Access Bearers Request", 171: "Release Access Bearers Response",
	176: "Downlink Data Notification", 177: "Downlink Data Notification Acknowledge",
	179: "PGW Restart Notification", 180: "PGW Restart Notification Acknowledge",
	200: "Update PDN Connection Set Request", 201: "Update PDN Connection Set Response",
	211: "Modify Access Bearers Request", 212: "Modify Access Bearers Response",
	231: "MBMS Session Start Request", 232: "MBMS Session Start Response",
	233: "MBMS Session Update Request", 234: "MBMS Session Update Response",
	235: "MBMS Session Stop Request", 236: "MBMS Session Stop Response",
}

var gtpcCauses1 = [...]string{
	0: "Request IMSI", 1: "Request IMEI", 2: "Request IMSI and IMEI", 3: "No identity needed", 4: "MS Refuses",
	5: "MS is not GPRS Responding", 6: "Reactivation Requested",
	128: "Request accepted", 129: "New PDP type due to network preference",
	130: "New PDP type due to single address bearer only",
	192: "Non-existent", 193: "Invalid message format", 194: "IMSI/IMEI not known", 195: "MS is GPRS Detached",
	196: "MS is not GPRS Responding", 197: "MS Refuses", 198: "Version not supported", 199: "No resources available",
	200: "Service not supported", 201: "Mandatory IE incorrect", 202: "Mandatory IE missing",
	203: "Optional IE incorrect", 204: "System failure", 205: "Roaming restriction",
	206: "P-TMSI Signature mismatch", 207: "GPRS connection suspended", 208: "Authentication failure",
	209: "User authentication failed", 210: "Context not found", 211: "All dynamic PDP addresses are occupied",
	212: "No memory is available", 213: "Relocation failure", 214: "Unknown mandatory extension header",
	219: "Missing or unknown APN", 220: "Unknown PDP address or PDP type",
	222: "APN access denied - no subscription", 229: "APN Congestion",
}

var gtpcCauses2 = [...]string{
	2: "Local Detach", 3: "Complete Detach", 4: "RAT changed from 3GPP to Non-3GPP", 5: "ISR deactivation",
	6: "Error Indication received from RNC/eNodeB/S4-SGSN/MME", 7: "IMSI Detach Only", 8: "Reactivation Requested",
	9: "PDN reconnection to this APN disallowed", 10: "Access changed from Non-3GPP to 3GPP",
	11: "PDN connection inactivity timer expires", 12: "PGW not responding", 13: "Network Failure",
	14: "QoS parameter mismatch", 15: "EPS to 5GS Mobility",
	16: "Request accepted", 17: "Request accepted partially", 18: "New PDN type due to network preference",
	19: "New PDN type due to single address bearer only",
	64: "Context Not Found", 65: "Invalid Message Format", 66: "Version not supported by next peer",
	67: "Invalid length", 68: "Service not supported", 69: "Mandatory IE incorrect", 70: "Mandatory IE missing",
	72: "System failure", 73: "No resources available", 78: "Missing or unknown APN", 80: "GRE key not found",
	81: "Relocation failure", 82: "Denied in RAT", 83: "Preferred PDN type not supported",
	84: "All dynamic addresses are occupied", 85: "UE context without TFT already activated",
	86: "Protocol type not supported", 87: "UE not responding", 88: "UE refuses", 89: "Service denied",
	90: "Unable to page UE", 91: "No memory available", 92: "User authentication failed",
	93: "APN access denied - no subscription", 94: "Request rejected (reason not specified)",
	95: "P-TMSI Signature mismatch", 96: "IMSI/IMEI not known", 100: "Remote peer not responding",
	101: "Collision with network initiated request", 102: "Unable to page UE due to Suspension",
	103: "Conditional IE missing", 107: "Invalid reply from remote peer", 108: "Fallback to GTPv1",
	109: "Invalid peer", 113: "APN Congestion", 114: "Bearer handling not supported", 115: "UE already re-attached",
	116: "Multiple PDN connections for a given APN not allowed",
	119: "MME/SGSN refuses due to VPLMN Policy", 120: "GTP-C Entity Congestion",
}
