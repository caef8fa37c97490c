package apps

// MQTT: version 3.1.1 (OASIS, 2014; packets in chapter 3) and 5.0 (OASIS, 2019; reason
// codes in section 2.4), and 3.1, which is 3.1.1 with another name.

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// mqttFiltersMax is how many filters of a subscription are said.
const mqttFiltersMax = 4

// mqttState is what CONNECT said.
type mqttState struct {
	version byte // level of the protocol; 0: CONNECT was not captured
}

// The types of packets.
const (
	mqttConnect = 1 + iota
	mqttConnAck
	mqttPublish
	mqttPubAck
	mqttPubRec
	mqttPubRel
	mqttPubComp
	mqttSubscribe
	mqttSubAck
	mqttUnsubscribe
	mqttUnsubAck
	mqttPingReq
	mqttPingResp
	mqttDisconnect
	mqttAuth
)

var mqttNames = [...]string{mqttConnect: "CONNECT", mqttConnAck: "CONNACK", mqttPublish: "PUBLISH", mqttPubAck: "PUBACK",
	mqttPubRec: "PUBREC", mqttPubRel: "PUBREL", mqttPubComp: "PUBCOMP", mqttSubscribe: "SUBSCRIBE", mqttSubAck: "SUBACK",
	mqttUnsubscribe: "UNSUBSCRIBE", mqttUnsubAck: "UNSUBACK", mqttPingReq: "PINGREQ", mqttPingResp: "PINGRESP",
	mqttDisconnect: "DISCONNECT", mqttAuth: "AUTH"}

// mqttVersion5 is the level of version 5.0.
const mqttVersion5 = 5

// mqttHead reads the fixed header: the length of it and of what follows. n is 0 where
// more is needed, and strange where it is none.
func mqttHead(b []byte) (kind, flags byte, n, length int) {
	if len(b) < 2 {
		return 0, 0, 0, 0
	}
	kind, flags = b[0]>>4, b[0]&15
	want := byte(0)
	switch kind {
	case 0:
		return 0, 0, strange, 0
	case mqttPublish:
		want = flags
		if flags&6 == 6 || flags&0x0e == 8 { // quality of service 3, or 0 and sent again
			return 0, 0, strange, 0
		}
	case mqttPubRel, mqttSubscribe, mqttUnsubscribe:
		want = 2
	}
	if flags != want {
		return 0, 0, strange, 0
	}
	length, n = mqttNumber(b[1:])
	if n > 0 {
		n++
	}
	switch {
	case n > 0 && !mqttFits(kind, length):
		return 0, 0, strange, 0
	default:
		return kind, flags, n, length
	}
}

// mqttFits reports whether a packet may be as long as it says.
func mqttFits(kind byte, length int) bool {
	switch kind {
	case mqttPingReq, mqttPingResp:
		return length == 0
	case mqttDisconnect, mqttAuth:
		return true
	case mqttConnect:
		return length >= 12
	case mqttSubscribe, mqttUnsubscribe:
		return length >= 5
	case mqttSubAck, mqttPublish:
		return length >= 3
	}
	return length >= 2
}

// mqttNumber is a number of variable length, and how many bytes it has; 0 where more
// are needed, strange where it is none.
func mqttNumber(b []byte) (number, n int) {
	for i, c := range b {
		if i == 4 {
			return 0, strange
		}
		number |= int(c&0x7f) << (7 * i)
		if c < 0x80 {
			if c == 0 && i > 0 {
				return 0, strange // there is a shorter way
			}
			return number, i + 1
		}
	}
	if len(b) >= 4 {
		return 0, strange
	}
	return 0, 0
}

// mqttBegins: CONNECT, which has the name of the protocol. On its port, or once it is
// known, packets that fill the segment.
func mqttBegins(t *talk, b []byte) verdict {
	if b[0] == mqttConnect<<4 {
		return mqttConnects(t, b)
	}
	if t.s.app != protocolMQTT && !t.likely(protocolMQTT) {
		return no
	}
	for first := true; len(b) > 0; first = false {
		kind, flags, n, length := mqttHead(b)
		switch {
		case n < 0:
			return no
		case n == 0 || kind == mqttPublish && len(b) < min(n+length, n+8):
			return maybe
		case kind == mqttPublish && !mqttPublishes(b[n:min(len(b), n+length)], flags, length):
			return no
		case len(b) < n+length && (!first || kind != mqttPublish):
			return no
		case len(b) < n+length: // a long one; its topic says enough
			return yes
		}
		b = b[n+length:]
	}
	return yes
}

