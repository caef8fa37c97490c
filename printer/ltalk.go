// ltalk.go: LocalTalk frames as captured (Inside AppleTalk, chapter 1).

package printer

// ltalkLink prints a frame of link type LTALK.
func (p *Printer) ltalkLink(b []byte, length int) {
	p.proto = "ltalk"
	headers := p.llap(b, length)
	if headers == 0 && !p.follows(atalkLengths) {
		headers = len(b)
	}
	p.llHdrLen += headers
}
