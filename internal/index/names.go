package index

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
)

// Kinds of keys that no expression asks for.
const (
	keyName         = compile.KeyVLAN + 1 + iota // what a packet says, hashed
	keyConversation                              // one that may say something, hashed
	keySaid                                      // a name and the conversation that says it, hashed twice
)

// Named are the fields of applications whose values are names in an index, by their number
// there.
var Named = [...]apps.Field{apps.FieldDNSQName, apps.FieldTLSSNI, apps.FieldHTTPHost}

// MaxName is how many bytes of a name count.
const MaxName = 4096

// name is a name of a field, hashed.
type name struct{ high, low uint64 }

// nameOf takes a name in any case; that of ASCII letters makes no difference.
func nameOf(field int, text []byte) name {
	b := append(make([]byte, 0, 256), byte(field))
	for _, c := range text[:min(len(text), MaxName)] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	sum := sha256.Sum256(b)
	return name{binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])}
}

func (n name) key() compile.Key { return compile.Key{Kind: keyName, High: n.high, Low: n.low} }

// saidIn are the keys of blocks with a packet of c that says the name.
func (n name) saidIn(c apps.Conversation) [2]uint64 {
	high, low := c.Sum()
	k := compile.Key{Kind: keySaid, High: n.high ^ high, Low: n.low ^ low}
	first := hashed(k)
	k.Bits = 1
	return [2]uint64{first, hashed(k)}
}

func conversationKey(c apps.Conversation) compile.Key {
	high, low := c.Sum()
	return compile.Key{Kind: keyConversation, High: high, Low: low}
}

// layers finds the conversations of a packet.
type layers struct {
	outer, inner header.Packet
	list         [2]apps.Conversation
	decoder      *apps.Decoder // looks into them; nil: nobody does
}

// of are the conversations in which a packet may say something: of a packet in a tunnel
// over UDP there may be two.
func (l *layers) of(pkt *capture.Packet) []apps.Conversation {
	list := l.list[:0]
	tunnels, decoded := header.Innermost(pkt, &l.inner)
	if tunnels.Len() > 0 && header.Decode(pkt, &l.outer) {
		list = l.take(list, &l.outer)
	}
	if decoded {
		list = l.take(list, &l.inner)
	}
	return list
}

func (l *layers) take(list []apps.Conversation, p *header.Packet) []apps.Conversation {
	c, ok := apps.ConversationOf(p)
	if !ok {
		return list
	}
	if l.decoder != nil {
		l.decoder.Add(p)
	}
	return append(list, c)
}

// namer finds what applications say, and whether that can be relied on: whether each
// conversation, alone and whole, says the same.
type namer struct {
	layers
	who       uint64 // decodes
	double    uint64 // packets of two conversations
	forgotten bloom  // conversations, perhaps more; nil: none
	restarted map[uint64]struct{}
	doubtful  bool
	unordered bool
	earliest  int64
	latest    int64 // second
}

// The filter of conversations that the decoder forgot, and how many of those may go on.
const (
	forgottenBits = 1 << 26
	maxRestarted  = 1 << 15
)

func newNamer(decoder string, memory int) *namer {
	n := &namer{who: decoderOf(decoder), restarted: make(map[uint64]struct{}), earliest: math.MaxInt64}
	// Keys change what is said, without secrets too.
	n.decoder = apps.New(apps.Options{Keys: apps.NewKeys(), MaxMemory: memory, Forget: n.forget})
	return n
}

// decoderOf is a number for what decodes names, never 0.
func decoderOf(decoder string) uint64 {
	sum := sha256.Sum256([]byte(decoder))
	return binary.LittleEndian.Uint64(sum[:]) | 1
}

// forget takes note of a conversation that the decoder has forgotten.
func (n *namer) forget(c apps.Conversation) {
	if n.forgotten == nil {
		n.forgotten = make(bloom, forgottenBits/64)
	}
	n.forgotten.add(hashed(conversationKey(c)))
}

// goesOn takes note of a packet of a conversation, which may have been forgotten before:
// it has begun anew then.
func (n *namer) goesOn(key uint64) {
	if n.forgotten == nil {
		return
	}
	if !n.forgotten.test(key) {
		return
	}
	if n.restarted[key] = struct{}{}; len(n.restarted) > maxRestarted {
		n.doubtful = true
		clear(n.restarted)
	}
}

// secrets of the file would decrypt more than is decrypted here.
func (n *namer) secrets(uint32, []byte) { n.doubtful = true }

// add puts the keys of a packet into the set of its block.
func (n *namer) add(pkt *capture.Packet, set *keySet) {
	n.time(pkt.Time.Sec)
	n.decoder.Begin(pkt)
	list := n.of(pkt)
	if len(list) > 1 {
		n.double++
	}
	for _, c := range list {
		key := hashed(conversationKey(c))
		set.add(key)
		n.goesOn(key)
	}
	said := n.decoder.Said()
	for field, f := range Named {
		for i := 0; ; i++ {
			text, _, ok := said.Value(f, i)
			if !ok {
				break
			}
			name := nameOf(field, text)
			set.key(name.key())
			for _, c := range list {
				for _, k := range name.saidIn(c) {
					set.add(k)
				}
			}
		}
	}
}

// time takes the second of a packet: by those of all packets conversations are forgotten.
func (n *namer) time(second int64) {
	n.doubtful = n.doubtful || second < 0
	n.unordered = n.unordered || second < n.latest
	n.earliest, n.latest = min(n.earliest, second), max(n.latest, second)
}

// summary is what an index says about its names.
type summary struct {
	decoder   uint64 // 0: there are none to rely on
	losses    apps.Losses
	double    uint64 // packets of two conversations
	restarted []byte // how many conversations began anew when they had been forgotten, and their hashes
}

// summary ends the search in a file of so many bytes; nil has looked for nothing.
func (n *namer) summary(size int64) (s summary) {
	s.restarted = []byte{0}
	if n == nil {
		return s
	}
	timeless := n.unordered && n.latest-n.earliest > apps.IdleSeconds
	long := int64(8*len(n.restarted)) > size/500+4<<10 // an index has less than a hundredth of its file
	if n.doubtful || timeless || long || !n.decoder.Alone() {
		return s
	}
	s = summary{n.who, n.decoder.Losses(), n.double, binary.AppendUvarint(nil, uint64(len(n.restarted)))}
	for _, key := range slices.Sorted(maps.Keys(n.restarted)) {
		s.restarted = binary.LittleEndian.AppendUint64(s.restarted, key)
	}
	return s
}

// hashed are the names that are looked for.
func (w *Names) hashed() (list []name) {
	field := slices.Index(Named[:], w.Field)
	for _, text := range w.Texts {
		if len(text) <= MaxName { // longer ones are not found
			list = append(list, nameOf(field, text))
		}
	}
	return list
}
