// aoe.go: ATA over Ethernet (Coraid: AoEr11).

package printer

const (
	aoeVersion1 = 1

	aoeIssue   = 0
	aoeQuery   = 1
	aoeMACMask = 2
	aoeReserve = 3

	aoeFlagError = 0x04
)

// Lengths of headers, without what may follow any number of times.
const (
	aoeHeaderLen  = 10
	aoeIssueLen   = 12
	aoeQueryLen   = 8
	aoeMACMaskLen = 4
	aoeReserveLen = 2
	aoeMACLen     = 6
)

// aoeConfigMax is the longest configuration string.
const aoeConfigMax = 1024

var (
	aoeCommands = []tok{
		{aoeIssue, "Issue ATA Command"},
		{aoeQuery, "Query Config Information"},
		{aoeMACMask, "MAC Mask List"},
		{aoeReserve, "Reserve/Release"},
	}
	aoeFlags = []tok{
		{0x08, "Response"},
		{aoeFlagError, "Error"},
		{0x02, "MBZ-1"},
		{0x01, "MBZ-0"},
	}
	aoeErrors = []tok{
		{1, "Unrecognized command code"},
		{2, "Bad argument parameter"},
		{3, "Device unavailable"},
		{4, "Config string present"},
		{5, "Unsupported version"},
		{6, "Target is reserved"},
	}
	aoeIssueFlags = []tok{
		{0x80, "MBZ-7"},
		{0x40, "Ext48"},
		{0x20, "MBZ-5"},
		{0x10, "Device"},
		{0x08, "MBZ-3"},
		{0x04, "MBZ-2"},
		{0x02, "Async"},
		{0x01, "Write"},
	}
	// one byte each, behind the flags
	aoeIssueFields = [...]string{
		", Err/Feature: ", ", Sector Count: ", ", Cmd/Status: ",
		"\n\tlba0: ", ", lba1: ", ", lba2: ", ", lba3: ", ", lba4: ", ", lba5: ",
	}
	aoeQueryCommands = []tok{
		{0, "read config string"},
		{1, "test config string"},
		{2, "test config string prefix"},
		{3, "set config string"},
		{4, "force set config string"},
	}
	aoeMaskCommands = []tok{
		{0, "Read Mac Mask List"},
		{1, "Edit Mac Mask List"},
	}
	aoeMaskErrors = []tok{
		{1, "Unspecified Error"},
		{2, "Bad DCmd directive"},
		{3, "Mask list full"},
	}
	aoeMaskDirectives = []tok{
		{0, "No Directive"},
		{1, "Add mac address to mask list"},
		{2, "Delete mac address from mask list"},
	}
	aoeReserveCommands = []tok{
		{0, "Read reserve list"},
		{1, "Set reserve list"},
		{2, "Force set reserve list"},
	}
)

func (p *Printer) aoe(b []byte, length int) {
	p.proto = "aoe"
	p.printf("AoE length %d", uint32(length))
	if length < 1 {
		p.aoeInvalid(b, length)
		return
	}
	version := u8(b, 0) >> 4
	p.printf(", Ver %d", version)
	if version == aoeVersion1 {
		p.aoe1(b, length)
	}
}

// aoeInvalid ends a malformed packet; what is left of it must be captured.
func (p *Printer) aoeInvalid(b []byte, left int) {
	p.invalid()
	need(b, 0, left)
}

