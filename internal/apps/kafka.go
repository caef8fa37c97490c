package apps

// Kafka: the protocol guide of Apache Kafka (headers of requests and answers; compact
// types since KIP-482). kafka_names.go has the kinds of requests and the errors.

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
)

const (
	// kafkaMessageMax is how long a message may be: what brokers accept at most.
	kafkaMessageMax = 100 << 20
	// kafkaWait is how much of a request is waited for, and kafkaAnswerWait of an answer.
	kafkaWait       = 512
	kafkaAnswerWait = 64
	// kafkaClientMax is how long the name of a client may be.
	kafkaClientMax = 1024
	// kafkaClientSure is how long one is that is not there by chance.
	kafkaClientSure = 4
	// kafkaVersionMax is how high a version may be that is not known yet.
	kafkaVersionMax = 99
)

// kafkaAsked is a request that waits for its answer.
type kafkaAsked struct {
	correlation  uint32
	key, version int16
}

// kafkaAnswered is the key of a request that does not wait any longer.
const kafkaAnswered = -1

// kafkaState is what was asked: a ring, in which the oldest is forgotten.
type kafkaState struct {
	asked   [64]kafkaAsked
	next, n int
}

const kafkaStateBytes = 64*8 + 16

// find is where the request with a number is in asked, the oldest first; -1: nowhere.
func (s *kafkaState) find(correlation uint32) int {
	for i := range s.n {
		at := (s.next - s.n + i + len(s.asked)) % len(s.asked)
		if x := &s.asked[at]; x.correlation == correlation && x.key != kafkaAnswered {
			return at
		}
	}
	return -1
}

func (s *kafkaState) ask(x kafkaAsked) {
	s.asked[s.next] = x
	s.next = (s.next + 1) % len(s.asked)
	s.n = min(s.n+1, len(s.asked))
}

// kafkaBegins: a request of a kind and version that there are, of a client with a
// name; an answer where its request was seen.
func kafkaBegins(t *talk, b []byte) verdict {
	if kafkaAsks(t) {
		v := kafkaRequests(t, b)
		if v == yes {
			t.isClient()
		}
		return v
	}
	state, _ := t.state().(*kafkaState)
	switch {
	case state == nil:
		return no
	case len(b) < 8:
		return maybe
	case kafkaSize(b) < 4, state.find(binary.BigEndian.Uint32(b[4:])) < 0:
		return no
	}
	return yes
}

// kafkaAsks reports whether the speaker may be a client: answers may look like requests.
func kafkaAsks(t *talk) bool {
	switch {
	case t.s.app == protocolKafka:
		return t.toServer()
	case t.likely(protocolKafka):
		return kafkaPort(t)
	}
	return t.toServer() || t.s.sides[t.from].lost
}

// kafkaPort reports whether the packet goes to a usual port.
func kafkaPort(t *talk) bool {
	return slices.Contains(t.d.rows[protocolKafka].ports, uint16(t.p.DstPort))
}

// kafkaSize is the length of a message, as it stands in front of it; -1: too long.
func kafkaSize(b []byte) int {
	if size := binary.BigEndian.Uint32(b); size <= kafkaMessageMax {
		return int(size)
	}
	return -1
}

// kafkaRequests is the verdict about a request.
func kafkaRequests(t *talk, b []byte) verdict {
	if len(b) < 14 {
		if !kafkaHead(b) {
			return no
		}
		return maybe
	}
	size := kafkaSize(b)
	if n := int(int16(binary.BigEndian.Uint16(b[12:]))); !kafkaHead(b) || n < -1 || n > kafkaClientMax || 10+n > size {
		return no
	} else if t.s.app == protocolKafka || kafkaPort(t) {
		return kafkaNamed(b[14:], n)
	} else if n <= 0 { // no name: other small numbers look like that
		return no
	} else if v := kafkaNamed(b[14:], n); v != yes {
		return v
	} else {
		return kafkaFits(t, b, size, 14+n)
	}
}

