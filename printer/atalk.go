// atalk.go: AppleTalk: Datagram Delivery Protocol, AppleTalk Transaction
// Protocol and Name Binding Protocol (Inside AppleTalk, chapters 4, 7 and 9).

package printer

import "github.com/tapdump/tapdump/versions"

var atalkLengths = versions.Since(versions.V5_0, "AppleTalk", "`[\\|ddp 5]`, `[\\|atp 7]`, `truncated-nbp 9`; `[\\|ddp]` in place of a header that is cut; `nbp-0x42  1 (12)`",
	"`[length 5 < 13] (invalid)`, `[ATP length 7 < 8] (invalid)`, `[undersized-nbp 9 < 10] (invalid)`; `[\\|atalk]` behind what there is of the header; `nbp-0x40 1  (12)`")

// Lengths of DDP headers.
const (
	atalkLongLen  = 13
	atalkShortLen = 5
)

// DDP types that are decoded.
const (
	atalkTypeNBP   = 2
	atalkTypeATP   = 3
	atalkTypeEIGRP = 88
)

var atalkTypes = []tok{{1, "rtmp"}, {5, "rtmpReq"}, {4, "echo"}, {22, "IP"}, {23, "ARP"}, {0x4b, "KLAP"}}

var atalkSockets = []tok{{1, "rtmp"}, {2, "nis"}, {4, "echo"}, {6, "zip"}}

// atalkAddr is where a datagram comes from or goes to.
type atalkAddr struct {
	net          uint16
	node, socket uint8
}

// atalkSource is the source in a long DDP header.
func atalkSource(b []byte) atalkAddr { return atalkAddr{u16(b, 6), u8(b, 9), u8(b, 11)} }

// atalkDestination is the destination in a long DDP header.
func atalkDestination(b []byte) atalkAddr { return atalkAddr{u16(b, 4), u8(b, 8), u8(b, 10)} }

func (p *Printer) atalk(b []byte, length int) {
	p.proto = "atalk"
	if !p.eflag {
		p.str("AT ")
	}
	switch {
	case p.follows(atalkLengths):
		if p.lacks("length", length, atalkLongLen) {
			return
		}
	case length < atalkLongLen:
		p.printf(" [|ddp %d]", uint32(length))
		return
	case !has(b, 0, atalkLongLen):
		p.str(" [|ddp]")
		return
	}
	from := atalkSource(b)
	p.atalkEndpoints(from, atalkDestination(b))
	p.char(' ')
	p.atalkPayload(u8(b, 12), at(b, atalkLongLen), length-atalkLongLen, from)
}

func (p *Printer) atalkEndpoints(from, to atalkAddr) {
	p.atalkNode(from.net, from.node)
	p.char('.')
	p.atalkSocket(from.socket)
	p.str(" > ")
	p.atalkNode(to.net, to.node)
	p.char('.')
	p.atalkSocket(to.socket)
	p.char(':')
}

// atalkNode prints network and node; the broadcast node is left out.
func (p *Printer) atalkNode(net uint16, node uint8) {
	p.uint(uint64(net))
	if node != 255 {
		p.char('.')
		p.uint(uint64(node))
	}
}

func (p *Printer) atalkSocket(socket uint8) {
	if p.nflag {
		p.uint(uint64(socket))
		return
	}
	p.tok(atalkSockets, "%d", uint32(socket))
}

// atalkPayload prints what a datagram from carries.
func (p *Printer) atalkPayload(kind uint8, b []byte, length int, from atalkAddr) {
	switch kind {
	case atalkTypeNBP:
		p.atalkNBP(b, length, from)
	case atalkTypeATP:
		p.atalkATP(b, length)
	case atalkTypeEIGRP:
		p.eigrp(b, length)
	default:
		p.printf(" at-%s %d", tokStr(atalkTypes, "", kind), length)
	}
}

// Control byte of ATP: function in the upper two bits.
const (
	atalkATPHeaderLen = 8
	atalkATPFunction  = 0xc0
	atalkATPRequest   = 0x40
	atalkATPResponse  = 0x80
	atalkATPRelease   = 0xc0
	atalkATPOnce      = 0x20 // exactly once
	atalkATPEnd       = 0x10 // end of message
	atalkATPStatus    = 0x08 // send transaction status
)

func (p *Printer) atalkATP(b []byte, length int) {
	switch {
	case p.follows(atalkLengths):
		p.proto = "atp"
		if p.lacks("ATP length", length, atalkATPHeaderLen) {
			return
		}
	case !has(b, 0, atalkATPHeaderLen):
		p.truncMark()
		return
	case length < atalkATPHeaderLen:
		p.printf(" [|atp %d]", length)
		return
	}
	length -= atalkATPHeaderLen
	control, bitmap, id := u8(b, 0), u8(b, 1), u16(b, 2)
	switch control & atalkATPFunction {
	case atalkATPRequest:
		once := "*"
		if control&atalkATPOnce != 0 {
			once = " "
		}
		p.printf(" atp-req%s %d", once, id)
		p.atalkATPBitmap(bitmap)
		p.atalkATPLen(length)
		p.atalkATPFlags(" [", control&(atalkATPEnd|atalkATPStatus))
	case atalkATPResponse:
		end := " "
		if control&atalkATPEnd != 0 {
			end = "*"
		}
		p.printf(" atp-resp%s%d:%d (%d)", end, id, bitmap, length)
		p.atalkATPFlags(" [", control&(atalkATPOnce|atalkATPStatus))
	case atalkATPRelease:
		p.printf(" atp-rel  %d", id)
		p.atalkATPBitmap(bitmap)
		p.atalkATPLen(length)
		p.atalkATPFlags("[", control&(atalkATPOnce|atalkATPEnd|atalkATPStatus))
	default:
		p.printf(" atp-0x%x  %d (%d)", control, id, length)
	}
	if data := u32(b, 4); data != 0 {
		p.printf(" 0x%x", data)
	}
}

func (p *Printer) atalkATPLen(length int) {
	if length != 0 {
		p.printf(" [len=%d]", length)
	}
}

var atalkATPFlagNames = []tok{{atalkATPOnce, "XO"}, {atalkATPEnd, "EOM"}, {atalkATPStatus, "STS"}}

// atalkATPFlags prints the names of flags between prefix and a bracket.
func (p *Printer) atalkATPFlags(prefix string, flags uint8) {
	if flags == 0 {
		return
	}
	p.str(prefix)
	p.printf("%s", bitStrSep(atalkATPFlagNames, "", ",", flags))
	p.char(']')
}

// atalkATPBitmap prints which responses are wanted: a range when it is from
// the first one on.
func (p *Printer) atalkATPBitmap(bitmap uint8) {
	between := byte('<')
	if bitmap&(bitmap+1) == 0 {
		last := 0
		for bitmap > 1 {
			bitmap >>= 1
			last++
		}
		p.str("<0")
		if last > 0 {
			p.printf("-%d", last)
		}
		p.char('>')
		return
	}
	for i := uint64(0); bitmap != 0; i++ {
		if bitmap&1 != 0 {
			p.char(between)
			p.uint(i)
			between = ','
		}
		bitmap >>= 1
	}
	p.char('>')
}
