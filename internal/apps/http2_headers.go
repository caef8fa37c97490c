package apps

// Header blocks of HTTP/2: RFC 9113, section 8; their compression, HPACK: RFC 7541.

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/net/http2/hpack"
)

const (
	// h2TableSize is how large the table of a side is unless another size was
	// agreed upon, h2TableMax how large it may get here. Both are as HPACK counts.
	h2TableSize = 4096
	h2TableMax  = 64 << 10
	// h2TableFactor is what an entry takes of memory at most, by what HPACK counts for
	// it: 32 bytes at least, and up to 200 for it in the table and its two indexes.
	h2TableFactor = 7
	h2EntryBytes  = 200
	// h2StringMax is how long a name or a value may be.
	h2StringMax = 32 << 10
	// h2ForgetBytes is how many bytes of frames come before a table is filled again
	// with what is not known.
	h2ForgetBytes = 128
	// h2KeepMax is how much of a value is kept until its block ends.
	h2KeepMax = 4096
	// h2PendingMax is what a block that is not whole takes of memory at most: a string
	// that is not whole, and values.
	h2PendingMax = 2*h2StringMax + 16*h2KeepMax
)

// h2State is what is known of both sides of a connection.
type h2State struct{ sides [2]h2Side }

const h2StateBytes = int(unsafe.Sizeof(h2State{}))

// h2Side is one side: its table, and the block that it is sending.
type h2Side struct {
	begun   bool // its first frame was read
	known   bool // nothing is missing of the table
	broken  bool // the block that is open cannot be read
	open    bool // CONTINUATION follows
	stream  uint32
	promise uint32 // the stream that PUSH_PROMISE is for

	table   *hpack.Decoder
	allowed uint32 // size that the other side allows; 0: h2TableSize
	bytes   int    // that the table may take, as a bound
	since   int    // bytes of frames since the table was forgotten
	empty   bool   // nothing was added since then
	pending int    // what the block takes so far

	fields h2Fields
}

// h2Fields are the fields of a block that matter here. They are valid while the block
// is read.
type h2Fields struct {
	method, path, authority, status, protocol string
	kind, agent, host                         string
	grpcStatus, grpcMessage                   string
	unknown                                   bool // some refer to what is missing of the table
}

// lose takes note that something of what the side said is missing. The newest entries
// of a table are those with the lowest numbers, so that what is added from now on is
// right whatever came before; only that is not known.
func (s *h2Side) lose() {
	s.begun, s.known, s.open, s.broken, s.pending = true, false, false, false, 0
	s.fields = h2Fields{}
	if s.table != nil {
		s.forget()
	}
}

// h2Unknown are entries without a name and a value, as many as a table has: they stand
// for those that are not known.
var h2Unknown = bytes.Repeat([]byte{0x40, 0, 0}, h2TableSize/32)

// forget fills the table with entries that are not known. That takes time, so that
// it is left empty where it was done just now: then blocks that refer to it cannot be
// read at all.
func (s *h2Side) forget() {
	s.table.Close() // a block that did not end is no fault here
	if s.empty {
		return
	}
	s.table.SetMaxDynamicTableSize(0)
	s.table.SetMaxDynamicTableSize(h2TableSize)
	if s.since < h2ForgetBytes {
		return
	}
	s.since, s.empty = 0, true
	s.table.SetEmitEnabled(false)
	s.table.Write(h2Unknown)
	s.table.SetEmitEnabled(true)
	s.table.Close()
	s.bytes = max(s.bytes, h2TableSize/32*h2EntryBytes)
}

// allow takes note of the size of the table that the other side allows.
func (s *h2Side) allow(size uint32) {
	s.allowed = min(max(size, h2TableSize), h2TableMax)
	if s.table != nil {
		s.table.SetAllowedMaxDynamicTableSize(s.allowed)
	}
}

// begin makes the table, if need be.
func (s *h2Side) begin() {
	if s.table != nil {
		return
	}
	if s.allowed == 0 {
		s.allowed = h2TableSize
	}
	s.table = hpack.NewDecoder(h2TableSize, s.field)
	s.table.SetAllowedMaxDynamicTableSize(s.allowed)
	s.table.SetMaxStringLength(h2StringMax)
	s.bytes = 512
	s.since = h2ForgetBytes
	if !s.known {
		s.forget()
	}
}

// field takes a field of the block that is being read.
func (s *h2Side) field(f hpack.HeaderField) {
	s.bytes = min(s.bytes+h2EntryBytes+len(f.Name)+len(f.Value), h2TableFactor*int(s.allowed))
	value := f.Value
	if len(value) > h2KeepMax {
		value = strings.Clone(value[:h2KeepMax])
	}
	x := &s.fields
	switch f.Name {
	case "":
		x.unknown = true
	case ":method":
		x.method = value
	case ":path":
		x.path = value
	case ":authority":
		x.authority = value
	case ":status":
		x.status = value
	case ":protocol":
		x.protocol = value
	case "host":
		x.host = value
	case "content-type":
		x.kind = value
	case "user-agent":
		x.agent = value
	case "grpc-status":
		x.grpcStatus = value
	case "grpc-message":
		x.grpcMessage = value
	}
}

