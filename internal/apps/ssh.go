package apps

// SSH: RFC 4253 (version exchange in section 4.2, packets in 6, negotiation in 7.1,
// key exchange in 8), RFC 4250 (numbers), RFC 4419 (group exchange), RFC 5656 (ECDH). All
// that follows the new keys is encrypted.

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

const (
	// sshVersionMax is how long the version line may be (section 4.2).
	sshVersionMax = 255
	// sshPacketMax is how long a packet may be (section 6.1).
	sshPacketMax = 35000
	// sshLists is how many lists of names KEXINIT has.
	sshLists = 10
)

// The messages that are sent before the new keys.
const (
	sshDisconnect    = 1
	sshIgnore        = 2
	sshUnimplemented = 3
	sshDebug         = 4
	sshKexInit       = 20
	sshNewKeys       = 21
	sshKex           = 30 // and up to sshKexLast what the method says
	sshKexLast       = 49
)

// sshState is what is known of the key exchange.
type sshState struct {
	greeted [2]bool
	lists   [2][]byte // those of KEXINIT, until both are there
	method  sshMethod
}

const sshStateBytes = 96

// sshMethod is a family of key exchange methods, which share numbers of messages.
type sshMethod byte

const (
	sshMethodUnknown sshMethod = iota
	sshMethodDH
	sshMethodGroup
	sshMethodECDH
)

// sshBegins: a line with the version of the protocol; once that is known, KEXINIT.
func sshBegins(t *talk, b []byte) verdict {
	if state, _ := t.state().(*sshState); state != nil && t.s.app == protocolSSH && state.greeted[t.from] {
		if len(b) < 6 {
			return maybe
		}
		if length := binary.BigEndian.Uint32(b); length > sshPacketMax || int(length) < int(b[4])+2 || b[5] != sshKexInit {
			return no
		}
		return yes
	}
	const begin = "SSH-"
	if n := min(len(b), len(begin)); begin[:n] != string(b[:n]) {
		return no
	}
	if len(b) < len("SSH-2.0-") {
		return maybe
	}
	if b[4] != '1' && b[4] != '2' || b[5] != '.' || bytes.IndexByte(b[6:min(len(b), 12)], '-') < 1 {
		return no
	}
	return yes
}

func sshRead(t *talk, b []byte) int {
	state, _ := t.state().(*sshState)
	if state == nil {
		state = new(sshState)
		t.keep(state, sshStateBytes)
	}
	if !state.greeted[t.from] {
		return sshVersion(t, state, b)
	}
	if len(b) < 6 {
		return 0
	}
	length := int(binary.BigEndian.Uint32(b))
	padding := int(b[4])
	if length < padding+2 || length > sshPacketMax {
		return strange
	}
	if len(b) < 4+length && !t.cut {
		return 0
	}
	payload := b[5:min(len(b), 4+length-padding)]
	kind, body := payload[0], payload[1:]
	switch {
	case kind == sshKexInit:
		sshInit(t, state, body)
	case kind == sshNewKeys:
		t.say("SSH New Keys")
		return opaque
	case kind == sshDisconnect:
		t.say("SSH Disconnect")
		if len(body) >= 4 {
			code := binary.BigEndian.Uint32(body)
			t.add(" ")
			if code < uint32(len(sshReasons)) && sshReasons[code] != "" {
				t.add(sshReasons[code])
			} else {
				t.addNumber(uint64(code))
			}
			if text, _, ok := sshString(body[4:]); ok && len(text) > 0 {
				t.item("description", text)
			}
		}
	case kind == sshIgnore, kind == sshUnimplemented, kind == sshDebug:
	case kind >= sshKex && kind <= sshKexLast:
		sshExchange(t, state, kind, body)
	default:
		return strange
	}
	return 4 + length
}

// sshReasons are the reasons to disconnect (RFC 4250, section 4.2.2).
var sshReasons = [...]string{1: "HOST_NOT_ALLOWED_TO_CONNECT", "PROTOCOL_ERROR", "KEY_EXCHANGE_FAILED", "RESERVED", "MAC_ERROR",
	"COMPRESSION_ERROR", "SERVICE_NOT_AVAILABLE", "PROTOCOL_VERSION_NOT_SUPPORTED", "HOST_KEY_NOT_VERIFIABLE",
	"CONNECTION_LOST", "BY_APPLICATION", "TOO_MANY_CONNECTIONS", "AUTH_CANCELLED_BY_USER", "NO_MORE_AUTH_METHODS_AVAILABLE",
	"ILLEGAL_USER_NAME"}

// sshVersion says which version and program a side announces.
func sshVersion(t *talk, state *sshState, b []byte) int {
	line, _, whole := bytes.Cut(b, []byte{'\n'})
	if len(line) > sshVersionMax {
		return strange
	}
	if !whole && !t.cut {
		return 0
	}
	state.greeted[t.from] = true
	n := len(line) + 1
	line = bytes.TrimSuffix(line, []byte{'\r'})
	t.say("SSH Protocol ")
	t.addName(line)
	if whole {
		t.set(FieldSSHVersion, line)
	} else {
		t.add("...")
	}
	switch {
	case bytes.HasPrefix(line, []byte("SSH-1.")) && !bytes.HasPrefix(line, []byte("SSH-1.99-")):
		return opaque // packets of version 1 are others
	case !whole:
		return strange
	}
	return n
}

