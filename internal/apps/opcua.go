package apps

// OPC UA: OPC 10000-6 (mappings: section 5.2 for NodeIds and strings, 6.7 for secure
// channels, 7.1 for the connection protocol), OPC 10000-4 (services).

import (
	"bytes"
	"encoding/binary"
)

const (
	opcuaHeader     = 8 // kind, chunk, length
	opcuaMessageMax = 1 << 28
	opcuaTextMax    = 4096 // bytes of a message that are waited for
	opcuaSequence   = 8    // numbers of the chunk and of the request
)

// opcuaService is a message by the number that its binary encoding has.
type opcuaService struct {
	id   uint16
	name string
}

// opcuaServices are sorted by number. A response has the number of its request and 3
// more.
var opcuaServices = [...]opcuaService{{422, "FindServers"}, {428, "GetEndpoints"}, {437, "RegisterServer"}, {446, "OpenSecureChannel"},
	{452, "CloseSecureChannel"}, {461, "CreateSession"}, {467, "ActivateSession"}, {473, "CloseSession"}, {479, "Cancel"},
	{488, "AddNodes"}, {494, "AddReferences"}, {500, "DeleteNodes"}, {506, "DeleteReferences"}, {527, "Browse"}, {533, "BrowseNext"},
	{554, "TranslateBrowsePathsToNodeIds"}, {560, "RegisterNodes"}, {566, "UnregisterNodes"}, {615, "QueryFirst"}, {621, "QueryNext"},
	{631, "Read"}, {664, "HistoryRead"}, {673, "Write"}, {700, "HistoryUpdate"}, {712, "Call"}, {751, "CreateMonitoredItems"},
	{763, "ModifyMonitoredItems"}, {769, "SetMonitoringMode"}, {775, "SetTriggering"}, {781, "DeleteMonitoredItems"},
	{787, "CreateSubscription"}, {793, "ModifySubscription"}, {799, "SetPublishingMode"}, {826, "Publish"}, {832, "Republish"},
	{841, "TransferSubscriptions"}, {847, "DeleteSubscriptions"}}

// opcuaFault is the number of the answer to a request that went wrong.
const opcuaFault = 397

// opcuaStatus are status codes of services and connections, by their upper half
// without 0x8000 (OPC 10000-6, appendix A.2).
var opcuaStatus = codes{0x01: "BadUnexpectedError", 0x02: "BadInternalError", 0x03: "BadOutOfMemory", 0x04: "BadResourceUnavailable",
	0x05: "BadCommunicationError", 0x06: "BadEncodingError", 0x07: "BadDecodingError", 0x08: "BadEncodingLimitsExceeded",
	0x09: "BadUnknownResponse", 0x0a: "BadTimeout", 0x0b: "BadServiceUnsupported", 0x0c: "BadShutdown", 0x0d: "BadServerNotConnected",
	0x0e: "BadServerHalted", 0x0f: "BadNothingToDo", 0x10: "BadTooManyOperations", 0x12: "BadCertificateInvalid",
	0x13: "BadSecurityChecksFailed", 0x14: "BadCertificateTimeInvalid", 0x16: "BadCertificateHostNameInvalid",
	0x17: "BadCertificateUriInvalid", 0x1a: "BadCertificateUntrusted", 0x1d: "BadCertificateRevoked", 0x1f: "BadUserAccessDenied",
	0x20: "BadIdentityTokenInvalid", 0x21: "BadIdentityTokenRejected", 0x22: "BadSecureChannelIdInvalid", 0x24: "BadNonceInvalid",
	0x25: "BadSessionIdInvalid", 0x26: "BadSessionClosed", 0x27: "BadSessionNotActivated", 0x28: "BadSubscriptionIdInvalid",
	0x2a: "BadRequestHeaderInvalid", 0x33: "BadNodeIdInvalid", 0x34: "BadNodeIdUnknown", 0x3b: "BadNotWritable",
	0x54: "BadSecurityModeRejected", 0x55: "BadSecurityPolicyRejected", 0x56: "BadTooManySessions", 0x78: "BadTooManyPublishRequests",
	0x79: "BadNoSubscription", 0x7d: "BadTcpServerTooBusy", 0x7e: "BadTcpMessageTypeInvalid", 0x7f: "BadTcpSecureChannelUnknown",
	0x80: "BadTcpMessageTooLarge", 0x81: "BadTcpNotEnoughResources", 0x82: "BadTcpInternalError", 0x83: "BadTcpEndpointUrlInvalid",
	0x84: "BadRequestInterrupted", 0x85: "BadRequestTimeout", 0x86: "BadSecureChannelClosed", 0x87: "BadSecureChannelTokenUnknown",
	0xac: "BadConnectionRejected", 0xae: "BadConnectionClosed", 0xbe: "BadProtocolVersionUnsupported"}

// opcuaBegins: three letters that are a kind of message, one for the chunk, and a
// length.
func opcuaBegins(t *talk, b []byte) verdict {
	if opcuaKind(b) == "" || len(b) > 7 && b[7] > opcuaMessageMax>>24 {
		return no
	}
	if len(b) < opcuaHeader {
		return maybe
	}
	n := binary.LittleEndian.Uint32(b[4:])
	switch b[0] {
	case 'H', 'O':
		if b[0] == 'H' && (n < 32 || n > 32+4096) || n < 32 {
			return no
		}
	case 'A':
		if n != 28 {
			return no
		}
		t.isServer()
	}
	if b[0] == 'H' {
		t.isClient()
	}
	return yesIf(n >= 12 && n <= opcuaMessageMax)
}