// h2Block reads what a frame has of a header block, and says it once it is whole.
func h2Block(t *talk, state *h2State, f *h2Frame, payload []byte) {
	side := &state.sides[t.from]
	fragment, ok := f.h2HeaderFragment(payload)
	switch {
	case f.kind == h2Continuation && !side.open:
		side.lose() // the block's begin is missing
		if f.flags&h2EndHeaders != 0 {
			return
		}
		side.open, side.broken, side.stream = true, true, f.stream
	case f.kind != h2Continuation:
		side.stream, side.promise, side.broken = f.stream, 0, false
		if f.kind == h2PushPromise {
			side.promise = h2Promised(f, payload)
		}
	}
	side.begin()
	if !ok {
		side.broken = true
	}
	if !side.broken {
		side.empty = false
		if _, err := side.table.Write(fragment); err != nil {
			side.broken = true
		}
	}
	whole := len(payload) == f.length
	if f.flags&h2EndHeaders == 0 && whole {
		side.open = true
		side.pending = min(side.pending+2*len(fragment), h2PendingMax)
		h2Keep(t, state)
		return
	}
	if side.table.Close() != nil || !whole {
		side.broken = true
	}
	h2Say(t, side)
	if side.broken {
		side.lose()
	}
	side.open, side.pending, side.fields = false, 0, h2Fields{}
	h2Keep(t, state)
}

// h2Promised is the stream that a PUSH_PROMISE is for.
func h2Promised(f *h2Frame, payload []byte) uint32 {
	if f.flags&h2Padded != 0 && len(payload) > 0 {
		payload = payload[1:]
	}
	if len(payload) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(payload) & 0x7fffffff
}

// h2Keep counts the memory of both sides.
func h2Keep(t *talk, state *h2State) {
	size := h2StateBytes
	for i := range state.sides {
		size += state.sides[i].bytes + state.sides[i].pending
	}
	if size != t.s.stateSize {
		t.keep(state, size)
	}
}

// h2Say says what a block is: a request, an answer, or what follows one.
func h2Say(t *talk, side *h2Side) {
	x := &side.fields
	isGRPC := strings.HasPrefix(x.kind, "application/grpc") && (len(x.kind) == len("application/grpc") || strings.IndexByte("+;", x.kind[len("application/grpc")]) >= 0)
	if isGRPC || x.grpcStatus != "" {
		t.s.app = protocolGRPC // which is read in the same way
	}
	switch {
	case side.promise != 0:
		t.isServer()
		h2Request(t, x, "HTTP/2 PUSH_PROMISE ")
		t.itemNumber("promised", uint64(side.promise))
	case x.method != "" && isGRPC:
		t.isClient()
		h2Request(t, x, "gRPC ")
	case x.method != "":
		t.isClient()
		h2Request(t, x, "HTTP/2 ")
	case x.grpcStatus != "":
		t.isServer()
		h2GRPCStatus(t, x)
	case x.status != "" && isGRPC && x.status == "200":
		t.isServer()
		t.say("gRPC Response")
		h2Status(t, x)
	case x.status != "":
		t.isServer()
		t.say("HTTP/2 ")
		t.addText(x.status)
		h2Status(t, x)
		if x.kind != "" {
			t.itemText("type", x.kind)
		}
	case side.broken || x.unknown:
		t.say("HTTP/2 HEADERS")
	default:
		t.say("HTTP/2 Trailers")
	}
	t.itemNumber("stream", uint64(side.stream))
	if x.unknown || side.broken && !t.cut {
		t.itemWord("", "HPACK table not known")
	}
}

// h2Request says what is asked for.
func h2Request(t *talk, x *h2Fields, before string) {
	t.say(before)
	if before != "gRPC " { // always POST
		t.addText(x.method)
		if x.path != "" {
			t.add(" ")
		}
	}
	t.addText(x.path)
	t.setString(FieldHTTPMethod, x.method)
	if x.path != "" {
		t.setString(FieldHTTPPath, x.path)
	}
	host := x.authority
	if host == "" {
		host = x.host
	}
	if host != "" {
		t.itemText("host", host)
		t.setString(FieldHTTPHost, host)
	}
	if x.protocol != "" { // RFC 8441
		t.itemText("protocol", x.protocol)
	}
	if x.agent != "" {
		t.setString(FieldHTTPUserAgent, x.agent)
	}
}

// h2Status gives the status its field.
func h2Status(t *talk, x *h2Fields) {
	if n, err := strconv.ParseUint(x.status, 10, 16); err == nil {
		t.setNumber(FieldHTTPStatus, int64(n))
	}
}

// h2GRPCStatus says how a call ended.
func h2GRPCStatus(t *talk, x *h2Fields) {
	t.say("gRPC Status ")
	t.addText(x.grpcStatus)
	if n, err := strconv.ParseUint(x.grpcStatus, 10, 8); err == nil && n < uint64(len(grpcCodes)) {
		t.add(" ", grpcCodes[n])
	}
	h2Status(t, x)
	if x.grpcMessage != "" {
		t.itemText("message", x.grpcMessage)
	}
}

// grpcCodes are the status codes of gRPC.
var grpcCodes = [...]string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	"INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}