// sshString cuts a string off that has its length in front.
func sshString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}

// sshInit says what a side prefers, or, if the other side did that already, what
// both agree upon.
func sshInit(t *talk, state *sshState, body []byte) {
	const cookie = 16
	lists := body[min(cookie, len(body)):]
	t.say("SSH Key Exchange Init")
	sshWho(t, lists)
	other := state.lists[1-t.from]
	if other == nil {
		state.lists[t.from] = bytes.Clone(lists)
		t.keep(state, sshStateBytes+len(lists))
		t.add(", preferred")
		sshSay(t, nil, lists, lists)
		return
	}
	client, server := lists, other
	if !t.toServer() {
		client, server = other, lists
	}
	t.add(", agreed")
	sshSay(t, state, client, server)
	state.lists = [2][]byte{}
	t.keep(state, sshStateBytes)
}

// sshWho finds out who is the client, which matters where the begin of the connection
// was not captured: methods that are none say so (RFC 8308, section 2.1).
func sshWho(t *talk, lists []byte) {
	methods, _, _ := sshString(lists)
	switch {
	case bytes.Contains(methods, []byte("ext-info-c")), bytes.Contains(methods, []byte("kex-strict-c-")):
		t.isClient()
	case bytes.Contains(methods, []byte("ext-info-s")), bytes.Contains(methods, []byte("kex-strict-s-")):
		t.isServer()
	}
}

// sshSay says the first names of the client's lists that the server's have too, and
// takes note of the method in state.
func sshSay(t *talk, state *sshState, client, server []byte) {
	names := [sshLists]string{"kex", "hostkey", "cipher", "", "mac", "", "compression"}
	var cipher []byte
	for i := range sshLists {
		var of, accepted []byte
		var ok, ok2 bool
		of, client, ok = sshString(client)
		accepted, server, ok2 = sshString(server)
		if !ok || !ok2 {
			return // cut
		}
		name := names[i]
		if name == "" {
			continue
		}
		chosen := sshChoose(of, accepted)
		switch name {
		case "kex":
			if state != nil {
				state.method = sshMethodOf(chosen)
			}
		case "cipher":
			cipher = chosen
		case "mac":
			if bytes.Contains(cipher, []byte("gcm@")) || bytes.Contains(cipher, []byte("poly1305")) {
				continue // it comes with the cipher
			}
		case "compression":
			if string(chosen) == "none" {
				continue
			}
		}
		if len(chosen) == 0 {
			t.itemWord(name, "none in common")
		} else {
			t.item(name, chosen)
		}
	}
}

// sshChoose is the first name of a list that is in another one (section 7.1).
func sshChoose(list, accepted []byte) []byte {
	for len(list) > 0 {
		var name []byte
		name, list, _ = bytes.Cut(list, []byte{','})
		for rest := accepted; len(rest) > 0; {
			var one []byte
			one, rest, _ = bytes.Cut(rest, []byte{','})
			if bytes.Equal(one, name) {
				return name
			}
		}
	}
	return nil
}

func sshMethodOf(name []byte) sshMethod {
	switch {
	case bytes.HasPrefix(name, []byte("diffie-hellman-group-exchange-")):
		return sshMethodGroup
	case bytes.HasPrefix(name, []byte("diffie-hellman-")):
		return sshMethodDH
	case len(name) > 0: // those of RFC 5656 and RFC 8731, and the hybrid ones, have the same messages
		return sshMethodECDH
	}
	return sshMethodUnknown
}

// sshExchange says a message of the key exchange, and which key the server has.
func sshExchange(t *talk, state *sshState, kind byte, body []byte) {
	words := "Key Exchange"
	reply := false
	switch {
	case state.method == sshMethodGroup && kind == 34:
		words = "Group Exchange Request"
	case state.method == sshMethodGroup && kind == 31:
		words = "Group Exchange Group"
	case state.method == sshMethodGroup && kind == 32:
		words = "Group Exchange Init"
	case state.method == sshMethodGroup && kind == 33:
		words, reply = "Group Exchange Reply", true
	case state.method == sshMethodDH && kind == 30:
		words = "Diffie-Hellman Key Exchange Init"
	case state.method == sshMethodDH && kind == 31:
		words, reply = "Diffie-Hellman Key Exchange Reply", true
	case state.method == sshMethodECDH && kind == 30:
		words = "ECDH Key Exchange Init"
	case state.method == sshMethodECDH && kind == 31:
		words, reply = "ECDH Key Exchange Reply", true
	}
	t.say("SSH ", words)
	if !reply {
		return
	}
	key, _, ok := sshString(body)
	if !ok {
		return
	}
	if kind, _, ok := sshString(key); ok {
		t.item("hostkey", kind)
		sum := sha256.Sum256(key)
		var digits [64]byte
		t.itemWord("", "SHA256:")
		t.addName(base64.RawStdEncoding.AppendEncode(digits[:0], sum[:]))
	}
}
