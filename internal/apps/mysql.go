package apps

// MySQL: "MySQL Source Code Documentation", client/server protocol (connection phase,
// command phase), and what MariaDB's "Client/Server Protocol" adds.

import (
	"bytes"
	"encoding/binary"
)

const (
	// mysqlTextMax is how many bytes of a packet are waited for.
	mysqlTextMax = 2048
	mysqlHeader  = 4 // length, number of the packet
	// mysqlContinues is the length of a packet that the next one goes on with.
	mysqlContinues = 1<<24 - 1
)

// Capabilities that the two sides agree on.
const (
	mysqlWithDatabase = 1 << 3
	mysqlCompress     = 1 << 5
	mysqlProtocol41   = 1 << 9
	mysqlSSL          = 1 << 11
	mysqlSecure       = 1 << 15 // a byte is the length of the password's hash
	mysqlPluginAuth   = 1 << 19
	mysqlLengthAuth   = 1 << 21 // its length has its own length
	mysqlNoEOF        = 1 << 24 // CLIENT_DEPRECATE_EOF
	mysqlZstd         = 1 << 26
	mysqlAttributes   = 1 << 27 // of queries
)

// mysqlMoreResults is a status: another result follows.
const mysqlMoreResults = 1 << 3

// What the server is going to say.
const (
	mysqlNothing byte = iota // that has not been said
	mysqlLogin               // whether the client may go on
	mysqlResult              // the first packet of a result
	mysqlPrepared
	mysqlRows
)

// mysqlState is what the packets of one side say about the other's.
type mysqlState struct {
	server, client uint32 // capabilities
	next           byte
	ends           byte // EOF packets of a result so far
	asked          bool // for TLS
	compressed     bool
	continues      [2]bool
}

// mysqlCommands are what clients ask for.
var mysqlCommands = codes{1: "COM_QUIT", 2: "COM_INIT_DB", 3: "COM_QUERY", 4: "COM_FIELD_LIST", 5: "COM_CREATE_DB", 6: "COM_DROP_DB",
	7: "COM_REFRESH", 8: "COM_SHUTDOWN", 9: "COM_STATISTICS", 10: "COM_PROCESS_INFO", 12: "COM_PROCESS_KILL", 13: "COM_DEBUG",
	14: "COM_PING", 17: "COM_CHANGE_USER", 18: "COM_BINLOG_DUMP", 21: "COM_REGISTER_SLAVE", 22: "COM_STMT_PREPARE",
	23: "COM_STMT_EXECUTE", 24: "COM_STMT_SEND_LONG_DATA", 25: "COM_STMT_CLOSE", 26: "COM_STMT_RESET", 27: "COM_SET_OPTION",
	28: "COM_STMT_FETCH", 30: "COM_BINLOG_DUMP_GTID", 31: "COM_RESET_CONNECTION", 32: "COM_CLONE"}

// mysqlBegins: the server speaks first, and says its version. Elsewhere it has to be
// a query that fills the segment.
func mysqlBegins(t *talk, b []byte) verdict {
	if v := mysqlGreets(b); v != no {
		if v == yes {
			t.isServer()
		}
		return v
	}
	if t.s.app == protocolMySQL {
		return mysqlFollows(t, b)
	}
	if len(b) <= mysqlHeader || b[3] != 0 {
		return no
	}
	sure := t.likely(protocolMySQL)
	n, whole := mysqlLength(b), len(b) == mysqlHeader+mysqlLength(b)
	switch {
	case sure && b[4] == 0xff && whole && n > 8 && printable(b[7:]): // an error in place of a greeting
		t.isServer()
		return yes
	case b[4] == 3 && n > 8 && whole && (sure || mysqlStatement(b[5:])) && printable(b[5:]),
		sure && whole && n == 1 && (b[4] == 1 || b[4] == 14):
		t.isClient()
		return yes
	}
	return no
}

