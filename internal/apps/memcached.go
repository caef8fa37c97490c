package apps

// Memcached: its documents "Protocol" (text, meta commands, UDP) and "Memcached Binary
// Protocol".

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

const (
	memcachedLineMax = 8 << 10 // keys of a get, and errors
	memcachedHeader  = 24      // of the binary protocol
	memcachedKeyMax  = 250
	memcachedFrame   = 8 // in front of each datagram
)

// memcachedOpcodes are the commands of the binary protocol.
var memcachedOpcodes = codes{"Get", "Set", "Add", "Replace", "Delete", "Increment", "Decrement", "Quit", "Flush", "GetQ", "No-op", "Version",
	"GetK", "GetKQ", "Append", "Prepend", "Stat", "SetQ", "AddQ", "ReplaceQ", "DeleteQ", "IncrementQ", "DecrementQ", "QuitQ", "FlushQ",
	"AppendQ", "PrependQ", "Verbosity", "Touch", "GAT", "GATQ", 0x20: "SASL list mechs", 0x21: "SASL Auth", 0x22: "SASL Step"}

// memcachedStatus is the answer of the binary protocol.
var memcachedStatus = codes{"No error", "Key not found", "Key exists", "Value too large", "Invalid arguments", "Item not stored",
	"Incr/Decr on non-numeric value", "The vbucket belongs to another server", "Authentication error", "Authentication continue",
	0x20: "Authentication required", 0x21: "Further authentication steps required", 0x81: "Unknown command", 0x82: "Out of memory",
	0x83: "Not supported", 0x84: "Internal error", 0x85: "Busy", 0x86: "Temporary failure"}

// memcachedBegins: the binary protocol by its header; text by a command or an answer
// with numbers at their places, of which fewer are needed on its port.
func memcachedBegins(t *talk, b []byte) verdict {
	switch {
	case b[0] == 0x80 || b[0] == 0x81:
		if len(b) >= memcachedHeader {
			return memcachedBinaryBegins(t, b)
		}
		if len(b) > 1 && memcachedOpcodes.word(uint64(b[1])) == "" || len(b) > 5 && b[5] != 0 {
			return no
		}
		return maybe
	case b[0] < 'A' || b[0] > 'z':
		return no
	}
	line, _, whole := bytes.Cut(b[:min(len(b), memcachedLineMax)], []byte("\r\n"))
	words := memcachedSplit(line)
	known, storage, client := memcachedVerb(words[0])
	likely := t.likely(protocolMemcached) || t.s.app == protocolMemcached
	switch {
	case !printable(line):
		return no
	case !whole:
		if known && (likely || storage) || len(words[1]) == 0 && len(words[0]) <= len("cache_memlimit") {
			return maybe
		}
		return no
	case !known:
		return no
	case storage && memcachedIsNumber(words[2]) && memcachedIsNumber(words[3]): // flags, and time or size
	case !likely:
		return no
	}
	if client {
		t.isClient()
	} else {
		t.isServer()
	}
	return yes
}

func memcachedBinaryBegins(t *talk, b []byte) verdict {
	key, extras, body := int(binary.BigEndian.Uint16(b[2:])), int(b[4]), int(binary.BigEndian.Uint32(b[8:]))
	if memcachedOpcodes.word(uint64(b[1])) == "" || b[5] != 0 || key > memcachedKeyMax || key+extras > body || body > 1<<30 ||
		extras != 0 && extras != 4 && extras != 8 && extras != 20 {
		return no
	}
	if b[0] == 0x80 {
		t.isClient()
		return yes
	}
	if memcachedStatus.word(uint64(binary.BigEndian.Uint16(b[6:]))) == "" {
		return no
	}
	t.isServer()
	return yes
}

// memcachedSplit are the first words of a line.
func memcachedSplit(line []byte) (words [5][]byte) {
	for i := range words {
		words[i], line, _ = bytes.Cut(line, []byte{' '})
	}
	return words
}

func memcachedIsNumber(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) > 0
}

// memcachedVerb reports whether a word begins a line of the text protocol, one with
// numbers for flags and size, and who says it.
func memcachedVerb(word []byte) (known, storage, client bool) {
	switch string(word) {
	case "set", "add", "replace", "append", "prepend", "cas":
		return true, true, true
	case "get", "gets", "gat", "gats", "delete", "incr", "decr", "touch", "stats", "flush_all", "version", "verbosity", "quit",
		"slabs", "lru", "lru_crawler", "watch", "shutdown", "cache_memlimit", "mg", "ms", "md", "ma", "mn", "me":
		return true, false, true
	case "VALUE":
		return true, true, false
	case "STORED", "NOT_STORED", "EXISTS", "NOT_FOUND", "END", "DELETED", "TOUCHED", "OK", "VERSION", "STAT", "ERROR",
		"CLIENT_ERROR", "SERVER_ERROR", "RESET", "BUSY", "HD", "VA", "EN", "NS", "EX", "NF", "MN", "ME":
		return true, false, false
	}
	return false, false, memcachedIsNumber(word)
}

