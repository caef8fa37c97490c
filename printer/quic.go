// quic.go: QUIC, A UDP-Based Multiplexed and Secure Transport (RFC 9000 section 17).

package printer

import (
	"bytes"

	"github.com/tapdump/tapdump/versions"
)

var quicPrinted = versions.Since(versions.V5_0, "QUIC", "port 443 of UDP is not decoded, and there is no `-T quic`", "`quic, initial, dcid 0102, length 1200`")

const (
	quicLongHeader     = 0x80
	quicFixedBit       = 0x40
	quicInitial        = 0
	quicRetry          = 3
	quicTypes          = 4  // of long headers
	quicConnectionMax  = 20 // bytes of a connection ID
	quicTokenMax       = 999
	quicTagLen         = 16 // of a Retry packet's integrity tag
	quicConnectionsMax = 512
)

var quicTypeNames = [quicTypes]string{quicInitial: "initial", "0-rtt", "handshake", quicRetry: "retry"}

// quicConnection is a connection ID.
type quicConnection struct {
	id     [quicConnectionMax]byte
	length uint8
}

// quicConnections are connection IDs of long headers: short headers do not say how
// long theirs are. One that was found is moved to the front; new ones overwrite the
// others one after the other.
type quicConnections struct {
	ids  [quicConnectionsMax]quicConnection
	next int
}

// find returns the connection ID that b begins with, or nil.
func (c *quicConnections) find(b []byte) []byte {
	for i := range c.ids {
		at := &c.ids[i]
		n := int(at.length)
		if n == 0 {
			return nil
		}
		if n <= len(b) && bytes.Equal(at.id[:n], b[:n]) {
			c.ids[0], *at = *at, c.ids[0]
			return c.ids[0].id[:n]
		}
	}
	return nil
}

// add remembers a connection ID, unless it begins with one that is known.
func (c *quicConnections) add(id []byte) {
	if c.find(id) != nil {
		return
	}
	to := &c.ids[c.next]
	*to = quicConnection{length: uint8(len(id))}
	copy(to.id[:], id)
	c.next = (c.next + 1) % len(c.ids)
}

// quicDetected reports whether a payload of length bytes can be of QUIC.
func quicDetected(b []byte, length int) bool { return length > 0 && u8(b, 0)&quicFixedBit != 0 }

// quic prints the packets of a datagram, with zeros between them, as far as they
// were captured.
func (p *Printer) quic(b []byte) {
	p.proto = "quic"
	p.str("quic")
	for len(b) > 0 {
		p.bound()
		b = p.quicPacket(b)
		for len(b) > 0 && b[0] == 0 {
			b = b[1:]
		}
	}
}

// quicPacket prints a packet and returns what is behind it.
func (p *Printer) quicPacket(b []byte) []byte {
	if b[0]&quicLongHeader == 0 {
		p.quicShort(b[1:])
		return nil
	}
	kind, version := b[0]>>4&3, u32(b, 1)
	p.str(", ")
	if version == 0 {
		p.str("version negotiation")
	} else {
		p.str(quicTypeNames[kind])
	}
	if version > 1 {
		p.printf(", v%x", version)
	}
	b = p.quicConnection(", dcid ", b[5:])
	b = p.quicConnection(", scid ", b)
	switch {
	case version == 0:
		p.quicVersions(b)
		return nil
	case kind == quicRetry:
		p.quicRetry(b)
		return nil
	case kind == quicInitial:
		b = p.quicToken(b)
	}
	length, n := quicNumber(b)
	p.printf(", length %d", length)
	if b = b[n:]; length > uint64(len(b)) {
		p.truncMark()
		return nil
	}
	return b[length:]
}

// quicShort prints what is known of a packet with a short header from its first
// byte on.
func (p *Printer) quicShort(b []byte) {
	p.str(", protected")
	if len(b) <= quicTagLen {
		p.truncMark()
		return
	}
	p.inOrder()
	if id := p.conv.quic.find(b); id != nil {
		p.str(", dcid ")
		p.quicHex(id)
	}
}

// quicConnection prints and remembers the connection ID at the start of b and
// returns what is behind it. A length that no version has is skipped alone.
func (p *Printer) quicConnection(label string, b []byte) []byte {
	n := int(u8(b, 0))
	b = b[1:]
	if n == 0 || n > quicConnectionMax {
		return b
	}
	id := bytesAt(b, 0, n)
	p.str(label)
	p.quicHex(id)
	p.inOrder()
	p.conv.quic.add(id)
	return b[n:]
}

// quicVersions prints the versions that a server has (RFC 9000 section 17.2.1).
func (p *Printer) quicVersions(b []byte) {
	for ; len(b) >= 4; b = b[4:] {
		p.bound()
		p.printf(", version 0x%x", u32(b, 0))
	}
	if len(b) > 0 {
		p.truncMark()
	}
}

// quicRetry prints the token in front of the integrity tag (RFC 9000 section 17.2.5).
func (p *Printer) quicRetry(b []byte) {
	p.str(", token ")
	if len(b) <= quicTagLen {
		p.truncMark()
		return
	}
	p.quicHex(b[:len(b)-quicTagLen])
}

// quicToken prints the token of an Initial packet at the start of b and returns what
// is behind it. One that is implausibly long is taken for none.
func (p *Printer) quicToken(b []byte) []byte {
	length, n := quicNumber(b)
	b = b[n:]
	if length == 0 || length > quicTokenMax {
		return b
	}
	token := bytesAt(b, 0, int(length))
	p.str(", token ")
	p.quicHex(token)
	return b[len(token):]
}

func (p *Printer) quicHex(b []byte) {
	for _, c := range b {
		p.hex(uint64(c), 2)
	}
}

// quicNumber reads a variable-length integer (RFC 9000 section 16) and returns its
// length, too.
func quicNumber(b []byte) (v uint64, n int) {
	n = 1 << (u8(b, 0) >> 6)
	return beUint(b, 0, n) &^ (3 << (8*n - 2)), n
}