// mqttConnects is the verdict about CONNECT.
func mqttConnects(t *talk, b []byte) verdict {
	_, _, n, _ := mqttHead(b)
	if n == 0 && len(b) < 5 {
		return maybe
	}
	if n <= 0 {
		return no
	}
	for _, begin := range [...]string{"\x00\x04MQTT", "\x00\x06MQIsdp"} {
		rest := b[n:]
		if k := min(len(rest), len(begin)); begin[:k] != string(rest[:k]) {
			continue
		} else if len(rest) <= len(begin) {
			return maybe
		}
		if level := rest[len(begin)] & 0x7f; level < 3 || level > mqttVersion5 {
			return no
		}
		t.isClient()
		return yes
	}
	return no
}

// mqttPublishes reports whether PUBLISH has a topic as there are: text without
// wildcards.
func mqttPublishes(b []byte, flags byte, length int) bool {
	topic, _, ok := mqttString(b)
	if !ok {
		return len(b) < length && len(b) >= 2 && 2+int(binary.BigEndian.Uint16(b)) <= length && utf8.Valid(b[2:min(len(b), 6)])
	}
	if flags>>1&3 > 0 && 2+len(topic)+2 > length {
		return false
	}
	return utf8.Valid(topic) && !bytes.ContainsAny(topic, "#+\x00")
}

// mqttString cuts a string off that has its length in front.
func mqttString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if n > len(b) {
		return nil, nil, false
	}
	return b[2:n], b[n:], true
}

// mqttProperties cuts properties off (version 5, section 2.2.2).
func mqttProperties(b []byte) (properties, rest []byte, ok bool) {
	length, n := mqttNumber(b)
	if n <= 0 || n+length > len(b) {
		return nil, nil, false
	}
	return b[n : n+length], b[n+length:], true
}

func mqttRead(t *talk, b []byte) int {
	state, _ := t.state().(*mqttState)
	if state == nil {
		state = new(mqttState)
		t.keep(state, 16)
	}
	kind, flags, n, length := mqttHead(b)
	if n <= 0 {
		return n
	}
	body := b[n:min(len(b), n+length)]
	need := length
	if kind == mqttPublish {
		need = mqttPublishNeeds(state, flags, body, length)
	}
	if len(body) < need && !t.cut && n+need <= MaxMessage {
		return 0
	}
	switch kind {
	case mqttConnect:
		if !mqttSayConnect(t, state, body) {
			return strange
		}
	case mqttPublish:
		mqttSayPublish(t, state, flags, body)
	case mqttSubscribe, mqttUnsubscribe:
		mqttSayFilters(t, state, kind, body)
	case mqttSubAck, mqttUnsubAck:
		mqttSayCodes(t, state, kind, body)
	default:
		mqttSayCode(t, state, kind, body)
	}
	return n + length
}

// mqttSayConnect says who connects; a password is not said.
func mqttSayConnect(t *talk, state *mqttState, b []byte) bool {
	name, rest, ok := mqttString(b)
	if !ok || len(rest) < 4 || string(name) != "MQTT" && string(name) != "MQIsdp" {
		return t.cut
	}
	flags := rest[1]
	state.version = rest[0] & 0x7f // the highest bit is that of a bridge
	t.isClient()
	t.say("MQTT CONNECT")
	switch state.version {
	case 3:
		t.itemWord("version", "3.1")
	case 4:
		t.itemWord("version", "3.1.1")
	default:
		t.itemNumber("version", uint64(state.version))
	}
	rest = rest[4:]
	if state.version >= mqttVersion5 {
		if _, rest, ok = mqttProperties(rest); !ok {
			return true
		}
	}
	client, rest, ok := mqttString(rest)
	if !ok {
		return true
	}
	t.item("client", client)
	if flags&4 != 0 {
		if state.version >= mqttVersion5 {
			if _, rest, ok = mqttProperties(rest); !ok {
				return true
			}
		}
		var topic []byte
		if topic, rest, ok = mqttString(rest); !ok {
			return true
		}
		t.item("will", topic)
		if _, rest, ok = mqttString(rest); !ok {
			return true
		}
	}
	if flags&0x80 != 0 {
		if user, _, ok := mqttString(rest); ok {
			t.item("user", user)
		}
	}
	return true
}

