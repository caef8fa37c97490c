package printer

func (p *Printer) lisp(b []byte, length int) {
	p.pending("lisp")
}