// kafkaFits is the verdict about a request of which the head is right: what follows the
// name of the client has to be what that kind of request has. A short name may be
// there by chance: then the request also ends with the segment, or another one follows.
func kafkaFits(t *talk, b []byte, size, body int) verdict {
	have := min(len(b), 4+size)
	if have-4 < min(size, kafkaWait) && !t.cut {
		return maybe
	}
	api, version := &kafkaAPIs[b[5]], int16(b[7])
	r := kafkaReader{b: b[body:have], flexible: api.flexible >= 0 && version >= api.flexible}
	r.tags()
	kafkaFields(nil, &r, api.request, version)
	whole := have == 4+size
	if r.strange || r.ended && whole || api.name == "ApiVersions" && version < api.flexible && len(r.b) > 0 {
		return no
	}
	if body-14 >= kafkaClientSure {
		return yes
	}
	switch rest := b[have:]; {
	case !whole, !kafkaHead(rest):
		return no
	case len(rest) > 0 && len(rest) < 8:
		return maybe
	}
	return yes
}

// kafkaHead reports whether what is there of length, kind and version of a request can
// be those of one.
func kafkaHead(b []byte) bool {
	for i, top := range [...]byte{kafkaMessageMax >> 24, 0xff, 0xff, 0xff, 0, byte(len(kafkaAPIs) - 1), 0, kafkaVersionMax} {
		if i < len(b) && b[i] > top {
			return false
		}
	}
	if len(b) < 8 {
		return true
	}
	return kafkaSize(b) >= 10 && int16(b[7]) <= kafkaAPIs[b[5]].versions
}

// kafkaNamed is the verdict about the name of a client, of which n bytes have to be
// there.
func kafkaNamed(b []byte, n int) verdict {
	for _, c := range b[:min(len(b), max(n, 0))] {
		if c < ' ' || c > '~' {
			return no
		}
	}
	if len(b) < n {
		return maybe
	}
	return yes
}

func kafkaRead(t *talk, b []byte) int {
	state, _ := t.state().(*kafkaState)
	if state == nil {
		state = new(kafkaState)
		t.keep(state, kafkaStateBytes)
	}
	if len(b) < 8 {
		return 0
	}
	size := kafkaSize(b)
	if size < 4 {
		return strange
	}
	n := 4 + size
	body := b[4:min(len(b), n)]
	wait := kafkaAnswerWait
	if t.toServer() {
		wait = kafkaWait
	}
	if len(body) < min(size, wait) && !t.cut {
		return 0
	}
	if !t.toServer() {
		kafkaAnswer(t, state, body)
		return n
	}
	if !kafkaRequest(t, state, body) {
		return strange
	}
	return n
}

// kafkaRequest says a request. It is false where that is none.
func kafkaRequest(t *talk, state *kafkaState, b []byte) bool {
	if len(b) < 8 {
		return t.cut
	}
	key, version := int16(binary.BigEndian.Uint16(b)), int16(binary.BigEndian.Uint16(b[2:]))
	if key < 0 || int(key) >= len(kafkaAPIs) || version < 0 || version > kafkaVersionMax {
		return false
	}
	api := &kafkaAPIs[key]
	state.ask(kafkaAsked{binary.BigEndian.Uint32(b[4:]), key, version})
	t.say("Kafka ", api.name, " v")
	t.addNumber(uint64(version))
	r := kafkaReader{b: b[8:]}
	if client := r.text(); len(client) > 0 {
		t.item("client", client)
	}
	r.flexible = api.flexible >= 0 && version >= api.flexible
	r.tags()
	kafkaFields(t, &r, api.request, version)
	return true
}

// kafkaAnswer says an answer, and to which request it is one.
func kafkaAnswer(t *talk, state *kafkaState, b []byte) {
	correlation := binary.BigEndian.Uint32(b)
	at := state.find(correlation)
	if at < 0 {
		t.say("Kafka Response")
		t.itemNumber("correlation", uint64(correlation))
		return
	}
	asked := state.asked[at]
	state.asked[at].key = kafkaAnswered
	api := &kafkaAPIs[asked.key]
	t.say("Kafka ", api.name, " Response v")
	t.addNumber(uint64(asked.version))
	r := kafkaReader{b: b[4:], flexible: api.flexible >= 0 && asked.version >= api.flexible}
	if api.name != "ApiVersions" { // whose answer has the oldest header
		r.tags()
	}
	kafkaFields(t, &r, api.answer, asked.version)
}

