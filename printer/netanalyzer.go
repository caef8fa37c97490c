// netanalyzer.go: Ethernet frames behind the pseudo-headers of Hilscher's
// netANALYZER (LINKTYPE_NETANALYZER of the tcpdump.org registry).

package printer

// netanalyzerHeaderLen is the length of the pseudo-header in bytes.
const netanalyzerHeaderLen = 4

func (p *Printer) netanalyzerLink(b []byte, length int) {
	p.proto = "netanalyzer"
	p.netanalyzerFrame(b, length, netanalyzerHeaderLen)
}

// netanalyzerTransparentLink prints a frame that still has its preamble and
// start of frame.
func (p *Printer) netanalyzerTransparentLink(b []byte, length int) {
	p.proto = "netanalyzer_transparent"
	p.netanalyzerFrame(b, length, netanalyzerHeaderLen+7+1)
}

// netanalyzerFrame prints the frame behind n bytes.
func (p *Printer) netanalyzerFrame(b []byte, length, n int) {
	need(b, 0, n)
	p.llHdrLen += n
	p.llHdrLen += p.ether(b[n:], length-n)
}
