package printer

// hexDump appends n bytes in hexadecimal, 16 a line, each line after indent.
// When fewer were captured it appends those and ends the packet.
func (p *Printer) hexDump(indent string, b []byte, n int) { p.hexDumpAt(indent, b, n, 0) }

// hexDumpAt is hexDump with offsets that count from offset.
func (p *Printer) hexDumpAt(indent string, b []byte, n, offset int) {
	cut := n > len(b)
	if cut {
		n = len(b)
	}
	for i := 0; i < n; i += 16 {
		p.dumpOffset(indent, offset+i)
		p.dumpHex(b[i:min(i+16, n)])
	}
	if cut {
		trunc()
	}
}

// hexASCIIDump appends n bytes in hexadecimal and as text, 16 a line, each line
// after indent. When fewer were captured it appends those and ends the packet.
func (p *Printer) hexASCIIDump(indent string, b []byte, n int) {
	cut := n > len(b)
	if cut {
		n = len(b)
	}
	for i := 0; i < n; i += 16 {
		row := b[i:min(i+16, n)]
		p.dumpOffset(indent, i)
		p.dumpHex(row)
		for w := len(row)*2 + (len(row)+1)/2; w < 40; w++ {
			p.char(' ')
		}
		p.str("  ")
		for _, c := range row {
			if c < 0x21 || c > 0x7e {
				c = '.'
			}
			p.out = append(p.out, c)
		}
	}
	if cut {
		trunc()
	}
}

func (p *Printer) dumpOffset(indent string, offset int) {
	p.str(indent)
	p.str("0x")
	p.hex(uint64(offset), 4)
	p.str(": ")
}

// dumpHex appends row in groups of two bytes.
func (p *Printer) dumpHex(row []byte) {
	out := p.out
	for i, c := range row {
		if i&1 == 0 {
			out = append(out, ' ')
		}
		out = append(out, hexDigits[c>>4], hexDigits[c&15])
	}
	p.out = out
}

// asciiDump appends b as text after a line end: tabs and line feeds as they
// are, a carriage return only inside a line, as a dot.
func (p *Printer) asciiDump(b []byte) {
	p.proto = "ascii"
	p.char('\n')
	for i, c := range b {
		switch {
		case c == '\r':
			// the last byte but one has no line feed to look at
			if len(b)-i-1 > 1 && b[i+1] != '\n' {
				p.char('.')
			}
		case c > 0x20 && c < 0x7f, c == '\t', c == ' ', c == '\n':
			p.char(c)
		default:
			p.char('.')
		}
	}
}
