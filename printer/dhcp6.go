// dhcp6.go: Dynamic Host Configuration Protocol for IPv6 (RFC 8415, leasequery
// RFC 5007).

package printer

const (
	dhcp6Renew       = 5
	dhcp6InfoRequest = 11
	dhcp6RelayForw   = 12
	dhcp6RelayReply  = 13

	dhcp6HeaderLen = 4
	dhcp6RelayLen  = 34
)

var dhcp6Messages = []tok{
	{1, "solicit"},
	{2, "advertise"},
	{3, "request"},
	{4, "confirm"},
	{dhcp6Renew, "renew"},
	{6, "rebind"},
	{7, "reply"},
	{8, "release"},
	{9, "decline"},
	{10, "reconfigure"},
	{dhcp6InfoRequest, "inf-req"},
	{dhcp6RelayForw, "relay-fwd"},
	{dhcp6RelayReply, "relay-reply"},
	{14, "leasequery"},
	{15, "leasequery-reply"},
}

func (p *Printer) dhcp6(b []byte, length int) {
	p.proto = "dhcp6"
	p.str("dhcp6")
	if !has(b, 0, dhcp6HeaderLen) {
		p.truncMark()
		return
	}
	kind := b[0]
	p.printf(" %s", tokStr(dhcp6Messages, "msgtype-%d", kind))
	if p.vflag == 0 {
		return
	}
	p.str(" (")
	end := min(length, len(b))
	if kind == dhcp6RelayForw || kind == dhcp6RelayReply {
		p.printf("linkaddr=%s", ip6At(b, 2))
		p.printf(" peeraddr=%s", ip6At(b, 18))
		p.dhcp6Options(b, dhcp6RelayLen, end)
	} else {
		p.printf("xid=%x", u24(b, 1))
		p.dhcp6Options(b, dhcp6HeaderLen, end)
	}
	p.char(')')
}