// mysqlFollows reports whether packets fill a segment, the first of which is a command
// or the first of an answer.
func mysqlFollows(t *talk, b []byte) verdict {
	if len(b) <= mysqlHeader || t.toServer() && (b[3] != 0 || mysqlCommands.word(uint64(b[4])) == "") || !t.toServer() && b[3] != 1 {
		return no
	}
	for number := b[3]; len(b) > 0; number++ {
		if len(b) < mysqlHeader || b[3] != number || len(b) < mysqlHeader+mysqlLength(b) {
			return no
		}
		b = b[mysqlHeader+mysqlLength(b):]
	}
	return yes
}

// mysqlGreets: a number of 0, protocol 10, a version, and a zero at its place.
func mysqlGreets(b []byte) verdict {
	if len(b) > 2 && b[2] != 0 || len(b) > 3 && b[3] != 0 || len(b) > 4 && b[4] != 10 || len(b) > 5 && (b[5] < '1' || b[5] > '9') {
		return no
	}
	if len(b) < 6 {
		return maybe
	}
	end := bytes.IndexByte(b[5:min(len(b), 5+nameMax)], 0)
	text := b[5:]
	if end >= 0 {
		text = text[:end]
	}
	if n := mysqlLength(b); n < 20 || n > 1024 || len(text) >= nameMax || !printable(text) {
		return no
	}
	const zero = 1 + 4 + 8 // behind the version: its end, the connection's number, half of a challenge
	if end < 0 || len(b) <= 5+end+zero {
		return maybe
	}
	if b[5+end+zero] != 0 {
		return no
	}
	return yes
}

// mysqlStatement reports whether a statement of SQL may begin that way.
func mysqlStatement(b []byte) bool {
	word, _, _ := bytes.Cut(b, []byte{' '})
	if len(word) > 8 {
		return false
	}
	var upper [8]byte
	for i, c := range word {
		upper[i] = c &^ 0x20
	}
	switch string(upper[:len(word)]) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "SET", "SHOW", "BEGIN", "COMMIT", "ROLLBACK", "START", "CREATE", "DROP", "ALTER",
		"REPLACE", "CALL", "USE", "WITH", "LOCK", "UNLOCK", "EXPLAIN", "TRUNCATE":
		return true
	}
	return false
}

