// symantec.go: frames of the Symantec Enterprise Firewall: an EtherType in a
// header that is otherwise unknown.

package printer

const (
	symantecHeaderLen = 44
	symantecType      = 6
)

func (p *Printer) symantecLink(b []byte, length int) {
	p.proto = "symantec"
	need(b, 0, symantecHeaderLen)
	p.llHdrLen += symantecHeaderLen
	if p.eflag {
		p.symantecHeader(b, length)
	}
	payload, t := b[symantecHeaderLen:], u16(b, symantecType)
	if t > etherMaxLength && p.etherType(t, payload, length-symantecHeaderLen, linkAddr{}, linkAddr{}) {
		return
	}
	if !p.eflag {
		p.symantecHeader(b, length)
	}
	p.defaultDump(payload, len(payload))
}

func (p *Printer) symantecHeader(b []byte, length int) {
	if t := u16(b, symantecType); t <= etherMaxLength {
		p.printf("invalid ethertype %d", t)
	} else {
		p.etherTypeName(t)
	}
	p.etherLength(length)
}