// kafkaFields says fields. words has a word for each: a number of bytes that are left
// out; s for a string; u for an UUID; a for the number of elements in an array, of
// which the first is looked at; e for an error. A string or an UUID is said if a name
// stands behind it after a colon; without t nothing is. In front may be the version: 3> from there on, 12< up to it.
func kafkaFields(t *talk, r *kafkaReader, words string, version int16) {
	elements := 0
	for words != "" && !r.ended {
		var word string
		word, words, _ = strings.Cut(words, " ")
		if at := strings.IndexAny(word, "<>"); at > 0 {
			limit := int16(0)
			for _, c := range word[:at] {
				limit = limit*10 + int16(c-'0')
			}
			if word[at] == '<' && version > limit || word[at] == '>' && version < limit {
				continue
			}
			word = word[at+1:]
		}
		kind, name, _ := strings.Cut(word, ":")
		switch kind {
		case "s":
			if value := r.text(); t != nil && name != "" && len(value) > 0 {
				t.item(name, value)
				if elements > 1 {
					t.itemWord("", "and ")
					t.addNumber(uint64(elements - 1))
					t.add(" more")
				}
			}
		case "u":
			if id := r.take(16); t != nil && id != nil && name != "" {
				var digits [22]byte
				base64.RawURLEncoding.Encode(digits[:], id) // as Kafka's own tools show it
				t.item(name, digits[:])
			}
		case "a":
			if elements = r.count(); elements <= 0 {
				return
			}
		case "e":
			kafkaError(t, r)
		default:
			r.skip(int(kind[0] - '0'))
		}
	}
}

// kafkaError says an error, if it is one.
func kafkaError(t *talk, r *kafkaReader) {
	b := r.take(2)
	if b == nil {
		return
	}
	switch code := int16(binary.BigEndian.Uint16(b)); {
	case code == -1:
		t.itemWord("error", "UNKNOWN_SERVER_ERROR")
	case code < 0 || int(code) >= len(kafkaErrors):
		t.itemNumber("error", uint64(uint16(code)))
	case code > 0:
		t.itemWord("error", kafkaErrors[code])
	}
}

// kafkaReader reads fields one after the other. Once one is not whole, ended is set,
// and no other is read.
type kafkaReader struct {
	b        []byte
	flexible bool
	ended    bool
	strange  bool // a text is none, or a length cannot be one
}

// take cuts n bytes off; nil: they are not there.
func (r *kafkaReader) take(n int) []byte {
	r.strange = r.strange || n < 0
	if r.ended || n < 0 || n > len(r.b) {
		r.ended = true
		return nil
	}
	x := r.b[:n:n]
	r.b = r.b[n:]
	return x
}

func (r *kafkaReader) skip(n int) { r.take(n) }

// number is one of variable length.
func (r *kafkaReader) number() int {
	x, n := binary.Uvarint(r.b)
	if r.ended || n <= 0 || x > kafkaMessageMax {
		r.ended = true
		return 0
	}
	r.b = r.b[n:]
	return int(x)
}

// text is a string; nil: there is none.
func (r *kafkaReader) text() []byte {
	n := -1
	if r.flexible {
		n = r.number() - 1
	} else if b := r.take(2); b != nil {
		n = int(int16(binary.BigEndian.Uint16(b)))
	}
	if n == -1 {
		return nil
	}
	text := r.take(n)
	r.strange = r.strange || kafkaNamed(text, len(text)) == no
	return text
}

// count is the number of elements of an array, -1 for none.
func (r *kafkaReader) count() int {
	if r.flexible {
		return r.number() - 1
	}
	b := r.take(4)
	if b == nil {
		return -1
	}
	return int(int32(binary.BigEndian.Uint32(b)))
}

// tags passes over tagged fields, which flexible messages have.
func (r *kafkaReader) tags() {
	if !r.flexible {
		return
	}
	for n := r.number(); n > 0 && !r.ended; n-- {
		r.number()
		r.skip(r.number())
	}
}
