package apps

// NATS: the client protocol of its documentation ("Client Protocol"); headers: ADR-4 of
// its architecture.

import (
	"bytes"
	"strconv"
)

const (
	// natsLineMax is how long a line may be: INFO has the addresses of a whole cluster.
	natsLineMax = 32 << 10
	// natsHeaderWait is how much of a message's header is waited for, which its status
	// is in.
	natsHeaderWait = 64
)

// natsOps are the operations, and which words come behind them, in brackets those that
// may be left out; # is a length of what follows the line.
var natsOps = [...]struct{ name, words string }{
	{"INFO", "{}"},
	{"CONNECT", "{}"},
	{"PUB", "subject [reply] #"},
	{"HPUB", "subject [reply] # #"},
	{"SUB", "subject [queue] sid"},
	{"UNSUB", "sid [max]"},
	{"MSG", "subject sid [reply] #"},
	{"HMSG", "subject sid [reply] # #"},
	{"PING", ""},
	{"PONG", ""},
	{"+OK", ""},
	{"-ERR", "text"},
}

// natsLine is a line of the protocol.
type natsLine struct {
	op      string
	subject []byte
	reply   []byte
	queue   []byte
	sid     []byte
	max     []byte
	rest    []byte // of INFO, CONNECT, -ERR: all that follows
	header  int    // length of the header behind it
	length  int    // of header and message
}

// natsBegins: INFO or CONNECT with what NATS has in them; on its port, or once it is
// known, any line.
func natsBegins(t *talk, b []byte) verdict {
	known := t.s.app == protocolNATS || t.likely(protocolNATS)
	var x natsLine
	n := x.read(b, t.cut)
	switch {
	case n == 0 && natsMayBegin(b, known):
		return maybe
	case n <= 0:
		return no
	case known:
	case x.op == "INFO" && natsJSON(x.rest, "server_id") != nil:
	case x.op == "CONNECT" && bytes.Contains(x.rest, []byte(`"verbose":`)):
	default:
		return no
	}
	switch x.op {
	case "INFO", "MSG", "HMSG", "+OK", "-ERR":
		t.isServer()
	case "CONNECT", "PUB", "HPUB", "SUB", "UNSUB":
		t.isClient()
	}
	return yes
}

// natsMayBegin reports whether b may be the begin of a line.
func natsMayBegin(b []byte, known bool) bool {
	for i := range natsOps {
		name := natsOps[i].name
		if !known && natsOps[i].words != "{}" {
			continue
		}
		n := min(len(b), len(name))
		if bytes.EqualFold(b[:n], []byte(name[:n])) && (len(b) == n || b[n] == ' ' || b[n] == '\t' || b[n] == '\r') {
			return natsOps[i].words != "{}" || len(b) < n+2 || b[n+1] == '{' || b[n+1] == ' '
		}
	}
	return false
}

// read reads a line, and returns its length; 0: it is not whole. Where no more of it
// will come, the begin of an object does.
func (x *natsLine) read(b []byte, cut bool) int {
	*x = natsLine{}
	end := bytes.IndexByte(b[:min(len(b), natsLineMax)], '\n')
	if end < 0 {
		op, rest := natsWord(b)
		for i := range natsOps {
			if cut && natsOps[i].words == "{}" && bytes.EqualFold(op, []byte(natsOps[i].name)) && len(rest) > 0 && rest[0] == '{' {
				x.op, x.rest = natsOps[i].name, rest
				return len(b)
			}
		}
		if cut || len(b) >= natsLineMax {
			return strange
		}
		return 0
	}
	line := bytes.TrimSuffix(b[:end], []byte{'\r'})
	op, rest := natsWord(line)
	for i := range natsOps {
		if bytes.EqualFold(op, []byte(natsOps[i].name)) {
			x.op = natsOps[i].name
			if !x.words(natsOps[i].words, rest) {
				return strange
			}
			return end + 1
		}
	}
	return strange
}

// natsWord cuts a word off a line.
func natsWord(line []byte) (word, rest []byte) {
	line = bytes.TrimLeft(line, " \t")
	if at := bytes.IndexAny(line, " \t"); at >= 0 {
		return line[:at], bytes.TrimLeft(line[at:], " \t")
	}
	return line, nil
}

