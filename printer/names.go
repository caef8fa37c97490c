package printer

// nameCache gives names to numbers.
type nameCache struct{}

func (p *Printer) appendAddr4(a addr4) { p.out = appendIPv4(p.out, a) }
func (p *Printer) appendAddr6(a addr6) { p.out = appendIPv6(p.out, a) }
func (p *Printer) appendMAC(a mac)     { p.out = appendColons(p.out, a[:]) }
