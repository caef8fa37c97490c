// msdp.go: Multicast Source Discovery Protocol (RFC 3618).

package printer

import "github.com/tapdump/tapdump/versions"

const (
	msdpSourceActive   = 1
	msdpSourceRequest  = 2
	msdpSourceResponse = 3
	msdpKeepalive      = 4
	msdpNotification   = 5
	msdpTypeMax        = 7

	msdpLenMax    = 1500
	msdpHeaderLen = 3
	msdpEntryLen  = 12
)

var msdpInvalid = versions.Since(versions.V5_0, "MSDP", "`[\\|msdp]` for a wrong length or type",
	"the value and its limit: `[len 2 < 3] (invalid)`")

// msdp prints the TLVs of a segment, if it seems to begin with one.
func (p *Printer) msdp(b []byte, length int) {
	p.proto = "msdp"
	p.str(": msdp")
	kind, n := u8(b, 0), int(u16(b, 1))
	ok := true
	switch {
	case n > msdpLenMax:
		ok = p.msdpWrong("len", n, ">", msdpLenMax)
	case n < msdpHeaderLen:
		ok = p.msdpWrong("len", n, "<", msdpHeaderLen)
	case kind == 0:
		ok = p.msdpWrong("type", 0, "==", 0)
	case kind > msdpTypeMax:
		ok = p.msdpWrong("type", int(kind), ">", msdpTypeMax)
	}
	for i := 0; ok && i < length; {
		var n int
		n, ok = p.msdpTLV(at(b, i), length-i)
		i += n
	}
	if !ok {
		p.invalidSince(msdpInvalid)
	}
}

// msdpWrong complains that a value is out of its bounds. It returns false, for
// its callers to return.
func (p *Printer) msdpWrong(what string, value int, is string, bound int) bool {
	p.wrongSince(msdpInvalid, what, value, is, bound)
	return false
}

// msdpLeast reports whether a length is at least as great as it has to be.
func (p *Printer) msdpLeast(what string, n, least int) bool {
	return n >= least || p.msdpWrong(what, n, "<", least)
}

// msdpTLV prints a TLV and returns its length. It is not ok when the TLV does
// not fit. left counts the bytes to the end of the segment.
func (p *Printer) msdpTLV(b []byte, left int) (n int, ok bool) {
	if !p.msdpLeast("length", left, msdpHeaderLen) {
		return 0, false
	}
	kind := u8(b, 0)
	n = int(u16(b, 1))
	if n > 1400 || p.vflag > 0 {
		p.printf(" [len %d]", n)
	}
	if !p.msdpLeast("len", n, msdpHeaderLen) || !p.msdpLeast("length", left, n) {
		return 0, false
	}
	switch kind {
	case msdpSourceActive, msdpSourceResponse:
		if !p.msdpSources(b, kind, n) {
			return 0, false
		}
	case msdpSourceRequest:
		p.str(" SA-Request")
		if !p.msdpLeast("len", n, 4) {
			return 0, false
		}
		need(b, 3, 1)
		if !p.msdpLeast("len", n, 8) {
			return 0, false
		}
		p.msdpLength(n, 8)
		p.printf(" for %s", ip4At(b, 4))
	case msdpKeepalive:
		p.str(" Keepalive")
		p.msdpLength(n, msdpHeaderLen)
	case msdpNotification:
		p.str(" Notification")
	default:
		p.printf(" [type=%d len=%d]", kind, n)
	}
	need(b, 0, n)
	return n, true
}

// msdpLength remarks on a TLV that is longer than its type needs.
func (p *Printer) msdpLength(n, want int) {
	if n != want {
		p.printf("[len=%d] ", n)
	}
}

// msdpSources prints sources that are active, n bytes with the header, and with
// -vv the packet of one that may follow (RFC 3618 section 12.2.1).
func (p *Printer) msdpSources(b []byte, kind uint8, n int) bool {
	if kind == msdpSourceActive {
		p.str(" SA")
	} else {
		p.str(" SA-Response")
	}
	if !p.msdpLeast("len", n, 4) {
		return false
	}
	entries := int(u8(b, 3))
	p.printf(" %d entries", entries)
	if !p.msdpLeast("len", n, 8) {
		return false
	}
	end := 8 + entries*msdpEntryLen
	need(b, 0, end)
	if n > end {
		p.str(" [w/data]")
		if p.vflag > 1 {
			p.char(' ')
			p.ip4(b[end:], n-end)
		}
	}
	return true
}
