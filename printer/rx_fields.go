// rx_fields.go: arguments and results of AFS's operations, which short texts
// describe.

package printer

import (
	"strings"
	"time"

	"github.com/tapdump/tapdump/internal/zone"
)

// rxXDR is what is left of an operation's arguments or results.
type rxXDR struct {
	b       []byte
	service *rxService
}

// word takes the next number.
func (x *rxXDR) word() uint32 {
	v := u32(x.b, 0)
	x.b = x.b[4:]
	return v
}

func (x *rxXDR) skip(n int) { x.b = at(x.b, n) }

// rxFields prints fields as a description says: text as it is, but
//
//	%i %u %q   number: signed, unsigned, of 64 bits
//	%d         date and time
//	%s         counted text
//	%n         text of fixed length, a word for each character
//	%f         file: volume, vnode and uniquifier
//	%a         attributes to be stored
//	%A         access control list
//	%v         Ubik's version of a database
//	%x         UUID
//	%y         type of a volume
//	%h         server to send to
//	%e %N %U   entry of the volume location database, in its three forms
//	%c         callbacks' versions and expirations
//	%o         opaque data, not shown
//	%b         whether the sender is the site that the others follow
//	%.         number, not shown
//	%-         21 numbers, not shown and not asked for
//	{...}      as many of these as the number in front says; a comma at the end
//	           stands between them
//
// It reports whether the fields were all captured, and ends the packet when a
// single number was not.
func (p *Printer) rxFields(x *rxXDR, description string) bool {
	for i := 0; i < len(description); i++ {
		switch c := description[i]; c {
		case '{':
			n := strings.IndexByte(description[i:], '}')
			if !p.rxList(x, description[i+1:i+n]) {
				return false
			}
			i += n
		case '%':
			i++
			if !p.rxField(x, description[i]) {
				return false
			}
		default:
			p.char(c)
		}
	}
	return true
}

func (p *Printer) rxList(x *rxXDR, description string) bool {
	description, comma := strings.CutSuffix(description, ",")
	n := x.word()
	if n == 0 {
		p.str(" <none!>")
	}
	for ; n > 0; n-- {
		if !p.rxFields(x, description) {
			return false
		}
		if comma && n > 1 {
			p.char(',')
		}
	}
	return true
}

// rxField prints one field with a blank in front.
func (p *Printer) rxField(x *rxXDR, field byte) bool {
	switch field {
	case 'i':
		p.printf(" %d", int32(x.word()))
	case 'u':
		p.printf(" %d", x.word())
	case 'q':
		p.printf(" %d", u64(x.b, 0))
		x.skip(8)
	case 'b':
		if x.word() != 0 {
			p.str(" syncsite yes")
		} else {
			p.str(" syncsite no")
		}
	case 'd':
		p.rxDate(x)
	case 's':
		return p.rxText(x)
	case 'n':
		return p.rxName(x)
	case 'f':
		return p.rxTriple(x, " fid ", '/')
	case 'h':
		return p.rxTriple(x, " server ", ':')
	case 'a':
		return p.rxStoreStatus(x)
	case 'A':
		return p.rxAccessList(x)
	case 'v':
		return p.rxUbikVersion(x)
	case 'x':
		return p.rxUUID(x)
	case 'y':
		p.rxVolumeType(x)
	case 'e', 'N', 'U':
		return p.rxVolumeEntry(x, field)
	case 'c':
		p.rxCallbacks(x)
	case 'o':
		n := int(x.word())
		if !has(x.b, 0, n) {
			return false
		}
		x.skip(n)
	case '.':
		x.word()
	case '-':
		x.skip(21 * 4)
	}
	return true
}

func (p *Printer) rxDate(x *rxXDR) {
	t := time.Unix(int64(int32(x.word())), 0).In(p.opts.Location)
	p.char(' ')
	p.out = zone.AppendFormat(p.out, t, "2006-01-02 15:04:05")
}

func (p *Printer) rxText(x *rxXDR) bool {
	n := x.word()
	if n > uint32(x.service.textMax) {
		return false
	}
	p.str(` "`)
	if p.safeLimited(x.b, int(n)) {
		return false
	}
	p.char('"')
	x.skip((int(n) + 3) &^ 3)
	return true
}

func (p *Printer) rxName(x *rxXDR) bool {
	n := x.service.nameLen * 4
	if !has(x.b, 0, n) {
		return false
	}
	p.str(` "`)
	for i := 3; i < n && x.b[i] != 0; i += 4 {
		p.safeChar(x.b[i])
	}
	p.char('"')
	x.skip(n)
	return true
}

