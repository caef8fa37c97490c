package printer

func (p *Printer) bluetoothLink(b []byte, length int) {
	p.pending("bluetooth")
}