func memcachedRead(t *talk, b []byte) int {
	if b[0] == 0x80 || b[0] == 0x81 {
		return memcachedBinary(t, b)
	}
	line, _, whole := bytes.Cut(b[:min(len(b), memcachedLineMax)], []byte("\r\n"))
	if !whole && len(b) < memcachedLineMax && !t.cut {
		return 0
	}
	words := memcachedSplit(line)
	known, storage, _ := memcachedVerb(words[0])
	if !known && (t.toServer() || !memcachedIsNumber(words[0])) || !whole && len(b) >= memcachedLineMax {
		return strange
	}
	return len(line) + 2 + memcachedText(t, words, line, known, storage)
}

// memcachedText says a line, and returns how many bytes of data follow it.
func memcachedText(t *talk, words [5][]byte, line []byte, known, storage bool) int {
	if !known {
		return 0 // a number that was counted up or down
	}
	verb := string(words[0])
	switch verb {
	case "STAT":
		return 0 // some fifty of them
	case "ERROR", "CLIENT_ERROR", "SERVER_ERROR", "VERSION":
		t.say("Memcached ")
		t.addName(line)
		return 0
	}
	t.say("Memcached ", verb)
	size := -1
	switch {
	case verb == "VALUE" || storage:
		t.item("key", words[1])
		size = memcachedSize(words[3])
		if verb != "VALUE" {
			size = memcachedSize(words[4]) // behind the time
		}
	case verb == "ms":
		t.item("key", words[1])
		size = memcachedSize(words[2])
	case verb == "VA":
		size = memcachedSize(words[1])
	case verb == "gat" || verb == "gats":
		t.item("key", words[2])
	case len(words[1]) > 0:
		t.item("", words[1])
	}
	if size < 0 {
		return 0
	}
	t.itemNumber("bytes", uint64(size))
	return size + 2
}

// memcachedSize is the size of data that follows, -1 where there is none.
func memcachedSize(word []byte) int {
	n, err := strconv.ParseUint(string(word), 10, 30)
	if err != nil {
		return -1
	}
	return int(n)
}

// memcachedBinary reads a message of the binary protocol.
func memcachedBinary(t *talk, b []byte) int {
	if len(b) < memcachedHeader {
		return 0
	}
	name, extras, key, body := memcachedOpcodes.word(uint64(b[1])), int(b[4]), int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint32(b[8:]))
	if name == "" || body > 1<<30 || key > memcachedKeyMax || extras+key > body {
		return strange
	}
	if len(b) < memcachedHeader+extras+key && !t.cut {
		return 0
	}
	t.say("Memcached ", name)
	answer := b[0] == 0x81
	if answer {
		t.add(": ")
		t.addCode(memcachedStatus, uint64(binary.BigEndian.Uint16(b[6:])))
	}
	if from := memcachedHeader + extras; key > 0 && len(b) > from {
		t.item("key", b[from:min(len(b), from+key)])
	}
	if value := body - extras - key; value > 0 {
		t.itemNumber("bytes", uint64(value))
	}
	return memcachedHeader + body
}

// memcachedDatagram: each datagram has the number of the request, and its own among
// those of an answer; then there is text.
func memcachedDatagram(t *talk, b []byte) bool {
	if !t.likely(protocolMemcached) || len(b) < memcachedFrame+2 {
		return false
	}
	part, parts := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[4:])
	if part >= parts || b[6] != 0 || b[7] != 0 {
		return false
	}
	if part > 0 {
		return t.state() != nil
	}
	b = b[memcachedFrame:]
	line, _, whole := bytes.Cut(b, []byte("\r\n"))
	words := memcachedSplit(line)
	known, storage, _ := memcachedVerb(words[0])
	if !whole && !t.cut || !known || !printable(line) {
		return false
	}
	t.keep(true, 16)
	messages := len(t.d.said.messages)
	memcachedText(t, words, line, known, storage)
	if parts > 1 && len(t.d.said.messages) > messages {
		t.itemNumber("datagrams", uint64(parts))
	}
	return true
}