// opcuaKind is what messages are called that begin with b, as far as it is there.
func opcuaKind(b []byte) string {
	for _, kind := range [...]struct{ letters, name string }{{"HELF", "Hello"}, {"ACKF", "Acknowledge"}, {"ERRF", "Error"}, {"RHEF", "ReverseHello"},
		{"OPNF", "OpenSecureChannel"}, {"CLOF", "CloseSecureChannel"}, {"MSGF", "message"}, {"MSGC", "message"}, {"MSGA", "message"}} {
		if n := min(len(b), len(kind.letters)); kind.letters[:n] == string(b[:n]) {
			return kind.name
		}
	}
	return ""
}

// opcuaState is whether a message of each side goes on in the next chunk.
type opcuaState struct{ goesOn [2]bool }

func opcuaRead(t *talk, b []byte) int {
	if len(b) < opcuaHeader {
		return 0
	}
	name, length := opcuaKind(b), binary.LittleEndian.Uint32(b[4:])
	if name == "" || length < opcuaHeader || length > opcuaMessageMax {
		return strange
	}
	n := int(length)
	if len(b) < min(n, opcuaTextMax) && !t.cut {
		return 0
	}
	state, _ := t.state().(*opcuaState)
	if state == nil {
		state = new(opcuaState)
		t.keep(state, 16)
	}
	body := b[opcuaHeader:min(n, len(b), opcuaTextMax)]
	switch {
	case b[0] == 'H', b[0] == 'R':
		t.say("OPC UA ", name)
		at := 20 // version, sizes of buffers, limits
		if b[0] == 'R' {
			at = 0
			uri, rest := opcuaString(body)
			t.item("server", uri)
			body = rest
		}
		if len(body) > at {
			url, _ := opcuaString(body[at:])
			t.item("endpoint", url)
		}
	case b[0] == 'A':
		t.say("OPC UA ", name)
	case b[0] == 'E':
		t.say("OPC UA ", name)
		if len(body) >= 4 {
			opcuaSayStatus(t, binary.LittleEndian.Uint32(body))
			if reason, _ := opcuaString(body[4:]); len(reason) > 0 {
				t.itemLines("", reason)
			}
		}
	case b[0] == 'O':
		opcuaOpen(t, body)
	default:
		if b[0] == 'C' || !state.goesOn[t.from] {
			opcuaMessage(t, name, body)
		}
		if b[3] == 'A' {
			t.say("OPC UA abort")
		}
		state.goesOn[t.from] = b[3] == 'C'
	}
	return n
}

// opcuaString takes a string off b. Its length is -1 for none.
func opcuaString(b []byte) (s, rest []byte) {
	if len(b) < 4 {
		return nil, nil
	}
	n := binary.LittleEndian.Uint32(b)
	if n == 1<<32-1 {
		return nil, b[4:]
	}
	end := min(uint64(n)+4, uint64(len(b)))
	return b[4:end], b[end:]
}

// opcuaOpen says how messages of a secure channel are protected. Without protection
// the service tells request from response.
func opcuaOpen(t *talk, b []byte) {
	if len(b) < 4 {
		return
	}
	policy, rest := opcuaString(b[4:]) // behind the channel
	_, rest = opcuaString(rest)        // certificate of the sender
	_, rest = opcuaString(rest)        // thumbprint of the receiver's
	t.say("OPC UA OpenSecureChannel")
	if _, short, ok := bytes.Cut(policy, []byte{'#'}); ok {
		if string(short) == "None" && len(rest) > opcuaSequence {
			opcuaSayService(t, rest[opcuaSequence:], "OpenSecureChannel")
		}
		policy = short
	}
	t.item("policy", policy)
}

// opcuaMessage says which service a message is of. It cannot be seen where messages
// are encrypted.
func opcuaMessage(t *talk, name string, b []byte) {
	t.say("OPC UA ")
	const fixed = 8 // channel and token
	if len(b) < fixed+opcuaSequence || !opcuaSayService(t, b[fixed+opcuaSequence:], "") {
		t.add(name)
	}
}

// opcuaSayService says the service that a message is of behind what was said of it
// already, and what is wrong with it, and reports whether it is known.
func opcuaSayService(t *talk, b []byte, already string) bool {
	const fourBytes = 1 // form of a NodeId: namespace in one byte, number in two
	if len(b) < 4 || b[0] != fourBytes || b[1] != 0 {
		return false
	}
	id := binary.LittleEndian.Uint16(b[2:])
	name, kind := "", "Response"
	for i := range opcuaServices {
		switch opcuaServices[i].id {
		case id:
			name, kind = opcuaServices[i].name, "Request"
		case id - 3:
			name = opcuaServices[i].name
		}
	}
	if id == opcuaFault {
		name, kind = "Service", "Fault"
	}
	if name == "" {
		return false
	}
	if name == already {
		name = ""
	}
	t.add(name, kind)
	if kind == "Request" {
		return true
	}
	const status = 4 + 8 + 4 // NodeId, time, handle of the request
	if len(b) >= status+4 {
		if s := binary.LittleEndian.Uint32(b[status:]); s != 0 {
			opcuaSayStatus(t, s)
		}
	}
	return true
}

func opcuaSayStatus(t *talk, status uint32) {
	const bad = 0x8000
	word := ""
	if high := status >> 16; high >= bad {
		word = opcuaStatus.word(uint64(high &^ bad))
	}
	if word == "" {
		t.itemHex("status", uint64(status))
	} else {
		t.itemWord("", word)
	}
}
