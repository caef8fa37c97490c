package cli

import (
	"net/netip"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/printer"
)

// heardNames are names of --names capture in lines: of hosts those that packets told,
// of the rest those of others.
type heardNames struct {
	printer.Names               // of ports and stations
	hosts         printer.Names // of hosts of which nothing was heard; nil: numbers
	heard         *names.Heard
	late          bool
}

// Cursor implements printer.NamesByPacket.
func (n *heardNames) Cursor() printer.NameCursor {
	return &heardCursor{heardNames: n, as: names.As{Late: n.late}}
}

// heardCursor finds names as of one packet.
type heardCursor struct {
	*heardNames
	as names.As
	p  header.Packet
}

// Seek implements printer.NameCursor.
func (c *heardCursor) Seek(number uint64, pkt *capture.Packet) {
	c.as.Packet, c.as.Second = number, pkt.Time.Sec
	header.Decode(pkt, &c.p)
	c.as.Src, c.as.Dst = c.p.Src, c.p.Dst
}

func (c *heardCursor) AppendHost4(dst []byte, addr [4]byte) ([]byte, bool) {
	if dst, ok := c.heard.Append(dst, netip.AddrFrom4(addr), &c.as); ok || c.hosts == nil {
		return dst, ok
	}
	return c.hosts.AppendHost4(dst, addr)
}

func (c *heardCursor) AppendHost16(dst []byte, addr [16]byte) ([]byte, bool) {
	if dst, ok := c.heard.Append(dst, netip.AddrFrom16(addr), &c.as); ok || c.hosts == nil {
		return dst, ok
	}
	return c.hosts.AppendHost16(dst, addr)
}
