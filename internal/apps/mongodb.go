package apps

// MongoDB: "MongoDB Wire Protocol" (OP_MSG, OP_COMPRESSED, and the opcodes that were
// removed), and the specification of BSON 1.1.

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	mongodbHeader = 16
	// mongodbMessageMax is the longest message that servers take.
	mongodbMessageMax = 48_000_000 + 16<<10
	// mongodbTextMax is how many bytes of a message are waited for.
	mongodbTextMax = 16 << 10
	// mongodbInflateMax is how long a message may become when it is not compressed.
	mongodbInflateMax = 64 << 10
	// mongodbInflates is how many messages of a packet may be decompressed.
	mongodbInflates = 16
)

// Opcodes.
const (
	mongodbReply      = 1
	mongodbQuery      = 2004
	mongodbCompressed = 2012
	mongodbMsg        = 2013
)

var mongodbOpcodes = codes{mongodbReply: "OP_REPLY", 2001: "OP_UPDATE", 2002: "OP_INSERT", mongodbQuery: "OP_QUERY", 2005: "OP_GET_MORE",
	2006: "OP_DELETE", 2007: "OP_KILL_CURSORS", mongodbCompressed: "OP_COMPRESSED", mongodbMsg: "OP_MSG"}

var mongodbCompressors = codes{"noop", "snappy", "zlib", "zstd"}

// mongodbBegins: the opcode is one that asks or answers today, the flags behind it are
// known ones, and there is a document or a name.
func mongodbBegins(t *talk, b []byte) verdict {
	if len(b) > 3 && int(binary.LittleEndian.Uint32(b)) > mongodbMessageMax {
		return no
	}
	if len(b) < mongodbHeader {
		return maybe
	}
	length := int(binary.LittleEndian.Uint32(b))
	if length < mongodbHeader+4 {
		return no
	}
	const enough = mongodbHeader + 20 + 5 // of OP_REPLY: its header and the begin of a document
	if len(b) < min(length, enough) {
		if mongodbOpcodes.word(uint64(binary.LittleEndian.Uint32(b[12:]))) == "" {
			return no
		}
		return maybe
	}
	answer := binary.LittleEndian.Uint32(b[8:]) != 0
	rest := b[mongodbHeader:min(length, enough)] // as long as the longest of these headers
	flags := binary.LittleEndian.Uint32(rest)
	ok := false
	switch binary.LittleEndian.Uint32(b[12:]) {
	case mongodbMsg:
		const known = 1<<0 | 1<<1 | 1<<16 // checksum, more to come, more may come
		ok = len(rest) >= 10 && flags&^known == 0 && rest[4] <= 1 && mongodbFits(rest[5:], length)
	case mongodbQuery:
		ok = flags&^0xfe == 0 && !answer && len(rest) > 6 && bytes.IndexByte(rest[4:], '.') > 0
	case mongodbReply:
		sure := t.likely(protocolMongoDB) || t.s.app == protocolMongoDB
		ok = sure && answer && flags&^0xf == 0 && len(rest) >= 25 && mongodbFits(rest[20:], length)
	case mongodbCompressed:
		ok = len(rest) > 8 && mongodbOpcodes.word(uint64(flags)) != "" && rest[8] < byte(len(mongodbCompressors)) &&
			binary.LittleEndian.Uint32(rest[4:]) <= mongodbMessageMax
	}
	if !ok {
		return no
	}
	if answer {
		t.isServer()
	} else {
		t.isClient()
	}
	return yes
}

// mongodbFits reports whether a document, or a sequence of some, fits into a message.
func mongodbFits(b []byte, length int) bool {
	n := binary.LittleEndian.Uint32(b)
	return n >= 5 && int(n) <= length
}

func mongodbRead(t *talk, b []byte) int {
	if len(b) < mongodbHeader {
		return 0
	}
	n, opcode := int(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[12:])
	name := mongodbOpcodes.word(uint64(opcode))
	if n < mongodbHeader || n > mongodbMessageMax || name == "" {
		return strange
	}
	if len(b) < min(n, mongodbTextMax) && !t.cut {
		return 0
	}
	body := b[mongodbHeader:min(n, len(b), mongodbTextMax)]
	answer := binary.LittleEndian.Uint32(b[8:]) != 0
	if opcode == mongodbCompressed {
		mongodbInflated(t, body, answer, n == mongodbHeader+len(body))
	} else {
		mongodbBody(t, opcode, body, answer)
	}
	return n
}

