package filters

import (
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// TestZeroConfig: what asks for nothing refuses nothing.
func TestZeroConfig(t *testing.T) {
	f := New(Config{})
	for _, protocol := range []uint8{header.ProtocolTCP, header.ProtocolUDP, header.ProtocolICMP, header.ProtocolICMPv6} {
		if p := (&header.Packet{Protocol: protocol}); !f.Concerns(p) || !f.Match(p) {
			t.Errorf("protocol %d does not pass", protocol)
		}
	}
	if expr := f.Expression(capture.LinkEN10MB); f.Selective() {
		t.Errorf("the expression %q is selective", expr)
	}
}
