// tipc.go: Transparent Inter-Process Communication (TIPC message formats,
// draft-spec-tipc-07).

package printer

const (
	tipcConnectionManager = 8
	tipcNameDistributor   = 11
	tipcLinkConfig        = 13
)

var (
	tipcUsers = []tok{
		{0, "Low Importance Data payload"},
		{1, "Medium Importance Data payload"},
		{2, "High Importance Data payload"},
		{3, "Critical Importance Data payload"},
		{5, "Broadcast Link Protocol internal"},
		{6, "Message Bundler Protocol internal"},
		{7, "Link State Protocol internal"},
		{tipcConnectionManager, "Connection Manager internal"},
		{10, "Link Changeover Protocol internal"},
		{tipcNameDistributor, "Name Table Update Protocol internal"},
		{12, "Message Fragmentation Protocol internal"},
		{tipcLinkConfig, "Neighbor Detection Protocol internal"},
	}
	// tcpdump's names of 1 and 3 have changed places
	tipcMessageTypes = []tok{
		{0, "CONN_MSG"},
		{1, "MCAST_MSG"},
		{2, "NAMED_MSG"},
		{3, "DIRECT_MSG"},
	}
	tipcLinkTypes = []tok{
		{0, "Link request"},
		{1, "Link response"},
	}
)

func (p *Printer) tipc(b []byte, length int) {
	p.proto = "tipc"
	switch user := u32(b, 0) >> 25 & 15; user {
	case 0, 1, 2, 3, tipcNameDistributor, tipcConnectionManager:
		p.tipcPayload(b)
	case 5, 6, 7, 10, 12:
		p.tipcInternal(b)
	case tipcLinkConfig:
		p.tipcLink(b)
	}
}

// tipcAddress prints a network address: zone, cluster and node.
func (p *Printer) tipcAddress(before string, addr uint32) {
	p.printf("%s%d.%d.%d", before, addr>>24, addr>>12&0xfff, addr&0xfff)
}

// tipcVersion begins a line by the first word of the header.
func (p *Printer) tipcVersion(w0 uint32) { p.printf("TIPC v%d.0 ", w0>>29) }

// tipcHeader prints the sizes and the user in the first word of the header and
// the type of message in the second.
func (p *Printer) tipcHeader(w0, w1 uint32, types []tok) {
	p.printf(", headerlength %d bytes, MessageSize %d bytes, %s, messageType %s", (w0>>21&15)*4, w0&0x1ffff,
		tokStr(tipcUsers, "unknown", w0>>25&15), tokStr(types, "Unknown", w1>>29))
}

// tipcPayload prints a message with user data. Short headers leave out the
// nodes at the ends, since these are neighbours.
func (p *Printer) tipcPayload(b []byte) {
	const shortHeader = 6 // words
	w0, w1, previous := u32(b, 0), u32(b, 4), u32(b, 12)
	sport, dport := u32(b, 16), u32(b, 20)
	if w0>>21&15 <= shortHeader {
		p.tipcVersion(w0)
		p.tipcAddress("", previous)
		p.printf(":%d > %d", sport, dport)
		p.tipcHeader(w0, w1, tipcMessageTypes)
		return
	}
	from, to := u32(b, 24), u32(b, 28)
	p.tipcVersion(w0)
	p.tipcAddress("", from)
	p.printf(":%d", sport)
	p.tipcAddress(" > ", to)
	p.printf(":%d", dport)
	p.tipcHeader(w0, w1, tipcMessageTypes)
	if p.vflag == 0 {
		return
	}
	w2 := u32(b, 8)
	p.tipcAddress("\n\tPrevious Node ", previous)
	p.printf(", Broadcast Ack %d, Link Ack %d, Link Sequence %d", w1&0xffff, w2>>16, w2&0xffff)
}

func (p *Printer) tipcInternal(b []byte) {
	w0, w1, from, to := u32(b, 0), u32(b, 4), u32(b, 24), u32(b, 28)
	p.tipcVersion(w0)
	p.tipcAddress("", from)
	p.tipcAddress(" > ", to)
	p.tipcHeader(w0, w1, tipcMessageTypes)
	p.printf(" (0x%08x)", w1)
	if p.vflag == 0 {
		return
	}
	w2, previous, w4, w5, sequence, w9 := u32(b, 8), u32(b, 12), u32(b, 16), u32(b, 20), u32(b, 32), u32(b, 36)
	p.tipcAddress("\n\tPrevious Node ", previous)
	p.printf(", Session No. %d, Broadcast Ack %d, Sequence Gap %d,  Broadcast Gap After %d, Broadcast Gap To %d",
		w5>>16, w1&0xffff, w1>>16&0x1fff, w2>>16, w2&0xffff)
	p.printf(", Last Sent Packet No. %d, Next sent Packet No. %d, Transport Sequence %d, msg_count %d, Link Tolerance %d",
		w4>>16, w4&0xffff, sequence, w9>>16, w9&0xffff)
}

// tipcLink prints a message of neighbour detection.
func (p *Printer) tipcLink(b []byte) {
	w0, w1, domain, previous := u32(b, 0), u32(b, 4), u32(b, 8), u32(b, 12)
	p.tipcVersion(w0)
	p.tipcAddress("", previous)
	p.tipcAddress(" > ", domain)
	p.tipcHeader(w0, w1, tipcLinkTypes)
	if p.vflag == 0 {
		return
	}
	p.printf("\n\tNodeSignature %d, network_id %d, media_id %d", w1&0xffff, u32(b, 16), u32(b, 20)&0xff)
}