// mongodbBody reads a message behind its header.
func mongodbBody(t *talk, opcode uint32, body []byte, answer bool) {
	switch opcode {
	case mongodbMsg:
		mongodbSections(t, body, answer)
	case mongodbReply:
		if len(body) > 20 {
			mongodbAnswer(t, body[20:])
		} else {
			t.say("MongoDB reply")
		}
	case mongodbQuery:
		mongodbOldQuery(t, body)
	default:
		t.say("MongoDB ", mongodbOpcodes.word(uint64(opcode)))
		if len(body) > 4 && opcode != 2007 {
			collection, _, _ := bytes.Cut(body[4:], []byte{0})
			t.item("collection", collection)
		}
	}
}

// mongodbInflated reads a message that is compressed, if it is whole, not too long
// without compression, and one of the first in a packet.
func mongodbInflated(t *talk, b []byte, answer, whole bool) {
	const header = 9 // opcode, length without compression, compressor
	if len(b) < header {
		t.say("MongoDB OP_COMPRESSED")
		return
	}
	opcode, size, compressor := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), b[8]
	if whole && size <= mongodbInflateMax && len(t.d.said.messages) < mongodbInflates && opcode != mongodbCompressed && mongodbOpcodes.word(uint64(opcode)) != "" {
		if body := mongodbInflate(compressor, int(size), b[header:]); body != nil {
			mongodbBody(t, opcode, body, answer)
			return
		}
	}
	t.say("MongoDB OP_COMPRESSED")
	t.itemCode("opcode", mongodbOpcodes, uint64(opcode))
	t.itemCode("compressor", mongodbCompressors, uint64(compressor))
}

// mongodbInflate is what size bytes were compressed to b; nil where that is not so.
func mongodbInflate(compressor byte, size int, b []byte) []byte {
	switch compressor {
	case 0:
		if len(b) == size {
			return b
		}
	case 1:
		if n, err := snappy.DecodedLen(b); err != nil || n != size {
			return nil
		}
		if body, err := snappy.Decode(nil, b); err == nil {
			return body
		}
	case 2:
		r, err := zlib.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(r, body); err == nil {
			return body
		}
	case 3:
		r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(mongodbInflateMax))
		if err != nil {
			return nil
		}
		defer r.Close()
		if body, err := r.DecodeAll(b, make([]byte, 0, size)); err == nil && len(body) == size {
			return body
		}
	}
	return nil
}

// mongodbSections reads the sections of OP_MSG: one is the command or the answer, the
// others are documents that belong to it.
func mongodbSections(t *talk, b []byte, answer bool) {
	for b = b[min(4, len(b)):]; len(b) >= 5; {
		n := int(binary.LittleEndian.Uint32(b[1:]))
		if b[0] == 0 {
			if answer {
				mongodbAnswer(t, b[1:])
			} else {
				mongodbCommand(t, b[1:], nil)
			}
			return
		}
		if b[0] != 1 || n < 4 || n > len(b)-1 {
			break
		}
		b = b[1+n:]
	}
	t.say("MongoDB OP_MSG")
}

// mongodbOldQuery reads OP_QUERY, which is a command where its collection is $cmd.
func mongodbOldQuery(t *talk, b []byte) {
	collection, rest, _ := bytes.Cut(b[min(4, len(b)):], []byte{0})
	database, isCommand := bytes.CutSuffix(collection, []byte(".$cmd"))
	if isCommand && len(rest) > 8 {
		mongodbCommand(t, rest[8:], database)
		return
	}
	t.say("MongoDB OP_QUERY")
	t.item("collection", collection)
}

// mongodbElement is an element of a document.
type mongodbElement struct {
	kind  byte
	name  []byte
	value []byte // of text without its length and end
}

// Kinds of elements.
const (
	mongodbDouble = 1
	mongodbText   = 2
	mongodbInt32  = 16
	mongodbInt64  = 18
)

