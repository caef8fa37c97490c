// rip.go: Routing Information Protocol, versions 1 (RFC 1058) and 2 (RFC 2453), with RFC 4822's authentication.

package printer

import "github.com/tapdump/tapdump/versions"

const (
	ripHeaderLen = 4
	ripEntryLen  = 20
	ripAFIAuth   = 0xffff
)

const (
	ripRequest  = 1
	ripResponse = 2
)

var ripCommands = []tok{
	{ripRequest, "Request"},
	{ripResponse, "Response"},
	{3, "Trace on"},
	{4, "Trace off"},
	{6, "Triggered Request"},
	{7, "Triggered Response"},
	{8, "Triggered Acknowledgement"},
	{9, "Update Request"},
	{10, "Update Response"},
	{11, "Update Acknowledge"},
}

var (
	ripVersion = versions.Since(versions.V5_0, "RIP", "versions other than 1 and 2 with command and dump", "`RIPv3 [version != 1 && version != 2] (invalid)`")
	ripInvalid = versions.Since(versions.V5_0, "RIP", "`[\\|rip]` for a message or route that is too short",
		"the length and its limit: `[remaining data length 4 < 20] (invalid)`; `[\\|rip]` only for what was not captured")
	ripRest = versions.Since(versions.V5_0, "RIP", "the header counts in the number of routes; `-vv` dumps all of a message", "it does not; only what was not decoded is dumped")
)

func (p *Printer) rip(b []byte, length int) {
	p.proto = "rip"
	size := length
	if !p.follows(ripInvalid) {
		if size = min(len(b), length); b == nil || size < ripHeaderLen {
			p.truncMark()
			return
		}
	}
	if p.vflag > 0 {
		p.str("\n\t")
	}
	p.str("RIP")
	if length < ripHeaderLen {
		p.ripFits("packet length", length, ripHeaderLen)
		p.ripWrong(b, length)
		return
	}
	version := u8(b, 1)
	p.printf("v%d", version)
	if version != 1 && version != 2 && p.follows(ripVersion) {
		p.str(" [version != 1 && version != 2]")
		p.ripWrong(b, length)
		return
	}
	command := u8(b, 0)
	p.printf(", %s, length: %d", tokStr(ripCommands, "unknown command (%d)", command), length)
	need(b, 0, ripHeaderLen)
	if p.vflag == 0 {
		return
	}
	p.ripBody(command, version, b, length, size)
}

// ripBody prints what follows the header, of which the first size bytes of the
// message are looked at.
func (p *Printer) ripBody(command, version uint8, b []byte, length, size int) {
	rest, left := b, length // of the message: what is counted and dumped
	if p.follows(ripRest) {
		rest, left = b[ripHeaderLen:], length-ripHeaderLen
	}
	switch {
	case command == ripRequest || command == ripResponse:
		p.ripRoutes(version, left)
		end, over, went := p.ripEntries(b[ripHeaderLen:], size-ripHeaderLen, version)
		switch {
		case went == cut:
			p.truncMark()
		case went == bad:
			p.ripWrong(end, over)
			if p.follows(ripInvalid) {
				return
			}
		}
		if p.follows(ripRest) {
			rest, left = end, over
		}
	case tokName(ripCommands, uint32(command)) == "" && p.vflag == 1:
		p.unknownData(rest, "\n\t", left)
	}
	if p.vflag > 1 && (!p.follows(ripRest) || rest != nil && has(rest, 0, left)) {
		p.unknownData(rest, "\n\t", left)
	}
}

// ripFits reports whether a length is at least as great as it has to be; if
// not, it says so.
func (p *Printer) ripFits(what string, n, least int) bool {
	if n < least {
		p.wrongSince(ripInvalid, what, n, "<", least)
	}
	return n >= least
}

// ripWrong marks what is wrong with a message of which left bytes follow from b
// on, and ends the packet unless they were captured.
func (p *Printer) ripWrong(b []byte, left int) {
	p.invalid()
	if p.follows(ripInvalid) {
		need(b, 0, left)
	}
}

// ripRoutes prints how many routes there may be in n bytes.
func (p *Printer) ripRoutes(version uint8, n int) {
	switch version {
	case 1:
		p.printf(", routes: %d", n/ripEntryLen)
	case 2:
		p.printf(", routes: %d or less", n/ripEntryLen)
	default:
		p.str(", unknown version")
	}
}

