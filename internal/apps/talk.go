package apps

import (
	"net/netip"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture/header"
)

// talk is what a protocol gets to read a conversation with, and to say what it
// found. It is valid for one call.
type talk struct {
	d    *Decoder
	conv *conversation
	s    *stream        // that is read: the connection itself, or what is inside
	p    *header.Packet // that brought the last of the bytes
	from int            // the side that speaks, an index of sides
	cut  bool           // what follows the bytes was not captured: no more of the message will come

	length int // of a datagram, as it was sent
	media  agreement
}

const (
	// nameMax is how many bytes of a name are said.
	nameMax = 255
	// maxText is how many bytes are said of a packet.
	maxText = 8 << 10
)

// state is what the protocol keeps of the conversation; nil at first.
func (t *talk) state() any { return t.s.state }

// keep makes x the state of the conversation. It takes size bytes, all that it
// refers to included: a state that grows is kept again.
func (t *talk) keep(x any, size int) {
	t.d.conversations.resize(t.conv, size-t.s.stateSize)
	t.s.state, t.s.stateSize = x, size
}

// toServer reports whether it is the client that speaks: the side that sent SYN, or
// of which a protocol said so, or that spoke first.
func (t *talk) toServer() bool { return t.from == int(t.s.client) }

// isClient says that it is the client that speaks.
func (t *talk) isClient() { t.s.client = int8(t.from) }

// isServer says that it is the server that speaks.
func (t *talk) isServer() { t.s.client = int8(1 - t.from) }

// say begins a message with words of the protocol.
func (t *talk) say(words ...string) {
	said := &t.d.said
	said.messages = append(said.messages, message{protocol: t.s.app, from: len(said.text), end: len(said.text)})
	t.add(words...)
}

// add goes on with the message, in front of all items.
func (t *talk) add(words ...string) {
	said := &t.d.said
	for _, w := range words {
		said.text = append(said.text, w...)
	}
	t.end()
}

// addName goes on with the message by bytes of the packet.
func (t *talk) addName(name []byte) {
	t.d.said.text = appendName(t.d.said.text, name)
	t.end()
}

// addNumber goes on with the message by a number.
func (t *talk) addNumber(n uint64) {
	t.d.said.text = strconv.AppendUint(t.d.said.text, n, 10)
	t.end()
}

// end is where the message ends so far. What is said of a packet has an end, too: one
// of thousands of tiny messages would make a line that nobody reads.
func (t *talk) end() {
	said := &t.d.said
	if n := maxText; len(said.text) > n {
		for !utf8.RuneStart(said.text[n]) {
			n--
		}
		said.text, said.full = said.text[:n], true
	}
	said.messages[len(said.messages)-1].end = len(said.text)
}

// item adds name=value to the parenthesis behind the message, of bytes of the packet.
// Without a name it adds the value alone.
func (t *talk) item(name string, value []byte) {
	t.nextItem(name)
	t.addName(value)
}

// addText and itemText are addName and item for text that came out of the packet.
func (t *talk) addText(name string) {
	t.d.said.text = appendName(t.d.said.text, name)
	t.end()
}

func (t *talk) itemText(name, value string) {
	t.nextItem(name)
	t.addText(value)
}

// itemNumber is item for a number, itemHex for one in hexadecimal digits, itemWord for
// words of the protocol.
func (t *talk) itemNumber(name string, n uint64) {
	t.nextItem(name)
	t.addNumber(n)
}

func (t *talk) itemHex(name string, n uint64) {
	t.nextItem(name)
	t.d.said.text = strconv.AppendUint(append(t.d.said.text, "0x"...), n, 16)
	t.end()
}

func (t *talk) itemWord(name, word string) {
	t.nextItem(name)
	t.add(word)
}

// itemAddress and itemEndpoint are item for addresses.
func (t *talk) itemAddress(name string, a netip.Addr) {
	t.nextItem(name)
	t.d.said.text = a.AppendTo(t.d.said.text)
	t.end()
}

func (t *talk) itemEndpoint(name string, a netip.AddrPort) {
	t.nextItem(name)
	t.addEndpoint(a)
}

// addEndpoint goes on with the message by an address and a port.
func (t *talk) addEndpoint(a netip.AddrPort) {
	t.d.said.text = header.AppendEndpoint(t.d.said.text, a.Addr(), int32(a.Port()))
	t.end()
}

