package flows

import (
	"math/bits"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
)

// Name is a name that a flow can have.
type Name uint8

// Names.
const (
	NameDNS Name = iota
	NameSNI
	NameALPN
	NameJA4
	NameHost

	NameCount
)

// nameFields are the fields of applications that names are.
var nameFields = [NameCount]apps.Field{apps.FieldDNSQName, apps.FieldTLSSNI, apps.FieldTLSALPN, apps.FieldJA4, apps.FieldHTTPHost}

const (
	// MaxNames is how many bytes the names of all flows take together.
	MaxNames = 64 << 20
	// maxName is how long a name is; the rest of a longer one is left out.
	maxName = 255
	// keptName is how much room a place for names keeps when it is not in use.
	keptName = 64
)

// names are those of all flows.
type names struct {
	chunks [][]named
	made   uint32
	unused []uint32
	size   int // bytes
}

// named are the names of a flow, one after the other in text.
type named struct {
	text     []byte
	from, to [NameCount]uint16
}

const namedSize = 64 // of a named without text, about

func (x *names) at(n uint32) *named { return &x.chunks[n/chunk][n%chunk] }

// take returns a place for names.
func (x *names) take() uint32 {
	if n := len(x.unused); n > 0 {
		i := x.unused[n-1]
		x.unused = x.unused[:n-1]
		return i
	}
	if x.made%chunk == 0 {
		x.chunks = append(x.chunks, make([]named, chunk))
	}
	x.size += namedSize
	x.made++
	return x.made - 1
}

// free gives a place back, and sets n to none.
func (x *names) free(n *uint32) {
	if *n == none {
		return
	}
	m := x.at(*n)
	text := m.text[:0]
	if cap(text) > keptName {
		x.size -= cap(text)
		text = nil
	}
	*m = named{text: text}
	x.unused = append(x.unused, *n)
	*n = none
}

// fill sets those names that there are.
func (x *names) fill(to *[NameCount][]byte, n uint32) {
	if n == none {
		return
	}
	m := x.at(n)
	for i := range to {
		to[i] = m.text[m.from[i]:m.to[i]]
	}
}

// said takes what applications say in a packet of a flow.
func (t *Tracker) said(f *flow, s *apps.Said) {
	for n := 0; ; n++ {
		app, ok := s.App(n)
		if !ok {
			break
		}
		f.services.add(app)
	}
	for i, field := range nameFields {
		if text, _, ok := s.Value(field, 0); ok && len(text) > 0 {
			t.name(f, Name(i), text, s)
		}
	}
}

// name gives a flow a name that it does not have yet: the first of the packet's.
func (t *Tracker) name(f *flow, which Name, text []byte, s *apps.Said) {
	x := &t.names
	if f.names != none && x.at(f.names).to[which] != 0 {
		return
	}
	if x.size+namedSize+maxName > MaxNames {
		t.losses.Nameless++
		return
	}
	if f.names == none {
		f.names = x.take()
	}
	m := x.at(f.names)
	before := cap(m.text)
	m.from[which] = uint16(len(m.text))
	m.text = append(m.text, text[:min(len(text), maxName)]...)
	for n := 1; which == NameALPN; n++ { // of which a client has a list
		more, _, ok := s.Value(nameFields[which], n)
		if !ok || len(m.text)-int(m.from[which])+1+len(more) > maxName {
			break
		}
		m.text = append(append(m.text, ','), more...)
	}
	m.to[which] = uint16(len(m.text))
	x.size += cap(m.text) - before
}

// services are the protocols of applications that a flow is of.
type services apps.Set

func (s *services) add(p apps.Protocol) {
	if p != 0 {
		(*apps.Set)(s).Add(p)
	}
}

// appendTo appends the names that Zeek has for them.
func (s services) appendTo(b []byte, transport uint8) []byte {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			name := apps.Protocol(i*64 + bits.TrailingZeros64(word)).Name()
			if len(b) > 0 {
				b = append(b, ',')
			}
			b = append(b, serviceName(name, transport)...)
		}
	}
	return b
}

// serviceName is what Zeek calls a protocol.
func serviceName(name string, transport uint8) string {
	switch name {
	case "tls":
		return "ssl"
	case "dnp3":
		return "dnp3_tcp"
	case "gtpu":
		return "gtpv1"
	case "ldap":
		if transport == header.ProtocolUDP {
			return "ldap_udp"
		}
		return "ldap_tcp"
	}
	return name
}
