package printer

func (p *Printer) snmp(b []byte, length int) {
	p.pending("snmp")
}