func (t *talk) nextItem(name string) {
	said := &t.d.said
	m := &said.messages[len(said.messages)-1]
	if m.open {
		said.text = append(said.text, ", "...)
	} else {
		said.text = append(said.text, " ("...)
		m.open = true
	}
	if name != "" {
		said.text = append(append(said.text, name...), '=')
	}
	t.end()
}

// set gives a field a value, which may be said several times in a packet.
func (t *talk) set(f Field, value []byte) {
	said := &t.d.said
	said.values = append(said.values, said.value(f, int64(len(value))))
	said.data = append(said.data, value...)
}

// setString is set for words of the protocol.
func (t *talk) setString(f Field, word string) {
	said := &t.d.said
	said.values = append(said.values, said.value(f, int64(len(word))))
	said.data = append(said.data, word...)
}

// setNumber gives a field of numbers a value.
func (t *talk) setNumber(f Field, n int64) {
	said := &t.d.said
	said.values = append(said.values, said.value(f, n))
}

// inside hands over bytes that the speaker said within this stream, in order and
// without its wrapping: decrypted, say. They are read as a stream of their own, whose
// protocol is found as usual, and can be searched.
func (t *talk) inside(b []byte) { t.insideCut(b, 0) }

// insideCut is inside for bytes behind which cut more were said that nobody has.
func (t *talk) insideCut(b []byte, cut int) {
	t.decrypted(b)
	outer := *t
	if t.s.inner == nil {
		t.s.inner = &stream{client: t.s.client}
		t.d.conversations.resize(t.conv, streamBytes)
	}
	inner := outer.s.inner
	inner.depth = outer.s.depth + 1
	if inner.depth <= maxInside {
		outer.s.inner.client = outer.s.client
		t.d.feed(outer.conv, inner, outer.p, outer.from, b, 0, cut)
	}
	*t = outer
}

// insideLost says that something is missing of what the speaker says inside.
func (t *talk) insideLost() { t.d.lose(t.conv, t.s.inner, t.from) }

// decrypted hands over bytes that the speaker said, to be searched alone.
func (t *talk) decrypted(b []byte) {
	t.d.said.decoded = append(t.d.said.decoded, b...)
}

// within reads a datagram that is inside this one as one of apps, which keep nothing
// of it. length is how long it was sent, of which b was captured.
func (t *talk) within(b []byte, length int, apps ...Protocol) {
	s := t.s
	outer, app, state, size := *t, s.app, s.state, s.stateSize
	s.state, s.stateSize = nil, 0
	t.length, t.cut = length, len(b) < length
	for _, inner := range apps {
		s.app = inner
		if t.d.rows[inner].datagram(t, b) {
			break
		}
	}
	t.d.conversations.resize(t.conv, -s.stateSize)
	*t = outer
	s.app, s.state, s.stateSize = app, state, size
}

// appendLabels appends a name of labels that have their lengths in front (RFC 1035,
// section 3.1) with dots between them, as far as it goes and up to nameMax bytes.
func appendLabels(text, b []byte) []byte {
	for from := len(text); len(b) > 0; {
		n := int(b[0])
		if n == 0 || 1+n > len(b) || len(text)-from+1+n > nameMax {
			break
		}
		if len(text) > from {
			text = append(text, '.')
		}
		text = append(text, b[1:1+n]...)
		b = b[1+n:]
	}
	return text
}

// appendName appends bytes of a packet as text: UTF-8 that can be printed as it is,
// the rest as \xNN, and no more than nameMax of it.
func appendName[T []byte | string](b []byte, name T) []byte {
	rest := len(name) > nameMax
	if rest {
		name = name[:nameMax]
	}
	for len(name) > 0 {
		if c := name[0]; c >= ' ' && c <= '~' {
			b = append(b, c)
			name = name[1:]
			continue
		}
		r, n := decodeRune(name)
		if r == utf8.RuneError && n <= 1 || !unicode.IsPrint(r) {
			for i := range n {
				const digits = "0123456789abcdef"
				b = append(b, '\\', 'x', digits[name[i]>>4], digits[name[i]&15])
			}
		} else {
			b = append(b, name[:n]...)
		}
		name = name[n:]
	}
	if rest {
		b = append(b, "..."...)
	}
	return b
}

// decodeRune is utf8.DecodeRune, also for strings.
func decodeRune[T []byte | string](b T) (rune, int) {
	if len(b) > utf8.UTFMax {
		b = b[:utf8.UTFMax]
	}
	var first [utf8.UTFMax]byte
	return utf8.DecodeRune(first[:copy(first[:], b)])
}