func (p *Printer) rxTriple(x *rxXDR, label string, between byte) bool {
	if !has(x.b, 0, 12) {
		return false
	}
	p.str(label)
	p.uint(uint64(x.word()))
	p.char(between)
	p.uint(uint64(x.word()))
	p.char(between)
	p.uint(uint64(x.word()))
	return true
}

// rxStoreStatus prints the attributes that a mask says are to be stored.
func (p *Printer) rxStoreStatus(x *rxXDR) bool {
	const date, owner, group, mode, segmentSize, sync = 1, 2, 4, 8, 16, 1024
	b := x.b
	if !has(b, 0, 24) {
		return false
	}
	mask := x.word()
	if mask != 0 {
		p.str(" StoreStatus")
	}
	if mask&date != 0 {
		p.str(" date")
		p.rxDate(x)
	}
	if mask&owner != 0 {
		p.printf(" owner %d", u32(b, 8))
	}
	if mask&group != 0 {
		p.printf(" group %d", u32(b, 12))
	}
	if mask&mode != 0 {
		p.printf(" mode %o", u32(b, 16)&0o7777)
	}
	if mask&segmentSize != 0 {
		p.printf(" segsize %d", u32(b, 20))
	}
	if mask&sync != 0 {
		p.str(" fsync")
	}
	x.b = b[24:]
	return true
}

func (p *Printer) rxUbikVersion(x *rxXDR) bool {
	if !has(x.b, 0, 8) {
		return false
	}
	p.printf(" %d.%d", u32(x.b, 0), u32(x.b, 4))
	x.skip(8)
	return true
}

// rxUUIDLen: each part of a UUID takes a word.
const rxUUIDLen = 44

func (p *Printer) rxUUID(x *rxXDR) bool {
	if !has(x.b, 0, rxUUIDLen) {
		return false
	}
	p.printf(" %08x%04x%04x", u32(x.b, 0), u32(x.b, 4), u32(x.b, 8))
	for i := 12; i < rxUUIDLen; i += 4 {
		p.hex(uint64(uint8(u32(x.b, i))), 2)
	}
	x.skip(rxUUIDLen)
	return true
}

var rxVolumeTypes = []string{"read-write", "read-only", "backup"}

func (p *Printer) rxVolumeType(x *rxXDR) {
	if name := strName(rxVolumeTypes, x.word()); name != "" {
		p.str(" type ")
		p.str(name)
	}
}

// rxCallbacks prints when callbacks expire. Their type follows and is not shown.
func (p *Printer) rxCallbacks(x *rxXDR) {
	n := x.word()
	if n > 0 {
		p.char(';')
	}
	for ; n > 0; n-- {
		p.str(" ver")
		p.printf(" %d", int32(x.word()))
		p.str(" expires")
		p.rxDate(x)
		x.word()
	}
}

// rxVolumeEntry prints where a volume is: its name, servers, their partitions and
// the volume's numbers.
func (p *Printer) rxVolumeEntry(x *rxXDR, form byte) bool {
	sites := 13
	if form == 'e' {
		sites = 8
	}
	if !p.rxName(x) {
		return false
	}
	if form == 'e' {
		if !has(x.b, 0, 4) {
			return false
		}
		x.skip(4) // type
	}
	p.str(" numservers")
	servers := x.word()
	p.printf(" %d", servers)
	p.str(" servers")
	if !p.rxVolumeServers(x, form, sites, servers) {
		return false
	}
	p.str(" partitions")
	for i := range uint32(sites) {
		partition := x.word()
		switch {
		case i >= servers:
		case partition <= 26:
			p.char(' ')
			p.char('a' + byte(partition))
		default:
			p.printf(" %d", partition)
		}
	}
	if !has(x.b, 0, 4*sites) {
		return false
	}
	x.skip(4 * sites) // flags
	return p.rxFields(x, " rwvol%u rovol%u backup%u")
}

// rxVolumeServers prints those of the sites that are in use.
func (p *Printer) rxVolumeServers(x *rxXDR, form byte, sites int, servers uint32) bool {
	n := 4
	if form == 'U' {
		n = rxUUIDLen
	}
	for i := range uint32(sites) {
		if i < servers && form == 'U' {
			p.str(" afsuuid")
		}
		if !has(x.b, 0, n) {
			return false
		}
		switch {
		case i >= servers:
			x.skip(n)
		case form == 'U':
			p.rxUUID(x)
		default:
			p.char(' ')
			p.out = appendIPv4(p.out, ip4At(x.b, 0))
			x.skip(n)
		}
	}
	if form != 'U' {
		return true
	}
	if !has(x.b, 0, 4*sites) {
		return false
	}
	x.skip(4 * sites) // the UUIDs' uniquifiers
	return true
}
