// rip.go: Routing Information Protocol, versions 1 (RFC 1058) and 2 (RFC 2453), with RFC 4822's authentication.

package printer

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

func (p *Printer) rip(b []byte, length int) {
	p.proto = "rip"
	size := min(len(b), length)
	if b == nil || size < ripHeaderLen {
		p.truncMark()
		return
	}
	command, version := b[0], b[1]
	if p.vflag > 0 {
		p.str("\n\t")
	}
	p.printf("RIPv%d, %s, length: %d", version, tokStr(ripCommands, "unknown command (%d)", command), length)
	if p.vflag == 0 {
		return
	}
	switch {
	case command == ripRequest || command == ripResponse:
		p.ripEntries(b, length, size, version)
	case tokName(ripCommands, uint32(command)) == "" && p.vflag == 1:
		p.unknownData(b, "\n\t", length)
	}
	if p.vflag > 1 {
		p.unknownData(b, "\n\t", length)
	}
}

// ripEntries prints what follows the header, size bytes with it.
func (p *Printer) ripEntries(b []byte, length, size int, version uint8) {
	switch version {
	case 1:
		p.printf(", routes: %d", length/ripEntryLen)
	case 2:
		p.printf(", routes: %d or less", length/ripEntryLen)
	default:
		p.str(", unknown version")
		return
	}
	for i := ripHeaderLen; i < size; {
		left := size - i
		n := 0
		if version == 1 {
			n = p.ripEntry1(at(b, i), left)
		} else {
			n = p.ripEntry2(at(b, i), left)
		}
		if n == 0 {
			p.truncMark()
			return
		}
		if n > left {
			p.printf(" [remaining entries length %d < %d]", left, n)
			p.invalid()
			return
		}
		i += n
	}
}

// ripEntry1 prints a route of version 1 and returns its length, or 0 when it was
// cut off. left counts the bytes to the end of the message.
func (p *Printer) ripEntry1(b []byte, left int) int {
	if left < ripEntryLen || !has(b, 0, ripEntryLen) {
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
	if left < 4 || !has(b, 0, 4) {
		return 0
	}
	switch family := u16(b, 0); {
	case family == ripAFIAuth:
		return p.ripAuthentication(b, left)
	case family != bsdIPv4 && family != 0:
		p.printf("\n\t  AFI %s", tokStr(bsdFamilyNames, "Unknown (%d)", family))
		p.unknownData(b[4:], "\n\t  ", ripEntryLen-4)
	default:
		if !has(b, 0, ripEntryLen) || left < ripEntryLen {
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
		if !has(data, 0, 16) || left-4 < 16 {
			return 0
		}
		p.printf("\n\t  Auth header: Packet Len %d, Key-ID %d, Auth Data Len %d, SeqNo %d, MBZ %d, MBZ %d",
			u16(data, 0), data[2], data[3], u32(data, 4), u32(data, 8), u32(data, 12))
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
