package apps

// PostgreSQL: its documentation, "Frontend/Backend Protocol" (Message Flow, Message
// Formats, Error and Notice Message Fields), versions 3.0 and 3.2.

import (
	"bytes"
	"encoding/binary"
)

const (
	// postgresqlTextMax is how many bytes of a message are waited for.
	postgresqlTextMax = 2048
	// postgresqlStartupMax is the longest first message that servers take.
	postgresqlStartupMax = 10000
	// postgresqlMessageMax is the longest message that is taken for one.
	postgresqlMessageMax = 1 << 30
)

// What the first message has in place of a version.
const (
	postgresqlCancel = 80877102
	postgresqlSSL    = 80877103
	postgresqlGSS    = 80877104
)

// postgresqlState is what the messages of one side say about the other's.
type postgresqlState struct {
	asked  uint32 // postgresqlSSL or postgresqlGSS, which a single byte answers; 0: neither
	method uint32 // of authentication that the server asked for
	sealed bool   // by GSSAPI
}

// postgresqlFrontend and postgresqlBackend are the messages of the client and of the
// server.
var postgresqlFrontend = codes{'B': "Bind", 'C': "Close", 'D': "Describe", 'E': "Execute", 'F': "FunctionCall", 'H': "Flush",
	'P': "Parse", 'Q': "Query", 'S': "Sync", 'X': "Terminate", 'c': "CopyDone", 'd': "CopyData", 'f': "CopyFail", 'p': "PasswordMessage"}

var postgresqlBackend = codes{'1': "ParseComplete", '2': "BindComplete", '3': "CloseComplete", 'A': "NotificationResponse",
	'C': "CommandComplete", 'D': "DataRow", 'E': "ErrorResponse", 'G': "CopyInResponse", 'H': "CopyOutResponse",
	'I': "EmptyQueryResponse", 'K': "BackendKeyData", 'N': "NoticeResponse", 'R': "Authentication", 'S': "ParameterStatus",
	'T': "RowDescription", 'V': "FunctionCallResponse", 'W': "CopyBothResponse", 'Z': "ReadyForQuery", 'c': "CopyDone",
	'd': "CopyData", 'n': "NoData", 's': "PortalSuspended", 't': "ParameterDescription", 'v': "NegotiateProtocolVersion"}

// postgresqlMethods are the kinds of Authentication messages.
var postgresqlMethods = codes{0: "Ok", 2: "KerberosV5", 3: "CleartextPassword", 5: "MD5Password", 6: "SCMCredential", 7: "GSS",
	8: "GSSContinue", 9: "SSPI", 10: "SASL", 11: "SASLContinue", 12: "SASLFinal"}

// postgresqlBegins: the first message of a client has a number for its version, or one
// that asks for encryption. Elsewhere whole messages have to follow each other.
func postgresqlBegins(t *talk, b []byte) verdict {
	if b[0] == 0 {
		return postgresqlFirst(t, b)
	}
	if t.s.app == protocolPostgreSQL {
		return postgresqlFollows(b, t.toServer(), true)
	}
	likely := t.likely(protocolPostgreSQL)
	if v := postgresqlFollows(b, true, likely && t.toPort(protocolPostgreSQL)); v == yes {
		t.isClient()
		return yes
	}
	if v := postgresqlFollows(b, false, likely && !t.toPort(protocolPostgreSQL)); v == yes {
		t.isServer()
		return yes
	}
	return no
}

func postgresqlFirst(t *talk, b []byte) verdict {
	const shortest = 8
	if len(b) < shortest {
		if len(b) > 1 && b[1] != 0 || len(b) > 4 && b[4] != 0 && b[4] != postgresqlSSL>>24 {
			return no
		}
		return maybe
	}
	length, code := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	switch {
	case (code == postgresqlSSL || code == postgresqlGSS) && length == shortest:
	case code == postgresqlCancel && length >= 16 && length <= 12+256:
	case code>>16 == 3 && code&0xffff < 16 && length > shortest && length <= postgresqlStartupMax:
		if v := postgresqlParameter(b[shortest:min(len(b), int(length))]); v != yes {
			return v
		}
	default:
		return no
	}
	t.isClient()
	return yes
}

