// macsec.go: MAC security (IEEE Std 802.1AE clause 9).

package printer

const (
	macsecVersion   = 0x80
	macsecES        = 0x40 // end station
	macsecSC        = 0x20 // secure channel identifier present
	macsecSCB       = 0x10 // single copy broadcast
	macsecEncrypted = 0x08
	macsecChanged   = 0x04
	macsecAN        = 0x03 // association number

	macsecShortLen = 0x3f

	macsecTagLen    = 6
	macsecTagLenSCI = 14
	macsecICVLen    = 16
)

var macsecFlags = []tok{
	{macsecEncrypted, "E"},
	{macsecChanged, "C"},
	{macsecES, "S"},
	{macsecSCB, "B"},
	{macsecSC, "I"},
}

// macsec prints the security tag at f and takes it and the integrity check
// value off the frame. It reports whether what is left can be decoded; if not,
// all has been printed.
func (p *Printer) macsec(f *etherFrame) bool {
	outer := p.proto
	p.proto = "macsec"
	went := p.macsecTag(f)
	p.proto = outer
	switch went {
	case stop:
		f.headerLen += f.caplen
	case dump:
		p.defaultDump(f.b, f.caplen)
	}
	return went == done
}

// macsecTag is macsec without the protocol's name around it. An encrypted
// payload is to be dumped; behind a tag that is not whole and right all stops.
func (p *Printer) macsecTag(f *etherFrame) outcome {
	start := *f
	n := macsecTagLen
	if f.caplen >= n && u8(f.b, 0)&macsecSC != 0 {
		n = macsecTagLenSCI
	}
	if f.caplen < n {
		p.truncMark()
		return stop
	}
	tci, short := u8(f.b, 0), int(u8(f.b, 1))
	if short&^macsecShortLen != 0 || tci&macsecVersion != 0 {
		p.invalid()
		return stop
	}
	if p.eflag {
		p.macsecHeader(f.b, short)
	}
	tag := f.b
	f.skip(n)
	if tci&(macsecEncrypted|macsecChanged) != 0 {
		if !p.eflag {
			p.printf("%s > %s 802.1AE MACsec, ", f.src, f.dst)
			p.macsecHeader(tag, short)
		}
		return dump
	}
	whole := f.caplen >= macsecICVLen
	if whole {
		f.length -= macsecICVLen
		f.caplen -= macsecICVLen
		f.b = limit(f.b, len(f.b)-macsecICVLen)
		whole = short <= f.caplen
	}
	if !whole {
		p.truncMark()
		*f = start
		return stop
	}
	if short != 0 {
		f.length, f.caplen = short, short
	}
	return done
}

func (p *Printer) macsecHeader(tag []byte, short int) {
	tci := u8(tag, 0)
	p.printf("an %d, pn %d, flags %s", tci&macsecAN, u32(tag, 2),
		bitStrSep(macsecFlags, "none", "", tci&^(macsecVersion|macsecAN)))
	if short != 0 {
		p.printf(", sl %d", short)
	}
	if tci&macsecSC != 0 {
		p.printf(", sci %016x", u64(tag, 6))
	}
	p.str(", ")
}