// mongodbNext is the first of the elements in b, and what follows it. ok is false at
// the end, and where something is wrong or was cut off.
func mongodbNext(b []byte) (e mongodbElement, rest []byte, ok bool) {
	if len(b) < 2 || b[0] == 0 {
		return e, nil, false
	}
	e.kind = b[0]
	name, rest, whole := bytes.Cut(b[1:], []byte{0})
	if !whole {
		return e, nil, false
	}
	e.name = name
	size, prefix := 0, 0
	switch e.kind {
	case mongodbDouble, 9, 17, mongodbInt64: // and times
		size = 8
	case mongodbText, 13, 14: // and code, symbol
		prefix = 4
		if len(rest) >= 4 {
			size = 4 + int(int32(binary.LittleEndian.Uint32(rest)))
		}
	case 3, 4, 15: // document, array, code with its scope
		if len(rest) >= 4 {
			size = int(int32(binary.LittleEndian.Uint32(rest)))
		}
	case 5: // bytes, of a kind
		if len(rest) >= 4 {
			size = 5 + int(int32(binary.LittleEndian.Uint32(rest)))
		}
	case 6, 10, 0xff, 0x7f: // undefined, null, least and greatest key
		return e, rest, true
	case 7:
		size = 12
	case 8:
		size = 1
	case 11: // pattern, options
		_, r, _ := bytes.Cut(rest, []byte{0})
		_, r, _ = bytes.Cut(r, []byte{0})
		return e, r, true
	case mongodbInt32:
		size = 4
	case 19:
		size = 16
	}
	if size <= prefix || size > len(rest) {
		return e, nil, false
	}
	e.value = rest[prefix:size]
	if prefix > 0 {
		e.value = e.value[:len(e.value)-1]
	}
	return e, rest[size:], true
}

// number is the value of an element that is a number.
func (e *mongodbElement) number() int64 {
	switch e.kind {
	case mongodbDouble:
		return int64(math.Float64frombits(binary.LittleEndian.Uint64(e.value)))
	case mongodbInt32:
		return int64(int32(binary.LittleEndian.Uint32(e.value)))
	case mongodbInt64:
		return int64(binary.LittleEndian.Uint64(e.value))
	case 8:
		return int64(e.value[0])
	}
	return 0
}

// mongodbCommand says a command: its name is that of the first element, which is mostly
// its collection.
func mongodbCommand(t *talk, document, database []byte) {
	first, rest, ok := mongodbNext(document[min(4, len(document)):])
	if !ok {
		t.say("MongoDB command")
		return
	}
	t.say("MongoDB ")
	t.addName(first.name)
	collection := first
	if string(first.name) == "getMore" {
		collection.kind = 0
	}
	for {
		var e mongodbElement
		if e, rest, ok = mongodbNext(rest); !ok {
			break
		}
		switch {
		case e.kind != mongodbText:
		case string(e.name) == "$db":
			database = e.value
		case string(e.name) == "collection" && string(first.name) == "getMore":
			collection = e
		}
	}
	if database != nil {
		t.item("database", database)
	}
	if collection.kind == mongodbText {
		t.item("collection", collection.value)
	}
}

// mongodbAnswer says whether a command went well.
func mongodbAnswer(t *talk, document []byte) {
	const unknown = -1
	good, code := int64(unknown), int64(0)
	var name, text []byte
	for rest := document[min(4, len(document)):]; ; {
		var e mongodbElement
		var ok bool
		if e, rest, ok = mongodbNext(rest); !ok {
			break
		}
		switch string(e.name) {
		case "ok":
			good = e.number()
		case "code":
			code = e.number()
		case "codeName":
			name = e.value
		case "errmsg", "$err":
			text = e.value
		}
	}
	switch {
	case text != nil || good == 0:
		t.say("MongoDB error ")
		t.addNumber(uint64(max(code, 0)))
		if len(name) > 0 {
			t.item("", name)
		}
		if len(text) > 0 {
			t.itemLines("", text)
		}
	case good > 0:
		t.say("MongoDB ok")
	default: // it is far behind
		t.say("MongoDB reply")
	}
}
