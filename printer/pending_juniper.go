package printer

import "github.com/tapdump/tapdump/capture"

func (p *Printer) juniperLink(t capture.LinkType, b []byte, length int) {
	p.pending("juniper")
}