// postgresqlParameter reports whether b begins with the name of a parameter.
func postgresqlParameter(b []byte) verdict {
	const longest = 63
	for i, c := range b {
		if c == 0 && i >= len("user")-1 {
			return yes
		}
		if (c < 'a' || c > 'z') && c != '_' && c != '.' || i > longest {
			return no
		}
	}
	return maybe
}

// postgresqlFollows reports whether messages of one side fill a segment. Without the
// port the last has to be one that hands over to the other side.
func postgresqlFollows(b []byte, client, likely bool) verdict {
	names := postgresqlBackend
	if client {
		names = postgresqlFrontend
	}
	var last byte
	for count := 0; len(b) > 0; count++ {
		if len(b) < 5 || names.word(uint64(b[0])) == "" || b[1] != 0 {
			return no
		}
		length := int(binary.BigEndian.Uint32(b[1:]))
		if length < 4 {
			return no
		}
		if 1+length > len(b) {
			if likely && (count > 0 || client && b[0] == 'Q' && printable(b[5:])) {
				return yes
			}
			return no
		}
		switch body := b[5 : 1+length]; {
		case client && b[0] == 'Q' && (len(body) == 0 || body[len(body)-1] != 0 || !printable(body[:len(body)-1])):
			return no
		case client && b[0] == 'S' && len(body) != 0, !client && b[0] == 'Z' && (len(body) != 1 || body[0] != 'I' && body[0] != 'T' && body[0] != 'E'):
			return no
		}
		last, b = b[0], b[1+length:]
		if len(b) == 0 && client && !likely && last == 'S' && count == 0 {
			return no
		}
	}
	if likely || client && (last == 'Q' || last == 'S') || !client && last == 'Z' {
		return yes
	}
	return no
}

func postgresqlRead(t *talk, b []byte) int {
	state, _ := t.state().(*postgresqlState)
	if state == nil {
		state = new(postgresqlState)
		t.keep(state, 16)
	}
	switch {
	case state.sealed:
		return opaque
	case !t.toServer() && state.asked != 0 && (b[0] == 'S' || b[0] == 'N' || b[0] == 'G'):
		return postgresqlAnswer(t, state, b[0])
	case len(b) < 5:
		return 0
	case b[0] == 0 && t.toServer():
		return postgresqlStartup(t, state, b)
	}
	names := postgresqlBackend
	if t.toServer() {
		names = postgresqlFrontend
	}
	name, length := names.word(uint64(b[0])), binary.BigEndian.Uint32(b[1:])
	if name == "" || length < 4 || length > postgresqlMessageMax {
		return strange
	}
	n := 1 + int(length)
	if b[0] == 'd' || b[0] == 'D' && !t.toServer() {
		return n // bulk data
	}
	if len(b) < min(n, postgresqlTextMax) && !t.cut {
		return 0
	}
	body := b[5:min(n, len(b), postgresqlTextMax)]
	if t.toServer() {
		postgresqlFromClient(t, state, b[0], name, body)
	} else {
		postgresqlFromServer(t, state, b[0], name, body)
	}
	return n
}

// postgresqlAnswer is whether the server encrypts from now on.
func postgresqlAnswer(t *talk, state *postgresqlState, answer byte) int {
	t.say("PostgreSQL ")
	if state.asked == postgresqlGSS {
		t.add("GSSENCRequest")
	} else {
		t.add("SSLRequest")
	}
	state.asked = 0
	if answer == 'N' {
		t.add(" refused")
		return 1
	}
	t.add(" accepted")
	state.sealed = answer == 'G'
	return 1
}