// ripEntries prints the routes in left bytes. It returns what it did not come to.
func (p *Printer) ripEntries(b []byte, left int, version uint8) (rest []byte, over int, went outcome) {
	if version != 1 && version != 2 {
		return b, left, done
	}
	for left > 0 {
		n := 0
		if version == 1 {
			n = p.ripEntry1(b, left)
		} else {
			n = p.ripEntry2(b, left)
		}
		switch {
		case n == 0 && p.follows(ripInvalid):
			return b, left, bad
		case n == 0:
			return b, left, cut
		case n > left:
			p.wrong("remaining entries length", left, "<", n)
			return b, left, bad
		}
		b, left = at(b, n), left-n
	}
	return b, left, done
}

// ripCaptured reports whether n bytes were captured; where that is not the same
// as an entry that is too short, it ends the packet if not.
func (p *Printer) ripCaptured(b []byte, n int) bool {
	if p.follows(ripInvalid) {
		need(b, 0, n)
	}
	return has(b, 0, n)
}

// ripEntry1 prints a route of version 1 and returns its length, or 0 when it does
// not fit. left counts the bytes to the end of the message.
func (p *Printer) ripEntry1(b []byte, left int) int {
	if !p.ripFits("remaining data length", left, ripEntryLen) || !p.ripCaptured(b, ripEntryLen) {
		return 0
	}
	switch family := u16(b, 0); {
	case family != bsdIPv4 && family != 0:
		p.printf("\n\t AFI %s, ", tokStr(bsdFamilyNames, "Unknown (%d)", family))
		p.unknownData(b[4:], "\n\t  ", ripEntryLen-4)
	case u16(b, 2) != 0 || u32(b, 8) != 0 || u32(b, 12) != 0: // must be zero
		p.unknownData(b, "\n\t  ", ripEntryLen)
	case family == 0:
		p.printf("\n\t  AFI 0, %s, metric: %d", ip4At(b, 4), u32(b, 16))
	default:
		p.printf("\n\t  %s, metric: %d", ip4At(b, 4), u32(b, 16))
	}
	return ripEntryLen
}

// ripEntry2 does the same for version 2, where entries may be authentication.
func (p *Printer) ripEntry2(b []byte, left int) int {
	if !p.ripFits("remaining data length", left, 4) || !p.ripCaptured(b, 4) {
		return 0
	}
	switch family := u16(b, 0); {
	case family == ripAFIAuth:
		return p.ripAuthentication(b, left)
	case family != bsdIPv4 && family != 0:
		p.printf("\n\t  AFI %s", tokStr(bsdFamilyNames, "Unknown (%d)", family))
		p.unknownData(b[4:], "\n\t  ", ripEntryLen-4)
	default:
		if !p.ripFits("remaining data length", left, ripEntryLen) || !p.ripCaptured(b, ripEntryLen) {
			return 0
		}
		p.printf("\n\t  AFI %s, %15s/%-2d, tag 0x%04x, metric: %d, next-hop: ",
			tokStr(bsdFamilyNames, "%d", family), ip4At(b, 4), maskLength(u32(b, 8)), u16(b, 2), u32(b, 16))
		if u32(b, 12) != 0 {
			p.printf("%s", ip4At(b, 12))
		} else {
			p.str("self")
		}
	}
	return ripEntryLen
}

// ripAuthentication prints an entry with address family 0xffff (RFC 2453 section
// 4.1, RFC 4822 section 2).
func (p *Printer) ripAuthentication(b []byte, left int) int {
	data := b[4:]
	switch kind := u16(b, 2); kind {
	case 2:
		p.str("\n\t  Simple Text Authentication data: ")
		p.safePadded(data, 16)
	case 3:
		if !p.ripFits("remaining data length", left-4, 16) || !p.follows(ripInvalid) && !has(data, 0, 16) {
			return 0
		}
		p.str("\n\t  Auth header:")
		p.printf(" Packet Len %d,", u16(data, 0))
		p.printf(" Key-ID %d,", u8(data, 2))
		p.printf(" Auth Data Len %d,", u8(data, 3))
		p.printf(" SeqNo %d,", u32(data, 4))
		p.printf(" MBZ %d,", u32(data, 8))
		p.printf(" MBZ %d", u32(data, 12))
	case 1:
		p.str("\n\t  Auth trailer:")
		p.unknownData(data, "\n\t  ", left-4)
		return left // it spans the rest of the message
	default:
		p.printf("\n\t  Unknown (%d) Authentication data:", kind)
		p.unknownData(data, "\n\t  ", left-4)
		return left
	}
	return ripEntryLen
}