func mysqlLength(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func mysqlRead(t *talk, b []byte) int {
	state, _ := t.state().(*mysqlState)
	if state == nil {
		state = new(mysqlState)
		t.keep(state, 24)
	}
	if state.compressed {
		return opaque
	}
	if len(b) < mysqlHeader {
		return 0
	}
	const handshake, version = 22, 3 // of a record of TLS, which otherwise is a packet of 64 KiB
	if state.asked && b[0] == handshake && b[1] == version && b[2] <= 4 {
		return opaque
	}
	length := mysqlLength(b)
	n := mysqlHeader + length
	was := state.continues[t.from]
	if was {
		state.continues[t.from] = length == mysqlContinues
		return n
	}
	if len(b) < min(n, mysqlTextMax) && !t.cut {
		return 0
	}
	state.continues[t.from] = length == mysqlContinues
	body := b[mysqlHeader:min(n, len(b), mysqlTextMax)]
	if len(body) == 0 {
		return n
	}
	switch {
	case !t.toServer():
		mysqlFromServer(t, state, b[3], length, body)
	case state.next == mysqlLogin && b[3] > 0:
		mysqlFromLogin(t, state, b[3], body)
	case b[3] == 0:
		if !mysqlCommand(t, state, body) {
			return strange
		}
	}
	return n
}

// mysqlFromLogin reads what a client says until it is let in.
func mysqlFromLogin(t *talk, state *mysqlState, number byte, b []byte) {
	if state.client != 0 || state.server == 0 || len(b) < 5 {
		return // more of authentication
	}
	state.client = uint32(binary.LittleEndian.Uint16(b))
	var rest []byte
	if state.client&mysqlProtocol41 != 0 {
		state.client = binary.LittleEndian.Uint32(b)
		const fixed = 4 + 4 + 1 + 23 // capabilities, longest packet, character set, zeros
		if state.client&mysqlSSL != 0 && len(b) == fixed {
			t.say("MySQL SSLRequest")
			state.client, state.asked = 0, true // it is said again
			return
		}
		rest = b[min(fixed, len(b)):]
	} else {
		rest = b[5:]
	}
	user, rest, _ := bytes.Cut(rest, []byte{0})
	t.say("MySQL HandshakeResponse")
	t.item("user", user)
	switch {
	case state.client&mysqlLengthAuth != 0:
		n, size := mysqlNumber(rest)
		rest = rest[min(uint64(len(rest)), uint64(size)+min(n, mysqlTextMax)):]
	case state.client&mysqlSecure != 0 && len(rest) > 0:
		rest = rest[min(len(rest), 1+int(rest[0])):]
	default:
		_, rest, _ = bytes.Cut(rest, []byte{0})
	}
	if state.client&mysqlWithDatabase != 0 {
		var database []byte
		database, rest, _ = bytes.Cut(rest, []byte{0})
		t.item("database", database)
	}
	if state.client&mysqlPluginAuth != 0 {
		if plugin, _, _ := bytes.Cut(rest, []byte{0}); len(plugin) > 0 {
			t.item("plugin", plugin)
		}
	}
}

// mysqlNumber is a number with its own length in front, and the bytes that it takes; 0
// where it is none.
func mysqlNumber(b []byte) (n uint64, size int) {
	if len(b) == 0 {
		return 0, 0
	}
	switch b[0] {
	case 0xfc:
		size = 3
	case 0xfd:
		size = 4
	case 0xfe:
		size = 9
	case 0xfb, 0xff:
		return 0, 0
	default:
		return uint64(b[0]), 1
	}
	if len(b) < size {
		return 0, 0
	}
	for i := size - 1; i > 0; i-- {
		n = n<<8 | uint64(b[i])
	}
	return n, size
}

// mysqlCommand reads what a client asks for. It is false where it is nothing known.
func mysqlCommand(t *talk, state *mysqlState, b []byte) bool {
	name := mysqlCommands.word(uint64(b[0]))
	if name == "" {
		return false
	}
	state.next, state.ends = mysqlResult, 0
	t.say("MySQL ", name)
	switch b[0] {
	case 2, 5, 6:
		t.item("", b[1:])
	case 3:
		mysqlQuery(t, state, b[1:])
	case 4, 17:
		name, _, _ := bytes.Cut(b[1:], []byte{0})
		t.item("", name)
		if b[0] == 17 {
			state.next = mysqlLogin
		}
	case 22:
		state.next = mysqlPrepared
		t.itemLines("", b[1:])
	case 23, 24, 25, 26, 28:
		if len(b) >= 5 {
			t.itemNumber("statement", uint64(binary.LittleEndian.Uint32(b[1:])))
		}
	}
	switch b[0] {
	case 1, 9, 18, 24, 25, 28, 30, 32: // nothing, a text, or rows at once
		state.next = mysqlNothing
	}
	return true
}

func mysqlQuery(t *talk, state *mysqlState, b []byte) {
	agreed := state.server&state.client&mysqlAttributes != 0
	if agreed || state.client == 0 && len(b) > 2 && b[0] == 0 && b[1] == 1 {
		// Attributes are in front, and how many sets of them.
		count, size := mysqlNumber(b)
		if count > 0 || len(b) < size+1 {
			t.itemNumber("attributes", count)
			return // where the query begins depends on the types of all of them
		}
		b = b[size+1:]
	}
	t.itemLines("", b)
}

func mysqlFromServer(t *talk, state *mysqlState, number byte, length int, b []byte) {
	switch {
	case state.next == mysqlNothing && number == 0 && b[0] == 10:
		mysqlHandshake(t, state, b)
	case b[0] == 0xff && len(b) >= 3:
		mysqlError(t, state, b)
	case state.next == mysqlLogin:
		mysqlAuthentication(t, state, b)
	case state.next == mysqlPrepared && b[0] == 0 && len(b) >= 9:
		t.say("MySQL COM_STMT_PREPARE_OK")
		t.itemNumber("statement", uint64(binary.LittleEndian.Uint32(b[1:])))
		t.itemNumber("columns", uint64(binary.LittleEndian.Uint16(b[5:])))
		t.itemNumber("parameters", uint64(binary.LittleEndian.Uint16(b[7:])))
		state.next = mysqlNothing
	case state.next == mysqlResult:
		mysqlFirst(t, state, b)
	case state.next == mysqlRows && b[0] == 0xfe && length < 256:
		mysqlEnd(state, b)
	}
}

func mysqlHandshake(t *talk, state *mysqlState, b []byte) {
	version, rest, _ := bytes.Cut(b[1:], []byte{0})
	t.say("MySQL Handshake")
	t.item("version", version)
	const low, high = 4 + 8 + 1, 4 + 8 + 1 + 2 + 1 + 2 // of the capabilities
	if len(rest) >= low+2 {
		state.server = uint32(binary.LittleEndian.Uint16(rest[low:]))
	}
	if len(rest) >= high+2 {
		state.server |= uint32(binary.LittleEndian.Uint16(rest[high:])) << 16
	}
	state.client, state.next = 0, mysqlLogin
}

func mysqlAuthentication(t *talk, state *mysqlState, b []byte) {
	switch b[0] {
	case 0:
		t.say("MySQL OK")
		state.next = mysqlNothing
		state.compressed = state.server&state.client&(mysqlCompress|mysqlZstd) != 0
		if state.compressed {
			t.itemWord("", "compressed from now on")
		}
	case 1:
		t.say("MySQL AuthMoreData")
	case 0xfe:
		t.say("MySQL AuthSwitchRequest")
		if plugin, _, _ := bytes.Cut(b[1:], []byte{0}); len(plugin) > 0 {
			t.item("plugin", plugin)
		}
	}
}

func mysqlError(t *talk, state *mysqlState, b []byte) {
	t.say("MySQL ERR ")
	t.addNumber(uint64(binary.LittleEndian.Uint16(b[1:])))
	text := b[3:]
	if len(text) >= 6 && text[0] == '#' {
		t.item("SQLSTATE", text[1:6])
		text = text[6:]
	}
	t.itemLines("", text)
	state.next = mysqlNothing
}

// mysqlFirst reads the first packet of a result.
func mysqlFirst(t *talk, state *mysqlState, b []byte) {
	state.next = mysqlNothing
	switch b[0] {
	case 0:
		t.say("MySQL OK")
		rows, size := mysqlNumber(b[1:])
		if size > 0 {
			t.itemNumber("rows", rows)
		}
		mysqlEnd(state, b)
	case 0xfe:
		t.say("MySQL EOF")
	case 0xfb:
		t.say("MySQL LOCAL INFILE")
		t.item("", b[1:])
		state.next = mysqlResult
	default:
		columns, size := mysqlNumber(b)
		if size == 0 {
			return
		}
		t.say("MySQL ResultSet")
		t.itemNumber("columns", columns)
		state.next, state.ends = mysqlRows, 0
	}
}

// mysqlEnd reads the packet that ends a result, or its columns: another result may
// follow.
func mysqlEnd(state *mysqlState, b []byte) {
	status := 3 // behind the number of warnings
	if b[0] == 0 || state.server&state.client&mysqlNoEOF != 0 {
		_, rows := mysqlNumber(b[1:])
		_, id := mysqlNumber(b[1+rows:])
		status = 1 + rows + id
	} else if state.ends++; state.ends == 1 {
		return // of the columns
	}
	state.next = mysqlNothing
	if len(b) >= status+2 && binary.LittleEndian.Uint16(b[status:])&mysqlMoreResults != 0 {
		state.next, state.ends = mysqlResult, 0
	}
}
