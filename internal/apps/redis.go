package apps

// Redis: "Redis serialization protocol specification", RESP2 and RESP3. Values are
// passed over one by one, those within arrays too, so that no depth is kept.

import (
	"bytes"
)

const (
	redisLineMax = 16 << 10 // of a line, as of an error
	redisWordMax = 512      // of an argument, to wait for it
	redisShown   = 3        // arguments that are looked at
)

// redisState is what has to be known of each side.
type redisState struct {
	left    [2]uint32 // arguments of a command that are not looked at
	replica bool      // the server is going to send a copy of all
}

// redisContainers are commands whose first argument says what is to be done.
var redisContainers = [...]string{"ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "LATENCY", "MEMORY", "MODULE",
	"OBJECT", "PUBSUB", "SCRIPT", "SENTINEL", "SLOWLOG", "XGROUP", "XINFO"}

// redisBegins: an array of strings, the first of which is a word. On the port of
// Redis an error is enough.
func redisBegins(t *talk, b []byte) verdict {
	if b[0] != '*' {
		if b[0] == '-' && t.likely(protocolRedis) {
			return redisErrors(t, b)
		}
		return no
	}
	const longest = 32 // of lengths and the name of the command
	count, rest, v := redisLength(b)
	if v != yes || count == 0 || len(rest) == 0 {
		return min(v, redisOpen(rest))
	}
	if rest[0] != '$' {
		return no
	}
	n, rest, v := redisLength(rest)
	if v != yes {
		return v
	}
	if n == 0 || n > longest {
		return no
	}
	for i, c := range rest[:min(n, len(rest))] {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c != '.' && c != '_' && c != '-' && (c < '0' || c > '9')) {
			return no
		}
	}
	if len(rest) <= n+1 {
		if len(rest) > n && rest[n] != '\r' {
			return no
		}
		return maybe
	}
	if rest[n] != '\r' || rest[n+1] != '\n' {
		return no
	}
	t.isClient()
	return yes
}

// redisOpen is maybe where nothing follows yet, and no where something wrong does.
func redisOpen(rest []byte) verdict {
	if len(rest) > 0 {
		return no
	}
	return maybe
}

// redisErrors: a word in capital letters begins an error.
func redisErrors(t *talk, b []byte) verdict {
	line, _, whole := bytes.Cut(b[1:], []byte("\r\n"))
	n := httpToken(line)
	if n < len("ERR") && n < len(line) || n < len(line) && line[n] != ' ' || !printable(line) {
		return no
	}
	if !whole {
		return maybe
	}
	t.isServer()
	return yes
}

// redisLength is the number in a line behind its first byte, and what follows the
// line. maybe: the line is not whole.
func redisLength(b []byte) (n int, rest []byte, v verdict) {
	const digits = 9 // of 512 MiB, the longest string
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9' && i <= digits:
			n = n*10 + int(c-'0')
		case c == '\r' && i > 1:
			if i+1 == len(b) {
				return n, nil, maybe
			}
			if b[i+1] != '\n' {
				return 0, b, no
			}
			return n, b[i+2:], yes
		default:
			return 0, b, no
		}
	}
	return n, nil, maybe
}

func redisRead(t *talk, b []byte) int {
	state, _ := t.state().(*redisState)
	if state == nil {
		state = new(redisState)
		t.keep(state, 16)
	}
	if t.toServer() {
		if state.left[t.from] == 0 && b[0] == '*' {
			return redisCommand(t, state, b)
		}
	} else if state.replica {
		return opaque
	}
	return redisValue(t, state, b)
}

// redisValue passes over a value, of an array only its length. Errors are said.
func redisValue(t *talk, state *redisState, b []byte) int {
	line, _, whole := bytes.Cut(b[:min(len(b), redisLineMax)], []byte("\r\n"))
	if !whole {
		if len(b) >= redisLineMax {
			return strange
		}
		if b[0] == '-' && t.cut {
			redisError(t, line[1:])
		}
		return 0
	}
	n := len(line) + 2
	switch b[0] {
	case '+', ':', '_', '#', ',', '(', '*', '~', '%', '>', '|', '.':
	case '-':
		redisError(t, line[1:])
	case '$', '=', '!', ';':
		size, _, v := redisLength(b)
		if v != yes {
			break // a null, or a string whose length is said in pieces
		}
		if b[0] == '!' {
			if len(b) < n+min(size, redisWordMax) && !t.cut {
				return 0
			}
			redisError(t, b[n:min(len(b), n+size)])
		}
		if b[0] != ';' || size > 0 {
			n += size + 2
		}
		if state.left[t.from] > 0 {
			state.left[t.from]--
		}
	default:
		if !t.toServer() || len(line) > 0 && !printable(line) {
			return strange
		}
		redisInline(t, state, line)
	}
	return n
}

func redisError(t *talk, text []byte) {
	t.say("Redis error")
	t.itemLines("", text)
}

// redisInline reads a command that people type.
func redisInline(t *talk, state *redisState, line []byte) {
	var words [redisShown][]byte
	count := 0
	for len(line) > 0 {
		var word []byte
		word, line, _ = bytes.Cut(line, []byte{' '})
		if len(word) == 0 {
			continue
		}
		if count < redisShown {
			words[count] = word
		}
		count++
	}
	redisSay(t, state, words[:min(count, redisShown)])
}

// redisCommand reads the first arguments of a command. The others are passed over as
// values.
func redisCommand(t *talk, state *redisState, b []byte) int {
	count, rest, v := redisLength(b)
	if v == no {
		return strange
	}
	if v == maybe {
		return 0
	}
	var words [redisShown][]byte
	at := len(b) - len(rest)
	n := 0
	for n < min(count, redisShown) {
		if at >= len(b) {
			if !t.cut {
				return 0
			}
			break
		}
		size, rest, v := redisLength(b[at:])
		if v == no || b[at] != '$' {
			return strange
		}
		if v == maybe || len(rest) < min(size+2, redisWordMax) && !t.cut {
			return 0
		}
		words[n] = rest[:min(size, len(rest), redisWordMax)]
		n++
		at = len(b) - len(rest) + size + 2
		if size+2 > redisWordMax {
			break // what follows is behind bulk data
		}
	}
	state.left[t.from] = uint32(max(count-n, 0))
	redisSay(t, state, words[:n])
	return at
}

// redisSay says a command and what it is for, but never a password.
func redisSay(t *talk, state *redisState, words [][]byte) {
	if len(words) == 0 {
		return
	}
	var name [16]byte
	upper := redisUpper(name[:0], words[0])
	t.say("Redis ")
	t.addName(upper)
	words = words[1:]
	switch string(upper) {
	case "AUTH", "HELLO":
		return
	case "PSYNC", "SYNC":
		state.replica = true
		return
	}
	for _, container := range redisContainers {
		if container == string(upper) && len(words) > 0 {
			t.add(" ")
			t.addName(redisUpper(name[:0], words[0]))
			words = words[1:]
		}
	}
	if len(words) > 0 {
		t.item("", words[0])
	}
}

// redisUpper appends text in capital letters, as far as it is short.
func redisUpper(b, text []byte) []byte {
	for _, c := range text[:min(len(text), 32)] {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