func postgresqlStartup(t *talk, state *postgresqlState, b []byte) int {
	if len(b) < 8 {
		return 0
	}
	n, code := int(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
	if n < 8 || n > postgresqlStartupMax {
		return strange
	}
	if len(b) < n && !t.cut {
		return 0
	}
	body := b[8:min(n, len(b))]
	switch {
	case code == postgresqlSSL:
		t.say("PostgreSQL SSLRequest")
		state.asked = code
	case code == postgresqlGSS:
		t.say("PostgreSQL GSSENCRequest")
		state.asked = code
	case code == postgresqlCancel:
		t.say("PostgreSQL CancelRequest")
		if len(body) >= 4 {
			t.itemNumber("process", uint64(binary.BigEndian.Uint32(body)))
		}
	case code>>16 == 3:
		t.say("PostgreSQL StartupMessage ")
		t.addNumber(uint64(code >> 16))
		t.add(".")
		t.addNumber(uint64(code & 0xffff))
		for len(body) > 0 {
			name, rest, _ := bytes.Cut(body, []byte{0})
			value, rest, _ := bytes.Cut(rest, []byte{0})
			body = rest
			switch string(name) {
			case "user", "database", "application_name", "replication":
				t.item(string(name), value)
			}
		}
	default:
		return strange
	}
	return n
}

func postgresqlFromClient(t *talk, state *postgresqlState, kind byte, name string, body []byte) {
	first, rest, whole := bytes.Cut(body, []byte{0})
	if kind == 'p' {
		switch state.method {
		case 7, 8, 9:
			t.say("PostgreSQL GSSResponse")
		case 10:
			t.say("PostgreSQL SASLInitialResponse")
			if whole {
				t.item("", first)
			}
		case 11:
			t.say("PostgreSQL SASLResponse")
		default:
			t.say("PostgreSQL PasswordMessage")
		}
		return
	}
	t.say("PostgreSQL ", name)
	switch kind {
	case 'Q':
		t.itemLines("", first)
	case 'P': // name of the statement, query
		if len(first) > 0 {
			t.item("statement", first)
		}
		query, _, _ := bytes.Cut(rest, []byte{0})
		t.itemLines("", query)
	case 'B': // names of the portal and of the statement
		if statement, _, _ := bytes.Cut(rest, []byte{0}); len(statement) > 0 {
			t.item("statement", statement)
		}
	case 'E':
		if len(first) > 0 {
			t.item("portal", first)
		}
	case 'C', 'D': // what it is, and its name
		if len(first) > 1 && first[0] == 'S' {
			t.item("statement", first[1:])
		} else if len(first) > 1 {
			t.item("portal", first[1:])
		}
	case 'f':
		t.itemLines("", first)
	}
}

func postgresqlFromServer(t *talk, state *postgresqlState, kind byte, name string, body []byte) {
	first, rest, _ := bytes.Cut(body, []byte{0})
	if kind == 'S' && string(first) != "server_version" {
		return // some ten of them follow each login
	}
	t.say("PostgreSQL ", name)
	switch kind {
	case 'R':
		if len(body) < 4 {
			return
		}
		state.method = binary.BigEndian.Uint32(body)
		t.addCode(postgresqlMethods, uint64(state.method))
		if state.method == 10 {
			for mechanisms := body[4:]; len(mechanisms) > 1; {
				var one []byte
				one, mechanisms, _ = bytes.Cut(mechanisms, []byte{0})
				t.item("", one)
			}
		}
	case 'S':
		version, _, _ := bytes.Cut(rest, []byte{0})
		t.item("server_version", version)
	case 'K', 'A':
		if len(body) >= 4 {
			t.itemNumber("process", uint64(binary.BigEndian.Uint32(body)))
		}
		if kind == 'A' && len(body) > 4 {
			channel, _, _ := bytes.Cut(body[4:], []byte{0})
			t.item("channel", channel)
		}
	case 'C':
		t.item("", first)
	case 'T':
		if len(body) >= 2 {
			t.itemNumber("columns", uint64(binary.BigEndian.Uint16(body)))
		}
	case 'Z':
		switch {
		case len(body) == 0:
		case body[0] == 'I':
			t.itemWord("", "idle")
		case body[0] == 'T':
			t.itemWord("", "transaction")
		case body[0] == 'E':
			t.itemWord("", "failed transaction")
		}
	case 'E', 'N':
		postgresqlError(t, body)
	}
}

// postgresqlError says the fields of an error or a notice that are said to people.
func postgresqlError(t *talk, body []byte) {
	for len(body) > 1 {
		field, rest, _ := bytes.Cut(body[1:], []byte{0})
		switch body[0] {
		case 'S':
			t.item("", field)
		case 'C':
			t.item("SQLSTATE", field)
		case 'M':
			t.itemLines("", field)
		}
		body = rest
	}
}