// mqttPublishNeeds is how much of PUBLISH is needed to say what it is: its topic, and
// what comes before the message where that is in an alias.
func mqttPublishNeeds(state *mqttState, flags byte, body []byte, length int) int {
	if len(body) < 2 {
		return min(2, length)
	}
	n := 2 + int(binary.BigEndian.Uint16(body))
	if flags>>1&3 > 0 {
		n += 2
	}
	if n == 2 || n == 4 && flags>>1&3 > 0 {
		n += 16 // properties
	}
	return min(n, length)
}

// mqttSayPublish says which topic a message is for.
func mqttSayPublish(t *talk, state *mqttState, flags byte, b []byte) {
	t.say("MQTT PUBLISH")
	topic, rest, ok := mqttString(b)
	if !ok {
		if len(b) > 2 {
			t.item("topic", b[2:])
			t.add("...")
		}
		return
	}
	qos := flags >> 1 & 3
	if len(topic) > 0 {
		t.item("topic", topic)
	}
	if qos > 0 {
		t.itemNumber("qos", uint64(qos))
		if len(rest) < 2 {
			return
		}
		t.itemNumber("id", uint64(binary.BigEndian.Uint16(rest)))
		rest = rest[2:]
	}
	if flags&8 != 0 {
		t.itemWord("", "dup")
	}
	if flags&1 != 0 {
		t.itemWord("", "retain")
	}
	if len(topic) == 0 && state.version != 4 {
		if alias := mqttAlias(rest); alias > 0 {
			t.itemNumber("alias", uint64(alias))
		}
	}
}

// mqttAlias is the alias of a topic, if it is the first of the properties.
func mqttAlias(b []byte) uint16 {
	length, n := mqttNumber(b)
	if n <= 0 || length < 3 || len(b) < n+3 || b[n] != 0x23 {
		return 0
	}
	return binary.BigEndian.Uint16(b[n+1:])
}

// mqttSayFilters says what is subscribed to.
func mqttSayFilters(t *talk, state *mqttState, kind byte, b []byte) {
	t.isClient()
	t.say("MQTT ", mqttNames[kind])
	if len(b) < 2 {
		return
	}
	t.itemNumber("id", uint64(binary.BigEndian.Uint16(b)))
	b = b[2:]
	options := 0
	if kind == mqttSubscribe {
		options = 1
	}
	v5 := state.version >= mqttVersion5
	if state.version == 0 && mqttFilters(b, options, nil) == 0 {
		v5 = true // not of an earlier version
	}
	if v5 {
		_, rest, ok := mqttProperties(b)
		if !ok {
			return
		}
		b = rest
	}
	if n := mqttFilters(b, options, t); n > mqttFiltersMax {
		t.itemWord("", "and ")
		t.addNumber(uint64(n - mqttFiltersMax))
		t.add(" more")
	}
}

// mqttFilters says the filters in b, and returns how many there are, which is 0 where
// it does not end with one. t may be nil.
func mqttFilters(b []byte, options int, t *talk) int {
	n := 0
	for len(b) > 0 {
		filter, rest, ok := mqttString(b)
		if !ok || len(rest) < options {
			if t == nil {
				return 0
			}
			return n
		}
		if n < mqttFiltersMax && t != nil {
			t.item("topic", filter)
		}
		b = rest[options:]
		n++
	}
	return n
}

// mqttSayCodes says of which of several topics something is wrong.
func mqttSayCodes(t *talk, state *mqttState, kind byte, b []byte) {
	t.isServer()
	t.say("MQTT ", mqttNames[kind])
	if len(b) < 2 {
		return
	}
	t.itemNumber("id", uint64(binary.BigEndian.Uint16(b)))
	b = b[2:]
	if state.version >= mqttVersion5 {
		_, rest, ok := mqttProperties(b)
		if !ok {
			return
		}
		b = rest
	}
	said := 0
	for _, code := range b {
		if code >= 0x80 && said < mqttFiltersMax {
			mqttAddCode(t, code, true)
			said++
		}
	}
}

