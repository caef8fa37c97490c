package printer

import "strconv"

// nameCache gives names to numbers.
type nameCache struct{}

func (p *Printer) appendAddr4(a addr4) { p.out = appendIPv4(p.out, a) }
func (p *Printer) appendAddr6(a addr6) { p.out = appendIPv6(p.out, a) }
func (p *Printer) appendMAC(a mac)     { p.out = appendColons(p.out, a[:]) }

// tcpPort appends the name of a TCP port, or its number.
func (p *Printer) tcpPort(port uint16) { p.out = strconv.AppendUint(p.out, uint64(port), 10) }

// udpPort appends the name of a UDP port, or its number.
func (p *Printer) udpPort(port uint16) { p.out = strconv.AppendUint(p.out, uint64(port), 10) }