// words takes the words of a line. It is false where they are not those of its
// operation.
func (x *natsLine) words(words string, line []byte) bool {
	switch words {
	case "":
		return len(line) == 0
	case "text":
		x.rest = line
		return len(line) > 0
	case "{}":
		x.rest = bytes.TrimRight(line, " \t")
		return len(x.rest) >= 2 && x.rest[0] == '{' && x.rest[len(x.rest)-1] == '}'
	}
	var have [5][]byte
	n := 0
	for ; len(line) > 0; n++ {
		if n == len(have) {
			return false
		}
		have[n], line = natsWord(line)
	}
	least, most := 0, 0
	for w := []byte(words); len(w) > 0; most++ {
		var word []byte
		if word, w = natsWord(w); word[0] != '[' {
			least++
		}
	}
	if n != least && n != most {
		return false
	}
	for w, i := []byte(words), 0; len(w) > 0; {
		var word []byte
		word, w = natsWord(w)
		if word[0] == '[' && n == least {
			continue
		}
		if !x.word(string(word), have[i]) {
			return false
		}
		i++
	}
	return x.header <= x.length
}

// word takes one word.
func (x *natsLine) word(name string, value []byte) bool {
	switch name {
	case "subject":
		x.subject = value
	case "[reply]":
		x.reply = value
	case "[queue]":
		x.queue = value
	case "sid":
		x.sid = value
	case "[max]":
		x.max = value
		_, err := strconv.ParseUint(string(value), 10, 31)
		return err == nil
	default:
		n, err := strconv.ParseUint(string(value), 10, 30)
		if err != nil {
			return false
		}
		x.header, x.length = x.length, int(n)
	}
	return true
}

func natsRead(t *talk, b []byte) int {
	var x natsLine
	n := x.read(b, t.cut)
	if n <= 0 {
		return n
	}
	behind := b[n:]
	if len(behind) < min(x.header, natsHeaderWait) && !t.cut {
		return 0
	}
	if payload := x.op == "PUB" || x.op == "HPUB" || x.op == "MSG" || x.op == "HMSG"; payload {
		n += x.length + len("\r\n")
	}
	t.say("NATS ", x.op)
	switch x.op {
	case "INFO":
		natsItem(t, &x, "server_name", "server")
		natsItem(t, &x, "version", "version")
		if bytes.Contains(x.rest, []byte(`"tls_required":true`)) {
			t.itemWord("", "TLS required")
		}
		return n
	case "CONNECT":
		natsItem(t, &x, "name", "client")
		natsItem(t, &x, "user", "user")
		natsItem(t, &x, "lang", "lang")
		natsItem(t, &x, "version", "version")
		return n
	case "-ERR":
		t.add(" ")
		t.addName(bytes.Trim(x.rest, "'"))
		return n
	}
	natsSay(t, &x, behind)
	return n
}

// natsSay says the words of a line; behind is what follows it.
func natsSay(t *talk, x *natsLine, behind []byte) {
	if len(x.subject) > 0 {
		t.add(" ")
		t.addName(x.subject)
	}
	if len(x.queue) > 0 {
		t.item("queue", x.queue)
	}
	if len(x.sid) > 0 {
		t.item("sid", x.sid)
	}
	if len(x.reply) > 0 {
		t.item("reply", x.reply)
	}
	if len(x.max) > 0 {
		t.item("max", x.max)
	}
	if len(x.subject) > 0 && len(x.queue) == 0 && x.op != "SUB" {
		t.itemNumber("length", uint64(x.length-x.header))
	}
	if x.header > 0 {
		line, _, ok := bytes.Cut(behind[:min(len(behind), x.header, natsHeaderWait)], []byte("\r\n"))
		if status, found := bytes.CutPrefix(line, []byte("NATS/1.0 ")); ok && found && len(status) > 0 {
			t.item("status", status)
		}
	}
}

// natsItem says a string of a JSON object.
func natsItem(t *talk, x *natsLine, key, name string) {
	if value := natsJSON(x.rest, key); len(value) > 0 {
		t.item(name, value)
	}
}

// natsJSON is the string that a key of an object has, as it stands there; nil: none.
func natsJSON(object []byte, key string) []byte {
	for rest := object; ; {
		at := bytes.Index(rest, []byte(key))
		if at < 0 {
			return nil
		}
		before := rest[:at]
		rest = rest[at+len(key):]
		if len(before) == 0 || before[len(before)-1] != '"' || len(rest) == 0 || rest[0] != '"' {
			continue
		}
		value := bytes.TrimLeft(rest[1:], " \t")
		if len(value) == 0 || value[0] != ':' {
			continue
		}
		value = bytes.TrimLeft(value[1:], " \t")
		if len(value) == 0 || value[0] != '"' {
			return nil
		}
		value = value[1:]
		for i := 0; i < len(value); i++ {
			switch value[i] {
			case '\\':
				i++
			case '"':
				return value[:i]
			}
		}
		return nil
	}
}