// mqttSayCode says a packet that has a number and a reason code at most.
func mqttSayCode(t *talk, state *mqttState, kind byte, b []byte) {
	t.say("MQTT ", mqttNames[kind])
	switch kind {
	case mqttConnAck:
		t.isServer()
		if len(b) < 2 {
			return
		}
		if state.version >= mqttVersion5 || state.version == 0 && len(b) > 2 {
			mqttAddCode(t, b[1], false)
		} else {
			mqttAddReturn(t, b[1])
		}
		if b[0]&1 != 0 {
			t.itemWord("", "session present")
		}
	case mqttPubAck, mqttPubRec, mqttPubRel, mqttPubComp:
		if len(b) >= 2 {
			t.itemNumber("id", uint64(binary.BigEndian.Uint16(b)))
		}
		if len(b) >= 3 && b[2] != 0 {
			mqttAddCode(t, b[2], true)
		}
	case mqttDisconnect, mqttAuth:
		if len(b) > 0 {
			mqttAddCode(t, b[0], false)
		}
	}
}

// mqttAddReturn adds what CONNACK says up to version 3.1.1.
func mqttAddReturn(t *talk, code byte) {
	names := [...]string{"Connection Accepted", "unacceptable protocol version", "identifier rejected", "Server unavailable",
		"bad user name or password", "not authorized"}
	t.add(" ")
	if int(code) < len(names) {
		t.add(names[code])
	} else {
		t.addNumber(uint64(code))
	}
}

// mqttAddCode adds a reason code, as an item or behind the name of the packet.
func mqttAddCode(t *talk, code byte, item bool) {
	name := ""
	for i := range mqttReasons {
		if mqttReasons[i].code == code {
			name = mqttReasons[i].name
		}
	}
	switch {
	case item && name == "":
		t.itemHex("reason", uint64(code))
	case item:
		t.itemWord("reason", name)
	case name == "":
		t.add(" ")
		t.addNumber(uint64(code))
	default:
		t.add(" ", name)
	}
}

// mqttReasons are the reason codes of version 5, section 2.4.
var mqttReasons = [...]struct {
	code byte
	name string
}{
	{0x00, "Success"}, {0x04, "Disconnect with Will Message"}, {0x10, "No matching subscribers"}, {0x11, "No subscription existed"},
	{0x18, "Continue authentication"}, {0x19, "Re-authenticate"}, {0x80, "Unspecified error"}, {0x81, "Malformed Packet"},
	{0x82, "Protocol Error"}, {0x83, "Implementation specific error"}, {0x84, "Unsupported Protocol Version"},
	{0x85, "Client Identifier not valid"}, {0x86, "Bad User Name or Password"}, {0x87, "Not authorized"},
	{0x88, "Server unavailable"}, {0x89, "Server busy"}, {0x8a, "Banned"}, {0x8b, "Server shutting down"},
	{0x8c, "Bad authentication method"}, {0x8d, "Keep Alive timeout"}, {0x8e, "Session taken over"}, {0x8f, "Topic Filter invalid"},
	{0x90, "Topic Name invalid"}, {0x91, "Packet Identifier in use"}, {0x92, "Packet Identifier not found"},
	{0x93, "Receive Maximum exceeded"}, {0x94, "Topic Alias invalid"}, {0x95, "Packet too large"}, {0x96, "Message rate too high"},
	{0x97, "Quota exceeded"}, {0x98, "Administrative action"}, {0x99, "Payload format invalid"}, {0x9a, "Retain not supported"},
	{0x9b, "QoS not supported"}, {0x9c, "Use another server"}, {0x9d, "Server moved"}, {0x9e, "Shared Subscriptions not supported"},
	{0x9f, "Connection rate exceeded"}, {0xa0, "Maximum connect time"}, {0xa1, "Subscription Identifiers not supported"},
	{0xa2, "Wildcard Subscriptions not supported"},
}
