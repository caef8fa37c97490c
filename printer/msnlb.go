// msnlb.go: heartbeats of Microsoft Network Load Balancing (undocumented).

package printer

func (p *Printer) msnlb(b []byte) {
	p.proto = "msnlb"
	p.str("MS NLB heartbeat")
	p.printf(", host priority: %d", le32(b, 8))
	p.printf(", cluster IP: %s", ip4At(b, 12))
	p.printf(", host IP: %s", ip4At(b, 16))
}
