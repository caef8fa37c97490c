// loopback.go: Ethernet Configuration Testing Protocol (Digital, Intel and
// Xerox: The Ethernet, version 2.0, chapter 8).

package printer

import "github.com/tapdump/tapdump/versions"

var loopbackShort = versions.Since(versions.V5_0, "Loopback", "a message that is too short is `(invalid)`", "`[length 1 < 2] (invalid)`")

const (
	loopbackReply       = 1
	loopbackForwardData = 2
)

var loopbackFunctions = []tok{
	{loopbackReply, "Reply"},
	{loopbackForwardData, "Forward Data"},
}

func (p *Printer) loopback(b []byte, length int) {
	p.proto = "loopback"
	p.str("Loopback")
	if length < 2 {
		p.loopbackInvalid(b, length, 2)
		return
	}
	skip := int(le16(b, 0))
	b, length = b[2:], length-2
	p.printf(", skipCount %d", skip)
	if skip%8 != 0 {
		p.str(" (bogus)")
	}
	if skip > length {
		p.loopbackInvalid(b, length, skip)
		return
	}
	need(b, 0, skip)
	p.loopbackMessage(b[skip:], length-skip)
}

// loopbackMessage prints the message that the skip count points to.
func (p *Printer) loopbackMessage(b []byte, length int) {
	if length < 2 {
		p.loopbackInvalid(b, length, 2)
		return
	}
	function := le16(b, 0)
	b, length = b[2:], length-2
	p.printf(", %s", tokStr(loopbackFunctions, " invalid (%d)", function))
	n := 0
	switch function {
	case loopbackReply:
		if n = 2; length < n {
			p.loopbackInvalid(b, length, n)
			return
		}
		p.printf(", receipt number %d", le16(b, 0))
	case loopbackForwardData:
		if n = 6; length < n {
			p.loopbackInvalid(b, length, n)
			return
		}
		p.printf(", forwarding address %s", macAt(b, 0))
	default:
		need(b, 0, length)
		return
	}
	p.printf(", data (%d octets)", length-n)
	need(b, n, length-n)
}

// loopbackInvalid ends a message of which less is left than there has to be; that
// must be captured.
func (p *Printer) loopbackInvalid(b []byte, left, least int) {
	p.wrongSince(loopbackShort, "length", left, "<", least)
	p.invalid()
	need(b, 0, left)
}
