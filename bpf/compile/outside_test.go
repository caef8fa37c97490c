package compile

import (
	"encoding/hex"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/capture"
)

// TestOutside: tests of what no packet has, as behind link layers of which libpcap
// does not know where IP starts, go where their answer does not matter, and reject
// else; nothing that accepts comes behind them that came before.
func TestOutside(t *testing.T) {
	for _, c := range []struct {
		link   capture.LinkType
		expr   string
		packet string
		want   bool
		length int // of the program at most
	}{
		{capture.LinkJUNIPER_ISM, "isis or not (isis)", "4d474300", true, 1},
		{capture.LinkJUNIPER_ISM, "not (udp[4:2] >> 3 = 5) or ip", "", true, 1},
		{capture.LinkJUNIPER_ATM_CEMIC, "not (ip[0] >> 4 = 4) or ip6", "", true, 1},
		{capture.LinkJUNIPER_ISM, "ip[0] = 4", "4d47430045", false, 8},
		{capture.LinkJUNIPER_VS, "(((ether[4:1] | 255) > 15) and (tcp and not (portrange 20-25)) or udp src port 67) or not ((ether[5:2] * 8) != (ether[3:4] & 64)) or (port 53 and not (src net 2001:db8::/32))",
			"4d4743000000008400000000", true, 95},
	} {
		p, err := Compile(c.expr, c.link, ModeDead, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		data, _ := hex.DecodeString(c.packet)
		packet := steer.Packet{Data: append(data, make([]byte, 80)...), Wire: 100}
		if got, _ := steer.Answer(p.Instructions, &packet); got != 0 != c.want || len(p.Instructions) > c.length {
			t.Errorf("%s (%v): returns %d in %d instructions, want accepted: %t, at most %d\n%s", c.expr, c.link, got, len(p.Instructions), c.want, c.length,
				bpf.Disassemble(nil, p.Instructions))
		}
	}
}