func (p *Printer) aoe1(b []byte, length int) {
	if length < aoeHeaderLen {
		p.aoeInvalid(b, length)
		return
	}
	flags := u8(b, 0) & 0x0f
	p.printf(", Flags: [%s]", bitStr(aoeFlags, "none", flags))
	if p.vflag == 0 {
		return
	}
	if flags&aoeFlagError != 0 {
		p.printf("\n\tError: %s", tokStr(aoeErrors, "Invalid (%d)", u8(b, 1)))
	}
	p.printf("\n\tMajor: 0x%04x", u16(b, 2))
	p.printf(", Minor: 0x%02x", u8(b, 4))
	command := u8(b, 5)
	p.printf(", Command: %s", tokStr(aoeCommands, "Unknown (0x%02x)", command))
	p.printf(", Tag: 0x%08x", u32(b, 6))
	b, length = b[aoeHeaderLen:], length-aoeHeaderLen
	switch command {
	case aoeIssue:
		p.aoeIssue(b, length)
	case aoeQuery:
		p.aoeQuery(b, length)
	case aoeMACMask:
		p.aoeMACMask(b, length)
	case aoeReserve:
		p.aoeReserve(b, length)
	}
}

func (p *Printer) aoeIssue(b []byte, length int) {
	if length < aoeIssueLen {
		p.aoeInvalid(b, length)
		return
	}
	p.printf("\n\tAFlags: [%s]", bitStr(aoeIssueFlags, "none", u8(b, 0)))
	for i, label := range aoeIssueFields {
		v := u8(b, 1+i)
		p.str(label)
		p.uint(uint64(v))
	}
	need(b, 0, aoeIssueLen)
	if length > aoeIssueLen {
		p.printf("\n\tData: %d bytes", length-aoeIssueLen)
	}
}

func (p *Printer) aoeQuery(b []byte, length int) {
	if length < aoeQueryLen {
		p.aoeInvalid(b, length)
		return
	}
	p.printf("\n\tBuffer Count: %d", u16(b, 0))
	p.printf(", Firmware Version: %d", u16(b, 2))
	p.printf(", Sector Count: %d", u8(b, 4))
	v := u8(b, 5)
	// tcpdump shows the command it does not know as this very text
	p.printf(", AoE: %d, CCmd: %s", v>>4, tokStr(aoeQueryCommands, "Unknown (0x02x)", v&0x0f))
	n := int(u16(b, 6))
	b, length = b[aoeQueryLen:], length-aoeQueryLen
	if n > aoeConfigMax || n > length {
		p.aoeInvalid(b, length)
		return
	}
	if n > 0 {
		p.printf("\n\tConfig String (length %d): ", n)
		p.safeN(b, n)
	}
}

func (p *Printer) aoeMACMask(b []byte, length int) {
	const directiveLen = 8
	if length < aoeMACMaskLen {
		p.aoeInvalid(b, length)
		return
	}
	p.printf("\n\tMCmd: %s", tokStr(aoeMaskCommands, "Unknown (0x%02x)", u8(b, 1)))
	p.printf(", MError: %s", tokStr(aoeMaskErrors, "Unknown (0x%02x)", u8(b, 2)))
	count := int(u8(b, 3))
	b, length = b[aoeMACMaskLen:], length-aoeMACMaskLen
	p.printf(", Dir Count: %d", count)
	if count*directiveLen > length {
		p.aoeInvalid(b, length)
		return
	}
	for i := range count {
		directive := at(b, i*directiveLen)
		p.printf("\n\t DCmd: %s", tokStr(aoeMaskDirectives, "Unknown (0x%02x)", u8(directive, 1)))
		p.printf(", Ethernet Address: %s", macAt(directive, 2))
	}
}

func (p *Printer) aoeReserve(b []byte, length int) {
	if length < aoeReserveLen || (length-aoeReserveLen)%aoeMACLen != 0 {
		p.aoeInvalid(b, length)
		return
	}
	p.printf("\n\tRCmd: %s", tokStr(aoeReserveCommands, "Unknown (0x%02x)", u8(b, 0)))
	count := int(u8(b, 1))
	b, length = b[aoeReserveLen:], length-aoeReserveLen
	p.printf(", NMacs: %d", count)
	if count*aoeMACLen != length {
		p.aoeInvalid(b, length)
		return
	}
	for i := range count {
		p.printf("\n\tEthernet Address %d: %s", i, macAt(b, i*aoeMACLen))
	}
}
