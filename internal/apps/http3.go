package apps

// HTTP/3: RFC 9114, over QUIC that can be decrypted.

import "bytes"

const (
	http3MaxStreams = 64 // that are remembered, of both sides
	http3MaxHeaders = 16 << 10

	http3Data    = 0 // types of frames
	http3Headers = 1

	http3Encoder = 2 // type of the stream of QPACK's encoder
)

// http3Conn is what is known of a connection.
type http3Conn struct {
	streams []*http3Stream // the oldest first
	tables  [2]qpackTable  // that the sides fill
}

// http3Stream is what one side sends in a stream: its begin, up to the header.
type http3Stream struct {
	id   uint64
	side int
	kind http3Kind
	in   offsetBytes
}

type http3Kind uint8

const (
	http3Unknown http3Kind = iota // unidirectional: the first byte says
	http3Message                  // a request, or its answer
	http3Instructions
	http3Done // nobody reads on
)

// http3Header is what is said of a request or an answer; it lies in plain text
// buffers that are reused.
type http3Header struct {
	method, path, host, agent, status, kind []byte
}

// add takes the data of a STREAM frame. Headers that are whole are appended to said.
func (h *http3Conn) add(side int, f *quicFrame, said *quicSaid) {
	s := h.stream(side, f)
	if s == nil || s.kind == http3Done {
		return
	}
	s.in.add(f.offset, f.data)
	if s.kind == http3Unknown {
		i := 0
		kind, ok := quicVarint(s.in.ready(), &i)
		if !ok {
			return
		}
		s.in.consume(i)
		s.kind = http3Done
		if kind == http3Encoder {
			s.kind = http3Instructions
		}
	}
	switch s.kind {
	case http3Instructions:
		s.in.consume(h.tables[side].encoder(s.in.ready()))
		if h.tables[side].broken {
			s.kind = http3Done
		}
	case http3Message:
		h.frames(s, said)
	}
	if s.kind == http3Done {
		s.in = offsetBytes{}
	}
}

// stream is what is known of a stream; nil if there is nothing to read in it.
func (h *http3Conn) stream(side int, f *quicFrame) *http3Stream {
	if f.stream&3 == 1 {
		return nil // HTTP/3 has none that servers open for both sides
	}
	for _, s := range h.streams {
		if s.id == f.stream && s.side == side {
			return s
		}
	}
	if f.offset > http3MaxHeaders {
		return nil
	}
	s := &http3Stream{id: f.stream, side: side}
	if f.stream&3 == 0 {
		s.kind = http3Message
	}
	if len(h.streams) == http3MaxStreams {
		h.forget()
	}
	h.streams = append(h.streams, s)
	return s
}

// forget drops the oldest stream but those of instructions, of which there is one a
// side.
func (h *http3Conn) forget() {
	for i, s := range h.streams {
		if s.kind != http3Instructions {
			h.streams = append(h.streams[:i], h.streams[i+1:]...)
			return
		}
	}
}

// frames reads the frames of a message up to its header (RFC 9114 4.1, 7.1).
func (h *http3Conn) frames(s *http3Stream, said *quicSaid) {
	for {
		b := s.in.ready()
		i := 0
		kind, ok1 := quicVarint(b, &i)
		length, ok2 := quicVarint(b, &i)
		switch {
		case !ok1 || !ok2:
			return
		case kind == http3Data || length > http3MaxHeaders:
			s.kind = http3Done
			return
		case length > uint64(len(b)-i):
			return
		}
		end := i + int(length)
		if kind == http3Headers {
			header := h.header(s.side, b[i:end], said)
			if len(header.status) != 3 || header.status[0] != '1' {
				s.kind = http3Done // but after an interim answer there is another
			}
			said.http = append(said.http, header)
		}
		if s.in.consume(end); s.kind == http3Done {
			return
		}
	}
}

// header decodes a field section. All of it goes to what is said in plain text too,
// in which it would not be found else.
func (h *http3Conn) header(side int, section []byte, said *quicSaid) (header http3Header) {
	h.tables[side].section(section, func(f qpackField) {
		said.plain = append(append(append(append(said.plain, f.name...), ": "...), f.value...), "\r\n"...)
		value := bytes.Clone([]byte(f.value))
		switch f.name {
		case ":method":
			header.method = value
		case ":path":
			header.path = value
		case ":authority":
			header.host = value
		case "user-agent":
			header.agent = value
		case ":status":
			header.status = value
		case "content-type":
			header.kind = value
		}
	})
	return header
}

// http3Say says what a request or an answer is.
func http3Say(t *talk, h *http3Header) {
	t.say("HTTP/3")
	switch {
	case len(h.status) > 0:
		t.add(" ")
		t.addName(h.status)
		if status := httpStatus(h.status); status > 0 {
			t.setNumber(FieldHTTPStatus, int64(status))
		}
		if len(h.kind) > 0 {
			t.item("type", h.kind)
		}
	case len(h.method) > 0:
		t.add(" ")
		t.addName(h.method)
		t.set(FieldHTTPMethod, h.method)
		if len(h.path) > 0 {
			t.add(" ")
			t.addName(h.path)
			t.set(FieldHTTPPath, h.path)
		}
		if len(h.host) > 0 {
			t.item("host", h.host)
			t.set(FieldHTTPHost, h.host)
		}
		if len(h.agent) > 0 {
			t.set(FieldHTTPUserAgent, h.agent)
		}
	default:
		t.add(" header")
	}
}

// size is how many bytes of memory are held.
func (h *http3Conn) size() int {
	n := 256 + h.tables[0].bytes + h.tables[1].bytes
	for _, s := range h.streams {
		n += 128 + s.in.size()
	}
	return n
}
