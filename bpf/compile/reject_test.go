package compile

import (
	"errors"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestRejectsAll has expressions that no packet can match; libpcap refuses those
// of which its optimizer sees it.
func TestRejectsAll(t *testing.T) {
	tests := []struct {
		link    capture.LinkType
		expr    string
		refused bool
	}{
		{capture.LinkEN10MB, "ip and arp", true},
		{capture.LinkEN10MB, "ip and ip6", true},
		{capture.LinkEN10MB, "tcp and udp", true},
		{capture.LinkEN10MB, "tcp and not ip and not ip6", true},
		{capture.LinkEN10MB, "not udp port 53 and udp portrange 53-60 and icmp", true},
		{capture.LinkEN10MB, "host 10.0.0.1 and not host 10.0.0.1", true},
		{capture.LinkEN10MB, "(arp or rarp) and tcp", true},
		{capture.LinkEN10MB, "tcp and (arp or ip6 and udp or icmp)", true},
		{capture.LinkRAW, "arp", true},
		{capture.LinkNULL, "not ip and not ip6 and tcp", true},
		{capture.LinkIPV4, "ip6", true},
		{capture.LinkEN10MB, "1 = 2", true},
		{capture.LinkEN10MB, "3 - 1 = 1", true},
		{capture.LinkLINUX_SLL, "(7 % 4) % 2 >= 9 << 3", true},
		{capture.LinkEN10MB, "ip and 1 = 2", true},
		{capture.LinkEN10MB, "net 0.0.0.0/0 and not net 0.0.0.0/0 and ip", true},
		{capture.LinkRAW, "link[0:2] & 0xffffffff = 0", true}, // it could
		{capture.LinkEN10MB, "ip[8] = 4 and ip[8] = 5", true},

		{capture.LinkEN10MB, "ip and 3 - 1 = 1", false}, // arithmetic comes after the branches
		{capture.LinkEN10MB, "ip[8] > 255", false},
		{capture.LinkEN10MB, "ip[8] > 4 and ip[8] < 3", false},
		{capture.LinkEN10MB, "ip[8] = 4 and ether[22] = 5", false},                  // the same byte
		{capture.LinkEN10MB, "ether[12:2] = 0x800 and arp", false},                  // the same field
		{capture.LinkEN10MB, "5 >= 0 % 7 and 2 / 7 <= 4 ^ 8 and 0 >= 3 * 4", false}, // the same operands twice
		{capture.LinkEN10MB, "geneve and ip and arp", false},                        // not optimized
		{capture.LinkPRISM_HEADER, "ip and arp", false},
		{capture.LinkEN10MB, "tcp or udp", false},
	}
	for _, test := range tests {
		_, err := Compile(test.expr, Options{LinkType: test.link})
		var e *Error
		refused := errors.As(err, &e) && e.Msg == "expression rejects all packets"
		if err != nil && !refused {
			t.Errorf("%s: %v", test.expr, err)
		} else if refused != test.refused {
			t.Errorf("%s on %s: refused is %v, want %v", test.expr, test.link, refused, test.refused)
		}
		if _, err := Compile(test.expr, Options{LinkType: test.link, NoOptimize: true}); err != nil {
			t.Errorf("%s on %s: %v, want a program that is not optimized", test.expr, test.link, err)
		}
	}
}
