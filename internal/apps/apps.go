// Package apps says what applications say in packets: the name that a TLS hello
// asks for, the path of an HTTP request, the status of its answer. It puts TCP
// streams together as far as messages need it, and claims only what is certain: a
// port is a hint, content decides.
//
//	d := apps.New(apps.Options{})
//	for each packet {
//		d.Begin(pkt)
//		if header.Decode(pkt, &p) {
//			d.Add(&p)
//		}
//		b = d.Said().AppendText(b)
//	}
//
// # The way of a packet
//
// apps.go takes a packet and finds its conversation (conversation.go). The payload
// of UDP goes to the protocol at once (datagram.go). That of TCP is put in order by
// package segments and goes into a stream (stream.go), which knows the protocol or
// looks for it in protocols.go, keeps what is not a whole message yet, and hands
// the rest to the protocol's read. A protocol tells what it found by the methods of
// talk (talk.go), which end up in a Said (said.go) as text and as values of the
// fields in fields.go.
//
// # To add a protocol
//
//  1. NAME.go: begins and read for a stream, datagram for UDP; the first line names
//     the specification. Whatever it keeps of a conversation is in t.state(), and
//     bounded.
//  2. a constant and a row in protocols.go
//  3. testdata/NAME.txt: packets that reach every line (packets_test.go says how
//     they are written); go test -update makes NAME.golden of them
//  4. its line in docs/apps.md
//
// # Limits
//
// All memory is counted and bounded (MaxMemory); of more, the conversation that was
// silent for longest is forgotten, and so is one that was silent for IdleSeconds.
// A packet costs time for MaxMessage bytes at most: a message that is not whole is
// looked at again when more of it comes, and one that takes longer is not waited for.
//
// It touches packets and its own memory: no files, no system calls, no clock; time
// is that of packets. Errors are not reported, since wrong bytes are nothing special:
// they are not of the protocol then.
package apps

import (
	"net/netip"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/features"
)

// Options of a Decoder. The zero value is what is usual.
type Options struct {
	MaxMemory int // bytes that all conversations take together; 0: MaxMemory

	// Keys are the secrets with which TLS and QUIC are decrypted; nil: they are not.
	// The Decoder uses them in the goroutine that it is for.
	Keys *Keys

	// Learn is told what addresses are called. nil: nobody is.
	Learn func(Lesson)

	// Forget is told of conversations that are forgotten to stay within MaxMemory. nil:
	// nobody is.
	Forget func(Conversation)
}

// Lesson is that an address is called something.
type Lesson struct {
	Address  netip.Addr
	Name     []byte        // valid until Learn returns
	Asker    netip.Addr    // who asked for it; not valid: everybody may know
	Lifetime time.Duration // 0: not limited, as of the name that a TLS hello asks for
}

const (
	// MaxMemory is how many bytes all conversations take together.
	MaxMemory = 128 << 20
	// IdleSeconds is how long a conversation is remembered in which nothing is said.
	IdleSeconds = 12 * 60 * 60
)

// Decoder finds out what applications say. It is for one goroutine.
type Decoder struct {
	rows          *[protocolCount]protocol
	said          Said
	pkt           *capture.Packet
	conversations conversations
	learn         func(Lesson)
	lesson        []byte       // scratch: the name in one
	media         expectations // of RTP and RTCP
	talk          talk         // scratch of stream and datagram
	keys          *Keys
	rooms         [maxInside + 1][]byte // of decrypted records, by depth of the stream
	quic          quicSaid              // scratch
}

// New makes a Decoder that has seen nothing.
func New(o Options) *Decoder {
	if o.MaxMemory == 0 {
		o.MaxMemory = MaxMemory
	}
	d := &Decoder{rows: &protocols, learn: o.Learn, keys: o.Keys}
	d.conversations.init(o.MaxMemory)
	d.conversations.forget = o.Forget
	d.media.init()
	return d
}

// Begin takes the next packet, in the order in which they were captured; nothing is
// known of it yet. The packet has to stay until Begin is called again.
func (d *Decoder) Begin(pkt *capture.Packet) {
	if !features.HasApps {
		return
	}
	d.pkt = pkt
	d.said.reset()
	d.conversations.now(pkt.Time.Sec)
}

// Add looks into the packet that began last. p is what header.Decode or
// header.Innermost found in it; each of the packets of a tunnel may be added, from
// outside in.
func (d *Decoder) Add(p *header.Packet) {
	if !features.HasApps {
		return
	}
	switch {
	case !concerns(p):
	case p.Protocol == header.ProtocolUDP:
		d.datagram(p)
	default:
		d.segment(p)
	}
}

// Said is what was found in the packet that began last, valid until the next.
func (d *Decoder) Said() *Said { return &d.said }

// Losses are what had to be given up to stay within bounds.
type Losses struct {
	Conversations uint64 // forgotten, though they might have gone on
	Gaps          uint64 // missing TCP segments that were not waited for any longer
	Messages      uint64 // that were too long to be waited for
}

// Losses are those so far.
func (d *Decoder) Losses() Losses { return d.conversations.losses }

// endpoint is one end of a packet.
func endpoint(a netip.Addr, port int32) netip.AddrPort { return netip.AddrPortFrom(a, uint16(port)) }
