package printer

// pending stands where a protocol has no printer yet.
func (p *Printer) pending(protocol string) {
	p.str(" [")
	p.str(protocol)
	p.str(" is not decoded yet]")
}
