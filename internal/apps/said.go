package apps

// Said is what applications say in one packet.
type Said struct {
	// Protocol is that of the conversation, also where nothing is said in this very
	// packet; 0 where it is not known.
	Protocol Protocol

	messages []message
	values   []value
	text     []byte // of messages
	full     bool   // more was said than text has
	data     []byte // of values
	decoded  []byte // see Decoded
}

// message is one thing that is said.
type message struct {
	protocol  Protocol
	from, end int  // in text
	open      bool // its parenthesis
}

// value is that of a field, as text or as a number.
type value struct {
	field  Field
	from   int   // in data, for text
	number int64 // or the length of the text
}

// value is a value of a field, whose text will be appended to data.
func (s *Said) value(f Field, n int64) value { return value{f, len(s.data), n} }

func (s *Said) reset() {
	s.Protocol = 0
	s.messages, s.values = s.messages[:0], s.values[:0]
	s.text, s.data, s.decoded, s.full = s.text[:0], s.data[:0], s.decoded[:0], false
}

// AppendText appends what is said to b, as it stands behind tcpdump's line: a colon,
// and one message after the other with a semicolon between them. It has printable
// characters alone, and is empty where nothing is said. only leaves out messages of
// other protocols; nil leaves none out. A line that would get too long ends in dots.
func (s *Said) AppendText(b []byte, only *Set) []byte {
	between := ": "
	for i := range s.messages {
		m := &s.messages[i]
		if only != nil && !only.Has(m.protocol) || m.from == m.end {
			continue
		}
		b = append(append(b, between...), s.text[m.from:m.end]...)
		if m.open {
			b = append(b, ')')
		}
		between = "; "
	}
	if s.full && between == "; " {
		b = append(b, "; ..."...)
	}
	return b
}

// Value is the n-th value of a field in this packet, counted from 0. Of a field of
// numbers text is empty. ok is false where there is none.
func (s *Said) Value(f Field, n int) (text []byte, number int64, ok bool) {
	for i := range s.values {
		v := &s.values[i]
		if v.field != f {
			continue
		}
		if n == 0 && Fields[f].Number {
			return nil, v.number, true
		}
		if n == 0 {
			return s.data[v.from : v.from+int(v.number)], 0, true
		}
		n--
	}
	return nil, 0, false
}

// App is the n-th protocol that the packet is of, counted from 0: that of the
// conversation, then those of what is said, which may be inside it. Some may come
// twice. ok is false where there is none.
func (s *Said) App(n int) (app Protocol, ok bool) {
	if s.Protocol != protocolNone {
		if n == 0 {
			return s.Protocol, true
		}
		n--
	}
	if n < len(s.messages) {
		return s.messages[n].protocol, true
	}
	return protocolNone, false
}

// Decoded is what the packet said, where that is not its payload itself: decrypted,
// decompressed. It is empty where there is none.
func (s *Said) Decoded() []byte { return s.decoded }

// CopyTo makes d say the same, for good.
func (s *Said) CopyTo(d *Said) {
	d.Protocol, d.full = s.Protocol, s.full
	d.messages, d.values = append(d.messages[:0], s.messages...), append(d.values[:0], s.values...)
	d.text, d.data, d.decoded = append(d.text[:0], s.text...), append(d.data[:0], s.data...), append(d.decoded[:0], s.decoded...)
}
