package printer

import (
	"bytes"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// TestListedPorts asks the printers of payloads for every port: those that are
// listed have one, and of others those alone that udpOtherPorts asks for.
func TestListedPorts(t *testing.T) {
	const free = 40000
	p := New(Options{Like: versions.V5_0})
	ip := ipHeader{b: make([]byte, ip4MinHeader), version: 4}
	payload := bytes.Repeat([]byte{2}, 64)
	printed := func(print func(sport, dport uint16)) func(port int) bool {
		pair := func(sport, dport uint16) (has bool) {
			p.out, p.pkt, p.proto = p.out[:0], &capture.Packet{}, ""
			defer func() {
				if r := recover(); r != nil && r != any(truncated{}) {
					panic(r)
				}
				has = p.proto != "" // all printers set it
			}()
			print(sport, dport)
			return
		}
		return func(port int) bool { return pair(uint16(port), free) || pair(free, uint16(port)) }
	}
	udp := printed(func(sport, dport uint16) {
		p.udpListedPorts(sport, dport, payload, len(payload), ip)
	})
	other := printed(func(sport, dport uint16) { p.udpOtherPorts(sport, dport, payload, len(payload)) })
	tcp := printed(func(sport, dport uint16) { p.tcpListedPorts(sport, dport, payload, len(payload), ip) })
	call := printed(func(sport, dport uint16) { p.tcpListedPorts(sport, dport, make([]byte, 64), 64, ip) }) // of NFS
	for port := range 1 << 16 {
		if got, want := udp(port), udpListed.has(uint16(port)) || other(port); got != want {
			t.Errorf("UDP port %d has a printer: %v, is listed: %v", port, got, want)
		}
		if got, want := tcp(port) || call(port), tcpListed.has(uint16(port)); got != want {
			t.Errorf("TCP port %d has a printer: %v, is listed: %v", port, got, want)
		}
	}
}
